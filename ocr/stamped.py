"""Stamps over print on a page: parted before reading, then read by themselves (``ocr.prepare.stamps``)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from domain.text import fold
from ocr.model import Box, Line, Mark
from ocr.page_image import PageImage
from ocr.prepare.stamps import Parted, find_stamps, maybe_stamped, part_inks

#: a copy of this resolution shows the thin lines of a frame
_FINE_DPI = 250
_PARTED_SCALE = 2
#: what is less sure, by the weight of its words, is the remains of a frame or of print that was cut through
_LEAST_SURE = 0.5
#: few letters that are less sure, within the stamp, are its remains on the copy without it
_REMAINS = 0.6
#: of the area of a line: two readings of one writing share more
_MOSTLY = 0.6


def stamps_over_print(
    image: PageImage, coarse: NDArray[np.uint8], dpi: float, marks: Sequence[Mark]
) -> tuple[Parted, ...]:
    """Return the stamps that lie over print.

    Args:
        image: the page.
        coarse: a small colour copy of it, at hand.
        dpi: of the page.
        marks: seals and signatures, page pixels.
    """
    if image.kind == "rendered":
        return ()  # what is drawn there in colour may be a signature widget's: nothing tells them from stamps
    step = image.width / coarse.shape[1]
    if not maybe_stamped(coarse, dpi / step, _scaled(marks, step)):
        return ()
    colour = image.rgb(_PARTED_SCALE) if dpi < _FINE_DPI else None
    fine = coarse if colour is None else colour
    step = image.width / fine.shape[1]
    found = find_stamps(fine, dpi / step, _scaled(marks, step))
    if found and colour is None:
        colour = image.rgb(_PARTED_SCALE)
    parted = []
    for left, top, right, bottom in found:
        box = (round(left * step), round(top * step), round(right * step), round(bottom * step))
        if any(_meet(box, getattr(overlay, "box", (0, 0, 0, 0))) for overlay in image.overlays):
            continue
        one = part_inks(colour, box, _PARTED_SCALE, dpi) if colour is not None else None
        if one is not None:
            parted.append(one)
    return tuple(parted)


def _scaled(marks: Sequence[Mark], step: float) -> list[Mark]:
    """Return *marks* in pixels of a copy at 1 / *step* of the size."""
    return [
        replace(m, box=(int(m.box[0] / step), int(m.box[1] / step), int(m.box[2] / step), int(m.box[3] / step)))
        for m in marks
    ]


def sure_enough(line: Line) -> bool:
    """Say whether *line*, read of a stamp's ink alone, is writing."""
    letters = sum(c.isalnum() for c in line.text)
    weight = sum(len(w.text) for w in line.words)
    return letters > 1 and sum(w.confidence * len(w.text) for w in line.words) >= _LEAST_SURE * weight


def without_remains(lines: Sequence[Line], boxes: Sequence[Box], stamped: Sequence[Line] = ()) -> list[Line]:
    """Return *lines* without what was read of a stamp's letters a second time inside *boxes*, frame pixels.

    That is what little is doubtful, and what says the same as one of *stamped* (read of the stamp's ink alone) in the
    same place: parting leaves a shade that may still be read.
    """
    return [
        line
        for line in lines
        if not any(_inside(line.box, box) for box in boxes)
        or not (_doubtful(line) or any(_same(line, other) for other in stamped))
    ]


def _same(line: Line, other: Line) -> bool:
    """True where both say the same, marks aside, and most of *line* lies on *other*."""
    wide = min(line.box[2], other.box[2]) - max(line.box[0], other.box[0])
    high = min(line.box[3], other.box[3]) - max(line.box[1], other.box[1])
    whole = (line.box[2] - line.box[0]) * (line.box[3] - line.box[1])
    return wide > 0 and high > 0 and wide * high > _MOSTLY * whole and fold(line.text) == fold(other.text)


def _doubtful(line: Line) -> bool:
    weight = sum(len(w.text) for w in line.words)
    sure = sum(w.confidence * len(w.text) for w in line.words) / weight
    return sure < _REMAINS and sum(c.isalnum() for c in line.text) <= 8


def _meet(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _inside(inner: Box, outer: Box) -> bool:
    return inner[0] >= outer[0] and inner[1] >= outer[1] and inner[2] <= outer[2] and inner[3] <= outer[3]
