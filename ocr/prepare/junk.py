"""Words that are not writing: what the recogniser makes of noise, seal fragments, folds and page edges."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from statistics import median

from ocr.model import Box, Line, Mark, Word
from ocr.prepare.frame import around
from ocr.prepare.marks import SHINES_THROUGH

#: Without a letter or digit, and surer than this, a sign is kept: dashes of a list, a lone bracket.
_SIGN = 0.6
#: Marks without a letter: specks and folds, however sure the recogniser is.
_NEVER_ALONE = frozenset("ˆ`´˜¨^¬°¦|_")
#: Letters and digits are given the benefit of the doubt down to here.
_LETTER = 0.05
#: Below that too, as part of a line whose other words are this sure: numbers with strokes come at 0.0 and right.
_LINE = 0.6
#: The stroke of a list, first in its line, is often doubted.
_DASH = 0.3
#: A page whose surest word is below this has no writing.
_READABLE = 0.45
#: Where hardly a pixel is dark, print of the other side is read back to front.
_READABLE_WITHOUT_INK, _NO_INK = 0.8, 0.0003


def is_junk(word: Word, page_height: int) -> bool:
    """Return whether *word* is clearly not writing; in doubt it is kept."""
    height, width = word.box[3] - word.box[1], word.box[2] - word.box[0]
    if any(c.isalnum() for c in word.text):
        # A letter as high as a tenth of the page, or a hair-thin one, was never typed.
        return word.confidence < _LETTER or (word.confidence < 0.4 and (height > page_height / 10 or width < 2))
    return word.confidence < _SIGN or all(c in _NEVER_ALONE for c in word.text)


def without_junk(lines: Iterable[Line], page_height: int) -> list[Line]:
    """Return *lines* without junk words; lines left empty go."""
    kept = []
    for line in lines:
        words = tuple(
            bare for w in line.words if not is_junk(w, page_height) or _belongs(w, line) for bare in _without_rules(w)
        )
        if words == line.words:
            kept.append(line)
        elif words:
            kept.append(_shortened(line, words))
    return kept


def _without_rules(word: Word) -> tuple[Word, ...]:
    """Return *word* without the ruled line that was read at its end, or nothing where it was one."""
    bare = word.text.strip("|¦_")
    if bare == word.text:
        return (word,)
    return (replace(word, text=bare),) if bare else ()


def _belongs(word: Word, line: Line) -> bool:
    """Return whether a doubted *word* is a part of its line all the same: as high as the sure words beside it."""
    if word is line.words[0] and word.text in "-–—" and word.confidence >= _DASH:
        return len(line.words) > 1
    if sum(c.isalnum() for c in word.text) < 2:
        return False
    sure = [w for w in line.words if w.confidence >= _LINE and sum(c.isalnum() for c in w.text) > 1]
    if len(sure) < 3:
        return any(c.isdigit() for c in word.text) and "/" in word.text and _as_high(word, sure)
    return _as_high(word, sure)


def _as_high(word: Word, others: Sequence[Word]) -> bool:
    if not others:
        return False
    usual = median(w.box[3] - w.box[1] for w in others)
    return 0.5 * usual <= word.box[3] - word.box[1] <= 1.4 * usual


def _shortened(line: Line, words: tuple[Word, ...]) -> Line:
    box: Box = around(w.box for w in words)
    left, right = line.box[0], line.box[2]
    slope = (line.baseline[1] - line.baseline[0]) / max(1, right - left)
    start = line.baseline[0] + slope * (box[0] - left)
    return Line(words, box, (start, start + slope * (box[2] - box[0])))


def is_blank(lines: Sequence[Line], ink_ratio: float, marks: Sequence[Mark]) -> bool:
    """Return whether a page bears nothing to read: no readable word, hardly any ink, no seal and no signature.

    One threshold on ink alone is wrong both ways (a stamp on an empty verso, a line of small print), hence all three.
    What shines through from the other side, print or seal, is not written on this one.
    """
    least = _READABLE if ink_ratio > _NO_INK else _READABLE_WITHOUT_INK
    readable = any(
        w.confidence >= least and sum(c.isalnum() for c in w.text) >= (1 if w.confidence > 0.8 else 2)
        for line in lines
        for w in line.words
    )
    return not readable and ink_ratio < 0.006 and all(m.confidence <= SHINES_THROUGH for m in marks)
