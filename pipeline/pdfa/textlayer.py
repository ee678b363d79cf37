"""The invisible text of a page: one text object a line, each word fitted to its box and set on the line's baseline.

Order of the lines is order in the stream, which is what ``pdftotext -raw``, PDFium and screen readers follow.
Words stand level, stepwise along a sloping baseline: Poppler splits a word whose own baseline moves by half a point.
"""

from __future__ import annotations

import math
from itertools import pairwise

from ocr.model import Line, Word
from pipeline.pdfa.font import ADVANCE, ASCENT, DESCENT, InvisibleFont
from pipeline.pdfa.geometry import Affine, apply
from pipeline.pdfa.pdf_file import number, numbers

#: em kept free behind a word. Poppler ignores the space character itself and joins words that stand closer than
#: 0.10 to 0.20 em, so a word drawn up to its box would be glued to the next
_GAP = 0.22
#: em a letter has to advance: closer than 0.1 em, Poppler takes equal neighbours for a bold letter drawn twice
_LEAST_ADVANCE = 0.15
_SMALLEST = 0.1  # font size in frame pixels
#: slopes beyond this are a recogniser's mistake, not a line's
_STEEPEST = 0.15


def text_layer(lines: tuple[Line, ...], frame_to_page: Affine, font: InvisibleFont) -> bytes:
    """Return the content stream part for *lines*; empty when there is nothing to write."""
    drawn = [_run(run, at, frame_to_page, font) for line in lines for run, at in _runs(line, font)]
    return b"\n".join([b"q 3 Tr", *drawn, b"Q"]) if drawn else b""


def _runs(line: Line, font: InvisibleFont) -> list[tuple[list[Word], tuple[float, float]]]:
    """Cut *line* where a word does not stand to the right of the one before; return words with (y at x = 0, slope).

    A recogniser that read a block of text lying on its side as one "line" would else have its words drawn over one
    another, and a reader would glue them.
    """
    words = [word for word in line.words if font.codes(word.text)]
    runs: list[list[Word]] = []
    for word in words:
        if runs and _beside(runs[-1][-1], word):
            runs[-1].append(word)
        else:
            runs.append([word])
    if len(runs) == 1:
        return [(runs[0], _baseline(line))]
    return [(run, _own_baseline(run)) for run in runs]


def _beside(before: Word, after: Word) -> bool:
    tall = max(before.box[3] - before.box[1], after.box[3] - after.box[1])
    drop = abs(before.box[1] + before.box[3] - after.box[1] - after.box[3]) / 2
    return after.box[0] > before.box[0] and drop < tall


def _baseline(line: Line) -> tuple[float, float]:
    """Return (y at x = 0, slope) of the line, frame pixels, y down; a baseline that cannot be is replaced."""
    left, top, right, bottom = line.box
    at_left, at_right = line.baseline
    slope = (at_right - at_left) / max(1, right - left)
    middle = (at_left + at_right) / 2
    height = max(1, bottom - top)
    if abs(slope) > _STEEPEST or not top + 0.2 * height <= middle <= bottom + 0.2 * height:
        return _own_baseline(list(line.words))
    return at_left - slope * left, slope


def _own_baseline(words: list[Word]) -> tuple[float, float]:
    bottoms = sorted(word.box[3] for word in words)
    heights = sorted(word.box[3] - word.box[1] for word in words)
    return bottoms[len(bottoms) // 2] + DESCENT / (ASCENT - DESCENT) * heights[len(heights) // 2], 0.0


def _run(words: list[Word], baseline: tuple[float, float], frame_to_page: Affine, font: InvisibleFont) -> bytes:
    tall = sorted(word.box[3] - word.box[1] for word in words)
    # the box of a word spoilt by a stroke or a seal does not set the size
    size = max(1.0, min(tall[-1], 1.4 * tall[len(tall) // 2])) / (ASCENT - DESCENT)
    at_zero, slope = baseline
    places = [(word.box[0], at_zero + slope * (word.box[0] + word.box[2]) / 2) for word in words]
    rooms = [after[0] - before[0] for before, after in pairwise(places)] + [math.inf]
    a, _, _, d, _, _ = frame_to_page
    # text space: unit one frame pixel, y up
    parts = [b"BT", numbers((a, 0.0, 0.0, -d, *apply(frame_to_page, *places[0]))) + b" Tm"]
    last_size, (at_x, at_y) = 0.0, places[0]
    for word, (x, y), room in zip(words, places, rooms, strict=True):
        last = room == math.inf
        codes = font.last_codes(word.text) if last else font.codes(word.text)
        wide, word_size = _fit(word.box[2] - word.box[0], room, len(codes), size)
        if (x, y) != (at_x, at_y):
            parts.append(numbers((x - at_x, at_y - y)) + b" Td")
            at_x, at_y = x, y
        if word_size != last_size:
            parts.append(b"/F %b Tf" % number(word_size))
            last_size = word_size
        scale = 100 * wide / (len(codes) * ADVANCE * word_size)
        shown = b"".join(b"%04X" % code for code in (codes if last else [*codes, *font.codes(" ")]))
        parts.append(b"%b Tz <%b> Tj" % (number(scale), shown))
    parts.append(b"ET")
    return b"\n".join(parts)


def _fit(wide: float, room: float, letters: int, size: float) -> tuple[float, float]:
    """Return the width to draw a word at and its font size, so that no reader glues it or drops letters.

    Args:
        wide: of the word's box.
        room: from the word's start to the next one's; more than 0.
        letters: codes in the word.
        size: font size of the line.
    """
    wide = max(1.0, wide)
    free = room - _GAP * size
    if free < wide and free < letters * _LEAST_ADVANCE * size:  # crowded: smaller letters and a smaller gap
        wide, size = min(wide, 0.5 * room), min(size, 0.5 * room / _GAP)
    wide = min(wide, room - _GAP * size)
    return wide, max(_SMALLEST, min(size, wide / letters / _LEAST_ADVANCE))
