"""Who signed and when, as the signatures say it: hints for the fields of a paper, not verdicts."""

from __future__ import annotations

import io
from datetime import UTC, timedelta
from pathlib import Path

import pikepdf
import pytest

from pipeline.signatures import kind_of, signature_claims
from signing.claims import Claim, read_claims
from tests.signing_verify.making import add_timestamp, base, sign
from tests.signing_verify.pki import good, now, rogue

EARLIER = now() - timedelta(hours=30)


def test_each_signature_says_who_and_when_in_the_order_of_signing(tmp_path: Path) -> None:
    pki = good()
    first = sign(base(), pki.agency, field="CoQuan", tsa=pki.tsa, at=EARLIER)
    second = sign(first, pki.person, field="NguoiChungThuc", at=now())
    path = tmp_path / "a.pdf"
    path.write_bytes(add_timestamp(second, pki.tsa, now()))
    agency, person = read_claims(path)
    assert (agency.field, agency.signer, agency.organisation) == (
        "CoQuan",
        "Ủy ban nhân dân thử nghiệm",
        ("Thử nghiệm",),
    )
    assert (agency.signed_at, agency.time_source) == (EARLIER, "timestamp")
    assert (person.field, person.signer, person.time_source) == ("NguoiChungThuc", "Nguyễn Văn Thử", "signer")
    assert person.signed_at is not None and person.signed_at.utcoffset() is not None
    assert [claim.kind for claim in signature_claims(path, "application/pdf")] == ["agency", "person"]
    assert signature_claims(path, "image/tiff") == ()


def test_a_claim_is_read_whoever_the_signer_is(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(sign(base(), rogue().person, at=now()))
    (claim,) = read_claims(path)
    assert claim.signer == "Nguyễn Văn Thử"


def test_the_signers_own_time_keeps_its_zone(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    with pikepdf.open(io.BytesIO(sign(base(), good().person, at=now()))) as pdf:
        value = next(f for f in pdf.Root.AcroForm.Fields if "/V" in f).V
        value.M = pikepdf.String("D:20250107003000+07'00'")
        pdf.save(path)
    (claim,) = read_claims(path)
    assert claim.signed_at is not None
    assert claim.signed_at.isoformat() == "2025-01-07T00:30:00+07:00"
    assert claim.signed_at.astimezone(UTC).day == 6
    (seen,) = signature_claims(path, "application/pdf")
    assert seen.signed_at is not None and seen.signed_at.day == 7


@pytest.mark.parametrize("contents", [b"", b"\0" * 64, b"\x30\x82\xff\xff", b"\x30\x80" * 4000], ids=range(4))
def test_a_value_that_is_no_signature_gives_an_empty_claim(tmp_path: Path, contents: bytes) -> None:
    path = tmp_path / "a.pdf"
    with pikepdf.open(io.BytesIO(sign(base(), good().person, at=now()))) as pdf:
        value = next(f for f in pdf.Root.AcroForm.Fields if "/V" in f).V
        value.Contents = pikepdf.String(contents)
        del value.M
        pdf.save(path)
    assert read_claims(path) == (Claim("NguoiChungThuc", "", (), None, ""),)


def test_what_is_no_pdf_has_no_claims(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7 nothing else")
    assert read_claims(tmp_path / "a.pdf") == ()
    assert read_claims(tmp_path / "missing.pdf") == ()
    (tmp_path / "b.pdf").write_bytes(base())
    assert read_claims(tmp_path / "b.pdf") == ()


@pytest.mark.parametrize(
    ("signer", "organisation", "kind"),
    [
        ("Ủy ban nhân dân tỉnh Quảng Ngãi", ("Tỉnh Quảng Ngãi",), "agency"),
        ("UỶ BAN NHÂN DÂN XÃ TRÀ BỒNG", (), "agency"),
        ("Sở Nội vụ", ("UBND tỉnh",), "agency"),
        ("TRUNG TÂM CÔNG BÁO VÀ TIN HỌC", ("VĂN PHÒNG",), "gazette"),
        ("Phùng Tô Long", ("ỦY BAN NHÂN DÂN TỈNH QUẢNG NGÃI",), "person"),
        ("NGUYỄN THỊ THU HÀ", (), "person"),
        ("Công ty Mẫu", ("Công ty Mẫu",), "agency"),
        ("Test signer 01", (), "unknown"),
        ("", (), "unknown"),
    ],
)
def test_the_name_tells_person_from_agency(signer: str, organisation: tuple[str, ...], kind: str) -> None:
    assert kind_of(Claim("S", signer, organisation, None, "")) == kind
