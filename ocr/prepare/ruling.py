"""The ruled lines of tables: found, taken out of the OCR copy, and handed on as the grid of cells.

A recogniser makes ``|`` and broken letters of ruled lines and reads across cells. The lines themselves say, better than
any white between words, where each cell begins.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.layout_grid import Grid, Rule
from ocr.recognizer import Gray

#: lengths in inches: shorter strokes are letters, underlines or the frame of a stamp
_DOWN, _ACROSS = 0.28, 0.5
#: a table is at least this share of the page's width
_WIDEST_STAMP = 0.25


def take_out_rules(gray: Gray, dpi: int) -> tuple[Gray, tuple[Grid, ...]]:
    """Return *gray* without the ruled lines of tables and framed stamps, and their grids in pixels of *gray*.

    Args:
        gray: the level OCR copy, 0 black; given back as it is where there is no table.
        dpi: of *gray*.
    """
    dark = _dark(gray, dpi)
    down, across = round(_DOWN * dpi), round(_ACROSS * dpi)
    wide, tall = np.ones((1, 3), np.uint8), np.ones((3, 1), np.uint8)
    upright = cv2.morphologyEx(cv2.dilate(dark, wide), cv2.MORPH_OPEN, np.ones((down, 1), np.uint8))
    if cv2.countNonZero(upright) < 2 * down:
        return gray, ()
    level = cv2.morphologyEx(cv2.dilate(dark, tall), cv2.MORPH_OPEN, np.ones((1, across), np.uint8))
    if cv2.countNonZero(level) < 2 * across:
        return gray, ()
    both = cv2.dilate(cv2.bitwise_or(upright, level), np.ones((5, 5), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(both, connectivity=8)
    grids: list[Grid] = []
    lines = np.zeros_like(dark)
    height, width = gray.shape
    for n in range(1, count):
        x, y, w, h = (int(v) for v in stats[n][:4])
        if h < 2 * 0.15 * dpi or (w > 0.96 * width and h > 0.9 * height):
            continue
        part = np.s_[y : y + h, x : x + w]
        mine = (labels[part] == n).astype(np.uint8) * 255
        ups = _rules(cv2.bitwise_and(upright[part], mine), x, y, False, dpi)
        levels = _rules(cv2.bitwise_and(level[part], mine), x, y, True, dpi)
        grid = Grid(tuple(ups), tuple(levels))
        if not (_is_table(grid, w, width) or _is_stamp(grid, w, h, y, gray.shape)):
            continue
        grids.append(grid)
        ink = cv2.bitwise_and(cv2.bitwise_or(upright[part], level[part]), mine)
        lines[part] = cv2.bitwise_or(lines[part], ink)
    if not grids:
        return gray, ()
    cleared = gray.copy()
    cleared[cv2.dilate(lines, np.ones((3, 3), np.uint8)) > 0] = int(np.percentile(gray[::8, ::8], 80))
    grids.sort(key=lambda g: g.box[1])
    return cleared, tuple(grids)


def _is_table(grid: Grid, wide: int, page_wide: int) -> bool:
    return wide >= _WIDEST_STAMP * page_wide and len(grid.upright) >= 3 and len(grid.level) >= 2


def _is_stamp(grid: Grid, wide: int, high: int, top: int, page: tuple[int, ...]) -> bool:
    """A single frame of a stamp's size in the upper half of the page: arrival, urgency, secrecy."""
    return grid.is_frame and wide < 0.4 * page[1] and high < 0.16 * page[0] and top < 0.5 * page[0]


def _dark(gray: Gray, dpi: int) -> NDArray[np.uint8]:
    size = round(dpi / 7) | 1
    return np.asarray(
        cv2.adaptiveThreshold(gray, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, size, 18), np.uint8
    )


def _rules(mask: NDArray[Any], x: int, y: int, level: bool, dpi: int) -> list[Rule]:
    """Return the lines in *mask*, whose corner lies at (x, y), sorted by place; pieces of one line are joined."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    pieces: list[Rule] = []
    for n in range(1, count):
        left, top, w, h = (int(v) for v in stats[n][:4])
        ys, xs = np.nonzero(labels[top : top + h, left : left + w] == n)
        along, off = (xs + left + x, ys + top + y) if level else (ys + top + y, xs + left + x)
        start, end = float(along.min()), float(along.max())
        first, last = off[along <= start + (end - start) / 4], off[along >= end - (end - start) / 4]
        slope = float(last.mean() - first.mean()) / (0.75 * max(end - start, 1.0))
        slope = slope if abs(slope) < 0.05 else 0.0
        pieces.append(Rule(float(off.mean()) - slope * (start + end) / 2, slope, start, end))
    pieces.sort(key=lambda r: (r.value((r.start + r.end) / 2), r.start))
    joined: list[Rule] = []
    for piece in pieces:
        last_one = joined[-1] if joined else None
        middle = (piece.start + piece.end) / 2
        if last_one is not None and abs(last_one.value(middle) - piece.value(middle)) < 0.06 * dpi:
            far = max(piece.start - last_one.end, last_one.start - piece.end)
            if far < 0.5 * dpi:
                longer = max(last_one, piece, key=lambda r: r.end - r.start)
                start, end = min(last_one.start, piece.start), max(last_one.end, piece.end)
                joined[-1] = Rule(longer.at, longer.slope, start, end)
                continue
        joined.append(piece)
    return joined
