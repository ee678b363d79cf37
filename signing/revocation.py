"""OCSP answers (RFC 6960) and CRLs (RFC 5280 section 5), checked before they count as evidence."""

from __future__ import annotations

from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509 import ocsp

from domain.errors import Advice, Refused

_SKEW = timedelta(seconds=5)


class BadEvidence(ValueError):
    """An answer that proves nothing; the text names the kind of fault only."""


def ocsp_request(certificate: x509.Certificate, issuer: x509.Certificate) -> bytes:
    """Return the DER of a request about one certificate.

    SHA-1 only names the issuer here; it is what responders of the field understand (RFC 5019).
    """
    builder = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA1())  # noqa: S303
    return builder.build().public_bytes(serialization.Encoding.DER)


def check_ocsp(
    answer: bytes, certificate: x509.Certificate, issuer: x509.Certificate, not_before: datetime | None, now: datetime
) -> list[bytes]:
    """Check that *answer* (DER) says "good" about *certificate*, no earlier than *not_before*, valid at *now*.

    Returns the DER of the responder certificates inside.

    Raises:
        BadEvidence: the answer proves nothing.
        Refused: the certificate is revoked.
    """
    try:
        response = ocsp.load_der_ocsp_response(answer)
        if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            raise BadEvidence(f"responder says {response.response_status.name}")
        responder = _responder(response, issuer)
        _verify(responder, response.signature, response.tbs_response_bytes, response.signature_hash_algorithm)
        single = next((one for one in response.responses if _is_about(one, certificate, issuer)), None)
    except (ValueError, TypeError, InvalidSignature) as error:
        raise error if isinstance(error, BadEvidence) else BadEvidence(type(error).__name__) from error
    if single is None:
        raise BadEvidence("answer is about another certificate")
    if single.certificate_status is ocsp.OCSPCertStatus.REVOKED:
        raise revoked()
    if single.certificate_status is not ocsp.OCSPCertStatus.GOOD:
        raise BadEvidence("certificate unknown to the responder")
    _check_times(single.this_update_utc, single.next_update_utc, not_before, now)
    return [found.public_bytes(serialization.Encoding.DER) for found in response.certificates]


def check_crl(answer: bytes, certificate: x509.Certificate, issuer: x509.Certificate, now: datetime) -> None:
    """Check that *answer* (DER) is *issuer*'s current CRL at *now* and does not list *certificate*.

    Raises:
        BadEvidence: the list proves nothing.
        Refused: the certificate is revoked.
    """
    try:
        revocations = x509.load_der_x509_crl(answer)
        key = issuer.public_key()
        if revocations.issuer != issuer.subject or not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
            raise BadEvidence("list of another issuer")
        if not revocations.is_signature_valid(key):
            raise BadEvidence("signature of the list does not verify")
    except (ValueError, TypeError) as error:
        raise error if isinstance(error, BadEvidence) else BadEvidence(type(error).__name__) from error
    if revocations.get_revoked_certificate_by_serial_number(certificate.serial_number) is not None:
        raise revoked()
    _check_times(revocations.last_update_utc, revocations.next_update_utc, None, now)


def _responder(response: ocsp.OCSPResponse, issuer: x509.Certificate) -> x509.Certificate:
    """Return the certificate that signed: the issuer, or one it gave the right to (RFC 6960 section 4.2.2.2)."""
    for candidate in (issuer, *response.certificates):
        if response.responder_name is not None:
            named = candidate.subject == response.responder_name
        else:
            identifier = x509.SubjectKeyIdentifier.from_public_key(candidate.public_key()).digest
            named = identifier == response.responder_key_hash
        if not named:
            continue
        if candidate == issuer:
            return candidate
        candidate.verify_directly_issued_by(issuer)
        usage = candidate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        if x509.oid.ExtendedKeyUsageOID.OCSP_SIGNING in usage:
            return candidate
    raise BadEvidence("responder has no right to answer for this issuer")


def _is_about(single: ocsp.OCSPSingleResponse, certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    if single.serial_number != certificate.serial_number:
        return False
    builder = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, single.hash_algorithm).build()
    return (builder.issuer_key_hash, builder.issuer_name_hash) == (single.issuer_key_hash, single.issuer_name_hash)


def _verify(signer: x509.Certificate, signature: bytes, data: bytes, digest: hashes.HashAlgorithm | None) -> None:
    key = signer.public_key()
    if digest is None or isinstance(digest, hashes.SHA1 | hashes.MD5):
        raise BadEvidence("weak or missing digest algorithm")
    if isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature, data, ec.ECDSA(digest))
    elif isinstance(key, rsa.RSAPublicKey):
        key.verify(signature, data, padding.PKCS1v15(), digest)
    else:
        raise BadEvidence("unknown key of the responder")


def _check_times(this: datetime, following: datetime | None, not_before: datetime | None, now: datetime) -> None:
    if this > now + _SKEW:
        raise BadEvidence("dated in the future")
    if following is not None and following < now:
        raise BadEvidence("no longer current")
    if not_before is not None and this < not_before.replace(microsecond=0):
        raise BadEvidence("older than the signature")


def revoked() -> Refused:
    """Return the error for a revoked certificate."""
    return Refused(
        "certificate-revoked",
        "a certificate of the chain is revoked",
        Advice(
            "Chứng thư số của người ký (hoặc của tổ chức cấp) đã bị thu hồi.",
            "Văn bản chưa được phát hành.",
            "Không dùng chữ ký này; liên hệ nhà cung cấp chữ ký số.",
        ),
    )
