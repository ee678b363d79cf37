"""Signed files in an audit: which objects are signed, what each must be, and what was found of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from queue import SimpleQueue

from pipeline.audit_book import AuditRow, JudgedFile
from pipeline.certify.expected import SIGNED_ROLES, signed_file_expected
from pipeline.verify_register import check_register
from pipeline.workplace import Workplace
from signing.verify.isolated import printed_reader
from signing.verify.model import DocumentVerdict, Expected, Indication, TimestampVerdict
from signing.verify.printed import Printed
from storage.catalogue.engine import utc_text
from storage.records import StoredObject

ALL, SOME, NONE = "all", "some", "none"  # of which copies the print is read back
ONE_IN = 10
_FINDINGS = frozenset({"copy-not-issued", "copy-printed-differs", "copy-print-unread"})
_NAMES = {"copy": "bản sao y", "signed": "bản số hóa đã ký", "decision": "văn bản đã ký"}
Reader = Callable[[Path], Printed | None]


@dataclass(frozen=True)
class SignedFile:
    """A signed object, taken out to *path*, and what it must be."""

    role: str
    ordinal: int
    path: Path
    expected: Expected


def signed_file(stored: StoredObject, path: Path) -> SignedFile | None:
    """Say what *stored*, which lies at *path*, must be; None for an object that bears no signature."""
    if stored.role not in SIGNED_ROLES:
        return None
    if stored.role == "decision" and b"/ByteRange" not in path.read_bytes():
        return None  # a paper that nobody signs by machine: printed and signed by hand
    return SignedFile(
        stored.role, stored.ordinal, path, signed_file_expected(stored.role, stored.ordinal, stored.sha256)
    )


@contextmanager
def printed_readers(count: int) -> Iterator[Reader]:
    """Yield a reader of printed numbers and codes for *count* threads: each call takes a worker that is free."""
    free: SimpleQueue[Reader] = SimpleQueue()
    with ExitStack() as stack:
        for _ in range(count):
            free.put(stack.enter_context(printed_reader()))

        def read(path: Path) -> Printed | None:
            one = free.get()
            try:
                return one(path)
            finally:
                free.put(one)

        yield read


def read_back(which: str, audit: int, document_id: str) -> bool:
    """Say whether audit number *audit* reads the print of this document's copy: ``some`` is another tenth each time."""
    drawn = int.from_bytes(hashlib.sha256(f"print {document_id}".encode()).digest()[:8], "big")
    return which == ALL or (which == SOME and drawn % ONE_IN == audit % ONE_IN)


def judged_file(workplace: Workplace, file: SignedFile, verdict: DocumentVerdict, read: Reader | None) -> JudgedFile:
    """Say what was found of one signed file; of a valid certified copy the register is asked too."""
    name = "copy" if file.role == "certified" else "signed"
    findings: list[tuple[str, str]] = []
    told = False
    if verdict.indication is not Indication.PASSED:
        code = f"{name}-invalid" if verdict.indication is Indication.FAILED else f"{name}-indeterminate"
        what = f"{_NAMES[file.role]}: " if file.role in _NAMES else ""
        findings.append((code, f"{what}{verdict.vietnamese} {verdict.code}".strip()))
    elif file.role == "certified":
        told = read is not None
        said = check_register(workplace.catalogue, verdict, partial(read, file.path) if read else None)
        if said.code in _FINDINGS:
            findings.append((said.code, said.message))
    until = _renew_until(verdict)
    return JudgedFile(
        file.role,
        file.ordinal,
        verdict.indication.value,
        str(verdict.level),
        verdict.code,
        utc_text(until) if until else "",
        told,
        tuple(findings),
    )


def with_files(row: AuditRow, files: Sequence[JudgedFile]) -> AuditRow:
    """Return *row* with what was found of its signed files; the worst of them speaks for the document."""
    worst = max(files, key=lambda f: (Indication(f.verdict).severity, f.role == "certified"))
    return replace(
        row,
        verdict=worst.verdict,
        level=worst.level,
        code=worst.code,
        renew_until=min((f.renew_until for f in files if f.renew_until), default=""),
        findings=(*row.findings, *(finding for f in files for finding in f.findings)),
        files=tuple(files),
    )


def _renew_until(verdict: DocumentVerdict) -> datetime | None:
    """Return when the certificate of the newest timestamp ends: the document's last one, else the signatures' own."""
    stamps: list[TimestampVerdict] = list(verdict.timestamps)[-1:]
    stamps = stamps or [stamp for signature in verdict.signatures for stamp in signature.timestamps]
    ends = [s.authority.valid_until for s in stamps if s.authority is not None and s.authority.valid_until is not None]
    return min(ends, default=None)
