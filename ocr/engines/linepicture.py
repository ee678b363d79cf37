"""The picture of one line as the network wants it: 36 rows, ink -127, paper 127.

Cut, levelled and scaled in one go. How much of the line's surroundings is taken matters more than anything else: the
network was trained on lines cut close (measured: a wide margin at the ends is read as apostrophes and points).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.engines.network import HEIGHT, STEP
from ocr.engines.textlines import TextLine
from ocr.recognizer import Gray

#: Of the line's ascent: taken above the baseline and below it, at least and at most; margin around the ink.
_ABOVE, _BELOW, _MOST_ABOVE, _MOST_BELOW = 1.25, 0.42, 1.6, 0.6
_MARGIN, _MARGIN_AT_ENDS = 0.1, 0.05
#: Finer than this, pixels are averaged first.
_AVERAGE_BELOW = 0.6
#: Lows that stand out from the paper by less than this share of the deepest are no ink.
_FAINT = 0.25
#: Steps of a line at most; what is longer is no line of a page.
_LONGEST = 8000 * STEP


@dataclass(frozen=True)
class LinePicture:
    """A picture and where it came from."""

    pixels: NDArray[np.float32]  # (36, columns), whole numbers
    scale: float  # columns a pixel of the page
    left: float  # x of the first column on the page

    def x(self, step: float) -> float:
        """Return the page's x at the middle of the network's step *step*."""
        return self.left + (step * STEP + STEP / 2) / self.scale


def line_picture(gray: Gray, line: TextLine) -> LinePicture:
    """Return the picture of *line* on *gray*."""
    margin = _MARGIN * line.ascent
    above = max(_ABOVE * line.ascent, min(line.above + margin, _MOST_ABOVE * line.ascent))
    below = max(_BELOW * line.ascent, min(line.below + margin, _MOST_BELOW * line.ascent))
    scale = HEIGHT / (above + below)
    left = line.left - _MARGIN_AT_ENDS * line.ascent
    width = round((line.right - line.left + 2 * _MARGIN_AT_ENDS * line.ascent) * scale)
    width = min(max(width, 3 * STEP), _LONGEST)
    # Where on the page a column and a row of the picture lie.
    inverse = 1 / scale
    to_page = np.array(
        [
            [inverse, 0, left + (inverse - 1) / 2],
            [line.slope * inverse, inverse, line.y(left) - above + (inverse - 1) / 2],
        ]
    )
    source = gray
    if scale < _AVERAGE_BELOW:
        factor = round(inverse)
        top = max(0, round(min(line.y(line.left), line.y(line.right)) - above) - 2 * factor)
        bottom = round(max(line.y(line.left), line.y(line.right)) + below) + 2 * factor
        strip = gray[top:bottom]
        rows, columns = max(1, strip.shape[0] // factor), max(1, strip.shape[1] // factor)
        strip = strip[: rows * factor, : columns * factor]
        source = np.asarray(cv2.resize(strip, (columns, rows), interpolation=cv2.INTER_AREA), np.uint8)
        to_page[1, 2] -= top
        to_page /= factor
        to_page[:, 2] += (1 / factor - 1) / 2
    picture = cv2.warpAffine(
        source,
        to_page,
        (width, HEIGHT),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return LinePicture(_levelled(_sharpened(np.asarray(picture, np.uint8), scale)), scale, left)


def _sharpened(picture: Gray, scale: float) -> Gray:
    """Return *picture* with scaling's blur undone as in the network's training."""
    half, share = (1, 0.2) if scale < 0.7 else (2, 0.4)
    blurred = cv2.blur(picture, (2 * half + 1, 2 * half + 1))
    return np.asarray(cv2.addWeighted(picture, 1 + share, blurred, -share, 0), np.uint8)


def _levelled(picture: Gray) -> NDArray[np.float32]:
    """Stretch the greys so that ink is -127 and paper 127; both are taken from the middle row's lows and highs.

    The quarter-way values are those of the network's training.
    """
    row = picture[HEIGHT // 2].astype(np.int16)
    before, here, after = row[:-2], row[1:-1], row[2:]
    lows = here[((here < before) & (here <= after)) | ((here <= before) & (here < after))]
    highs = here[((here > before) & (here >= after)) | ((here >= before) & (here > after))]
    ink = float(np.sort(lows)[len(lows) // 4]) if len(lows) else 0.0
    paper = float(np.sort(highs)[(len(highs) * 3) // 4]) if len(highs) else 255.0
    if len(lows) and ink > (faint := paper - _FAINT * (paper - float(lows.min()))):
        # A row that meets few letters (a lone figure, capitals with wide spaces) has more lows in the paper's grain
        # than in ink; stretched to these, grain would be black.
        lows = lows[lows <= faint]
        ink = float(np.sort(lows)[len(lows) // 4])
    half = (paper - ink) / 2 if paper > ink else 1.0
    levels = np.rint(((np.arange(256) - ink) / half - 1) * 128)
    table: NDArray[np.float32] = np.clip(levels, -127, 127).astype(np.float32)
    return np.asarray(table[picture], np.float32)
