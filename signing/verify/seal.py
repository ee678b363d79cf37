"""The system's own seal on verification reports: PAdES in the PDF, a detached CMS signature beside every other form.

The key is a file of this installation, not a person's: it says which machine wrote a report and that nobody changed it
since, nothing more. Standards: ETSI EN 319 142-1 (B-B, B-T with a time-stamping service) and RFC 5652 detached
signed-data with the signing-certificate-v2 attribute (``openssl cms -verify -binary -content FILE`` reads it).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from domain.errors import Advice, BadInput, NotReady, Refused, Unavailable
from signing import cms
from signing.certificates import check_signer
from signing.fields import FieldPlan, add_signature_fields
from signing.remote import Credential
from signing.staged import SignaturePlan, Timestamper, embed, prepare, without_roots
from signing.verify.model import DocumentVerdict, Indication

SEAL_FIELD = "DauHeThong"
SUFFIX = ".p7s"
_LOCAL = "system-seal"
#: what a seal need not prove: it is compared with the certificate at hand, not with anchors, and may have no timestamp
_NEED_NOT = frozenset({"time-unproven", "certificate", "timestamp-not-proven", "unattached-certificate"})


@dataclass(frozen=True)
class Seal:
    """The key and its certificates. The key never leaves this object."""

    credential: Credential
    _key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

    def __repr__(self) -> str:
        return "Seal()"

    def sign(self, attributes: bytes) -> bytes:
        """Return the raw signature over DER signed attributes, with SHA-256."""
        if isinstance(self._key, rsa.RSAPrivateKey):
            return self._key.sign(attributes, padding.PKCS1v15(), hashes.SHA256())
        return self._key.sign(attributes, ec.ECDSA(hashes.SHA256()))


@dataclass(frozen=True)
class SealCheck:
    """Whether a report bears the seal and is unchanged; ``message`` is Vietnamese."""

    intact: bool
    message: str


def open_seal(key_file: Path, certificate_file: Path, now: datetime) -> Seal:
    """Read the seal's PEM key and certificates.

    Raises:
        NotReady: ``seal-key`` (unreadable, encrypted, others may read it, not the certificate's), ``seal-certificate``
            (unreadable, or not fit for signing at *now*).
    """
    try:
        if key_file.stat().st_mode & 0o077:
            raise _not_ready("seal-key", "others may read the key", "Khóa dấu của hệ thống để người khác đọc được.")
        key = load_pem_private_key(key_file.read_bytes(), None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _not_ready("seal-key", type(error).__name__, "Không đọc được khóa dấu của hệ thống.") from error
    try:
        chain = x509.load_pem_x509_certificates(certificate_file.read_bytes())
    except (OSError, ValueError) as error:
        raise _not_ready("seal-certificate", type(error).__name__, "Không đọc được chứng thư dấu.") from error
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) or key.public_key() != chain[0].public_key():
        raise _not_ready("seal-key", "not the certificate's key", "Khóa dấu không thuộc về chứng thư dấu.")
    ders = tuple(one.public_bytes(Encoding.DER) for one in chain)
    try:
        check_signer(ders[0], now)
    except Refused as error:
        raise _not_ready("seal-certificate", error.log_message, error.advice.happened) from error
    kind = "rsa" if isinstance(key, rsa.RSAPrivateKey) else "ec"
    return Seal(Credential(_LOCAL, ders[0], ders[1:], kind, 1), key)


def sealed_pdf(seal: Seal, pdf: bytes, now: datetime, timestamper: Timestamper | None = None) -> bytes:
    """Return the finished report *pdf* with an invisible seal (B-T, or B-B where no timestamp can be had)."""
    plan = SignaturePlan(SEAL_FIELD, None, reason="Báo cáo do hệ thống lập")
    prepared = prepare(add_signature_fields(pdf, [FieldPlan(SEAL_FIELD)]), plan, seal.credential, now)
    raw = seal.sign(prepared.signed_attributes)
    try:
        return embed(prepared, raw, seal.credential, timestamper)
    except Unavailable:
        return embed(prepared, raw, seal.credential, None)


def seal_of(seal: Seal, data: bytes, timestamper: Timestamper | None = None) -> bytes:
    """Return a detached CMS signature (DER) of *data*, time-stamped where that can be had."""
    algorithm = cms.signature_algorithm(seal.credential.key_algorithm)
    attributes = cms.signed_attributes(hashlib.sha256(data).digest(), seal.credential.certificate, algorithm)
    raw, token = seal.sign(attributes), None
    if timestamper is not None:
        try:
            token = timestamper.timestamp(hashlib.sha256(raw).digest())
        except Unavailable:
            token = None
    chain = without_roots((seal.credential.certificate, *seal.credential.chain))
    return cms.container(attributes, raw, algorithm, chain, token)


def check_detached(data: bytes, signature: bytes, certificate: bytes) -> SealCheck:
    """Say whether *signature* is the seal of *certificate* (DER) over exactly *data*; never raises for its content."""
    from asn1crypto import cms as acms

    from signing.verify.proof import integrity, signer_of

    try:
        content = acms.ContentInfo.load(signature, strict=True)["content"]
        if signer_of(content).dump() != certificate:
            return _said(False, "không phải dấu của hệ thống này")
        intact, valid = integrity(content, hashlib.sha256(data).digest(), "data")
    except Exception:  # whatever a stranger's CMS provokes, it is no seal
        return _said(False, "dấu không đọc được")
    return _said(intact and valid, "nguyên vẹn" if intact and valid else "nội dung đã bị sửa sau khi đóng dấu")


def check_pdf(verdict: DocumentVerdict, certificate: bytes) -> SealCheck:
    """Say whether a verified PDF bears the seal of *certificate* (DER) as its only signature, over the whole file."""
    if len(verdict.signatures) != 1 or verdict.signatures[0].field != SEAL_FIELD:
        return _said(False, "không có dấu của hệ thống")
    (only,) = verdict.signatures
    if only.signer is None or only.signer.sha256 != hashlib.sha256(certificate).hexdigest():
        return _said(False, "không phải dấu của hệ thống này")
    wrong = [r for r in verdict.reasons if r.indication is Indication.FAILED or r.code not in _NEED_NOT]
    if wrong or only.coverage != "file" or only.integrity is not Indication.PASSED:
        return _said(False, wrong[0].message if wrong else "dấu không bao trùm cả tệp")
    return _said(True, "nguyên vẹn")


def certificate_of(file: Path) -> bytes:
    """Return the first certificate of a PEM file, DER. Raises ``BadInput`` (``seal-certificate``)."""
    try:
        return x509.load_pem_x509_certificates(file.read_bytes())[0].public_bytes(Encoding.DER)
    except (OSError, ValueError) as error:
        raise BadInput(
            "seal-certificate",
            f"no PEM certificate: {type(error).__name__}",
            Advice("Không đọc được chứng thư dấu.", "Chưa kiểm tra gì.", "Kiểm tra lại tệp chứng thư."),
        ) from error


def _said(intact: bool, why: str) -> SealCheck:
    return SealCheck(intact, f"Dấu của hệ thống: {why}.")


def _not_ready(code: str, log_message: str, happened: str) -> NotReady:
    todo = "Kiểm tra verify.seal_key_file (quyền 0600) và verify.seal_certificate_file; xem docs/verification.md."
    return NotReady(code, log_message, Advice(happened, "Chưa có báo cáo nào được ghi.", todo))
