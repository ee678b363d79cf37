"""Number and day from the pen readings of the head, against what the recogniser of print made of the same strokes.

Print is read by the recogniser of print, and a pen reading only agrees or disagrees. Strokes of a pen are read by
``ocr.handwriting`` alone: what the recogniser of print sees in them is worth little, however sure it is. A value that
is not likely enough is left empty, with candidates and the crop for a person.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date

from domain.numbering import SoKyHieu, find, parse
from ocr.model import Box, FieldValue, PageReading, PenReading, Word

SOURCE = "pen"
#: the two recognisers made different digits of one print: which of them is right is for a person to say
CONTRADICTED = "-hai-bo-doc"
#: digits that look written to this share are taken for written; to the lower one where print made little of them
_WRITTEN, _PERHAPS_WRITTEN, _WEAK_PRINT = 0.8, 0.4, 0.8
#: a pen reading less likely than this gives candidates only
_LIKELY = 0.5
#: no pen reading is surer than this, nor one that the reading of print contradicts
_SUREST, _CONTRADICTED = 0.97, 0.9
#: how much the chance of a day falls with the days from it to the earliest digital signature: a paper is dated when,
#: or shortly before, it is signed; a day after that is nearly always misread
_LAGS = ((0, 0.03), (1, 1.0), (2, 0.6), (4, 0.4), (11, 0.2), (10**6, 0.08))


def _by_pen(reading: PenReading, print_confidence: float) -> bool:
    """True when the digits were written; *print_confidence*: of the recogniser of print, for what it made of them."""
    return reading.pen >= (_PERHAPS_WRITTEN if print_confidence < _WEAK_PRINT else _WRITTEN)


def gap(page: PageReading, kind: str) -> PenReading | None:
    """Return the first pen reading of *kind* (``so``, ``ngay``, ``thang``) on *page* that says anything."""
    return next((p for p in page.pen if p.kind == kind and p.candidates), None)


def number_with_pen(number: FieldValue | None, page: PageReading) -> FieldValue | None:
    """Return *number* (as read from print) with the digits that the pen reading of *page* gives, where it should.

    The sign (``/QĐ-UBND``) stays as print has it; where the label was lost with the strokes it is looked for beside
    the gap. Without a sign there is nothing to complete.
    """
    reading = gap(page, "so")
    if reading is None:
        return number
    number = number or _sign_beside(page, reading)
    if number is None:
        return None
    sign = parse(number.value)
    if sign is None:
        return number
    best = reading.candidates[0]
    if not _by_pen(reading, number.confidence if sign.so else 0.0) or not best.text:
        return _beside_print(number, sign, reading)
    if reading.letter:
        return _with_letter(number, sign, reading, page.number)
    agreed = sign.so == best.text
    texts = tuple(replace(sign, so=c.text).text for c in reading.candidates if c.text)
    confidence = round(_weighed(best.confidence, agreed, bool(sign.so)) * _sign_doubt(page, reading, sign), 3)
    if best.confidence < _LIKELY and not agreed:
        empty = replace(sign, so="").text
        return FieldValue(empty, min(0.15, confidence), SOURCE, page.number, reading.box, number.raw, texts)
    return FieldValue(texts[0], confidence, SOURCE, page.number, reading.box, number.raw, texts[1:] and texts)


def _with_letter(number: FieldValue, sign: SoKyHieu, reading: PenReading, page: int) -> FieldValue:
    """A letter seems to stand behind the digits: nothing is given as the number, a person chooses.

    Candidates: the digits alone, and without a last one that may be the letter, each with the letter that print read
    there or the usual ``a``.
    """
    seen = re.search(r"\d([a-zđ])\s*/", number.raw)
    letter = seen[1] if seen else "a"
    best = [c.text for c in reading.candidates if c.text][:2]
    shorter = [text[:-1] + letter for text in best if len(text) > 1]
    spelled = dict.fromkeys((*shorter, *best, *(text + letter for text in best)))
    texts = tuple(replace(sign, so=so).text for so in spelled)
    empty = replace(sign, so="").text
    return FieldValue(empty, 0.1, SOURCE, page, reading.box, number.raw, texts)


def _row(page: PageReading, reading: PenReading) -> list[Word]:
    """Words at the height of the gap that begin in it or shortly behind it, left to right."""
    left, top, right, bottom = reading.box
    reach = right + 2 * (bottom - top)
    return sorted(
        (w for w in page.words if top < (w.box[1] + w.box[3]) / 2 < bottom and left < w.box[0] < reach),
        key=lambda w: w.box,
    )


def _sign_beside(page: PageReading, reading: PenReading) -> FieldValue | None:
    """The sign that stands at the right end of the gap of *reading*, as a number without digits."""
    row = _row(page, reading)
    for start in range(len(row)):
        seen = " ".join(w.text for w in row[start:])
        found = find(f"Số: {seen}")
        if found is not None and len(found.groups) > 1:
            return FieldValue(replace(found, so="").text, 0.1, "ocr", page.number, reading.box, seen)
    return None


def _sign_doubt(page: PageReading, reading: PenReading, sign: SoKyHieu) -> float:
    """Factor below 1 where the recogniser of print was unsure of the sign itself."""
    seen = [w.confidence for w in _row(page, reading) if sign.groups[-1] in w.text]
    return min(1.0, max(seen) / 0.9) if seen else 0.8


def _weighed(p: float, agreed: bool, contradicted: bool) -> float:
    """Confidence of a pen reading of chance *p*, given what the recogniser of print read there."""
    if agreed:
        return round(min(_SUREST, 1 - (1 - p) * 0.5), 3)
    return round(min(_CONTRADICTED if contradicted else _SUREST, p), 3)


def _beside_print(number: FieldValue, sign: SoKyHieu, reading: PenReading) -> FieldValue:
    """Typed digits, or an empty gap: print stands, and the strip reader only agrees or disagrees."""
    best = reading.candidates[0]
    if best.text == sign.so:
        return number
    if not best.text:
        return replace(number, confidence=min(number.confidence, 0.5)) if best.confidence > 0.8 else number
    if sign.so and (number.confidence >= 0.5 or best.confidence < 0.9):
        both = (number.value, replace(sign, so=best.text).text)
        known = dict.fromkeys((*number.candidates, *both))
        if best.confidence < 0.9:
            return replace(number, candidates=tuple(known))
        checks = (*number.checks, CONTRADICTED)
        return replace(number, confidence=min(number.confidence, 0.6), candidates=tuple(known), checks=checks)
    texts = tuple(replace(sign, so=c.text).text for c in reading.candidates if c.text)
    if best.confidence < _LIKELY:
        return replace(number, candidates=tuple(dict.fromkeys((*number.candidates, *texts))))
    return replace(
        number,
        value=texts[0],
        confidence=round(min(0.8, best.confidence), 3),
        candidates=tuple(dict.fromkeys((*texts, *((number.value,) if sign.so else ())))),
        checks=(*number.checks, *((CONTRADICTED,) if sign.so else ())),
    )


@dataclass(frozen=True)
class _Printed:
    """Parts of the line of place and date as the recogniser of print has them; None where not plain digits."""

    day: int | None
    month: int | None
    year: int | None
    confidence: float  # of the weaker of day and month
    raw: str


def date_with_pen(printed: FieldValue | None, page: PageReading, signed_on: date | None) -> FieldValue | None:
    """Return the day of issue *printed* with day and month of the pen readings of *page*, where they should stand.

    Args:
        printed: as read from print; with an empty value, or None, where that made no date of the line.
        page: with its pen readings.
        signed_on: earliest day of a visible digital signature; candidates are weighed by their distance to it.
    """
    day_gap, month_gap = gap(page, "ngay"), gap(page, "thang")
    if day_gap is None:
        return printed
    parts = _printed(page, day_gap.box)
    if parts.year is None:
        return printed
    days = _options(day_gap, parts.day, parts.confidence)
    months = _options(month_gap, parts.month, parts.confidence) if month_gap else [(parts.month, 1.0)]
    dated: dict[date, float] = {}
    for day, p in days:
        for month, q in months:
            made = _date(parts.year, month, day)
            if made is not None:
                dated[made] = dated.get(made, 0.0) + p * q
    if not dated:
        return printed
    if signed_on is not None:
        dated = _by_signing(dated, signed_on)
    ranked = sorted(dated.items(), key=lambda item: (-item[1], item[0]))[:5]
    (best, p), texts = ranked[0], tuple(d.isoformat() for d, _ in ranked)
    before = printed or FieldValue("", 0.0, "ocr", page.number, None, parts.raw)
    agreed = before.value == best.isoformat()
    written = any(g is not None and _by_pen(g, parts.confidence) for g in (day_gap, month_gap))
    if not written and before.value and (agreed or before.confidence >= 0.5):
        if agreed:
            return before
        limit = min(before.confidence, 0.6) if p > 0.9 else before.confidence
        return replace(before, confidence=limit, candidates=tuple(dict.fromkeys((before.value, *texts))))
    confidence = _weighed(p, agreed, bool(before.value))
    if p < _LIKELY and not agreed:
        return FieldValue("", min(0.15, confidence), SOURCE, page.number, day_gap.box, before.raw, texts)
    return FieldValue(texts[0], confidence, SOURCE, page.number, day_gap.box, before.raw, texts[1:] and texts)


def _printed(page: PageReading, day_box: Box) -> _Printed:
    """Find day, month and year among the words at the height of the gap of the day."""
    top, bottom = day_box[1], day_box[3]
    row = sorted(
        (w for w in page.words if top < (w.box[1] + w.box[3]) / 2 < bottom and w.box[0] > day_box[0] - (bottom - top)),
        key=lambda w: w.box,
    )
    year_at = next((i for i in range(len(row) - 1, -1, -1) if _YEAR.match(row[i].text)), None)
    year = int(row[year_at].text.strip(" .,;")) if year_at is not None else None
    plain = [(w, int(w.text)) for w in row[:year_at] if _ONE_OR_TWO.match(w.text)] if year_at is not None else []
    right = day_box[2] - 0.3 * (bottom - top)
    day = next(((w, n) for w, n in plain if w.box[0] < right), None)
    month = next(((w, n) for w, n in reversed(plain) if w.box[0] >= right), None)
    sure = min((x[0].confidence for x in (day, month) if x), default=0.0)
    return _Printed(day[1] if day else None, month[1] if month else None, year, sure, " ".join(w.text for w in row))


_YEAR = re.compile(r"^(?:19[4-9]\d|20\d\d)[.,;]?$")
_ONE_OR_TWO = re.compile(r"^\d{1,2}$")


def _options(reading: PenReading, printed: int | None, sure: float) -> list[tuple[int | None, float]]:
    """Values of a gap with their chances. Typed digits that print reads surely stand; the rest is the strip's."""
    own = [(int(c.text), c.confidence) for c in reading.candidates if c.text]
    if not _by_pen(reading, sure) and printed is not None and sure >= 0.6:
        share = 0.98 if not own or own[0][0] == printed else 0.6
        return [(printed, share), *((v, p * (1 - share)) for v, p in own if v != printed)]
    return list(own)


def _date(year: int, month: int | None, day: int | None) -> date | None:
    if month is None or day is None:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _by_signing(dated: dict[date, float], signed_on: date) -> dict[date, float]:
    """Weigh days by their distance to the signature; the probability that was lost in reading stays lost."""
    total = sum(dated.values())
    weighed = {}
    for day, p in dated.items():
        late = (signed_on - day).days
        weighed[day] = p * next(w for limit, w in _LAGS if late < limit)
    whole = sum(weighed.values())
    return {day: p / whole * total for day, p in weighed.items()} if whole > 0 else dated
