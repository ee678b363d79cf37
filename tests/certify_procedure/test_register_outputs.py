"""The register on paper, as a table, and closed for ever."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pypdfium2
import pytest

from domain.errors import BadInput, Refused
from pipeline.certify.book import COLUMNS, book_lines, close_year, parse_month, totals
from pipeline.certify.book_print import print_month
from pipeline.certify.book_table import csv_bytes, xlsx_bytes
from pipeline.cli.main import main
from pipeline.workplace import Workplace
from storage.catalogue import audit, register
from tests.pipeline.bench import AGENCY, workplace
from tests.verapdf import assert_pdfa_2u

BOOK: dict[str, Any] = {"agency": AGENCY, "book": "SCT/BS", "year": 2026}
MOVED = datetime(2027, 1, 4, 2, 0, tzinfo=UTC)
LAST_MINUTE_BUT_A_DAY = datetime(2026, 12, 30, 16, 59, tzinfo=UTC)  # 23:59 on 30 December in Việt Nam


def fill(place: Workplace, count: int, *, month: int = 11, first: int = 1) -> None:
    """Take *count* numbers; every seventh is voided, the last stays reserved."""
    for n in range(first, first + count):
        # 18:30 UTC is 01:30 of the next day in Việt Nam
        at = f"2026-{month:02d}-{(n % 27) + 1:02d}T18:30:00.000000Z"
        with place.catalogue.begin() as connection:
            entry = register.reserve(
                connection,
                **BOOK,
                document_id=f"document-{n}",
                idempotency_key=f"k-{n}",
                at=at,
                details={
                    "requester": "Nguyễn Thị Phượng Hằng",
                    "title": f"Quyết định số {n}/QĐ-UBND về việc công nhận kết quả → rà soát hộ nghèo, hộ cận nghèo",
                    "certifier_name": "Trần Văn Thử",
                    "certifier_position": "Phó Chủ tịch Ủy ban nhân dân xã",
                    "copies": 1,
                    "pages": 3,
                    "fee_vnd": 5000,
                },
            )
            if n % 7 == 0:
                register.void(connection, entry.ref, reason="bản sao không qua kiểm tra", at=at)
            elif n != first + count - 1:
                register.issue(connection, entry.ref, at=at)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    with workplace(tmp_path_factory.mktemp("register") / "data") as opened:
        fill(opened, 30)
        fill(opened, 2, month=12, first=31)
        yield opened


@pytest.fixture(scope="module")
def printed(place: Workplace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("printed") / "thang-11.pdf"
    out.write_bytes(print_month(place, agency=AGENCY, year=2026, month=11))
    return out


def at(place: Workplace, moment: datetime) -> Workplace:
    """The same installation at another time."""
    return Workplace(place.settings, place.warehouse, place.store, place.catalogue, lambda: moment)


def page_text(pdf: pypdfium2.PdfDocument, number: int) -> str:
    return str(pdf[number].get_textpage().get_text_bounded())


def test_the_month_has_its_lines_and_no_others(place: Workplace) -> None:
    lines = book_lines(place, agency=AGENCY, year=2026, month=11)
    assert [line.number for line in lines] == list(range(1, 31))
    assert lines[6].note == "Hủy số: bản sao không qua kiểm tra"
    assert lines[0].day.isoformat() == "2026-11-03"  # the Vietnamese day, not that of UTC
    sums = totals(lines)
    assert (sums.numbers, sums.issued, sums.voided, sums.open) == (30, 25, 4, 1)
    assert (sums.copies, sums.pages, sums.fee_vnd) == (25, 75, 125_000)


def test_the_printed_month_shows_every_column_and_line(printed: Path) -> None:
    pdf = pypdfium2.PdfDocument(printed)
    assert len(pdf) > 1
    width, height = pdf[0].get_size()
    assert (round(width), round(height)) == (842, 595)
    texts = [" ".join(page_text(pdf, n).split()) for n in range(len(pdf))]
    for number, text in enumerate(texts, 1):
        assert f"Trang {number}/{len(pdf)}" in text
        assert all(word in text for name in COLUMNS for word in name.split())
    everything = " ".join(texts)
    assert all(f"{n:02d} " in everything for n in range(1, 31))
    assert "Hủy số: bản" in everything and "01/2026 - SCT/BS. Tháng 11 năm 2026" in everything
    assert "Cộng: 30 số chứng thực (25 số đã cấp, 4 số hủy, 1 số đang thực hiện)" in everything
    assert "25 bản sao; 75 trang; phí 125.000 đồng" in everything
    assert "Nguyễn Thị Phượng Hằng" in everything


def test_nothing_is_written_over_the_margin(printed: Path) -> None:
    pdf = pypdfium2.PdfDocument(printed)
    for page in pdf:
        text = page.get_textpage()
        for index in range(text.count_chars()):
            left, bottom, right, top = text.get_charbox(index)
            assert left >= 56 and right <= 842 - 42 and bottom >= 30 and top <= 595 - 45


def test_printed_registers_are_pdfa(place: Workplace, printed: Path, tmp_path: Path) -> None:
    empty = tmp_path / "thang-01.pdf"
    empty.write_bytes(print_month(place, agency=AGENCY, year=2026, month=1))
    assert "không có số" in page_text(pypdfium2.PdfDocument(empty), 0)
    assert_pdfa_2u([printed, empty])


def test_csv_and_workbook_hold_the_same_cells(place: Workplace) -> None:
    lines = book_lines(place, agency=AGENCY, year=2026)
    rows = list(csv.reader(io.StringIO(csv_bytes(lines).decode("utf-8-sig"))))
    assert rows[0] == list(COLUMNS) and len(rows) == 33
    assert rows[1][:3] == ["01", "03/11/2026", "Nguyễn Thị Phượng Hằng"]
    data = xlsx_bytes(lines, "Năm 2026")
    assert data == xlsx_bytes(lines, "Năm 2026")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            ElementTree.fromstring(archive.read(name))
        sheet = ElementTree.fromstring(archive.read("xl/worksheets/sheet1.xml"))
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    cells = [["".join(cell.itertext()) for cell in row] for row in sheet.iter(f"{space}row")]
    assert cells == rows


def test_a_title_is_never_run_as_a_formula(tmp_path: Path) -> None:
    with workplace(tmp_path / "data") as place:
        with place.catalogue.begin() as connection:
            entry = {"title": '=HYPERLINK("http://x")', "requester": "@A", "pages": 1}
            at = "2026-11-22T01:00:00.000000Z"
            register.reserve(connection, **BOOK, document_id="d", idempotency_key="k", at=at, details=entry)
        lines = book_lines(place, agency=AGENCY, year=2026)
    row = list(csv.reader(io.StringIO(csv_bytes(lines).decode("utf-8-sig"))))[1]
    assert row[2] == "'@A" and row[3].startswith("'=")
    with zipfile.ZipFile(io.BytesIO(xlsx_bytes(lines, "a"))) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


def test_month_form() -> None:
    assert parse_month("2026-02") == (2026, 2)
    for wrong in ("2026", "02-2026", "2026-13", ""):
        with pytest.raises(BadInput):
            parse_month(wrong)


def test_closing_a_year(tmp_path: Path) -> None:
    with workplace(tmp_path / "data") as place:
        fill(place, 8)
        with pytest.raises(Refused) as caught:
            close_year(at(place, LAST_MINUTE_BUT_A_DAY), agency=AGENCY, year=2026, by="can-bo")
        assert caught.value.code == "register-year-running"
        later = at(place, MOVED)
        with pytest.raises(Refused) as caught:
            close_year(later, agency=AGENCY, year=2026, by="can-bo")
        assert caught.value.code == "register-open-numbers"
        with place.catalogue.begin() as connection:
            last = register.all_entries(connection, **BOOK)[-1]
            register.void(connection, last.ref, reason="hết năm", at=last.reserved_at)
        closed, new = close_year(later, agency=AGENCY, year=2026, by="can-bo")
        assert new and closed.closed_by == "can-bo"
        assert {k: closed.totals[k] for k in ("numbers", "issued", "voided", "fee_vnd")} == {
            "numbers": 8,
            "issued": 6,
            "voided": 2,
            "fee_vnd": 30_000,
        }
        assert close_year(later, agency=AGENCY, year=2026, by="khac") == (closed, False)
        with pytest.raises(Refused) as caught, place.catalogue.begin() as connection:
            register.reserve(connection, **BOOK, document_id="late", idempotency_key="late", at=last.reserved_at)
        assert caught.value.code == "register-closed"
        with place.catalogue.begin() as connection:  # what has its number keeps it
            again = register.reserve(connection, **BOOK, document_id="document-1", idempotency_key="k-1", at="x")
            assert again.number == 1
            assert [e.event_type for e in audit.events(connection, AGENCY)] == ["register closing"]
            assert register.gaps(connection, **BOOK) == []
        december = print_month(later, agency=AGENCY, year=2026, month=12)
    assert "Đã khóa sổ năm 2026 ngày 04/01/2027: tổng cộng 8 số" in page_text(pypdfium2.PdfDocument(december), 0)


def test_the_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "data"
    with workplace(data) as place:
        fill(place, 3)
    monkeypatch.setenv("SOHOA_DATA_DIR", str(data))
    assert main(["register", "list", "--agency", AGENCY]) == 0
    assert "SCT/BS/2026  đang mở" in capsys.readouterr().out
    assert main(["register", "list", "--agency", AGENCY, "--year", "2026", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["totals"]["numbers"] == 3
    out = tmp_path / "so.pdf"
    assert main(["register", "print", "--agency", AGENCY, "--month", "2026-11", str(out)]) == 0
    assert out.read_bytes().startswith(b"%PDF-1.7")
    for name in ("so.csv", "so.xlsx"):
        assert main(["register", "export", "--agency", AGENCY, "--year", "2026", str(tmp_path / name)]) == 0
        assert (tmp_path / name).stat().st_size > 200
    assert main(["register", "export", "--agency", AGENCY, "--year", "2026", str(tmp_path / "so.doc")]) == 4
    assert main(["register", "close", "--agency", AGENCY, "--year", "2099", "--by", "x"]) == 4
    assert "register-year-running" in capsys.readouterr().err
    assert main(["register", "list", "--agency", "khong phai ma"]) == 4


def test_the_printed_month_is_read_by_others(printed: Path) -> None:
    from tests.require import need

    need("pdftotext", _has("pdftotext"), "poppler-utils")
    text = subprocess.run(["pdftotext", "-layout", printed, "-"], capture_output=True, check=True).stdout.decode()
    assert "SỔ CHỨNG THỰC BẢN SAO TỪ BẢN CHÍNH" in text


def _has(program: str) -> bool:
    import shutil

    return shutil.which(program) is not None
