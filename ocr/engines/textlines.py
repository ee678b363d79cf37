"""Finding the lines of writing on a straightened page: connected strokes, chained along the line.

Letters of one line overlap in height around their middle, whatever hooks and marks they carry; the middles are drawn
as short bars, bars with less than a wide space between them are joined, and each joined bar is a line. Marks above and
below letters, points and hyphens are then given to the line at which they stand. A row whose parts lie far apart
(columns, cells) becomes several lines.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.recognizer import Gray

#: A stroke is this much darker (grey levels) than the mean around it, and than the paper's grain by this factor.
_DARKER, _OF_GRAIN = 22, 3.5
#: Grain (standard deviation, grey levels) from which the page is smoothed before strokes are looked for.
_GRAINY, _VERY_GRAINY = 6.0, 16.0
#: Strokes of a page at most, and loose ones looked at together: noise must not eat time and memory.
_MOST_STROKES, _TOGETHER = 40_000, 4096
#: Lines of a page at most, the longest ones.
_MOST_LINES = 800
#: Longer straight strokes (inches) are rules of a table or an underline, not letters.
_RULE_ACROSS, _RULE_DOWN = 0.5, 0.4
#: Letters in typical letter heights: what may begin a line, and what may belong to one.
_LEAST_LETTER, _MOST_LETTER, _WIDEST = 0.5, 2.3, 6.0
#: Half the height of the bar drawn for a letter, of its height; widest space that is bridged, in letter heights.
_BAR, _SPACE = 0.2, 2.2
_STEEPEST = 0.03
#: Share of letters whose foot stands below the line (descenders, marks that touch), of those that do not reach the top.
_FEET, _HEADS = 42, 82
#: Letters that touch a seal or a pen stroke: looked for so far beyond the ends of a line of at least so many strokes;
#: they are looked at up to this height, are at least so high, so wide (less is a rule), and stand so near (in ascents).
_LEAST_HELD, _REACH, _BAND, _LEAST_HEIGHT, _WIDTHS, _NEAR = 7, 3.0, 0.8, 0.6, (0.3, 1.5), 0.45
#: Lines of lower capitals than this (inches) are noise.
_LOWEST = 0.04

Array = NDArray[np.float64]


@dataclass(frozen=True)
class TextLine:
    """A line of writing, pixels of the page that was searched.

    Attributes:
        left, right: ends of the ink.
        base: y of the baseline at x = 0; slope: its rise, downwards positive, per pixel.
        ascent: height of a capital or of ``b``.
        above, below: how far the ink reaches from the baseline, marks and hooks with it.
        strokes: (n, 4) boxes of the connected strokes: left, top, right, bottom.
    """

    left: int
    right: int
    base: float
    slope: float
    ascent: float
    above: float
    below: float
    strokes: NDArray[np.int64]

    def y(self, x: float) -> float:
        """Return the baseline's height at *x*."""
        return self.base + self.slope * x


@dataclass
class _Group:
    members: NDArray[np.int64]
    left: float
    right: float
    base: float
    slope: float
    ascent: float


class _Strokes:
    """Connected strokes of a page as columns of numbers."""

    def __init__(self, ink: Gray) -> None:
        _, _, table, _ = cv2.connectedComponentsWithStats(ink, connectivity=8, ltype=cv2.CV_32S)
        table = table[1:]
        if len(table) > _MOST_STROKES:
            table = table[np.sort(np.argsort(-table[:, cv2.CC_STAT_AREA], kind="stable")[:_MOST_STROKES])]
        self.x, self.y, self.w, self.h, self.area = table.astype(np.int64).T
        self.right, self.bottom = self.x + self.w, self.y + self.h
        self.mid_x, self.mid_y = self.x + self.w / 2, self.y + self.h / 2


