"""A batch: many files, taken in chunks that any worker may claim, resumable after a kill at any moment."""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from domain.errors import Advice, BadInput, NotReady, Refused, SohoaError, Unavailable
from domain.owners import UNASSIGNED, parse_owner
from pipeline.batch_source import BatchItem
from pipeline.digitise import digitise_documents
from pipeline.duplicates import Finder
from pipeline.intake import Arrival, Arrived, receive_file
from pipeline.reading import Reader
from pipeline.records import StoredRecords
from pipeline.results import Row
from pipeline.rows import document_row
from pipeline.workplace import Workplace
from storage.catalogue import batches, documents
from storage.records import Document

log = logging.getLogger(__name__)

_RENEW_AFTER_S = 60.0  # of the lease's 15 minutes: a chunk of long files takes longer than one lease
_STOPS = (Unavailable, NotReady)  # not the fault of one file: the run ends, its items stay pending


@dataclass(frozen=True)
class BatchState:
    """A registered batch: how many of its items wait, and how many were final before this run."""

    id: str
    total: int
    pending: int
    known: frozenset[str]  # keys of the items named this time that were final before


def batch_id_of(source: str) -> str:
    """Return the id of the batch of this *source* (any name): the same name is the same batch."""
    return hashlib.sha256(source.encode()).hexdigest()[:16]


def register_batch(workplace: Workplace, source: str, items: list[BatchItem]) -> BatchState:
    """Record the batch of this *source*, or take it up again; failed items are tried once more. See :func:`only_run`.

    A file whose size or time of change differs from last time is a new item.
    """
    batch_id = batch_id_of(source)
    keyed = {_item_key(item): item for item in items}
    with workplace.catalogue.begin() as connection:
        now = workplace.clock()
        batches.start(
            connection,
            batch_id=batch_id,
            source=source,
            items=[(key, _facts(item)) for key, item in keyed.items()],
            now=now,
        )
        batches.retry_failed(connection, batch_id=batch_id, now=now)
        stored = batches.items(connection, batch_id)
    pending = sum(item.state == "pending" for item in stored)
    known = frozenset(item.item_key for item in stored if item.state != "pending" and item.item_key in keyed)
    return BatchState(batch_id, len(keyed), pending, known)


@contextmanager
def only_run(workplace: Workplace, batch_id: str) -> Iterator[None]:
    """Hold the batch for this process on this machine, from before it is registered until it is done.

    Raises ``Refused`` (``batch-running``) when another process runs it.
    """
    folder = workplace.settings.data_dir / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"batch-{batch_id}").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(
                "batch-running",
                f"batch {batch_id} is being run by another process",
                Advice("Lô này đang được một tiến trình khác xử lý.", "Không có gì thay đổi.", "Chờ lô chạy xong."),
            ) from None
        yield


def run_chunk(
    workplace: Workplace,
    reader: Reader,
    batch_id: str,
    *,
    files: int = 20,
    on_pages_known: Callable[[int], None] = lambda _pages: None,
    on_page: Callable[[], None] = lambda: None,
) -> list[Row]:
    """Claim up to *files* waiting items, take them in and digitise them; return a row each, [] when none waits.

    An item is final in the catalogue before its row is returned. Raises ``Unavailable`` when store or catalogue do
    not answer: claimed items stay pending.
    """
    with workplace.catalogue.begin() as connection:
        claimed = batches.claim(
            connection, batch_id=batch_id, worker=_worker_name(), now=workplace.clock(), limit=files
        )
    started: dict[str, float] = {}
    rows: dict[str, Row] = {}
    waiting: dict[str, batches.BatchItem] = {}  # document id -> item

    def finish(item: batches.BatchItem, row: Row, state: str) -> None:
        with workplace.catalogue.begin() as connection:
            batches.finish_item(
                connection,
                batch_id=batch_id,
                item_key=item.item_key,
                state=state,
                now=workplace.clock(),
                document_id=row.document_id,
                code=row.code,
                message=row.message,
            )
        rows[item.item_key] = row

    def fail(item: batches.BatchItem, error: SohoaError) -> None:
        log.warning("batch %s item %s: %s", batch_id, item.item_key, error.code)
        name = str(item.facts["name"])
        finish(item, Row(name, "failed", code=error.code, message=str(error.advice)), "failed")

    duplicates: set[str] = set()

    def arrivals() -> Iterator[str]:
        for item in claimed:
            started[item.item_key] = time.monotonic()
            try:
                arrived = _take_in(workplace, item)
            except _STOPS:
                raise
            except SohoaError as error:
                fail(item, error)
                continue
            document = arrived.document
            if document.status == "received" and document.id not in waiting:
                waiting[document.id] = item
                if arrived.duplicate:
                    duplicates.add(document.id)
                on_pages_known(document.pages)
                yield document.id
            else:
                if not arrived.duplicate:  # taken up again: the run before may have ended before it was through
                    Finder(workplace).propose_for(document.id)
                    StoredRecords(workplace.store).forget(document.original_sha256)
                settle(item, document, arrived.duplicate, new=document.status == "quarantined")

    def settle(item: batches.BatchItem, document: Document, duplicate: bool, *, new: bool) -> None:
        if document.status == "quarantined":
            outcome = state = "quarantined"
        elif duplicate:
            outcome = state = "duplicate"
        else:
            outcome, state = ("digitised" if new else "known"), "done"
        seconds = time.monotonic() - started[item.item_key]
        finish(item, document_row(workplace, document.id, str(item.facts["name"]), outcome, seconds), state)

    renewed = time.monotonic()

    def page_done() -> None:
        nonlocal renewed
        on_page()
        if time.monotonic() - renewed > _RENEW_AFTER_S:
            renewed = time.monotonic()
            with workplace.catalogue.begin() as connection:
                batches.renew(connection, batch_id=batch_id, worker=_worker_name(), now=workplace.clock())

    for digitised in digitise_documents(workplace, reader, arrivals(), on_page=page_done):
        item = waiting[digitised.document.id]
        if digitised.problem is not None and digitised.document.status != "quarantined":
            fail(item, digitised.problem)
        else:
            duplicate = digitised.document.id in duplicates
            settle(item, digitised.document, duplicate, new=digitised.new)
    return [rows[item.item_key] for item in claimed if item.item_key in rows]


