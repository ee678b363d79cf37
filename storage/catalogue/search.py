"""Finding documents by words, with and without Vietnamese marks, the same on SQLite and PostgreSQL.

Hits come in tiers, newest first within each: the very số/ký hiệu; the marks as asked (as a phrase, in the fields, in
the text); then without marks in the same order. No tier is scored by word statistics: each is walked from its newest
row and left as soon as the page asked for is full, so that a word found in every paper costs no more than a rare one.
For the same reason hits are counted only up to ``COUNT_LIMIT``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

from sqlalchemy import Connection, Row, select

from storage.catalogue import schema as t
from storage.catalogue import text_query
from storage.catalogue.snippets import Snippet, snippets
from storage.catalogue.text_index import TOGETHER, joint_word, scope_word
from storage.catalogue.text_tiers import NO_FILTER, Index, Tier, tiers
from storage.records import Box, Document

#: hits are counted up to here; ``count`` returns one more where there are more
COUNT_LIMIT = 1000
_PIECES = 10  # so many more are asked for: a document may be found by several of its pieces
_MOST_YEARS = 60  # a wider range of dates is not worth naming year by year
_MOST_JOINT = 16  # words for agency, type and year together, of which one must stand; where it takes more, apart


@dataclass(frozen=True)
class SearchQuery:
    """What to look for; every filter given must hold. Dates are ISO days, ``date_to`` included.

    ``text``: words are all required, ``"words in quotes"`` as a phrase, a số/ký hiệu in any spelling. Empty: all
    documents that pass the filters, newest first. ``agencies``: what the asker may see; None all, an empty tuple none.
    """

    text: str = ""
    agency: str | None = None
    owner_ref: str | None = None
    type: str | None = None
    kind: str | None = None
    status: str | None = None
    case_code: str | None = None
    date_from: str | None = None
    date_to: str | None = None
    limit: int = 20
    offset: int = 0
    agencies: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Hit:
    """A document found. ``match``: ``number`` (its số/ký hiệu), ``exact`` (marks as asked), ``folded``, ``filter``."""

    document: Document
    match: str
    snippet: str = ""
    page: int = 0  # 1-based page of the snippet; 0 without one
    phrase: tuple[str, ...] = ()  # the folded words found there; empty when the snippet is the beginning of the text
    box: Box | None = None  # of the field that has them, pixels of the upright page


@dataclass(frozen=True)
class Facets:
    """How ``of`` hits divide: value -> number of documents, most first."""

    of: int
    types: dict[str, int]
    agencies: dict[str, int]
    years: dict[str, int]


@dataclass(frozen=True)
class Answer:
    """One page of hits, and how many documents there are in all (``COUNT_LIMIT + 1``: more than that)."""

    hits: list[Hit]
    count: int


def search(connection: Connection, query: SearchQuery) -> list[Hit]:
    """Return one page of hits: the very số/ký hiệu first, then exact marks, then the rest, newest first."""
    found = _found(_index(connection, query), query, query.offset + query.limit)
    return _hits(connection, query, found.documents[query.offset :])


def answer(connection: Connection, query: SearchQuery) -> Answer:
    """Return what :func:`search` and :func:`count` return, for less: to find few hits is to count them."""
    index = _index(connection, query)
    found = _found(index, query, query.offset + query.limit)
    counted = _counted(index, query) if found.of is None else min(found.of, COUNT_LIMIT + 1)
    return Answer(_hits(connection, query, found.documents[query.offset :]), counted)


def count(connection: Connection, query: SearchQuery) -> int:
    """Return how many documents the query finds, whatever ``limit`` and ``offset``; ``COUNT_LIMIT + 1``: more."""
    return _counted(_index(connection, query), query)


def _hits(connection: Connection, query: SearchQuery, found: list[_Document]) -> list[Hit]:
    documents = _documents(connection, [f.id for f in found])
    pieces = [f.row_id for f in found if f.row_id is not None]
    shown = snippets(connection, pieces, text_query.parse(query.text).phrases)
    return [
        Hit(documents[f.id], f.match, s.text, s.page, s.phrase, s.box)
        for f in found
        for s in (shown.get(f.row_id or 0, Snippet()),)
    ]


def _counted(index: Index, query: SearchQuery) -> int:
    terms = text_query.parse(query.text)
    if query.agencies != () and not query.text.strip():
        return index.count_listed(COUNT_LIMIT + 1)
    if query.agencies == () or not terms.folded or terms.number:
        return len(_found(index, query, COUNT_LIMIT + 1, in_order=False).documents)
    return index.count(list(tiers(terms))[-1], COUNT_LIMIT + 1)


def facets(connection: Connection, query: SearchQuery) -> Facets:
    """Return types, agencies and years of ``COUNT_LIMIT`` hits at most, the newest ones."""
    found = _found(_index(connection, query), query, COUNT_LIMIT, in_order=False).documents
    documents = list(_documents(connection, [f.id for f in found]).values())

    def divide(values: Iterator[str]) -> dict[str, int]:
        counted: dict[str, int] = {}
        for value in values:
            if value:
                counted[value] = counted.get(value, 0) + 1
        return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))

    return Facets(
        len(documents),
        divide(d.type for d in documents),
        divide(d.agency for d in documents),
        divide(d.ngay_ban_hanh[:4] for d in documents),
    )


@dataclass(frozen=True)
class _Document:
    id: str
    match: str
    row_id: int | None  # of the piece of text that matched


@dataclass(frozen=True)
class _Found:
    documents: list[_Document]  # the first ones
    of: int | None  # how many there are; None: not known


def _found(index: Index, query: SearchQuery, need: int, *, in_order: bool = True) -> _Found:
    """Return the first *need* documents. Not *in_order*: all tiers lie within the last, which alone is walked."""
    terms = text_query.parse(query.text)
    if query.agencies == () or (query.text.strip() and not terms.folded):  # punctuation: nothing can match it
        return _Found([], 0)
    if not terms.folded:
        listed = [_Document(row.id, "filter", None) for row in index.listed(need)]
        return _Found(listed, len(listed) if len(listed) < need else None)
    found: dict[str, _Document] = {}
    asked = list(tiers(terms))
    widest: Sequence[Row[Any]] = ()
    all_hits: list[tuple[Tier, Row[Any]]] | None = None
    all_there = False  # whether the widest tier holds no more than was looked at
    if in_order:
        some = need + _PIECES
        widest = index.newest(asked[-1], some, most=COUNT_LIMIT + 1)
        all_there = len(widest) < some or some < len(widest) <= COUNT_LIMIT
        all_hits = index.told_apart(widest, asked) if len(widest) < some else None
    if all_hits is not None or not in_order:
        asked = [tier for tier in asked if tier.number or (tier is asked[-1] and not in_order)]
    full = False
    for tier in asked:
        ask = need - len(found) + _PIECES
        while True:
            again = in_order and not tier.number and tier is asked[-1] and (all_there or ask <= len(widest))
            rows = widest[:ask] if again else index.newest(tier, ask)
            for row in rows:
                found.setdefault(row.id, _Document(row.id, tier.match, row.row_id))
            full = len(found) >= need
            # a long document has many pieces: they may have filled the answer
            if len(rows) < ask or full:
                break
            ask *= 4
        if full:
            break
    for tier, row in all_hits or ():
        found.setdefault(row.id, _Document(row.id, tier.match, row.row_id))
    of = len(found.keys() | {row.id for row in widest})
    # with a number, papers that have it may have been left out
    known = of > COUNT_LIMIT or (all_there and not (full and terms.number))
    return _Found(list(found.values())[:need], of if known else None)


def _index(connection: Connection, query: SearchQuery) -> Index:
    values: dict[str, Any] = {}
    return Index(connection, _filters(query, values), values, _scopes(query))


def _documents(connection: Connection, ids: list[str]) -> dict[str, Document]:
    columns = [c for c in t.documents.c if c.name != "so_ky_hieu_key"]
    rows = connection.execute(select(*columns).where(t.documents.c.id.in_(ids))).all()
    by_id = {row.id: Document(**row._mapping) for row in rows}
    return {document_id: by_id[document_id] for document_id in ids}


def _scopes(query: SearchQuery) -> tuple[text_query.Scope, ...]:
    """Return what the index itself can leave out; :func:`_filters` still decides."""
    first, last = (query.date_from or "")[:4], (query.date_to or "")[:4]
    years = range(0)
    if first.isdigit() and last.isdigit() and 0 <= int(last) - int(first) < _MOST_YEARS:
        years = range(int(first), int(last) + 1)
    facts = {
        "ow": [query.owner_ref],
        "ki": [query.kind],
        "ag": [query.agency] if query.agency else query.agencies or (),
        "ty": [query.type],
        "yr": [f"{year:04d}" for year in years],
    }
    scopes = {name: tuple(scope_word(name, value) for value in facts[name] if value) for name in facts}
    bounds = [name for name in TOGETHER if scopes[name]]
    for together in (some for n in (3, 2) for some in combinations(bounds, n)):
        if math.prod(len(scopes[name]) for name in together) <= _MOST_JOINT:
            joint = tuple(joint_word(words) for words in product(*(scopes[name] for name in together)))
            return (*(words for name, words in scopes.items() if words and name not in together), joint)
    return tuple(words for words in scopes.values() if words)


def _filters(query: SearchQuery, values: dict[str, Any]) -> str:
    parts = []
    for name in ("agency", "owner_ref", "type", "kind", "status"):
        value = getattr(query, name)
        if value is not None:
            parts.append(f"d.{name} = :{name}")
            values[name] = value
    if query.agencies is not None:
        parts.append("d.agency IN :agencies")
        values["agencies"] = list(query.agencies)
    if query.case_code is not None:
        parts.append("d.id IN (SELECT document_id FROM case_documents WHERE code = :case_code)")
        values["case_code"] = query.case_code
    if query.date_from is not None:
        parts.append("d.ngay_ban_hanh >= :date_from")
        values["date_from"] = query.date_from
    if query.date_to is not None:
        parts.append("d.ngay_ban_hanh <= :date_to AND d.ngay_ban_hanh <> ''")
        values["date_to"] = query.date_to
    return " AND ".join(parts) or NO_FILTER