def find_lines(gray: Gray, dpi: float) -> list[TextLine]:
    """Return the lines of *gray* (straightened, upright) from top to bottom."""
    strokes, ink = _strokes(gray, dpi)
    plausible = (strokes.h >= dpi * 0.035) & (strokes.h <= dpi * 0.35) & (strokes.w >= 2) & (strokes.w <= dpi * 0.7)
    plausible &= strokes.area >= dpi * 0.05
    if not plausible.any():
        return []
    unit = float(np.median(strokes.h[plausible]))
    small_enough = (strokes.h <= _MOST_LETTER * unit) & (strokes.w <= _WIDEST * unit)
    letters = plausible & small_enough & (strokes.h >= _LEAST_LETTER * unit)
    chains = _chained(strokes, np.flatnonzero(letters), unit, gray.shape)
    chains = sorted(chains, key=len, reverse=True)[:_MOST_LINES]
    groups = [g for members in chains if (g := _group(strokes, members, unit))]
    kept = _without_marks(groups)
    for group in groups:
        if not any(group is k for k in kept):
            letters[group.members] = False
    _attach(strokes, kept, np.flatnonzero(~letters & small_enough & (strokes.area >= 4)))
    hidden = _hidden(strokes, kept, np.flatnonzero(~small_enough), ink)
    lines = [_line(strokes, g, more) for g, more in zip(kept, hidden, strict=True)]
    lines = [n for n in lines if n.ascent >= dpi * _LOWEST and n.right - n.left >= n.ascent / 4]
    return sorted(lines, key=lambda n: (n.y((n.left + n.right) / 2), n.left))


def _strokes(gray: Gray, dpi: float) -> tuple[_Strokes, Gray]:
    """Return the strokes of *gray* and the ink they are of; straight rules that hold letters together are taken out."""
    around = int(dpi / 4) | 1
    grain = _grain(gray)
    if grain >= _GRAINY:
        size = 5 if grain >= _VERY_GRAINY else 3
        gray = np.asarray(cv2.GaussianBlur(gray, (size, size), 0), np.uint8)
        grain = _grain(gray)
    darker = max(_DARKER, _OF_GRAIN * grain)
    dark = cv2.adaptiveThreshold(gray, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, around, darker)
    ink = np.asarray(dark, np.uint8)
    strokes = _Strokes(ink)
    across, down = max(3, int(dpi * _RULE_ACROSS)), max(3, int(dpi * _RULE_DOWN))
    # A thin rule by itself is no letter anyway; grids, frames and underlined words are.
    knots = ((strokes.w >= across) | (strokes.h >= down)) & (np.minimum(strokes.w, strokes.h) > dpi * 0.08)
    changed = False
    for i in np.flatnonzero(knots).tolist():
        part = ink[strokes.y[i] : strokes.bottom[i], strokes.x[i] : strokes.right[i]]
        level = cv2.morphologyEx(part, cv2.MORPH_OPEN, np.ones((1, across), np.uint8))
        upright = cv2.morphologyEx(part, cv2.MORPH_OPEN, np.ones((down, 1), np.uint8))
        level = cv2.dilate(level, np.ones((3, 1), np.uint8))
        upright = cv2.dilate(upright, np.ones((1, 3), np.uint8))
        rules = (level > 0) | (upright > 0)
        if rules.any():
            part[rules] = 0
            changed = True
    return (_Strokes(ink) if changed else strokes), ink


def _grain(gray: Gray) -> float:
    """Return the standard deviation of the paper's noise: pixels against the mean of their neighbours."""
    rows = gray[::16].astype(np.int16)
    if rows.shape[1] < 3:
        return 0.0
    bends = np.abs(rows[:, :-2] - 2 * rows[:, 1:-1] + rows[:, 2:])
    # For independent noise the median of |a - 2 b + c| is 0.6745 * sqrt(6) standard deviations.
    return float(np.median(bends)) / 1.652


