"""Reading pages of many documents at once in long-lived processes.

The unit of work is a page. Documents take turns, so a one-page letter does not wait behind a file of five hundred
pages. A page that crashes or hangs its process is tried once more in a fresh one and then given up; the others go on.
"""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import subprocess
import sys
import threading
import time
from collections import OrderedDict, deque
from concurrent.futures import Future
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from types import TracebackType
from typing import Self

from domain.errors import Advice, BadInput, NotReady, SohoaError
from ocr.engines.factory import require_ready
from ocr.model import PageReading
from ocr.options import ReadOptions
from ocr.source.limits import Limits
from ocr.worker import Answer, Job, Ready, Setup, Trouble

_log = logging.getLogger(__name__)

_TRIES = 2
_START_S = 180.0  # a busy machine takes long to load the libraries; a process that ended is noticed at once
_STARTS_IN_VAIN = 3


@dataclass
class _Task:
    path: Path
    media_type: str
    number: int
    future: Future[PageReading] = field(default_factory=Future)
    tries: int = 0


@dataclass
class _Worker:
    process: subprocess.Popen[bytes]
    pipe: Connection
    deadline: float
    ready: bool = False
    ticket: int = 0
    task: _Task | None = None


class PagePool:
    """A pool of reading processes; a context manager.

    Leaving the ``with`` block waits for what was submitted; leaving it by an exception gives up what is not done.
    Futures end in a :class:`PageReading` or in a :class:`SohoaError`: what reading the page raises, ``BadInput``
    ``page-failed`` when its process died or hung twice, ``NotReady`` when no process can be started at all.
    Callbacks of futures run in the pool's own thread and must be short.

    Args:
        options: how to read.
        jobs: processes, at least 1.
        limits: for opening sources.
        queue_per_document: pages of one file that may wait; `submit` blocks beyond that.
        hang_s: seconds after which a process that has not answered is killed; None derives it from the page's time
            limit (a page may be looked at several times).
        reader: for tests: dotted path ``module:function`` with the signature of ``ocr.pages.read_page``.

    Raises:
        NotReady: on entering, ``engine-missing`` or ``language-pack-missing``.
    """

    def __init__(
        self,
        options: ReadOptions,
        jobs: int,
        limits: Limits | None = None,
        *,
        queue_per_document: int = 64,
        hang_s: float | None = None,
        reader: str = "ocr.pages:read_page",
    ) -> None:
        if jobs < 1 or queue_per_document < 1:
            raise ValueError("jobs and queue_per_document must be at least 1")
        self._options = options
        self._jobs = jobs
        self._bound = queue_per_document
        self._hang_s = 3 * options.page_timeout_s + 30.0 if hang_s is None else hang_s
        self._setup = Setup(os.getpid(), options, limits or Limits(), reader)
        self._changed = threading.Condition()
        self._waiting: OrderedDict[Path, deque[_Task]] = OrderedDict()
        self._closing = False
        self._give_up = False
        self._broken: SohoaError | None = None
        self._workers: list[_Worker] = []
        self._starts_in_vain = 0
        self._ticket = 0
        self._wake_read, self._wake_write = socket.socketpair()
        self._wake_write.setblocking(False)
        # Processes are started by this thread only: the kernel ends them when the *thread* that started them ends.
        self._thread = threading.Thread(target=self._run, name="page-pool", daemon=True)

    def __enter__(self) -> Self:
        require_ready(self._options)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changed:
            self._closing = True
            self._give_up = kind is not None
            self._changed.notify_all()
        self._wake()
        self._thread.join()
        self._wake_read.close()
        self._wake_write.close()

    def submit(self, path: Path, media_type: str, number: int) -> Future[PageReading]:
        """Queue page *number* (1-based) of the file at *path*; the file must stay until the future is done.

        Blocks while the file has ``queue_per_document`` pages waiting.

        Raises:
            RuntimeError: the pool is closed.
            NotReady: no reading process can be started.
        """
        task = _Task(path, media_type, number)
        own_thread = threading.current_thread() is self._thread
        with self._changed:
            while not own_thread and not self._closing and len(self._waiting.get(path, ())) >= self._bound:
                self._changed.wait()
            if self._closing:
                raise RuntimeError("the page pool is closed")
            if self._broken is not None:
                raise self._broken
            self._waiting.setdefault(path, deque()).append(task)
        self._wake()
        return task.future

    def _wake(self) -> None:
        try:
            self._wake_write.send(b"x")
        except BlockingIOError:
            pass  # enough wake-ups are waiting to be read
        except OSError:
            if not self._closing:
                raise

    # --- all that follows runs in the pool's thread

    def _run(self) -> None:
        try:
            self._start(None)  # loads its model while the caller still prepares
            while True:
                if self._give_up:
                    break
                self._hand_out()
                if self._closing and not self._waiting and all(w.task is None for w in self._workers):
                    break
                self._listen()
        except Exception as error:  # the pool itself is at fault: nobody may wait for ever
            _log.exception("page pool failed")
            self._break(_cannot_start(type(error).__name__))
        finally:
            self._end()

    def _start(self, task: _Task | None) -> None:
        ours, theirs = socket.socketpair()
        code = f"import sys; sys.path[:] = {sys.path!r}; from ocr.worker import main; main()"
        # Pages run side by side: a page that takes several cores slows down the others, and waits for them.
        threads = ("OMP_THREAD_LIMIT", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
        environment = os.environ | dict.fromkeys(threads, "1")
        with theirs:
            process = subprocess.Popen(
                [sys.executable, "-P", "-c", code], stdin=theirs.fileno(), stdout=subprocess.DEVNULL, env=environment
            )
        worker = _Worker(process, Connection(ours.detach()), time.monotonic() + _START_S)
        self._workers.append(worker)
        try:
            worker.pipe.send(self._setup)
        except OSError:
            return  # already dead: found by the next listen
        if task is not None:
            self._give(worker, task)

    def _give(self, worker: _Worker, task: _Task) -> None:
        self._ticket += 1
        task.tries += 1
        worker.ticket, worker.task = self._ticket, task
        worker.deadline = time.monotonic() + (self._hang_s if worker.ready else _START_S)
        with contextlib.suppress(OSError):  # dead: found by the next listen, the task is tried again
            worker.pipe.send(Job(self._ticket, task.path, task.media_type, task.number))

    def _hand_out(self) -> None:
        while True:
            idle = next((w for w in self._workers if w.task is None), None)
            if idle is None and len(self._workers) >= self._jobs:
                return
            task = self._next_task()
            if task is None:
                return
            if idle is not None:
                self._give(idle, task)
            else:
                self._start(task)

    def _next_task(self) -> _Task | None:
        """Take the next page, documents in turn."""
        with self._changed:
            while self._waiting:
                path, tasks = self._waiting.popitem(last=False)
                task = tasks.popleft()
                if tasks:
                    self._waiting[path] = tasks
                self._changed.notify_all()
                if task.future.set_running_or_notify_cancel():
                    return task
        return None

    def _listen(self) -> None:
        """Wait for an answer, an end, a deadline or a wake-up, and act on it."""
        deadlines = [w.deadline for w in self._workers if w.task is not None or not w.ready]
        timeout = max(0.0, min(deadlines) - time.monotonic()) if deadlines else None
        told = set(wait([self._wake_read, *(w.pipe for w in self._workers)], timeout))
        if self._wake_read in told:
            self._wake_read.recv(4096)
        for worker in list(self._workers):
            if worker.pipe in told:
                self._hear(worker)
            elif (worker.task is not None or not worker.ready) and time.monotonic() >= worker.deadline:
                self._lost(worker, "gave no answer in time")

    def _hear(self, worker: _Worker) -> None:
        try:
            message = worker.pipe.recv()
        except (EOFError, OSError):
            self._lost(worker, "ended by itself")
            return
        if isinstance(message, Ready):
            worker.ready = True
            worker.deadline = time.monotonic() + self._hang_s  # a page that waited for the start begins now
            self._starts_in_vain = 0
            if message.trouble is not None:
                self._break(message.trouble.error())
        elif isinstance(message, Answer) and message.ticket == worker.ticket and worker.task is not None:
            if message.broken:
                self._lost(worker, f"failed with {message.broken}")
                return
            task, worker.task = worker.task, None
            _settle(task, message.reading, message.trouble)

    def _lost(self, worker: _Worker, why: str) -> None:
        """Bury *worker*; its page is tried once more in a fresh process, alone with it from the start."""
        self._workers.remove(worker)
        _kill(worker)
        task = worker.task
        if task is None:
            why = f"{why} without work"
        _log.warning("reading process %d %s (status %s)", worker.process.pid, why, worker.process.returncode)
        if not worker.ready:
            self._starts_in_vain += 1
            if self._starts_in_vain >= _STARTS_IN_VAIN:
                self._break(_cannot_start(why))
        if task is None:
            return
        if self._broken is not None:
            task.future.set_exception(self._broken)
        elif task.tries < _TRIES or not worker.ready:
            self._start(task)
        else:
            task.future.set_exception(_page_failed(task.number, why))

    def _break(self, error: SohoaError) -> None:
        """No process can work: everything that waits ends in *error*."""
        with self._changed:
            self._broken = error
            waiting = [task for tasks in self._waiting.values() for task in tasks]
            self._waiting.clear()
            self._changed.notify_all()
        for task in waiting:
            if task.future.set_running_or_notify_cancel():
                task.future.set_exception(error)
        for worker in self._workers:
            task_now, worker.task = worker.task, None
            if task_now is not None:
                task_now.future.set_exception(error)

    def _end(self) -> None:
        with self._changed:
            self._closing = True
            waiting = [task for tasks in self._waiting.values() for task in tasks]
            self._waiting.clear()
            self._changed.notify_all()
        for task in waiting:
            task.future.cancel()
            task.future.set_running_or_notify_cancel()
        for worker in self._workers:
            if worker.task is not None:
                worker.task.future.set_exception(_stopped(worker.task.number))
                worker.process.kill()
            else:
                try:
                    worker.pipe.send(None)
                except OSError:
                    worker.process.kill()
        for worker in self._workers:
            with contextlib.suppress(subprocess.TimeoutExpired):
                worker.process.wait(5)
            _kill(worker)
        self._workers.clear()


def _kill(worker: _Worker) -> None:
    if worker.process.poll() is None:
        worker.process.kill()
    worker.process.wait()
    worker.pipe.close()


def _settle(task: _Task, reading: PageReading | None, trouble: Trouble | None) -> None:
    if reading is not None:
        task.future.set_result(reading)
    elif trouble is not None:
        task.future.set_exception(trouble.error())
    else:
        task.future.set_exception(_page_failed(task.number, "gave no reading"))


def _page_failed(number: int, why: str) -> BadInput:
    return BadInput(
        "page-failed",
        f"page {number}: the reading process {why}, twice",
        Advice(
            f"Không đọc được trang {number}: bộ nhận dạng dừng đột ngột hai lần.",
            todo="Kiểm tra trang quét, quét lại trang này rồi nộp lại; nếu lặp lại, báo quản trị hệ thống.",
        ),
    )


def _stopped(number: int) -> BadInput:
    return BadInput(
        "page-stopped",
        f"page {number}: the pool was closed before it was read",
        Advice("Việc đọc trang đã dừng giữa chừng.", todo="Chạy lại; các trang đã đọc không phải đọc lại."),
    )


def _cannot_start(why: str) -> NotReady:
    return NotReady(
        "reader-not-starting",
        f"reading processes do not start: {why}",
        Advice(
            "Không khởi động được tiến trình đọc trang.",
            "Chưa trang nào bị mất.",
            "Chạy `sohoa doctor`; kiểm tra bộ nhớ trống và cài đặt.",
        ),
    )
