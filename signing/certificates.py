"""Checks of a signer's certificate before anything is asked of the signer."""

from __future__ import annotations

import re
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from domain.algorithms import may_sign
from domain.errors import Advice, Refused
from domain.text import one_line, same_tone_placement

_NUMBERED = (NameOID.USER_ID, NameOID.SERIAL_NUMBER, NameOID.ORGANIZATION_IDENTIFIER)
_KIND = re.compile(r"^(?:CCCD|CMND|CMTND|MST|HC|BHXH)\s*[:\-]\s*|^(?:PNO|IDC|PAS|VAT|NTR|TIN)VN-")
_SPELT_OUT = {"ubnd": "uỷ ban nhân dân", "hđnd": "hội đồng nhân dân"}


def check_signer(certificate: bytes, now: datetime) -> None:
    """Check that *certificate* (DER) may sign at *now*: validity, key usage, not an authority, key length.

    Revocation is checked with the evidence (:mod:`signing.evidence`). Thông tư 15/2025/TT-BKHCN Điều 5.

    Raises:
        Refused: with the reason.
    """
    parsed = x509.load_der_x509_certificate(certificate)
    if now < parsed.not_valid_before_utc:
        raise _refused("not yet valid", "Chứng thư số của người ký chưa đến ngày có hiệu lực.")
    if now > parsed.not_valid_after_utc:
        raise _refused("expired", "Chứng thư số của người ký đã hết hạn.")
    try:
        usage = parsed.extensions.get_extension_for_class(x509.KeyUsage).value
        may_sign = usage.digital_signature or usage.content_commitment
    except x509.ExtensionNotFound:
        may_sign = True
    try:
        authority = parsed.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        authority = False
    if not may_sign or authority:
        raise _refused("key usage does not allow signing", "Chứng thư số này không dành cho việc ký văn bản.")
    if not allowed_algorithms(parsed, "sha256", now):
        raise _refused("key too weak or of an unknown kind", "Khóa của chứng thư số này không đủ mạnh theo quy định.")
    made_with = parsed.signature_hash_algorithm
    if made_with is not None and not allowed_algorithms(parsed, made_with.name, now):
        raise _refused(
            "certificate made with a weak digest", "Chứng thư số này được cấp bằng thuật toán không còn dùng."
        )


def allowed_algorithms(certificate: x509.Certificate, digest: str, now: datetime) -> bool:
    """Tell whether the key of *certificate* may sign with *digest* at *now* (``domain/law/algorithms.toml``)."""
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return may_sign("rsa", key.key_size, digest, now.date())
    return isinstance(key, ec.EllipticCurvePublicKey) and may_sign("ec", key.key_size, digest, now.date())


def check_holder(certificate: bytes, name: str, number: str = "") -> None:
    """Check that *certificate* (DER) is that of *name*: its common name; case, tone placement and UBND/HĐND aside.

    With *number* (CCCD of a person, MST of an agency) the subject must bear that number too, as Vietnamese CAs write
    it: UID ``CCCD:...`` or ``MST:...``, serialNumber, or organizationIdentifier (``PNOVN-...``, ``VATVN-...``). Two
    people may have one name.

    A seal's certificate in a person's place, or a colleague's, would sign just as well and mean something else.
    Nghị định 45/2020/NĐ-CP Điều 10: the competent person and the agency sign, each with their own.

    Raises:
        Refused: it is somebody else's, or bears no such number. The message repeats neither name nor number.
    """
    subject = x509.load_der_x509_certificate(certificate).subject
    found = {_comparable(str(part.value)) for part in subject.get_attributes_for_oid(NameOID.COMMON_NAME)}
    if _comparable(name) not in found:
        raise _refused("not the holder's own", "Chứng thư số không mang tên của người hoặc cơ quan phải ký.")
    if not number:
        return
    numbers = [str(part.value) for oid in _NUMBERED for part in subject.get_attributes_for_oid(oid)]
    if _bare(number) not in {_bare(value) for value in numbers}:
        raise _refused(
            "another number than the holder's",
            "Chứng thư số không mang số định danh (CCCD, mã số thuế) của người hoặc cơ quan phải ký.",
        )


def _bare(number: str) -> str:
    """Return the number itself: without the kind before it (``CCCD:``, ``PNOVN-``), spaces and hyphens."""
    text = _KIND.sub("", number.strip().upper())
    return "".join(letter for letter in text if letter.isalnum())


def _comparable(name: str) -> str:
    words = same_tone_placement(one_line(name)).split()
    return " ".join(_SPELT_OUT.get(word, word) for word in words)


def _refused(reason: str, happened: str) -> Refused:
    return Refused(
        "signer-certificate",
        f"signer certificate: {reason}",
        Advice(happened, "Chưa có gì thay đổi.", "Dùng chứng thư khác hoặc liên hệ nhà cung cấp chữ ký số."),
    )
