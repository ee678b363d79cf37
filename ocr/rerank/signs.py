"""Points, commas and colons that the sentence or the list around them rules out.

At low resolutions a comma loses its tail and the upper point of a semicolon its distance. A sentence does not go on in
small letters behind a full stop; items of one list end alike; the grounds of a decision each end with a semicolon
(Decree 30/2020, Appendix I). Only the sign changes; the reading stays in ``Word.raw``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ocr.model import Line, Word
from ocr.rerank.first_numbers import with_first_numbers
from ocr.rerank.tokens import bare, key_of

#: a full word, not an abbreviation: it has a vowel
_WORD = re.compile(r"[(“\"]?[^\W\d_]{2,}\.")
_VOWELS = frozenset("aeiouy")
_NUMBER = re.compile(r"\d{1,3}\.")
_LETTERS_ONLY = re.compile(r"[^\W\d_]{2,}\W*")
_DASH = re.compile(r"[-–—+]")
_LETTER = re.compile(r"([a-zđ])\)")
_LETTERS = "abcdđeghiklmnopqrstuvxy"
_GROUND = re.compile(r"(?:Căn cứ|Theo đề nghị|Xét đề nghị|Xét Tờ trình)\b")
_NO_END = re.compile(r"[:,]$")
#: what has been seen clearly stays
_SURE = 0.96


def with_signs_repaired(lines: Sequence[Line]) -> list[Line]:
    """Return *lines*, in reading order as far as it is known, with impossible points, commas and colons put right.

    Columns of numbers begin with a 1 (:mod:`ocr.rerank.first_numbers`).
    """
    out = [_commas(line) for line in with_first_numbers(lines)]
    marker, ground = "", False
    for at, line in enumerate(out):
        first = line.words[0].text
        marker = _marker(first) or marker
        goes_on = line.text[:1].islower() or line.text[:1].isdigit()
        ground = bool(_GROUND.match(line.text)) or (ground and goes_on)
        following = out[at + 1] if at + 1 < len(out) else None
        if following is None:
            break
        last = line.words[-1]
        item = last.text.endswith(":") and _follows(marker, _marker(following.words[0].text))
        if item or (ground and _NO_END.search(last.text) and _GROUND.match(following.text)):
            out[at] = _with(line, len(line.words) - 1, last.text[:-1] + ";")
    return out


def _commas(line: Line) -> Line:
    for at in range(len(line.words) - 1):
        text, after = line.words[at].text, line.words[at + 1].text
        if not text.endswith(".") or not (after.islower() and _LETTERS_ONLY.fullmatch(after)):
            continue
        number = at > 0 and bool(_NUMBER.fullmatch(text))
        if number or (_WORD.fullmatch(text) and _is_full_word(text)):
            line = _with(line, at, text[:-1] + ",")
    return line


def _is_full_word(text: str) -> bool:
    letters = text.strip('(“".')
    return bool(_VOWELS & set(bare(key_of(letters)))) and not letters.isupper()


def _with(line: Line, at: int, text: str) -> Line:
    word = line.words[at]
    if word.confidence >= _SURE:
        return line
    changed: Word = replace(word, text=text, raw=word.raw or word.text)
    return replace(line, words=(*line.words[:at], changed, *line.words[at + 1 :]))


def _marker(first: str) -> str:
    """Return the kind of list that a line begins an item of: ``-`` or its letter; "" for other lines."""
    if _DASH.fullmatch(first):
        return "-"
    found = _LETTER.fullmatch(first)
    return found[1] if found else ""


def _follows(marker: str, following: str) -> bool:
    if marker == "-" or following == "-":
        return marker == following
    return bool(marker and following) and 0 <= _LETTERS.find(marker) == _LETTERS.find(following) - 1
