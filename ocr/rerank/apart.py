"""Words that stand too close to one another: ``đềnghị`` is two of them, ``nhà-nước`` has a speck for a hyphen.

A run of letters that is no syllable is cut where both halves are syllables of official texts that often follow each
other; where two cuts would do, it stays. A hyphen between two small-lettered halves falls where such texts have the
halves as neighbours; a page that prints many of them writes so (papers before 1975), and keeps all. Letters stay as
read, and the whole reading stays in ``Word.raw``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from math import log

from ocr.model import Line, Word
from ocr.rerank.statistics import Statistics, statistics
from ocr.rerank.tokens import EDGE, bare, key_of
from ocr.textlayer.syllables import is_syllable

_GLUED = re.compile(r"([(“\"]?)([^\W\d_]{4,12})([.,;:)”\"]*)")
_HYPHENED = re.compile(r"([(“\"]?)([^\W\d_]{2,7})[-–]([^\W\d_]{1,7})([.,;:)”\"]*)")
#: chance with which the second half has to follow the first in official texts
_FOLLOWS = log(0.02)
#: a cut word is no surer than this
_AT_MOST = 0.9
_MOST_HYPHENS = 3
#: borrowed words that papers write as one, or with a hyphen, as often as two
_BORROWED = frozenset({"betong", "bulong", "ximang", "hecta", "photpho", "vacxin", "cacbon", "protein", "gara"})


def with_words_apart(lines: Sequence[Line]) -> list[Line]:
    """Return *lines* with words parted that were read as one."""
    table = statistics()
    hyphens = sum(bool(_halves_at_hyphen(w.text, table)) for line in lines for w in line.words)
    out = []
    for line in lines:
        words: list[Word] = []
        for word in line.words:
            halves = _halves(word.text, table)
            if not halves and hyphens <= _MOST_HYPHENS:
                halves = _halves_at_hyphen(word.text, table)
            words += _cut(word, halves) if halves else [word]
        out.append(line if len(words) == len(line.words) else replace(line, words=tuple(words)))
    return out


def _halves(text: str, table: Statistics) -> tuple[str, str] | None:
    found = _GLUED.fullmatch(text)
    if found is None or not found[2][1:].islower() or is_syllable(found[2]) or table.share(key_of(found[2])):
        return None
    letters = found[2]
    cuts = [n for n in range(2, len(letters) - 1) if _neighbours(letters[:n], letters[n:], table)]
    if len(cuts) != 1:
        return None
    return found[1] + letters[: cuts[0]], letters[cuts[0] :] + found[3]


def _halves_at_hyphen(text: str, table: Statistics) -> tuple[str, str] | None:
    found = _HYPHENED.fullmatch(text)
    if found is None or not found[3].islower() or not found[2][1:].islower():
        return None
    return (found[1] + found[2], found[3] + found[4]) if _neighbours(found[2], found[3], table) else None


def _neighbours(left: str, right: str, table: Statistics) -> bool:
    a, b = key_of(left), key_of(right)
    if bare(a + b) in _BORROWED:
        return False
    known = table.share(a) > 0 and table.share(b) > 0 and is_syllable(left) and is_syllable(right)
    return known and table.log_chance(EDGE, a, b) > _FOLLOWS


def _cut(word: Word, halves: tuple[str, str]) -> list[Word]:
    """Return the halves as words: the box is shared out by letters."""
    left, top, right, bottom = word.box
    at = left + round((right - left) * len(halves[0]) / (len(halves[0]) + len(halves[1])))
    sure, raw = min(word.confidence, _AT_MOST), word.raw or word.text
    return [
        replace(word, text=halves[0], confidence=sure, box=(left, top, at, bottom), raw=raw),
        replace(word, text=halves[1], confidence=sure, box=(at, top, right, bottom), raw=raw),
    ]
