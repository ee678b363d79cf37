"""Values that chance brings once in hundreds of times: each is made on purpose here, so that it is met every time."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from asn1crypto import cms as asn1_cms
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature

from domain.errors import Refused
from domain.lookup_code import LENGTH, lookup_code, parse_lookup_code, shown
from domain.personal import mask_numbers
from signing.cms import container, signed_attributes, verified
from signing.verify.certificates import describe
from signing.vnpt import VnptSigner, VnptUser
from tests.signing.providers import CITIZEN, FakeVnpt

#: one byte, its highest bit set, a zero byte after it, the longest that RFC 5280 allows (20 bytes)
SERIALS = (1, 0x7F, 0x80, 0xFF, 0x100, 0x8000, 0x00FF_0000, 123_456_789, 2**63, 2**159 - 1)
SHA256 = Prehashed(hashes.SHA256())


@functools.cache
def ec_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@functools.cache
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def certificate(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, serial: int = 77) -> bytes:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Người Ký Mẫu")])
    begun = datetime.now(UTC) - timedelta(days=1)
    built = x509.CertificateBuilder(name, name, key.public_key(), serial, begun, begun + timedelta(days=30))
    return built.sign(ec_key(), hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def digests() -> Iterator[bytes]:
    number = 0
    while True:
        yield hashlib.sha256(number.to_bytes(8, "big")).digest()
        number += 1


def taken(raw: bytes, algorithm: str, der: bytes) -> bytes:
    """Return the signature as it stands in a container made of *raw*."""
    attributes = signed_attributes(hashlib.sha256(b"").digest(), der, algorithm)  # type: ignore[arg-type]
    made = container(attributes, raw, algorithm, [der], None)  # type: ignore[arg-type]
    content = asn1_cms.ContentInfo.load(made, strict=True)["content"]
    identifier = content["signer_infos"][0]["sid"].chosen
    assert identifier["serial_number"].native == x509.load_der_x509_certificate(der).serial_number
    return bytes(content["signer_infos"][0]["signature"].native)


def test_ecdsa_of_every_length() -> None:
    """r or s with a leading zero byte, with the highest bit set, and without: DER of 69 to 72 bytes, r||s always 64."""
    der, wanted = certificate(ec_key()), {"r-short", "s-short", "r-high", "s-high", "r-low", "s-low"}
    for digest in digests():
        raw = ec_key().sign(digest, ec.ECDSA(SHA256))
        pair = dict(zip("rs", decode_dss_signature(raw), strict=True))
        kinds = {
            f"{name}-{'short' if value < 1 << 248 else 'high' if value >> 255 else 'low'}"
            for name, value in pair.items()
        }
        if kinds & wanted:
            wanted -= kinds
            plain = pair["r"].to_bytes(32, "big") + pair["s"].to_bytes(32, "big")
            assert verified(raw, digest, der, "sha256_ecdsa") == raw
            assert verified(plain, digest, der, "sha256_ecdsa") == raw
            assert taken(raw, "sha256_ecdsa", der) == raw
            for wrong in (plain[:-1], plain[1:], plain + b"\0", raw + b"\0", bytes(64), b"\xff" * 64):
                with pytest.raises(Refused, match="signature-mismatch"):
                    verified(wrong, digest, der, "sha256_ecdsa")
        if not wanted:
            return


def test_rsa_with_a_leading_zero_byte() -> None:
    der = certificate(rsa_key())
    for digest in digests():
        raw = rsa_key().sign(digest, padding.PKCS1v15(), SHA256)
        if raw[0]:
            continue
        assert verified(raw, digest, der, "sha256_rsa") == raw
        assert taken(raw, "sha256_rsa", der) == raw
        for wrong in (raw.lstrip(b"\0"), b"\0" + raw, raw[:-1]):
            with pytest.raises(Refused, match="signature-mismatch"):
                verified(wrong, digest, der, "sha256_rsa")
        return


@pytest.mark.parametrize("serial", SERIALS)
def test_serial_numbers(serial: int) -> None:
    der = certificate(ec_key(), serial)
    digest = hashlib.sha256(b"x").digest()
    raw = ec_key().sign(digest, ec.ECDSA(SHA256))
    assert taken(verified(raw, digest, der, "sha256_ecdsa"), "sha256_ecdsa", der) == raw
    assert int(describe_serial(der), 16) == serial


def describe_serial(der: bytes) -> str:
    from asn1crypto import x509 as asn1_x509

    return describe(asn1_x509.Certificate.load(der)).serial


@pytest.mark.parametrize("wanted", ["54CAFE", "54cafe", "0054CAFE", "54:CA:FE", "54 ca fe"])
def test_a_serial_is_the_same_however_it_is_written(wanted: str) -> None:
    fake = FakeVnpt()
    users = {"nguoi-ky": VnptUser(CITIZEN, wanted), "khac": VnptUser(CITIZEN, "4CAFE")}
    signer = VnptSigner("http://vnpt.test/sca/sp769", "sp", "mat-khau-sp", users, transport=fake.transport)
    assert signer.credential("nguoi-ky").key_algorithm == "ec"
    with pytest.raises(Refused, match="credential-unusable"):
        signer.credential("khac")


@pytest.mark.parametrize("serial", [None, 54, ["54CAFE"], {}])
def test_what_is_no_serial_fits_nobody(serial: object) -> None:
    fake = FakeVnpt()
    fake.break_next = lambda: httpx.Response(200, json={"data": {"user_certificates": [{"serial_number": serial}]}})
    users = {"nguoi-ky": VnptUser(CITIZEN, "54")}
    signer = VnptSigner("http://vnpt.test/sca/sp769", "sp", "mat-khau-sp", users, transport=fake.transport)
    with pytest.raises(Refused):
        signer.credential("nguoi-ky")


@pytest.mark.parametrize("random", [bytes(10), b"\xff" * 10, bytes(9) + b"\1", b"\x80" + bytes(9), bytes(range(10))])
def test_lookup_codes_come_back_however_they_are_typed(random: bytes) -> None:
    """Also one of digits only (once in a hundred million): it is no personal number, and none is cut out of it."""
    code = lookup_code(random)
    assert len(code) == LENGTH and mask_numbers(code) == code and mask_numbers(shown(code)) == shown(code)
    ways: tuple[Callable[[str], str], ...] = (str, str.lower, shown, lambda c: f" {shown(c).lower()} ")
    for way in ways:
        assert parse_lookup_code(way(code)) == code
    mistaken = code.replace("0", "O").replace("1", "l")
    assert parse_lookup_code(mistaken) == code
