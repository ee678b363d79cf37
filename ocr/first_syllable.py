"""Which family name stands under a seal, before syllables of a name that were read clearly.

The engine is asked how likely each strip of the name says each family name followed by the clear syllables; how usual
a family is, and how much room the name leaves where it should stand centred under its position, speak with it. What is
chosen so is a guess, never sure, and only taken where the strips nearly say it by themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import exp

from domain.text import strip_marks
from ocr.fields.people import how_usual, is_name_syllable
from ocr.fields.vocabulary import FAMILY_NAMES
from ocr.model import Word
from ocr.recognizer import Weighed

#: a syllable of the clear part of a name is at least so sure
_CLEAR = 0.75
#: how much rarer (natural logarithm) a family is that fewer people have, by two steps
_RARE = 1.0
#: what the engine says of letters with strokes through them is surer than it should be
_TEMPER = 0.5
#: a family is chosen only if its chance is not this much below that of what was read letter by letter
_NEARLY = 20.0
#: or this much where there is hardly another one
_NEARLY_ALONE, _ALONE = 32.0, 0.97
#: and if this share of all chances is its own
_LEAST = 0.5
#: a strip makes no text unlikelier than this
_WORST = -60.0
#: the start of a centred name is off by so much (em); speaks against it no more than this
_OFF, _MOST_OFF = 0.25, 4.0
#: what stands centred within this (em) lacks nothing
_WHOLE = 0.35
#: syllables of the clear part
_MOST = 4
#: readings of the clear part that are tried
_TAILS = 2
_OTHERS = 3
#: widths in thousandths of an em of the letters of a bold serif face of books and offices
_WIDTHS = {
    **dict.fromkeys("ACDNQRUVXYĐ", 722),
    **dict.fromkeys("BELTZ", 667),
    **dict.fromkeys("GHKO", 778),
    **dict.fromkeys("FP", 611),
    "S": 556,
    "M": 944,
    "W": 1000,
    "J": 500,
    "I": 389,
    " ": 250,
    "m": 833,
    "w": 722,
    "f": 333,
    "t": 333,
    "i": 278,
    "l": 278,
    "j": 333,
    "s": 389,
    "c": 444,
    "e": 444,
    "r": 444,
    "z": 444,
    **dict.fromkeys("bdhknpquđ", 556),
}
_ELSE = 500


@dataclass(frozen=True)
class Place:
    """Where the name should stand, pixels of the part of the page that is looked at."""

    em: float
    middle: float
    centred: bool  # it is known that the name stands centred on *middle*


@dataclass(frozen=True)
class Strip:
    """A reading of the name's line, what lay over it lifted."""

    strip: Weighed
    words: tuple[Word, ...]  # pixels of the part of the page that is looked at


@dataclass(frozen=True)
class Family:
    """A family name found for syllables that were read."""

    text: str
    share: float  # of the chances of all families, 0.0 to 1.0
    near: bool  # the strips nearly say it, and hardly another one
    chance: float  # that the strips say it with the clear syllables, mean natural logarithm
    others: tuple[str, ...]  # the next likely ones
    rest: tuple[Word, ...]  # the clear syllables
    left: float  # where the name begins
    read: str  # what one strip says letter by letter


def find_family(strips: Sequence[Strip], place: Place) -> Family | None:
    """Return the likeliest family name before the clear syllables of *strips*; None without such syllables.

    Args:
        strips: readings of the same line, prepared in several ways, what lies over it lifted.
        place: where the name should stand.
    """
    found = [_before(rest, strips, place) for rest in _clear_parts(strips)]
    return max(found, key=lambda one: one.chance, default=None)


def _before(rest: tuple[Word, ...], strips: Sequence[Strip], place: Place) -> Family:
    """Return the likeliest family name before *rest*."""
    if place.centred and len(rest) > 1 and abs(_middle(rest) - place.middle) < _WHOLE * place.em:
        rest = rest[1:]  # the first of them is the family
    said = [s for s in strips if s.words[-1].text == rest[-1].text]
    left, right = rest[0].box[0], rest[-1].box[2]
    tail = " ".join(w.text for w in rest)
    families = _families()
    names = [name for name, _ in families]
    chances = _mean([s.strip.chances(names, f" {tail}") for s in said])
    scale = (right - left) / _width(tail)
    scores = []
    for (name, known), chance in zip(families, chances, strict=True):
        off = (left - _width(f"{name} ") * scale - (2 * place.middle - right)) / place.em if place.centred else 0.0
        scores.append((_TEMPER * chance + known - min(_MOST_OFF, (off / _OFF) ** 2 / 2), name, chance))
    scores.sort(key=lambda s: (-s[0], s[1]))
    score, name, chance = scores[0]
    share = 1 / sum(exp(s - score) for s, *_ in scores)
    read = [" ".join(w.text for w in s.words) for s in said]
    below = max(_mean([s.strip.chances([*dict.fromkeys(read), tail]) for s in said])) - chance
    near = share > _LEAST and below < (_NEARLY if share < _ALONE else _NEARLY_ALONE)
    others = tuple(s[1] for s in scores[1 : 1 + _OTHERS])
    return Family(name, share, near, chance, others, rest, left - _width(f"{name} ") * scale, read[0])


def _middle(words: Sequence[Word]) -> float:
    return (words[0].box[0] + words[-1].box[2]) / 2


def _mean(rows: Sequence[Sequence[float]]) -> list[float]:
    """Return the mean chance of each text over strips; none of them alone makes a text impossible."""
    return [sum(max(c, _WORST) for c in column) / len(column) for column in zip(*rows, strict=True)]


def _clear_parts(strips: Sequence[Strip]) -> list[tuple[Word, ...]]:
    """Return the longest runs of clear syllables at the ends of *strips*: different ones where these disagree."""
    runs: dict[tuple[str, ...], list[tuple[Word, ...]]] = {}
    for strip in strips:
        run: list[Word] = []
        for word in reversed(strip.words):
            if word.confidence < _CLEAR or not is_name_syllable(word.text) or len(run) == _MOST:
                break
            run.insert(0, word)
        for n in range(1, len(run) + 1):
            runs.setdefault(tuple(w.text for w in run[-n:]), []).append(tuple(run[-n:]))
    # Two syllables are enough to go by, more only where most strips read them.
    ranked = sorted(runs, key=lambda texts: (-min(2, len(texts)), -len(runs[texts]), -len(texts), texts))
    first = ranked[:1]
    others = [texts for texts in ranked[1:] if len(texts) == len(first[0])]
    return [runs[texts][0] for texts in (first + others)[:_TAILS]]


@cache
def _families() -> tuple[tuple[str, float], ...]:
    """Family names that are spelled with more than one letter, with how usual they are (natural logarithm)."""
    return tuple((name, (how_usual(name) - 2) * _RARE) for name in sorted(FAMILY_NAMES) if len(name) > 1)


def _width(text: str) -> float:
    """Return about how wide *text* is set, em."""
    return sum(_WIDTHS.get(c, _WIDTHS.get(strip_marks(c), _ELSE)) for c in text) / 1000
