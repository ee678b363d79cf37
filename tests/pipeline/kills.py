"""The end of the process at any moment of its work on the disk, without ending the tests' own.

Every change of a file or folder below the watched one is a moment (Python's own audit events, so none is forgotten).
From the chosen one on nothing is changed any more, by the work's own cleaning up neither: what stands then is what
SIGKILL would have left.
"""

from __future__ import annotations

import functools
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.pipeline.bench import Killed

_CHANGES = frozenset({"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.truncate"})
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Moments:
    """Moments counted so far; the process "ends" before the change of number *last* (from 1)."""

    def __init__(self, below: Path, last: int) -> None:
        self.below, self.last, self.seen = str(below.resolve()), last, 0
        self.thread = threading.get_ident()  # what others of this process do is not the work

    @property
    def ended(self) -> bool:
        """Whether the end has come."""
        return self.seen >= self.last

    def looked_at(self, event: str, args: tuple[Any, ...]) -> None:
        """Count the change, or end."""
        if event == "open":
            path, flags = args[0], args[2]
            if not flags & _WRITING:
                return
        elif event in _CHANGES:
            path = args[0]
        else:
            return
        if self.ended:  # wherever: a dead process changes nothing
            raise Killed
        if isinstance(path, str | os.PathLike) and os.path.realpath(path).startswith(self.below + os.sep):
            self.seen += 1
            if self.ended:
                raise Killed


_watching: list[Moments] = []


def _hook(event: str, args: tuple[Any, ...]) -> None:
    if _watching and _watching[-1].thread == threading.get_ident():
        _watching[-1].looked_at(event, args)


@functools.cache
def _listen() -> None:
    """Hook in, once: a hook cannot be taken out again, so between blocks it does nothing."""
    sys.addaudithook(_hook)


@contextmanager
def ending_at(below: Path, last: int) -> Iterator[Moments]:
    """End (``Killed``) what is done in the block before its change number *last* below the folder *below*."""
    _listen()
    moments = Moments(below, last)
    _watching.append(moments)
    try:
        yield moments
    finally:
        _watching.remove(moments)
