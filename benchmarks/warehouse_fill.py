"""Filling a warehouse with made-up papers: by the acts of the product, as stored objects only, or as rows only."""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from unittest import mock

from benchmarks.made_archive import Paper, paper
from domain.owners import Owner
from storage.acts.digitising import digitised
from storage.blobs import Blob, put_blob
from storage.building import first_manifest
from storage.catalogue import bulk
from storage.catalogue.bulk import History
from storage.catalogue.engine import utc_text
from storage.indexing import findable
from storage.keys import document_id
from storage.local import LocalStore
from storage.manifest import Event, Manifest, digest, encode
from storage.objects import ObjectStore
from storage.records import FieldRecord, Intake, StoredObject
from storage.warehouse import Warehouse

_ROWS_A_TRANSACTION = 1000


def scan(n: int) -> bytes:
    """Return the "scan" of paper *n*: 2 KB, since the warehouse is measured and not the disk."""
    return hashlib.sha256(str(n).encode()).digest() * 64


def original_sha256(n: int) -> str:
    """Return the digest of :func:`scan`."""
    return hashlib.sha256(scan(n)).hexdigest()


def _reading(n: int) -> bytes:
    return b'{"paper":%d}' % n  # as every reading, not like another


def _fields(p: Paper) -> tuple[FieldRecord, ...]:
    values = sorted(p.fields.items())
    return tuple(FieldRecord(name, value, 0.95, "ocr", 1, (100, 100, 900, 160)) for name, value in values)


def ingest(warehouse: Warehouse, numbers: range, words: int, at_most_s: float) -> int:
    """Store papers *numbers*, original to digitised, one after another; return how many within *at_most_s* seconds."""
    end = time.monotonic() + at_most_s
    for done, n in enumerate(numbers):
        if time.monotonic() > end:
            return done
        p = paper(n, words)
        owner = Owner("citizen", p.owner_number)
        document = warehouse.receive(scan(n), Intake(p.agency, owner, intake_key=str(n)), agent="benchmark").document
        warehouse.save_digitised(
            document.id,
            pdfa=scan(n) + b"pdf",
            reading_json=_reading(n),
            text=p.text,
            fields=_fields(p),
            agent="benchmark",
        )
    return len(numbers)


def fill_store(warehouse: Warehouse, numbers: range, words: int) -> None:
    """Put what the acts would have put for papers *numbers* into the object store; the catalogue learns nothing.

    Several at once where the store is a server; flushes of a local disk are left out: this is not what is measured.
    """
    store = warehouse.store
    threads = 1 if isinstance(store, LocalStore) else 8
    with _without_flushes(store), ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(lambda n: _put(store, warehouse, n, words), numbers):
            pass


@contextlib.contextmanager
def _without_flushes(store: ObjectStore) -> Iterator[None]:
    if isinstance(store, LocalStore):
        with mock.patch.object(os, "fsync", lambda _handle: None):
            yield
    else:
        yield


def _put(store: ObjectStore, warehouse: Warehouse, n: int, words: int) -> None:
    p = paper(n, words)
    owner, at = Owner("citizen", p.owner_number), utc_text(datetime.fromtimestamp(1_700_000_000 + n, UTC))
    original = Blob(original_sha256(n), len(scan(n)))
    intake = Intake(p.agency, owner, intake_key=str(n))
    first = first_manifest(intake, warehouse.owner_ref(owner), original, at, "benchmark", None, {})
    made = digitised(
        scan(n) + b"pdf",
        _reading(n),
        p.text,
        _fields(p),
        pages=0,
        tools={},
        stage_key="",
        report=None,
        events=(),
    )
    second = replace(
        made.build(first),
        version=2,
        created=at,
        message=made.name,
        previous_sha256=digest(first),
        stage_key=made.key,
        events=tuple(Event(kind, at, "benchmark", detail=detail) for kind, detail in made.events),
    )
    for source in (scan(n), *(source for source, _ in made.sources)):
        put_blob(store, source)
    for manifest in (first, second):
        store.put(manifest.key, encode(manifest), content_type="application/json")


def fill_rows(warehouse: Warehouse, numbers: range, words: int) -> None:
    """Write the rows of papers *numbers*, nothing else, as rebuilding writes them."""
    for first in numbers[::_ROWS_A_TRANSACTION]:
        histories = [
            _history(warehouse, n, words) for n in range(first, min(numbers.stop, first + _ROWS_A_TRANSACTION))
        ]
        with warehouse.catalogue.begin() as connection:
            bulk.write(connection, histories)


def _history(warehouse: Warehouse, n: int, words: int) -> History:
    p = paper(n, words)
    owner = Owner("citizen", p.owner_number)
    ref = warehouse.owner_ref(owner)
    original = original_sha256(n)
    manifest = Manifest(
        document_id=document_id(p.agency, ref, original),
        version=1,
        created=utc_text(datetime.fromtimestamp(1_700_000_000 + n, UTC)),
        message="digitised",
        previous_sha256="",
        stage_key=str(n),
        agency=p.agency,
        owner_ref=ref,
        owner=owner,
        owner_name="",
        case_code="",
        kind="result",
        procedure="",
        original_sha256=original,
        original_size=2048,
        original_name="scan.pdf",
        media_type="application/pdf",
        pages=1,
        part=0,
        intake_key=str(n),
        status="digitised",
        fields=_fields(p),
        objects=(StoredObject("original", original, 2048, "application/pdf", 0),),
    )
    return History(((manifest, original),), findable(manifest, p.text))  # whose digest nobody looks at
