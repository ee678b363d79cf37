"""Reading many files with one set of workers: the unit of work is a page of any file, and a finished page is durable.

A page's record is stored as soon as the page is read, keyed by (file digest, page, engine and options). A run that
was killed finds the records of its finished pages and reads only the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import msgspec

from domain.errors import BadInput
from ocr.engines.factory import engine_name
from ocr.fields.documents import read_documents
from ocr.fields.hints import Evidence, KnownNames
from ocr.model import FileReading, PageReading
from ocr.options import ReadOptions, page_key
from ocr.pool import PagePool
from ocr.source.limits import Limits
from ocr.textlayer.provenance import with_sources
from pipeline.signatures import signature_claims

_NOBODY = KnownNames()


@dataclass(frozen=True)
class FileToRead:
    """A checked file, or a run of its pages, waiting to be read.

    ``tag`` is the caller's own handle and comes back with the result. ``pages`` are counted from ``first_page`` on;
    with ``part_of`` more than that, the file has so many pages and these are one paper of a stack.
    """

    path: Path
    name: str
    sha256: str
    media_type: str
    pages: int
    tag: str = ""
    first_page: int = 1
    part_of: int = 0


class PageRecords(Protocol):
    """Where finished pages are kept."""

    def get(self, key: str) -> bytes | None:
        """Return the record under *key*, or None."""

    def put(self, key: str, record: bytes) -> None:
        """Keep *record* durably under *key*."""


class NoRecords:
    """Keeps nothing: for ``sohoa ocr``, which has no store."""

    def get(self, key: str) -> bytes | None:
        """Return None."""
        return None

    def put(self, key: str, record: bytes) -> None:
        """Forget *record*."""


@dataclass(frozen=True)
class Reader:
    """Worker processes at work and the identity of what they do."""

    pool: PagePool
    engine: str  # name and versions of the recogniser
    options_digest: str  # of engine version and options: part of every page's key
    jobs: int  # worker processes


@contextmanager
def open_reader(options: ReadOptions, jobs: int, limits: Limits) -> Iterator[Reader]:
    """Start *jobs* worker processes for the block. Raises ``NotReady`` when engine or language pack is missing."""
    engine = engine_name(options)
    with PagePool(options, jobs, limits) as pool:
        yield Reader(pool, engine, options.digest(engine), jobs)


@dataclass
class _Open:
    file: FileToRead
    pages: dict[int, PageReading] = field(default_factory=dict)
    failure: BadInput | None = None
    outstanding: int = 0

    @property
    def finished(self) -> bool:
        return not self.outstanding and (self.failure is not None or len(self.pages) == self.file.pages)


def encode_page(page: PageReading) -> bytes:
    """Return the durable record of *page* (JSON)."""
    return msgspec.json.encode(page)


def decode_page(record: bytes) -> PageReading | None:
    """Return the page of *record*, or None when it is damaged or of another shape (the page is then read again)."""
    try:
        return msgspec.json.decode(record, type=PageReading)
    except msgspec.MsgspecError:
        return None


def file_evidence(file: FileToRead, known: KnownNames = _NOBODY) -> Evidence:
    """Return what is known of *file* besides its pages: its signatures, its name, the names that officers *know*."""
    return Evidence(signatures=signature_claims(file.path, file.media_type), file_name=file.name, known=known)


def read_files(
    files: Iterable[FileToRead],
    reader: Reader,
    records: PageRecords,
    *,
    on_page: Callable[[FileToRead, int, bool], None] = lambda _file, _number, _known: None,
    in_flight_pages: int | None = None,
    evidence: Callable[[FileToRead], Evidence] = file_evidence,
    thresholds: Mapping[str, float] | None = None,
) -> Iterator[tuple[FileToRead, FileReading | BadInput]]:
    """Read *files* and yield each as its last page is finished, in order of completion.

    A file with a page that cannot be read comes back as its ``BadInput``; the others go on. Files are opened only
    while fewer than *in_flight_pages* pages wait (default: four a worker), so that a batch of millions needs little
    memory. *on_page* is told (file, page number, was it known already). *evidence* is asked, when all pages of a
    file are read, for what else is known of it. *thresholds*: from which confidence a field needs no reviewer, where
    the installation wants other ones.
    """
    source = iter(files)
    most = in_flight_pages or 4 * reader.jobs
    waiting: dict[Future[PageReading], tuple[_Open, int, str]] = {}
    exhausted = False
    while True:
        while not exhausted and len(waiting) < most:
            file = next(source, None)
            if file is None:
                exhausted = True
                break
            opened = _Open(file)
            for number in range(file.first_page, file.first_page + file.pages):
                key = page_key(file.sha256, number, reader.options_digest)
                record = records.get(key)
                known = decode_page(record) if record is not None else None
                if known is not None:
                    opened.pages[number] = known
                    on_page(file, number, True)
                    continue
                waiting[reader.pool.submit(file.path, file.media_type, number)] = (opened, number, key)
                opened.outstanding += 1
            if opened.finished:
                yield file, _assemble(opened, reader.engine, evidence, thresholds)
        if not waiting:
            if exhausted:
                return
            continue
        done, _ = wait(waiting, return_when=FIRST_COMPLETED)
        finished: list[_Open] = []
        for future in done:  # all of them are made durable before a caller may take its time with a finished file
            opened, number, key = waiting.pop(future)
            opened.outstanding -= 1
            try:
                page = future.result()
            except BadInput as error:
                opened.failure = opened.failure or error
            else:
                records.put(key, encode_page(page))
                opened.pages[number] = page
            on_page(opened.file, number, False)
            if opened.finished:
                finished.append(opened)
        for opened in finished:
            yield opened.file, opened.failure or _assemble(opened, reader.engine, evidence, thresholds)


def _assemble(
    opened: _Open,
    engine: str,
    evidence: Callable[[FileToRead], Evidence],
    thresholds: Mapping[str, float] | None,
) -> FileReading:
    pages = tuple(opened.pages[n] for n in sorted(opened.pages))
    return paper_reading(opened.file, pages, engine, evidence, thresholds)


def paper_reading(
    file: FileToRead,
    pages: Sequence[PageReading],
    engine: str,
    evidence: Callable[[FileToRead], Evidence] = file_evidence,
    thresholds: Mapping[str, float] | None = None,
) -> FileReading:
    """Return the reading of *file* (or of one paper in it) from its *pages*, all read by *engine*."""
    besides = evidence(file)
    return FileReading(
        source=file.name,
        sha256=file.sha256,
        engine=engine,
        pages=tuple(pages),
        documents=with_sources(read_documents(pages, besides, thresholds), pages),
        signatures=besides.signatures,
    )
