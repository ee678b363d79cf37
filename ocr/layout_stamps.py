"""The stamp of arrival (``ĐẾN / Số / Ngày / Chuyển``) that a receiving office sets beside the title.

It is another office's record: it must not stand inside the title, nor give its number and day to the document.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from domain.text import fold
from ocr.layout_rows import centre, cut_at_gaps, in_order, middle, union
from ocr.model import Line

_DAY = re.compile(r"^\W*ng[àaáảy]{1,2}\w?\W*\d{1,2}\s*[/.\-]\s*\d{1,2}", re.IGNORECASE)
_PASSED_ON = re.compile(r"^\W*(?:chuy[eêểếề]n|kính chuyển|lưu hồ sơ(?: số)?)\s*:", re.IGNORECASE)
_NUMBER = re.compile(r"^\W*s[ốóôoồ]{1,2}\W{0,3}\d*[\s._…]*$", re.IGNORECASE)
_ARRIVED = re.compile(r"^(?:cong van |cv |van ban )?den$|^(?:cong van|cv|van ban) den\b")


def _is_anchor(part: Line) -> bool:
    text = part.text
    arrived = text.upper() == text and bool(_ARRIVED.match(fold(text)))
    return arrived or bool(_DAY.match(text) or _PASSED_ON.match(text) or _NUMBER.match(text))


def is_heading(line: Line) -> bool:
    """True for the printed heading of such a stamp, alone in its line."""
    return line.text.upper() == line.text and bool(_ARRIVED.match(fold(line.text)))


def take_stamp(lines: Sequence[Line], width: int, height: int, unit: float) -> tuple[list[Line], list[Line]]:
    """Return ``(lines of the stamp, all others)``; a line that ran through stamp and title is cut.

    A stamp needs two of its printed words below each other in the left part of the upper half of the page.
    *width*, *height*: frame, pixels; *unit*: typical height of words.
    """
    upper = [x for x in lines if middle(x) < 0.5 * height and x.box[0] < 0.35 * width]
    lefts: list[Line] = [cut_at_gaps(line, 0.9 * unit)[0] for line in upper]
    anchors = [p for p in lefts if p.box[2] < 0.55 * width and len(p.words) <= 8 and _is_anchor(p)]
    if len(anchors) < 2:
        return [], list(lines)
    anchors.sort(key=middle)
    box = union(p.box for p in anchors)
    sure = any(_DAY.match(p.text) or _PASSED_ON.match(p.text) or _ARRIVED.match(fold(p.text)) for p in anchors)
    if not sure or box[3] - box[1] > 14 * unit:
        return [], list(lines)
    top, bottom, right = box[1] - 3.8 * unit, box[3] + 0.6 * unit, box[2] + 3 * unit
    stamp: list[Line] = []
    others: list[Line] = []
    for line in lines:
        parts = cut_at_gaps(line, 0.9 * unit)
        first = parts[0]
        inside = top < middle(line) < bottom and first.box[0] < right and first.box[2] < max(right, 0.45 * width)
        over = middle(line) < box[1]  # the stamp's own heading: capitals, above its other words
        heading = first.text.upper() == first.text and box[0] - 2 * unit < centre(first) < box[2] + 2 * unit
        if inside and (not over or heading) and not (len(parts) == 1 and len(first.words) > 9):
            stamp.append(first)
            others.extend(parts[1:])
        else:
            others.append(line)
    return in_order(stamp, unit), others
