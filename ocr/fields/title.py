"""Type, subject, addressees and marks of urgency and secrecy (Decree 30/2020, Appendix I, boxes 5a, 5b, 9a, 10)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

from domain.doctypes import CONG_VAN, TitleMatch, by_title
from domain.numbering import find, without_label
from domain.text import fold
from ocr.fields.evidence import CEILING, PageZones, legible, repaired, sure, value, words_of
from ocr.fields.head import is_subject_mark
from ocr.fields.recipients import apart, without_tail
from ocr.fields.repair import Pairs, readable, recipient_pairs, restore_text
from ocr.layout_rows import centre, cut, cut_at_gaps, height_of, middle, typical_height
from ocr.model import FieldValue, Line, PageReading, Word

_KINH_GUI = re.compile(r"^\W*k[ií1lìĩỉ]nh\s+g[uưừứửiữ][iìíỉĩ1l]?\b\s*[:;.]?\s*", re.IGNORECASE)
_TO = re.compile(r"k[ií1lìĩỉ]nh\W{0,2}g[uưừứửiữ]", re.IGNORECASE)
_ABOUT = re.compile(r"^\W*[vVwW\\]\S{1,2}\s+vi[eéèẻẽẹêếềểễệ]c\b", re.IGNORECASE)
_BODY_OPENS = re.compile(
    r"^[\s\-–+*]*(?:căn cứ|thực hiện|theo|xét|để|trên cơ sở|ngày|nhằm|vừa qua|trong thời gian|phúc đáp|tiếp theo|"
    r"thi hành|hiện nay|qua|sau khi|chương|phần|điều\s*1|mục|i\.|1\.|a\)|kính thưa|tiếp nhận|thời gian)\b",
    re.IGNORECASE,
)
_AUTHORITY_LINE = re.compile(
    r"^(uy ban|chu tich|giam doc|hoi dong|bo truong|thu tuong|chanh|truong|cuc truong|quoc hoi|chinh phu|tong giam doc|"
    r"hieu truong|vien truong|ban (?!hanh)|tong cuc|ubnd|hdnd|thu truong|thong doc|vu truong|doan|ho tich)"
)
_URGENCY = {"khan": "KHẨN", "thuong khan": "THƯỢNG KHẨN", "hoa toc": "HỎA TỐC", "hoa toc hen gio": "HỎA TỐC HẸN GIỜ"}
_SECRECY = {"mat": "MẬT", "toi mat": "TỐI MẬT", "tuyet mat": "TUYỆT MẬT"}


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
    text_centre = _text_centre(first)
    for n, whole in enumerate(body[:25]):
        line = _central(whole, text_centre)
        if middle(line) > 0.6 * page.height_px or (n > 0 and _BODY_OPENS.match(line.text)):
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
        off = abs(centre(line) - text_centre) / page.width_px
        factor = 1.0 if off < 0.08 else 0.85 if off < 0.2 else 0.6
        factor *= 1.0 if match.score >= 0.97 else match.score
        if best is None or factor > best.factor + 0.1:
            best = Title(match, n, tuple(words), factor)
        if best.factor > 0.9:
            break
    return best


def _central(line: Line, text_centre: float) -> Line:
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


def _text_centre(first: PageZones) -> float:
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
    address = [x for x in first.zones.body[:12] if _KINH_GUI.match(x.text)]
    if subject or address:
        both = bool(subject) and bool(address)
        if not sign_type and (both or first.zones.head_left):
            return value(CONG_VAN, words_of((subject or address)[:1]), page, factor=1.0 if both else 0.7, limit=0.97)
    if sign_type:
        line = next((x for x in first.zones.head_left if find(x.text)), None)
        made = value(sign_type, line.words if line else (), page, factor=0.6, limit=0.6)
        return FieldValue(sign_type, made.confidence, "derived", page, made.box, made.raw)
    return None


def read_subject(first: PageZones, title: Title | None, own: Pairs) -> FieldValue | None:
    """Read trích yếu: the centred lines under the type, or ``V/v ...`` under the number of a công văn."""
    lines = _under_title(first, title) if title is not None else []
    factor = 1.0
    if not lines:
        lines = _under_number(first)
        factor = 1.0 if title is None else 0.9
    if not lines:
        return None
    words = _without_lead(legible(readable(words_of(lines))))
    texts, changed = restore_text([w.text for w in words], [w.confidence for w in words], own)
    text = _tidy_subject(" ".join(texts))
    if len(text) < 4:
        return None
    limit, candidates = CEILING, tuple[str, ...]()
    if title is not None:
        text, limit, candidates = _whole(text, stamped=bool(first.zones.stamp))
    factor *= repaired(changed, len(words))
    return value(text, words, first.page.number, factor=factor, limit=limit, candidates=candidates)


def _whole(text: str, *, stamped: bool) -> tuple[str, float, tuple[str, ...]]:
    """Return a subject under a title, how sure it can be, and candidates, where a stamp has taken its beginning.

    Subjects begin with ``Về việc`` or a capital (Decree 30/2020, Appendix I, box 5b). What is left of ``Về việc`` is
    made whole; of a subject that begins small beside a stamp nobody knows what is missing (the Party's begin small).
    """
    first, _, rest = text.partition(" ")
    if rest and fold(first) in ("viec", "iec") and not first[:1].isupper():
        made = f"Về việc {rest}"
        return made, 0.8, (made, text)
    if stamped and first[:1].islower() and not text.startswith(("về việc", "v/v")):
        return text, 0.4, (text, f"Về việc {text}")
    return text, CEILING, ()


def _without_lead(words: list[Word]) -> list[Word]:
    """Drop what a stamp beside the title left before its first word: ``s5 màn Về việc ...``."""
    for n in range(1, min(5, len(words) - 1)):
        if fold(f"{words[n].text} {words[n + 1].text}") == "ve viec" and words[n].text[:1].isupper():
            return words[n:] if sure(words[:n]) < 0.75 else words
    n = 0
    while n < min(3, len(words) - 1) and words[n].confidence < 0.45:
        n += 1
    return words[n:] if n and words[n].text[:1].isupper() else words


def _tidy_subject(text: str) -> str:
    text = re.sub(r"\s+([,;.:!?)])", r"\1", text)
    text = re.sub(r"(?<=[a-zà-ỹđ])[.:](?=\s?[a-zà-ỹđ])", " ", text).replace(
        "  ", " "
    )  # specks: no summary has two sentences
    text = _QUARTER.sub(lambda m: m[1] + _roman(m[2]), text)
    text = _ABOUT.sub("Về việc", text) if not text.startswith(("Về việc", "về việc")) else text
    if is_subject_mark(text):
        text = re.sub(r"^\W*[Vv]\s?\S{1,2}?[vVwW]\b\W*", "V/v ", text, count=1)
    return text.strip(" _.;:/-–|*“”\"'").strip()


_QUARTER = re.compile(r"(\b[Qq]u[ýy]\s)([IHTL1l|\[!]{2,5})(?=\s|,|$)")


def _roman(read: str) -> str:
    """``IH`` -> ``III``: strokes of a Roman number read as other letters; unchanged where that gives no quarter."""
    strokes = "".join(
        {"H": "II", "T": "I", "L": "I", "1": "I", "l": "I", "|": "I", "[": "I", "!": "I"}.get(c, c) for c in read
    )
    return "III" if strokes == "IIII" and "H" in read else strokes if strokes in ("II", "III") else read


def _under_title(first: PageZones, title: Title) -> list[Line]:
    body = first.zones.body
    taken: list[Line] = []
    middle_x = _text_centre(first)
    right = max((x.box[2] for x in body), default=0)
    last = body[title.at]
    unit = typical_height(body)
    left = _left_margin(body, unit)
    steps: list[float] = []
    for whole in body[title.at + 1 :][:12]:
        line = _central(whole, middle_x)
        if _KINH_GUI.match(line.text) or (without_label(line.text)[1] and find(line.text)):
            break
        step = middle(line) - middle(last)
        usual = median(steps) if steps else 1.6 * max(height_of(line), height_of(last))
        capitals = _capitals(line)
        if taken and (step > 1.55 * usual or (capitals and not _capitals(taken[-1], 0.55) and len(line.words) > 1)):
            break
        if capitals and _AUTHORITY_LINE.match(fold(line.text)):
            break
        if not taken and step > 4 * max(height_of(line), height_of(last)):
            break
        off = abs(centre(line) - middle_x)
        paragraph = line.box[0] > left + unit and line.box[2] > right - 0.02 * first.page.width_px
        if _BODY_OPENS.match(line.text) and (paragraph or step > 1.25 * usual):
            break
        if off > 0.07 * first.page.width_px or (paragraph and off > 0.018 * first.page.width_px):
            if sure(line.words) < 0.4 and len(line.words) <= 2:
                continue  # a pen stroke or a speck between the lines of the title
            break
        if sure(line.words) < 0.3 and len(line.text) < 12:
            continue
        again = by_title(line.text) if capitals and not taken and not title.match.rest else None
        if again is not None and not again.rest:
            last = line
            continue
        if taken:
            steps.append(step)
        taken.append(line)
        last = line
    while taken and re.fullmatch(r"\W*", taken[-1].text):
        taken.pop()
    return taken


def _left_margin(body: Sequence[Line], unit: float) -> int:
    """The leftmost x at which at least three lines of text begin; what a stamp in the margin begins is no margin."""
    starts = sorted(x.box[0] for x in body if len(x.words) > 5)
    shared = (a for a, b in zip(starts, starts[2:], strict=False) if b - a < 0.5 * unit)
    return next(shared, starts[0] if starts else 0)


def _capitals(line: Line, share: float = 0.85) -> bool:
    letters = [c for c in line.text if c.isalpha()]
    return bool(letters) and sum(c.isupper() for c in letters) > share * len(letters)


def _under_number(first: PageZones) -> list[Line]:
    lines = list(first.zones.head_left)
    at = next((n for n, x in enumerate(lines) if is_subject_mark(x.text)), None)
    if at is None:
        numbered = next((n for n, x in enumerate(lines) if find(x.text) and without_label(x.text)[1]), None)
        if numbered is None:
            return []
        at = next((n for n in range(numbered + 1, len(lines)) if fold(lines[n].text).startswith("ve viec")), None)
        if at is None:
            return []
    taken = [lines[at]]
    for line in lines[at + 1 :]:
        if _TO.search(line.text) or line.box[1] - taken[-1].box[3] > 1.6 * height_of(taken[-1]):
            break  # the arrival stamp, or the addressee read into its row
        if _mark_of(line) or (_capitals(line) and len(line.words) > 1 and not _capitals(taken[-1], 0.55)):
            break
        taken.append(line)
    return taken


# --- addressees --------------------------------------------------------------------------------------------------


def read_kinh_gui(first: PageZones, own: Pairs) -> FieldValue | None:
    """Read ``Kính gửi``: one addressee a line of the value, without dashes and final marks."""
    body = [_from_address(x) for x in first.zones.body]
    strayed = [y for x in first.zones.head_left if (y := _from_address(x)) is not x]
    body = sorted([*strayed, *body], key=middle) if strayed else body
    at = next((n for n, x in enumerate(body[:30]) if _KINH_GUI.match(x.text)), None)
    certain = 0.98
    if at is None:
        at, certain = _unnamed_list(body, first.page), 0.6
    if at is None:
        return None
    lead = body[at]
    after = _KINH_GUI.sub("", lead.text, count=1).strip()
    right = max(x.box[2] for x in body)
    taken = [lead]
    listed = not after or after.startswith(("-", "–", "+", "*"))
    for line in body[at + 1 :][:25]:
        dashed = bool(re.match(r"^\W*[-–+•*~]\s*\w", line.text))
        step = middle(line) - middle(taken[-1])
        if step > 3.2 * height_of(taken[-1]) or _BODY_OPENS.match(line.text):
            break
        ended = taken[-1].text.rstrip().endswith(".")
        if listed:
            if ended or (not dashed and line.box[0] < lead.box[0] - 0.01 * first.page.width_px):
                break
            if (
                not dashed
                and line.box[2] > right - 0.012 * first.page.width_px
                and len(taken) > 1
                and not _open(taken[-1])
            ):
                break
        elif ended or dashed or line.box[0] < lead.box[0] or step > 1.8 * height_of(taken[-1]):
            break
        taken.append(line)
    lead_words = len(lead.text.split()) - len(after.split())
    rows = [list(x.words) for x in taken]
    rows[0] = rows[0][lead_words:]
    rows = [_addressee(row) for row in rows]
    words = [w for row in rows for w in row]
    texts, changed = restore_text([w.text for w in words], [w.confidence for w in words], own, recipient_pairs())
    counts = [len(row) for row in rows]
    items: list[str] = []
    pos = 0
    for count in counts:
        part = " ".join(texts[pos : pos + count])
        pos += count
        if not part:
            continue
        opens = bool(re.match(r"^\W*[-–+•*~]\s*\w", part))
        if opens or not items or (listed and items[-1].endswith(";")):
            items.append(part)
        else:
            items[-1] += " " + part
    cleaned = [re.sub(r"^[\s\-–+•*~_:]+|[\s;.,:]+$", "", item) for item in items]
    cleaned = [c for c in cleaned if any(ch.isalpha() for ch in c)]
    if not cleaned:
        return None
    return value("\n".join(cleaned), words, first.page.number, factor=certain * repaired(changed, len(words)))


def _addressee(row: list[Word]) -> list[Word]:
    """The words of a row of addressees without specks; its dash stays, for it begins an item."""
    dash = [w for w in row[:1] if re.fullmatch(r"[-–+•*~._]+", w.text)]
    kept = without_tail([part for w in legible(row[len(dash) :]) for part in apart(w)])
    if kept and sure(kept) < 0.4 and sum(c.isalpha() for w in kept for c in w.text) < 12:
        return []
    return [replace(w, text="-") for w in dash] + kept if kept else []


def _from_address(line: Line) -> Line:
    """The line from ``Kính gửi`` on, where a stamp beside it was read into its row; *line* itself for any other."""
    for n in range(1, min(6, len(line.words))):
        if _KINH_GUI.match(" ".join(w.text for w in line.words[n:])):
            return cut(line, n)[-1]
    return line


def _unnamed_list(body: Sequence[Line], page: PageReading) -> int | None:
    """Index of a list of dashes set far to the right between title and text: its ``Kính gửi`` was not legible."""
    left = min((x.box[0] for x in body if len(x.words) > 5), default=0)
    for n, line in enumerate(body[:12]):
        if middle(line) > 0.5 * page.height_px or _BODY_OPENS.match(line.text):
            return None
        if re.match(r"^[-–]\s*\w", line.text) and sure(line.words) > 0.5 and line.box[0] > left + 0.18 * page.width_px:
            return n
    return None


def _open(line: Line) -> bool:
    return not line.text.rstrip().endswith((";", "."))


# --- urgency and secrecy -----------------------------------------------------------------------------------------


def _mark_of(line: Line) -> str:
    letters = [c for c in line.text if c.isalpha()]
    if not letters or any(c.islower() for c in letters):
        return ""
    folded = fold(line.text)
    return folded if folded in _URGENCY or folded in _SECRECY else ""


def read_marks(first: PageZones) -> dict[str, FieldValue]:
    """Read độ khẩn and độ mật: a stamp of capitals standing alone in the upper part of the first page (box 10)."""
    out: dict[str, FieldValue] = {}
    upper = [
        *first.zones.above,
        *first.zones.head_left,
        *first.zones.head_right,
        *(x for x in first.zones.body if middle(x) < 0.4 * first.page.height_px),
    ]
    for line in upper:
        mark = _mark_of(line)
        for key, known in (("do_khan", _URGENCY), ("do_mat", _SECRECY)):
            if mark in known and key not in out:
                text = known[mark]
                spelled = fold(line.text) == fold(text) and line.text.strip(" .:-|[]()").upper() == text
                out[key] = value(text, line.words, first.page.number, factor=1.0 if spelled else 0.8)
    return out
