"""From what a person typed to what the index is asked: words, phrases, số/ký hiệu, and what may be seen."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from domain.text import clean, fold, strip_marks
from storage.catalogue.numbers import number_key
from storage.catalogue.text_index import as_lexeme, marked

_QUERY_PART = re.compile(r'"([^"]*)"|(\S+)')
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
        """All folded phrases, as a snippet looks for them."""
        return tuple(phrase for term in self.folded for phrase in term)


@lru_cache(maxsize=256)
def parse(query: str) -> Terms:
    """Take *query* apart: words, ``"phrases"``, and the whole as a số/ký hiệu."""
    query = clean(query)
    parts = [quoted or word for quoted, word in _QUERY_PART.findall(query)]
    folded = tuple(_alternatives(part, fold(part)) for part in parts if fold(part))
    with_marks: tuple[Term, ...] = ()
    if strip_marks(query) != query:
        with_marks = tuple(_alternatives(part, marked(part)) for part in parts if marked(part))
    number = number_key(_NUMBER_INTRO.sub("", query))
    return Terms(folded, with_marks, number if any(c.isdigit() for c in number) else "")


def as_one_phrase(terms: tuple[Term, ...]) -> tuple[Term, ...]:
    """Return the terms as a single phrase, in their order."""
    return ((tuple(word for term in terms for word in term[0]),),)


def fts5(column: str, terms: tuple[Term, ...], scopes: tuple[Scope, ...], *, in_heading: bool) -> str:
    """Return the FTS5 MATCH expression. Words hold only letters and digits, so that none is read as syntax."""
    either = ("(" + " OR ".join('"' + " ".join(p) + '"' for p in phrases) + ")" for phrases in terms)
    columns = f"head_{column}" if in_heading else f"head_{column} {column}"
    parts = [f"{{{columns}}} : (" + " AND ".join(either) + ")"]
    parts += ["{scope} : (" + " OR ".join(f'"{word}"' for word in words) + ")" for words in scopes]
    return " AND ".join(parts)


def tsquery(terms: tuple[Term, ...], scopes: tuple[Scope, ...], *, in_heading: bool) -> str:
    """Return the same for PostgreSQL, to be cast to ``tsquery``; the fields have weight A."""
    weight = ":A" if in_heading else ""
    parts = [
        "(" + " | ".join("(" + " <-> ".join(f"'{w}'{weight}" for w in p) + ")" for p in phrases) + ")"
        for phrases in terms
    ]
    parts += ["(" + " | ".join(f"'{as_lexeme(word)}'" for word in words) + ")" for words in scopes]
    return " & ".join(parts)


def _alternatives(part: str, words: str) -> Term:
    """Return the ways in which *part* may stand in the text: as its words, a số/ký hiệu also as the one word we add."""
    phrase = tuple(words.split())
    if part[:1].isdigit() and re.search(r"[/-]", part):
        return phrase, (number_key(part),)
    return (phrase,)
