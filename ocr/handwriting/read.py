"""Pen-written (or typed) number, day and month of a page's head, read stroke by stroke from the scan."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.handwriting.alphabet import BOUND, BOUNDS, PEN, SEPARATOR, TYPED
from ocr.handwriting.decode import DATE_BOUNDS, NUMBER_BOUNDS, Spoken, days, listen, months, numbers
from ocr.handwriting.locate import Window, find_windows
from ocr.handwriting.network import STEP, class_probabilities
from ocr.handwriting.strip import EM, MIDDLE, Gray, cut_strip, normalise
from ocr.model import Box, Line, PenCandidate, PenReading
from ocr.prepare.frame import Matrix, cut_box

_MOST = 5
#: strokes are taken for written from this share on
_WRITTEN = 0.6
#: reach of a stroke from where the network saw it, and of a typed neighbour from where it saw that, in em
_HALF_STROKE, _HALF_TYPED = 0.48, 0.3
#: digits that the network is surer of than this are digits, however low: a letter it knows not is never so clear
_DIGITS_FOR_SURE = 0.95
#: ink is darker than this; digits reach so many em over the strip's middle; a letter is lower than this share of them
_DARK, _TALLEST, _LOW = 0.4, 0.75, 0.72
#: a number that may end in a letter; the stem of its last sign, of the sign's height: where it is looked at, how far a
#: straight one bends; lower signs (em) have none
_SIX = re.compile(r"\d+6")
_STEM, _STRAIGHT, _HIGH = (0.06, 0.85), 0.1, 0.4
#: chance of either where a 6 may be a ``b``: below that from which a number is given
_EVEN = 0.49
#: candidates less likely than this help nobody
_LEAST = 0.004


@dataclass(frozen=True)
class PenGap:
    """A gap of the head with what its strokes say.

    Attributes:
        reading: candidates and the gap with its typed neighbours.
        strokes: box of the pen strokes alone, frame pixels; None where nothing is written.
    """

    reading: PenReading
    strokes: Box | None


def read_gaps(
    gray: Gray, matrix: Matrix, lines: Sequence[Line], width: int, height: int, dpi: float
) -> tuple[PenGap, ...]:
    """Read what stands between ``Số:`` and ``/``, ``ngày`` and ``tháng``, ``tháng`` and ``năm``; () without a head.

    Args:
        gray: the page as it lies, 0 black, full resolution.
        matrix: from pixels of *gray* to pixels of the frame.
        lines: recognised lines, frame pixels.
        width: of the frame, pixels.
        height: of the frame, pixels.
        dpi: of *gray*.
    """
    found: list[PenGap] = []
    for window in find_windows(lines, width, height, dpi):
        found += _read(gray, matrix, window, width, height)
    return tuple(found)


def _read(gray: Gray, matrix: Matrix, window: Window, width: int, height: int) -> list[PenGap]:
    middle = window.baseline - MIDDLE * window.em
    box = cut_box(
        (
            math.floor(window.left),
            math.floor(middle - window.em),
            math.ceil(window.right),
            math.ceil(middle + window.em),
        ),
        width,
        height,
    )
    part = _framed(gray, matrix, box)
    left, top = box[0], box[1]
    strip = cut_strip(part, window.left - left, window.right - left, window.baseline - top, window.em)
    ink = normalise(strip)
    probabilities = class_probabilities(ink)
    spoken = listen(probabilities, NUMBER_BOUNDS if window.kind == "so" else DATE_BOUNDS)
    out = []
    if window.kind == "so":
        number = _reading("so", box, spoken, numbers(spoken))
        doubted = any(c.text and c.confidence < _DIGITS_FOR_SURE for c in number.candidates[:1])
        number = replace(number, letter=doubted and letter_behind(ink, probabilities))
        six = any(_SIX.fullmatch(c.text) for c in number.candidates[:1])
        out.append(_or_b(number) if six and not number.letter and like_b(ink, probabilities) else number)
    if "ngay" in window.kind:
        out.append(_reading("ngay", box, spoken, days(spoken)))
    if "thang" in window.kind:
        out.append(_reading("thang", box, spoken, months(spoken)))
    strokes = _strokes(probabilities, window, box) if spoken.pen >= _WRITTEN else None
    return [PenGap(reading, strokes) for reading in out]


def letter_behind(ink: NDArray[np.float32], probabilities: NDArray[np.float32]) -> bool:
    """Tell whether the last sign before the separator looks like a letter (``12a``), of which the network knows none.

    A small letter is lower than digits of the same hand; or ink is left between the digits and the separator.

    Args:
        ink: the strip as the network sees it.
        probabilities: what the network made of it, (steps, classes).
    """
    signs, end = _written(probabilities)
    if not signs or end is None:
        return False
    dark = ink[round((1 - _TALLEST) * EM) : round((1 + MIDDLE + 0.08) * EM)] > _DARK
    if _is_letter(dark[:, round(min(signs[-1] + _HALF_STROKE * EM, end)) : max(0, round(end))]):
        return True
    if len(signs) < 2:
        return False
    edges = [max(0.0, signs[0] - _HALF_STROKE * EM), *((a + b) / 2 for a, b in pairwise(signs))]
    edges.append(min(end, signs[-1] + _HALF_STROKE * EM))
    heights = [_height(dark[:, round(a) : max(round(a) + 1, round(b))]) for a, b in pairwise(edges)]
    return heights[-1] < _LOW * median(heights[:-1])


def like_b(ink: NDArray[np.float32], probabilities: NDArray[np.float32]) -> bool:
    """Tell whether the last sign, read as a written 6, has the straight stem of a ``b``: the network knows no letters.

    The stem of a 6 bends to the left of the chord from its top to its foot, however the writing leans. One in three
    drawn 6 has so straight a stem, too, nine in ten drawn b: what is told here is a doubt.

    Args:
        ink: the strip as the network sees it.
        probabilities: what the network made of it, (steps, classes).
    """
    signs, end = _written(probabilities)
    if len(signs) < 2:
        return False
    left, right = round((signs[-2] + signs[-1]) / 2), signs[-1] + _HALF_STROKE * EM
    dark = (ink[:, left : max(left + 1, round(right if end is None else min(end, right)))] > _DARK).astype(np.uint8)
    count, labels, table, _ = cv2.connectedComponentsWithStats(dark, connectivity=8)
    if count < 2:
        return False
    sign = labels == 1 + int(np.argmax(table[1:, cv2.CC_STAT_AREA]))
    edge = np.array([np.flatnonzero(row)[0] for row in sign if row.any()], np.float64)
    high = len(edge)
    first, last = round(_STEM[0] * high), round(_STEM[1] * high)
    if high < _HIGH * EM or last <= first:
        return False
    chord = np.linspace(edge[first], edge[last], last - first + 1)
    return float((chord - edge[first : last + 1]).max()) < _STRAIGHT * high


def _written(probabilities: NDArray[np.float32]) -> tuple[list[float], float | None]:
    """Return the columns of written signs and that where print goes on; no signs where the last one is typed."""
    seen = probabilities.argmax(axis=1)
    steps = np.flatnonzero((seen >= PEN) & (seen < BOUND))
    if not len(steps) or seen[steps[-1]] >= TYPED:
        return [], None
    signs = [float(g[0] + g[-1] + 1) * STEP / 2 for g in np.split(steps, np.flatnonzero(np.diff(steps) > 1) + 1)]
    ends = np.flatnonzero(seen[steps[-1] :] == BOUND + BOUNDS.index(SEPARATOR))
    end = float((steps[-1] + ends[0]) * STEP + STEP / 2 - _HALF_TYPED * EM) if len(ends) else None
    return signs, end


def _or_b(reading: PenReading) -> PenReading:
    """Return *reading* with its first candidate, which ends in 6, no likelier than the same with ``b``."""
    first, *others = reading.candidates
    half = round(_EVEN * first.confidence, 3)
    both = (PenCandidate(first.text, half), PenCandidate(first.text[:-1] + "b", half))
    ordered = sorted((*both, *others), key=lambda c: -c.confidence)
    return replace(reading, candidates=tuple(ordered[:_MOST]))


def _is_letter(dark: NDArray[np.bool_]) -> bool:
    """Tell whether the first run of ink in what follows the digits is wider than the slanted stroke of a separator."""
    inked = np.flatnonzero(dark.any(axis=0))
    if not len(inked):
        return False
    run = dark[:, inked[0] : inked[0] + np.append(np.flatnonzero(np.diff(inked) > 1), len(inked) - 1)[0] + 1]
    rows = run[run.any(axis=1)]
    across = [int(np.flatnonzero(r)[-1] - np.flatnonzero(r)[0]) + 1 for r in rows]
    return 0.25 * EM <= run.shape[1] <= 0.9 * EM and len(rows) >= 0.3 * EM and median(across) >= 0.2 * EM


def _height(dark: NDArray[np.bool_]) -> float:
    """Return how high the strokes of a sign reach over the foot of the line, pixels."""
    rows = np.flatnonzero(dark.sum(axis=1) >= 2)
    return float(len(dark) - rows[0]) if len(rows) else 0.0


def _strokes(probabilities: NDArray[np.float32], window: Window, box: Box) -> Box | None:
    """Return the box of the written digits in *window*: where the network saw them, up to their typed neighbours."""
    seen = probabilities.argmax(axis=1)
    x = window.left + (np.arange(len(seen)) + 0.5) * STEP * window.em / EM
    written = x[(seen >= PEN) & (seen < TYPED)]
    if not len(written):
        return None
    typed = x[seen >= TYPED]
    left, right = float(written[0]) - _HALF_STROKE * window.em, float(written[-1]) + _HALF_STROKE * window.em
    before, after = typed[typed < written[0]], typed[typed > written[-1]]
    if len(before):
        left = max(left, float(before[-1]) + _HALF_TYPED * window.em)
    if len(after):
        right = min(right, float(after[0]) - _HALF_TYPED * window.em)
    return (round(left), box[1], round(right), box[3]) if right > left else None


def _reading(kind: str, box: Box, spoken: Spoken, values: list[tuple[str, float]]) -> PenReading:
    kept = tuple(PenCandidate(text, round(p, 3)) for text, p in values[:_MOST] if p >= _LEAST)
    return PenReading(kind, box, kept, round(spoken.pen, 2))


def _framed(gray: Gray, matrix: Matrix, box: Box) -> Gray:
    """Return *box* of the upright frame, without turning the whole page."""
    a, b, c, d, e, f = matrix
    left, top, right, bottom = box
    if (a, b, d, e) == (1.0, 0.0, 0.0, 1.0):
        x, y = round(left - c), round(top - f)
        if x >= 0 and y >= 0 and x + right - left <= gray.shape[1] and y + bottom - top <= gray.shape[0]:
            return gray[y : y + bottom - top, x : x + right - left]
    # OpenCV counts from pixel centres.
    centred = np.array([[a, b, c - left + (a + b - 1) / 2], [d, e, f - top + (d + e - 1) / 2]])
    turned = cv2.warpAffine(
        np.ascontiguousarray(gray),
        centred,
        (right - left, bottom - top),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(turned, np.uint8)
