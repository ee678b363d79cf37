"""Words of a heading that a recogniser ran together: ``TỈNHQUẢNGNINH`` -> ``TỈNH QUẢNG NINH``."""

from __future__ import annotations

import itertools
import re
from functools import cache

from domain.text import strip_marks
from ocr.fields.vocabulary import HEADINGS, PLACE_WORDS
from ocr.model import Word

_LONGEST = 7  # letters of a syllable


@cache
def _syllables() -> frozenset[str]:
    words = (w for phrase in (*HEADINGS, *PLACE_WORDS) for w in re.split(r"\W+", phrase))
    return frozenset(strip_marks(w).casefold() for w in words if len(w) > 1)


def unglued(word: Word) -> list[Word]:
    """Return *word* cut into syllables of the vocabulary of headings; whole where that does not come out even.

    Only long runs of capitals are cut, into the fewest syllables; letters stay as read, boxes are shared out by length.
    """
    parts = [p for p in re.split(r"(?<=\w)[.,:](?=\w)", word.text) if p]
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
