"""Set phrases of summaries that a recogniser reads as other words: ``theo tỉnh thần`` -> ``theo tinh thần``.

A closed list (``sayings`` in ``vocabulary.toml``). Only marks change, only of one word, and only where every other word
of the phrase was read as it stands there; ``#`` is a number, and a word that the phrase writes with a capital must have
one on the paper: ``biến động giá`` is not ``Biển Đông``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import cache

from domain.text import same_tone_placement, strip_marks
from ocr.fields.repair import core
from ocr.fields.vocabulary import SAYINGS


def with_sayings(words: Sequence[str]) -> tuple[list[str], int]:
    """Return *words* with set phrases put right, and how many words changed."""
    out = list(words)
    changed = 0
    parts = [core(w) for w in words]
    for at in range(len(parts)):
        for saying in _by_first().get(_bare(parts[at][1]), ()):
            wrong = _wrong(parts[at : at + len(saying)], saying)
            if wrong is None:
                continue
            before, read, after = parts[at + wrong]
            put = saying[wrong][:1].upper() + saying[wrong][1:] if read[:1].isupper() else saying[wrong]
            parts[at + wrong] = (before, put, after)
            out[at + wrong] = before + put + after
            changed += 1
    return out, changed


def _wrong(parts: Sequence[tuple[str, str, str]], saying: Sequence[str]) -> int | None:
    """Return the place of the one word of *saying* whose marks *parts* have otherwise; None where it is not that."""
    wrong: list[int] = []
    if len(parts) < len(saying):
        return None
    for n, ((before, read, after), said) in enumerate(zip(parts, saying, strict=True)):
        if (n and before) or (n < len(saying) - 1 and after):
            return None  # a sign stands between
        if said == "#":
            if not read[:1].isdigit():
                return None
        elif said[:1].isupper() and not read[:1].isupper():
            return None
        elif same_tone_placement(read) != same_tone_placement(said):
            if read.isupper() or _bare(read) != _bare(said):
                return None
            wrong.append(n)
    return wrong[0] if len(wrong) == 1 else None


@cache
def _by_first() -> dict[str, list[tuple[str, ...]]]:
    found: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for saying in SAYINGS:
        words = tuple(saying.split())
        found[_bare(words[0])].append(words)
    return dict(found)


def _bare(word: str) -> str:
    return strip_marks(word).casefold()
