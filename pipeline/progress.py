"""Progress for people: a bar on stderr when it is a terminal, nothing otherwise."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Progress(Protocol):
    """Told of each finished step."""

    def step(self, done: int = 1) -> None:
        """*done* more steps are finished."""

    def more(self, steps: int) -> None:
        """*steps* more are to come than was known at first."""


class Silent:
    """Shows nothing."""

    def step(self, done: int = 1) -> None:
        """Do nothing."""

    def more(self, steps: int) -> None:
        """Do nothing."""


@contextmanager
def progress_bar(total: int, unit: str) -> Iterator[Progress]:
    """Show a bar over *total* steps of *unit* (Vietnamese noun) while the block runs."""
    if not sys.stderr.isatty():
        yield Silent()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as RichProgress

    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(unit),
        TimeElapsedColumn(),
        TextColumn("còn"),
        TimeRemainingColumn(),
    )
    with RichProgress(*columns, console=Console(stderr=True), transient=True) as rich:
        task = rich.add_task("", total=total)

        class Bar:
            def step(self, done: int = 1) -> None:
                rich.advance(task, done)

            def more(self, steps: int) -> None:
                nonlocal total
                total += steps
                rich.update(task, total=total)

        yield Bar()
