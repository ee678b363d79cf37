"""The seam to a remote signing service (``RemoteSigner``): digests go out, raw signatures come back.

The key never leaves the service (EN 419 241-1). An authorisation is bound to the digests it was given for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


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
