"""Whether a certificate, a revocation list or an OCSP answer was signed by the one it names: raw signatures only."""

from __future__ import annotations

import hashlib
from typing import Any

from asn1crypto import crl, ocsp, parser, x509
from pyhanko_certvalidator.sig_validate import DEFAULT_SIGNATURE_VALIDATOR, SignatureValidationContext

MAX_CHECKED = 4096  # answers of raw signature checks kept by one process


def _signed_by(signer: x509.Certificate, data: bytes, value: bytes, algorithm: Any) -> bool:
    """Check one raw signature; whatever goes wrong is "no". The answer for the same four things is remembered."""
    try:
        key = signer.public_key.dump(), hashlib.sha256(data).digest(), value, algorithm.dump()
        known = _checked.get(key)
        if known is None:
            if len(_checked) >= MAX_CHECKED:
                _checked.clear()
            known = _checked[key] = _valid(signer, data, value, algorithm)
        return known
    except Exception:
        return False


_checked: dict[tuple[bytes, bytes, bytes, bytes], bool] = {}


def _valid(signer: x509.Certificate, data: bytes, value: bytes, algorithm: Any) -> bool:
    try:
        DEFAULT_SIGNATURE_VALIDATOR.validate_signature(
            value, data, signer.public_key, algorithm, SignatureValidationContext(None, False)
        )
        return True
    except Exception:
        return False


def _signed_part(der: bytes) -> bytes:
    """Return the first element of a sequence as it stands: a parsed one is written anew, in canonical form."""
    return _elements(der)[0]


def _elements(der: bytes) -> tuple[bytes, bytes]:
    """Return the first two elements of a sequence as they stand: what is signed, and the algorithm named beside it."""
    content = parser.parse(der)[4]
    first = b"".join(parser.parse(content)[3:])
    return first, b"".join(parser.parse(content[len(first) :])[3:])


def issued_by(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    """Say whether the key of *issuer* signed *certificate*; names and validity are not looked at."""
    # the algorithm outside of what is signed must be the one inside (RFC 5280, 4.1.1.2)
    if _elements(certificate.dump())[1] != certificate["tbs_certificate"]["signature"].dump():
        return False
    tbs, value = _signed_part(certificate.dump()), certificate["signature_value"].native
    return _signed_by(issuer, tbs, value, certificate["signature_algorithm"])


def list_by(issuer: x509.Certificate, revocation_list: crl.CertificateList) -> bool:
    """Say whether the key of *issuer* signed *revocation_list*."""
    named = _elements(revocation_list.dump())[1]
    if named != revocation_list["tbs_cert_list"]["signature"].dump():  # RFC 5280, 5.1.1.2
        return False
    tbs, value = _signed_part(revocation_list.dump()), revocation_list["signature"].native
    return _signed_by(issuer, tbs, value, revocation_list["signature_algorithm"])


def answer_by(responder: x509.Certificate, answer: ocsp.OCSPResponse) -> bool:
    """Say whether the key of *responder* signed *answer*; who authorised the responder is not looked at."""
    basic = answer.basic_ocsp_response
    tbs, value = _signed_part(basic.dump()), basic["signature"].native
    return _signed_by(responder, tbs, value, basic["signature_algorithm"])
