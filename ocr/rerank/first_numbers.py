"""The 1 that begins a column of numbers and was read as the letter or bracket that looks like it.

A recogniser that sees a single upright stroke in a cell cannot know. Where a 2 stands alone under it, it was a 1. Words
of neighbouring cells may still be in one line here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ocr.model import Line, Word

#: what a 1 by itself is taken for
_STROKES = frozenset("Il]|!")
_TWO = frozenset(("2", "2."))
#: a 2 that was read as surely as this
_SURE = 0.6
#: the strokes stand within so many heights of one another: across, down
_ASIDE, _DOWN = 0.8, 12.0
#: what follows in the row stands so far off: in another cell
_APART = 0.8
#: no surer than this
_AT_MOST = 0.6


def with_first_numbers(lines: Sequence[Line]) -> list[Line]:
    """Return *lines* with a stroke alone in its cell over a 2 as ``1``; the reading stays in ``Word.raw``."""
    out = list(lines)
    for line in lines:
        two = line.words[0]
        if two.text not in _TWO or two.confidence < _SURE or not _alone(line):
            continue
        at = _above(two, lines)
        if at is None or not _alone(lines[at]) or lines[at].words[0].text not in _STROKES:
            continue
        stroke, *others = lines[at].words
        if _reaches(stroke, two):
            one = replace(stroke, text="1", raw=stroke.text, confidence=min(stroke.confidence, _AT_MOST))
            out[at] = replace(lines[at], words=(one, *others))
    return out


def _alone(line: Line) -> bool:
    """True where the first word of *line* has its cell to itself."""
    first = line.words[0]
    high = first.box[3] - first.box[1]
    return len(line.words) == 1 or line.words[1].box[0] - first.box[2] > _APART * high


def _above(two: Word, lines: Sequence[Line]) -> int | None:
    """Return the index of the line of the nearest word over the figure *two* that reaches into its column."""
    near = [
        (two.box[1] - word.box[3], n)
        for n, line in enumerate(lines)
        for word in line.words
        if 0 <= two.box[1] - word.box[3] <= _DOWN * _height(two) and _reaches(word, two)
    ]
    return min(near)[1] if near else None


def _reaches(word: Word, two: Word) -> bool:
    room = _ASIDE * _height(two)
    return word.box[0] - room <= (two.box[0] + two.box[2]) / 2 <= word.box[2] + room


def _height(word: Word) -> int:
    return max(1, word.box[3] - word.box[1])
