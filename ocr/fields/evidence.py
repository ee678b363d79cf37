"""From words on paper to a field value with an honest confidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ocr.layout import Zones
from ocr.layout_rows import union
from ocr.model import Box, FieldValue, Line, PageReading, Word

#: nothing read from paper is surer than this
CEILING = 0.99


@dataclass(frozen=True)
class PageZones:
    """A page with its zones."""

    page: PageReading
    zones: Zones


def sure(words: Sequence[Word]) -> float:
    """Confidence of a run of words: half their mean, half their weakest; 0.0 for none."""
    weighed = [w.confidence for w in words if any(c.isalnum() for c in w.text)] or [w.confidence for w in words]
    if not weighed:
        return 0.0
    return 0.5 * (sum(weighed) / len(weighed)) + 0.5 * min(weighed)


_MODIFIERS = frozenset("ˆ˜ˊˋ´`ʼʻªº")


def legible(words: Sequence[Word]) -> list[Word]:
    """Return *words* without specks: lone signs of a pen, a stamp or dirt that no sentence holds by themselves.

    Underscores and carets glued to a word are taken off it; a lone dash stays where it was read surely.
    """
    out: list[Word] = []
    for word in words:
        text = word.text.strip("_|~ˆ˜`´¡¦¬°")
        core = [c for c in text if c.isalnum() and c not in _MODIFIERS]
        if core:
            out.append(word if text == word.text else replace(word, text=text))
        elif (text in ("-", "–", "—", "&", "+") and word.confidence >= 0.5) or (text in tuple(",.;:)") and out):
            out.append(word)
    return out


def words_of(lines: Sequence[Line]) -> list[Word]:
    """All words of *lines* in order."""
    return [w for line in lines for w in line.words]


def box_of(words: Sequence[Word]) -> Box | None:
    """Box around *words*."""
    return union(w.box for w in words) if words else None


def value(
    text: str,
    words: Sequence[Word],
    page: int,
    *,
    factor: float = 1.0,
    limit: float = CEILING,
    candidates: tuple[str, ...] = (),
    raw: str | None = None,
) -> FieldValue:
    """Make a field value read on *page* from *words*: their confidence times *factor*, at most *limit*."""
    seen = " ".join(w.text for w in words) if raw is None else raw
    confidence = max(0.0, min(limit, CEILING, sure(words) * factor))
    return FieldValue(
        value=text,
        confidence=round(confidence, 3),
        source="ocr",
        page=page,
        box=box_of(words),
        raw=seen,
        candidates=candidates,
    )


def repaired(changed: int, total: int) -> float:
    """Factor for a reading in which *changed* of *total* words got their marks back from a vocabulary."""
    return 1.0 - 0.3 * min(1.0, changed / max(1, total))
