"""The catalogue made again from the object store alone: documents and numbers, and what was decided about them.

From manifests: owners, documents, versions, fields, text, cases, issued and cancelled numbers. From records
(``storage.remembered``): requests, reserved and voided numbers, closings of books, decisions on duplicates, holds,
disposals; from tombstones what was disposed of. Not in the store, so not made again: audit chain, queues, batches,
signing jobs, proposals that nobody decided, state and times of cases (dated by their first document).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import groupby

from sqlalchemy import Connection, func, select, update
from sqlalchemy.exc import IntegrityError

from domain.errors import SohoaError
from storage.catalogue import bulk, filling, fixity, lost_texts
from storage.catalogue import schema as t
from storage.catalogue.bulk import History
from storage.catalogue.engine import Catalogue
from storage.catalogue.lost_texts import LostText
from storage.catalogue.tombstones import Tombstone, counts_no_more
from storage.indexing import findable, index_manifest, join_case, read_case_link, readable_text
from storage.local import LocalStore
from storage.manifest import Manifest, decode
from storage.objects import ObjectStore
from storage.remembered import bring_back, tombstones_in

_DOCUMENTS_A_TRANSACTION = 500
_READERS = 8  # a remote store answers many at once


@dataclass(frozen=True)
class RebuildReport:
    """What was found. ``problems`` are (object key, what is wrong), English; the documents named are not complete."""

    documents: int
    versions: int
    problems: tuple[tuple[str, str], ...] = ()
    records: int = 0  # requests, numbers, closings, decisions, holds, disposals and tombstones beside the documents


@dataclass(frozen=True)
class _Folder:
    """What the object store has of one document, and what is wrong with it ("" if nothing); perhaps both."""

    name: str
    history: History | None
    problem: str = ""


def rebuild(catalogue: Catalogue, store: ObjectStore) -> RebuildReport:
    """Index every document of *store* that *catalogue* lacks; a broken one is reported and the others go on.

    Meant for an empty catalogue; on a filled one it catches up what is missing. Raises ``Unavailable``.
    """
    gone: dict[str, list[Tombstone]] = {}
    for _, tombstone in tombstones_in(store):
        for key in tombstone.manifests if tombstone else ():
            gone.setdefault(key.rpartition("/")[0], []).append(tombstone)  # type: ignore[arg-type]
    listed = groupby((o.key for o in store.list("owner/")), key=lambda key: key.rpartition("/")[0])
    report = index_folders(catalogue, store, _living(store, ((name, list(keys)) for name, keys in listed), gone))
    records, problems = bring_back(catalogue, store)
    return replace(report, records=records, problems=tuple(sorted((*report.problems, *problems))))


def _living(
    store: ObjectStore, folders: Iterator[tuple[str, list[str]]], gone: dict[str, list[Tombstone]]
) -> Iterator[tuple[str, list[str]]]:
    """Leave out manifests of papers that were disposed of: a killed disposal has not removed them all yet."""
    for name, keys in folders:
        if name in gone:
            keys = [k for k in keys if not counts_no_more(gone[name], k, store.get(k))]
            if not any(key.rpartition("/")[2].startswith("v") for key in keys):
                continue
        yield name, keys


def index_folders(catalogue: Catalogue, store: ObjectStore, folders: Iterator[tuple[str, list[str]]]) -> RebuildReport:
    """Index the documents in *folders* (manifest folder, its keys in order), as :func:`rebuild` does."""
    documents = versions = 0
    problems: list[tuple[str, str]] = []
    with ThreadPoolExecutor(_READERS) as readers, ThreadPoolExecutor(1) as ahead:
        # files of this machine are read at once: handing them from thread to thread costs more
        each: Callable[..., Iterator[_Folder]] = map if isinstance(store, LocalStore) else readers.map
        batches = _batches(folders)

        def read_next() -> list[_Folder]:
            return list(each(lambda folder: _read(store, *folder), next(batches, [])))

        coming = ahead.submit(read_next)
        while read := coming.result():
            coming = ahead.submit(read_next)  # while the database is busy with those before
            problems += [(f.name, f.problem) for f in read if f.problem]
            whole = [(f.name, f.history) for f in read if f.history is not None]
            with catalogue.begin() as connection:
                filling.hurry(connection)
                written, wrong = _write(connection, whole)
            problems += wrong
            documents += len(whole) - len(wrong)
            versions += written
    with catalogue.begin() as connection:
        _date_cases(connection)
    return RebuildReport(documents, versions, tuple(sorted(problems)))


def _write(connection: Connection, folders: list[tuple[str, History]]) -> tuple[int, list[tuple[str, str]]]:
    """Write the documents; return how many versions were new, and (folder, problem) of those refused."""
    histories = [history for _, history in folders]
    if histories and bulk.unknown(connection, histories):
        try:
            with connection.begin_nested():
                bulk.write(connection, histories)
            return sum(len(h.versions) for h in histories), []
        except (bulk.NotForBulk, IntegrityError, SohoaError):
            pass  # one by one: that says which
    written, wrong = 0, []
    for name, history in folders:
        try:
            with connection.begin_nested():
                written += _write_one(connection, history)
        except SohoaError as exc:
            if exc.code.endswith("-unavailable"):
                raise
            wrong.append((name, exc.log_message))
    return written, wrong


def _write_one(connection: Connection, history: History) -> int:
    made = 0
    for manifest, sha256 in history.versions:
        newest = manifest is history.versions[-1][0]
        new = index_manifest(connection, manifest, sha256, history.findable.body if newest else None)
        if new and newest and history.lost is not None:
            lost_texts.mark(connection, history.lost)
        made += new
    for code, at in history.cases:
        join_case(connection, history.versions[-1][0], code, at)
    fixity.enqueue_small(connection, history.links)
    return made


def _read(store: ObjectStore, folder: str, names: list[str]) -> _Folder:
    try:
        history = _history(store, folder, names)
        without = "the text is lost from the store: indexed without it" if history.lost else ""
        return _Folder(folder, history, without)
    except (ValueError, KeyError) as exc:
        return _Folder(folder, None, str(exc) or type(exc).__name__)
    except SohoaError as exc:
        if exc.code.endswith("-unavailable"):
            raise
        return _Folder(folder, None, exc.log_message)


def _history(store: ObjectStore, folder: str, names: list[str]) -> History:
    versions: list[tuple[Manifest, str]] = []
    previous = ""
    for key in (n for n in names if n.rpartition("/")[2].startswith("v")):
        data = store.get(key)
        manifest = decode(data)
        if manifest.key != key:
            raise ValueError(f"manifest {key} says it belongs elsewhere")
        if manifest.previous_sha256 != previous or manifest.version != len(versions) + 1:
            raise ValueError(f"manifest {key} does not follow the one before")
        previous = hashlib.sha256(data).hexdigest()
        versions.append((manifest, previous))
    if not versions:
        raise ValueError(f"no manifest under {folder}")
    newest = versions[-1][0]
    stored = {n: store.get(n) for n in names if n.rpartition("/")[2].startswith("case-")}
    links = tuple(read_case_link(data) for data in stored.values())
    digests = tuple((key, hashlib.sha256(data).hexdigest()) for key, data in stored.items())
    text = readable_text(store, newest)
    lost = LostText(newest.document_id, newest.agency, text.sha256, newest.created) if text.lost else None
    return History(tuple(versions), findable(newest, text.body), links, lost, digests)


def _date_cases(connection: Connection) -> None:
    """Date each case by its first document: objects come in the order of their keys, not of time."""
    c, d = t.cases.c, t.case_documents.c
    mine = select(func.min(d.added_at)).where(d.agency == c.agency, d.code == c.code)
    first = func.coalesce(mine.scalar_subquery(), c.created_at)
    connection.execute(update(t.cases).where(c.state == "received").values(created_at=first, updated_at=first))


def _batches(folders: Iterator[tuple[str, list[str]]]) -> Iterator[list[tuple[str, list[str]]]]:
    batch: list[tuple[str, list[str]]] = []
    for folder in folders:
        batch.append(folder)
        if len(batch) == _DOCUMENTS_A_TRANSACTION:
            yield batch
            batch = []
    if batch:
        yield batch
