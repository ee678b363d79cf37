"""The picture that the recogniser sees: a strip of one line, always at the same size and contrast.

Height is two em about the middle of the digits, so that strokes above and below the line stay in; one em, the size of
the type, is 24 pixels. The training pictures pass through the same functions.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Gray = NDArray[np.uint8]

#: pixels of the strip per em of the typed line
EM = 24
HEIGHT = 2 * EM
#: the middle of the strip stands this far above the baseline, in em (half the height of a typed digit)
MIDDLE = 0.33
#: a strip with less contrast than this is paper, not faint ink
_FAINTEST = 40.0


def cut_strip(gray: Gray, left: float, right: float, baseline: float, em: float) -> Gray:
    """Cut the strip of a line out of *gray* and bring it to :data:`HEIGHT` rows.

    Args:
        gray: a page or a part of it, 0 black.
        left: left edge, pixels of *gray*.
        right: right edge, pixels of *gray*.
        baseline: y of the foot of the typed letters, pixels of *gray*.
        em: size of the type, pixels of *gray*.

    Returns:
        (HEIGHT, width) samples; what lies outside *gray* is repeated from its edge.
    """
    middle = baseline - MIDDLE * em
    x0, x1 = round(left), max(round(right), round(left) + 2)
    y0, y1 = round(middle - em), round(middle + em)
    height, width = gray.shape
    inner = gray[max(0, y0) : max(0, min(height, y1)), max(0, x0) : max(0, min(width, x1))]
    columns = max(8, round((x1 - x0) * EM / em))
    if inner.size == 0:
        return np.full((HEIGHT, columns), 255, np.uint8)
    above, below, before, after = max(0, -y0), max(0, y1 - height), max(0, -x0), max(0, x1 - width)
    if above or below or before or after:
        inner = np.asarray(cv2.copyMakeBorder(inner, above, below, before, after, cv2.BORDER_REPLICATE), np.uint8)
    how = cv2.INTER_AREA if em > EM else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(np.ascontiguousarray(inner), (columns, HEIGHT), interpolation=how), np.uint8)


def normalise(strip: Gray) -> NDArray[np.float32]:
    """Return *strip* as ink: 0.0 is the paper of this strip, 1.0 its darkest ink."""
    paper = float(np.percentile(strip, 70))
    dark = float(np.percentile(strip, 1.5))
    span = max(paper - dark, _FAINTEST)
    return np.asarray(np.clip((paper - strip.astype(np.float32)) / span, 0.0, 1.0), np.float32)
