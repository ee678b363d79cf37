"""The register of a month on paper: landscape A4, PDF/A-2u, every column of the form, totals, page numbers.

TT 01/2020/TT-BTP Art. 4: a register kept by machine is printed monthly and bound.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from domain.certification import VIETNAM, book_name, book_symbol
from pipeline.certify.book import COLUMNS, BookLine, book_lines, totals
from pipeline.certify.paper import LEADING, MM, Paper, plain, wrapped
from pipeline.certify.people import agency_named
from pipeline.workplace import Workplace
from storage.catalogue import register
from storage.catalogue.register_closing import closing


@dataclass(frozen=True)
class BookForm:
    """How a book looks on paper. ``widths``: points, together what the margins leave; ``right``: columns of figures."""

    heading: str
    columns: tuple[str, ...]
    widths: tuple[float, ...]
    right: tuple[int, ...]
    cells: Callable[[BookLine], tuple[str | int, ...]]
    numbers: str  # what its numbers are called
    signer: str  # who signs at the end
    fees: bool


CERTIFIED = BookForm(
    "SỔ CHỨNG THỰC BẢN SAO TỪ BẢN CHÍNH",
    COLUMNS,
    (44.0, 60.0, 118.0, 196.0, 118.0, 38.0, 38.0, 52.0, 78.0),
    (5, 6, 7),
    BookLine.cells,
    "số chứng thực",
    "NGƯỜI THỰC HIỆN CHỨNG THỰC",
    fees=True,
)
#: no form is prescribed for it (NĐ 30/2020 Art. 25): what was copied how, when, under which number
COPIES = BookForm(
    "SỔ SAO VĂN BẢN",
    ("Số", "Ngày, tháng, năm", "Hình thức sao", "Tên văn bản được sao", "Cơ quan sao", "Số trang", "Ghi chú"),
    (44.0, 62.0, 76.0, 270.0, 140.0, 40.0, 110.0),
    (5,),
    lambda line: (
        f"{line.number:02d}",
        f"{line.day:%d/%m/%Y}",
        line.form,
        line.title,
        line.agency,
        line.pages,
        line.note,
    ),
    "số bản sao",
    "NGƯỜI KÝ SAO VĂN BẢN",
    fees=False,
)
_SIZE, _HEAD_SIZE, _PAD = 10.0, 9.5, 3.0
_LEFT, _TOP, _BOTTOM = 20 * MM, 20 * MM, 18 * MM
_FOOT = 78.0  # points: totals and the places for signatures


def print_month(workplace: Workplace, *, agency: str, year: int, month: int, book: str = "") -> bytes:
    """Return the month's certification register, or book of official copies, as PDF/A-2u.

    Raises ``NotReady`` without fonts, ``Unavailable``.
    """
    book = book or book_symbol(date(year, 12, 31))
    lines = book_lines(workplace, agency=agency, year=year, month=month, book=book)
    with workplace.catalogue.read() as connection:
        closed = closing(connection, agency=agency, book=book, year=year)
    remark = ""
    if closed is not None and month == 12:
        sums = closed.totals
        day = datetime.fromisoformat(closed.closed_at).astimezone(VIETNAM)
        remark = (
            f"Đã khóa sổ năm {year} ngày {day:%d/%m/%Y}: tổng cộng {sums.get('numbers', 0)} số, trong đó "
            f"{sums.get('issued', 0)} số đã cấp, {sums.get('voided', 0)} số hủy."
        )
    return register_pdf(
        lines,
        agency=agency_named(workplace.settings, agency),
        book=book_name(year, symbol=book),
        year=year,
        month=month,
        created=workplace.clock(),
        remark=remark,
        form=COPIES if book == register.COPY_BOOK else CERTIFIED,
    )


def register_pdf(
    lines: Sequence[BookLine],
    *,
    agency: str,
    book: str,
    year: int,
    month: int,
    created: datetime,
    remark: str = "",
    form: BookForm = CERTIFIED,
) -> bytes:
    """Return *lines* as the register of a month; *created* (aware) goes into the file and at its foot."""
    paper = Paper(landscape=True)
    y = _heading(paper, form, agency, book, year, month)
    y = _table_head(paper, form, y)
    for line in lines:
        rows = [
            wrapped(plain(_text(cell)), "regular", _SIZE, wide - 2 * _PAD) or [""]
            for cell, wide in zip(form.cells(line), form.widths, strict=True)
        ]
        # a title as long as a page is shown by its beginning
        most = int((paper.height - _TOP - _BOTTOM - 60) / (_SIZE * LEADING))
        rows = [row if len(row) <= most else [*row[: most - 1], "…"] for row in rows]
        high = max(map(len, rows)) * _SIZE * LEADING + 2 * _PAD
        if y - high < _BOTTOM:
            y = _new_page(paper, form)
        _row(paper, form, rows, y, high)
        y -= high
    if not lines:
        paper.write(f"Trong tháng không có {form.numbers} nào.", _LEFT + _PAD, y - _SIZE - _PAD, _SIZE)
        y -= _SIZE * LEADING + 2 * _PAD
    if y - _FOOT < _BOTTOM:
        paper.add_page()
        y = paper.height - _TOP
    _foot(paper, form, y, lines, remark, created)
    for page in range(paper.pages):
        text = f"Trang {page + 1}/{paper.pages}"
        paper.write(text, paper.width / 2, _BOTTOM - 16, 10, align="centre", page=page)
    title = f"{form.heading.capitalize()}, quyển số {book}, tháng {month:02d}/{year}"
    return paper.save(title=title, author=agency, created=created)


def _text(cell: str | int) -> str:
    return f"{cell:,}".replace(",", ".") if isinstance(cell, int) else cell


def _heading(paper: Paper, form: BookForm, agency: str, book: str, year: int, month: int) -> float:
    paper.add_page()
    middle = _LEFT + sum(form.widths) / 2
    y = paper.height - _TOP
    for text in wrapped(plain(agency.upper()), "bold", 12, 400):
        paper.write(text, _LEFT, y, 12, "bold")
        y -= 12 * LEADING
    y -= 8
    paper.write(form.heading, middle, y, 14, "bold", align="centre")
    y -= 18
    paper.write(f"Quyển số: {book}. Tháng {month:02d} năm {year}", middle, y, 12, align="centre")
    return y - 14


def _new_page(paper: Paper, form: BookForm) -> float:
    paper.add_page()
    return _table_head(paper, form, paper.height - _TOP)


def _table_head(paper: Paper, form: BookForm, y: float) -> float:
    rows = [
        wrapped(name, "bold", _HEAD_SIZE, wide - 2 * _PAD) for name, wide in zip(form.columns, form.widths, strict=True)
    ]
    high = max(map(len, rows)) * _HEAD_SIZE * LEADING + 2 * _PAD
    x = _LEFT
    paper.line(_LEFT, y, _LEFT + sum(form.widths), y)
    for cell, wide in zip(rows, form.widths, strict=True):
        at = y - _PAD - (high - 2 * _PAD - len(cell) * _HEAD_SIZE * LEADING) / 2
        for text in cell:
            at -= _HEAD_SIZE * LEADING
            paper.write(text, x + wide / 2, at + _HEAD_SIZE * 0.27, _HEAD_SIZE, "bold", align="centre")
        x += wide
    _grid(paper, form, y, high)
    return y - high


def _row(paper: Paper, form: BookForm, rows: Sequence[Sequence[str]], y: float, high: float) -> None:
    x = _LEFT
    for column, (cell, wide) in enumerate(zip(rows, form.widths, strict=True)):
        at = y - _PAD
        for text in cell:
            at -= _SIZE * LEADING
            if column in form.right:
                paper.write(text, x + wide - _PAD, at + _SIZE * 0.27, _SIZE, align="right")
            else:
                paper.write(text, x + _PAD, at + _SIZE * 0.27, _SIZE)
        x += wide
    _grid(paper, form, y, high)


def _grid(paper: Paper, form: BookForm, y: float, high: float) -> None:
    x = _LEFT
    for wide in (*form.widths, 0.0):
        paper.line(x, y, x, y - high)
        x += wide
    paper.line(_LEFT, y - high, _LEFT + sum(form.widths), y - high)


def _foot(paper: Paper, form: BookForm, y: float, lines: Sequence[BookLine], remark: str, created: datetime) -> None:
    sums = totals(lines)
    parts = [f"{sums.issued} số đã cấp", f"{sums.voided} số hủy"]
    if sums.cancelled:
        parts.append(f"{sums.cancelled} bản sao đã cấp rồi hủy")
    if sums.open:
        parts.append(f"{sums.open} số đang thực hiện")
    y -= 16
    money = _text(sums.fee_vnd)
    paper.write(f"Cộng: {sums.numbers} {form.numbers} ({', '.join(parts)}).", _LEFT, y, 11, "bold")
    y -= 14
    fees = f"; phí {money} đồng" if form.fees else ""
    paper.write(f"{_text(sums.copies)} bản sao; {_text(sums.pages)} trang{fees}.", _LEFT, y, 11, "bold")
    if remark:
        y -= 14
        paper.write(remark, _LEFT, y, 11)
    day = created.astimezone(VIETNAM)
    right = _LEFT + sum(form.widths)
    y -= 18
    printed = f"In ngày {day.day:02d} tháng {day.month:02d} năm {day.year}"
    paper.write(printed, right - 110, y + 2, 11, "italic", align="centre")
    y -= 14
    paper.write("NGƯỜI LẬP SỔ", _LEFT + 110, y, 11, "bold", align="centre")
    paper.write(form.signer, right - 110, y, 11, "bold", align="centre")
