"""Whose certificate it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from domain.errors import Refused
from signing.certificates import check_holder


def certificate(common_name: str, organisation: str, *more: x509.NameAttribute) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
            *more,
        ]
    )
    now = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


@pytest.mark.parametrize(
    ("common_name", "name"),
    [
        ("Nguyễn Thị Hoà", "NGUYỄN THỊ HÒA"),
        ("UBND XÃ TÂN LẬP", "Ủy ban nhân dân xã Tân Lập"),
        ("Nguyễn  Văn An ", "Nguyễn Văn An"),
    ],
)
def test_spelling_does_not_matter(common_name: str, name: str) -> None:
    assert check_holder(certificate(common_name, "x"), name) is None


@pytest.mark.parametrize(
    ("common_name", "name"),
    [
        ("Nguyễn Văn An", "Nguyễn Văn Ân"),
        ("Nguyễn Văn An", "Ủy ban nhân dân xã Tân Lập"),  # works there, but is not the agency
        ("Nguyễn Văn An", ""),
    ],
)
def test_somebody_else_is_refused(common_name: str, name: str) -> None:
    with pytest.raises(Refused) as caught:
        check_holder(certificate(common_name, "Ủy ban nhân dân xã Tân Lập"), name)
    assert common_name not in str(caught.value)


@pytest.mark.parametrize(
    ("oid", "value", "number"),
    [
        (NameOID.USER_ID, "CCCD:000000000001", "000000000001"),
        (NameOID.USER_ID, "MST:0000000000-001", "0000000000-001"),
        (NameOID.SERIAL_NUMBER, "000 000 000 001", "000000000001"),
        (NameOID.SERIAL_NUMBER, "PNOVN-000000000001", "CCCD:000000000001"),
        (NameOID.ORGANIZATION_IDENTIFIER, "VATVN-0000000000", "0000000000"),
    ],
)
def test_the_number_of_the_holder(oid: x509.ObjectIdentifier, value: str, number: str) -> None:
    der = certificate("Nguyễn Văn An", "UBND xã Tân Lập", x509.NameAttribute(oid, value))
    check_holder(der, "Nguyễn Văn An", number)
    for other in (number[:-1] + "9", "9" + number, number[:-1]):
        with pytest.raises(Refused) as caught:  # the same name, another person
            check_holder(der, "Nguyễn Văn An", other)
        assert caught.value.code == "signer-certificate" and other not in str(caught.value) + repr(caught.value)


def test_a_certificate_without_a_number_is_not_taken_for_numbered() -> None:
    der = certificate("Nguyễn Văn An", "000000000001")
    check_holder(der, "Nguyễn Văn An")
    with pytest.raises(Refused):
        check_holder(der, "Nguyễn Văn An", "000000000001")
