"""Agencies of the head: who issues the paper, and whose it is (Decree 30/2020, Appendix I, box 2)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from domain.doctypes import by_title
from domain.numbering import find, without_label
from domain.text import fold
from ocr.fields.evidence import PageZones, repaired, sure, value
from ocr.fields.glue import rejoined, unglued
from ocr.fields.head import is_subject_mark
from ocr.fields.repair import Pairs, restore_heading
from ocr.fields.vocabulary import AGENCY_HEADS, PLACE_WORDS, PROVINCES
from ocr.layout_rows import centre, height_of
from ocr.model import FieldValue, Line, Word

_HEADS = tuple(sorted((fold(h) for h in AGENCY_HEADS), key=len, reverse=True))
_PROVINCES = frozenset(fold(p) for p in PROVINCES)
_DASH_END, _DASH_START = re.compile(r"\w\s*[-–—]\s*$"), re.compile(r"^\s*[-–—]\s*\w")
_NEVER_ALONE = frozenset({"uy ban nhan dan", "ubnd", "hoi dong nhan dan", "so", "phong", "truong", "trung tam", "ban"})
_PLACES = tuple(fold(p) for p in PLACE_WORDS)
_OPEN_END = re.compile(r"(?:[,\-–]|\b(?:VÀ|CỦA|VỀ|CHO|VA|CUA|VE))\s*$")
_SIGN_IN_PLACE = re.compile(r"/\s?[A-ZĐ]{1,5}[a-zà-ỹ]?\s?[-/]\s?[A-ZĐ]{2}")

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
    names: list[list[int]] = []
    for n, line in enumerate(lines):
        if names and not _begins_agency(line, [lines[m] for m in names[-1]], own):
            names[-1].append(n)
        else:
            names.append([n])
    names = names[-2:]
    out: dict[str, FieldValue] = {}
    for key, group in zip(("co_quan_ban_hanh", "co_quan_chu_quan"), reversed(names), strict=False):
        text, words, changed = _restore([lines[n] for n in group], own)
        factor = repaired(changed, len(words)) * (1.0 if _head_of(text) else 0.85)
        if fold(text) in _NEVER_ALONE:
            factor *= 0.5  # whose? The line with its place was not legible
        if any(_ends_in_place(_restore([lines[n]], own)[0]) for n in group[:-1]) and not _joint(lines, group):
            factor *= (
                0.5  # nothing follows the place: what does began another agency, and its beginning was not legible
            )
        if any(_put_together(w) for w in words):
            factor *= 0.5  # a guess: somebody has to look
        raw = " ".join(w.raw if _put_together(w) else w.text for w in words)
        out[key] = value(text, words, first.page.number, factor=factor, raw=raw)
    return out


def _ends_in_place(text: str) -> bool:
    """``TỈNH QUẢNG NGÃI`` alone in its line: what the name of a council ends in."""
    folded = fold(text)
    place = next((p for p in _PLACES if folded.startswith(p + " ")), None)
    return place is not None and folded[len(place) + 1 :] in _PROVINCES


def _joint(lines: Sequence[Line], group: Sequence[int]) -> bool:
    """Several agencies issue the paper together: ``BỘ TÀI CHÍNH -`` / ``BỘ NỘI VỤ``."""
    return any(_joined(lines[a], lines[b]) for a, b in pairwise(group))


def _joined(line: Line, following: Line) -> bool:
    """Tell whether a dash joins two agencies; beside a place or any other word it is a speck."""
    dashed = _DASH_END.search(line.text) or _DASH_START.match(following.text)
    return bool(dashed and _head_of(" ".join(w.text for w in _named(following))))


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


def _restore(lines: Sequence[Line], own: Pairs) -> tuple[str, list[Word], int]:
    """Return the name that *lines* hold, its words, and how many of them got their marks back."""
    kept = [w for line in lines for w in _named(line)]
    if len(lines) > 1:  # a dash between two lines joins two agencies
        kept = list(_named(lines[0]))
        for above, line in pairwise(lines):
            if _joined(above, line) and kept:
                kept.append(Word("-", 1.0, kept[-1].box))
            kept += _named(line)
    words, changed = restore_heading([w.text for w in kept], [w.confidence for w in kept], own)
    text = " ".join(words).strip(" _.:;|'\"“”")
    return text, kept, changed


def _put_together(word: Word) -> bool:
    return " " in word.raw


def _named(line: Line) -> list[Word]:
    kept = [w for w in line.words if any(c.isalnum() for c in w.text) or w.text in ("-", "–", "&")]
    while kept and not any(c.isalnum() for c in kept[0].text):
        kept.pop(0)
    while kept and not any(c.isalnum() for c in kept[-1].text):
        kept.pop()
    return rejoined([part for w in kept for part in unglued(_without_bracket(w))])


def _without_bracket(word: Word) -> Word:
    """Take specks off a word: no agency has a bracket or a colon (``DÂN]``), no place a dash before it (``-TỈNH``)."""
    text = word.text.strip("[]{}|\\:;")
    text = text.lstrip("-–") if fold(text) in _PLACES else text
    return word if not text or text == word.text else replace(word, text=text)


def _head_of(text: str) -> str:
    folded = fold(text) + " "
    return next((h for h in _HEADS if folded.startswith(h + " ")), "")


def _begins_agency(line: Line, name: Sequence[Line], own: Pairs) -> bool:
    """True when *line* of the left cell begins another agency and does not continue *name*, the lines before it."""
    if _joined(name[-1], line):
        return False
    text, before = _restore([line], own)[0], _restore(name[-1:], own)[0]
    folded = fold(text) + " "
    # a line broken inside a word of two syllables: "... VÀ MÔI / TRƯỜNG", "VĂN / PHÒNG", "XÃ / HỘI"
    last = fold(before).split()[-1:]
    if last in (["moi"], ["van"], ["quoc"], ["xa"], ["lien"], ["uy"], ["hai"], ["dan"]):
        return False
    if last == ["su"] and not before.casefold().endswith("dân sự"):  # SƯ / PHẠM, but DÂN SỰ is the end of a name
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
    above = fold(_restore(name, own)[0])
    return above not in _HEADS or above in ("uy ban nhan dan", "chinh phu") or len(above.split()) > 1
