"""The warehouse of one owner's papers after another: the one place that knows the order of writing.

Blobs first, then the manifest (a conditional put), then the catalogue in one transaction with its audit events and
outbox messages. The manifest is the commit point: one that stands in the store without its rows (a crash between) is
indexed by the next act on that document, so repeating an act gives the state that it would have given undisturbed.
Blobs without a manifest are orphans and harm nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from domain.errors import Advice, Refused
from domain.owners import Owner
from storage import keys
from storage.blobs import Blob, copy_blob, get_blob, put_blob
from storage.building import (
    check_intake,
    first_manifest,
    hashed,
    inputs_key,
    keep_human,
    plain_field,
    plain_text,
    stored,
    with_objects,
)
from storage.catalogue import audit, cases, documents, register
from storage.catalogue import search as search_index
from storage.catalogue.engine import Catalogue, utc_text
from storage.catalogue.search import Facets, Hit, SearchQuery
from storage.commit import commit, contended, load
from storage.errors import DocumentUnknown
from storage.indexing import case_link, join_case, read_case_link
from storage.manifest import Event, Manifest
from storage.objects import LockingStore, ObjectStore
from storage.records import (
    STATUSES,
    Document,
    DocumentView,
    FieldRecord,
    Intake,
    RegisterEntry,
    RegisterNumber,
    StoredObject,
)

_ROUNDS = 20  # of catching up with other writers of the same document


@dataclass(frozen=True)
class Received:
    """Outcome of an intake. ``duplicate``: these bytes were there already, brought by another intake."""

    document: Document
    duplicate: bool


@dataclass(frozen=True)
class Saved:
    """Outcome of an act. ``new`` is False when the same act with the same inputs was done before."""

    document: Document
    version: int
    new: bool


class Warehouse:
    """Object store and catalogue as one. Safe to share between threads; processes open their own.

    Args:
        store: where the bytes are.
        catalogue: the index over them.
        owner_key: secret of at least 16 bytes for the owners' pseudonyms; losing it loses the link from a number to
            its prefix (not the documents), so keep it with the backup keys.
        clock: returns the present, aware.
        locked_until: until when an original or certified copy stored now is locked, where the store can;
            None: no locks.
    """

    def __init__(
        self,
        store: ObjectStore,
        catalogue: Catalogue,
        owner_key: bytes,
        clock: Callable[[], datetime],
        locked_until: Callable[[datetime], datetime] | None = None,
    ) -> None:
        if len(owner_key) < 16:
            raise ValueError("owner key must have at least 16 bytes")
        self.store = store
        self.catalogue = catalogue
        self._owner_key = owner_key
        self._clock = clock
        self._locked_until = locked_until

    def owner_ref(self, owner: Owner) -> str:
        """Return the pseudonym under which *owner* stands in keys and in the catalogue."""
        return keys.owner_ref(self._owner_key, owner.kind, owner.number)

    # -- acts ---------------------------------------------------------------------------------------------------

    def receive(
        self,
        source: Path | bytes,
        intake: Intake,
        *,
        agent: str,
        quarantine: tuple[str, str] | None = None,
        tools: Mapping[str, str] | None = None,
    ) -> Received:
        """Store the original untouched and record it as ``received``, or return the record it has already.

        *quarantine* is (code, Vietnamese message): recorded as ``quarantined`` at once, for what cannot be read.
        A known document that comes again with another case joins that case. Raises ``Unavailable``, ``Refused``
        (``case-of-another-owner``), ``BadInput`` (``bad-agency``, ``bad-intake``).
        """
        check_intake(intake)
        blob = put_blob(self.store, source)
        self._retain(blob)
        owner_ref = self.owner_ref(intake.owner)
        self._claim_case(intake, owner_ref)
        for _ in range(_ROUNDS):
            with self.catalogue.read() as connection:
                known = documents.find_original(connection, intake.agency, owner_ref, blob.sha256, intake.part)
            if known is not None:
                return self._received_before(known, intake, agent)
            manifest = first_manifest(intake, owner_ref, blob, utc_text(self._clock()), agent, quarantine, tools or {})
            if commit(self.store, self.catalogue, manifest, self._clock()):
                self._not_swept([(source, blob)])
                return Received(self._document(manifest.document_id), duplicate=False)
        raise contended(owner_ref)

    def quarantine(self, document_id: str, code: str, message: str, *, agent: str) -> Saved:
        """Set a document aside with a stable *code* and a Vietnamese *message*; the original stays."""

        def build(current: Manifest) -> Manifest:
            return replace(current, status="quarantined", quarantine_code=code, quarantine_message=message)

        return self._save(
            document_id,
            act="quarantined",
            stage_key=inputs_key(code=code, message=message),
            allowed=("received", "digitised", "quarantined"),
            holds=("quarantined",),
            build=build,
            events=[("quarantine", {"code": code})],
            agent=agent,
        )

    def save_digitised(
        self,
        document_id: str,
        *,
        pdfa: Path | bytes,
        reading_json: bytes,
        text: str,
        fields: Iterable[FieldRecord],
        agent: str,
        pages: int = 0,
        tools: Mapping[str, str] | None = None,
        stage_key: str = "",
        report: bytes | None = None,
        events: Sequence[Event] = (),
    ) -> Saved:
        """Store what was made of the scan and move the document to ``digitised``.

        Args:
            document_id: from :meth:`receive`.
            pdfa: the searchable PDF/A.
            reading_json: the whole reading (``FileReading`` as JSON).
            text: in reading order, pages parted by form feeds.
            fields: metadata with confidence and evidence; an officer's value given before is kept.
            agent: software with version, or officer's id.
            pages: page count if now known (0 leaves it).
            tools: tool -> version.
            stage_key: digest of inputs, parameters and code version. Given: the same key again is the same save
                whatever the bytes; not given: the same bytes and fields are.
            report: validation report, JSON.
            events: further PREMIS events (validation, ...) for manifest and audit chain.

        Raises ``Refused`` (``wrong-state``) for a certified document, ``DocumentUnknown``, ``Unavailable``.
        """
        found = tuple(sorted((plain_field(f) for f in fields), key=lambda f: f.name))
        sources: dict[str, Path | bytes] = {
            "pdfa": pdfa,
            "reading": reading_json,
            "text": plain_text(text).encode("utf-8"),
        }
        if report is not None:
            sources["report"] = report
        made = {role: hashed(source) for role, source in sources.items()}

        def build(current: Manifest) -> Manifest:
            return replace(
                current,
                status="digitised",
                quarantine_code="",
                quarantine_message="",
                pages=pages or current.pages,
                fields=keep_human(found, current.fields),
                objects=with_objects(current.objects, [stored(r, b) for r, b in made.items()]),
                tools=dict(current.tools) | dict(tools or {}),
            )

        digests = {role: blob.sha256 for role, blob in made.items() if role != "report"}
        return self._save(
            document_id,
            act="digitised",
            stage_key=stage_key or inputs_key(objects=digests, fields=[asdict(f) for f in found], pages=pages),
            allowed=("received", "digitised", "quarantined"),
            holds=("digitised", "certified"),
            build=build,
            sources=[(source, made[role]) for role, source in sources.items()],
            events=[("normalization", {"pdfa": made["pdfa"].sha256})],
            more_events=events,
            agent=agent,
        )

    def correct_fields(self, document_id: str, corrections: Mapping[str, str], *, officer: str) -> Saved:
        """Keep an officer's values beside the machine's. Raises ``DocumentUnknown``, ``Refused``, ``Unavailable``."""
        at = utc_text(self._clock())

        def build(current: Manifest) -> Manifest:
            by_name = {f.name: f for f in current.fields}
            for name, value in corrections.items():
                field = by_name.get(name) or FieldRecord(name, "", 0.0, "officer")
                by_name[name] = replace(field, human_value=plain_text(value), human_by=officer, human_at=at)
            return replace(current, fields=tuple(by_name[name] for name in sorted(by_name)))

        with self.catalogue.read() as connection:
            document = self._known(connection, document_id)
            have = documents.fields(connection, document_id)
        if all(name in have and have[name].human_value == plain_text(value) for name, value in corrections.items()):
            return Saved(document, document.version, new=False)
        return self._save(
            document_id,
            act="corrected",
            # on top of which version: the same correction may be made again after another one
            stage_key=inputs_key(on=document.version, corrections=dict(corrections), officer=officer),
            allowed=STATUSES,
            holds=STATUSES,
            build=build,
            events=[("metadata modification", {"fields": sorted(corrections)})],
            agent=officer,
        )

    def save_certified(
        self,
        document_id: str,
        certified: Path | bytes,
        *,
        agent: str,
        number: RegisterNumber | None = None,
        number_details: Mapping[str, Any] | None = None,
        evidence: Sequence[bytes] = (),
        report: bytes | None = None,
        tools: Mapping[str, str] | None = None,
        stage_key: str = "",
        events: Sequence[Event] = (),
    ) -> Saved:
        """Store the signed copy, make its register *number* final, move the document to ``certified``.

        *evidence*: raw signatures, timestamps, revocation data; *report*: verification report as JSON. Raises
        ``Refused`` (``wrong-state``) if the document was not digitised or the number is voided or another document's.
        """
        copy = hashed(certified)
        made = [stored("certified", copy)]
        sources: list[tuple[Path | bytes, Blob]] = [(certified, copy)]
        for ordinal, piece in enumerate(evidence):
            made.append(stored("evidence", hashed(piece), ordinal))
            sources.append((piece, hashed(piece)))
        if report is not None:
            made.append(stored("report", hashed(report), 1))  # 0 is the report on the PDF/A
            sources.append((report, hashed(report)))
        entries: list[RegisterEntry] = []

        def prepare() -> None:
            if number is not None:
                entries[:] = [self._issue(document_id, number, number_details)]

        def build(current: Manifest) -> Manifest:
            return replace(
                current,
                status="certified",
                objects=with_objects(current.objects, made),
                tools=dict(current.tools) | dict(tools or {}),
                register=(*(e for e in current.register if e.ref != number), *entries),
            )

        numbered = None if number is None else asdict(number)
        return self._save(
            document_id,
            act="certified",
            stage_key=stage_key or inputs_key(certified=copy.sha256, number=numbered),
            allowed=("digitised", "certified"),
            holds=("certified",),
            build=build,
            prepare=prepare,
            sources=sources,
            retained=[copy],
            events=[("digital signature generation", {"certified": copy.sha256, "number": numbered or {}})],
            more_events=events,
            agent=agent,
        )

    def reuse(
        self, document_id: str, case_code: str, *, agent: str, procedure: str = "", detail: Mapping[str, Any]
    ) -> bool:
        """Let a stored paper serve *case_code* of its agency and owner too; False if it did already.

        *detail* (no personal data) goes into the audit event ``reuse``, one for each case. Raises
        ``DocumentUnknown``, ``Refused`` (``wrong-state``: not digitised; ``case-of-another-owner``), ``Unavailable``.
        """
        known = self._document(document_id)
        documents.expect_status(known, ("digitised", "certified"))
        now = utc_text(self._clock())
        with self.catalogue.begin() as connection:  # before the link: one to another owner's case could not be indexed
            cases.ensure(
                connection,
                agency=known.agency,
                code=case_code,
                owner_ref=known.owner_ref,
                procedure=procedure,
                at=now,
            )
        at = self._link_case(known, case_code, now)
        manifest, _ = load(self.store, known)
        with self.catalogue.begin() as connection:
            new = join_case(connection, manifest, case_code, at)
            if new:
                audit.append(
                    connection,
                    agency=known.agency,
                    event_type="reuse",
                    agent=agent,
                    at=now,
                    document_id=known.id,
                    detail={"case": case_code, **detail},
                )
        return new

    def cancel_certified(self, document_id: str, number: RegisterNumber, *, reason: str, agent: str) -> Saved:
        """Take an issued copy back: its register line is cancelled with *reason*, the document is ``digitised`` again.

        The copy stays in the versions before; the newest one has it no more, so nobody is handed it. Raises
        ``Refused`` (``wrong-state``) when the number is not issued or another document's.
        """
        entries: list[RegisterEntry] = []

        def prepare() -> None:
            with self.catalogue.begin() as connection:
                self._own_entry(connection, document_id, number)
                at = utc_text(self._clock())
                entries[:] = [register.cancel(connection, number, reason=reason, at=at)]

        def build(current: Manifest) -> Manifest:
            gone = {("certified", 0), ("report", 1)}
            return replace(
                current,
                status="digitised",
                objects=tuple(o for o in current.objects if (o.role, o.ordinal) not in gone),
                register=(*(e for e in current.register if e.ref != number), *entries),
            )

        return self._save(
            document_id,
            act="cancelled",
            stage_key=inputs_key(number=asdict(number)),
            allowed=("certified",),
            holds=STATUSES,
            build=build,
            prepare=prepare,
            events=[("certificate cancellation", {"number": asdict(number), "reason": reason})],
            agent=agent,
        )

    def save_copy(
        self,
        document_id: str,
        copy: Path | bytes,
        *,
        agent: str,
        number: RegisterNumber,
        number_details: Mapping[str, Any],
        report: bytes,
        events: Sequence[Event] = (),
    ) -> Saved:
        """Store an official copy (sao y, ...) signed by the agency and make its *number* final; the state stays.

        Raises ``Refused`` (``wrong-state``) if the document was not digitised or the number is another document's.
        """
        made = hashed(copy)
        entries: list[RegisterEntry] = []

        def prepare() -> None:
            entries[:] = [self._issue(document_id, number, number_details)]

        def build(current: Manifest) -> Manifest:
            ordinal = sum(o.role == "copy" for o in current.objects)
            new = [
                stored("copy", made, ordinal),
                stored("report", hashed(report), 10 + ordinal),
            ]  # 0, 1: PDF/A, certified
            register = (*(e for e in current.register if e.ref != number), *entries)
            return replace(current, objects=with_objects(current.objects, new), register=register)

        return self._save(
            document_id,
            act="copied",
            stage_key=inputs_key(number=asdict(number)),
            allowed=("digitised", "certified"),
            holds=("digitised", "certified"),
            build=build,
            prepare=prepare,
            sources=[(copy, made), (report, hashed(report))],
            events=[("digital signature generation", {"copy": made.sha256, "number": asdict(number)})],
            more_events=events,
            agent=agent,
        )

    def save_signed(
        self,
        document_id: str,
        signed: Path | bytes,
        *,
        ordinal: int,
        stage_key: str,
        agent: str,
        report: bytes,
        detail: Mapping[str, Any],
        events: Sequence[Event] = (),
    ) -> Saved:
        """Store the digitised file with its digitisation signature beside the unsigned one; the state stays.

        *ordinal*: 0 agency, 1 officer, 2 annex. The same *stage_key* again is the same signature. Raises ``Refused``
        (``wrong-state``) if the document was not digitised.
        """
        made = hashed(signed)

        def build(current: Manifest) -> Manifest:
            new = [stored("signed", made, ordinal), stored("report", hashed(report), 3 + ordinal)]
            return replace(current, objects=with_objects(current.objects, new))

        return self._save(
            document_id,
            act="signed",
            stage_key=stage_key,
            allowed=("digitised", "certified"),
            holds=("digitised", "certified"),
            build=build,
            sources=[(signed, made), (report, hashed(report))],
            events=[("digital signature generation", {"signed": made.sha256, **detail})],
            more_events=events,
            agent=agent,
        )

    def save_signed_decision(
        self, document_id: str, signed: Path | bytes, *, ordinal: int, base_sha256: str, agent: str, report: bytes
    ) -> Saved:
        """Put the signed paper of a decision in the place of the unsigned one with *base_sha256*; the state stays.

        The same base again keeps the first signed paper. Raises ``Refused`` (``wrong-state``) when another paper stands
        there.
        """
        blob = hashed(signed)

        def build(current: Manifest) -> Manifest:
            if not any((o.role, o.ordinal, o.sha256) == ("decision", ordinal, base_sha256) for o in current.objects):
                raise Refused(
                    "wrong-state",
                    "another paper stands in the place of the one that was signed",
                    Advice("Văn bản này đã được thay.", "Không có gì thay đổi.", "Mở lại hồ sơ."),
                )
            new = [stored("decision", blob, ordinal), stored("report", hashed(report), 100 + ordinal)]
            return replace(current, objects=with_objects(current.objects, new))

        return self._save(
            document_id,
            act="decision signed",
            stage_key=inputs_key(ordinal=ordinal, base=base_sha256),
            allowed=STATUSES,
            holds=STATUSES,
            build=build,
            sources=[(signed, blob), (report, hashed(report))],
            events=[("digital signature generation", {"decision": blob.sha256})],
            agent=agent,
        )

    def save_renewed(
        self,
        document_id: str,
        role: str,
        renewed: Path | bytes,
        *,
        base_sha256: str,
        agent: str,
        report: bytes,
        ordinal: int = 0,
        detail: Mapping[str, Any] | None = None,
    ) -> Saved:
        """Put *renewed* (the same signed file with a further time stamp) in the place of what has *base_sha256*.

        The file before stays in the versions before. The same base again is the same renewal: a second one changes
        nothing. Raises ``Refused`` (``wrong-state``) when the newest version holds another file in *role*.
        """
        blob = hashed(renewed)
        report_ordinal = {"certified": 1, "copy": 10 + ordinal, "signed": 3 + ordinal, "decision": 100 + ordinal}[role]

        def build(current: Manifest) -> Manifest:
            if not any((o.role, o.ordinal, o.sha256) == (role, ordinal, base_sha256) for o in current.objects):
                raise Refused(
                    "wrong-state",
                    f"{role} of {document_id} is no longer what was renewed",
                    Advice("Bản này vừa được thay hoặc hủy.", "Không có gì thay đổi.", "Chạy lại việc gia hạn."),
                )
            new = [stored(role, blob, ordinal), stored("report", hashed(report), report_ordinal)]
            return replace(current, objects=with_objects(current.objects, new))

        return self._save(
            document_id,
            act="renewed",
            stage_key=inputs_key(role=role, ordinal=ordinal, base=base_sha256),
            allowed=STATUSES,
            holds=STATUSES,
            build=build,
            sources=[(renewed, blob), (report, hashed(report))],
            retained=[blob] if role == "certified" else [],
            events=[("validation data renewal", {"role": role, "before": base_sha256, "after": blob.sha256})],
            more_events=[Event("validation", utc_text(self._clock()), agent, detail=dict(detail))] if detail else [],
            agent=agent,
        )

    def save_decision(
        self, document_id: str, paper: Path | bytes, *, act: str, key: str, agent: str, detail: Mapping[str, Any]
    ) -> Saved:
        """Keep the paper of a decision on the document (*act*: ``refused``, ``seized``); its state stays.

        *key* names the decision: the same again keeps the first paper. Raises ``DocumentUnknown``, ``Unavailable``.
        """
        blob = hashed(paper)

        def build(current: Manifest) -> Manifest:
            ordinal = sum(o.role == "decision" for o in current.objects)
            return replace(current, objects=with_objects(current.objects, [stored("decision", blob, ordinal)]))

        return self._save(
            document_id,
            act=act,
            stage_key=key,
            allowed=STATUSES,
            holds=STATUSES,
            build=build,
            sources=[(paper, blob)],
            events=[(f"certification {act}", {"decision": blob.sha256, **detail})],
            agent=agent,
        )

    # -- looking ------------------------------------------------------------------------------------------------

    def find_duplicate(self, agency: str, owner: Owner, original: Path | bytes | str, part: int = 0) -> Document | None:
        """Return what this agency already holds of this owner with the same bytes (*original*, or its SHA-256)."""
        sha256 = keys.check_sha256(original) if isinstance(original, str) else hashed(original).sha256
        with self.catalogue.read() as connection:
            return documents.find_original(connection, agency, self.owner_ref(owner), sha256, part)

    def show(self, document_id: str) -> DocumentView:
        """Return all that the catalogue knows of a document. Raises ``DocumentUnknown``."""
        with self.catalogue.read() as connection:
            document = self._known(connection, document_id)
            owner, name = documents.owner(connection, document.owner_ref) or (Owner("unassigned", ""), "")
            return DocumentView(
                document=document,
                owner=owner,
                owner_name=name,
                fields=documents.fields(connection, document_id),
                objects=documents.objects(connection, document_id, document.version),
                versions=documents.versions(connection, document_id),
                cases=tuple(cases.of_document(connection, document_id)),
                register=tuple(register.of_document(connection, document_id)),
            )

    def search(self, query: SearchQuery) -> list[Hit]:
        """Return one page of hits, best first. The caller puts what the asker may see into the filters."""
        with self.catalogue.read() as connection:
            return search_index.search(connection, query)

    def count(self, query: SearchQuery) -> int:
        """Return how many documents *query* finds; one more than ``COUNT_LIMIT`` where there are more than that."""
        with self.catalogue.read() as connection:
            return search_index.count(connection, query)

    def facets(self, query: SearchQuery) -> Facets:
        """Return how the first ``COUNT_LIMIT`` hits divide by type, agency and year."""
        with self.catalogue.read() as connection:
            return search_index.facets(connection, query)

    def open_role(self, document_id: str, role: str, *, version: int | None = None, ordinal: int = 0) -> bytes:
        """Return the object in *role* of the newest (or given) version, hashed again while read.

        Raises ``DocumentUnknown``, ``BlobMissing``, ``FixityError``, ``Unavailable``.
        """
        return get_blob(self.store, self._object(document_id, role, version, ordinal).sha256)

    def export_role(
        self, document_id: str, role: str, target: Path, *, version: int | None = None, ordinal: int = 0
    ) -> int:
        """Stream the object in *role* to the file *target*, hashed again; return its size. Raises as open_role."""
        return copy_blob(self.store, self._object(document_id, role, version, ordinal).sha256, target)

    # -- within -------------------------------------------------------------------------------------------------

    def _save(
        self,
        document_id: str,
        *,
        act: str,
        stage_key: str,
        allowed: tuple[str, ...],
        holds: tuple[str, ...],
        build: Callable[[Manifest], Manifest],
        events: Sequence[tuple[str, Mapping[str, Any]]],
        agent: str,
        sources: Sequence[tuple[Path | bytes, Blob]] = (),
        more_events: Sequence[Event] = (),
        prepare: Callable[[], None] | None = None,
        retained: Sequence[Blob] = (),
    ) -> Saved:
        kept = False
        put: list[tuple[Path | bytes, Blob]] = []
        for _ in range(_ROUNDS):
            with self.catalogue.read() as connection:
                document = self._known(connection, document_id)
                done = documents.version_with_content(connection, document_id, f"{act}:{stage_key}")
            if done is not None and document.status in holds:  # else a later act undid it, and it is done anew
                return Saved(document, done, new=False)
            documents.expect_status(document, allowed)
            if not kept:
                for source, blob in sources:
                    put.append((source, put_blob(self.store, source)))
                    if put[-1][1] != blob:
                        raise RuntimeError("a file changed while it was being stored")
                for blob in retained:
                    self._retain(blob)
                kept = True
            if prepare is not None:
                prepare()
            current, current_sha256 = load(self.store, document)
            at = utc_text(self._clock())
            own = [Event(kind, at, agent, detail=detail) for kind, detail in events]
            manifest = replace(
                build(current),
                version=current.version + 1,
                created=at,
                message=act,
                previous_sha256=current_sha256,
                stage_key=stage_key,
                events=(*own, *more_events),
            )
            if commit(self.store, self.catalogue, manifest, self._clock()):
                self._not_swept(put)
                return Saved(self._document(document_id), manifest.version, new=True)
        raise contended(document_id)

    def _retain(self, blob: Blob) -> None:
        if self._locked_until is not None and isinstance(self.store, LockingStore):
            self.store.retain(keys.blob_key(blob.sha256), self._locked_until(self._clock()))

    def _not_swept(self, put: Sequence[tuple[Path | bytes, Blob]]) -> None:
        """Put again what stood there as an orphan and was swept before our manifest named it (``storage.sweep``)."""
        for source, blob in put:
            if not blob.new and self.store.stat(keys.blob_key(blob.sha256)) is None:
                put_blob(self.store, source)

    def _claim_case(self, intake: Intake, owner_ref: str) -> None:
        # Before the manifest: one that names another owner's case could never be indexed.
        if not intake.case_code:
            return
        with self.catalogue.read() as connection:
            known = cases.get(connection, intake.agency, intake.case_code)
        if known is None or known.owner_ref != owner_ref:
            with self.catalogue.begin() as connection:
                cases.ensure(
                    connection,
                    agency=intake.agency,
                    code=intake.case_code,
                    owner_ref=owner_ref,
                    procedure=intake.procedure,
                    at=utc_text(self._clock()),
                )

    def _received_before(self, known: Document, intake: Intake, agent: str) -> Received:
        resumed = bool(intake.intake_key) and intake.intake_key == known.intake_key
        now = utc_text(self._clock())
        at = self._link_case(known, intake.case_code, now)
        manifest, _ = load(self.store, known)
        with self.catalogue.begin() as connection:
            if intake.case_code:
                join_case(connection, manifest, intake.case_code, at)
            if not resumed:
                audit.append(
                    connection,
                    agency=known.agency,
                    event_type="ingestion",
                    agent=agent,
                    at=now,
                    document_id=known.id,
                    outcome="duplicate",
                    detail={"sha256": known.original_sha256},
                )
        return Received(known, duplicate=not resumed)

    def _link_case(self, known: Document, code: str, at: str) -> str:
        """Keep in the store that *known* serves case *code* too; return since when it does."""
        if not code or code == known.case_code:
            return at
        key, data = case_link(keys.manifest_prefix(known.agency, known.owner_ref, known.id), code, at)
        if self.store.put(key, data, content_type="application/json"):
            return at
        return read_case_link(self.store.get(key))[1]

    def _issue(self, document_id: str, number: RegisterNumber, details: Mapping[str, Any] | None) -> RegisterEntry:
        # Before the manifest: from here on nobody can void the number, and a repeat finds it issued.
        with self.catalogue.begin() as connection:
            self._own_entry(connection, document_id, number)
            return register.issue(connection, number, at=utc_text(self._clock()), details=details)

    def _own_entry(self, connection: Connection, document_id: str, number: RegisterNumber) -> None:
        entry = register.get(connection, number)
        if entry is None or entry.document_id != document_id:
            raise Refused(
                "wrong-state",
                f"register number {number.number} was not reserved for document {document_id}",
                Advice(
                    "Số chứng thực này không được cấp cho tài liệu đang lưu.",
                    "Sổ chứng thực và tài liệu không thay đổi.",
                    "Kiểm tra lại số chứng thực trong sổ.",
                ),
            )

    def _object(self, document_id: str, role: str, version: int | None, ordinal: int) -> StoredObject:
        with self.catalogue.read() as connection:
            document = self._known(connection, document_id)
            for entry in documents.objects(connection, document_id, version or document.version):
                if (entry.role, entry.ordinal) == (role, ordinal):
                    return entry
        raise DocumentUnknown(document_id, role)

    def _document(self, document_id: str) -> Document:
        with self.catalogue.read() as connection:
            return self._known(connection, document_id)

    def _known(self, connection: Any, document_id: str) -> Document:
        document = documents.get(connection, document_id)
        if document is None:
            raise DocumentUnknown(document_id)
        return document
