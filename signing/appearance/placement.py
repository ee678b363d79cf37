"""Where a block of a given height finds free space on a page."""

from __future__ import annotations

import io
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate

from signing.fields import Box

_CLEARANCE = 14.0  # points kept free below other content
_PAPER = 0.75  # of the page's own brightness: darker is ink
_SPECK = 0.0015  # share of a row that may be dark (dust, a staple's shadow) and still count as empty


def free_band(
    width: float, height: float, occupied: Iterable[Box], needed: float, *, left: float, right: float, margin: float
) -> Box | None:
    """Return the highest free band below all text that is *needed* points high, or None.

    A lời chứng follows the text as on paper: bands between paragraphs are not used, so a stamp never separates lines.

    Args:
        width: of the page, points; height likewise.
        occupied: boxes of words and marks, points from the lower left corner.
        needed: height of the band.
        left: left margin; right and *margin* (top and bottom) likewise, all points.
    """
    inside = [box for box in occupied if box[2] > left and box[0] < width - right and box[3] > margin]
    lowest = min((box[1] for box in inside), default=height - margin + _CLEARANCE)
    top = lowest - _CLEARANCE
    if top - needed < margin:
        return None
    return (left, top - needed, width - right, top)


def ink_boxes(image: bytes, width: float, height: float, *, ignore_edge: float = 28.0) -> list[Box]:
    """Return the rows of a rendered page (PNG, JPEG) that carry ink, as boxes in points of a page *width* x *height*.

    Words alone miss seals, signatures and stamps; this sees everything that is darker than the page's paper.
    *ignore_edge* points at each edge are left out (shadows of the scanner).
    """
    import numpy as np
    from PIL import Image, ImageChops

    with Image.open(io.BytesIO(image)) as opened:
        opened.thumbnail((1200, 1200))
        red, green, blue = opened.convert("RGB").split()
    pixels = ImageChops.darker(ImageChops.darker(red, green), blue)  # colour counts as ink as black does
    scale = height / pixels.height
    edge = int(ignore_edge / scale)
    inner = pixels.crop((edge, edge, pixels.width - edge, pixels.height - edge))
    dark = np.asarray(inner) < _percentile(inner.histogram(), 0.9) * _PAPER
    rows = dark.mean(axis=1) > _SPECK
    boxes: list[Box] = []
    for first, last in _runs(rows.tolist()):
        columns = np.flatnonzero(dark[first : last + 1].any(axis=0))
        x1, x2 = (int(columns[0]) + edge) * scale, (int(columns[-1]) + edge + 1) * scale
        boxes.append((x1, height - (last + edge + 1) * scale, min(x2, width), height - (first + edge) * scale))
    return boxes


def _percentile(histogram: Sequence[int], share: float) -> float:
    """Return the value below which *share* of the pixels lie, between two values in proportion."""
    place = (sum(histogram) - 1) * share
    below = int(place)
    counted = list(accumulate(histogram))
    low, high = bisect_right(counted, below), bisect_right(counted, min(below + 1, counted[-1] - 1))
    return low + (high - low) * (place - below)


def _runs(rows: Sequence[bool]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for number, filled in enumerate(rows):
        if not filled:
            continue
        if runs and runs[-1][1] == number - 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs
