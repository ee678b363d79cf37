"""Roman numbers whose strokes were miscounted: ``quý II`` where the paper says ``quý III``, told by the width.

A recogniser that reads column by column runs equal strokes together. How wide the number stands beside the other words
of its line tells how many there are; only the count of closing ``I`` changes, and the reading stays in ``Word.raw``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from domain.text import strip_marks
from ocr.model import Line, Word

_ROMAN = re.compile(r"([(“\"]?)([XV]{0,3})(I{1,3}|(?=[IH]*I)[IH]*H[IH]*)([.,;:)”\"]*)")
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
#: space before and behind the ink of a word, which its box does not hold, in thousandths of an em
_BEARING = 45


def with_roman_numbers_repaired(lines: Sequence[Line]) -> list[Line]:
    """Return *lines* with Roman numbers brought to as many strokes as there is room for."""
    return [_repaired(line) if any(_ROMAN.fullmatch(w.text) for w in line.words) else line for line in lines]


def _repaired(line: Line) -> Line:
    em = em_of((line,))
    words = tuple(_counted(word, em) for word in line.words)
    return line if words == line.words else replace(line, words=words)


def em_of(lines: Sequence[Line]) -> float | None:
    """Return pixels to the em as the words of *lines*, all of one size, stand in them; None where too few speak."""
    told = [
        _wide(word) / _advance(word.text)
        for line in lines
        for word in line.words
        if word.confidence >= _SURE and sum(c.islower() for c in word.text) >= _LEAST_LETTERS
    ]
    return 1000 * median(told) if len(told) >= _LEAST_WORDS else None


def too_wide(word: Word, text: str, em: float) -> float:
    """Return by how much *word* is wider on paper than *text* would be at *em* pixels to the em: 0.1 is a tenth."""
    return 1000 * _wide(word) / em / _advance(text) - 1


def _wide(word: Word) -> int:
    return word.box[2] - word.box[0]


def _advance(text: str) -> int:
    horns = sum(c in "ơờớởỡợưừứửữự" for c in text.casefold())
    return sum(_ADVANCE.get(c, _USUAL) for c in strip_marks(text)) + horns * _HORN - _BEARING


def _counted(word: Word, em: float | None) -> Word:
    found = _ROMAN.fullmatch(word.text)
    if found is None:
        return word
    before, tens, ones, after = found.groups()
    read = min(3, len(ones.replace("H", "II")))  # an H is two strokes, or two that were seen twice
    put = read
    if em is not None:
        off = {n: abs(too_wide(word, f"{before}{tens}{'I' * n}{after}", em)) for n in (1, 2, 3)}
        best = min(off, key=lambda n: off[n])
        if off[read] >= _OFF and off[best] <= min(_FITS, 0.5 * off[read]):
            put = best
    text = f"{before}{tens}{'I' * put}{after}"
    return word if text == word.text else replace(word, text=text, raw=word.raw or word.text)
