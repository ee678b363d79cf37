"""Geometry of recognised lines: cut, join, group into rows. Nothing here knows what a document is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from statistics import median

from ocr.model import Box, Line, Word


def union(boxes: Iterable[Box]) -> Box:
    """Return the smallest box around *boxes* (at least one)."""
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return (min(lefts), min(tops), max(rights), max(bottoms))


def height_of(line: Line) -> int:
    """Height of the line's box in pixels, at least 1."""
    return max(1, line.box[3] - line.box[1])


def middle(line: Line) -> float:
    """The y of the line's vertical centre, pixels."""
    return (line.box[1] + line.box[3]) / 2


def centre(line: Line) -> float:
    """The x of the line's horizontal centre, pixels."""
    return (line.box[0] + line.box[2]) / 2


def words_box(line: Line) -> Box:
    """Box around the words alone; a recogniser's line box may be wider."""
    return union(word.box for word in line.words)


def typical_height(lines: Sequence[Line]) -> float:
    """Median height of words of two letters or more, pixels; the unit in which gaps are measured."""
    heights = [w.box[3] - w.box[1] for line in lines for w in line.words if len(w.text) > 1]
    heights = heights or [w.box[3] - w.box[1] for line in lines for w in line.words]
    return max(1.0, float(median(heights))) if heights else 1.0


def gaps(line: Line) -> list[tuple[int, int, int]]:
    """Return ``(index of the word right of the gap, gap left x, gap right x)`` for every gap between words."""
    return [(i + 1, a.box[2], b.box[0]) for i, (a, b) in enumerate(pairwise(line.words))]


def part_of(line: Line, words: tuple[Word, ...]) -> Line:
    """Return *words*, some or all of *line*, as a line of their own."""
    if len(words) == len(line.words):
        return line
    box = union(w.box for w in words)
    left, right = line.box[0], max(line.box[2], line.box[0] + 1)
    slope = (line.baseline[1] - line.baseline[0]) / (right - left)
    return Line(words, box, (line.baseline[0] + slope * (box[0] - left), line.baseline[0] + slope * (box[2] - left)))


def cut(line: Line, index: int) -> tuple[Line, ...]:
    """Cut *line* before word *index*; a cut at an end returns the line whole."""
    if index <= 0 or index >= len(line.words):
        return (line,)
    return (part_of(line, line.words[:index]), part_of(line, line.words[index:]))


def cut_at_gaps(line: Line, width: float) -> list[Line]:
    """Cut *line* at every gap of at least *width* pixels."""
    parts: list[Line] = []
    start = 0
    for index, left, right in gaps(line):
        if right - left >= width:
            parts.append(part_of(line, line.words[start:index]))
            start = index
    return [*parts, part_of(line, line.words[start:])] if parts else [line]


def join(parts: Sequence[Line]) -> Line:
    """Join fragments of one row, given left to right, into one line."""
    if len(parts) == 1:
        return parts[0]
    return Line(
        tuple(w for part in parts for w in part.words),
        union(part.box for part in parts),
        (parts[0].baseline[0], parts[-1].baseline[1]),
    )


def _overlap(a: Box, b: Box) -> float:
    """Share of the lower box's height that lies beside the other box."""
    shared = min(a[3], b[3]) - max(a[1], b[1])
    return shared / max(1, min(a[3] - a[1], b[3] - b[1]))


def rows(lines: Iterable[Line]) -> list[list[Line]]:
    """Group *lines* that stand beside each other; rows top to bottom, each row left to right.

    A line much taller than a row (a seal read as text) never glues rows together.
    """
    found: list[list[Line]] = []
    for line in sorted(lines, key=lambda x: (middle(x), x.box)):
        best: list[Line] | None = None
        best_share = 0.5
        for row in found[-4:]:
            heights = (height_of(row[0]), height_of(line))
            if max(heights) > 2.4 * min(heights) and min(len(row[0].text), len(line.text)) > 2:
                continue
            if any(not _beside(line, other) for other in row):
                continue
            share = max(_overlap(line.box, other.box) for other in row)
            if share >= best_share:
                best, best_share = row, share
        if best is None:
            found.append([line])
        else:
            best.append(line)
    for row in found:
        row.sort(key=lambda x: x.box)
    found.sort(key=lambda row: median(middle(x) for x in row))
    return found


def _beside(a: Line, b: Line) -> bool:
    """True when neither line lies over more than a third of the narrower one, left to right."""
    shared = min(a.box[2], b.box[2]) - max(a.box[0], b.box[0])
    return shared <= 0.34 * max(1, min(a.box[2] - a.box[0], b.box[2] - b.box[0]))


def in_order(lines: Iterable[Line], unit: float) -> list[Line]:
    """Return *lines* of one cell top to bottom, fragments of a row joined where the gap is under 2.5 *unit*."""
    out: list[Line] = []
    for row in rows(lines):
        run = [row[0]]
        for part in row[1:]:
            if part.box[0] - run[-1].box[2] < 2.5 * unit:
                run.append(part)
            else:
                out.append(join(run))
                run = [part]
        out.append(join(run))
    return out
