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
            kept = without_tail([part for w in kept for part in apart(w)])
            if em is not None:
                kept = [_with_stroke(w, em) for w in kept]
            texts, more = restore_text([w.text for w in kept], [w.confidence for w in kept], own, recipient_pairs())
            changed += more
            text = " ".join(texts)
            fits = last is not None and _would_have_fitted(line, last, edge)
            last = line
            if dashed or not items or items[-1].endswith(";") or fits:
                items.append(text)
            else:
                items[-1] += " " + text
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


def _with_stroke(word: Word, em: float) -> Word:
    """``(th)`` set as wide as ``(t/h)``: the stroke of a note was lost."""
    note = _NOTE.fullmatch(word.text)
    if note is None:
        return word
    whole = f"{note[1]}{note[2]}/{note[3]}"
    narrow, wide = too_wide(word, word.text, em), too_wide(word, whole, em)
    return replace(word, text=whole) if abs(wide) < 0.5 * abs(narrow) and narrow > 0 else word


_GLUED = re.compile(
    r"^(\W*)(UBND|HĐND|HDND|ĐBQH|MTTQ|UBMTTQVN|UBMTTQ|TTHĐND)[il|]?(tỉnh|tinh|huyện|xã|phường|thành|các|TP)(\W*)$"
)


def apart(word: Word) -> list[Word]:
    """``HĐNDtỉnh`` and ``Thường.trực`` are two words each."""
    glued = _GLUED.match(word.text)
    parts = (
        [glued[1] + glued[2], glued[3] + glued[4]]
        if glued
        else re.split(r"(?<=[a-zà-ỹđ])[.](?=[a-zà-ỹđ]{2})", word.text)
    )
    return [word] if len(parts) == 1 else [replace(word, text=p) for p in parts]


def without_tail(words: list[Word]) -> list[Word]:
    """Drop what stands after the ``;`` that ends an item: specks, and strokes of the seal."""
    for n, word in enumerate(words[:-1]):
        tail = words[n + 1 :]
        if word.text.endswith(";") and all(len(w.text) <= 2 or w.confidence < 0.5 for w in tail):
            return words[: n + 1]
    return words


_KEPT = re.compile(r"^L[uư]\w{0,2}?u?(?=\W|$)\s*(?P<sign>[:;.,]?)\s*(?=(?P<vt>[VÝY]T\b)?)", re.IGNORECASE)


def _tidy_recipient(text: str) -> str:
    """Put right what recognisers make of ``(b/c)``, ``(02b)`` and ``Lưu: VT, NC``."""
    text = re.sub(r"\([bđhíf]?\s?[/íìiIl1]\s?[c€©¢e](?=\)|áo)", "(b/c", text)
    text = re.sub(r"\s\W?[^\W\d_]{0,2}/[cC]?[€©¢][^\w\s]*$", " (b/c)", text)  # a sign that no such note has
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
