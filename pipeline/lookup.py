"""What anybody may learn of a certified copy by the code on it: what the register says, and nothing of the paper.

No name, no title, no reason that an officer wrote (it may name a person), no key by which a file could be had.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from domain.certification import VIETNAM, CertificateNumber
from domain.lookup_code import parse_lookup_code
from pipeline.certify.people import agency_named
from pipeline.settings import Settings
from pipeline.workplace import Workplace
from storage.catalogue import register
from storage.catalogue.digests import issued_copies
from storage.records import RegisterEntry


@dataclass(frozen=True)
class CopyLine:
    """A line of the register as strangers may see it.

    Attributes:
        code: 16 signs, as stored.
        state: ``reserved``, ``issued``, ``voided`` or ``cancelled``, as in :class:`storage.records.RegisterEntry`.
        agency: its name where the settings know it, else words with its code.
        number, book: as they stand in the lời chứng.
        numbered_on: Vietnamese day of the lời chứng; ``issued_on``, ``cancelled_on``: None where it did not happen.
        pages: of the original; 0 where the register does not say.
        digests: SHA-256, hex, of the copy as first issued and as renewed since, newest last; empty unless issued once.
        test: signed by the test authority, which binds nobody.
    """

    code: str
    state: str
    agency: str
    number: str
    book: str
    numbered_on: date
    issued_on: date | None
    cancelled_on: date | None
    pages: int
    digests: tuple[str, ...]
    test: bool


def copy_line(workplace: Workplace, code: str) -> CopyLine | None:
    """Return what the register says of the copy with *code* (as typed); None for no code and for an unknown one."""
    with workplace.catalogue.read() as connection:
        entry = register.by_code(connection, parse_lookup_code(code))
        if entry is None:
            return None
        key = f"{entry.book}:{entry.year}:{entry.number}"
        copies = issued_copies(connection, entry.document_id) if entry.issued_at else []
        digests = next((copy.digests for copy in reversed(copies) if copy.key == key), ())
    return _line(workplace.settings, entry, digests)


def _line(settings: Settings, entry: RegisterEntry, digests: tuple[str, ...]) -> CopyLine:
    name = CertificateNumber(entry.year, entry.number, int(entry.details.get("book_number", 1)), entry.book)
    return CopyLine(
        code=entry.code,
        state=entry.state,
        agency=agency_named(settings, entry.agency),
        number=name.number_text,
        book=name.book_text,
        numbered_on=_day(entry.reserved_at) or date.min,
        issued_on=_day(entry.issued_at),
        cancelled_on=_day(entry.cancelled_at),
        pages=int(entry.details.get("pages", 0)),
        digests=digests,
        test=bool(entry.details.get("test")),
    )


def _day(moment: str) -> date | None:
    return datetime.fromisoformat(moment).astimezone(VIETNAM).date() if moment else None
