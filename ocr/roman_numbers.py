"""Roman numbers whose strokes were miscounted: ``quý II`` where the paper says ``quý III``, told by the width.

A recogniser that reads column by column runs equal strokes together. How wide the number stands beside the other words
of its line tells how many there are; only the count of closing ``I`` changes, and the reading stays in ``Word.raw``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from domain.text import fold, strip_marks
from ocr.model import Line, Word

_ROMAN = re.compile(r"([(“\"]?)([XV]{0,3})(I{1,3}|(?=[IH]*I)[IH]*H[IH]*)([.,;:)”\"]*)")
#: the same where the word before says that a number follows: strokes are read as ``N``, ``H``, ``]`` and ``1`` there
_NUMBERED = re.compile(r"([(“\"]?)([XV]{1,3})([IHN1lt|!\]\[]{1,5})([.,;:)”\"]*)")
_QUARTER = re.compile(r"([(“\"]?)()([IHL1l|!\]\[]{2,5}|H)((?:/(?:19|20)\d\d)?[.,;:)”\"]*)")
_BEFORE_NUMBER = frozenset({"khoa", "vuc", "thu", "phan", "chuong", "ky"})
#: advance of letters in thousandths of an em, as in the faces of Times that papers are set in
_ADVANCE = {
    **dict.fromkeys("ijlt.,;:/()-", 290),
    **dict.fromkeys("frsI", 345),
    **dict.fromkeys("acezJ", 444),
    **dict.fromkeys("bdghknopquvxyPSFđ0123456789?", 505),
    **dict.fromkeys("LETZB", 630),
    **dict.fromkeys("wCRADĐGHKNOQUVXY", 715),
    **dict.fromkeys("mMW", 840),
}
_USUAL = 500
_HORN = 50  # ơ and ư are wider than o and u
#: words that short or less sure say little of how wide letters are set in their line
_LEAST_LETTERS, _SURE = 3, 0.6
_LEAST_WORDS = 3
#: what stands there has to be this much wider or narrower than what was read, and nearer than this to what is put
_OFF, _FITS = 0.12, 0.15
#: lines whose letters differ in size by less than this are set alike; so many abbreviations in them tell their capitals
_SAME_SIZE, _LEAST_CAPITALS = 0.06, 2
_LIKE_ROMAN = re.compile(r"[IJ]")
#: space before and behind the ink of a word, which its box does not hold, in thousandths of an em
_BEARING = 45


def with_roman_numbers_repaired(lines: Sequence[Line]) -> list[Line]:
    """Return *lines* with Roman numbers brought to as many strokes as there is room for."""
    capitals: list[tuple[float, float]] | None = None  # looked for only where a page has such a number
    out = list(lines)
    for at, line in enumerate(lines):
        found = [_numeral(line, n) for n in range(len(line.words))]
        if not any(found):
            continue
        if capitals is None:
            capitals = _capitals(lines)
        em = _em_of_capitals(em_of((line,)), capitals)
        pairs = zip(line.words, found, strict=True)
        words = tuple(w if numeral is None else _counted(w, numeral, em) for w, numeral in pairs)
        if words != line.words:
            out[at] = replace(line, words=words)
    return out


def _numeral(line: Line, at: int) -> re.Match[str] | None:
    """Return the parts of word *at* where it reads as a Roman number, or did before it was looked at again."""
    word = line.words[at]
    found = _ROMAN.fullmatch(word.text) or (_ROMAN.fullmatch(word.raw) if word.raw else None)
    if found is not None or not at:
        return found
    before = fold(line.words[at - 1].text)
    if before == "quy":
        return _QUARTER.fullmatch(word.text)
    return _NUMBERED.fullmatch(word.text) if before in _BEFORE_NUMBER else None


def _capitals(lines: Sequence[Line]) -> list[tuple[float, float]]:
    """Return pixels to the em of lines, as small letters and as an abbreviation in the line tell them."""
    out = []
    for line in lines:
        em = em_of((line,), least=1)
        if em is None:
            continue
        for word in line.words:
            letters = "".join(c for c in word.text if c.isalpha())
            if word.confidence >= _SURE and len(letters) > 2 and letters.isupper() and not _LIKE_ROMAN.search(letters):
                out.append((em, 1000 * _wide(word) / _advance(word.text)))
    return out


def _em_of_capitals(em: float | None, capitals: Sequence[tuple[float, float]]) -> float | None:
    """Return pixels to the em for capitals: some faces set them narrower beside small letters than Times does."""
    if em is None:
        return None
    told = [upper for lower, upper in capitals if abs(lower / em - 1) < _SAME_SIZE]
    return median(told) if len(told) >= _LEAST_CAPITALS else em


def em_of(lines: Sequence[Line], least: int = _LEAST_WORDS) -> float | None:
    """Return pixels to the em as the words of *lines*, all of one size, stand; None where under *least* speak."""
    told = [
        _wide(word) / _advance(word.text)
        for line in lines
        for word in line.words
        if word.confidence >= _SURE and sum(c.islower() for c in word.text) >= _LEAST_LETTERS
    ]
    return 1000 * median(told) if len(told) >= least else None


def too_wide(word: Word, text: str, em: float) -> float:
    """Return by how much *word* is wider on paper than *text* would be at *em* pixels to the em: 0.1 is a tenth."""
    return 1000 * _wide(word) / em / _advance(text) - 1


def _wide(word: Word) -> int:
    return word.box[2] - word.box[0]


def _advance(text: str) -> int:
    horns = sum(c in "ơờớởỡợưừứửữự" for c in text.casefold())
    return sum(_ADVANCE.get(c, _USUAL) for c in strip_marks(text)) + horns * _HORN - _BEARING


def _counted(word: Word, found: re.Match[str], em: float | None) -> Word:
    before, tens, ones, after = found.groups()
    strict = _ROMAN.fullmatch(found[0]) is not None
    read = min(3, len(ones.replace("H", "II")))  # an H is two strokes, or two that were seen twice
    put = read if strict else 0
    # strokes run together and never come apart: three ones are not two
    least = min(3, len(ones)) if not strict and not ones.strip("1Il|!") else 1
    if em is not None:
        off = {n: abs(too_wide(word, f"{before}{tens}{'I' * n}{after}", em)) for n in range(least, 4)}
        best = min(off, key=lambda n: off[n])
        if (not strict or off[read] >= _OFF) and off[best] <= (min(_FITS, 0.5 * off[read]) if strict else _FITS):
            put = best
    text = f"{before}{tens}{'I' * put}{after}" if put else word.text
    return word if text == word.text else replace(word, text=text, raw=word.raw or word.text)
