"""The invisible text of a page: one text object a line, along the line's baseline, each word fitted to its box.

Order of the lines is order in the stream, which is what ``pdftotext -raw``, PDFium and screen readers follow.
"""

from __future__ import annotations

import math
from itertools import pairwise

from ocr.model import Line
from pipeline.pdfa.font import ADVANCE, ASCENT, DESCENT, SPACE, InvisibleFont
from pipeline.pdfa.geometry import Affine, then
from pipeline.pdfa.pdf_file import number, numbers

#: em kept free behind a word. Poppler ignores the space character itself and joins words that stand closer than
#: 0.10 to 0.20 em, so a word drawn up to its box would be glued to the next
_GAP = 0.22
#: em a letter has to advance: closer than 0.1 em, Poppler takes equal neighbours for a bold letter drawn twice
_LEAST_ADVANCE = 0.15
_SMALLEST = 0.5  # font size in frame pixels
#: slopes beyond this are a recogniser's mistake, not a line's
_STEEPEST = 0.15


def text_layer(lines: tuple[Line, ...], frame_to_page: Affine, font: InvisibleFont) -> bytes:
    """Return the content stream part for *lines*; empty when there is nothing to write."""
    drawn = [part for part in (_line(line, frame_to_page, font) for line in lines) if part]
    return b"\n".join([b"q 3 Tr", *drawn, b"Q"]) if drawn else b""


def _baseline(line: Line) -> tuple[float, float]:
    """Return (y at the left edge of the line's box, slope), frame pixels, y down; a poor one is replaced."""
    left, top, right, bottom = line.box
    at_left, at_right = line.baseline
    width, height = max(1, right - left), max(1, bottom - top)
    slope = (at_right - at_left) / width
    middle = (at_left + at_right) / 2
    if abs(slope) > _STEEPEST or not top + 0.2 * height <= middle <= bottom + 0.2 * height:
        return bottom + DESCENT / (ASCENT - DESCENT) * height, 0.0
    return at_left, slope


def _line(line: Line, frame_to_page: Affine, font: InvisibleFont) -> bytes:
    words = [(word, codes) for word in line.words if (codes := font.codes(word.text))]
    if not words:
        return b""
    y0, slope = _baseline(line)
    tall = sorted(word.box[3] - word.box[1] for word, _ in words)
    lean = abs(slope) * (line.box[2] - line.box[0])
    height = max(1.0, min(line.box[3] - line.box[1] - lean, 1.6 * tall[len(tall) // 2]), 0.5 * tall[-1])
    size = max(_SMALLEST, height / (ASCENT - DESCENT))
    angle = math.atan(slope)
    # text space: x along the baseline, y up, unit one frame pixel; origin at the first word's left edge
    origin = (words[0][0].box[0], y0 + slope * (words[0][0].box[0] - line.box[0]))
    cos, sin = math.cos(angle), math.sin(angle)
    text_to_frame: Affine = (cos, sin, sin, -cos, *origin)
    parts = [b"BT", numbers(then(text_to_frame, frame_to_page)) + b" Tm"]
    last_size = 0.0
    at = 0.0
    starts = [(word.box[0] - origin[0]) / cos for word, _ in words]
    ends = [(word.box[2] - origin[0]) / cos for word, _ in words]
    rooms = [after - before for before, after in pairwise(starts)] + [math.inf]
    for (_, codes), start, end, room in zip(words, starts, ends, rooms, strict=True):
        wide, word_size = _fit(end - start, room if room > 0 else math.inf, len(codes), size)
        if word_size != last_size:
            parts.append(b"/F %b Tf" % number(word_size))
            last_size = word_size
        if start != at:
            parts.append(numbers((start - at, 0.0)) + b" Td")
            at = start
        scale = 100 * wide / (len(codes) * ADVANCE * word_size)
        if room != math.inf:
            font.codes(" ")
            codes = [*codes, SPACE]
        shown = b"".join(b"%04X" % code for code in codes)
        parts.append(b"%b Tz <%b> Tj" % (number(scale), shown))
    parts.append(b"ET")
    return b"\n".join(parts)


def _fit(wide: float, room: float, letters: int, size: float) -> tuple[float, float]:
    """Return the width to draw a word at and its font size, so that no reader glues it or drops letters.

    Args:
        wide: of the word's box.
        room: from the word's start to the next one's.
        letters: codes in the word.
        size: font size of the line.
    """
    wide = max(1.0, min(wide, room - _GAP * size))
    if room != math.inf and wide > room - _GAP * size:  # no room at this size: both letters and gap smaller
        wide = max(0.2, room * 0.6)
        size = min(size, 0.4 * room / _GAP)
    return wide, max(_SMALLEST / 5, min(size, wide / letters / _LEAST_ADVANCE))
