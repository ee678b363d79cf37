"""QR codes on a page: the card of a citizen, the look-up code of a certified copy, a separator sheet."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.model import Code

_GRID = 32  # pixels of the survey picture's cell at full size
_BUSY = 0.2  # share of edge pixels of a cell that looks like a code and not like text
_LEAST_MM, _MOST_MM = 6.0, 60.0


def find_codes(gray: NDArray[np.uint8], dpi: float) -> tuple[Code, ...]:
    """Return the QR codes of a page with their text, boxes in pixels of *gray*, from the top down.

    Args:
        gray: (height, width) samples, 0 black.
        dpi: of *gray*; places too small or too large for a code are not looked at.

    Only square patches that are evenly busy in both directions are given to the decoder: asking it for the whole page
    costs more than a tenth of recognising it.
    """
    found: list[Code] = []
    for left, top, right, bottom in _busy_patches(gray, dpi):
        text, box = _decode(gray[top:bottom, left:right], dpi)
        if text:
            x0, y0, x1, y1 = box
            found.append(Code("qr", text, (left + x0, top + y0, left + x1, top + y1)))
    unique = {code.text: code for code in reversed(found)}
    return tuple(sorted(unique.values(), key=lambda c: (c.box[1], c.box[0])))


def _busy_patches(gray: NDArray[np.uint8], dpi: float) -> list[tuple[int, int, int, int]]:
    small = cv2.resize(gray, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    spread = max(3, round(dpi / 25.4 * 1.2 / 2))  # a little more than a module, half-size pixels
    light = cv2.blur(small, (8 * spread + 1, 8 * spread + 1))
    dark = (small.astype(np.int16) < light.astype(np.int16) - 12).astype(np.uint8) * 255
    joined = cv2.morphologyEx(dark, cv2.MORPH_CLOSE, np.ones((spread, spread), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=4)
    least, most = _LEAST_MM * dpi / 50.8, _MOST_MM * dpi / 50.8
    patches = []
    for n in range(1, count):
        x, y, w, h, area = (int(v) for v in stats[n])
        if not (least <= w <= most and least <= h <= most and 0.7 < w / h < 1.43 and area > 0.55 * w * h):
            continue
        ink = float((dark[y : y + h, x : x + w] > 0).mean())
        if not 0.25 < ink < 0.75:
            continue
        pad = round(0.2 * max(w, h)) + 2
        patches.append(
            (
                max(0, 2 * (x - pad)),
                max(0, 2 * (y - pad)),
                min(gray.shape[1], 2 * (x + w + pad)),
                min(gray.shape[0], 2 * (y + h + pad)),
            )
        )
    return sorted(patches, key=lambda b: (b[1], b[0]))[:12]


def _decode(patch: NDArray[np.uint8], dpi: float) -> tuple[str, tuple[int, int, int, int]]:
    """Return text and box of the code in *patch*; tried as it is, enlarged, and enlarged in black and white."""
    detector = cv2.QRCodeDetector()
    for zoom, harden in ((1.0, False), (2.0, False), (3.0, True), (3.0, False)):
        if zoom > 1 and max(patch.shape) * zoom > 2400:
            continue
        picture = patch if zoom == 1.0 else cv2.resize(patch, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_CUBIC)
        if harden:
            _, picture = cv2.threshold(cv2.GaussianBlur(picture, (0, 0), 1.2), 0, 255, cv2.THRESH_OTSU)
        try:
            text, corners, _ = detector.detectAndDecode(picture)
        except (cv2.error, UnicodeDecodeError):  # the detector trips over patches that are no code
            continue
        if text and corners is not None:
            points = corners.reshape(-1, 2) / zoom
            low, high = points.min(axis=0), points.max(axis=0)
            return text, (int(low[0]), int(low[1]), int(high[0]) + 1, int(high[1]) + 1)
    return "", (0, 0, 0, 0)
