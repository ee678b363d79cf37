"""The ruled lines of a table as geometry, and what stands in its cells, row by row."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from domain.text import fold
from ocr.layout_rows import in_order, part_of
from ocr.model import Line, Word

#: what begins the lines of a stamp of arrival
_STAMPED = re.compile(r"(?:so|ngay|gio|chuyen|den|cong van den|luu ho so)\b")
#: of the height of words: no wider white stands between the words of a sentence
_SPACE = 1.0
#: words of the head: a frame drawn around a whole paper is no table
_HEAD = ("cong hoa xa hoi chu nghia viet nam", "doc lap tu do hanh phuc")


@dataclass(frozen=True)
class Rule:
    """A ruled line: ``at + slope * t`` for *t* from *start* to *end*; *t* is y for upright lines, x for level ones."""

    at: float
    slope: float
    start: float
    end: float

    def spans(self, t: float, room: float) -> bool:
        """True when the line reaches *t*, give or take *room*."""
        return self.start - room <= t <= self.end + room

    def value(self, t: float) -> float:
        """Where the line is at *t*."""
        return self.at + self.slope * t


@dataclass(frozen=True)
class Grid:
    """The lines of one table, pixels."""

    upright: tuple[Rule, ...]
    level: tuple[Rule, ...]

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom."""
        return (
            min(r.start for r in self.level),
            min(r.start for r in self.upright),
            max(r.end for r in self.level),
            max(r.end for r in self.upright),
        )

    def cell(self, x: float, y: float, room: float) -> tuple[int, int] | None:
        """Return the cell that holds a point as (number of level, of upright line before it); None outside."""
        left, top, right, bottom = self.box
        if not (left - room <= x <= right + room and top - room <= y <= bottom + room):
            return None
        above = [n for n, r in enumerate(self.level) if r.spans(x, room) and r.value(x) <= y]
        before = [n for n, r in enumerate(self.upright) if r.spans(y, room) and r.value(y) <= x]
        return (above[-1] if above else -1, before[-1] if before else -1)

    def moved(self, factor: float, dx: float, dy: float) -> Grid:
        """Return the grid with every point at ``factor * p + (dx, dy)``."""

        def shifted(rule: Rule, across: float, along: float) -> Rule:
            at = rule.at * factor + across - rule.slope * along
            return Rule(at, rule.slope, rule.start * factor + along, rule.end * factor + along)

        return Grid(
            tuple(shifted(r, dx, dy) for r in self.upright),
            tuple(shifted(r, dy, dx) for r in self.level),
        )

    @property
    def is_frame(self) -> bool:
        """One box and no more: the frame of a stamp."""
        return len(self.upright) == 2 and len(self.level) == 2


@dataclass(frozen=True)
class Table:
    """Lines of one table, cell by cell, and the y where it begins."""

    top: float
    lines: tuple[Line, ...]


def take_tables(lines: Sequence[Line], grids: Sequence[Grid], unit: float) -> tuple[list[Table], list[Line]]:
    """Return the tables in *grids* with the words that stand in them, and the lines that remain.

    A line that runs through several cells is cut; *unit*: typical height of words, pixels.
    """
    tables: list[Table] = []
    rest = list(lines)
    for grid in grids:
        inside: list[tuple[tuple[int, int], Line]] = []
        outside: list[Line] = []
        for line in rest:
            for cell, words in groupby(line.words, key=lambda w: grid.cell(*_middle(w), 0.3 * unit)):
                part = part_of(line, tuple(words))
                if cell is None:
                    outside.append(part)
                else:
                    inside.append((cell, part))
        text = fold(" ".join(part.text for _, part in inside))
        if not inside or any(phrase in text for phrase in _HEAD):
            continue
        ordered: list[Line] = []
        for cell in sorted({cell for cell, _ in inside}):
            ordered.extend(in_order((part for at, part in inside if at == cell), unit))
        tables.append(Table(grid.box[1], tuple(ordered)))
        rest = outside
    return tables, rest


def take_framed(lines: Sequence[Line], frames: Sequence[Grid], unit: float) -> tuple[list[Line], list[Line]]:
    """Return the lines of framed stamps that have several (arrival), and the others.

    A mark of one line in a frame (urgency, secrecy) stays among the others, as a line of its own.
    """
    stamps: list[Line] = []
    rest = list(lines)
    for frame in frames:
        inside: list[Line] = []
        outside: list[Line] = []
        for line in rest:
            parts = [
                (cell is not None, part_of(line, tuple(words)))
                for cell, words in groupby(line.words, key=lambda w: frame.cell(*_middle(w), 0.0))
            ]
            own = any(within and _STAMPED.match(fold(part.text)) for within, part in parts)
            if not own and any(b.box[0] - a.box[2] < _SPACE * unit for (_, a), (_, b) in pairwise(parts)):
                outside.append(line)  # a sentence that the stamp was set over goes on through its frame
                continue
            for within, part in parts:
                (inside if within else outside).append(part)
        ordered = in_order(inside, unit)
        if any(phrase in fold(" ".join(line.text for line in ordered)) for phrase in _HEAD):
            continue
        if len(ordered) > 1:
            stamps.extend(ordered)
            rest = outside
        elif ordered:
            rest = [*outside, *ordered]
    return stamps, rest


def insert_tables(body: Sequence[Line], tables: Sequence[Table]) -> list[Line]:
    """Return *body* with every table before the first line that stands lower than its top."""
    out = list(body)
    for table in tables:
        at = next((n for n, line in enumerate(out) if (line.box[1] + line.box[3]) / 2 > table.top), len(out))
        out[at:at] = table.lines
    return out


def _middle(word: Word) -> tuple[float, float]:
    return (word.box[0] + word.box[2]) / 2, (word.box[1] + word.box[3]) / 2
