"""Type of a paper (Decree 30/2020, Appendix I, box 5a): its printed title, matched to the closed list."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from domain.doctypes import CONG_VAN, TitleMatch, by_title
from domain.numbering import find
from ocr.fields.evidence import PageZones, value, words_of
from ocr.fields.head import is_subject_mark
from ocr.layout_rows import centre, cut_at_gaps, height_of, middle
from ocr.model import FieldValue, Line, Word

#: ``Kính gửi`` and its usual misreadings, with what stands behind it
KINH_GUI = re.compile(r"^\W*k[ií1lìĩỉ]nh\s+g[uưừứửiữ][iìíỉĩ1l]?\b\s*[:;.]?\s*", re.IGNORECASE)
#: words with which the text under title and addressees begins
BODY_OPENS = re.compile(
    r"^[\s\-–+*]*(?:căn cứ|thực hiện|theo|xét|để|trên cơ sở|ngày|nhằm|vừa qua|trong thời gian|phúc đáp|tiếp theo|"
    r"thi hành|hiện nay|qua|sau khi|chương(?!\s+trình)|phần|điều\s*1|mục|i\.|1\.|a\)|kính thưa|tiếp nhận|thời gian)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Title:
    """Where the title stands: the zone lines from the type on, and what it was matched to."""

    match: TitleMatch
    at: int  # index in the body
    words: tuple[Word, ...]
    factor: float


def find_title(first: PageZones) -> Title | None:
    """Find the printed type: capitals near the middle of the page, in the upper half, matched to the closed list."""
    page, body = first.page, first.zones.body
    best: Title | None = None
    column = text_centre(first)
    for n, whole in enumerate(body[:25]):
        line = central(whole, column)
        if middle(line) > 0.6 * page.height_px or (n > 0 and BODY_OPENS.match(line.text)):
            break
        words = [w for w in line.words if sum(c.isalpha() for c in w.text) >= 2]
        text = " ".join(w.text for w in words)
        match = max(
            (m for m in (by_title(text), by_title(_letters(line))) if m is not None),
            key=lambda m: m.score,
            default=None,
        )
        joined = " ".join(w.text for w in words + _next_capitals(body, n))
        longer = by_title(joined) if match is not None or len(words) <= 3 else None
        if (
            longer is not None
            and (match is None or len(longer.type.name) > len(match.type.name))
            and longer.score > 0.95
        ):
            match = longer
        if match is None or (match.rest and match.type.group != "result" and _too_long(match)):
            continue
        off = abs(centre(line) - column) / page.width_px
        factor = 1.0 if off < 0.08 else 0.85 if off < 0.2 else 0.6
        factor *= 1.0 if match.score >= 0.97 else match.score
        if best is None or factor > best.factor + 0.1:
            best = Title(match, n, tuple(words), factor)
        if best.factor > 0.9:
            break
    return best


def central(line: Line, text_centre: float) -> Line:
    """The part of a row that stands in the middle, where a stamp beside the title was read into the same row."""
    parts = cut_at_gaps(line, 1.4 * height_of(line))
    if len(parts) == 1:
        return line
    middle_part = next((p for p in parts if p.box[0] <= text_centre <= p.box[2]), None)
    if middle_part is None or any(p.box[0] > middle_part.box[2] for p in parts):
        return line  # something to its right too: a row of a table, justified text
    return middle_part


def _letters(line: Line) -> str:
    return " ".join(w.text for w in line.words if any(c.isalpha() for c in w.text))


def _next_capitals(body: Sequence[Line], n: int) -> list[Word]:
    """Words of the next line where the title goes on in capitals (``GIẤY CHỨNG NHẬN`` / ``KẾT HÔN``)."""
    if n + 1 >= len(body) or body[n + 1].text.upper() != body[n + 1].text:
        return []
    return list(body[n + 1].words)


def _too_long(match: TitleMatch) -> bool:
    return len(match.rest.split()) > 8


def text_centre(first: PageZones) -> float:
    """The x of the middle of the text column, from its widest lines."""
    lines = first.zones.body or tuple(x for zone in first.zones.in_order() for x in zone)
    wide = sorted(lines, key=lambda x: x.box[2] - x.box[0])[-8:]
    return float(median(centre(x) for x in wide)) if wide else first.page.width_px / 2


def read_type(first: PageZones, title: Title | None, sign_type: str) -> FieldValue | None:
    """Read loại văn bản: printed title; else công văn by ``V/v`` and ``Kính gửi``. *sign_type*: what the sign says.

    Sign and title agreeing raise the confidence, disagreeing lower it; a sign alone is a weak guess (source
    ``derived``).
    """
    page = first.page.number
    if title is not None:
        name = title.match.type.name
        factor = title.factor * (1.0 if not sign_type or sign_type == name else 0.7)
        made = value(name, title.words, page, factor=factor)
        agreed = sign_type == name and title.match.score >= 0.97
        confidence = max(made.confidence, 0.97) if agreed and title.factor > 0.8 else made.confidence
        return FieldValue(
            name, confidence, "ocr", page, made.box, made.raw, (sign_type,) if sign_type not in ("", name) else ()
        )
    subject = [x for x in first.zones.head_left if is_subject_mark(x.text)]
    address = [x for x in first.zones.body[:12] if KINH_GUI.match(x.text)]
    if subject or address:
        both = bool(subject) and bool(address)
        if not sign_type and (both or first.zones.head_left):
            return value(CONG_VAN, words_of((subject or address)[:1]), page, factor=1.0 if both else 0.7, limit=0.97)
    if sign_type:
        line = next((x for x in first.zones.head_left if find(x.text)), None)
        made = value(sign_type, line.words if line else (), page, factor=0.6, limit=0.6)
        return FieldValue(sign_type, made.confidence, "derived", page, made.box, made.raw)
    return None
