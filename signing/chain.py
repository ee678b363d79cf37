"""Certificate chains to given anchors: small, strict, without the machine's own roots and without fetching."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature

_MAX_LENGTH = 8


class ChainError(ValueError):
    """No valid chain; the text names the kind of fault only."""


def build_chain(
    certificate: bytes, others: Sequence[bytes], anchors: Sequence[bytes], at: datetime
) -> tuple[bytes, ...]:
    """Return the chain from *certificate* to one of *anchors* (both ends included), all DER.

    Signatures, names, validity at *at*, basic constraints with path length and the right to sign certificates are
    checked. Revocation is not: see :mod:`signing.evidence`.

    Raises:
        ChainError: there is no such chain.
    """
    roots = {der: x509.load_der_x509_certificate(der) for der in anchors}
    pool = {der: x509.load_der_x509_certificate(der) for der in others}
    chain = [certificate]
    current = x509.load_der_x509_certificate(certificate)
    _check_validity(current, at)
    while len(chain) <= _MAX_LENGTH:
        if chain[-1] in roots:
            return tuple(chain)
        issuer = _issuer(current, roots) or _issuer(current, pool)
        if issuer is None or issuer in chain:
            raise ChainError("no chain to a trusted root")
        current = roots.get(issuer) or pool[issuer]
        _check_validity(current, at)
        _check_authority(current, below=len(chain) - 1)
        chain.append(issuer)
    raise ChainError("chain too long")


def _issuer(certificate: x509.Certificate, candidates: dict[bytes, x509.Certificate]) -> bytes | None:
    for der, candidate in candidates.items():
        if candidate.subject != certificate.issuer:
            continue
        try:
            certificate.verify_directly_issued_by(candidate)
        except (InvalidSignature, ValueError, TypeError):
            continue
        return der
    return None


def _check_validity(certificate: x509.Certificate, at: datetime) -> None:
    if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
        raise ChainError("a certificate of the chain is outside its validity")


def _check_authority(certificate: x509.Certificate, below: int) -> None:
    """Check that *certificate* may issue; *below* authorities stand between it and the end of the chain."""
    try:
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    except x509.ExtensionNotFound:
        raise ChainError("an issuer is not an authority") from None
    if not constraints.ca or (constraints.path_length is not None and below > constraints.path_length):
        raise ChainError("an issuer is not an authority for this depth")
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return
    if not usage.key_cert_sign:
        raise ChainError("an issuer may not sign certificates")
