"""Lines that stand on the page but are no text of the paper: what signature widgets print, crumbs of seals and pens.

They stay among the page's lines, in the searchable layer and for the fields; only the running text leaves them out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from statistics import median

from domain.text import fold
from ocr.model import Box, Line, Mark, SignatureBlock

#: said by signature widgets alone
_NOTICE = re.compile(r"^(?:duoc )?(?:ky (?:boi|so boi)|nguoi ky|thoi gian ky|ngay ky|signed by|signature valid)\b")
_CLOCK = re.compile(r"\b\d{1,2}:\d\d:\d\d\b|^\W*\+\s?0?7[:.]?00\W*$")
#: a word or two that a person would still take for text when the recogniser doubts it
_PLAIN = re.compile(r"^\W{0,2}(?:\d{1,4}|[ivxlIVXL]{1,4}|[a-zđ]\)|[-+])\W{0,2}$")


def find_aside(
    lines: Sequence[Line],
    above: Sequence[Line],
    blocks: Sequence[SignatureBlock],
    marks: Sequence[Mark],
    unit: float,
) -> frozenset[int]:
    """Return the ``id`` of every line that is no text of the paper.

    Args:
        lines: all lines of the page; *above* are those of them that stand over the head.
        above: see *lines*.
        blocks: what signature fields show, frame pixels.
        marks: seals and pen strokes, frame pixels.
        unit: typical height of words, pixels.
    """
    over = {id(line) for line in above}
    notices = [b.box for b in blocks if _is_notice(b.text)]
    aside = {
        id(line)
        for line in lines
        if (_says_notice(line) and (id(line) in over or _small(line, unit) or _inside(line.box, notices)))
        or (_inside(line.box, notices) and not _large(line, unit))
    }
    if aside:
        near = [line for line in lines if id(line) in over or _small(line, 0.9 * unit)]
        _grow(aside, near, [line for line in lines if id(line) in aside])
    aside.update(id(line) for line in lines if _is_crumb(line, lines, marks, unit))
    return frozenset(aside)


def _is_notice(text: str) -> bool:
    return any(_NOTICE.match(fold(part)) or _CLOCK.search(part) for part in text.split("\n"))


def _says_notice(line: Line) -> bool:
    return len(line.words) <= 14 and (bool(_NOTICE.match(fold(line.text))) or bool(_CLOCK.search(line.text)))


def _height(line: Line) -> float:
    return float(median(w.box[3] - w.box[1] for w in line.words))


def _small(line: Line, unit: float) -> bool:
    return _height(line) < 0.8 * unit


def _large(line: Line, unit: float) -> bool:
    """Set as large as the paper's own text: a widget may lie over it."""
    return _height(line) > 1.02 * unit and not _says_notice(line)


def _inside(box: Box, frames: Sequence[Box]) -> bool:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return any(f[0] <= x <= f[2] and f[1] <= y <= f[3] for f in frames)


def _grow(aside: set[int], candidates: Sequence[Line], seeds: list[Line]) -> None:
    """Take in the other lines of the same small block: below each other, of one size."""
    while seeds:
        seed = seeds.pop()
        size = _height(seed)
        for line in candidates:
            if id(line) in aside or not 0.6 * size < _height(line) < 1.6 * size:
                continue
            apart = max(line.box[1] - seed.box[3], seed.box[1] - line.box[3])
            shared = min(line.box[2], seed.box[2]) - max(line.box[0], seed.box[0])
            if apart < 0.9 * size and shared > 0:
                aside.add(id(line))
                seeds.append(line)


def _is_crumb(line: Line, lines: Sequence[Line], marks: Sequence[Mark], unit: float) -> bool:
    """True for a few doubtful letters: alone in their row, or on a seal or a signature."""
    letters = sum(c.isalnum() for w in line.words for c in w.text)
    weight = sum(len(w.text) for w in line.words)
    sure = sum(w.confidence * len(w.text) for w in line.words) / weight
    on_mark = _inside(line.box, [m.box for m in marks])
    if _PLAIN.match(line.text) and sure > 0.5 and not on_mark:
        return False
    if letters <= 1 and not any(c.isdigit() for c in line.text):
        return not _has_company(line, lines, unit)
    if sure < 0.3 or (on_mark and sure < 0.55):
        return letters <= 12 and not _has_company(line, lines, unit)
    return letters <= 4 and sure < 0.5 and not _has_company(line, lines, unit)


def _has_company(line: Line, lines: Sequence[Line], unit: float) -> bool:
    """True when other words stand close by in the same row: a cell, a number, the end of a sentence."""
    y = (line.box[1] + line.box[3]) / 2
    for other in lines:
        if other is line or not other.box[1] <= y <= other.box[3]:
            continue
        if max(other.box[0] - line.box[2], line.box[0] - other.box[2]) < 2.5 * unit and len(other.text) > 4:
            return True
    return False
