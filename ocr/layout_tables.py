"""Order of body lines: paragraphs as they stand, tables row by row and cell by cell."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from ocr.layout_rows import cut_at_gaps, in_order, rows, union
from ocr.model import Line

_Row = list[Line]


def body_order(lines: Sequence[Line], width: int, unit: float) -> list[Line]:
    """Return body *lines* in reading order. A run of rows that share white columns is a table."""
    grid = [_settle(row, unit) for row in rows(lines)]
    out: list[Line] = []
    at = 0
    while at < len(grid):
        end = _table_end(grid, at, unit)
        if end - at >= 3:
            out.extend(_table(grid[at:end], unit))
            at = end
        else:
            out.extend(grid[at])
            at += 1
    return out


def _settle(row: _Row, unit: float) -> _Row:
    """Join fragments of one row that an ordinary space separates."""
    return in_order(row, unit) if len(row) > 1 else row


def _cells(row: _Row, unit: float) -> list[Line]:
    return [part for line in row for part in cut_at_gaps(line, 1.6 * unit)]


def _table_end(grid: list[_Row], start: int, unit: float) -> int:
    """Index after the last row of a table that begins at *start*: rows whose cells leave one white column free."""
    first = _cells(grid[start], unit)
    if len(first) < 2:
        return start
    end = start
    columns = 0
    for n in range(start, len(grid)):
        cells = _cells(grid[n], unit)
        taken = [c for row in grid[start:n] for c in _cells(row, unit)]
        if n > start:
            top, bottom = union(c.box for c in cells)[1], union(c.box for c in grid[n - 1])[3]
            if top - bottom > 4 * unit:
                break
        count = len(_spans([*taken, *cells], unit))
        if count < 2 or (columns and count < columns):
            break
        columns = count if columns == 0 else min(columns, count)
        end = n + 1
    while end > start and len(_cells(grid[end - 1], unit)) < 2 and end - start <= 3:
        end -= 1
    several = sum(len(_cells(row, unit)) > 1 for row in grid[start:end])
    return end if several >= 3 and several * 2 >= end - start else start


def _spans(cells: Sequence[Line], unit: float) -> list[tuple[int, int]]:
    """Horizontal extents of the columns: unions of cells that overlap left to right."""
    spans: list[tuple[int, int]] = []
    for left, right in sorted((c.box[0], c.box[2]) for c in cells):
        if spans and left < spans[-1][1] + 0.4 * unit:
            spans[-1] = (spans[-1][0], max(spans[-1][1], right))
        else:
            spans.append((left, right))
    return spans


def _table(grid: list[_Row], unit: float) -> list[Line]:
    """Cells of a table, row by row. Lines of one cell stay together where the white between rows shows the rows."""
    white = [union(c.box for c in below)[1] - union(c.box for c in above)[3] for above, below in pairwise(grid)]
    usual = median(white) if white else 0.0
    tight = min(white) if white else 0.0
    limit = max(tight + 0.5 * unit, 0.5 * (tight + max(white, default=0.0)))
    spans = _spans([c for row in grid for c in _cells(row, unit)], unit)
    if max(white, default=0.0) - tight < 0.5 * unit or usual > limit:
        return [line for row in grid for line in row]
    out: list[Line] = []
    band: list[_Row] = [grid[0]]
    for step, row in zip(white, grid[1:], strict=True):
        if step > limit:
            out.extend(_band(band, spans, unit))
            band = []
        band.append(row)
    return [*out, *_band(band, spans, unit)]


def _band(band: list[_Row], spans: list[tuple[int, int]], unit: float) -> list[Line]:
    if len(band) == 1:
        return band[0]
    cells = [c for row in band for c in _cells(row, unit)]
    out: list[Line] = []
    for left, right in spans:
        out.extend(in_order([c for c in cells if left <= c.box[0] <= right], unit))
    return out
