"""Fields of the head: agencies, number and sign, place and date (Decree 30/2020, Appendix I, boxes 2, 3, 4)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from difflib import SequenceMatcher

from domain.numbering import SoKyHieu, find, parse, without_label
from domain.text import fold
from ocr.fields.evidence import PageZones, value
from ocr.fields.vocabulary import PLACE_WORDS, PROVINCES
from ocr.layout_header import is_place_date, phrase_start
from ocr.model import FieldValue, Line

_SUBJECT = re.compile(r"^\W*[Vv]\s?[/lìíiIjĩ\\|1!]\s?[vVwW]\b")
_ARRIVAL = re.compile(r"\bden\b|\bchuyen\b|\bluu ho so\b")


def is_subject_mark(text: str) -> bool:
    """True when *text* begins with ``V/v`` or a usual misreading of it."""
    return bool(_SUBJECT.match(text))


# --- number and sign ---------------------------------------------------------------------------------------------


def read_so_ky_hieu(first: PageZones) -> FieldValue | None:
    """Read số, ký hiệu from the left cell of the head, or from a line ``Số:`` near the top of a form without one.

    A number that is empty or not legible as digits is left out: the value then begins with ``/`` and the confidence
    stays below 0.2, for a person to fill in. A stamp of arrival (``ĐẾN Số: 2770``) has no sign and is never taken.
    """
    best: FieldValue | None = None
    for line, zone in _number_lines(first):
        found = find(line.text)
        labelled = without_label(line.text)[1]
        if found is None and not labelled:
            found = _inside(line)
        if found is None or (not labelled and not found.so):
            continue
        if not labelled and zone < 1.0:
            continue
        candidate = _number_value(line, found, zone if labelled else 0.7 * zone, first.page.number)
        if best is None or candidate.confidence > best.confidence:
            best = candidate
        if labelled and zone == 1.0:
            break
    return best


def sign_by_title(number: FieldValue, abbreviation: str) -> FieldValue:
    """Put the type's letters right where the sign has none that exist (``CIr-UBND``) and the printed title says CTr.

    *abbreviation*: of the type that the title names, "" for none. Confidence at most 0.6; the reading is a candidate.
    """
    sign = parse(number.value)
    if sign is None or not abbreviation or sign.loai or len(sign.groups) < 2:
        return number
    seen = sign.groups[0]
    if seen.startswith(abbreviation):
        return number  # KHLN under KẾ HOẠCH: of several branches (liên ngành), not a misread KH
    near = SequenceMatcher(None, fold(seen), fold(abbreviation), autojunk=False).ratio()
    if seen[0] != abbreviation[0] or near < 0.5:
        return number
    better = _sign_text(number.value, seen, abbreviation)
    return replace(number, value=better, confidence=min(0.6, number.confidence), candidates=(better, number.value))


def _sign_text(value: str, seen: str, abbreviation: str) -> str:
    """Replace the first group *seen* of a number and sign by *abbreviation*."""
    return value.replace(f"/{seen}-", f"/{abbreviation}-", 1).replace(f"-{seen}/", f"-{abbreviation}/", 1)


def _number_lines(first: PageZones) -> list[tuple[Line, float]]:
    """Lines that may hold the number, with how well their place fits."""
    zones = first.zones
    out = [(line, 1.0) for line in zones.head_left]
    out += [(line, 0.8) for line in zones.head_right if not is_place_date(line.text)]
    if not zones.head_left:
        limit = 0.45 * first.page.height_px
        top = [x for x in zones.body if x.box[3] < limit]
        out += [
            (x, 0.75)
            for x in top
            if without_label(x.text)[1] and len(x.words) <= 8 and not _ARRIVAL.search(fold(x.text))
        ]
    return out


def _inside(line: Line) -> SoKyHieu | None:
    """A number and sign without its label, standing alone in a line of the left cell."""
    if len(line.words) > 4 or is_subject_mark(line.text):
        return None
    found = parse(line.text)
    return found if found is not None and found.so and (found.loai or "-" in found.ky_hieu) else None


def _number_value(line: Line, found: SoKyHieu, zone: float, page: int) -> FieldValue:
    words = [w for w in line.words if any(c.isalnum() for c in w.text)] or list(line.words)
    label = words[0] if without_label(words[0].text)[1] else None
    rest = [w for w in words if w is not label] or words
    if not found.so:
        return value(found.text, list(line.words), page, factor=0.25 * zone, limit=0.19)
    digits = [w for w in rest if found.so[-1] in w.text] or rest
    factor = zone * (0.93 if found.repairs else 1.0) * (1.0 if found.loai or len(found.groups) > 1 else 0.85)
    weakest = min(w.confidence for w in digits)
    limit = 0.99 if weakest >= 0.8 else 0.55 if weakest >= 0.6 else 0.35
    surest = min(w.confidence for w in line.words if any(c.isdigit() for c in w.text) or w in digits)
    if surest < 0.985 and re.search(rf"{re.escape(found.so)}[^\w/-]*\s[^\w]*[/-]", line.text):
        limit = min(limit, 0.6)  # digits apart from their sign stand in a gap: a pen may have written them
    if len(found.so) < 2:
        limit = min(limit, 0.3)  # the decree prints 05: a lone digit is often half of a pen-written number
    made = value(found.text, rest, page, factor=factor, limit=limit)
    return FieldValue(
        made.value, made.confidence, made.source, made.page, made.box, " ".join(w.text for w in line.words)
    )


# --- place and date ----------------------------------------------------------------------------------------------

_DATE = re.compile(
    r"^(?P<place>.*?)[\s,.;:]*(?<!\w)ng[aàáảãạăâ][^\W\d_]?(?P<day>.*?)[^\W\d_]?[hb][aàáảãạăâ]n[^\W\d_]?(?P<month>.*?)"
    r"n[aăâáàắằ]m(?!\w)(?P<year>.*)$"
)
_DAY = re.compile(r"^\s*(\d{1,2})[\s.,]*$")  # any other stroke beside the digits may be a lost digit
_YEAR = re.compile(r"^\W*((?:19|20)\d\d)\b")


def read_place_and_date(first: PageZones, signed_on: date | None) -> dict[str, FieldValue]:
    """Read địa danh and the day of issue from the line ``Quảng Ngãi, ngày 05 tháng 02 năm 2025`` (box 4).

    A day or month that is empty or not plain digits gives no date: ``ngay_ban_hanh`` is then present with an empty
    value, confidence 0.0 and the line as ``raw``, so that a reviewer is led to the place. *signed_on*: earliest day
    of a visible digital signature; a hint that only raises or lowers confidence.
    """
    for line, zone in _date_lines(first):
        found = _DATE.match(line.text)
        if found is None:
            continue
        out: dict[str, FieldValue] = {}
        page = first.page.number
        place = _place(found["place"], line, page, zone)
        if place is not None:
            out["dia_danh"] = place
        words = [w for w in line.words if line.words.index(w) >= _day_word(line)]
        day, month, year = _DAY.match(found["day"]), _DAY.match(found["month"]), _YEAR.match(found["year"])
        issued = _real_date(year, month, day)
        if issued is None:
            out["ngay_ban_hanh"] = value("", words, page, factor=0.0, raw=line.text)
            return out
        numbers = [w for w in words if any(c.isdigit() for c in w.text)]
        weakest = min((w.confidence for w in numbers), default=0.0)
        factor, limit = zone, 0.99 if weakest >= 0.8 else 0.55 if weakest >= 0.6 else 0.35
        if day is not None and len(day[1]) < 2:
            limit = min(limit, 0.3)  # the decree prints 05: a lone digit is often half of a pen-written number
        if signed_on is not None:
            late = (signed_on - issued).days
            factor *= 0.6 if late < 0 else 1.0 if late <= 10 else 0.9 if late <= 90 else 0.8
        out["ngay_ban_hanh"] = value(
            issued.isoformat(), numbers or words, page, factor=factor, limit=limit, raw=line.text
        )
        return out
    return {}


def _date_lines(first: PageZones) -> list[tuple[Line, float]]:
    zones = first.zones
    lines = [(x, 1.0) for x in reversed(zones.head_right) if is_place_date(x.text)]
    if not zones.head_right:
        limit = 0.45 * first.page.height_px
        lines += [
            (x, 0.8)
            for x in zones.body
            if x.box[3] < limit
            and is_place_date(x.text)
            and len(x.words) <= 14
            and x.box[0] > 0.3 * first.page.width_px
            and re.match(r"^\W*[^\W\d_]", x.text)
        ]
    return lines


def _day_word(line: Line) -> int:
    for i, w in enumerate(line.words):
        if fold(w.text).startswith("ngay") or (
            re.match(r"^ng\w{1,2}", fold(w.text)) and i >= 1 and len(fold(w.text)) <= 5
        ):
            return i
    return 0


def _real_date(year: re.Match[str] | None, month: re.Match[str] | None, day: re.Match[str] | None) -> date | None:
    if year is None or month is None or day is None:
        return None
    try:
        found = date(int(year[1]), int(month[1]), int(day[1]))
    except ValueError:
        return None
    return found if found.year >= 1945 else None


def _place(text: str, line: Line, page: int, zone: float) -> FieldValue | None:
    name = re.sub(r"^\W+|[\s,.;:]+$", "", text)
    if not name or not any(c.isupper() for c in name) or any(c.isdigit() for c in name) or len(name.split()) > 7:
        return None
    count = len(name.split())
    words = [w for w in line.words if any(c.isalnum() for c in w.text)][:count]
    known = next((p for p in PROVINCES if fold(p) == fold(name)), None)
    if known is not None:
        return value(known if known != name else name, words, page, factor=zone, raw=name)
    for word in PLACE_WORDS:
        if name.startswith(f"{word} "):
            known = next((p for p in PROVINCES if fold(p) == fold(name[len(word) + 1 :])), None)
            if known is not None:
                return value(f"{word} {known}", words, page, factor=zone, raw=name)
    return value(name, words, page, factor=0.9 * zone)


def motto_seen(first: PageZones) -> bool:
    """True when quốc hiệu stands at the top of the page."""
    return any(
        phrase_start(x, "cong hoa xa hoi chu nghia viet nam") is not None
        or phrase_start(x, "dang cong san viet nam") is not None
        for x in (*first.zones.head_right, *first.zones.body[:8])
    )
