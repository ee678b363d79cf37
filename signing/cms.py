"""CMS containers of PAdES signatures (EN 319 142-1, RFC 5652, RFC 5035), built from parts made at different times.

The containers are few and always of the same shape, so their DER is put together here directly; what does not change
between the documents of a batch is made once per certificate.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Sequence
from typing import Literal, cast

from asn1crypto import algos, cms, tsp, x509
from cryptography import x509 as pyca_x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature

from domain.errors import Advice, Refused

Algorithm = Literal["sha256_rsa", "sha256_ecdsa", "rsassa_pss"]

_SEQUENCE, _SET, _OCTETS, _CONTEXT_0, _CONTEXT_1 = 0x30, 0x31, 0x04, 0xA0, 0xA1
_VERSION_1 = b"\x02\x01\x01"
_DATA = bytes.fromhex("06092a864886f70d010701")
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
_MESSAGE_DIGEST = bytes.fromhex("06092a864886f70d010904")
_TIME_STAMP_TOKEN = bytes.fromhex("060b2a864886f70d010910020e")
_SHA256 = bytes.fromhex("300d06096086480165030402010500")


def signature_algorithm(key_algorithm: str) -> Algorithm:
    """Return the algorithm used with a ``Credential.key_algorithm``. Raises ``ValueError``."""
    try:
        return cast("Algorithm", {"rsa": "sha256_rsa", "ec": "sha256_ecdsa", "rsa-pss": "rsassa_pss"}[key_algorithm])
    except KeyError:
        raise ValueError("unknown key algorithm") from None


def signed_attributes(document_digest: bytes, certificate: bytes, algorithm: Algorithm) -> bytes:
    """Return the DER of the signed attributes: content type, message digest, signing certificate, algorithms.

    The claimed time stands in the PDF signature dictionary (``/M``), so there is no signing-time attribute
    (EN 319 142-1 clause 6.3). What a remote service signs is the SHA-256 of these bytes, not *document_digest*.
    """
    digest = _tlv(_SEQUENCE, _MESSAGE_DIGEST, _tlv(_SET, _tlv(_OCTETS, document_digest)))
    return _tlv(_SET, *sorted((digest, *_fixed_attributes(certificate, algorithm))))


def stated_digest(attributes: bytes) -> bytes:
    """Return the message digest inside signed attributes (DER)."""
    found = cms.CMSAttributes.load(attributes)
    return cast("bytes", next(a["values"][0].native for a in found if a["type"].native == "message_digest"))


def verified(raw: bytes, digest: bytes, certificate: bytes, algorithm: Algorithm) -> bytes:
    """Return *raw* as it belongs into a CMS container, after verifying it over *digest* (SHA-256).

    Services answer ECDSA either as DER or as r||s; the second is turned into DER.

    Raises:
        Refused: the signature is not one of *certificate*'s key over *digest* (swapped, cut, garbage).
    """
    public_key = pyca_x509.load_der_x509_certificate(certificate).public_key()
    sha256 = Prehashed(hashes.SHA256())
    if isinstance(public_key, rsa.RSAPublicKey):
        scheme: padding.AsymmetricPadding = padding.PKCS1v15()
        if algorithm == "rsassa_pss":
            scheme = padding.PSS(padding.MGF1(hashes.SHA256()), salt_length=32)
        try:
            public_key.verify(raw, digest, scheme, sha256)
        except InvalidSignature:
            raise _mismatch() from None
        return raw
    if isinstance(public_key, ec.EllipticCurvePublicKey):
        size = (public_key.curve.key_size + 7) // 8
        forms = [raw]
        if len(raw) == 2 * size:
            forms.append(encode_dss_signature(int.from_bytes(raw[:size], "big"), int.from_bytes(raw[size:], "big")))
        for form in forms:
            try:
                public_key.verify(form, digest, ec.ECDSA(sha256))
            except InvalidSignature:
                continue
            return form
    raise _mismatch()


def container(
    attributes: bytes,
    signature: bytes,
    algorithm: Algorithm,
    certificates: Sequence[bytes],
    timestamp_token: bytes | None,
) -> bytes:
    """Return the DER of the CMS container. *certificates*: the signer's first, then its chain."""
    signer_info = [
        _VERSION_1,
        _signer_identifier(certificates[0]),
        _SHA256,
        bytes([_CONTEXT_0]) + attributes[1:],  # [0] IMPLICIT: the same bytes under another tag
        _algorithm(algorithm).dump(),
        _tlv(_OCTETS, signature),
    ]
    if timestamp_token is not None:
        token = _tlv(_SEQUENCE, _TIME_STAMP_TOKEN, _tlv(_SET, timestamp_token))
        signer_info.append(_tlv(_CONTEXT_1, token))
    signed_data = _tlv(
        _SEQUENCE,
        _VERSION_1,
        _tlv(_SET, _SHA256),
        _tlv(_SEQUENCE, _DATA),
        _tlv(_CONTEXT_0, *sorted(certificates)),
        _tlv(_SET, _tlv(_SEQUENCE, *signer_info)),
    )
    return _tlv(_SEQUENCE, _SIGNED_DATA, _tlv(_CONTEXT_0, signed_data))


