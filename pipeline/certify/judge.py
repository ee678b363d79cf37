"""Our own verifier's word on what was just signed: in this process for a few files, in worker processes for many."""

from __future__ import annotations

import hashlib
import os
import queue
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from domain.errors import Advice, Unavailable
from pipeline.workplace import Workplace
from signing.trust import TrustStore
from signing.verify.document import verify_pdf
from signing.verify.model import DocumentVerdict, Expected, Indication, Level
from signing.verify.workers import Limits, Request, Setup, Worker

NOT_PROVEN = "copy-not-proven"
_FEW = 6  # starting a worker costs as much as judging three files
_AHEAD = 3  # files for each worker that are handed over before the first verdict is asked for
_Item = TypeVar("_Item")


@dataclass(frozen=True)
class Finished:
    """A file to judge, and what it must be. ``expected.sha256`` is filled in."""

    pdf: bytes = field(repr=False)
    expected: Expected


def finished(pdf: bytes, expected: Expected) -> Finished:
    """Return *pdf* as a file to judge, of exactly these bytes."""
    sha256 = hashlib.sha256(pdf).hexdigest()
    return Finished(pdf, Expected(expected.signatures, expected.level, sha256))


def judge(workplace: Workplace, trust: TrustStore, files: Sequence[Finished]) -> Iterator[DocumentVerdict]:
    """Yield the verdict on each of *files*, in order, at the workplace's present; offline, as any receiver would."""
    with judging(workplace, trust, len(files)) as judge:
        for _, _, verdict in judge.each((None, one) for one in files):
            yield verdict


@contextmanager
def judging(workplace: Workplace, trust: TrustStore, count: int, *, ready: bool = False) -> Iterator[Judge]:
    """Yield a judge of about *count* files; its workers end with the block.

    With *ready* the workers begin to load their libraries now, while something else is done.
    """
    if count < _FEW:
        yield Judge(workplace, trust)
        return
    jobs = min(count, len(os.sched_getaffinity(0)))
    with ExitStack() as stack:
        folder = stack.enter_context(workplace.scratch())
        workers = [Worker(Setup(trust, Limits(), False)) for _ in range(jobs)]
        pool = ThreadPoolExecutor(jobs, thread_name_prefix="judge")
        try:
            yield Judge(workplace, trust, pool, workers, folder, ready=ready)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            for _ in range(2):  # so that busy threads come back; then a worker that was just being started
                for worker in workers:
                    worker.stop()
                pool.shutdown(wait=True)


class Judge:
    """Judges files one after the other, or by *workers* several at a time. Used by one thread."""

    def __init__(
        self,
        workplace: Workplace,
        trust: TrustStore,
        pool: ThreadPoolExecutor | None = None,
        workers: Sequence[Worker] = (),
        folder: Path | None = None,
        *,
        ready: bool = False,
    ) -> None:
        self._workplace, self._trust, self._pool, self._folder = workplace, trust, pool, folder
        self._idle: queue.SimpleQueue[Worker] = queue.SimpleQueue()
        self._ahead, self._handed = _AHEAD * len(workers), 0
        for worker in workers:
            self._idle.put(worker)
            if ready and pool is not None:
                pool.submit(self._by_worker, Path(os.devnull), Expected())

    def each(self, files: Iterable[tuple[_Item, Finished]]) -> Iterator[tuple[_Item, Finished, DocumentVerdict]]:
        """Yield every file with its verdict, in order; *files* is read on while others are judged."""
        if self._pool is None or self._folder is None:
            for item, one in files:
                now = self._workplace.clock()
                yield item, one, verify_pdf(one.pdf, self._trust, now=now, expected=one.expected)
            return
        waiting: deque[tuple[_Item, Finished, Future[DocumentVerdict]]] = deque()
        for item, one in files:
            path, self._handed = self._folder / f"{self._handed}.pdf", self._handed + 1
            path.write_bytes(one.pdf)
            waiting.append((item, one, self._pool.submit(self._by_worker, path, one.expected)))
            while waiting and (len(waiting) > self._ahead or waiting[0][2].done()):
                yield _known(waiting.popleft())
        while waiting:
            yield _known(waiting.popleft())

    def _by_worker(self, path: Path, expected: Expected) -> DocumentVerdict:
        worker = self._idle.get()
        try:
            return worker.verify(Request(str(path), self._workplace.clock(), expected))
        finally:
            self._idle.put(worker)


def _known(
    one: tuple[_Item, Finished, Future[DocumentVerdict]],
) -> tuple[_Item, Finished, DocumentVerdict]:
    return one[0], one[1], one[2].result()


def good(verdict: DocumentVerdict, signatures: int) -> bool:
    """Tell whether *verdict* lets a file be given out: valid, B-LTA, exactly so many signatures."""
    right = verdict.indication is Indication.PASSED and verdict.level >= Level.B_LTA
    return right and len(verdict.signatures) == signatures


def is_over(verdict: DocumentVerdict) -> bool:
    """Tell whether what was signed can never become valid.

    ``INDETERMINATE`` says that proof is missing now (a responder did not answer, its answer was too old, the trust list
    lacks a root): evidence is collected and judged again by the next run, and no number is burnt for it.
    """
    return verdict.indication is Indication.FAILED


def not_proven_yet(code: str) -> Unavailable:
    """Return the error for a signed file that cannot be proven valid at this moment."""
    return Unavailable(
        NOT_PROVEN,
        f"own verifier: not enough proof yet ({code})",
        Advice(
            "Đã ký nhưng lúc này chưa đủ bằng chứng để xác nhận chữ ký hợp lệ nên chưa cấp.",
            "Số và chữ ký được giữ nguyên, người ký không phải xác nhận lại.",
            "Chạy lại sau; nếu lặp lại, báo quản trị viên kiểm tra dịch vụ OCSP/CRL và danh sách gốc tin cậy.",
        ),
    )
