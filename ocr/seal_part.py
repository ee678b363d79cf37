"""The part of a page under a position, where the name of who signed stands, cut out at the resolution of reading."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

import cv2
import numpy as np

from ocr.fields.foot import Signature
from ocr.model import Box
from ocr.prepare.frame import Matrix, around
from ocr.recognizer import Gray

#: resolution of the pictures that are read
DPI = 300
#: how far the name may stand below the position, and how wide the part is that is looked at, millimetres
_DEEP_MM, _WIDE_MM = 56.0, 84.0
#: a box around capitals with their marks is so many em high
_BOX_EM = 0.87
#: headings are set in 5 to 26 points (pixels per em at DPI); anything else was no heading
_EMS = (22.0, 110.0)
#: OpenCV turns pictures up to this many pixels a side
_LONGEST = 32_000


@dataclass(frozen=True)
class Part:
    """The part of the page that is looked at again."""

    gray: Gray  # at :data:`DPI`
    scale: float  # its pixels per frame pixel
    left: float  # frame pixels
    top: float
    em: float  # pixels of *gray*
    middle: float  # of the heading, pixels of *gray*
    centred: bool  # the name should stand there: the heading was read whole
    paper: float
    black: float

    def in_frame(self, box: Box) -> Box:
        """Return *box*, pixels of this part, in frame pixels."""
        a, b, c, d = (v / self.scale for v in box)
        return round(a + self.left), round(b + self.top), round(c + self.left), round(d + self.top)


def cut_part(block: Signature, frame: tuple[int, int], dpi: float, gray: Gray, matrix: Matrix) -> Part | None:
    """Cut out what stands under the heading of *block*; None where that was no heading.

    Args:
        block: a signature block as read.
        frame: width and height of the frame, pixels.
        dpi: of the frame.
        gray: the scan.
        matrix: from scan to frame pixels.
    """
    words = [w for line in block.heading for w in line.words if sum(c.isalpha() for c in w.text) > 1]
    if not words:
        return None
    known = block.middle
    centre = median((line.box[0] + line.box[2]) / 2 for line in block.heading) if known is None else known
    mm = dpi / 25.4
    box = median(w.box[3] - w.box[1] for w in words)
    left = max(0.0, centre - _WIDE_MM / 2 * mm)
    right = min(float(frame[0]), centre + _WIDE_MM / 2 * mm)
    top = float(block.heading[-1].box[3])
    bottom = min(float(frame[1]), top + _DEEP_MM * mm)
    scale = DPI / dpi
    columns, rows = round((right - left) * scale), round((bottom - top) * scale)
    em = box * scale / _BOX_EM
    if not _EMS[0] <= em <= _EMS[1] or rows < em or columns < 2 * em or max(gray.shape) > _LONGEST:
        return None
    heading = around(w.box for w in block.heading[-1].words)
    printed = _cut(gray, matrix, heading[0], heading[1], scale, heading[2] - heading[0], heading[3] - heading[1])
    picture = _cut(gray, matrix, left, top, scale, right - left, bottom - top)
    paper = max(1.0, float(np.percentile(picture, 80)))
    dark = printed[printed < 0.6 * paper]
    black = float(np.percentile(dark, 15)) if dark.size > 30 else 0.2 * paper
    return Part(picture, scale, left, top, em, (centre - left) * scale, known is not None, paper, black)


def _cut(gray: Gray, matrix: Matrix, left: float, top: float, scale: float, wide: float, high: float) -> Gray:
    """Return a part of the frame, *wide* by *high* frame pixels from (*left*, *top*), enlarged by *scale*."""
    a, b, c, d, e, f = matrix
    # OpenCV counts from pixel centres
    to_part = np.array(
        [
            [a * scale, b * scale, (c - left) * scale + (a + b) * scale / 2 - 0.5],
            [d * scale, e * scale, (f - top) * scale + (d + e) * scale / 2 - 0.5],
        ]
    )
    size = (max(1, round(wide * scale)), max(1, round(high * scale)))
    how = cv2.INTER_LINEAR if scale <= 1 else cv2.INTER_CUBIC
    source = np.ascontiguousarray(gray)
    return np.asarray(cv2.warpAffine(source, to_part, size, flags=how, borderMode=cv2.BORDER_REPLICATE), np.uint8)
