"""What the tasks of a running flow work with. Opened by the flow in its own process, never sent through Prefect."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from pipeline.progress import Progress, Silent
from pipeline.reading import Reader, open_reader
from pipeline.results import Row
from pipeline.settings import Settings, load_settings
from pipeline.single import limits_of, read_options
from pipeline.workplace import Workplace, open_workplace


@dataclass
class Site:
    """The workplace and workers of this process, and the rows that a command line in the same process will show."""

    workplace: Workplace
    reader: Reader | None
    progress: Progress = field(default_factory=Silent)
    rows: list[Row] = field(default_factory=list)


_current: ContextVar[Site] = ContextVar("site")


def current() -> Site:
    """Return the site of the running flow."""
    return _current.get()


@contextmanager
def open_site(
    settings: Settings | None = None, progress: Progress | None = None, *, reading: bool = True
) -> Iterator[Site]:
    """Open a site for the block and make it the current one; *reading* starts the OCR workers."""
    chosen = settings or load_settings()
    with open_workplace(chosen) as workplace:
        if reading:
            with open_reader(read_options(chosen), chosen.ocr.workers, limits_of(chosen)) as reader:
                yield from _enter(Site(workplace, reader, progress or Silent()))
        else:
            yield from _enter(Site(workplace, None, progress or Silent()))


def _enter(site: Site) -> Iterator[Site]:
    token = _current.set(site)
    try:
        yield site
    finally:
        _current.reset(token)
