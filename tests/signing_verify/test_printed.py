"""What a copy shows to the eye is read back and must be what the register says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from domain.lookup_code import lookup_code
from pipeline.verify_register import check_register
from pipeline.workplace import Workplace
from signing.appearance.certification import append_certification
from signing.verify.document import verify_pdf
from signing.verify.isolated import printed_reader
from signing.verify.model import DocumentVerdict
from signing.verify.printed import Printed, printed
from tests.signing.base import make_base
from tests.signing.signed import certified, statement
from tests.signing_verify.attacks import signed, signed_two, trust
from tests.signing_verify.pki import now
from tests.signing_verify.test_register_check import copy_of, issue, paper, place

__all__ = ["place"]
CODE = lookup_code(b"0123456789")


def test_number_and_code_are_read(tmp_path: Path) -> None:
    file = tmp_path / "copy.pdf"
    file.write_bytes(certified(118))
    assert printed(file).numbers == (("118", "01/2026-SCT/BS"),)
    with_code = replace(statement(7), qr=f"https://tra-cuu.example.vn/{CODE}", qr_caption=("Mã tra cứu:", CODE))
    file.write_bytes(append_certification(make_base(7), with_code, occupied=[(90, 470, 400, 800)]))
    with printed_reader() as read:
        said = read(file)
        assert said == Printed((("07", "01/2026-SCT/BS"),), (f"https://tra-cuu.example.vn/{CODE}",))
        file.write_bytes(signed())
        assert read(file) == Printed()
        file.write_bytes(b"khong")
        assert read(file) is None


@pytest.fixture(scope="module")
def passed() -> DocumentVerdict:
    return verify_pdf(signed_two(), trust(), now=now())


def test_another_number_than_the_registers_is_not_valid(
    place: Workplace,
    tmp_path: Path,
    passed: DocumentVerdict,
) -> None:
    (tmp_path / "in").mkdir()
    document_id, content = paper(place, tmp_path / "in"), b"ban sao"
    entry = issue(place, document_id, content, "k1")
    verdict = copy_of(passed, content)
    right = check_register(place.catalogue, verdict)
    assert right.code == "copy-issued"
    own = (right.number, "".join(right.book.split()))
    other = lookup_code(b"9876543210")
    for shown, code in (
        (Printed((own,)), "copy-issued"),
        (Printed((own,), ("https://khac.example.vn/",)), "copy-issued"),
        (Printed((("99", own[1]),)), "copy-printed-differs"),
        (Printed((own, ("99", own[1]))), "copy-printed-differs"),
        (Printed(((own[0], "02/2026-SCT/BS"),)), "copy-printed-differs"),
        (Printed((own,), (f"https://x.example.vn/{other}",)), "copy-printed-differs" if entry.code else "copy-issued"),
        (Printed((own,), (f"https://x.example.vn/{entry.code}",)), "copy-issued"),
        (Printed(), "copy-print-unread"),
        (None, "copy-print-unread"),
    ):
        said = check_register(place.catalogue, verdict, lambda shown=shown: shown)  # type: ignore[misc]
        assert said.code == code, shown
        assert (said.indication == "PASSED") is (code == "copy-issued")
