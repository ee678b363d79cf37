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
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from domain.text import fold, same_tone_placement

MARKED, IN_FIELDS, SCOPE, PAIR = "+", "^", "=", "_"
#: the signs that a tokeniser must take as parts of a token
SIGNS = "_+^="
_GAP = "_"  # between two fields, and between text and fields, so that no phrase is found across
LONGEST = 64  # letters: what no language writes is cut, the same in text and question
_LAST_PLACE = 16383  # of a tsvector
_NOT_WORD = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Tokens:
    """What is to be indexed: *once* has no place; each stream of *pairs* is in order, with gaps."""

    once: tuple[str, ...]
    pairs: tuple[tuple[str, ...], ...]


def marked(text: str) -> str:
    """Return the form that keeps marks: NFC, lower case, one tone placement, punctuation as one space."""
    return _NOT_WORD.sub(" ", same_tone_placement(text)).strip()


def words(text: str, *, with_marks: bool) -> list[str]:
    """Return the words of *text*: letters and digits, at most 64 of them each."""
    return [word[:LONGEST] for word in (marked(text) if with_marks else fold(text)).split()]


def tokens(body: str, fields: Iterable[str], scope: Iterable[str]) -> Tokens:
    """Return what is indexed of a piece of text *body*, with the values of its document's *fields*."""
    once = dict.fromkeys(f"{SCOPE}{word}" for word in scope)
    pairs = []
    fields = tuple(fields)
    for sign in ("", MARKED):
        neighbours: list[str] = []
        for n, text in enumerate((body, *fields)):
            part = words(text, with_marks=bool(sign))
            once |= dict.fromkeys([sign + word for word in part] if sign else part)
            if n:
                once |= dict.fromkeys([f"{IN_FIELDS}{sign}{word}" for word in part])
                neighbours.append(_GAP)
            neighbours += [f"{sign}{a}{PAIR}{b}" for a, b in pairwise(part)]
        pairs.append(tuple(neighbours))
    return Tokens(tuple(once), tuple(pairs))


def as_text(found: Tokens) -> str:
    """Return *found* as text for FTS5, which parts it at spaces."""
    return " ".join((*(" ".join(stream) for stream in found.pairs), *found.once))


def as_tsvector(found: Tokens, windows: Iterable[str]) -> str:
    """Return *found* and the words of its *windows* as the text of a PostgreSQL ``tsvector``."""
    return " ".join((*_placed(found.pairs), *(f"'{token}'" for token in (*found.once, *windows))))


def _placed(pairs: Iterable[Iterable[str]]) -> Iterator[str]:
    for stream in pairs:
        for place, pair in enumerate(stream, 1):
            if pair != _GAP:
                yield f"'{pair}':{min(place, _LAST_PLACE)}"
