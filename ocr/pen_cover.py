"""The printed text of lines that a pen has filled in: read once more with the strokes of the pen covered.

A recogniser of print glues pen strokes to the words beside them (``ngàyØ†?``, ``ÌŨ /BC-SXD`` for ``Số: 41/BC-SXD``).
What the pen wrote stands in the fields, with candidates and confidence; the running text is that of the print.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np

from domain.text import fold
from ocr.model import Box, Line
from ocr.recognizer import Gray
from ocr.rerank.codes import repaired

#: the line of number and sign (Decree 30/2020, Appendix I, box 3) without a stroke between
_SIGN = re.compile(r"\W?Số\s?:?\s?[^A-ZĐ\s]?([A-ZĐ]+r?[-–][A-ZĐ][A-ZĐa-z&-]*)")
#: the sign behind the number, which covering must not lose
_HAS_SIGN = re.compile(r"/\s?[A-ZĐ]")
#: the line of place and date (box 4), between day and month
_MONTH = re.compile(r"(?<=ngày )\S?áng(?= \d{1,2} năm\b)")
#: words read as surely as this must be there again
_SURE = 0.85
#: and nothing less sure than this comes in
_LEAST = 0.4
#: of its width: a word that lies so far under the strokes is theirs
_UNDER = 0.5
#: room around a line, of its height
_ABOVE, _ASIDE = 0.35, 1.0


def without_pen(
    text: str,
    lines: Sequence[Line],
    strokes: Sequence[Box],
    copy: Gray,
    to_copy: Callable[[Box], Box],
    read: Callable[[Gray], Sequence[Line]],
) -> str:
    """Return *text*, a line each of *lines*, without what was read of pen strokes.

    Args:
        text: the page's text.
        lines: the page's lines, boxes in frame pixels.
        strokes: boxes of pen strokes, frame pixels.
        copy: the OCR copy, 0 black.
        to_copy: turns a box of the frame into one of the copy.
        read: the recogniser at the resolution of *copy*.
    """
    rows = text.split("\n")
    for line in lines:
        mine = [box for box in strokes if _meet(line.box, box)]
        if not mine or line.text not in rows:
            continue
        rows[rows.index(line.text)] = _print_of(line, mine, copy, to_copy, read)
    return "\n".join(rows)


def _meet(line: Box, strokes: Box) -> bool:
    """True where *strokes* stand in the row of *line* and beside or among its words."""
    middle, high = (strokes[1] + strokes[3]) / 2, line[3] - line[1]
    return line[1] <= middle <= line[3] and line[0] - high < strokes[2] and strokes[0] < line[2] + high


def _print_of(
    line: Line,
    strokes: Sequence[Box],
    copy: Gray,
    to_copy: Callable[[Box], Box],
    read: Callable[[Gray], Sequence[Line]],
) -> str:
    kept = [w for w in line.words if not any(_under(w.box, box) for box in strokes)]
    high = line.box[3] - line.box[1]
    left, top, right, bottom = to_copy(
        (
            round(min(line.box[0], *(b[0] for b in strokes)) - _ASIDE * high),
            round(line.box[1] - _ABOVE * high),
            round(max(line.box[2], *(b[2] for b in strokes)) + _ASIDE * high),
            round(line.box[3] + _ABOVE * high),
        )
    )
    left, top = max(0, left), max(0, top)
    picture = copy[top:bottom, left:right].copy()
    plain = " ".join(w.text for w in kept) or line.text
    if picture.size == 0:
        return plain
    paper = round(float(np.percentile(picture, 80)))
    for box in strokes:
        a, _, b, _ = to_copy(box)
        picture[:, max(0, a - left) : max(0, b - left)] = paper
    rows = (0.25 * picture.shape[0], 0.75 * picture.shape[0])
    row = [x for x in read(picture) if rows[0] < (x.box[1] + x.box[3]) / 2 < rows[1]]
    words = [w for x in sorted(row, key=lambda x: x.box) for w in x.words if w.confidence >= _LEAST]
    again = " ".join(repaired(w.text) for w in words)
    if "/" not in again and (sign := _SIGN.fullmatch(again)):
        again = f"Số: /{sign[1]}"  # the stroke was under the last digit
    again = _MONTH.sub("tháng", again)  # its first letter was under the day
    if _HAS_SIGN.search(plain) and not _HAS_SIGN.search(again):
        return plain
    there = fold(again).split()
    sure = [fold(w.text) for w in kept if w.confidence >= _SURE and any(c.isalnum() for c in w.text)]
    return again if again and all(part in there for word in sure for part in word.split()) else plain


def _under(word: Box, strokes: Box) -> bool:
    shared = min(word[2], strokes[2]) - max(word[0], strokes[0])
    return shared >= _UNDER * (word[2] - word[0])
