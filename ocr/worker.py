"""A reading process: one opened engine, the last opened files, pages read one after the other.

Started by :mod:`ocr.pool` with one end of a socket pair as standard input. Imports stay few: each worker pays for
them in memory and start-up time.
"""

from __future__ import annotations

import os
import signal
import sys
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING

from domain import errors
from domain.errors import Advice, SohoaError
from ocr.model import PageReading

if TYPE_CHECKING:
    from ocr.options import ReadOptions
    from ocr.recognizer import Recognizer
    from ocr.source.image import PageImage
    from ocr.source.limits import Limits
from ocr.source.pages import PageImages

#: Files kept open between pages, so that two documents read in turns are not opened anew for every page.
_OPEN_FILES = 3
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Setup:
    """First message to a worker."""

    parent_pid: int
    options: ReadOptions
    limits: Limits
    reader: str  # dotted path of the function that reads a page, "module:name"


@dataclass(frozen=True)
class Job:
    """A page to read. None instead of a job ends the worker."""

    ticket: int
    path: Path
    media_type: str
    number: int


@dataclass(frozen=True)
class Trouble:
    """An error as plain data (exceptions do not travel well)."""

    kind: str  # class name in domain.errors
    code: str
    log_message: str
    advice: Advice

    @classmethod
    def of(cls, error: SohoaError) -> Trouble:
        """Return *error* as data."""
        return cls(type(error).__name__, error.code, error.log_message, error.advice)

    def error(self) -> SohoaError:
        """Return it as an exception again."""
        kind = getattr(errors, self.kind)
        made: SohoaError = kind(self.code, self.log_message, self.advice)
        return made


@dataclass(frozen=True)
class Answer:
    """What came of a job: a reading, or an error that no second try would change, or (both None) a broken worker."""

    ticket: int
    reading: PageReading | None = None
    trouble: Trouble | None = None
    #: English, for the log; set when the worker should be replaced
    broken: str = ""


@dataclass(frozen=True)
class Ready:
    """The worker is up, or (with trouble) cannot work at all."""

    trouble: Trouble | None = None


def die_with_parent(parent_pid: int) -> None:
    """Ask the kernel to end this process when the parent does; end now if it already has."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent_pid:
        os._exit(1)


def main() -> None:
    """Serve jobs from standard input until told to end or the pool goes away."""
    pipe = Connection(os.dup(0))
    # Libraries that print must not disturb the protocol, nor a key press at the terminal end a page half way.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        setup: Setup = pipe.recv()
        die_with_parent(setup.parent_pid)
        _serve(pipe, setup)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return


def _serve(pipe: Connection, setup: Setup) -> None:
    import cv2

    from ocr.engines.factory import open_recognizer

    cv2.setNumThreads(1)
    try:
        recognizer = open_recognizer(setup.options)
    except SohoaError as error:
        pipe.send(Ready(Trouble.of(error)))
        return
    pipe.send(Ready())
    files = _OpenFiles(setup.limits)
    read = _function(setup.reader)
    try:
        while (job := pipe.recv()) is not None:
            try:
                answer = Answer(job.ticket, read(files.page(job), job.number, setup.options, recognizer))
            except SohoaError as error:
                answer = Answer(job.ticket, trouble=Trouble.of(error))
            except Exception as error:
                # Only the kind of error: its text may quote the document.
                pipe.send(Answer(job.ticket, broken=type(error).__name__))
                return
            pipe.send(answer)
    finally:
        files.close()
        recognizer.close()


def _function(dotted: str) -> Callable[[PageImage, int, ReadOptions, Recognizer], PageReading]:
    from importlib import import_module

    module, _, name = dotted.partition(":")
    function: Callable[[PageImage, int, ReadOptions, Recognizer], PageReading] = getattr(import_module(module), name)
    return function


class _OpenFiles:
    """The files read last."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._open: OrderedDict[tuple[object, ...], PageImages] = OrderedDict()

    def page(self, job: Job) -> PageImage:
        status = job.path.stat()
        # A path may come back with other bytes behind it (scratch files); then it is another file.
        key = (job.path, job.media_type, status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
        if key not in self._open:
            from ocr.source.pages import PageImages

            images = PageImages(job.path, job.media_type, self._limits)
            images.__enter__()
            self._open[key] = images
            if len(self._open) > _OPEN_FILES:
                _, oldest = self._open.popitem(last=False)
                oldest.__exit__(None, None, None)
        self._open.move_to_end(key)
        return self._open[key].page(job.number)

    def close(self) -> None:
        while self._open:
            self._open.popitem()[1].__exit__(None, None, None)
