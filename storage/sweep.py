"""Orphans: blobs that no manifest and no open signing job names, pages of runs long finished, and manifests that an
act laid on top of a paper just destroyed.

A killed act leaves its blobs behind; they harm nothing and cost room. Marked is what the manifests in the store name,
not only what the catalogue knows; a manifest that cannot be read stops the sweep. Against an act that takes up an old
orphan at the very moment: after removing one, the marks are looked at again and its bytes put back if they are named
now; and the warehouse, after its commit, puts again what it found standing and no longer finds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, islice
from pathlib import Path
from tempfile import NamedTemporaryFile

from sqlalchemy import Connection, select

from domain.errors import Advice, Refused
from storage.catalogue import schema as t
from storage.catalogue import tombstones
from storage.catalogue.engine import Catalogue
from storage.catalogue.signing_jobs import OVER
from storage.manifest import decode
from storage.objects import ObjectInfo, ObjectStore, destroy
from storage.scrub import fetch

GRACE = timedelta(days=7)
_BATCH = 500
_SHA256 = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")


@dataclass
class SweepReport:
    """What was looked at and removed (or, in a dry run, would be). ``young``: orphans within their grace."""

    blobs: int = 0
    young: int = 0
    pages: int = 0
    bytes: int = 0
    removed: tuple[str, ...] = ()  # keys of blobs
    left_behind: tuple[str, ...] = ()  # keys of manifests of destroyed papers
    refused: tuple[str, ...] = ()  # of these, those that this key to the store may not remove


def sweep(
    catalogue: Catalogue, store: ObjectStore, *, now: datetime, grace: timedelta = GRACE, dry_run: bool = False
) -> SweepReport:
    """Remove orphans written before *now* less *grace* (aware). What the store gives no time for is never removed.

    Raises ``Refused`` (``manifest-broken``) before anything is removed, ``Unavailable``.
    """
    unindexed, left_behind = _outside_the_catalogue(catalogue, store)
    report, limit = SweepReport(left_behind=tuple(left_behind)), now - grace
    if not dry_run:
        report.refused = tuple(key for key in left_behind if not _destroyed(store, key))
    removed: list[str] = []
    blobs = store.list("blob/sha256/")
    while batch := list(islice(blobs, _BATCH)):
        report.blobs += len(batch)
        named = _named(catalogue, [_digest(b) for b in batch]) | unindexed
        for blob in (b for b in batch if _digest(b) not in named):
            if blob.written is None or blob.written > limit:
                report.young += 1
            elif dry_run or _remove(catalogue, store, blob):
                removed.append(blob.key)
                report.bytes += blob.size
    report.removed = tuple(removed)
    _sweep_pages(catalogue, store, limit, dry_run, report)
    return report


def _digest(blob: ObjectInfo) -> str:
    return blob.key.rpartition("/")[2]


def _named(catalogue: Catalogue, digests: Sequence[str]) -> set[str]:
    with catalogue.read() as connection:
        return named_in_catalogue(connection, digests) | _named_by_jobs(connection)


def named_in_catalogue(connection: Connection, digests: Sequence[str]) -> set[str]:
    """Return which of *digests* a version of a document, or an open signing job, names."""
    o = t.objects.c.sha256
    found = set(connection.execute(select(o).where(o.in_(digests)).distinct()).scalars())
    return found | (_named_by_jobs(connection) & set(digests))


def _named_by_jobs(connection: Connection) -> set[str]:
    j = t.signing_jobs.c
    rows = connection.execute(select(j.prepared_sha256, j.result_sha256, j.extra).where(j.state.not_in(OVER)))
    named: set[str] = set()
    for row in rows:
        named |= {row.prepared_sha256, row.result_sha256, *_SHA256.findall(json.dumps(row.extra))}
    return named


def _outside_the_catalogue(catalogue: Catalogue, store: ObjectStore) -> tuple[set[str], list[str]]:
    """Return the digests in manifests that the catalogue does not know, and the keys of those that count no more.

    Not known: a crash, or a catalogue that was lost. Counting no more: of a paper that was disposed of; whether it was
    is asked of the catalogue, which has a tombstone's row only once the paper's own rows are gone for good.
    """
    named, left_behind = set[str](), list[str]()
    v = t.versions.c.manifest_key
    keys = (o.key for o in store.list("owner/") if o.key.rpartition("/")[2].startswith("v"))
    while batch := list(islice(keys, _BATCH)):
        with catalogue.read() as connection:
            known = set(connection.execute(select(v).where(v.in_(batch))).scalars())
            gone = {key: tombstones.of_document(connection, key.split("/")[-2]) for key in batch if key not in known}
        for key, of in gone.items():
            data = _manifest(store, key)
            if tombstones.counts_no_more(of, key, data):
                left_behind.append(key)
            else:
                named |= {o.sha256 for o in decode(data).objects}
    return named, left_behind


def _manifest(store: ObjectStore, key: str) -> bytes:
    try:
        data = store.get(key)
        decode(data)
    except (KeyError, ValueError) as exc:
        raise Refused(
            "manifest-broken",
            f"manifest {key} cannot be read, so it is not known what it names",
            Advice(
                "Có bản kê trong kho bị hỏng nên không biết dữ liệu nào còn được dùng.",
                "Chưa xóa gì.",
                "Chạy `sohoa scrub` hoặc khôi phục bản kê từ bản sao, rồi chạy lại.",
            ),
        ) from exc
    return data


def _destroyed(store: ObjectStore, key: str) -> bool:
    try:
        destroy(store, key)
    except Refused:
        return False
    return True


def _remove(catalogue: Catalogue, store: ObjectStore, blob: ObjectInfo) -> bool:
    sha256 = _digest(blob)
    with NamedTemporaryFile(prefix="sohoa-sweep-") as kept:
        whole = fetch(store, blob.key, sha256, Path(kept.name))
        if sha256 in _named(catalogue, [sha256]):
            return False
        store.delete(blob.key)
        if sha256 not in _named(catalogue, [sha256]):
            return True
        if whole:  # taken up by an act meanwhile; its bytes if they were good, else the act puts its own
            store.put_file(blob.key, Path(kept.name))
        return False


def _sweep_pages(catalogue: Catalogue, store: ObjectStore, limit: datetime, dry_run: bool, report: SweepReport) -> None:
    """Remove kept pages of files that no unfinished document was made from."""
    for file_sha256, pages in _by_file(store):
        if any(p.written is None or p.written > limit for p in pages):
            continue
        d = t.documents.c
        with catalogue.read() as connection:
            waiting = select(d.id).where(d.original_sha256 == file_sha256, d.status == "received").limit(1)
            if connection.execute(waiting).first() is not None:
                continue
        for page in pages:
            if not dry_run:
                store.delete(page.key)
            report.pages += 1
            report.bytes += page.size


def _by_file(store: ObjectStore) -> Iterator[tuple[str, list[ObjectInfo]]]:
    for name, pages in groupby(store.list("page/"), key=lambda page: page.key.split("/")[1]):
        yield name, list(pages)
