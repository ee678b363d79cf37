"""Red seals and blue pen strokes: found on a small colour copy; seals are taken out of the OCR copy.

A round seal stands over the signature and often over the name of who signed (Decree 30/2020, Appendix I, box 8).
Print is black over red: in the red channel the seal fades into the paper and the print stays dark.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.model import Box, Mark
from ocr.recognizer import Gray

Rgb = NDArray[np.uint8]

_MM_PER_INCH = 25.4
#: Seals in use are 28 to 42 mm; a scan may miss a part of the ring.
_SEAL_MM = (18.0, 60.0)
#: Green that is left of a seal in ink is a third of the paper's; on the back of the sheet it is nearly all.
_FAINT = 0.74
#: confidence in a seal that may be that of the other side
SHINES_THROUGH = 0.3
_SIGNATURE_MM = (12.0, 6.0)


def find_marks(small: Rgb, dpi: float) -> tuple[Mark, ...]:
    """Return the seals (``con_dau``) and pen signatures (``chu_ky``) on *small* (h, w, 3), boxes in its pixels.

    Args:
        small: colour copy, 50 to 100 dpi is enough.
        dpi: resolution of *small*.
    """
    channels: NDArray[np.int16] = small.astype(np.int16)
    red, green, blue = channels[..., 0], channels[..., 1], channels[..., 2]
    reddish = (red - np.maximum(green, blue) > 28) & (red > 90)
    bluish = (blue - red > 32) & (blue - green > 8)
    paper = float(np.percentile(green[::4, ::4], 80)) if green.size else 255.0
    marks = _seals(reddish, green, paper, dpi) + _signatures(bluish, dpi)
    return tuple(sorted(marks, key=lambda m: (m.box[1], m.box[0], m.kind)))


def _blobs(mask: NDArray[np.bool_], reach: int) -> list[tuple[Box, int]]:
    """Return boxes of groups of true pixels closer than *reach*, with the number of true pixels of each."""
    joined: NDArray[np.uint8] = mask.astype(np.uint8)
    if reach > 1:
        joined = np.asarray(cv2.morphologyEx(joined, cv2.MORPH_CLOSE, np.ones((reach, reach), np.uint8)), np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    found = []
    for index in range(1, count):
        left, top, width, height = (int(v) for v in stats[index, :4])
        if width < 8 or height < 4:
            continue
        inside = mask[top : top + height, left : left + width]
        own = labels[top : top + height, left : left + width] == index
        found.append(((left, top, left + width, top + height), int((inside & own).sum())))
    return found


def _seals(reddish: NDArray[np.bool_], green: NDArray[np.int16], paper: float, dpi: float) -> list[Mark]:
    if int(reddish.sum()) < 100:
        return []
    low, high = (mm * dpi / _MM_PER_INCH for mm in _SEAL_MM)
    seals = []
    for box, pixels in _blobs(reddish, max(3, round(1.0 * dpi / _MM_PER_INCH))):
        width, height = box[2] - box[0], box[3] - box[1]
        if not (low <= width <= high and low <= height <= high and 0.7 <= width / height <= 1.43):
            continue
        fill = pixels / (width * height)
        roundness = _roundness(reddish[box[1] : box[3], box[0] : box[2]])
        if 0.05 <= fill <= 0.8 and roundness >= 0.6:
            part = (slice(box[1], box[3]), slice(box[0], box[2]))
            faint = float(np.median(green[part][reddish[part]])) > _FAINT * paper
            seals.append(Mark("con_dau", box, SHINES_THROUGH if faint else round(min(1.0, 0.3 + 0.7 * roundness), 3)))
    return seals


def _roundness(mask: NDArray[np.bool_]) -> float:
    """Return the share of 36 directions from the centre in which the outermost ink lies on the inscribed ellipse."""
    height, width = mask.shape
    y, x = np.nonzero(mask)
    dx, dy = (x - (width - 1) / 2) / (width / 2), (y - (height - 1) / 2) / (height / 2)
    sector = ((np.arctan2(dy, dx) + np.pi) * (36 / (2 * np.pi))).astype(np.int32) % 36
    farthest = np.zeros(36)
    np.maximum.at(farthest, sector, np.hypot(dx, dy))
    return float(((farthest > 0.86) & (farthest < 1.1)).mean())


def _signatures(bluish: NDArray[np.bool_], dpi: float) -> list[Mark]:
    if int(bluish.sum()) < 60:
        return []
    wide, high = (mm * dpi / _MM_PER_INCH for mm in _SIGNATURE_MM)
    found = []
    for box, pixels in _blobs(bluish, max(3, round(2.0 * dpi / _MM_PER_INCH))):
        width, height = box[2] - box[0], box[3] - box[1]
        fill = pixels / (width * height)
        if width >= wide and height >= high and width <= bluish.shape[1] * 0.6 and 0.01 <= fill <= 0.45:
            found.append(Mark("chu_ky", box, round(min(0.95, 0.5 + 0.25 * height / high * min(1.0, width / wide)), 3)))
    return found


def clear_seal(gray: Gray, box: Box, colour: Rgb, scale: int) -> None:
    """Lift the red inside *box* of *gray* to its red channel, in place.

    Args:
        gray: the OCR copy, full size; changed.
        box: the seal, pixels of *gray*.
        colour: colour copy of the whole page at 1 / *scale* of the size. Cameras and scanners store colour at half
            size anyway, so the difference of red and grey is taken there and added to the sharp grey.
        scale: whole number of pixels of *gray* per pixel of *colour*.
    """
    left, top, right, bottom = box
    part = colour[top // scale : -(-bottom // scale), left // scale : -(-right // scale)].astype(np.float32)
    if part.size == 0:
        return
    luma = part @ np.array([0.299, 0.587, 0.114], np.float32)
    redness = part[..., 0] - np.maximum(part[..., 1], part[..., 2])
    lift = np.where(redness > 14, (part[..., 0] - luma) * 1.1, 0).astype(np.float32)
    size = (lift.shape[1] * scale, lift.shape[0] * scale)
    full = cv2.resize(lift, size, interpolation=cv2.INTER_LINEAR)
    y0, x0 = top // scale * scale, left // scale * scale
    target = gray[y0 : y0 + full.shape[0], x0 : x0 + full.shape[1]]
    lifted = target + full[: target.shape[0], : target.shape[1]]
    target[...] = np.clip(lifted + 0.5, 0, 255).astype(np.uint8)
