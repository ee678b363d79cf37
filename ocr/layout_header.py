"""The two-column head of a document: agency, number, subject on the left; motto, place and date on the right."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from domain.text import fold
from ocr.layout_rows import centre, cut, cut_at_gaps, gaps, height_of, in_order, middle, typical_height, words_box
from ocr.model import Line

QUOC_HIEU = "cong hoa xa hoi chu nghia viet nam"
TIEU_NGU = "doc lap tu do hanh phuc"
DANG = "dang cong san viet nam"

_DAY_MONTH_YEAR = re.compile(
    r"\bng[a-z]{1,2}.*t[hb][a-z]n.*\bn[a-z]m\b|\bng[a-z]{1,2}.*(?:t[hb][a-z]n|\bn[a-z]m\b).*(?:19|20)\d\d"
)


@dataclass(frozen=True)
class Header:
    """Lines of the head; ``above`` is what stands over it (stamps, page number), ``rest`` what follows."""

    above: tuple[Line, ...]
    left: tuple[Line, ...]
    right: tuple[Line, ...]
    rest: tuple[Line, ...]


def phrase_start(line: Line, phrase: str, least: float = 0.74) -> int | None:
    """Return the index of the word where *phrase* (folded) begins in *line*, or None when it is not there."""
    folded = [fold(w.text) for w in line.words]
    target = phrase.replace(" ", "")
    syllables = set(phrase.split())
    if len(syllables.intersection(folded)) < 0.4 * len(syllables):
        return None  # comparing letter by letter is dear: only where some syllables are there whole
    best, at = least, None
    for start in range(len(folded)):
        if not folded[start]:
            continue  # a dash before it ends the column on its left
        tail = "".join(folded[start:])[: len(target) + 4]
        if len(tail) < 0.7 * len(target):
            break
        score = SequenceMatcher(None, tail, target, autojunk=False).ratio()
        if score > best:
            best, at = score, start
    return at


def is_place_date(text: str) -> bool:
    """True when folded *text* looks like ``..., ngay .. thang .. nam ....``."""
    return bool(_DAY_MONTH_YEAR.search(fold(text)))


def find_header(lines: Sequence[Line], width: int, height: int) -> Header | None:
    """Find the two-column head among *lines*, or return None when the page has none.

    Decree 30/2020, Appendix I: boxes 1, 2, 3, 4, 5b, 10. The motto (or ``ĐẢNG CỘNG SẢN VIỆT NAM``) anchors it: it is
    the one text that every head carries. *width*, *height*: frame, pixels.
    """
    unit = typical_height(lines)
    starts = _mottoes(lines, height, unit)
    if not starts:
        return None
    anchor = min((lines[n] for n in starts), key=lambda line: line.box[1])
    near = {n: at for n, at in starts.items() if lines[n].box[1] - anchor.box[3] < 5 * unit}
    edges = [lines[n].words[at].box[0] for n, at in near.items()]
    right_edge = min(edges)
    right_end = max(words_box(lines[n])[2] for n in near)
    right_centre = (right_edge + right_end) / 2
    beside = any(at > 0 for at in near.values()) or any(
        line.box[2] <= right_edge + unit and abs(middle(line) - middle(anchor)) < 3 * unit for line in lines
    )
    if not beside:
        return None  # motto alone in the middle: certificates, forms; one column

    top = anchor.box[1] - 0.3 * unit
    date = _date_line(lines, anchor, right_edge, unit, height)
    bottom = date.box[3] if date is not None else anchor.box[3] + 5.5 * unit

    left: list[Line] = []
    right: list[Line] = []
    above: list[Line] = []
    rest: list[Line] = []
    for n, line in enumerate(lines):
        y = middle(line)
        if y < top:
            agency = line.box[2] < right_edge and y > top - 3.2 * unit and line.text.upper() == line.text
            (left if agency else above).append(line)
        elif y > bottom or (date is None and _crosses(line, right_edge, right_centre, unit) and n not in starts):
            rest.append(line)
        else:
            at = near.get(n)
            if at is None:
                at = (
                    _date_start(line, right_edge, unit)
                    if line is date
                    else _gap_start(line, right_edge, right_centre, unit)
                )
            parts = cut(line, at) if at is not None else (line,)
            if len(parts) == 2:
                left.append(parts[0])
                right.append(parts[1])
            elif at == 0 or centre(line) > right_edge + 0.15 * (right_end - right_edge):
                right.append(line)
            else:
                left.append(line)
    if date is None:
        floor = min((middle(x) for x in rest if _crosses(x, right_edge, right_centre, unit)), default=height)
        for side in (left, right):
            late = [x for x in side if middle(x) > floor]
            rest.extend(late)
            side[:] = [x for x in side if middle(x) <= floor]
    _take_subject(left, rest, right_edge, right_centre, unit)
    if not left:
        return None
    return Header(
        tuple(above), tuple(in_order(left, unit)), tuple(in_order(right, unit)), tuple(sorted(rest, key=middle))
    )


def _mottoes(lines: Sequence[Line], height: int, unit: float) -> dict[int, int]:
    """Return the lines of the upper half that hold a motto, by index, with the word where it begins.

    A head has the State's or the Party's: ``HỘI NÔNG DÂN VIỆT NAM`` beside the one is much like the other.
    """
    state: dict[int, int] = {}
    party: dict[int, int] = {}
    for n, line in enumerate(lines):
        if middle(line) > 0.5 * height or len(line.text) < 12:
            continue
        for phrase, found in ((QUOC_HIEU, state), (TIEU_NGU, state), (DANG, party)):
            at = phrase_start(line, phrase)
            if at is not None:
                found[n] = at
                break
    if not state or not party:
        return state or party
    highest = min(middle(lines[n]) for n in state)
    over = {n: at for n, at in party.items() if middle(lines[n]) < highest - 3 * unit}
    return {**state, **over}


def _date_line(lines: Sequence[Line], anchor: Line, right_edge: int, unit: float, height: int) -> Line | None:
    below = [x for x in lines if middle(anchor) < middle(x) < anchor.box[3] + min(9 * unit, 0.2 * height)]
    for line in sorted(below, key=middle):
        at = _date_start(line, right_edge, unit)
        tail = line if not at else cut(line, at)[-1]
        if is_place_date(tail.text) and centre(tail) > right_edge and len(tail.words) <= 16:
            return line
    return None


def _date_start(line: Line, right_edge: int, unit: float) -> int | None:
    """Index of the first word of the place: right of the widest gap that ends in the right half."""
    wide = [(r - lft, i) for i, lft, r in gaps(line) if r > right_edge - 6 * unit and r - lft > 0.9 * unit]
    for i, word in enumerate(line.words):
        if fold(word.text).startswith("ngay") and i > 0:
            wide = [g for g in wide if g[1] < i]  # the blank for the day is no gutter
            break
    return max(wide)[1] if wide else None


def _gap_start(line: Line, right_edge: int, right_centre: float, unit: float) -> int | None:
    wide = [
        (r - lft, i)
        for i, lft, r in gaps(line)
        if r > right_edge - 6 * unit and lft < right_centre and r - lft > 1.2 * unit
    ]
    return max(wide)[1] if wide else None


def _crosses(line: Line, right_edge: int, right_centre: float, unit: float) -> bool:
    """True for a line that stands across both columns without a wide gap: the head has ended."""
    if _gap_start(line, right_edge, right_centre, unit) is not None:
        return False
    return line.box[0] < right_edge + 2 * unit and line.box[2] > right_edge + 6 * unit


def _take_subject(left: list[Line], rest: list[Line], right_edge: int, right_centre: float, unit: float) -> None:
    """Move the lines under the number that belong to the left cell (``V/v ...``, marks) from *rest* to *left*."""
    if not left:
        return
    cell_centre = sum(centre(x) * len(x.text) for x in left) / max(1, sum(len(x.text) for x in left))
    left.sort(key=middle)
    for line in sorted(rest, key=middle):
        last = left[-1]
        if line.box[1] - last.box[3] > 2.6 * max(unit, height_of(last)):
            break
        first, *others = cut_at_gaps(line, 1.5 * unit)
        whole = not others or any(other.box[0] < right_edge - 2 * unit for other in others)
        own = line if whole else first  # what stands in the right cell at the same height stays there
        fits = (
            own.box[2] < right_edge + 0.35 * (right_centre - right_edge) and abs(centre(own) - cell_centre) < 5 * unit
        )
        if not fits or fold(own.text).startswith("kinh gui"):
            if line.box[2] > right_edge and line.box[0] < right_edge:
                break
            continue
        rest.remove(line)
        rest.extend([] if whole else others)
        left.append(own)
