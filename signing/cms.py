"""CMS containers of PAdES signatures (EN 319 142-1, RFC 5652, RFC 5035), built from parts made at different times."""

from __future__ import annotations

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


def signature_algorithm(key_algorithm: str) -> Algorithm:
    """Return the algorithm used with a ``Credential.key_algorithm``. Raises ``ValueError``."""
    return cast("Algorithm", {"rsa": "sha256_rsa", "ec": "sha256_ecdsa", "rsa-pss": "rsassa_pss"}[key_algorithm])


def signed_attributes(document_digest: bytes, certificate: bytes, algorithm: Algorithm) -> bytes:
    """Return the DER of the signed attributes: content type, message digest, signing certificate, algorithms.

    The claimed time stands in the PDF signature dictionary (``/M``), so there is no signing-time attribute
    (EN 319 142-1 clause 6.3). What a remote service signs is the SHA-256 of these bytes, not *document_digest*.
    """
    parsed = x509.Certificate.load(certificate)
    reference = tsp.ESSCertIDv2(
        {
            "cert_hash": hashlib.sha256(certificate).digest(),
            "issuer_serial": {
                "issuer": [x509.GeneralName("directory_name", parsed.issuer)],
                "serial_number": parsed.serial_number,
            },
        }
    )
    attributes = cms.CMSAttributes(
        [
            _attribute("content_type", "data"),
            _attribute("message_digest", document_digest),
            _attribute("signing_certificate_v2", tsp.SigningCertificateV2({"certs": [reference]})),
            _attribute(
                "cms_algorithm_protection",
                cms.CMSAlgorithmProtection(
                    {"digest_algorithm": {"algorithm": "sha256"}, "signature_algorithm": _algorithm(algorithm)}
                ),
            ),
        ]
    )
    return cast("bytes", attributes.dump())


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
    parsed = [x509.Certificate.load(der) for der in certificates]
    signer_info = cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier(
                "issuer_and_serial_number",
                cms.IssuerAndSerialNumber({"issuer": parsed[0].issuer, "serial_number": parsed[0].serial_number}),
            ),
            "digest_algorithm": {"algorithm": "sha256"},
            "signed_attrs": cms.CMSAttributes.load(attributes),
            "signature_algorithm": _algorithm(algorithm),
            "signature": signature,
        }
    )
    if timestamp_token is not None:
        token = cms.ContentInfo.load(timestamp_token)
        signer_info["unsigned_attrs"] = cms.CMSAttributes([_attribute("signature_time_stamp_token", token)])
    signed_data = cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [{"algorithm": "sha256"}],
            "encap_content_info": {"content_type": "data"},
            "certificates": [cms.CertificateChoices("certificate", certificate) for certificate in parsed],
            "signer_infos": [signer_info],
        }
    )
    return cast("bytes", cms.ContentInfo({"content_type": "signed_data", "content": signed_data}).dump())


def _attribute(name: str, value: object) -> cms.CMSAttribute:
    return cms.CMSAttribute({"type": name, "values": [value]})


def _algorithm(name: Algorithm) -> algos.SignedDigestAlgorithm:
    if name == "rsassa_pss":
        parameters = {
            "hash_algorithm": {"algorithm": "sha256"},
            "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": {"algorithm": "sha256"}},
            "salt_length": 32,
        }
        return algos.SignedDigestAlgorithm({"algorithm": name, "parameters": algos.RSASSAPSSParams(parameters)})
    return algos.SignedDigestAlgorithm({"algorithm": name})


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
