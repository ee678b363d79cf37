"""Closing a year's book of the certification register for ever (Decree 23/2015 Art. 14)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select, update

from domain.errors import Advice, Refused
from storage import ledger
from storage.catalogue import schema as t
from storage.catalogue.register import all_entries, book_is, key_of_book
from storage.catalogue.sql import upsert
from storage.records import RegisterEntry


@dataclass(frozen=True)
class BookClosing:
    """A closed book: when (ISO 8601 UTC), by whom, with which totals."""

    closed_at: str
    closed_by: str
    totals: dict[str, Any]


def closing(connection: Connection, *, agency: str, book: str, year: int) -> BookClosing | None:
    """Return the closing of a book, or None while it is open (or does not exist)."""
    b = t.register_books.c
    query = select(b.closed_at, b.closed_by, b.closing).where(*book_is(agency, book, year))
    row = connection.execute(query).first()
    return BookClosing(row.closed_at, row.closed_by, dict(row.closing or {})) if row and row.closed_at else None


def close_book(
    connection: Connection,
    *,
    agency: str,
    book: str,
    year: int,
    by: str,
    at: str,
    totals: Callable[[Sequence[RegisterEntry]], Mapping[str, Any]],
    first_number: int = 1,
) -> tuple[BookClosing, bool]:
    """Close a book for ever; return its closing and whether this call made it (NĐ 23/2015 Art. 14).

    The book's row is locked first, so no number is taken between counting (*totals* of all lines) and closing. A
    book that nobody wrote into is closed at zero. Raises ``Refused`` (``register-open-numbers``) while a number is
    only reserved: its fate belongs into the book before the book is counted.
    """
    books = t.register_books
    locked = upsert(connection, books).values(agency=agency, book=book, year=year, next_number=first_number)
    connection.execute(
        locked.on_conflict_do_update(
            index_elements=["agency", "book", "year"], set_={"next_number": books.c.next_number}
        )
    )
    before = closing(connection, agency=agency, book=book, year=year)
    if before is not None:
        return before, False
    lines = all_entries(connection, agency=agency, book=book, year=year)
    waiting = [entry.number for entry in lines if entry.state == "reserved"]
    if waiting:
        raise _open_numbers(book, year, waiting)
    made = BookClosing(at, by, dict(totals(lines)))
    values = {"closed_at": made.closed_at, "closed_by": made.closed_by, "closing": made.totals}
    connection.execute(update(books).where(*book_is(agency, book, year)).values(**values))
    row = connection.execute(select(books).where(*book_is(agency, book, year))).one()
    ledger.note(connection, agency, "closing", f"{key_of_book(book)}-{year}", 1, {"book": dict(row._mapping)})
    return made, True


def restore_closing(connection: Connection, record: Mapping[str, Any]) -> None:
    """Put back a closed book (rebuilding). The counter never goes back."""
    values = dict(record["book"])
    books = t.register_books
    closed = {name: values[name] for name in ("closed_at", "closed_by", "closing")}
    connection.execute(
        upsert(connection, books)
        .values(**values)
        .on_conflict_do_update(index_elements=["agency", "book", "year"], set_=closed, where=books.c.closed_at == "")
    )
    later = update(books).where(*book_is(values["agency"], values["book"], values["year"]))
    connection.execute(
        later.where(books.c.next_number < values["next_number"]).values(next_number=values["next_number"])
    )


def _open_numbers(book: str, year: int, waiting: Sequence[int]) -> Refused:
    shown = ", ".join(map(str, waiting[:20]))
    return Refused(
        "register-open-numbers",
        f"{len(waiting)} numbers of {book}/{year} are only reserved: {shown}",
        Advice(
            f"Sổ {book} năm {year} còn {len(waiting)} số đang giữ chỗ: {shown}.",
            "Sổ chưa khóa, không có gì thay đổi.",
            "Hoàn tất hoặc hủy các số đó (kèm lý do) rồi khóa sổ.",
        ),
    )
