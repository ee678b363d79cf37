"""The certification register (sổ chứng thực): numbers without gaps, one for each original, never used twice.

Circular 01/2020/TT-BTP Art. 4 (Decree 23/2015 Art. 13-14): the ordinal runs on to the end of the year through all
volumes of a book and starts anew each year; all copies of one original certified at the same time share one number.
A number whose certification failed stays in the book, voided, with the reason; so does one whose copy was issued and
later cancelled.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from domain.errors import Advice, Refused
from storage import ledger
from storage.catalogue import schema as t
from storage.catalogue.sql import upsert
from storage.records import RegisterEntry, RegisterNumber

#: the book of sao y, sao lục, trích sao (NĐ 30/2020): one sequence for all of them, never mixed with certification
COPY_BOOK = "SY"
_NOT_IN_KEYS = re.compile(r"[^0-9A-Za-z]+")
_OVER = ("voided", "cancelled")  # the original may get another number
_IN_WORDS = {"reserved": "đang giữ chỗ", "issued": "đã cấp"}


def reserve(
    connection: Connection,
    *,
    agency: str,
    book: str,
    year: int,
    document_id: str,
    idempotency_key: str,
    at: str,
    occasion: str = "",
    details: Mapping[str, Any] | None = None,
    first_number: int = 1,
    code: str = "",
) -> RegisterEntry:
    """Return the entry for this original, with the next number of (agency, book, year) if it has none yet.

    Counter and row change in the caller's transaction: rolled back together, the number was never taken. Keep that
    transaction short, the whole book waits for it; never hold it open over a signing call. The same *idempotency_key*
    gives the same entry; so does the same document and *occasion* (an original that is certified again on another day
    has another occasion). *first_number* is where a book starts that is taken over from paper; *code* is what
    :func:`by_code` finds the entry by.

    Raises ``Refused``: ``idempotency-conflict`` (key used for another document), ``register-voided`` (the entry of
    this key was voided: a new attempt needs a new key), ``register-closed`` (no new number in a closed book).
    """
    books = t.register_books
    # Take the counter's lock first: then nobody can reserve between our look for an entry and our insert.
    locked = upsert(connection, books).values(agency=agency, book=book, year=year, next_number=first_number)
    locked = locked.on_conflict_do_update(
        index_elements=["agency", "book", "year"], set_={"next_number": books.c.next_number}
    )
    number, closed_at = connection.execute(locked.returning(books.c.next_number, books.c.closed_at)).one()

    e = t.register_entries.c
    in_book = select(t.register_entries).where(e.agency == agency, e.book == book, e.year == year)
    row = connection.execute(in_book.where(e.idempotency_key == idempotency_key)).first()
    if row is not None:
        entry = _entry(row)
        if (entry.document_id, entry.occasion) != (document_id, occasion):
            raise _key_conflict(entry)
        if entry.state in _OVER:
            raise _voided(entry)
        return entry
    same_original = in_book.where(e.document_id == document_id, e.occasion == occasion, e.state.not_in(_OVER))
    row = connection.execute(same_original).first()
    if row is not None:
        return _entry(row)
    if closed_at:
        raise _closed(book, year)

    entry = RegisterEntry(
        agency=agency,
        book=book,
        year=year,
        number=number,
        state="reserved",
        document_id=document_id,
        occasion=occasion,
        idempotency_key=idempotency_key,
        details=dict(details or {}),
        reserved_at=at,
        code=code,
    )
    connection.execute(insert(t.register_entries).values(**entry.__dict__))
    connection.execute(update(books).where(*book_is(agency, book, year)).values(next_number=number + 1))
    _note(connection, entry, 1)
    return entry


def issue(
    connection: Connection, ref: RegisterNumber, *, at: str, details: Mapping[str, Any] | None = None
) -> RegisterEntry:
    """Make a reserved entry final and return it; again does nothing. ``Refused`` (``wrong-state``) if it was voided."""
    entry = get(connection, ref)
    if entry is not None and entry.state == "issued":
        return entry
    values: dict[str, Any] = {"state": "issued", "issued_at": at}
    if details and entry is not None:
        values["details"] = entry.details | dict(details)
    _change(connection, ref, values)
    issued = get(connection, ref)
    if issued is None:
        raise RuntimeError("register entry vanished inside its transaction")
    return issued


def restore(connection: Connection, entry: RegisterEntry) -> None:
    """Put back an entry that a manifest remembers (rebuilding); no error if it stands. The counter follows.

    A later manifest may know that the copy was cancelled: the entry that stands as issued then becomes so.
    """
    statement = upsert(connection, t.register_entries).values(**entry.__dict__).on_conflict_do_nothing()
    connection.execute(statement)
    if entry.state == "cancelled":
        change = update(t.register_entries).where(*_entry_is(entry.ref), t.register_entries.c.state == "issued")
        values = {"state": "cancelled", "cancel_reason": entry.cancel_reason, "cancelled_at": entry.cancelled_at}
        connection.execute(change.values(**values))
    books = t.register_books
    counter = upsert(connection, books).values(
        agency=entry.agency, book=entry.book, year=entry.year, next_number=entry.number + 1
    )
    connection.execute(
        counter.on_conflict_do_update(
            index_elements=["agency", "book", "year"],
            set_={"next_number": entry.number + 1},
            where=books.c.next_number <= entry.number,
        )
    )


def void(connection: Connection, ref: RegisterNumber, *, reason: str, at: str) -> None:
    """Void a reserved entry; its number stays burnt. ``Refused`` (``wrong-state``) once it is issued."""
    if not reason.strip():
        raise ValueError("a number is voided with a reason")
    entry = get(connection, ref)
    if entry is not None and entry.state == "voided":
        return
    _change(connection, ref, {"state": "voided", "void_reason": reason, "voided_at": at})
    voided = get(connection, ref)
    if voided is not None:
        _note(connection, voided, 2)


def cancel(connection: Connection, ref: RegisterNumber, *, reason: str, at: str) -> RegisterEntry:
    """Cancel an issued entry: the line stays, with the reason. Again does nothing; also in a closed book.

    Raises ``Refused`` (``wrong-state``) unless it is issued, ``ValueError`` without a reason.
    """
    if not reason.strip():
        raise ValueError("a copy is cancelled with a reason")
    entry = get(connection, ref)
    if entry is None or entry.state != "cancelled":
        _change(connection, ref, {"state": "cancelled", "cancel_reason": reason, "cancelled_at": at}, "issued")
        entry = get(connection, ref)
    if entry is None:
        raise RuntimeError("register entry vanished inside its transaction")
    return entry


def by_code(connection: Connection, code: str) -> RegisterEntry | None:
    """Return the entry that a copy's code names, or None."""
    e = t.register_entries
    row = connection.execute(select(e).where(e.c.code == code)).first() if code else None
    return None if row is None else _entry(row)


