"""From what a person typed to what the index is asked: words, phrases, số/ký hiệu, and what may be seen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from domain.text import clean, strip_marks
from storage.catalogue.numbers import number_key
from storage.catalogue.tokens import IN_FIELDS, LONGEST, MARKED, PAIR, SCOPE, words

_QUERY_PART = re.compile(r'"([^"]*)"|(\S+)')
_MOST_KEYS = 12  # a longer question's last words stand in one key
_NUMBER_INTRO = re.compile(r"^\s*số\s*:?\s+(?=\d)", re.IGNORECASE)

Phrase = tuple[str, ...]  # words that stand side by side
Term = tuple[Phrase, ...]  # one of these must stand in the text
Scope = tuple[str, ...]  # scope words of which one must hold


@dataclass(frozen=True)
class Terms:
    """A query taken apart. All terms must be found."""

    folded: tuple[Term, ...]
    marked: tuple[Term, ...]  # the same with marks; empty when the query has none
    number: str  # the whole query as a số/ký hiệu (``number_key``), "" if it has no digit

    @property
    def phrases(self) -> tuple[Phrase, ...]:
        """All folded phrases, as a snippet looks for them: the whole question first."""
        whole = tuple(phrase for ways in as_one_phrase(self.folded) for phrase in ways) if len(self.folded) > 1 else ()
        return (*whole, *(phrase for term in self.folded for phrase in term))


@lru_cache(maxsize=256)
def parse(query: str) -> Terms:
    """Take *query* apart: words, ``"phrases"``, and the whole as a số/ký hiệu."""
    query = clean(query)
    parts = [quoted or word for quoted, word in _QUERY_PART.findall(query)]
    folded = _terms(parts, with_marks=False)
    with_marks = _terms(parts, with_marks=True) if strip_marks(query) != query else ()
    number = number_key(_NUMBER_INTRO.sub("", query))
    return Terms(folded, with_marks, number if any(c.isdigit() for c in number) else "")


def as_one_phrase(terms: tuple[Term, ...]) -> tuple[Term, ...]:
    """Return the terms as a single phrase, in their order."""
    return ((tuple(word for term in terms for word in term[0]),),)


def fts5(terms: tuple[Term, ...], scopes: tuple[Scope, ...], *, with_marks: bool, in_fields: bool) -> str:
    """Return the FTS5 MATCH expression. Tokens stand in quotes and hold none, so that none is read as syntax."""
    asked = _asked(terms, scopes, MARKED if with_marks else "", in_fields)
    return " AND ".join("(" + " OR ".join(" AND ".join(f'"{s}"' for s in way) for way in ways) + ")" for ways in asked)


@dataclass(frozen=True)
class Asked:
    """What PostgreSQL is asked of a row, each part to be cast to ``tsquery``: it must have all ``keys``, and of rows
    that have them those count in which the words of ``phrases`` follow each other."""

    keys: tuple[str, ...]
    phrases: tuple[str, ...]


def tsqueries(terms: tuple[Term, ...], scopes: tuple[Scope, ...], *, with_marks: bool, in_fields: bool) -> Asked:
    """Return the same for PostgreSQL.

    The keys stand apart, since GIN leaps from the rows of one key to the next row of another, but walks all rows of
    the rarest word within a key. No key has an order of words: the index knows no places, so each row would be read.
    """
    keys, phrases = list[str](), list[str]()
    for ways in _asked(terms, scopes, MARKED if with_marks else "", in_fields):
        sequences = [sequence.split() for way in ways for sequence in way]
        if len(ways) == 1:
            keys += [f"'{token}'" for tokens in sequences for token in tokens]
            phrases += [_row(tokens) for tokens in sequences if len(tokens) > 1]
        else:
            keys.append(_one_of(ways, " & "))
            phrases += [_one_of(ways, " <-> ")] if any(len(tokens) > 1 for tokens in sequences) else []
    keys = sorted(dict.fromkeys(keys), key=lambda key: PAIR not in key)  # a pair is rarer than a word
    few = tuple(keys[:_MOST_KEYS]) + ((" & ".join(keys[_MOST_KEYS:]),) if keys[_MOST_KEYS:] else ())
    return Asked(few, tuple(dict.fromkeys(phrases)))


def _row(tokens: list[str]) -> str:
    return " <-> ".join(f"'{token}'" for token in tokens)


def _one_of(ways: tuple[tuple[str, ...], ...], parted_by: str) -> str:
    def all_of(way: tuple[str, ...]) -> str:
        return " & ".join("(" + parted_by.join(f"'{t}'" for t in sequence.split()) + ")" for sequence in way)

    return "(" + " | ".join(all_of(way) for way in ways) + ")"


def holds(indexed: str, terms: tuple[Term, ...], *, with_marks: bool, in_fields: bool) -> bool:
    """Whether a piece of text has all *terms*, by what was indexed of it (``tokens.as_text``)."""
    padded = f" {indexed} "
    asked = _asked(terms, (), MARKED if with_marks else "", in_fields)
    return all(any(all(f" {tokens} " in padded for tokens in way) for way in ways) for ways in asked)


def any_of(windows: tuple[str, ...]) -> str:
    """Return what asks in a ``tsquery`` for a row of one of *windows*."""
    return "(" + " | ".join(f"'{window}'" for window in windows) + ")"


def _asked(
    terms: tuple[Term, ...], scopes: tuple[Scope, ...], sign: str, in_fields: bool
) -> Iterator[tuple[tuple[str, ...], ...]]:
    """Yield what must hold: one of the ways, each of them tokens that must all stand (or follow, parted by spaces)."""
    for term in terms:
        yield tuple(_way(phrase, sign, in_fields) for phrase in term)
    for scope in scopes:
        yield tuple((SCOPE + word,) for word in scope)


def _way(phrase: Phrase, sign: str, in_fields: bool) -> tuple[str, ...]:
    alone = tuple(f"{IN_FIELDS}{sign}{word}" for word in dict.fromkeys(phrase)) if in_fields else ()
    if len(phrase) == 1:
        return alone or (sign + phrase[0],)
    return (*alone, " ".join(f"{sign}{a}{PAIR}{b}" for a, b in pairwise(phrase)))


def _terms(parts: list[str], *, with_marks: bool) -> tuple[Term, ...]:
    """Return the ways in which each part may stand: as its words, a số/ký hiệu also as the one word that we add."""
    terms: list[Term] = []
    for part in parts:
        phrase = tuple(words(part)[with_marks])
        key = number_key(part)[:LONGEST] if part[:1].isdigit() and re.search(r"[/-]", part) else ""
        if phrase:
            terms.append((phrase, (key,)) if key else (phrase,))
    return tuple(terms)
