"""HTTP clients of the signing room: no proxies or credentials from the environment, no redirects, one TLS context."""

from __future__ import annotations

import functools
import ssl

import certifi
import httpx

from signing.limits import Guard, GuardedTransport


def make_client(
    timeout_s: float,
    *,
    base_url: str = "",
    headers: dict[str, str] | None = None,
    transport: httpx.BaseTransport | None = None,
    guard: Guard | None = None,
) -> httpx.Client:
    """Return a client that may be shared by threads; *timeout_s* bounds connecting and each read.

    With *guard* every request waits its turn, and ``Unavailable`` is raised in place of one that must not go out.
    """
    if guard is not None:
        transport = GuardedTransport(transport or httpx.HTTPTransport(verify=_tls(), trust_env=False), guard)
    return httpx.Client(
        base_url=base_url,
        headers=headers,
        timeout=timeout_s,
        transport=transport,
        verify=_tls(),
        trust_env=False,
        follow_redirects=False,
    )


@functools.cache
def _tls() -> ssl.SSLContext:
    """Reading the root certificates of the web takes longer than a signature; once is enough."""
    return ssl.create_default_context(cafile=certifi.where())