def get(connection: Connection, ref: RegisterNumber) -> RegisterEntry | None:
    """Return the entry with this number, or None."""
    query = select(t.register_entries).where(*_entry_is(ref))
    row = connection.execute(query).first()
    return None if row is None else _entry(row)


def of_document(connection: Connection, document_id: str) -> list[RegisterEntry]:
    """Return the certification entries of a document, voided ones too, oldest number first.

    Numbers of official copies (``COPY_BOOK``) are another procedure: :func:`copies_of_document`.
    """
    return _of_document(connection, document_id, t.register_entries.c.book != COPY_BOOK)


def copies_of_document(connection: Connection, document_id: str) -> list[RegisterEntry]:
    """Return the numbers under which official copies (sao y, ...) of a document were made, oldest first."""
    return _of_document(connection, document_id, t.register_entries.c.book == COPY_BOOK)


def _of_document(connection: Connection, document_id: str, which: Any) -> list[RegisterEntry]:
    e = t.register_entries.c
    query = select(t.register_entries).where(e.document_id == document_id, which).order_by(e.year, e.book, e.number)
    return [_entry(r) for r in connection.execute(query)]


def entries(
    connection: Connection, *, agency: str, book: str, year: int, after: int = 0, limit: int = 1000
) -> list[RegisterEntry]:
    """Return the lines of a book with a number above *after*, in order: the register as it would be printed."""
    e = t.register_entries.c
    query = select(t.register_entries).where(e.agency == agency, e.book == book, e.year == year, e.number > after)
    return [_entry(r) for r in connection.execute(query.order_by(e.number).limit(limit))]


def all_entries(connection: Connection, *, agency: str, book: str, year: int) -> list[RegisterEntry]:
    """Return every line of a book, in order."""
    e = t.register_entries.c
    query = select(t.register_entries).where(e.agency == agency, e.book == book, e.year == year)
    return [_entry(r) for r in connection.execute(query.order_by(e.number))]


