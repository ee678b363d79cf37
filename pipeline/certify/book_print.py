"""The register of a month on paper: landscape A4, PDF/A-2u, every column of the form, totals, page numbers.

TT 01/2020/TT-BTP Art. 4: a register kept by machine is printed monthly and bound.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from domain.certification import VIETNAM, book_name, book_symbol
from domain.errors import Advice, BadInput
from pipeline.certify.book import COLUMNS, BookLine, book_lines, totals
from pipeline.certify.paper import LEADING, MM, Paper, plain, wrapped
from pipeline.certify.people import agency_named
from pipeline.workplace import Workplace
from storage.catalogue import register

_WIDTHS = (44.0, 60.0, 118.0, 196.0, 118.0, 38.0, 38.0, 52.0, 78.0)  # points; together what the margins leave
_RIGHT_ALIGNED = (5, 6, 7)
_SIZE, _HEAD_SIZE, _PAD = 10.0, 9.5, 3.0
_LEFT, _TOP, _BOTTOM = 20 * MM, 20 * MM, 18 * MM
_FOOT = 78.0  # points: totals and the places for signatures


def print_month(workplace: Workplace, *, agency: str, year: int, month: int, book: str = "") -> bytes:
    """Return the month's certification register as PDF/A-2u.

    Raises ``BadInput`` (``copy-book``) for the book of official copies, which has another form; ``NotReady`` without
    fonts, ``Unavailable``.
    """
    book = book or book_symbol(date(year, 12, 31))
    if book == register.COPY_BOOK:
        advice = Advice("Sổ sao văn bản không in theo mẫu sổ chứng thực.", "Chưa ghi tệp nào.", "Dùng register export.")
        raise BadInput("copy-book", "official copies have no certification register", advice)
    lines = book_lines(workplace, agency=agency, year=year, month=month, book=book)
    with workplace.catalogue.read() as connection:
        closed = register.closing(connection, agency=agency, book=book, year=year)
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
    )


def register_pdf(
    lines: Sequence[BookLine], *, agency: str, book: str, year: int, month: int, created: datetime, remark: str = ""
) -> bytes:
    """Return *lines* as the register of a month; *created* (aware) goes into the file and at its foot."""
    paper = Paper(landscape=True)
    y = _heading(paper, agency, book, year, month)
    y = _table_head(paper, y)
    for line in lines:
        rows = [
            wrapped(plain(_text(cell)), "regular", _SIZE, wide - 2 * _PAD) or [""]
            for cell, wide in zip(line.cells(), _WIDTHS, strict=True)
        ]
        # a title as long as a page is shown by its beginning
        most = int((paper.height - _TOP - _BOTTOM - 60) / (_SIZE * LEADING))
        rows = [row if len(row) <= most else [*row[: most - 1], "…"] for row in rows]
        high = max(map(len, rows)) * _SIZE * LEADING + 2 * _PAD
        if y - high < _BOTTOM:
            y = _new_page(paper)
        _row(paper, rows, y, high)
        y -= high
    if not lines:
        paper.write("Trong tháng không có số chứng thực nào.", _LEFT + _PAD, y - _SIZE - _PAD, _SIZE)
        y -= _SIZE * LEADING + 2 * _PAD
    if y - _FOOT < _BOTTOM:
        paper.add_page()
        y = paper.height - _TOP
    _foot(paper, y, lines, remark, created)
    for page in range(paper.pages):
        text = f"Trang {page + 1}/{paper.pages}"
        paper.write(text, paper.width / 2, _BOTTOM - 16, 10, align="centre", page=page)
    title = f"Sổ chứng thực bản sao từ bản chính, quyển số {book}, tháng {month:02d}/{year}"
    return paper.save(title=title, author=agency, created=created)


def _text(cell: str | int) -> str:
    return f"{cell:,}".replace(",", ".") if isinstance(cell, int) else cell


def _heading(paper: Paper, agency: str, book: str, year: int, month: int) -> float:
    paper.add_page()
    middle = _LEFT + sum(_WIDTHS) / 2
    y = paper.height - _TOP
    for text in wrapped(plain(agency.upper()), "bold", 12, 400):
        paper.write(text, _LEFT, y, 12, "bold")
        y -= 12 * LEADING
    y -= 8
    paper.write("SỔ CHỨNG THỰC BẢN SAO TỪ BẢN CHÍNH", middle, y, 14, "bold", align="centre")
    y -= 18
    paper.write(f"Quyển số: {book}. Tháng {month:02d} năm {year}", middle, y, 12, align="centre")
    return y - 14


def _new_page(paper: Paper) -> float:
    paper.add_page()
    return _table_head(paper, paper.height - _TOP)


def _table_head(paper: Paper, y: float) -> float:
    rows = [wrapped(name, "bold", _HEAD_SIZE, wide - 2 * _PAD) for name, wide in zip(COLUMNS, _WIDTHS, strict=True)]
    high = max(map(len, rows)) * _HEAD_SIZE * LEADING + 2 * _PAD
    x = _LEFT
    paper.line(_LEFT, y, _LEFT + sum(_WIDTHS), y)
    for cell, wide in zip(rows, _WIDTHS, strict=True):
        at = y - _PAD - (high - 2 * _PAD - len(cell) * _HEAD_SIZE * LEADING) / 2
        for text in cell:
            at -= _HEAD_SIZE * LEADING
            paper.write(text, x + wide / 2, at + _HEAD_SIZE * 0.27, _HEAD_SIZE, "bold", align="centre")
        x += wide
    _grid(paper, y, high)
    return y - high


def _row(paper: Paper, rows: Sequence[Sequence[str]], y: float, high: float) -> None:
    x = _LEFT
    for column, (cell, wide) in enumerate(zip(rows, _WIDTHS, strict=True)):
        at = y - _PAD
        for text in cell:
            at -= _SIZE * LEADING
            if column in _RIGHT_ALIGNED:
                paper.write(text, x + wide - _PAD, at + _SIZE * 0.27, _SIZE, align="right")
            else:
                paper.write(text, x + _PAD, at + _SIZE * 0.27, _SIZE)
        x += wide
    _grid(paper, y, high)


def _grid(paper: Paper, y: float, high: float) -> None:
    x = _LEFT
    for wide in (*_WIDTHS, 0.0):
        paper.line(x, y, x, y - high)
        x += wide
    paper.line(_LEFT, y - high, _LEFT + sum(_WIDTHS), y - high)


def _foot(paper: Paper, y: float, lines: Sequence[BookLine], remark: str, created: datetime) -> None:
    sums = totals(lines)
    parts = [f"{sums.issued} số đã cấp", f"{sums.voided} số hủy"]
    if sums.cancelled:
        parts.append(f"{sums.cancelled} bản sao đã cấp rồi hủy")
    if sums.open:
        parts.append(f"{sums.open} số đang thực hiện")
    y -= 16
    money = _text(sums.fee_vnd)
    paper.write(f"Cộng: {sums.numbers} số chứng thực ({', '.join(parts)}).", _LEFT, y, 11, "bold")
    y -= 14
    paper.write(f"{_text(sums.copies)} bản sao; {_text(sums.pages)} trang; phí {money} đồng.", _LEFT, y, 11, "bold")
    if remark:
        y -= 14
        paper.write(remark, _LEFT, y, 11)
    day = created.astimezone(VIETNAM)
    right = _LEFT + sum(_WIDTHS)
    y -= 18
    printed = f"In ngày {day.day:02d} tháng {day.month:02d} năm {day.year}"
    paper.write(printed, right - 110, y + 2, 11, "italic", align="centre")
    y -= 14
    paper.write("NGƯỜI LẬP SỔ", _LEFT + 110, y, 11, "bold", align="centre")
    paper.write("NGƯỜI THỰC HIỆN CHỨNG THỰC", right - 110, y, 11, "bold", align="centre")
