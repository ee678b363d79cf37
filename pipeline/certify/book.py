"""The lines of a register as its form has them (NĐ 23/2015 Art. 13-14, TT 01/2020 Art. 4), totals, closing."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from domain.certification import VIETNAM, book_symbol, first_ordinal
from domain.errors import Advice, BadInput, Refused
from pipeline.workplace import Workplace
from storage.catalogue import audit, register
from storage.catalogue.engine import utc_text
from storage.catalogue.register_closing import BookClosing, close_book
from storage.errors import DocumentUnknown
from storage.manifest import canonical
from storage.records import RegisterEntry

#: the columns of the printed and exported book, in order
COLUMNS = (
    "Số chứng thực",
    "Ngày, tháng, năm",
    "Họ tên người yêu cầu chứng thực",
    "Tên bản chính giấy tờ, văn bản",
    "Họ tên, chức danh người ký chứng thực",
    "Số bản sao",
    "Số trang",
    "Phí (đồng)",
    "Ghi chú",
)


@dataclass(frozen=True)
class BookLine:
    """One number as it stands in the book."""

    number: int
    day: date  # Vietnamese day on which the number was taken
    requester: str
    title: str
    signer: str
    copies: int
    pages: int
    fee_vnd: int
    note: str
    state: str
    form: str = ""  # of an official copy: SAO Y, SAO LỤC, TRÍCH SAO
    agency: str = ""  # that made the official copy

    def cells(self) -> tuple[str | int, ...]:
        """Return the cells in the order of ``COLUMNS``."""
        return (
            f"{self.number:02d}",
            f"{self.day:%d/%m/%Y}",
            self.requester,
            self.title,
            self.signer,
            self.copies,
            self.pages,
            self.fee_vnd,
            self.note,
        )


@dataclass(frozen=True)
class Totals:
    """What a book, or a part of it, adds up to.

    Copies, pages and fees count the lines whose copy was issued, also those cancelled later (``cancelled``).
    """

    numbers: int
    issued: int
    voided: int
    cancelled: int
    open: int
    copies: int
    pages: int
    fee_vnd: int


def book_lines(
    workplace: Workplace, *, agency: str, year: int, month: int | None = None, book: str = ""
) -> list[BookLine]:
    """Return the lines of a book, of one month when given; *book* defaults to that of certified copies."""
    book = book or book_symbol(date(year, 12, 31))
    with workplace.catalogue.read() as connection:
        entries = register.all_entries(connection, agency=agency, book=book, year=year)
    return [_line(workplace, entry) for entry in entries if month is None or _day(entry.reserved_at).month == month]


def totals(lines: Sequence[BookLine]) -> Totals:
    """Add the lines up."""
    issued = [line for line in lines if line.state in ("issued", "cancelled")]
    return Totals(
        numbers=len(lines),
        issued=len(issued),
        voided=sum(line.state == "voided" for line in lines),
        cancelled=sum(line.state == "cancelled" for line in lines),
        open=sum(line.state == "reserved" for line in lines),
        copies=sum(line.copies for line in issued),
        pages=sum(line.pages for line in issued),
        fee_vnd=sum(line.fee_vnd for line in issued),
    )


def close_year(workplace: Workplace, *, agency: str, year: int, by: str, book: str = "") -> tuple[BookClosing, bool]:
    """Close the book of a year for ever; return its closing and whether this call made it.

    The closing holds the totals and the SHA-256 of the lines, so that a later change of the book can be seen. Raises
    ``Refused``: ``register-year-running`` before 31 December, ``register-open-numbers`` while numbers are reserved.
    """
    now = workplace.clock()
    last = date(year, 12, 31)
    book = book or book_symbol(last)
    if now.astimezone(VIETNAM).date() < last:
        raise Refused(
            "register-year-running",
            f"the year {year} is not over",
            Advice(
                f"Chưa đến ngày 31/12/{year} nên chưa khóa được sổ năm {year}.",
                "Sổ vẫn mở, không có gì thay đổi.",
                "Khóa sổ vào ngày 31/12 sau khi hết giờ làm việc.",
            ),
        )

    def count(entries: Sequence[RegisterEntry]) -> dict[str, Any]:
        sums = totals([_line(None, entry) for entry in entries])
        return {**sums.__dict__, "sha256": lines_digest(entries)}

    at = utc_text(now)
    with workplace.catalogue.begin() as connection:
        closed, new = close_book(
            connection,
            agency=agency,
            book=book,
            year=year,
            by=by,
            at=at,
            totals=count,
            first_number=first_ordinal(last),
        )
        if new:
            detail = {"book": book, "year": year, **closed.totals}
            audit.append(connection, agency=agency, event_type="register closing", agent=by, at=at, detail=detail)
    return closed, new


def lines_digest(entries: Sequence[RegisterEntry]) -> str:
    """Return SHA-256 over number, state, document, reasons and times of each line."""
    rows = [
        [e.number, e.state, e.document_id, e.void_reason, e.cancel_reason, e.reserved_at, e.issued_at] for e in entries
    ]
    return hashlib.sha256(canonical({"lines": rows})).hexdigest()


def parse_month(text: str) -> tuple[int, int]:
    """Return (year, month) of ``YYYY-MM``. Raises ``BadInput``."""
    try:
        day = datetime.strptime(text, "%Y-%m")
    except ValueError:
        raise BadInput(
            "month-form", "not YYYY-MM", Advice("Tháng không đúng dạng.", todo="Viết NĂM-THÁNG, ví dụ 2026-11.")
        ) from None
    return day.year, day.month


def _line(workplace: Workplace | None, entry: RegisterEntry) -> BookLine:
    details = entry.details
    name = str(details.get("certifier_name", ""))
    position = str(details.get("certifier_position", ""))
    requester = str(details.get("requester", ""))
    if not requester and workplace is not None:  # numbers taken before the requester was written into the book
        try:
            requester = workplace.warehouse.show(entry.document_id).owner_name
        except DocumentUnknown:
            requester = ""
    voided = entry.state == "voided"
    return BookLine(
        number=entry.number,
        day=_day(entry.reserved_at),
        requester=requester,
        title=str(details.get("title", "")),
        signer=", ".join(part for part in (name, position) if part),
        copies=0 if voided else int(details.get("copies", 1)),
        pages=int(details.get("pages", 0)),
        fee_vnd=0 if voided else int(details.get("fee_vnd", 0)),  # no copy, no fee
        note=_note(entry),
        state=entry.state,
        form=str(details.get("form", "")),
        agency=str(details.get("agency_name", "")),
    )


def _note(entry: RegisterEntry) -> str:
    if entry.state == "voided":
        return f"Hủy số: {entry.void_reason}"
    if entry.state == "cancelled":
        return f"Đã hủy bản sao ngày {_day(entry.cancelled_at):%d/%m/%Y}: {entry.cancel_reason}"
    if entry.state == "reserved":
        return "Đang thực hiện"
    return "Chữ ký thử nghiệm" if entry.details.get("test") else ""


def _day(at: str) -> date:
    return datetime.fromisoformat(at).astimezone(VIETNAM).date()
