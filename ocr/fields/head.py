"""Fields of the head: agencies, number and sign, place and date (Decree 30/2020, Appendix I, boxes 2, 3, 4)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from difflib import SequenceMatcher

from domain.doctypes import by_title
from domain.numbering import SoKyHieu, find, parse, without_label
from domain.text import fold
from ocr.fields.evidence import PageZones, repaired, sure, value
from ocr.fields.glue import unglued
from ocr.fields.repair import Pairs, restore_heading
from ocr.fields.vocabulary import AGENCY_HEADS, PLACE_WORDS, PROVINCES
from ocr.layout_header import is_place_date, phrase_start
from ocr.layout_rows import centre, height_of
from ocr.model import FieldValue, Line, Word

_HEADS = tuple(sorted((fold(h) for h in AGENCY_HEADS), key=len, reverse=True))
_NEVER_ALONE = frozenset({"uy ban nhan dan", "ubnd", "hoi dong nhan dan", "so", "phong", "truong", "trung tam", "ban"})
_PLACES = tuple(fold(p) for p in PLACE_WORDS)
_OPEN_END = re.compile(r"(?:[,\-–]|\b(?:VÀ|CỦA|VỀ|CHO|VA|CUA|VE))\s*$")
_SUBJECT = re.compile(r"^\W*[Vv]\s?[/lìíiIjĩ\\|1!]\s?[vVwW]\b")
_SIGN_IN_PLACE = re.compile(r"/\s?[A-ZĐ]{1,5}[a-zà-ỹ]?\s?[-/]\s?[A-ZĐ]{2}")
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


# --- agencies ----------------------------------------------------------------------------------------------------


#: a short word with a colon under the agency: the label of a number, whatever it was read as (``sg:``, ``õ:``)
_LABEL_LIKE = re.compile(r"^\W*[^\W\d]{1,3}\s?:\s")


def read_agencies(first: PageZones, own: Pairs) -> dict[str, FieldValue]:
    """Read the issuing agency and, where printed over it, its superior (box 2: capitals, several lines)."""
    lines: list[Line] = []
    for line in first.zones.head_left:
        labelled = without_label(line.text)[1]
        if labelled and lines and (find(line.text) or (len(line.words) <= 4 and not _plain_heading(line))):
            break
        if lines and (find(line.text) is not None or _LABEL_LIKE.match(line.text)):
            break
        if is_subject_mark(line.text):
            break
        if _is_heading(line) or (lines and _last_syllable(line, lines[-1])):
            lines.append(line)
    restored = [_restore(line, own) for line in lines]
    names: list[list[int]] = []
    for n, (text, _, _) in enumerate(restored):
        if names and not _begins_agency(text, restored[n - 1][0]):
            names[-1].append(n)
        else:
            names.append([n])
    names = names[-2:]
    out: dict[str, FieldValue] = {}
    for key, group in zip(("co_quan_ban_hanh", "co_quan_chu_quan"), reversed(names), strict=False):
        text = " ".join(restored[n][0] for n in group)
        words = [w for n in group for w in restored[n][1]]
        changed = sum(restored[n][2] for n in group)
        factor = repaired(changed, len(words)) * (1.0 if _head_of(text) else 0.85)
        if fold(text) in _NEVER_ALONE:
            factor *= 0.5  # whose? The line with its place was not legible
        out[key] = value(text, words, first.page.number, factor=factor)
    return out


def _plain_heading(line: Line) -> bool:
    """``SƠ CÔNG THƯƠNG``: an agency in capitals whose first word looks like the label of a number."""
    letters = [c for c in line.text if not c.isspace()]
    return bool(_head_of(line.text)) and all(c.isalpha() and c.isupper() for c in letters)


def _last_syllable(line: Line, above: Line) -> bool:
    """``TẾ`` alone under ``BAN QUẢN LÝ KHU KINH``: the end of a name, close below it."""
    letters = [c for c in line.text if c.isalpha()]
    near = line.box[1] - above.box[3] < 0.9 * height_of(above) and above.box[0] < centre(line) < above.box[2]
    return near and 2 <= len(letters) <= 8 and all(c.isupper() for c in letters) and sure(line.words) > 0.7


def _is_heading(line: Line) -> bool:
    letters = [c for c in line.text if c.isalpha()]
    if _SIGN_IN_PLACE.search(line.text):
        return False  # a number whose label was not legible
    if len(letters) >= 5 and fold(line.text).startswith(tuple(p + " " for p in _PLACES)):
        return sum(c.isupper() for c in letters) >= 0.75 * len(letters) and sure(line.words) > 0.25
    if len(letters) < 3 or (by_title(line.text) is not None and len(line.words) <= 3 and not _head_of(line.text)):
        return False
    if fold(line.text) in ("hoa toc", "khan", "thuong khan", "mat", "toi mat", "tuyet mat", "du thao"):
        return False
    return sum(c.isupper() for c in letters) >= 0.75 * len(letters) and sure(line.words) > 0.25


def _restore(line: Line, own: Pairs) -> tuple[str, list[Word], int]:
    kept = [w for w in line.words if any(c.isalnum() for c in w.text) or w.text in ("-", "–", "&")]
    while kept and not any(c.isalnum() for c in kept[0].text):
        kept.pop(0)
    while kept and not any(c.isalnum() for c in kept[-1].text):
        kept.pop()
    kept = [part for w in kept for part in unglued(w)]
    words, changed = restore_heading([w.text for w in kept], [w.confidence for w in kept], own)
    text = " ".join(words).strip(" _.:;|'\"“”")
    return text, kept, changed


def _head_of(text: str) -> str:
    folded = fold(text) + " "
    return next((h for h in _HEADS if folded.startswith(h + " ")), "")


def _begins_agency(text: str, before: str) -> bool:
    """True when a line of the left cell begins another agency and does not continue the line before."""
    folded = fold(text) + " "
    # a line broken inside a word of two syllables: "... VÀ MÔI / TRƯỜNG", "VĂN / PHÒNG", "XÃ / HỘI"
    if fold(before).split()[-1:] in (["moi"], ["van"], ["quoc"], ["xa"], ["lien"], ["su"], ["uy"], ["hai"], ["dan"]):
        return False
    if _OPEN_END.search(before) or folded.startswith(
        ("phong chong ", "va ", "bo doi bien phong ", "hai quan khu vuc ")
    ):
        return False
    if any(folded.startswith(p + " ") for p in _PLACES) and not folded.startswith(
        ("tinh uy", "tinh doan", "thanh pho doan")
    ):
        return False
    if not _head_of(text):
        return False
    # "BAN QUẢN LÝ / DỰ ÁN ...", "TRUNG TÂM / VĂN HÓA": a head needs something of its own above it
    above = fold(before)
    return above not in _HEADS or above in ("uy ban nhan dan", "chinh phu") or len(above.split()) > 1


def motto_seen(first: PageZones) -> bool:
    """True when quốc hiệu stands at the top of the page."""
    return any(
        phrase_start(x, "cong hoa xa hoi chu nghia viet nam") is not None
        or phrase_start(x, "dang cong san viet nam") is not None
        for x in (*first.zones.head_right, *first.zones.body[:8])
    )
