"""The two-column foot of a document: ``Nơi nhận`` on the left, authority, position and name on the right."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from domain.text import fold
from ocr.layout_rows import centre, cut, gaps, in_order, middle, typical_height
from ocr.model import Line

_HEADING = re.compile(r"^\W*n[o0]i nh[a-z]{1,2}n?\b")
_DASH = re.compile(r"^\W{0,2}[-–—~]\s*[^\W\d]")
_AUTHORITY = re.compile(r"^(?:T\W?M|K\W?T|T\W?L|T\W?U\W?Q|Q)\s*[.,]\s*\S")


@dataclass(frozen=True)
class Foot:
    """Lines of the foot; ``before`` stands over it, ``after`` under it (footnotes, an annex on the same page)."""

    before: tuple[Line, ...]
    left: tuple[Line, ...]
    right: tuple[Line, ...]
    after: tuple[Line, ...]


def is_recipients_heading(text: str) -> bool:
    """True for ``Nơi nhận:`` and its usual misreadings at the start of *text*."""
    return bool(_HEADING.match(fold(text)))


def find_foot(lines: Sequence[Line], width: int, height: int) -> Foot | None:
    """Find the foot among *lines* by its heading ``Nơi nhận``; None when there is none.

    Decree 30/2020, Appendix I: boxes 7a-c and 9b stand level with each other. *width*, *height*: frame, pixels.
    """
    ordered = sorted(lines, key=middle)
    unit = typical_height(ordered)
    heading = next(
        (
            x
            for x in reversed(ordered)
            if is_recipients_heading(x.text) and x.box[0] < 0.4 * width and len(x.words) < 14
        ),
        None,
    )
    heading = heading or _list_without_heading(ordered, width, height, unit)
    if heading is None:
        return None
    top = heading.box[1]
    left_edge = heading.box[0]
    region = [x for x in ordered if middle(x) > top]
    gutter = _gutter(region, left_edge, width, unit)
    before: list[Line] = []
    left: list[Line] = []
    right: list[Line] = []
    after: list[Line] = []
    ended = False
    for line in ordered:
        if middle(line) <= top:
            (right if _early_signature(line, top, gutter, unit) else before).append(line)
            continue
        if not ended and _full_width(line, gutter, left_edge, width, unit):
            ended = True
        if ended:
            after.append(line)
            continue
        at = _cut_index(line, gutter, unit)
        parts = cut(line, at) if at is not None else (line,)
        if len(parts) == 2:
            left.append(parts[0])
            right.append(parts[1])
        elif line.box[0] > gutter - unit or centre(line) > gutter + 2 * unit:
            right.append(line)
        else:
            left.append(line)
    return Foot(tuple(before), tuple(in_order(left, unit)), tuple(in_order(right, unit)), tuple(after))


def _list_without_heading(ordered: Sequence[Line], width: int, height: int, unit: float) -> Line | None:
    """The line over a closing list of dashes with something beside it: a heading that was not legible."""
    start = len(ordered)
    dashed = 0
    for n in range(len(ordered) - 1, -1, -1):
        line = ordered[n]
        if middle(line) < 0.25 * height or _full_width(line, 0.5 * width, line.box[0], width, unit):
            break
        if _DASH.match(line.text):
            dashed += 1
            start = n
    region = ordered[start:]
    beside = [x for x in ordered[max(0, start - 1) :] if x.box[2] > 0.6 * width]
    signed = any(x.box[0] > 0.45 * width or any(r - lft > 1.5 * unit for _, lft, r in gaps(x)) for x in beside)
    if dashed < 3 or 2 * dashed < len(region) or not signed:
        return None
    above = ordered[start - 1] if start else None
    level = (
        above is not None
        and region[0].box[1] - above.box[3] < 1.5 * unit
        and above.box[0] < region[0].box[0] + 3 * unit
    )
    return above if above is not None and level and len(above.words) < 8 else region[0]


def _gutter(region: Sequence[Line], left_edge: int, width: int, unit: float) -> float:
    """The x that fewest words of the foot cross, in the middle of the widest such band."""
    first, last = int(left_edge + 6 * unit), int(0.78 * width)
    step = max(4, int(unit / 3))
    taken = [
        (w.box[0] - _reach(line, i, unit), w.box[2], len(w.text))
        for line in region
        for i, w in enumerate(line.words)
        if w.confidence > 0.3 or len(w.text) > 2
    ]
    crossed = [
        (x, sum(size for left, right, size in taken if left < x < right))
        for x in range(first, max(last, first + step), step)
    ]
    least = min(c for _, c in crossed)
    best: tuple[int, int] = (0, first)
    start: int | None = None
    for x, count in [*crossed, (last + step, least + 1)]:
        if count == least and start is None:
            start = x
        elif count != least and start is not None:
            best = max(best, (x - start, start))
            start = None
    return best[1] + best[0] / 2


def _reach(line: Line, index: int, unit: float) -> float:
    """Width of an ordinary space before a word: part of the text, not a gutter."""
    if index == 0:
        return 0.0
    space = line.words[index].box[0] - line.words[index - 1].box[2]
    return space if space < 1.2 * unit else 0.0


def _cut_index(line: Line, gutter: float, unit: float) -> int | None:
    crossing = [(r - lft, i) for i, lft, r in gaps(line) if lft - unit < gutter < r + unit and r - lft > 0.9 * unit]
    return max(crossing)[1] if crossing else None


def _early_signature(line: Line, top: int, gutter: float, unit: float) -> bool:
    """The right cell may start a little above ``Nơi nhận``: capitals right of the gutter."""
    if top - middle(line) > 4 * unit or line.box[0] < gutter - unit:
        return False
    return bool(_AUTHORITY.match(line.text)) or (line.text.upper() == line.text and len(line.text) > 4)


def _full_width(line: Line, gutter: float, left_edge: int, width: int, unit: float) -> bool:
    """A line of running text across both columns: the foot has ended."""
    if line.box[0] > left_edge + 4 * unit or _cut_index(line, gutter, unit) is not None:
        return False
    return line.box[2] > min(0.8 * width, gutter + 0.25 * width) and len(line.words) >= 8
