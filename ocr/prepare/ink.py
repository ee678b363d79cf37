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
    scale = min(1.0, SMALL_DPI / dpi)
    small = gray
    if scale < 1:
        small = np.asarray(cv2.resize(gray, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    light = _paper_light(small)
    mask = small < light * np.float32(_INK)
    height, width = mask.shape
    dy, dx = height // 25, width // 25
    inner = mask[dy : height - dy, dx : width - dx]
    return Ink(mask, small.shape[1] / gray.shape[1], int(np.median(light)), float(inner.mean()) if inner.size else 0.0)


def _paper_light(small: Gray) -> NDArray[np.float32]:
    """Return the light of the paper around each pixel: the bright side of blocks, smoothed."""
    height, width = small.shape
    block = 8
    rows, columns = max(1, height // block), max(1, width // block)
    bright = cv2.resize(cv2.dilate(small, np.ones((5, 5), np.uint8)), (columns, rows), interpolation=cv2.INTER_AREA)
    bright = cv2.medianBlur(bright, 9) if min(rows, columns) >= 9 else bright
    light: NDArray[np.float32] = cv2.resize(bright, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.float32)
    return light
