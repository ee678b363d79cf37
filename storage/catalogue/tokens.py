"""What stands in the index of a piece of text: words, pairs of neighbours, scope words. Pure functions.

A phrase of frequent words is rare, yet an index of words finds it only by comparing positions in very many papers. So
each two neighbours are one token besides (``giao_dat``): a phrase of two words is one look-up, a longer one is pairs
that follow each other, compared only where all of them stand. Words alone need no position and are kept once.

Each token says by its signs what it is. No paper can write one of these signs: :func:`words` leaves letters and digits
only.

==========  ===========================================================
``giao``    a word without marks, in the fields or in the text
``+giao``   a word with its marks
``^giao``   a word in the fields, without marks; ``^+giao`` with them
``a_b``     two neighbours without marks; ``+a_b`` with them
``=agx..``  to whom the document belongs and what it is
``#0.7``    among which rows it stands (:mod:`storage.catalogue.windows`)
==========  ===========================================================
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, repeat

from domain.text import clean, fold, same_tone_placement

MARKED, IN_FIELDS, SCOPE, PAIR = "+", "^", "=", "_"
#: stands between two fields, and between text and fields, so that no phrase is found across: no word of any language
BORDER = "qzqz"
#: letters of a word: what no language writes is cut, the same in text and question
LONGEST = 64
_GAP = "_"  # where two words stand side by side that are no neighbours
_PLACES = [f":{place}" for place in range(1, 16384)]  # of a tsvector: what stands beyond has the last one
_WORD = re.compile(r"[\w\u0300-\u036f]+")
_NOT_WORD = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Tokens:
    """What is to be indexed: ``once`` has no place; each stream of ``pairs`` is in order."""

    once: tuple[str, ...]
    pairs: tuple[list[str], ...]


class _Forms(dict[str, str]):
    """Each word in a form of its own, found once: an archive is made of few words."""

    def __init__(self, form: Callable[[str], str]) -> None:
        self._form = form

    def __missing__(self, word: str) -> str:
        if len(self) > 200_000:
            self.clear()
        form = self[word] = " ".join(part[:LONGEST] for part in self._form(word).split())
        return form


_BARE = _Forms(fold)
_KEPT = _Forms(lambda word: _NOT_WORD.sub(" ", same_tone_placement(word)))


def words(text: str) -> tuple[list[str], list[str]]:
    """Return the words of *text* without marks, and with them (lower case, one tone placement); letters and digits."""
    found = _WORD.findall(clean(text))
    return " ".join(map(_BARE.__getitem__, found)).split(), " ".join(map(_KEPT.__getitem__, found)).split()


def tokens(body: str, fields: str, scope: Iterable[str]) -> Tokens:
    """Return what is indexed of a piece of text *body* with its document's *fields*, parted by :data:`BORDER`."""
    once = [SCOPE + word for word in scope]
    pairs = []
    for sign, text, named in zip(("", MARKED), words(body), words(fields), strict=True):
        once += [sign + word for word in text]
        neighbours = _pairs(sign, text)
        for part in _parted(named):
            once += [sign + word for word in part]
            once += [IN_FIELDS + sign + word for word in part]
            neighbours += (_GAP, *_pairs(sign, part))
        pairs.append(neighbours)
    return Tokens(tuple(dict.fromkeys(once)), tuple(pairs))


def _pairs(sign: str, sequence: list[str]) -> list[str]:
    return list(map(PAIR.join, zip([sign + word for word in sequence], sequence[1:], strict=False)))


def _parted(sequence: list[str]) -> Iterator[list[str]]:
    start = 0
    for _ in range(sequence.count(BORDER)):
        end = sequence.index(BORDER, start)
        yield sequence[start:end]
        start = end + 1
    yield sequence[start:]


def as_text(found: Tokens) -> str:
    """Return *found* as text for FTS5, which parts it at spaces."""
    return " ".join((*found.pairs[0], *found.pairs[1], *found.once))


def as_tsvector(found: Tokens, windows: Iterable[str]) -> str:
    """Return *found* and the words of its *windows* as the text of a PostgreSQL ``tsvector``."""
    placed: list[str] = []
    for stream in found.pairs:
        places = chain(_PLACES, repeat(_PLACES[-1]))
        placed += [pair + place for pair, place in zip(stream, places, strict=False) if pair != _GAP]
    # no quotes: of what PostgreSQL would take for a sign of its own, no token has any
    return " ".join((*placed, *found.once, *windows))