def keep(connection: Connection, document_id: str) -> None:
    """Note every line of a document for the object store: for when its manifests, which hold them, go."""
    for entry in [*of_document(connection, document_id), *copies_of_document(connection, document_id)]:
        _note(connection, entry, 3)


def restore_noted(connection: Connection, records: Sequence[Mapping[str, Any]]) -> None:
    """Put back a line from its records, in order (rebuilding, after the manifests): what they say goes before."""
    for record in records:
        entry = RegisterEntry(**record["entry"])
        restore(connection, entry)
        if entry.state == "voided":
            change = update(t.register_entries).where(*_entry_is(entry.ref), t.register_entries.c.state == "reserved")
            connection.execute(change.values(state="voided", void_reason=entry.void_reason, voided_at=entry.voided_at))


def _note(connection: Connection, entry: RegisterEntry, seq: int) -> None:
    one = f"{key_of_book(entry.book)}-{entry.year}-{entry.number:09}"
    ledger.note(connection, entry.agency, "register", one, seq, {"entry": entry.__dict__})


def key_of_book(book: str) -> str:
    """Return *book* as it may stand in the key of a record."""
    return _NOT_IN_KEYS.sub("_", book)


def books(connection: Connection, agency: str | None = None) -> list[tuple[str, str, int]]:
    """Return (agency, book, year) of every book, in order."""
    b = t.register_books.c
    query = select(b.agency, b.book, b.year)
    if agency is not None:
        query = query.where(b.agency == agency)
    return [(r.agency, r.book, r.year) for r in connection.execute(query.order_by(b.agency, b.book, b.year))]


def gaps(connection: Connection, *, agency: str, book: str, year: int, first_number: int = 1) -> list[int]:
    """Return the numbers missing from a book: an empty list, or something is badly wrong."""
    e = t.register_entries.c
    query = select(e.number).where(e.agency == agency, e.book == book, e.year == year)
    have = set(connection.execute(query).scalars())
    books = t.register_books.c
    next_number = connection.execute(select(books.next_number).where(*book_is(agency, book, year))).scalar()
    return [n for n in range(first_number, next_number or first_number) if n not in have]


def _change(connection: Connection, ref: RegisterNumber, values: dict[str, Any], expected: str = "reserved") -> None:
    statement = update(t.register_entries).where(*_entry_is(ref), t.register_entries.c.state == expected)
    if not connection.execute(statement.values(**values)).rowcount:
        raise Refused(
            "wrong-state",
            f"register entry {ref.number} of {ref.book}/{ref.year} is not {expected}",
            Advice(
                f"Số chứng thực này không ở trạng thái {_IN_WORDS[expected]}.",
                "Sổ chứng thực không thay đổi.",
                "Mở sổ chứng thực để xem trạng thái của số này.",
            ),
        )


def book_is(agency: str, book: str, year: int) -> tuple[Any, ...]:
    """Return what holds of the row of a book."""
    b = t.register_books.c
    return b.agency == agency, b.book == book, b.year == year


def _entry_is(ref: RegisterNumber) -> tuple[Any, ...]:
    e = t.register_entries.c
    return e.agency == ref.agency, e.book == ref.book, e.year == ref.year, e.number == ref.number


def _entry(row: Row[Any]) -> RegisterEntry:
    return RegisterEntry(**row._mapping)


def _key_conflict(entry: RegisterEntry) -> Refused:
    return Refused(
        "idempotency-conflict",
        f"key of register entry {entry.number} was used for another document",
        Advice(
            "Yêu cầu cấp số này trùng mã với một yêu cầu khác đã được ghi nhận.",
            "Không có số nào được cấp thêm.",
            "Gửi lại yêu cầu với mã mới.",
        ),
    )


def _voided(entry: RegisterEntry) -> Refused:
    return Refused(
        "register-voided",
        f"register entry {entry.number} was voided",
        Advice(
            "Số chứng thực của yêu cầu này đã bị huỷ.",
            "Số đã huỷ được giữ trong sổ và không dùng lại.",
            "Thực hiện lại việc chứng thực để lấy số mới.",
        ),
    )


def _closed(book: str, year: int) -> Refused:
    return Refused(
        "register-closed",
        f"register {book}/{year} is closed",
        Advice(
            f"Sổ {book} năm {year} đã khóa sổ.",
            "Không có số nào được cấp thêm; các số đã cấp giữ nguyên.",
            "Lấy số ở sổ của năm hiện tại.",
        ),
    )