def known_rows(workplace: Workplace, batch: BatchState) -> list[Row]:
    """Return a row for every item that was final before this run, in the batch's order, marked as known."""
    with workplace.catalogue.read() as connection:
        items = [item for item in batches.items(connection, batch.id) if item.item_key in batch.known]
    rows = []
    for item in items:
        name = str(item.facts["name"])
        if item.document_id:
            outcome = "known" if item.state == "done" else item.state
            rows.append(document_row(workplace, item.document_id, name, outcome, 0.0))
        else:
            rows.append(Row(name, item.state, code=item.code, message=item.message))
    return rows


def to_certify(workplace: Workplace, batch_id: str) -> dict[str, str]:
    """Return id -> item name of the digitised documents whose certified copy the batch asks for and has not yet."""
    with workplace.catalogue.read() as connection:
        items = batches.items(connection, batch_id, state="done")
        wanted: dict[str, str] = {}
        for item in items:
            if item.facts.get("certify"):
                wanted.setdefault(item.document_id, str(item.facts["name"]))
        found = [documents.get(connection, document_id) for document_id in wanted]
    return {d.id: wanted[d.id] for d in found if d is not None and d.status == "digitised"}


def _take_in(workplace: Workplace, item: batches.BatchItem) -> Arrived:
    facts = item.facts
    problem = facts.get("problem")
    if problem:
        raise BadInput(str(problem["code"]), "the manifest row cannot be used", Advice(*problem["advice"]))
    path = Path(str(facts["path"]))
    if not path.is_file():
        raise BadInput(
            "file-missing",
            "the file of a batch item is gone",
            Advice("Tệp không còn ở chỗ đã nêu.", "Chưa có gì được lưu.", "Kiểm tra thư mục rồi chạy lại lô."),
        )
    arrival = Arrival(
        owner=parse_owner(str(facts["owner"])) if facts["owner"] else UNASSIGNED,
        agency=str(facts["agency"]),
        case=str(facts["case"]),
        kind=str(facts["kind"]),
        procedure=str(facts["procedure"]),
        name=Path(str(facts["name"])).name,
        key=f"batch:{item.batch_id}:{item.item_key}",
    )
    return receive_file(workplace, path, arrival)


def _facts(item: BatchItem) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "path": str(item.path.resolve()),
        "name": item.name,
        "owner": item.owner.full(),
        "agency": item.agency,
        "case": item.case,
        "kind": item.kind,
        "procedure": item.procedure,
        "certify": item.certify,
    }
    if item.problem is not None:
        advice = item.problem.advice
        facts["problem"] = {"code": item.problem.code, "advice": [advice.happened, advice.kept, advice.todo]}
    return facts


def _item_key(item: BatchItem) -> str:
    stamp = item.path.stat() if item.path.is_file() else None
    parts = [item.name, item.owner.full(), item.agency, item.case, item.kind, item.procedure, str(item.certify)]
    parts.append(f"{stamp.st_size} {stamp.st_mtime_ns}" if stamp else item.problem.code if item.problem else "")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]


def _worker_name() -> str:
    # The same name after a restart gets its own unfinished items back at once; only_run keeps it unique here.
    return f"{socket.gethostname()}:{os.getuid()}"
