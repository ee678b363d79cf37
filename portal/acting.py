"""An officer's act over the API: proven as on the command line, by the same code (``pipeline.officers.acting``).

The secret comes in the body of the request, over TLS or from this machine only. It stands in no log, no event, no
answer: errors name the fields of a request, never their values.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import Request
from pydantic import Field, SecretStr

from domain.errors import Advice, Refused
from pipeline import officers
from pipeline.workplace import Workplace

#: an order's field for the officer's secret
PROOF = Field(
    None,
    max_length=officers.LONGEST,
    description="the officer's secret; needed where `certify.officers = required`",
)
_CHANNEL = "officer-channel"
#: codes of errors by which an officer is told that they may not act
OFFICER_REFUSED = frozenset({"officer-not-proven", "officer-locked", "officer-role", _CHANNEL})


@contextmanager
def acting(
    request: Request, workplace: Workplace, agency: str, officer_id: str, proof: SecretStr | None
) -> Iterator[None]:
    """Act for the block as the officer whom an order names, proven where that is required or *proof* is given.

    Raises ``Refused`` (``officer-channel``: a secret that came over an open line), and as
    :func:`pipeline.officers.acting`.
    """
    secret = None
    if proof is not None:
        if not _private(request):
            raise _open_line()
        secret = proof.get_secret_value().encode("utf-8", "surrogatepass")  # what is no text is no secret either
    with officers.acting(workplace, agency, officer_id, secret, ask=_nothing_given):
        yield


def _private(request: Request) -> bool:
    """Tell whether nobody on the way could read it: TLS (a proxy's too, ``serve.proxies``), or from this machine."""
    if request.url.scheme == "https":
        return True
    try:
        ip = ipaddress.ip_address(request.client.host if request.client is not None else "")
    except ValueError:
        return False
    return (getattr(ip, "ipv4_mapped", None) or ip).is_loopback


def _nothing_given() -> bytes:
    raise officers.no_secret("Gửi kèm mật khẩu của cán bộ trong trường proof, qua HTTPS.")


def _open_line() -> Refused:
    return Refused(
        _CHANNEL,
        "an officer's secret came over a line that is not encrypted",
        Advice(
            "Mật khẩu của cán bộ được gửi qua đường truyền không mã hóa.",
            "Chưa làm gì.",
            "Đổi mật khẩu của cán bộ, rồi gửi lại qua HTTPS.",
        ),
    )
