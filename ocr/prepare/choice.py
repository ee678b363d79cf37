"""Other preparations for pages that read badly: specks of a photocopy smoothed away, thin strokes made thicker.

No preparation suits all pages: what helps a worn photocopy spoils a good scan. So a page is read plainly first; only
when its words are unsure as a whole, a part of it is tried in each way, and the surest way is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from ocr.model import Line
from ocr.prepare.rotation import busiest_part, sureness
from ocr.recognizer import Gray

#: Mean confidence below which a page reads badly. Typed pages, good and worn, give 0.91 to 0.97.
_BAD = 0.895
_FEWEST_LETTERS = 150
#: how many times surer another preparation must read
_CLEARLY = 1.03


def _despeckled(gray: Gray, dpi: float) -> Gray:
    """Return *gray* without what is smaller than a full stop: the median of 5 pixels at 300 dpi, 3 at less."""
    if dpi < 130:
        return gray
    return np.asarray(cv2.medianBlur(np.ascontiguousarray(gray), 5 if dpi >= 240 else 3), np.uint8)


def _thickened(gray: Gray, dpi: float) -> Gray:
    """Return *gray* with strokes one pixel thicker."""
    if dpi < 130:
        return gray
    return np.asarray(cv2.erode(np.ascontiguousarray(gray), np.ones((2, 2), np.uint8)), np.uint8)


#: each takes the scan, 0 black, and its resolution
PREPARATIONS: tuple[Callable[[Gray, float], Gray], ...] = (_despeckled, _thickened)


def reads_badly(lines: Sequence[Line]) -> bool:
    """Tell whether the words of *lines* are so unsure as a whole that another preparation is worth trying."""
    words = [w for line in lines for w in line.words]
    letters = sum(len(w.text) for w in words)
    return letters >= _FEWEST_LETTERS and sum(w.confidence * len(w.text) for w in words) < _BAD * letters


def surest(copies: Sequence[Gray], read: Callable[[Gray], Sequence[Line]]) -> int:
    """Return which of *copies* of one page reads best, by a part of it; 0, the plain one, in doubt."""
    rows, columns = busiest_part(copies[0])
    scores = [sureness(read(np.ascontiguousarray(copy[rows, columns]))) for copy in copies]
    best = int(np.argmax(scores))
    return best if scores[best] > _CLEARLY * scores[0] else 0
