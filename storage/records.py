"""The facts that the warehouse keeps about a document, as plain data that crosses rooms."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from domain.owners import Owner

Box = tuple[int, int, int, int]

#: states of a document, in the order they are reached; ``quarantined`` may follow ``received`` only
STATUSES = ("received", "digitised", "certified", "quarantined")
#: roles of a stored object
ROLES = ("original", "pdfa", "reading", "text", "certified", "evidence", "report", "decision", "copy", "signed")


@dataclass(frozen=True)
class FieldRecord:
    """One metadata field: what the machine read, with evidence, and beside it what an officer made of it."""

    name: str
    value: str
    confidence: float  # 0.0 to 1.0
    source: str  # "ocr", "text-layer", "signature", "derived", "file-name"
    page: int = 0  # 1-based in the file; 0 when the evidence is not on a page
    box: Box | None = None  # pixels of the upright frame of that page (ocr.model)
    raw: str = ""
    candidates: tuple[str, ...] = ()
    human_value: str | None = None
    human_by: str = ""  # officer's id, never a personal number
    human_at: str = ""  # ISO 8601 UTC

    @property
    def current(self) -> str:
        """The value in force: the officer's if there is one, else the machine's."""
        return self.value if self.human_value is None else self.human_value


@dataclass(frozen=True)
class RegisterNumber:
    """A number in a certification register: agency, book (``SCT/BS``), year, ordinal from 1."""

    agency: str
    book: str
    year: int
    number: int


@dataclass(frozen=True)
class RegisterEntry:
    """One line of the register. Times are ISO 8601 UTC; ``details`` holds the further columns of the form."""

    agency: str
    book: str
    year: int
    number: int
    state: str  # reserved, issued, voided (number burnt before issue), cancelled (copy issued and taken back)
    document_id: str
    occasion: str
    idempotency_key: str
    details: dict[str, Any] = field(default_factory=dict)
    void_reason: str = ""
    reserved_at: str = ""
    issued_at: str = ""
    voided_at: str = ""
    cancelled_at: str = ""
    cancel_reason: str = ""
    code: str = ""  # by which the holder of a copy finds this line

    @property
    def ref(self) -> RegisterNumber:
        """The number by which others name this entry."""
        return RegisterNumber(self.agency, self.book, self.year, self.number)


@dataclass(frozen=True)
class Intake:
    """What is known of a file when it arrives."""

    agency: str
    owner: Owner
    owner_name: str = ""
    kind: str = "component"  # or "result"
    procedure: str = ""  # mã TTHC
    case_code: str = ""
    original_name: str = ""  # shown to officers only
    media_type: str = "application/octet-stream"
    pages: int = 0  # 0 = not known
    part: int = 0  # which document of a stack cut from one file; 0 = whole file
    intake_key: str = ""  # who brings it (batch item, case item): the same key again is a resumption, not a duplicate


@dataclass(frozen=True)
class StoredObject:
    """An object of one version of a document."""

    role: str
    sha256: str
    size: int
    media_type: str
    ordinal: int = 0


@dataclass(frozen=True, kw_only=True)
class DocumentFacts:
    """What a document is and where it stands: the same facts in its manifests and in the catalogue.

    One that is added here changes the form of the manifest (``storage.manifest.FORMAT``) and needs a column.
    """

    agency: str
    owner_ref: str
    case_code: str
    kind: str
    procedure: str
    original_sha256: str
    original_size: int
    original_name: str
    media_type: str
    pages: int
    part: int
    intake_key: str
    status: str
    quarantine_code: str = ""
    quarantine_message: str = ""


#: names of the above
FACTS = tuple(f.name for f in fields(DocumentFacts))


@dataclass(frozen=True, kw_only=True)
class Document(DocumentFacts):
    """The catalogue's row of a document."""

    id: str
    owner_kind: str
    type: str
    so_ky_hieu: str
    ngay_ban_hanh: str  # ISO date or ""
    title: str
    version: int
    created_at: str
    updated_at: str


@dataclass(frozen=True)
class VersionRecord:
    """One version of a document and the manifest that describes it."""

    version: int
    manifest_key: str
    manifest_sha256: str
    message: str
    created_at: str


@dataclass(frozen=True)
class DocumentView:
    """All that is known of one document, for an officer who may see it."""

    document: Document
    owner: Owner
    owner_name: str = ""
    fields: dict[str, FieldRecord] = field(default_factory=dict)
    objects: tuple[StoredObject, ...] = ()  # of the newest version
    versions: tuple[VersionRecord, ...] = ()
    cases: tuple[str, ...] = ()
    register: tuple[RegisterEntry, ...] = ()
