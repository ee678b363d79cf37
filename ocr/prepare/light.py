"""Uneven light divided out of the OCR copy: shadows of a book's fold, lamp light, a phone's picture.

The recogniser finds its lines on a copy that one threshold made black and white. Where the paper on one side is darker
than the print on the other, lines are lost there by the dozen.
"""

from __future__ import annotations

import cv2
import numpy as np

from ocr.prepare.ink import SMALL_DPI, paper_light, reduced
from ocr.recognizer import Gray

#: Grey levels between the lit and the dark paper of a page from which it is worth the work.
_UNEVEN = 26
_PAPER = 238


def flattened(gray: Gray, dpi: float) -> Gray:
    """Return *gray* with all paper equally bright; *gray* itself where the light is even enough.

    Args:
        gray: the OCR copy, level and upright, 0 black.
        dpi: its resolution.
    """
    light = paper_light(reduced(gray, max(1, round(dpi / SMALL_DPI))))
    dark, lit = (float(v) for v in np.percentile(light, (3, 97)))
    if lit - dark < _UNEVEN or lit < 40:
        return gray
    # A photograph or a black margin is no shadow: what is darker than a third of the lit paper is left dark.
    smooth = cv2.GaussianBlur(np.maximum(light, np.uint8(lit / 3)), (0, 0), 1.5)
    whole = cv2.resize(smooth, (gray.shape[1], gray.shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.divide(gray, whole, scale=_PAPER), np.uint8)
