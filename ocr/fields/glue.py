"""Words of a heading that a recogniser ran together or cut: ``TỈNHQUẢNGNINH`` -> ``TỈNH QUẢNG NINH``."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from functools import cache

from domain.text import strip_marks
from ocr.fields.vocabulary import HEADINGS, PLACE_WORDS
from ocr.model import Word
from ocr.textlayer.syllables import is_syllable

_LONGEST = 7  # letters of a syllable


@cache
def _syllables() -> frozenset[str]:
    words = (w for phrase in (*HEADINGS, *PLACE_WORDS) for w in re.split(r"\W+", phrase))
    return frozenset(strip_marks(w).casefold() for w in words if len(w) > 1)


#: the beginning of a syllable that was cut from its rest is no surer than this
_JOINED = 0.5
_CUT_OFF = re.compile(r"(?:T|TH|TR|P|PH|C|CH|G|GI|B|Đ|H|K|KH|L|M|N|NG|NH|Q|QU|R|S|V|X)")


@cache
def _neighbours() -> frozenset[tuple[str, str]]:
    """Words that stand beside each other in the vocabulary of headings, without marks."""
    phrases = (strip_marks(phrase).casefold().split() for phrase in (*HEADINGS, *PLACE_WORDS))
    return frozenset(pair for phrase in phrases for pair in itertools.pairwise(phrase))


def rejoined(words: Sequence[Word]) -> list[Word]:
    """Return capital *words* with beginnings of syllables put before their rest: ``T HẮNG`` -> ``THẮNG``.

    Only where the beginning is none by itself and both together are one; what was read stays in ``raw``.
    """
    out: list[Word] = []
    for word in words:
        before = out[-1] if out else None
        if before is not None and _CUT_OFF.fullmatch(before.text) and word.text.isalpha() and word.text.isupper():
            whole = before.text + word.text
            if is_syllable(whole):
                box = (before.box[0], min(before.box[1], word.box[1]), word.box[2], max(before.box[3], word.box[3]))
                sure = min(before.confidence, word.confidence, _JOINED)
                out[-1] = Word(whole, sure, box, raw=f"{before.text} {word.text}")
                continue
        out.append(word)
    return out


def unglued(word: Word) -> list[Word]:
    """Return *word* cut into syllables of the vocabulary of headings; whole where that does not come out even.

    Only long runs of capitals are cut, into the fewest syllables, and at a hyphen where headings have none (``BAN-NHÂN
    DÂN``); letters stay as read, boxes are shared out by length.
    """
    parts = [p for p in re.split(r"(?<=\w)[.,:](?=\w)", word.text) if p]
    halves = word.text.split("-")
    if len(halves) == 2 and (strip_marks(halves[0]).casefold(), strip_marks(halves[1]).casefold()) in _neighbours():
        parts = halves
    cut = [piece for part in parts for piece in _cut(part)]
    if len(cut) == 1:
        return [word]
    left, top, right, bottom = word.box
    step = (right - left) / max(1, sum(len(c) for c in cut))
    out: list[Word] = []
    x = float(left)
    for piece in cut:
        out.append(Word(piece, word.confidence, (round(x), top, round(x + step * len(piece)), bottom)))
        x += step * len(piece)
    return out


def _cut(text: str) -> list[str]:
    bare = strip_marks(text).casefold()
    if len(text) < 7 or len(bare) != len(text) or not text.isalpha() or not text.isupper() or bare in _syllables():
        return [text]
    best: list[list[int] | None] = [[0], *([None] * len(text))]
    for end in range(1, len(text) + 1):
        for start in range(max(0, end - _LONGEST), end):
            before = best[start]
            if before is not None and end - start > 1 and bare[start:end] in _syllables():
                found = [*before, end]
                known = best[end]
                if known is None or len(found) < len(known):
                    best[end] = found
    ends = best[len(text)]
    if ends is None:
        return [text]
    return [text[a:b] for a, b in itertools.pairwise(ends)]