@functools.lru_cache(maxsize=256)
def is_self_issued(certificate: bytes) -> bool:
    """Tell whether subject and issuer of *certificate* (DER) are the same, as in a root."""
    parsed = x509.Certificate.load(certificate)
    return bool(parsed.subject.dump() == parsed.issuer.dump())


@functools.lru_cache(maxsize=256)
def _fixed_attributes(certificate: bytes, algorithm: Algorithm) -> tuple[bytes, ...]:
    """Return the attributes that are the same for all documents of a signer."""
    reference = tsp.ESSCertIDv2({"cert_hash": hashlib.sha256(certificate).digest()})
    protection = cms.CMSAlgorithmProtection(
        {"digest_algorithm": algos.DigestAlgorithm.load(_SHA256), "signature_algorithm": _algorithm(algorithm)}
    )
    values: dict[str, object] = {
        "content_type": "data",
        "signing_certificate_v2": tsp.SigningCertificateV2({"certs": [reference]}),
        "cms_algorithm_protection": protection,
    }
    return tuple(cms.CMSAttribute({"type": name, "values": [value]}).dump() for name, value in values.items())


@functools.lru_cache(maxsize=256)
def _signer_identifier(certificate: bytes) -> bytes:
    parsed = x509.Certificate.load(certificate)
    identifier = cms.IssuerAndSerialNumber({"issuer": parsed.issuer, "serial_number": parsed.serial_number})
    return cast("bytes", identifier.dump())


def pss_parameters() -> bytes:
    """Return the DER of the RSASSA-PSS parameters that we use: SHA-256, MGF1 with SHA-256, salt of 32 bytes."""
    parameters = {
        "hash_algorithm": {"algorithm": "sha256"},
        "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": {"algorithm": "sha256"}},
        "salt_length": 32,
    }
    return cast("bytes", algos.RSASSAPSSParams(parameters).dump())


def _algorithm(name: Algorithm) -> algos.SignedDigestAlgorithm:
    if name == "rsassa_pss":
        parameters = algos.RSASSAPSSParams.load(pss_parameters())
        return algos.SignedDigestAlgorithm({"algorithm": name, "parameters": parameters})
    return algos.SignedDigestAlgorithm({"algorithm": name})


def _tlv(tag: int, *parts: bytes) -> bytes:
    """Return one DER element."""
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def _mismatch() -> Refused:
    return Refused(
        "signature-mismatch",
        "raw signature does not verify with the signer's certificate over the prepared digest",
        Advice(
            "Chữ ký nhận về không khớp với văn bản và chứng thư của người ký nên không được chèn vào.",
            "Bản đã chuẩn bị được giữ nguyên.",
            "Ký lại văn bản này; nếu lặp lại, báo nhà cung cấp chữ ký số.",
        ),
    )
