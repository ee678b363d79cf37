"""What a page tells about where it stands in a paper: opening, going on, ending, or between papers."""

from __future__ import annotations

import re
from dataclasses import dataclass

from domain.numbering import parse
from domain.text import fold
from ocr.fields.agencies import read_agencies
from ocr.fields.evidence import PageZones
from ocr.fields.foot import has_foot
from ocr.fields.head import motto_seen, read_place_and_date, read_so_ky_hieu
from ocr.fields.repair import Pairs
from ocr.fields.title import find_title
from ocr.layout import find_zones
from ocr.layout_rows import centre, height_of, middle
from ocr.model import Line, PageReading
from ocr.splitting.separators import PATCH

_ANNEX = re.compile(r"^(phu luc|phu bieu|bieu mau|bieu so|mau so|danh sach|danh muc|bang tong hop|phu luc kem)\b")
_ATTACHED = re.compile(r"\b(kem theo|ban hanh kem theo|dinh kem)\b")
_DRAFT = re.compile(r"^(du thao)\b")
_ORDER = re.compile(r"^\W*(?:trang|page|tr\.)?\s*(\d{1,3})\s*(?:/|tren|of|trên)\s*(\d{1,3})\W*$", re.IGNORECASE)
_NUMBER = re.compile(r"^\W{0,3}(\d{1,3})\W{0,3}$")
_OPENS = re.compile(r"^\W*(?:chuong|phan|dieu|muc|khoan|[ivx]{1,4}|\d{1,2}|[a-zđ])\s*[.):]", re.IGNORECASE)
_END_MARK = re.compile(r"[./]\s*/\s*\.?\s*$")
_FILLED_NUMBER = re.compile(r"^\W*\w{1,2}\s*[:.]\s*[^\s/:.,]+[^/]*/")
_FILLED_DAY = re.compile(r"ng[^\W\d_]{1,2}y\s+(?!th)[^\s.,]+\s+th", re.IGNORECASE)
_PEN = 0.5  # share of the digits in a gap that look pen-written
_SHEET_WORDS = 40  # a separator sheet has fewer
_SHARE_OF_EDGE = 0.12
_ABOVE = 0.15  # of the height: signing tools put their marks over the head
_BLACK_AND_WHITE = ("ccitt", "jbig2")


@dataclass(frozen=True)
class Cues:
    """One page's cues.

    Attributes:
        number: of the page in its file.
        separator: what makes it a separator sheet (``patch``, ``code``), "" when it is a page of a paper.
        code: text of the code on a separator sheet.
        blank: nothing to read.
        motto: quốc hiệu (or the Party's heading) in the upper part.
        agency: folded name of the issuing agency in the head, "".
        sign: số/ký hiệu, beginning with ``/`` when the number is empty or not legible, "" without.
        numbered: the number could be read.
        dated: the day could be read.
        written: something stands where number or day belong, legible or not.
        title: name of the type whose title stands here, "".
        draft: marked as a draft (DỰ THẢO).
        annex: opens an annex, an attached list or form.
        page_number: printed number of the page, 0 without.
        page_count: of "trang 2/5", 0 without.
        foot: Nơi nhận, or another block of signature, stands here.
        sealed: a red seal or a blue signature, the visible digital signatures at the very top not counted.
        colour: a seal could be told by its colour.
        ended: the text comes to its end here (``./.``).
        begins_within: the first line goes on in the middle of a sentence.
        breaks_off: the last line stops in the middle of a sentence.
        size: (width, height) of the paper in millimetres.
    """

    number: int
    separator: str = ""
    code: str = ""
    blank: bool = False
    motto: bool = False
    agency: str = ""
    sign: str = ""
    numbered: bool = False
    dated: bool = False
    written: bool = False
    title: str = ""
    draft: bool = False
    annex: bool = False
    page_number: int = 0
    page_count: int = 0
    foot: bool = False
    sealed: bool = False
    colour: bool = True
    ended: bool = False
    begins_within: bool = False
    breaks_off: bool = False
    size: tuple[int, int] = (0, 0)


