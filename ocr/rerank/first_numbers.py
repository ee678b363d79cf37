"""The 1 that begins a column of numbers and was read as the letter or bracket that looks like it.

A recogniser that sees a single upright stroke in a cell cannot know. Where a lone 2 stands under it, it was a 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ocr.model import Line

#: what a 1 by itself is taken for
_STROKES = frozenset("Il]|!")
_TWO = frozenset(("2", "2."))
#: a 2 that was read as surely as this
_SURE = 0.6
#: the strokes stand within so many heights of one another: across, down
_ASIDE, _DOWN = 0.8, 12.0
#: no surer than this
_AT_MOST = 0.6


def with_first_numbers(lines: Sequence[Line]) -> list[Line]:
    """Return *lines* with a lone stroke over a lone 2 as ``1``; the reading stays in ``Word.raw``."""
    out = list(lines)
    for two in lines:
        if len(two.words) != 1 or two.words[0].text not in _TWO or two.words[0].confidence < _SURE:
            continue
        at = _above(two, lines)
        if at is not None and len(lines[at].words) == 1 and lines[at].words[0].text in _STROKES:
            stroke = lines[at].words[0]
            one = replace(stroke, text="1", raw=stroke.text, confidence=min(stroke.confidence, _AT_MOST))
            out[at] = replace(lines[at], words=(one,))
    return out


def _above(two: Line, lines: Sequence[Line]) -> int | None:
    """Return the index of the nearest line over the figure *two* that reaches into its column."""
    high = max(1, two.box[3] - two.box[1])
    middle = (two.box[0] + two.box[2]) / 2
    near = [
        (two.box[1] - line.box[3], n)
        for n, line in enumerate(lines)
        if line is not two
        and 0 <= two.box[1] - line.box[3] <= _DOWN * high
        and line.box[0] - _ASIDE * high <= middle <= line.box[2] + _ASIDE * high
    ]
    return min(near)[1] if near else None
