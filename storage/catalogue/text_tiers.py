"""The questions that a search asks of the index, in the order of worth, and how each database answers them.

Both answer with the newest first and stop when the answer is full. FTS5 walks from the newest by itself. PostgreSQL's
GIN gives all that it finds in no order; so it is asked about the newest rows first (:mod:`storage.catalogue.windows`),
and about more when they do not hold enough. EXPLAIN of both stands in ``docs/measurements.md``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, Row, TextClause, bindparam, func, select, text

from storage.catalogue import schema as t
from storage.catalogue import text_query
from storage.catalogue.tokens import as_text, tokens
from storage.catalogue.windows import newest_windows

_ALL = 1 << 62
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
# CROSS JOIN keeps SQLite from walking documents first
_FTS5 = (
    "FROM document_fts f CROSS JOIN document_text dt ON dt.row_id = f.rowid {join} "
    "WHERE document_fts MATCH :ask AND {filters}"
)
_FTS5_NEWEST = f"SELECT dt.document_id AS id, f.rowid AS row_id {_FTS5} ORDER BY f.rowid DESC LIMIT :n"
_FTS5_COUNT = f"SELECT count(*) AS pieces, count(DISTINCT id) AS n FROM (SELECT dt.document_id AS id {_FTS5} LIMIT :n)"  # noqa: S608
_FTS5_JOIN = "CROSS JOIN documents d ON d.id = dt.document_id"
_GIN = "FROM document_text dt {join} WHERE dt.tokens_tsv @@ CAST(:ask AS tsquery) AND {filters}"
# MATERIALIZED keeps PostgreSQL from walking the rows one by one, backwards, instead of asking the index
_GIN_NEWEST = (
    f"WITH found AS MATERIALIZED (SELECT dt.document_id AS id, dt.row_id {_GIN}) "  # noqa: S608
    "SELECT id, row_id FROM found ORDER BY row_id DESC LIMIT :n"
)
_GIN_COUNT = (
    f"SELECT count(*) AS pieces, count(DISTINCT id) AS n FROM (SELECT dt.document_id AS id {_GIN} LIMIT :n) AS found"  # noqa: S608
)
_GIN_JOIN = "JOIN documents d ON d.id = dt.document_id"
# reading all rows looks cheap to the planner, which does not know what taking a tsvector out of its storage costs
_GIN_BEFORE = text("SELECT set_config('enable_seqscan', 'off', true), (SELECT max(row_id) FROM document_text)")


class Index:
    """The index, asked within one transaction. ``filters``: SQL over ``documents d`` with its bound ``values``."""

    def __init__(
        self, connection: Connection, filters: str, values: dict[str, Any], scopes: tuple[text_query.Scope, ...]
    ) -> None:
        self._connection = connection
        self._sqlite = connection.dialect.name == "sqlite"
        self._filters, self._values, self._scopes = filters, values, scopes

    def newest(self, tier: Tier, n: int) -> Sequence[Row[Any]]:
        """Return (document id, number of the piece of text) of the *n* newest pieces of *tier*."""
        if tier.number:
            statement = self._statement(_NUMBERED, "")
            return self._connection.execute(statement, self._values | {"key": tier.number, "n": n}).all()
        if self._sqlite:
            return self._ask(self._statement(_FTS5_NEWEST, _FTS5_JOIN), self._question(tier), n)
        return self._of_enough_rows(self._statement(_GIN_NEWEST, _GIN_JOIN), tier, n, len)

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
            row = self._counted(tier, pieces)
            # a long document has many pieces: they may have filled the answer
            if row.pieces < pieces or row.n >= n:
                return min(n, int(row.n))
            pieces *= 4

    def plan(self, tier: Tier, n: int) -> list[str]:
        """Return how the database finds the *n* newest pieces of *tier*, in its own words (EXPLAIN)."""
        windows = () if self._sqlite else newest_windows(self._last, 32 * n)
        statement = self._statement(_FTS5_NEWEST if self._sqlite else _GIN_NEWEST, "")
        explain = text(f"EXPLAIN {'QUERY PLAN' if self._sqlite else '(ANALYZE, BUFFERS)'} {statement.text}")
        return [str(row[-1]) for row in self._ask(explain, self._question(tier, windows), n)]

    def _counted(self, tier: Tier, pieces: int) -> Row[Any]:
        if self._sqlite:
            return self._ask(self._statement(_FTS5_COUNT, _FTS5_JOIN), self._question(tier), pieces)[0]
        statement = self._statement(_GIN_COUNT, _GIN_JOIN)
        return self._of_enough_rows(statement, tier, pieces, lambda rows: int(rows[0].pieces))[0]

    def _of_enough_rows(
        self, statement: TextClause, tier: Tier, n: int, found: Callable[[Sequence[Row[Any]]], int]
    ) -> Sequence[Row[Any]]:
        """Ask PostgreSQL of the newest rows, and of more until *found* in the answer are *n*, or all were asked of."""
        among: float = 32 * n
        while True:
            windows = newest_windows(self._last, int(min(among, _ALL)))
            rows = self._ask(statement, self._question(tier, windows), n)
            if found(rows) == n or not windows:
                return rows
            # found as often as so far, twice what is asked for would stand among so many
            among = 2 * among * n / found(rows) if found(rows) else _ALL

    def _ask(self, statement: TextClause, question: str, n: int) -> Sequence[Row[Any]]:
        return self._connection.execute(statement, self._values | {"ask": question, "n": n}).all()

    def _question(self, tier: Tier, windows: tuple[str, ...] = ()) -> str:
        as_query = text_query.fts5 if self._sqlite else text_query.tsquery
        question = as_query(tier.terms, self._scopes, with_marks=tier.with_marks, in_fields=tier.in_fields)
        return f"{question} & {text_query.any_of(windows)}" if windows else question

    @cached_property
    def _last(self) -> int:
        """The newest row of PostgreSQL's index."""
        return self._connection.execute(_GIN_BEFORE).one()[1] or 0

    def _statement(self, sql: str, join: str) -> TextClause:
        statement = text(sql.format(filters=self._filters, join="" if self._filters == NO_FILTER else join))
        lists = [name for name, value in self._values.items() if isinstance(value, list)]
        return statement.bindparams(*(bindparam(name, expanding=True) for name in lists))
