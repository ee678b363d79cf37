"""How far the lines of a page climb or fall, and whether they run across or down.

Projection profile: when the feet of the letters are summed along the true direction of the lines, the sums stand
in sharp peaks. Feet (ink with paper below) are a tenth of the pixels and sharper than whole letters.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MAX_SKEW_DEG = 7.0
_COARSE_DEG = 0.25
_FINE_DEG = 0.05
_MOST_POINTS = 24000
_FEWEST_POINTS = 150


@dataclass(frozen=True)
class Slant:
    """Direction of the lines of a page."""

    skew_deg: float  # counter-clockwise turn that makes the lines level
    #: how sharply the lines stand out: 1.0 is even noise, typed pages give 3 and more
    sharpness: float
    #: how far the best direction beats the usual one; under about 1.2 there is no direction to speak of
    contrast: float


def measure_slant(mask: NDArray[np.bool_]) -> Slant:
    """Return the slant of the lines in *mask* (true = ink, about 75 dpi), within +-7 degrees, to about 0.05."""
    if mask.shape[0] < 8 or mask.shape[1] < 8:
        return Slant(0.0, 1.0, 1.0)
    feet = mask[:-1] & ~mask[1:]
    y, x = np.nonzero(feet)
    if len(y) < _FEWEST_POINTS:
        return Slant(0.0, 1.0, 1.0)
    if len(y) > _MOST_POINTS:
        step = -(-len(y) // _MOST_POINTS)
        y, x = y[::step], x[::step]
    xs = (x - mask.shape[1] / 2).astype(np.float32)
    ys = y.astype(np.float32)
    coarse = np.arange(-MAX_SKEW_DEG, MAX_SKEW_DEG + _COARSE_DEG / 2, _COARSE_DEG)
    coarse_scores = np.array([_peakedness(xs, ys, a) for a in coarse])
    best = float(coarse[int(np.argmax(coarse_scores))])
    fine = best + np.arange(-5, 6) * _FINE_DEG
    scores = np.array([_peakedness(xs, ys, a) for a in fine])
    i = int(np.argmax(scores))
    angle = float(fine[i])
    if 0 < i < len(scores) - 1:
        before, at, after = scores[i - 1 : i + 2]
        bend = before - 2 * at + after
        if bend < 0:
            angle += _FINE_DEG * float(np.clip(0.5 * (before - after) / bend, -0.5, 0.5))
    even = len(ys) ** 2 / mask.shape[0]
    return Slant(
        round(angle, 2) + 0.0, float(scores[i] / even), float(scores[i] / max(float(np.median(coarse_scores)), 1e-9))
    )


def _peakedness(xs: NDArray[np.float32], ys: NDArray[np.float32], angle_deg: float) -> float:
    """Return the sum of squares of the profile along lines that fall by *angle_deg* to the right."""
    rows = ys - xs * np.float32(math.tan(math.radians(angle_deg)))
    rows -= rows.min()
    counts = np.bincount(rows.astype(np.int32)).astype(np.float64)
    # Two neighbouring rows together: a baseline that falls between them counts in full.
    pairs = counts[:-1] + counts[1:]
    return float(np.dot(pairs, pairs)) / 4


def lines_run_down(mask: NDArray[np.bool_], across: Slant) -> bool:
    """Return whether the writing lies on its side: profiles taken down the page are clearly sharper."""
    down = measure_slant(np.rot90(mask))
    return down.sharpness * down.contrast > 1.5 * across.sharpness * across.contrast
