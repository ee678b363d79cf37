"""The questions that a search asks of the index, in the order of worth, and how each database answers them.

Both answer with the newest first and stop when the answer is full. FTS5 walks from the newest by itself. PostgreSQL's
GIN gives all that it finds in no order; so it is asked about the newest rows first (:mod:`storage.catalogue.text_gin`).
EXPLAIN of both stands in ``docs/measurements.md``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, Row, TextClause, bindparam, func, select, text

from storage.catalogue import schema as t
from storage.catalogue import text_query
from storage.catalogue.text_gin import Gin
from storage.catalogue.tokens import as_text, tokens

_READ_ROWS, _READ_CHARACTERS = 60, 60_000
NO_FILTER = "1 = 1"


@dataclass(frozen=True)
class Tier:
    """Hits of one worth. ``number``: those with this very số/ký hiệu; else those that have all ``terms``."""

    match: str
    terms: tuple[text_query.Term, ...] = ()
    with_marks: bool = False
    in_fields: bool = False
    number: str = ""


def tiers(terms: text_query.Terms) -> Iterator[Tier]:
    """Yield the tiers of a question; the last holds all others but ``number``."""
    if terms.number:
        yield Tier("number", number=terms.number)
    for match, with_marks, words in (("exact", True, terms.marked), ("folded", False, terms.folded)):
        if not words:
            continue
        if len(words) > 1:
            yield Tier(match, text_query.as_one_phrase(words), with_marks)
        yield Tier(match, words, with_marks, in_fields=True)
        yield Tier(match, words, with_marks)


_NUMBERED = (
    "SELECT d.id AS id, NULL AS row_id FROM documents d WHERE d.so_ky_hieu_key = :key AND {filters} "
    "ORDER BY d.ngay_ban_hanh DESC, d.created_at DESC, d.id LIMIT :n"
)
_LISTED = "SELECT d.id AS id FROM documents d WHERE {filters} ORDER BY d.created_at DESC, d.id LIMIT :n"
_LISTED_COUNT = "SELECT count(*) FROM (SELECT d.id FROM documents d WHERE {filters} LIMIT :n) AS listed"
# CROSS JOIN keeps SQLite from walking documents first
_FTS5 = (
    "FROM document_fts f CROSS JOIN document_text dt ON dt.row_id = f.rowid {join} "
    "WHERE document_fts MATCH :ask AND {filters}"
)
_FTS5_NEWEST = f"SELECT dt.document_id AS id, f.rowid AS row_id {_FTS5} ORDER BY f.rowid DESC LIMIT :n"
_FTS5_COUNT = f"SELECT count(*) AS pieces, count(DISTINCT id) AS n FROM (SELECT dt.document_id AS id {_FTS5} LIMIT :n)"  # noqa: S608
_FTS5_JOIN = "CROSS JOIN documents d ON d.id = dt.document_id"


class Index:
    """The index, asked within one transaction. ``filters``: SQL over ``documents d`` with its bound ``values``."""

    def __init__(
        self, connection: Connection, filters: str, values: dict[str, Any], scopes: tuple[text_query.Scope, ...]
    ) -> None:
        self._connection = connection
        self._sqlite = connection.dialect.name == "sqlite"
        self._filters, self._values, self._scopes = filters, values, scopes

    def newest(self, tier: Tier, n: int, *, most: int = 0) -> Sequence[Row[Any]]:
        """Return (document id, number of the piece of text) of the *n* newest pieces of *tier*.

        Of up to *most*, if more than *n*, where that costs nothing: then these are all, unless they are *most*.
        """
        if tier.number:
            statement = self._statement(_NUMBERED, "")
            return self._connection.execute(statement, self._values | {"key": tier.number, "n": n}).all()
        if self._sqlite:
            return self._ask(self._statement(_FTS5_NEWEST, _FTS5_JOIN), tier, n)
        return self._gin.newest(self._asked(tier), n, most=most)

    def listed(self, n: int) -> Sequence[Row[Any]]:
        """Return (document id) of the *n* newest documents that pass the filters, with a text or without."""
        return self._connection.execute(self._statement(_LISTED, ""), self._values | {"n": n}).all()

    def count_listed(self, n: int) -> int:
        """Return how many documents pass the filters, *n* at most."""
        return int(self._connection.execute(self._statement(_LISTED_COUNT, ""), self._values | {"n": n}).scalar_one())

    def told_apart(self, rows: Sequence[Row[Any]], by: Sequence[Tier]) -> list[tuple[Tier, Row[Any]]] | None:
        """Return *rows* of the last tier with the best tier of each, in order; None when that is too much to read.

        Few papers have all words of a long question though each word is frequent: then reading those papers costs less
        than asking the index for each tier.
        """
        if not rows or len(rows) > _READ_ROWS:
            return None if rows else []
        d, numbers = t.document_text.c, [row.row_id for row in rows]
        characters = select(func.sum(func.length(d.body))).where(d.row_id.in_(numbers))
        if self._connection.execute(characters).scalar_one() > _READ_CHARACTERS:
            return None
        pieces = select(d.row_id, d.heading, d.body).where(d.row_id.in_(numbers))
        indexed = {p.row_id: as_text(tokens(p.body, p.heading, ())) for p in self._connection.execute(pieces)}

        def best(row: Row[Any]) -> int:
            text_ = indexed[row.row_id]
            of_terms = (
                n
                for n, tier in enumerate(by)
                if tier.terms
                and text_query.holds(text_, tier.terms, with_marks=tier.with_marks, in_fields=tier.in_fields)
            )
            return next(of_terms, len(by) - 1)

        worth = sorted((best(row), -row.row_id, n) for n, row in enumerate(rows))
        return [(by[tier], rows[n]) for tier, _, n in worth]

    def count(self, tier: Tier, n: int) -> int:
        """Return how many documents *tier* has, *n* at most."""
        pieces = n
        while True:
            found, documents = self._counted(tier, pieces)
            # a long document has many pieces: they may have filled the answer
            if found < pieces or documents >= n:
                return min(n, documents)
            pieces *= 4

    def plan(self, tier: Tier, n: int) -> list[str]:
        """Return how the database finds the *n* newest pieces of *tier*, in its own words (EXPLAIN)."""
        if self._sqlite:
            statement = self._statement(_FTS5_NEWEST, "")
            return [str(row[-1]) for row in self._ask(text(f"EXPLAIN QUERY PLAN {statement.text}"), tier, n)]
        return self._gin.plan(self._asked(tier), n)

    def _counted(self, tier: Tier, pieces: int) -> tuple[int, int]:
        """Return how many pieces were found, *pieces* at most, and of how many documents."""
        if self._sqlite:
            row = self._ask(self._statement(_FTS5_COUNT, _FTS5_JOIN), tier, pieces)[0]
            return int(row.pieces), int(row.n)
        return self._gin.count(self._asked(tier), pieces)

    def _ask(self, statement: TextClause, tier: Tier, n: int) -> Sequence[Row[Any]]:
        ask = text_query.fts5(tier.terms, self._scopes, with_marks=tier.with_marks, in_fields=tier.in_fields)
        return self._connection.execute(statement, self._values | {"ask": ask, "n": n}).all()

    def _asked(self, tier: Tier) -> text_query.Asked:
        return text_query.tsqueries(tier.terms, self._scopes, with_marks=tier.with_marks, in_fields=tier.in_fields)

    @cached_property
    def _gin(self) -> Gin:
        return Gin(self._connection, None if self._filters == NO_FILTER else self._filters, self._values)

    def _statement(self, sql: str, join: str) -> TextClause:
        statement = text(sql.format(filters=self._filters, join="" if self._filters == NO_FILTER else join))
        lists = [name for name, value in self._values.items() if isinstance(value, list)]
        return statement.bindparams(*(bindparam(name, expanding=True) for name in lists))
