"""Which words of running text are a person's name: what no language and no list may spell anew."""

from __future__ import annotations

from collections.abc import Sequence

from domain.text import strip_marks
from ocr.rerank.tokens import SURNAMES


def of_persons(parts: Sequence[tuple[str, str, str]]) -> frozenset[int]:
    """Return the places of words (before, core, after) that stand in a person's name.

    A name is a usual family name with further capitalised words, not set in capitals, no sign between.
    """
    found: set[int] = set()
    run: list[int] = []
    for i, (before, middle, after) in enumerate((*parts, ("", "", ""))):
        capital = middle[:1].isupper() and middle[1:].islower() and middle.isalpha()
        if capital and not before and (run or strip_marks(middle).casefold() in SURNAMES):
            run.append(i)
        if not capital or before or after:
            found.update(run if len(run) > 1 else ())
            run = []
    return frozenset(found)
