"""The seam to a remote signing service (``RemoteSigner``): digests go out, raw signatures come back.

The key never leaves the service (EN 419 241-1). An authorisation is bound to the digests it was given for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from domain.errors import Advice, Refused, Unavailable


@dataclass(frozen=True)
class Credential:
    """A signing credential offered by the service. Certificates are DER, the signer's first, then its chain."""

    credential_id: str
    certificate: bytes
    chain: tuple[bytes, ...]
    key_algorithm: str  # "rsa" or "ec"
    max_batch: int  # digests that one authorisation may cover


@dataclass(frozen=True)
class Authorisation:
    """Permission to sign exactly these digests, held in memory only and never stored or logged."""

    credential_id: str
    digests: tuple[bytes, ...]
    token: str  # the SAD; repr of this object hides it
    expires_at: float  # POSIX seconds

    def __repr__(self) -> str:
        return f"Authorisation(credential_id={self.credential_id!r}, digests={len(self.digests)})"


class RemoteSigner(Protocol):
    """A remote signing service. Every method raises ``domain.errors.Unavailable`` or ``Refused``; none logs bodies."""

    def credential(self, credential_id: str) -> Credential:
        """Return certificates and limits of *credential_id*."""

    def authorise(self, credential: Credential, digests: Sequence[bytes], description: str) -> Authorisation:
        """Ask the signer (PIN, OTP or phone) to permit signing *digests* (SHA-256); *description* is shown to them."""

    def sign(self, authorisation: Authorisation, digests: Sequence[bytes]) -> list[bytes]:
        """Return one raw signature per digest, in order. The caller must verify each before using it."""


@runtime_checkable
class PhoneSigner(Protocol):
    """A service whose signer confirms on a phone, minutes later: a request goes out, its result is asked for.

    The caller stores its own *transaction* id before :meth:`submit` and the reference that came back after it, so that
    a process killed anywhere asks for the result instead of ringing the phone again.

    Attributes:
        finds_by_transaction: the service can be asked for a request by our own id, also when its answer was lost.
        confirm_s: seconds that the signer has to confirm; a request older than that is over.
    """

    finds_by_transaction: bool
    confirm_s: float

    def credential(self, credential_id: str) -> Credential:
        """Return certificates and limits of *credential_id*."""

    def submit(self, credential: Credential, digests: Sequence[bytes], description: str, transaction: str) -> str:
        """Ask the signer to sign *digests*; return the reference for :meth:`result`. Never repeated by the adapter."""

    def result(self, reference: str) -> dict[int, bytes]:
        """Return the raw signatures by position of their digest in the request; verify each before using it.

        Raises :class:`RemotePending` while nobody has confirmed, ``Refused`` when the request is over without
        signatures (rejected, expired, failed; ``transaction-unknown``: the service never got it), ``Unavailable``.
        """


class RemotePending(Unavailable):
    """The signer has been asked and has not answered yet; the same call later goes on."""

    def __init__(self, log_message: str = "the signer has not confirmed yet") -> None:
        super().__init__(
            "signature-pending",
            log_message,
            Advice(
                "Đang chờ người ký xác nhận trên điện thoại.",
                "Yêu cầu ký và bản đã chuẩn bị được giữ nguyên.",
                "Xác nhận trong ứng dụng của nhà cung cấp, rồi chạy lại; yêu cầu không bị gửi lần hai.",
            ),
        )


#: code of the ``Refused`` that says: no such request; nothing was shown to the signer
TRANSACTION_UNKNOWN = "transaction-unknown"


def request_over(code: str, log_message: str, happened: str) -> Refused:
    """Return the error for a request that ended without signatures."""
    return Refused(
        code,
        log_message,
        Advice(happened, "Bản đã chuẩn bị được giữ nguyên; chưa có gì được ký.", "Gửi lại yêu cầu ký."),
    )
