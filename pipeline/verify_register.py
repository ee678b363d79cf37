"""Đối chiếu sổ chứng thực: is this file the copy that the register says was issued, and does it still stand?

A question of its own beside the signatures: a perfectly signed copy may have been cancelled, and a file that looks like
a copy of ours may never have been issued. Looks only: nothing is written, no folder is made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.engine import make_url

from domain.certification import VIETNAM, CertificateNumber
from domain.errors import Unavailable
from domain.lookup_code import parse_lookup_code
from pipeline.settings import Settings
from signing.appearance.certification import AGENCY_FIELD, PERSON_FIELD
from signing.verify.model import DocumentVerdict, Indication, Level
from signing.verify.printed import Printed
from storage.catalogue import register
from storage.catalogue.digests import holders, issued_copies
from storage.catalogue.engine import Catalogue, open_catalogue
from storage.records import RegisterEntry

COPY_FIELDS = frozenset({PERSON_FIELD, AGENCY_FIELD})

_SAID: dict[str, tuple[Indication | None, str]] = {
    "not-a-copy": (None, "tệp không phải bản sao chứng thực của hệ thống này"),
    "not-asked": (None, "không có sổ để đối chiếu"),
    "copy-issued": (Indication.PASSED, "đúng bản đã cấp"),
    "copy-cancelled": (Indication.FAILED, "bản sao đã bị hủy"),
    "copy-not-issued": (Indication.FAILED, "số chứng thực chưa được cấp hoặc đã hủy trước khi cấp"),
    "copy-unknown": (Indication.INDETERMINATE, "tệp mang lời chứng nhưng không có trong kho và sổ của hệ thống này"),
    "copy-number-unclear": (Indication.INDETERMINATE, "bản sao có trong kho nhưng không xác định được số trong sổ"),
    "copy-roles": (Indication.FAILED, "không đủ chữ ký của cả người chứng thực và cơ quan"),
    "copy-level": (Indication.INDETERMINATE, "mức chữ ký thấp hơn mức ghi khi cấp"),
    "copy-printed-differs": (Indication.FAILED, "số hoặc mã in trên bản sao khác với sổ"),
    "copy-print-unread": (Indication.INDETERMINATE, "không đọc lại được số in trên bản sao"),
    "register-unavailable": (Indication.INDETERMINATE, "không tra được sổ chứng thực"),
}


@dataclass(frozen=True)
class RegisterCheck:
    """What the register says. ``indication`` is empty where there was nothing to compare; days are Vietnamese."""

    code: str
    indication: str
    message: str
    number: str = ""
    book: str = ""
    agency: str = ""
    issued_on: str = ""
    document_id: str = ""
    level_issued: str = ""
    level_reached: str = ""

    def shape(self) -> dict[str, Any]:
        """Return the ``register`` part of the JSON report."""
        return asdict(self)

    @property
    def line(self) -> str:
        """The line an officer reads."""
        where = f"số {self.number}, quyển số {self.book}, ngày {self.issued_on}: " if self.number else ""
        return f"Đối chiếu sổ chứng thực: {where}{self.message}"


@contextmanager
def register_at_hand(settings: Settings) -> Iterator[Catalogue | None]:
    """Yield the catalogue, or None where this machine has none. Raises ``Unavailable`` when it does not answer."""
    url = settings.database_url()
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        from pathlib import Path

        if not parsed.database or not Path(parsed.database).is_file():
            yield None
            return
    catalogue = open_catalogue(url)
    try:
        yield catalogue
    finally:
        catalogue.close()


def check_register(
    catalogue: Catalogue | None, verdict: DocumentVerdict, read: Callable[[], Printed | None] | None = None
) -> RegisterCheck:
    """Compare a verified file with the register. Never raises for a register that does not answer.

    With *read*, which gives what the copy shows to the eye, number and code printed on it must be the register's too.
    """
    if catalogue is None:
        return _said("not-asked")
    try:
        with catalogue.read() as connection:
            return _check(connection, verdict, read)
    except Unavailable:
        return unavailable(verdict)


def unavailable(verdict: DocumentVerdict) -> RegisterCheck:
    """Return what can be said of a file while the register does not answer."""
    return _said("register-unavailable") if _looks_like_copy(verdict) else _said("not-a-copy")


def without_reason(check: RegisterCheck) -> RegisterCheck:
    """Return *check* as a stranger may see it: what an officer wrote of a cancellation may name persons."""
    return replace(check, message=_SAID[check.code][1], document_id="")


def _check(
    connection: Connection, verdict: DocumentVerdict, read: Callable[[], Printed | None] | None
) -> RegisterCheck:
    held = [h for h in holders(connection, verdict.sha256) if h.role == "certified"] if verdict.sha256 else []
    if not held:
        return _said("copy-unknown" if _looks_like_copy(verdict) else "not-a-copy")
    document_id = held[0].document_id
    entry = _entry_of(connection, document_id, verdict.sha256)
    if entry is None:
        return _said("copy-number-unclear", document_id=document_id)
    facts = _facts(entry, verdict)
    if entry.state == "cancelled":
        return _said("copy-cancelled", entry.cancel_reason, **facts)
    if entry.state != "issued":
        return _said("copy-not-issued", **facts)
    if {s.field for s in verdict.signatures} != COPY_FIELDS:
        return _said("copy-roles", **facts)
    issued = _level(facts["level_issued"])
    if issued is not None and verdict.level < issued:
        return _said("copy-level", **facts)
    if read is not None:
        code = _printed_fault(entry, facts, read())
        if code:
            return _said(code, **facts)
    return _said("copy-issued", **facts)


def _printed_fault(entry: RegisterEntry, facts: dict[str, str], printed: Printed | None) -> str:
    """Compare what the copy shows with its entry; a QR code that is not there is no fault, another one is."""
    if printed is None or not printed.numbers:
        return "copy-print-unread"
    wanted = facts["number"], "".join(facts["book"].split())
    if any(number != wanted for number in printed.numbers):
        return "copy-printed-differs"
    told = {parse_lookup_code(code.rpartition("/")[2]) for code in printed.codes if "/" in code} - {""}
    return "copy-printed-differs" if entry.code and told and entry.code not in told else ""


def _looks_like_copy(verdict: DocumentVerdict) -> bool:
    return any(s.field in COPY_FIELDS for s in verdict.signatures)


def _entry_of(connection: Connection, document_id: str, sha256: str) -> RegisterEntry | None:
    """Return the entry by which this copy was issued: the n-th copy of a document stands under its n-th number."""
    entries = [e for e in register.of_document(connection, document_id) if e.issued_at]
    copies = issued_copies(connection, document_id)
    if len(entries) != len(copies):
        return None
    place = next(number for number, copy in enumerate(copies) if sha256 in copy.digests)
    return sorted(entries, key=lambda e: e.issued_at)[place]


def _facts(entry: RegisterEntry, verdict: DocumentVerdict) -> dict[str, str]:
    name = CertificateNumber(entry.year, entry.number, int(entry.details.get("book_number", 1)), entry.book)
    day = datetime.fromisoformat(entry.issued_at).astimezone(VIETNAM)
    return {
        "number": name.number_text,
        "book": name.book_text,
        "agency": entry.agency,
        "issued_on": f"{day:%d/%m/%Y}",
        "document_id": entry.document_id,
        "level_issued": str(entry.details.get("level", "")),
        "level_reached": str(verdict.level),
    }


def _level(text: str) -> Level | None:
    return next((level for level in Level if str(level) == text), None)


def _said(code: str, detail: str = "", **facts: str) -> RegisterCheck:
    indication, message = _SAID[code]
    return RegisterCheck(code, indication or "", f"{message} ({detail})" if detail else message, **facts)
