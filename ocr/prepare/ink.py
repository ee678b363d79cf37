"""Ink and paper on a small copy: the basis for skew, sideways and blank decisions."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.recognizer import Gray

#: Resolution of the small copy. A text line of 13 pt is about 14 pixels high there.
SMALL_DPI = 75

#: Ink is darker than this share of the paper around it.
_INK = 0.72


@dataclass(frozen=True)
class Ink:
    """A small binary copy of a page."""

    mask: NDArray[np.bool_]  # true where ink is
    scale: float  # small pixels per pixel of the page
    paper: int  # typical grey of the paper, 0 to 255
    ratio: float  # share of ink in the page without its margins (outer 4 %)


def find_ink(gray: Gray, dpi: float) -> Ink:
    """Return the ink of *gray* at about 75 dpi, uneven light and shadows of the paper divided out."""
    factor = max(1, round(dpi / SMALL_DPI))
    small = reduced(gray, factor)
    bright = paper_light(small)
    height, width = small.shape
    limit = (bright * np.float32(_INK)).astype(np.uint8)
    mask = small < np.asarray(cv2.resize(limit, (width, height), interpolation=cv2.INTER_LINEAR))
    dy, dx = height // 25, width // 25
    inner = mask[dy : height - dy, dx : width - dx]
    ratio = float(inner.mean()) if inner.size else 0.0
    return Ink(mask, 1 / factor, int(np.median(bright)), ratio)


def reduced(gray: Gray, factor: int) -> Gray:
    """Return *gray* at 1/*factor* of its size, averaged; what is left over at right and bottom is cut off.

    Whole blocks are more than ten times faster to average than broken ones.
    """
    if factor <= 1 or min(gray.shape) < factor:
        return gray
    rows, columns = gray.shape[0] // factor, gray.shape[1] // factor
    whole = gray[: rows * factor, : columns * factor]
    return np.asarray(cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA), np.uint8)


def paper_light(small: Gray) -> Gray:
    """Return the light of the paper in blocks of 8 x 8: their bright side, single dark blocks smoothed away."""
    height, width = small.shape
    rows, columns = max(1, height // 8), max(1, width // 8)
    bright = cv2.resize(cv2.dilate(small, np.ones((5, 5), np.uint8)), (columns, rows), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.medianBlur(bright, 9) if min(rows, columns) >= 9 else bright, np.uint8)
