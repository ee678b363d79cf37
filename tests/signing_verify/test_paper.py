"""The report as PDF/A-2u: says what the verdict says, in letters that can be read back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest

from pipeline.verify_paper import to_pdf
from pipeline.verify_register import RegisterCheck
from signing.verify.document import verify_pdf
from signing.verify.model import DocumentVerdict
from tests.signing_verify.attacks import signed_two, trust
from tests.signing_verify.pki import now
from tests.signing_verify.suite import ATTACKS
from tests.verapdf import assert_pdfa_2u


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return " ".join(" ".join(page.get_textpage().get_text_bounded().split()) for page in document)
    finally:
        document.close()


@pytest.fixture(scope="module")
def passed() -> DocumentVerdict:
    return verify_pdf(signed_two(), trust(), now=now())


def test_what_it_says(passed: DocumentVerdict) -> None:
    said = RegisterCheck(
        "copy-cancelled", "FAILED", "bản sao đã bị hủy", "07", "01/2026 - SCT/BS", "H24.01", "1/3/2026"
    )
    pdf = to_pdf(passed, file_name="quyết định.pdf", register=said)
    text = text_of(pdf)
    assert "ĐẠT" in text and "TOTAL-PASSED" in text and "Nguyễn Văn Thử" in text
    assert "quyết định.pdf" in text and passed.sha256[:20] in text
    assert "số 07, quyển số 01/2026 - SCT/BS" in text and "[copy-cancelled]" in text
    assert "Không đối chiếu sổ" not in text
    assert pdf == to_pdf(passed, file_name="quyết định.pdf", register=said)


def test_a_long_report_goes_over_pages_and_numbers_them(passed: DocumentVerdict) -> None:
    many = replace(passed, signatures=passed.signatures * 5)
    pdf = to_pdf(many, file_name="a.pdf")
    pages = len(pypdfium2.PdfDocument(pdf))
    assert pages >= 3
    assert f"Trang {pages}/{pages}" in text_of(pdf)


def test_every_kind_conforms(passed: DocumentVerdict, tmp_path: Path) -> None:
    kinds = {
        "passed": passed,
        "failed": verify_pdf(ATTACKS["isa_page_replaced"]().pdf, trust(), now=now()),
        "unread": verify_pdf(b"", trust(), now=now()),
    }
    files = []
    for name, verdict in kinds.items():
        files.append(tmp_path / f"{name}.pdf")
        files[-1].write_bytes(to_pdf(verdict, file_name="\u202e名\U0001f600<b>&\x07" * 40))
    assert "KHÔNG ĐẠT" in text_of(files[1].read_bytes())
    assert "KHÔNG ĐỌC ĐƯỢC" in text_of(files[2].read_bytes())
    assert_pdfa_2u(files)