def _rank(values: NDArray[Any], percent: float) -> float:
    """Return the value below which *percent* of *values* lie."""
    return float(np.sort(values)[round((len(values) - 1) * percent / 100)])


def _chained(
    strokes: _Strokes, letters: NDArray[np.int64], unit: float, shape: tuple[int, ...]
) -> list[NDArray[np.int64]]:
    """Return *letters* grouped: bars through their middles that meet when spaces are closed."""
    if not len(letters):
        return []
    bars = np.zeros(shape, np.uint8)
    half = np.minimum(strokes.h, 1.4 * unit) * _BAR
    tops = np.maximum(0, strokes.mid_y - half).astype(int)
    bottoms = (strokes.mid_y + half).astype(int) + 1
    for i in letters.tolist():
        bars[tops[i] : bottoms[i], strokes.x[i] : strokes.right[i]] = 255
    space = np.ones((1, int(_SPACE * unit) | 1), np.uint8)
    joined = cv2.morphologyEx(bars, cv2.MORPH_CLOSE, space, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    _, labels = cv2.connectedComponents(joined, connectivity=8, ltype=cv2.CV_32S)
    rows = np.minimum(strokes.mid_y[letters].astype(int), shape[0] - 1)
    columns = np.minimum(strokes.mid_x[letters].astype(int), shape[1] - 1)
    chain = labels[rows, columns]
    order = np.argsort(chain, kind="stable")
    return list(np.split(letters[order], np.flatnonzero(np.diff(chain[order])) + 1))


def _group(strokes: _Strokes, members: NDArray[np.int64], unit: float) -> _Group | None:
    """Return baseline and height of a chain of letters; None for what is far too high to be a line."""
    left, right = float(strokes.x[members].min()), float(strokes.right[members].max())
    feet, x = strokes.bottom[members].astype(np.float64), strokes.mid_x[members]
    slope = _slope(x, feet, unit) if len(members) >= 8 and right - left > 8 * unit else 0.0
    base = _rank(feet - slope * x, _FEET)
    ascent = _rank(base + slope * x - strokes.y[members], _HEADS)
    if not 0 < ascent <= 3 * unit:
        return None
    return _Group(members, left, right, base, slope, ascent)


def _slope(x: Array, feet: Array, unit: float) -> float:
    """Return the slope of the line through most of *feet*; letters with descenders drop out step by step."""
    keep = np.ones(len(x), bool)
    slope = 0.0
    for _ in range(3):
        off = x[keep] - x[keep].mean()
        spread = float((off * off).sum())
        slope = float((off * (feet[keep] - feet[keep].mean())).sum()) / spread if spread else 0.0
        rest = feet - slope * x
        closer = np.abs(rest - _rank(rest, 50)) <= max(2.0, 0.15 * unit)
        if closer.sum() < 5:
            break
        keep = closer
    return min(max(slope, -_STEEPEST), _STEEPEST)


def _without_marks(groups: list[_Group]) -> list[_Group]:
    """Return *groups* without those that are only marks over (or hooks under) the letters of a longer line."""
    if len(groups) < 2:
        return groups
    left, right, base, slope, ascent = (
        np.array([getattr(g, name) for g in groups]) for name in ("left", "right", "base", "slope", "ascent")
    )
    kept = []
    for g in groups:
        x = (g.left + g.right) / 2
        y = g.base + g.slope * x - g.ascent / 2
        up = (base + slope * x - y) / ascent
        beside = (left - ascent < x) & (x < right + ascent) & (up > -0.5) & (up < 1.6)
        # Two or three strokes over the capitals' height are marks even when large: the next line stands higher.
        largest = np.where((len(g.members) <= 3) & (up > 0.8), 0.9, 0.7)
        if not (beside & (g.ascent < largest * ascent) & (right - left > 2 * (g.right - g.left))).any():
            kept.append(g)
    return kept


def _attach(strokes: _Strokes, groups: list[_Group], loose: NDArray[np.int64]) -> None:
    """Give each of the *loose* strokes to the line at which it stands, if there is one."""
    if not groups or not len(loose):
        return
    left, right, base, slope, ascent = (
        np.array([getattr(g, name) for g in groups])[:, None] for name in ("left", "right", "base", "slope", "ascent")
    )
    if len(loose) > _TOGETHER:
        _attach(strokes, groups, loose[_TOGETHER:])
        loose = loose[:_TOGETHER]
    x, y = strokes.mid_x[loose], strokes.mid_y[loose]
    up = (base + slope * x - y) / ascent
    aside = np.maximum(np.maximum(left - strokes.right[loose], strokes.x[loose] - right), 0) / ascent
    distance = np.abs(up - 0.5) + 0.3 * aside
    distance[(up < -0.45) | (up > 1.5) | (aside > 1.2)] = np.inf
    nearest = distance.argmin(axis=0)
    found = np.isfinite(distance[nearest, np.arange(len(loose))])
    for k, group in enumerate(groups):
        group.members = np.concatenate([group.members, loose[found & (nearest == k)]])


def _hidden(
    strokes: _Strokes, groups: list[_Group], large: NDArray[np.int64], ink: Gray
) -> list[list[tuple[int, int, int, int]]]:
    """Return for each of *groups* the letters at its ends that touch a *large* stroke (a seal, a pen): their boxes.

    Such a letter is the part of the large stroke between baseline and capitals' height; inside a line its picture
    has it anyway, at the ends it would be cut off.
    """
    found: list[list[tuple[int, int, int, int]]] = [[] for _ in groups]
    if not len(large):
        return found
    x, y, right, bottom = (v[large] for v in (strokes.x, strokes.y, strokes.right, strokes.bottom))
    for group, boxes in zip(groups, found, strict=True):
        if len(group.members) < _LEAST_HELD:
            continue
        high = group.ascent
        ends = (int(strokes.x[group.members].min()), -1), (int(strokes.right[group.members].max()), 1)
        for at, out in ends:
            base = round(group.base + group.slope * at)
            top = round(base - _BAND * high)
            low, far = sorted((round(at - 2 * out * high), round(at + out * _REACH * high)))
            low = max(0, low)
            if top < 0 or not ((x < far) & (right > low) & (y < (top + base) / 2) & (bottom > (top + base) / 2)).any():
                continue
            band = np.ascontiguousarray(ink[top : base + 1, low:far])
            if not band.size:
                continue
            parts = cv2.connectedComponentsWithStats(band, connectivity=8, ltype=cv2.CV_32S)[2][1:]
            for left, over, width, height in sorted(parts[:, :4].tolist(), key=lambda p: out * p[0]):
                one, other = left + low, left + low + width
                inner, outer = (other, one) if out < 0 else (one, other)
                letter = height >= _LEAST_HEIGHT * high and _WIDTHS[0] * high <= width <= _WIDTHS[1] * high
                if letter and out * (inner - at) < _NEAR * high and out * (outer - at) > 0:
                    boxes.append((one, over + top, other, over + top + height))
                    at = outer
    return found


def _line(strokes: _Strokes, group: _Group, more: list[tuple[int, int, int, int]]) -> TextLine:
    m = group.members
    base = group.base + group.slope * strokes.mid_x[m]
    boxes = np.stack([strokes.x[m], strokes.y[m], strokes.right[m], strokes.bottom[m]], axis=1)
    if more:
        held = np.array(more, np.int64)
        boxes = np.concatenate([boxes, held])
        base = np.concatenate([base, group.base + group.slope * held[:, [0, 2]].mean(axis=1)])
    return TextLine(
        int(boxes[:, 0].min()),
        int(boxes[:, 2].max()),
        group.base,
        group.slope,
        group.ascent,
        float((base - boxes[:, 1]).max()),
        float((boxes[:, 3] - base).max()),
        boxes,
    )