def cues_of(page: PageReading) -> Cues:
    """Return the cues of *page*, read by itself."""
    size = (round(page.width_px / page.dpi * 25.4), round(page.height_px / page.dpi * 25.4))
    words = len(page.words)
    codes = [c for c in page.codes if c.kind == PATCH] or [c for c in page.codes if c.kind in ("qr", "bar")]
    if codes and words <= _SHEET_WORDS and not _official(page):
        text = next((c.text for c in page.codes if c.kind != PATCH), "")
        return Cues(page.number, separator="patch" if codes[0].kind == PATCH else "code", code=text, size=size)
    if page.blank or not words:
        return Cues(page.number, blank=True, size=size)
    zoned = PageZones(page, find_zones(page.lines, page.width_px, page.height_px, stamped=page.stamped))
    text_lines, printed, total = _without_page_number(page)
    upper = [x for x in text_lines if middle(x) < 0.35 * page.height_px]
    motto = motto_seen(zoned)
    title = find_title(zoned)
    found = read_so_ky_hieu(zoned) if motto or zoned.zones.head_left or title else None
    sign = found.value if found is not None else ""
    parsed = parse(sign)
    issuer = read_agencies(zoned, Pairs(())).get("co_quan_ban_hanh")
    day = read_place_and_date(zoned, None).get("ngay_ban_hanh")
    agency = issuer.value if issuer is not None else ""
    dated = day is not None and bool(day.value)
    marked = any(m.box[1] > _ABOVE * page.height_px and m.confidence >= 0.6 for m in page.marks)
    body = _running(text_lines, page)
    return Cues(
        number=page.number,
        motto=motto,
        agency=fold(agency),
        sign=sign,
        numbered=parsed is not None and bool(parsed.so),
        dated=dated,
        written=_written(page, found.raw if found else "", day.raw if day else ""),
        title=title.match.type.name if title is not None else "",
        draft=any(_DRAFT.match(fold(x.text)) and len(x.words) <= 5 for x in upper),
        annex=not motto and _opens_annex(upper),
        page_number=printed,
        page_count=total,
        foot=has_foot(zoned) or any(fold(x.text).startswith("noi nhan") for x in text_lines),
        sealed=marked,
        colour=page.image_source not in _BLACK_AND_WHITE,
        ended=any(_END_MARK.search(x.text) for x in text_lines),
        begins_within=bool(body) and _begins_within(body[0]),
        breaks_off=bool(body) and _breaks_off(body[-1], page),
        size=size,
    )


def _written(page: PageReading, number_line: str, date_line: str) -> bool:
    """Tell whether number or day were filled in: characters read in their places, or strokes of a pen."""
    if _FILLED_NUMBER.search(number_line) or _FILLED_DAY.search(date_line):
        return True
    upper, lower = _ABOVE / 2 * page.height_px, 0.3 * page.height_px
    if any(m.kind == "chu_ky" and upper < m.box[1] and m.box[3] < lower for m in page.marks):
        return True
    return any(r.kind in ("so", "ngay") and r.candidates and r.pen >= _PEN for r in page.pen)


def _official(page: PageReading) -> bool:
    """Tell whether a sheet with a code is a paper after all: a card or certificate carries the motto."""
    return any("cong hoa xa hoi chu nghia" in fold(line.text) for line in page.lines)


def _without_page_number(page: PageReading) -> tuple[list[Line], int, int]:
    """Return the lines, the printed page number and count, the line that bears them taken out."""
    lines = sorted(page.lines, key=middle)
    edge = _SHARE_OF_EDGE * page.height_px
    for line in (*lines[:2], *lines[-2:]):
        if edge < middle(line) < page.height_px - edge or len(line.words) > 5:
            continue
        order, single = _ORDER.match(line.text), _NUMBER.match(line.text)
        rest = [x for x in lines if x is not line]
        if order and 0 < int(order[1]) <= int(order[2]):
            return rest, int(order[1]), int(order[2])
        apart = abs(centre(line) - page.width_px / 2) < 0.12 * page.width_px or line.box[0] > 0.8 * page.width_px
        if single and apart and 0 < int(single[1]) < 500 and line in (lines[0], lines[-1]):
            return rest, int(single[1]), 0
    return lines, 0, 0


def _opens_annex(upper: list[Line]) -> bool:
    for line in upper[:6]:
        folded = fold(line.text)
        letters = [c for c in line.text if c.isalpha()]
        capitals = bool(letters) and sum(c.isupper() for c in letters) > 0.7 * len(letters)
        if _ANNEX.match(folded) and len(line.words) <= 12 and (capitals or len(line.words) <= 4):
            return True
        if _ATTACHED.search(folded) and folded.startswith(("kem theo", "ban hanh kem theo", "dinh kem")):
            return True
    return False


def _running(lines: list[Line], page: PageReading) -> list[Line]:
    """Return the lines of running text, top to bottom: wide ones, and the last of a paragraph."""
    wide = [x for x in lines if x.box[2] - x.box[0] > 0.45 * page.width_px and len(x.words) >= 6]
    if not wide:
        return []
    first, last = wide[0], wide[-1]
    tail = [x for x in lines if middle(last) < middle(x) < middle(last) + 2.2 * height_of(last)]
    starts = [x for x in lines if middle(x) < middle(first) - 0.5 * height_of(first)]
    return [*(starts[:1] if starts and len(starts[0].words) >= 1 else ()), *wide, *tail[:1]]


def _begins_within(line: Line) -> bool:
    first = next((c for c in line.text if c.isalpha()), "")
    return first.islower() and not _OPENS.match(line.text) and not line.text.lstrip().startswith(("-", "+", "–", "*"))


def _breaks_off(line: Line, page: PageReading) -> bool:
    text = line.text.rstrip()
    return bool(text) and text[-1] not in ".;:/!?)" and line.box[2] > 0.8 * page.width_px
