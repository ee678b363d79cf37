"""Verification of files from strangers: long-lived worker processes with limits, one file at a time each.

A worker that crashes, hangs or eats memory costs its file a clear answer and nothing else; the next file gets a fresh
worker. Workers have no network (an offline verification needs none), a minimal environment, and end with the parent.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import msgspec

from signing.trust import TrustStore
from signing.verify.model import DocumentVerdict, EvidenceItem, Expected, PagePictures
from signing.verify.pdfa import PdfaCheck
from signing.verify.printed import Printed
from signing.verify.workers import Collected, Drawn, Limits, Request, Setup, Worker

_Answer = TypeVar("_Answer")


def verify_isolated(
    paths: Iterable[Path],
    trust: TrustStore | Path | None = None,
    *,
    now: datetime,
    expected: Mapping[Path, Expected] | None = None,
    jobs: int = 1,
    limits: Limits | None = None,
    online: bool = False,
    second_opinion: bool = False,
    opinions: Sequence[Callable[[Path, DocumentVerdict], DocumentVerdict]] = (),
) -> Iterator[tuple[Path, DocumentVerdict]]:
    """Verify *paths* in worker processes and yield ``(path, verdict)`` in the order given, as they become ready.

    Args:
        paths: files; taken lazily, a few ahead of what was yielded.
        trust: a store, or the folder to load it from; None is the empty store.
        now: the moment of validation.
        expected: what the register knows, by path.
        jobs: number of worker processes.
        limits: per file; exceeding one makes that file's verdict ``unreadable`` with the reason.
        online: let workers ask the hosts that the trust store allows (and only those) for OCSP and CRL.
        second_opinion: also ask ``pdfsig`` where installed.
        opinions: others to ask, each ``(path, verdict) -> verdict``; called from several threads.

    Raises:
        NotReady: before the first file, when the trust folder cannot be read.
    """
    store = TrustStore.from_folder(trust) if isinstance(trust, Path) else trust or TrustStore()
    setup = Setup(store, limits or Limits(), online)
    if second_opinion:
        from signing.verify.second_opinion import ask, combine

        opinions = (lambda path, verdict: combine(verdict, ask(path)), *opinions)
    # not "or": a caller fills the mapping while its paths are taken, and it is empty until then
    known = {} if expected is None else expected
    return _run(iter(paths), setup, now, known, max(1, jobs), opinions)


def collect_isolated(path: Path, *, limits: Limits | None = None) -> tuple[EvidenceItem, ...]:
    """Take the certificates, OCSP answers, CRLs and timestamps out of *path* in a worker; empty if it cannot."""
    found = _once(Request(str(path.absolute()), datetime.now(UTC), None, collect=True), Collected, limits)
    return found.items if found is not None else ()


def pdfa_isolated(path: Path, *, limits: Limits | None = None) -> PdfaCheck | None:
    """Check the PDF/A claim of *path* in a worker; None if it cannot be examined."""
    return _once(Request(str(path.absolute()), datetime.now(UTC), None, pdfa=True), PdfaCheck, limits)


@contextmanager
def printed_reader(*, limits: Limits | None = None) -> Iterator[Callable[[Path], Printed | None]]:
    """Yield a function that reads what a copy shows (``signing.verify.printed``), in one worker; None if it cannot."""
    worker = Worker(Setup(TrustStore(), limits or Limits(), False))

    def read(path: Path) -> Printed | None:
        answer = worker.exchange(Request(str(path.absolute()), datetime.now(UTC), None, printed=True))
        try:
            return None if isinstance(answer, str) else msgspec.json.decode(answer, type=Printed)
        except msgspec.MsgspecError:
            return None

    try:
        yield read
    finally:
        worker.stop()


def pictures_isolated(
    path: Path, verdict: DocumentVerdict, *, limits: Limits | None = None
) -> tuple[PagePictures, ...]:
    """Draw, in a worker, the pages that the forbidden changes of *verdict* made look different; empty if it cannot."""
    changes = tuple((r.number, r.start, r.end) for r in verdict.revisions if r.kind == "forbidden")
    if not changes:
        return ()
    found = _once(Request(str(path.absolute()), verdict.verified_at, None, draw=changes), Drawn, limits)
    return found.pictures if found is not None else ()


def _once(request: Request, answer_type: type[_Answer], limits: Limits | None) -> _Answer | None:
    worker = Worker(Setup(TrustStore(), limits or Limits(), False))
    try:
        answer = worker.exchange(request)
        return None if isinstance(answer, str) else msgspec.json.decode(answer, type=answer_type)
    except msgspec.MsgspecError:
        return None
    finally:
        worker.stop()


def _run(
    paths: Iterator[Path],
    setup: Setup,
    now: datetime,
    expected: Mapping[Path, Expected],
    jobs: int,
    opinions: Sequence[Callable[[Path, DocumentVerdict], DocumentVerdict]],
) -> Iterator[tuple[Path, DocumentVerdict]]:
    idle: list[Worker] = []
    everyone: list[Worker] = []
    lock = threading.Lock()

    def one(path: Path) -> DocumentVerdict:
        with lock:
            worker = idle.pop() if idle else None
        if worker is None:
            worker = Worker(setup)
            with lock:
                everyone.append(worker)
        verdict = worker.verify(Request(str(path.absolute()), now, expected.get(path)))
        with lock:
            idle.append(worker)
        for opinion in opinions:
            verdict = opinion(path, verdict)
        return verdict

    pool = ThreadPoolExecutor(jobs, thread_name_prefix="verify")
    waiting: list[tuple[Path, Future[DocumentVerdict]]] = []
    try:
        while True:
            while len(waiting) < jobs * 3 and (path := next(paths, None)) is not None:
                waiting.append((path, pool.submit(one, path)))
            if not waiting:
                return
            path, future = waiting.pop(0)
            yield path, future.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for _ in range(2):  # once so that busy threads come back, once more for a worker that was just being started
            with lock:
                for worker in everyone:
                    worker.stop()
            pool.shutdown(wait=True)
