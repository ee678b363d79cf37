"""Where a number, a day, a month may be written by pen: windows on the lines of the head, from the typed words about.

The typed neighbours are what the recogniser of print reads well; the strokes between them it glues to a neighbour,
misreads or drops. So a window begins and ends inside a neighbour (the strip reader knows those) and, where one is
missing, as far away as it could stand. Decree 30/2020, Appendix I: boxes 3 and 4, set in 13 to 14 points.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from domain.numbering import without_label
from domain.text import fold
from ocr.layout_header import find_header, is_place_date
from ocr.layout_rows import middle
from ocr.model import Line, Word

_POINTS = 13.5
#: widths in em of the words about the gaps, in the upright or italic Times of official papers
_LABEL = 1.33
_NGAY, _THANG, _NAM, _YEAR = 1.9, 2.25, 1.7, 1.95
_SIGN = re.compile(r"[A-ZĐ][\w.&]*\s?[-–][\w&.]*[A-ZĐ]|/\s?[A-ZĐ]|[A-ZĐ]/")
_LABEL_WORD = re.compile(r"^\W{0,2}[s§8][oốóòôồõỏổ0]{1,2}\s?[:;.,]?$", re.IGNORECASE)
_YEAR_WORD = re.compile(r"^\W?(?:19|20)\d\d\W?$")
_THANG_FOLDED = re.compile(r"^t[hb][a-z]n[gq]$|^t[a-z]ang$|^thang$")


@dataclass(frozen=True)
class Window:
    """A stretch of a line; pixels of the frame. *kind*: ``so``, ``ngay``, ``thang``, ``ngay+thang``."""

    kind: str
    left: float
    right: float
    baseline: float
    em: float


def find_windows(lines: Sequence[Line], width: int, height: int, dpi: float) -> list[Window]:
    """Return the windows on a page with a head, none on other pages.

    Args:
        lines: recognised lines of the page.
        width: of the frame, pixels.
        height: of the frame, pixels.
        dpi: pixels per inch as the file says; not believed where the page would not be about A4.
    """
    head = find_header([line for line in lines if line.words], width, height) if lines else None
    if head is None:
        return []
    cell = [*head.left, *head.right]
    em = _type_size(cell, width, dpi)
    date_row = _date_row(cell)
    found = _date_windows(date_row, em, width) if date_row else []
    number = _number_window(head.left, em, date_row, width)
    return ([number] if number else []) + found


def _type_size(cell: Sequence[Line], width: int, dpi: float) -> float:
    """Size of the type in pixels: from words whose width is known, held against the resolution."""
    expected = _POINTS / 72 * (dpi if 6.5 < width / dpi < 10.5 else width / 8.3)
    seen = []
    for line in cell:
        for w in line.words:
            if w.confidence < 0.85:
                continue
            wide = w.box[2] - w.box[0]
            folded = fold(w.text)
            if folded == "thang":
                seen.append(wide / 2.2)
            elif folded == "nam" and w.text.islower():
                seen.append(wide / 1.65)
            elif _YEAR_WORD.match(w.text) and len(w.text) == 4:
                seen.append(wide / 1.92)
    near = [em for em in seen if 0.75 * expected < em < 1.3 * expected]
    return float(median(near)) if near else expected


def _baseline(line: Line, word: Word, em: float) -> float:
    """Foot of the letters of a typed *word*: the line's baseline, unless the word's own box contradicts it.

    A line that the recogniser ran across both cells of the head has the baseline of neither.
    """
    left, right = line.box[0], max(line.box[2], line.box[0] + 1)
    share = min(1.0, max(0.0, ((word.box[0] + word.box[2]) / 2 - left) / (right - left)))
    told = line.baseline[0] + share * (line.baseline[1] - line.baseline[0])
    own = word.box[3] - (0.2 * em if any(c in "gyjpqQ,;" for c in word.text) else 0.02 * em)
    return told if abs(told - own) < 0.16 * em else own


# --- place and date ----------------------------------------------------------------------------------------------


def _date_row(cell: Sequence[Line]) -> list[tuple[Word, Line]]:
    """Words of the row of place and date, left to right: that with ``năm 2025``, else with ``ngày`` .. ``tháng``."""
    anchor: Line | None = None
    for line in cell:
        folded = [fold(w.text) for w in line.words]
        year = any(
            _YEAR_WORD.match(w.text) and i and re.match(r"n[a-z]m$", folded[i - 1]) for i, w in enumerate(line.words)
        )
        if year or is_place_date(line.text):
            anchor = line
    if anchor is None:
        return []
    size = max(1, anchor.box[3] - anchor.box[1])
    row = [
        (w, line)
        for line in cell
        if line is anchor or abs(middle(line) - middle(anchor)) < 0.5 * size
        for w in line.words
        if abs((w.box[1] + w.box[3]) / 2 - middle(anchor)) < 0.8 * size
    ]
    return sorted(row, key=lambda pair: pair[0].box)


def _date_windows(row: Sequence[tuple[Word, Line]], em: float, width: int) -> list[Window]:
    folded = [re.sub(r"[^a-z0-9]", "", fold(w.text)) for w, _ in row]
    year = next((i for i in range(len(row) - 1, -1, -1) if _YEAR_WORD.match(row[i][0].text)), None)
    nam = next((i for i in range(len(row) - 1, -1, -1) if re.fullmatch(r"n[a-z]m", folded[i])), None)
    if nam is not None:
        end = row[nam][0].box[0]
    elif year is not None:
        end = round(row[year][0].box[0] - (0.25 + _NAM) * em)
    else:
        end = round(row[-1][0].box[2])
    sure, line = row[nam if nam is not None else year if year is not None else -1]
    stop = nam if nam is not None else year if year is not None else len(row)
    ngay = next(
        (i for i in range(stop) if re.match(r"ng[a-z]{1,2}", folded[i]) and i > 0 and _like_ngay(folded[i])), None
    )
    thang = next((i for i in range(stop - 1, -1, -1) if "thang" in folded[i] or _THANG_FOLDED.match(folded[i])), None)
    if thang is not None and ngay is not None and thang <= ngay:
        thang = None
    start = _day_start(row, folded, ngay, thang, stop, end, em)
    base = _baseline(line, sure, em)

    def window(kind: str, left: float, right: float) -> list[Window]:
        if right - left < 0.6 * em:
            return []
        return [Window(kind, max(0.0, left), min(float(width), right), base, em)]

    if thang is None:
        # the word is lost with what stands about it; a month that was read bounds the day
        month = next(
            (i for i in range(stop - 1, max(stop - 2, -1), -1) if re.fullmatch(r"0?[1-9]|1[0-2]", folded[i])), None
        )
        near = month is not None and end - row[month][0].box[2] < 1.2 * em and row[month][0].box[0] > start + 2.6 * em
        if near and month is not None:
            return window("ngay", start, row[month][0].box[0] - 0.06 * em)
        return window("ngay+thang", start, end + 0.55 * em)
    word = row[thang][0]
    exact = len(word.text) <= 5
    begins = word.text[:1] in "tT"  # with no stroke before it, not even one that is no letter
    thang_left = word.box[0] if begins else max(word.box[0], word.box[2] - _THANG * em)
    thang_right = word.box[2] if exact or not begins else min(word.box[2], word.box[0] + _THANG * em)
    out = window("ngay", start, thang_left + 0.6 * em)
    out += window("thang", thang_right - 0.55 * em, end + 0.5 * em)
    return out


def _like_ngay(folded: str) -> bool:
    """``ngay`` as recognised, maybe with the day glued to it; not ``ngai``, ``nghe`` of a place name."""
    return bool(re.match(r"ng[aeo][yvg]|ng[aà]\d|ngy|ngg", folded))


def _day_start(
    row: Sequence[tuple[Word, Line]],
    folded: Sequence[str],
    ngay: int | None,
    thang: int | None,
    stop: int,
    end: int,
    em: float,
) -> float:
    """Left edge of the window of the day: within ``ngày``, else after the place, else as far as it could be."""
    if ngay is not None:
        word = row[ngay][0]
        edge = min(word.box[2], word.box[0] + _NGAY * em) if len(word.text) > 4 else word.box[2]
        # the strokes may be taken into the box of the word
        return max(word.box[0], min(edge, word.box[0] + 2.1 * em) - 0.7 * em)
    limit = thang if thang is not None else stop
    edge_right = row[thang][0].box[0] if thang is not None else end
    farthest = edge_right - (5.0 if thang is not None else 9.5) * em
    place = [w for (w, _), f in zip(row[:limit], folded[:limit], strict=True) if "," in w.text or f.isalpha()]
    comma = [w for w in place if w.text.rstrip().endswith((",", ".", ";"))]
    after = (comma or place)[-1].box[2] if place else farthest
    return max(after - 0.1 * em, farthest)


# --- number ------------------------------------------------------------------------------------------------------


def _number_window(
    head_left: Sequence[Line], em: float, date_row: Sequence[tuple[Word, Line]], width: int
) -> Window | None:
    labelled = next((line for line in head_left if without_label(line.text)[1]), None)
    anchor = labelled or next((line for line in head_left if any(_is_sign(w) for w in line.words)), None)
    if anchor is None:
        return _beside_date(head_left, em, date_row, width)
    tall = max(1, anchor.box[3] - anchor.box[1])
    row = sorted(
        (
            w
            for line in head_left
            if line is anchor or abs(middle(line) - middle(anchor)) < 0.6 * tall
            for w in line.words
        ),
        key=lambda w: w.box,
    )
    first = row[0]
    if labelled is not None:
        first = next((w for w in row if w is labelled.words[0]), row[0])
        label_right = first.box[2] if _LABEL_WORD.match(first.text) else first.box[0] + _LABEL * em
        left = max(float(first.box[0]), min(label_right, first.box[0] + 1.5 * em) - 0.5 * em)
    sign = next((w for w in row if _is_sign(w) and (labelled is None or w.box[0] >= first.box[0])), None)
    if sign is None:
        right = left + 6.5 * em if labelled is not None else anchor.box[2]
    else:
        right = _slash(sign, em) + 0.9 * em
        if labelled is None:
            left = right - 0.9 * em - 4.6 * em
    right = min(right, width)
    if right - left < 0.8 * em:
        return None
    typed = sign or first
    home = next((line for line in head_left if typed in line.words), anchor)
    base = _baseline(home, typed, em)
    return Window("so", max(0.0, left), right, base, em)


def _is_sign(word: Word) -> bool:
    """``/QĐ-UBND`` and the like; not the ``V/v`` before a subject."""
    return bool(_SIGN.search(word.text)) and not re.match(r"\W?[Vv]\s?/\s?[vV]", word.text)


def _slash(sign: Word, em: float) -> float:
    """Left edge of the separator in a word like ``/QĐ-UBND`` or ``04/QĐ-UBND`` or ``iCT-UBND``."""
    found = _SIGN.search(sign.text)
    at = found.start() if found else 0
    if "/" in sign.text[: at + 1]:
        at = sign.text.index("/")
    if at == 0:
        return float(sign.box[0])
    # letters of the sign are wider than digits: measured from the right end
    after = sum(0.28 if c in "/-." else 0.5 if c.isdigit() or c.islower() else 0.7 for c in sign.text[at:])
    return max(float(sign.box[0]), sign.box[2] - after * em - 0.1 * em)


def _beside_date(
    head_left: Sequence[Line], em: float, date_row: Sequence[tuple[Word, Line]], width: int
) -> Window | None:
    """Neither label nor sign was read: the number stands in the left cell at the height of place and date."""
    if not head_left or not date_row:
        return None
    left = min(line.box[0] for line in head_left) - 0.3 * em
    right = min(max(line.box[2] for line in head_left) + 0.3 * em, date_row[0][0].box[0])
    word, line = date_row[0]
    if right - left < 3 * em or any(middle(x) > line.box[1] for x in head_left):
        return None
    return Window("so", max(0.0, left), min(float(width), right), _baseline(line, word, em), em)
