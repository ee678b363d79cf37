"""Pen-written (or typed) number, day and month of a page's head, read stroke by stroke from the scan."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.handwriting.alphabet import PEN, TYPED
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
    probabilities = class_probabilities(normalise(strip))
    spoken = listen(probabilities, NUMBER_BOUNDS if window.kind == "so" else DATE_BOUNDS)
    out = []
    if window.kind == "so":
        out.append(_reading("so", box, spoken, numbers(spoken)))
    if "ngay" in window.kind:
        out.append(_reading("ngay", box, spoken, days(spoken)))
    if "thang" in window.kind:
        out.append(_reading("thang", box, spoken, months(spoken)))
    strokes = _strokes(probabilities, window, box) if spoken.pen >= _WRITTEN else None
    return [PenGap(reading, strokes) for reading in out]


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
