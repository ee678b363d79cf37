"""Recipients (``Nơi nhận``, Decree 30/2020, Appendix I, box 9b): items of a list, each on a line or two."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from domain.text import fold
from ocr.fields.evidence import PageZones, legible, repaired, value
from ocr.fields.repair import Pairs, recipient_pairs, restore_text
from ocr.layout_foot import is_recipients_heading
from ocr.layout_rows import height_of
from ocr.model import FieldValue, Line, Word
from ocr.roman_numbers import em_of, too_wide


def read_noi_nhan(pages: Sequence[PageZones], own: Pairs) -> FieldValue | None:
    """Read ``Nơi nhận``: one recipient a line of the value, without the dashes and final marks."""
    for page in reversed(pages):
        lines = list(page.zones.foot_left)
        at = next((n for n, x in enumerate(lines) if is_recipients_heading(x.text)), None)
        if at is None:
            continue
        items: list[str] = []
        words: list[Word] = []
        changed = 0
        edge = max((x.box[2] for x in lines[at + 1 :]), default=0)
        last: Line | None = None
        em = em_of(lines[at + 1 :])
        for line in lines[at + 1 :]:
            kept = legible([w for w in line.words if w.confidence > 0.2 or sum(c.isalnum() for c in w.text) > 1])
            dashed = bool(re.match(r"^\W*[-–~_+•]", line.text))
            if sum(c.isalpha() for w in kept for c in w.text) < 2 and "/" not in line.text:
                continue  # nobody is called by one letter: a stroke of pen or seal
            kept = without_tail([part for w in kept for part in apart(_without_speck(w))])
            if em is not None:
                kept = [_with_stroke(w, em) for w in kept]
            texts, more = restore_text([w.text for w in kept], [w.confidence for w in kept], own, recipient_pairs())
            changed += more
            text = " ".join(texts)
            fits = last is not None and _would_have_fitted(line, last, edge)
            last = line
            note = text.startswith("(")  # (b/c) alone in its line says something of the item above
            if not items or (not note and (dashed or items[-1].endswith(";") or fits)):
                items.append(text)
            else:
                items[-1] = f"{items[-1].rstrip(';') if note else items[-1]} {text}"
            words += kept
            if re.match(r"^\W*l[ưuựứ]+u\b", text, re.IGNORECASE) and text.rstrip().endswith("."):
                break
        cleaned = [_tidy_recipient(re.sub(r"^[\s\-–~_+•'‘`.]+|[\s;.,:`'_|*]+$", "", x)) for x in items]
        cleaned = [c for c in cleaned if any(ch.isalpha() for ch in c)]
        if cleaned:
            return value("\n".join(cleaned), words, page.page.number, factor=repaired(changed, len(words)))
    return None


def _would_have_fitted(line: Line, last: Line, edge: int) -> bool:
    """A line begins an item when its first word had room on the line before: nobody breaks a line there."""
    first = line.words[0]
    if not first.text[:1].isupper() or len(first.text) < 2:
        return False
    return last.box[2] + (first.box[2] - first.box[0]) + height_of(last) < edge - height_of(last)


_NOTE = re.compile(r"(\()([tbp])([hc]\)\W*)")
_COPIES = re.compile(r"(\w*\((?:T\.)?\d{2})(\)[.;,]*)")


def _with_stroke(word: Word, em: float) -> Word:
    """``(th)`` set as wide as ``(t/h)``, ``(02)`` as wide as ``(02b)``: a sign of a note was lost."""
    note, copies = _NOTE.fullmatch(word.text), _COPIES.fullmatch(word.text)
    if note is not None:
        whole = f"{note[1]}{note[2]}/{note[3]}"
    elif copies is not None:
        whole = f"{copies[1]}b{copies[2]}"
    else:
        return word
    narrow, wide = too_wide(word, word.text, em), too_wide(word, whole, em)
    return replace(word, text=whole) if abs(wide) < 0.5 * abs(narrow) and narrow > 0 else word


_SPECK_BEFORE = re.compile(r"^[.,:'‘’`](?=[^\W\d_]{2}|\(\w)")


def _without_speck(word: Word) -> Word:
    """Take a point or comma off the beginning of a word: no sign of a sentence stands there."""
    text = _SPECK_BEFORE.sub("", word.text)
    return word if text == word.text else replace(word, text=text, raw=word.raw or word.text)


_GLUED = re.compile(
    r"^(\W*)(UBND|HĐND|HDND|ĐBQH|MTTQ|UBMTTQVN|UBMTTQ|TTHĐND)[iIl|]?(tỉnh|tinh|huyện|xã|phường|thành|các|TP)(\W*)$"
)
_HYPHENED = re.compile(r"^(\W*)([^\W\d_]+)[-–]([^\W\d_]+)(\W*)$")


def apart(word: Word) -> list[Word]:
    """``HĐNDtỉnh`` and ``Thường.trực`` are two words each."""
    glued = _GLUED.match(word.text)
    halves = _HYPHENED.match(word.text)
    if glued:
        parts = [glued[1] + glued[2], glued[3] + glued[4]]
    elif halves and recipient_pairs().seen(fold(halves[2]), fold(halves[3])):
        parts = [halves[1] + halves[2], halves[3] + halves[4]]  # Chỉ-huy: a speck
    else:
        parts = re.split(r"(?<=[a-zà-ỹđ])[.](?=[a-zà-ỹđ]{2})", word.text)
    return [word] if len(parts) == 1 else [replace(word, text=p) for p in parts]


_FAR = 1.5
_DASHED = re.compile(r"^\W*[-–~_+•]")


def without_tail(words: list[Word]) -> list[Word]:
    """Drop what stands after the ``;`` that ends an item: specks, and strokes of the seal."""
    for n, word in enumerate(words[:-1]):
        tail = words[n + 1 :]
        far = tail[0].box[0] - word.box[2] > _FAR * (word.box[3] - word.box[1])  # a stamp, a pen beside the list
        far = far and not _DASHED.match(tail[0].text)
        if word.text.endswith(";") and (far or all(len(w.text) <= 2 or w.confidence < 0.5 for w in tail)):
            return words[: n + 1]
    return words


#: notes behind a recipient: nothing else begins or ends like these
_FOR_REPORT = re.compile(r"\([đd][eêéèẻẽẹếềểễệ]\s?b\s?[/íìIl1]?\s?[c€©¢e](?=\))", re.IGNORECASE)
_TO_DO = re.compile(r"\((?:[UuƯư0O]|[t†]\s?[/Il1|])\s?h\)")
_AS_ARTICLE = re.compile(r"^(Như Điều \d+ )\((?:h|/h|t/)\)")
#: a colon behind a word that nothing is listed after, an apostrophe or a second comma behind a comma
_SPECK_WITHIN = re.compile(r"(\b(?:và|của|về|các|tại)|,)(?::\s|\s?[,'‘’`]\s?)(?=\w)")
#: a point behind a word of small letters, the item going on: recipients are parted by semicolons
_SPECK_BEHIND = re.compile(r"([^\W\d_A-ZĐ]{2,})\.(?=\s[^\W\d_])")
_OF_TINH = re.compile(r"\b(UBND|HĐND|MTTQ) (?:tnh|tỉn|tình|tinh)\b")

_KEPT = re.compile(r"^L[uư]\w{0,2}?u?(?=\W|$)\s*(?P<sign>[:;.,]?)\s*(?=(?P<vt>[VÝY]T\b)?)", re.IGNORECASE)


def _tidy_recipient(text: str) -> str:
    """Put right what recognisers make of ``(b/c)``, ``(02b)`` and ``Lưu: VT, NC``."""
    text = _FOR_REPORT.sub("(để b/c", text)
    text = re.sub(r"\([bđhíf]?\s?[/íìiIl1]\s?[c€©¢e](?=\)|áo)", "(b/c", text)
    text = re.sub(r"\s\W?[^\W\d_]{0,2}/[cC]?[€©¢][^\w\s]*$", " (b/c)", text)  # a sign that no such note has
    text = _TO_DO.sub("(t/h)", text)
    text = _AS_ARTICLE.sub(r"\1(t/h)", text).replace("(b/)", "(b/c)")
    text = _SPECK_WITHIN.sub(r"\1 ", text)
    text = re.sub(r"(?<=\w)\((?=(?:T\.)?\d|[bt]/)", " (", text)
    text = _SPECK_BEHIND.sub(r"\1", text)
    text = _OF_TINH.sub(r"\1 tỉnh", text.replace("UBÑD", "UBND"))
    text = re.sub(r"\((T?\.?\s?\d{2})\)\)", r"(\1b)", text, flags=re.IGNORECASE)
    if "(" not in text:
        text = text.rstrip(")")
    text = re.sub(r"(?<=\w),[-–](?=\s?\w)", ", ", text)
    text = text.replace("HDND", "HĐND")
    kept = _KEPT.match(text)
    if kept is not None and fold(text[: kept.end()]).strip(" :;.,") == "luu":
        # papers kept by the registry have a colon (Decree 30/2020); the Party's, and files of a project, have none
        text = f"Lưu{':' if kept['sign'] or kept['vt'] else ''} {text[kept.end() :]}"
        text = re.sub(r"\b[VÝY][Tt]\s*[;:.,jJ]\s*(?=\S)", "VT, ", text).replace("Ñ", "N").replace("}", ")")
        text = re.sub(r"\((T?\.?\d{2})[ùúđhûü6]\)", r"(\1b)", text, flags=re.IGNORECASE)
    return text
