"""The warehouse of one owner's papers after another: the door to everything that may be done to a document.

Blobs first, then the manifest (a conditional put), then the catalogue in one transaction with its audit events and
outbox messages. The manifest is the commit point: one that stands in the store without its rows (a crash between) is
indexed by the next act on that document, so repeating an act gives the state that it would have given undisturbed.
Blobs without a manifest are orphans and harm nothing. The acts themselves stand in ``storage.acts``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from domain.owners import Owner
from storage.acts import certifying, decisions, digitising, reading_back, receiving, renewing
from storage.acts.depot import Depot
from storage.acts.receiving import Received
from storage.acts.saving import Saved, save
from storage.blobs import copy_blob, get_blob
from storage.catalogue import search as search_index
from storage.catalogue.engine import Catalogue
from storage.catalogue.search import Answer, Facets, Hit, SearchQuery
from storage.manifest import Event
from storage.objects import ObjectStore
from storage.records import DocumentView, FieldRecord, Intake, RegisterNumber

__all__ = ["Received", "Saved", "Warehouse"]


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
        self._depot = Depot(store, catalogue, owner_key, clock, locked_until)

    @property
    def store(self) -> ObjectStore:
        """Where the bytes are."""
        return self._depot.store

    @property
    def catalogue(self) -> Catalogue:
        """The index over them."""
        return self._depot.catalogue

    def owner_ref(self, owner: Owner) -> str:
        """Return the pseudonym under which *owner* stands in keys and in the catalogue."""
        return self._depot.owner_ref(owner)

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
        return receiving.receive(self._depot, source, intake, agent=agent, quarantine=quarantine, tools=tools or {})

    def quarantine(self, document_id: str, code: str, message: str, *, agent: str) -> Saved:
        """Set a document aside with a stable *code* and a Vietnamese *message*; the original stays."""
        return save(self._depot, document_id, digitising.quarantined(code, message), agent)

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
        pixels: Sequence[str] = (),
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
            pixels: digest of each page image, in order, so that the scan is known again in another wrapping.

        Raises ``Refused`` (``wrong-state``) for a certified document, ``DocumentUnknown``, ``Unavailable``.
        """
        act = digitising.digitised(
            pdfa,
            reading_json,
            text,
            fields,
            pages=pages,
            tools=tools or {},
            stage_key=stage_key,
            report=report,
            events=events,
            pixels=pixels,
        )
        return save(self._depot, document_id, act, agent)

    def correct_fields(self, document_id: str, corrections: Mapping[str, str], *, officer: str) -> Saved:
        """Keep an officer's values beside the machine's. Raises ``DocumentUnknown``, ``Refused``, ``Unavailable``."""
        return digitising.correct_fields(self._depot, document_id, corrections, officer)

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
        act = certifying.certified(
            certified,
            number=number,
            number_details=number_details,
            evidence=evidence,
            report=report,
            tools=tools or {},
            stage_key=stage_key,
            events=events,
        )
        return save(self._depot, document_id, act, agent)

    def reuse(
        self, document_id: str, case_code: str, *, agent: str, procedure: str = "", detail: Mapping[str, Any]
    ) -> bool:
        """Let a stored paper serve *case_code* of its agency and owner too; False if it did already.

        *detail* (no personal data) goes into the audit event ``reuse``, one for each case. Raises
        ``DocumentUnknown``, ``Refused`` (``wrong-state``: not digitised; ``case-of-another-owner``), ``Unavailable``.
        """
        return receiving.reuse(self._depot, document_id, case_code, agent=agent, procedure=procedure, detail=detail)

    def cancel_certified(self, document_id: str, number: RegisterNumber, *, reason: str, agent: str) -> Saved:
        """Take an issued copy back: its register line is cancelled with *reason*, the document is ``digitised`` again.

        The copy stays in the versions before; the newest one has it no more, so nobody is handed it. Raises
        ``Refused`` (``wrong-state``) when the number is not issued or another document's.
        """
        return save(self._depot, document_id, certifying.cancelled(number, reason), agent)

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
        act = certifying.copied(copy, report, number=number, number_details=number_details, events=events)
        return save(self._depot, document_id, act, agent)

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
        act = digitising.signed(signed, report, ordinal=ordinal, stage_key=stage_key, detail=detail, events=events)
        return save(self._depot, document_id, act, agent)

    def save_signed_decision(
        self, document_id: str, signed: Path | bytes, *, ordinal: int, base_sha256: str, agent: str, report: bytes
    ) -> Saved:
        """Put the signed paper of a decision in the place of the unsigned one with *base_sha256*; the state stays.

        The same base again keeps the first signed paper. Raises ``Refused`` (``wrong-state``) when another paper stands
        there.
        """
        act = decisions.decision_signed(signed, report, ordinal=ordinal, base_sha256=base_sha256)
        return save(self._depot, document_id, act, agent)

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
        return renewing.save_renewed(
            self._depot,
            document_id,
            role,
            renewed,
            report,
            ordinal=ordinal,
            base_sha256=base_sha256,
            agent=agent,
            detail=detail,
        )

    def save_decision(
        self, document_id: str, paper: Path | bytes, *, act: str, key: str, agent: str, detail: Mapping[str, Any]
    ) -> Saved:
        """Keep the paper of a decision on the document (*act*: ``refused``, ``seized``); its state stays.

        *key* names the decision: the same again keeps the first paper. Raises ``DocumentUnknown``, ``Unavailable``.
        """
        return save(self._depot, document_id, decisions.decided(paper, act=act, key=key, detail=detail), agent)

    # -- looking ------------------------------------------------------------------------------------------------

    def show(self, document_id: str) -> DocumentView:
        """Return all that the catalogue knows of a document. Raises ``DocumentUnknown``."""
        return reading_back.view(self._depot, document_id)

    def search(self, query: SearchQuery) -> list[Hit]:
        """Return one page of hits, best first. The caller puts what the asker may see into the filters."""
        with self.catalogue.read() as connection:
            return search_index.search(connection, query)

    def answer(self, query: SearchQuery) -> Answer:
        """Return one page of hits as :meth:`search` does, and what :meth:`count` returns: cheaper than both."""
        with self.catalogue.read() as connection:
            return search_index.answer(connection, query)

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
        found = reading_back.stored_object(self._depot, document_id, role, version, ordinal)
        return get_blob(self.store, found.sha256)

    def export_role(
        self, document_id: str, role: str, target: Path, *, version: int | None = None, ordinal: int = 0
    ) -> int:
        """Stream the object in *role* to the file *target*, hashed again; return its size. Raises as open_role."""
        found = reading_back.stored_object(self._depot, document_id, role, version, ordinal)
        return copy_blob(self.store, found.sha256, target)
