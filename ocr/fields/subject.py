"""Trích yếu: the lines under the title, or ``V/v ...`` under the number (Decree 30/2020, Appendix I, boxes 5a, 5b)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from statistics import median

from domain.doctypes import by_title
from domain.numbering import find, without_label
from domain.text import fold
from ocr.fields.evidence import CEILING, PageZones, legible, repaired, sure, value, words_of
from ocr.fields.head import is_subject_mark
from ocr.fields.repair import Pairs, followers, readable, restore_text, subject_pairs
from ocr.fields.sayings import with_sayings
from ocr.fields.title import BODY_OPENS, KINH_GUI, Title, central, text_centre
from ocr.fields.urgency import mark_of
from ocr.layout_rows import centre, height_of, middle, typical_height
from ocr.model import FieldValue, Line, Word
from ocr.textlayer.syllables import is_syllable

_TO = re.compile(r"k[ií1lìĩỉ]nh\W{0,2}g[uưừứửiữ]", re.IGNORECASE)
_ABOUT = re.compile(r"^\W*[vVwW\\]\S{1,2}\s+vi[eéèẻẽẹêếềểễệ]c\b", re.IGNORECASE)
_AUTHORITY_LINE = re.compile(
    r"^(uy ban|chu tich|giam doc|hoi dong|bo truong|thu tuong|chanh|truong|cuc truong|quoc hoi|chinh phu|tong giam doc|"
    r"hieu truong|vien truong|ban (?!hanh)|tong cuc|ubnd|hdnd|thu truong|thong doc|vu truong|doan|ho tich)"
)


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
    texts, changed = restore_text([w.text for w in words], [w.confidence for w in words], own, subject_pairs())
    texts, more = with_sayings(texts)
    changed += more
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
    # specks: no summary has two sentences, and a stroke between two words that belong together is none
    text = _SPECK.sub(_without_speck, re.sub(r"\.{2,}", " ", text))
    text = re.sub(r"(?<![^\s(])['‘’`](?=\w)|(?<=\w)['‘’`](?!\w)", "", text)
    text = _SPECK_BEFORE_FIGURE.sub(r"\1 ", " ".join(text.split()))
    text = _QUARTER.sub(lambda m: m[1] + _roman(m[2]), text)
    text = _opened(text)
    text = _ABOUT.sub("Về việc", text) if not text.startswith(("Về việc", "về việc")) else text
    if is_subject_mark(text):
        text = re.sub(r"^\W*[Vv]\s?\S{1,2}?[vVwW]\b\W*", "V/v ", text, count=1)
    text = text.strip(" _.;:/-–|*'").strip()
    if _paired(text):
        return text
    text = text.strip('“”" ')
    # one alone within the sentence is a speck, or has lost the other: neither is known to be there
    return text if _paired(text) or sum(text.count(c) for c in '“”"') > 1 else re.sub('[“”"]', "", text)


_SPECK = re.compile(
    r"(?P<a>[^\W\d_]+)(?:(?P<point>[.:])(?=\s?[^\W\d_])|\s(?P<dash>[-–])\s(?=[^\W\d_]))(?P<b>\s?[^\W\d_]+)"
)
_SPECK_BEFORE_FIGURE = re.compile(r"\b(ngày|tháng|năm|quý|khóa)\s?[:.]\s?(?=\d)")
_PREPOSITIONS = frozenset("tại của về và cho với theo trong bằng từ do các những được đối".split())  # noqa: SIM905
_SYLLABLE = re.compile(r"(?:ngh|ng|nh|gh|gi|kh|ch|ph|qu|th|tr|[bcdghklmnpqrstvx])?[aeiouy]{1,3}(?:ch|nh|ng|[cmnpt])?")


def _without_speck(found: re.Match[str]) -> str:
    """Drop a point behind a full syllable, or a dash between two words that texts know as one."""
    a, b = found["a"], found["b"].strip()
    if found["point"]:
        full = found["point"] == "." and len(a) > 1 and not a.isupper() and bool(_SYLLABLE.fullmatch(fold(a)))
        return f"{a} {b}" if full or (a.islower() and b[0].islower()) else found[0]
    if a in _PREPOSITIONS or (a.islower() and b.islower() and any(s == b for s in followers(a, b))):
        return f"{a} {b}"
    return found[0]


def _opened(text: str) -> str:
    """Put ``Về việc`` right at the beginning where a letter or two of it were not (``Xề việc``, ``Về vi àc``)."""
    words = text.split()
    for count in (2, 3):
        head = words[:count]
        if len(words) <= count + 1 or fold(words[0])[1:] != "e" or len(fold(words[0])) != 2:
            continue
        rest = "".join(c for w in head[1:] for c in fold(w) if c.isalpha())
        cut_short = count == 2 and rest[:2] == "vi" and 2 < len(rest) < 5 and not is_syllable(head[1])
        if rest == "viec" or cut_short or (count == 3 and rest[:2] == "vi" and rest[-1:] == "c" and len(rest) <= 5):
            first = "V" if words[0][0].isupper() else "v"
            return " ".join([f"{first}ề việc", *words[count:]])
    return text


def _paired(text: str) -> bool:
    return text.count("“") == text.count("”") and text.count('"') % 2 == 0


_QUARTER = re.compile(r"(\b[Qq]u[ýy]\s)([IHTL1l|\[!]{2,5})(?=\s|,|/|$)")


def _roman(read: str) -> str:
    """``IH``, ``111`` -> ``III``: strokes of a Roman number read as other signs; unchanged where it is no quarter."""
    strokes = "".join(
        {"H": "II", "T": "I", "L": "I", "1": "I", "l": "I", "|": "I", "[": "I", "!": "I"}.get(c, c) for c in read
    )
    if len(strokes) > 3 and "H" in read:
        return "III"  # an H is two strokes that were seen twice
    return strokes if strokes in ("II", "III") else read


def _under_title(first: PageZones, title: Title) -> list[Line]:
    body = first.zones.body
    taken: list[Line] = []
    middle_x = text_centre(first)
    right = max((x.box[2] for x in body), default=0)
    last = body[title.at]
    unit = typical_height(body)
    left = _left_margin(body, unit)
    steps: list[float] = []
    above = 0.0  # from the type to the first line
    for whole in body[title.at + 1 :][:12]:
        if mark_of(whole) or not any(c.isalnum() for c in whole.text):
            continue  # a stamp of urgency beside the summary, a speck in the margin
        line = central(whole, middle_x)
        numbered = without_label(line.text)[1] and find(line.text) and not (taken and line.text[:1].islower())
        if KINH_GUI.match(line.text) or numbered:
            break  # Số: 12/... is the paper's own, "số 57-NQ/TW" at the begin of a line goes on with the summary
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
        if BODY_OPENS.match(line.text) and (paragraph or step > 1.25 * usual):
            break
        apart = bool(taken) and line.box[0] < taken[0].box[0] and step > 1.25 * (steps or [above])[0]
        if apart and _opens_text(line, body, right, unit):
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
        else:
            above = step
        taken.append(line)
        last = line
    while taken and re.fullmatch(r"\W*", taken[-1].text):
        taken.pop()
    return taken


def _opens_text(line: Line, body: Sequence[Line], right: int, unit: float) -> bool:
    """*line* is filled to the right margin and indented as others are: a paragraph, whatever it begins with."""
    if line.box[2] < right - unit or len(line.words) < 6:
        return False
    return any(
        x is not line and len(x.words) > 5 and abs(x.box[0] - line.box[0]) < 0.5 * unit and x.box[2] > right - 3 * unit
        for x in body
    )


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
        named = sum(any(c.isalnum() for c in w.text) for w in line.words) > 1
        if mark_of(line) or (_capitals(line) and named and not _capitals(taken[-1], 0.55)):
            break
        taken.append(line)
    return taken
