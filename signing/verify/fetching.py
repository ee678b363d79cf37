"""The only door to the network: OCSP and CRL from hosts that the administrator allowed, small answers, no redirects."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

import httpx

from domain.errors import Advice, Refused, Unavailable

OCSP_BYTES = 256 * 1024
CRL_BYTES = 16 * 1024 * 1024  # the largest public CRLs are some 10 MB


class AllowListFetcher:
    """An ``EvidenceFetcher`` for exact host names (``ca.example.vn`` or ``127.0.0.1:9100``).

    An address is chosen by the document, so it is asked only when its host stands on the list; redirects are not
    followed, proxies of the environment are not used, answers are remembered for the life of the object.
    """

    def __init__(
        self, hosts: Iterable[str], *, seconds: float = 5.0, transport: httpx.BaseTransport | None = None
    ) -> None:
        self._hosts = frozenset(h.lower() for h in hosts)
        self._client = httpx.Client(
            timeout=seconds,
            follow_redirects=False,
            trust_env=False,
            transport=transport,
            headers={"User-Agent": "sohoa"},
        )
        self._answers: dict[tuple[str, bytes], bytes] = {}

    def ocsp(self, url: str, request: bytes) -> bytes:
        """POST an OCSP request (RFC 6960 A.1). Raises ``Refused`` for a host not allowed, ``Unavailable`` otherwise."""
        headers = {"Content-Type": "application/ocsp-request", "Accept": "application/ocsp-response"}
        return self._ask("POST", url, request, headers, OCSP_BYTES)

    def crl(self, url: str) -> bytes:
        """GET a CRL (RFC 5280 4.2.1.13). Raises ``Refused`` for a host not allowed, ``Unavailable`` otherwise."""
        return self._ask("GET", url, b"", {}, CRL_BYTES)

    def close(self) -> None:
        """Close connections."""
        self._client.close()

    def _ask(self, method: str, url: str, body: bytes, headers: dict[str, str], most: int) -> bytes:
        if not self._allowed(url):
            advice = Advice("Địa chỉ lấy chứng cứ thu hồi không nằm trong danh sách cho phép.", todo="")
            raise Refused("evidence-host", "host is not on the allow list", advice)
        known = self._answers.get((url, body))
        if known is not None:
            return known
        try:
            with self._client.stream(method, url, content=body or None, headers=headers) as answer:
                if answer.status_code != 200:
                    raise _unavailable(f"HTTP {answer.status_code}")
                data = b""
                for chunk in answer.iter_bytes():
                    data += chunk
                    if len(data) > most:
                        raise _unavailable("answer too large")
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise _unavailable(type(error).__name__) from error
        self._answers[(url, body)] = data
        return data

    def _allowed(self, url: str) -> bool:
        try:
            parts = urlsplit(url)
            host, port = (parts.hostname or "").lower(), parts.port
        except ValueError:
            return False
        if parts.scheme not in ("http", "https") or parts.username is not None or not host:
            return False
        if port is not None:
            return f"{host}:{port}" in self._hosts
        return host in self._hosts


def _unavailable(log_message: str) -> Unavailable:
    advice = Advice("Máy chủ chứng cứ thu hồi không trả lời được.", todo="Kiểm tra lại sau.")
    return Unavailable("evidence-unavailable", log_message, advice)
