"""How PostgreSQL is asked: the newest rows first, then those before them, until enough of them answer.

What the planner would get wrong is not left to it. It takes a comparison of a row's tokens for cheap, though it must
fetch five kilobytes for each: so it would rather walk all papers of some years than ask the index. Therefore the index
is asked alone; the rows that it names are then looked at from the newest, one by one, for the filters and for the
order of words, and no further than the answer needs. The plan stands in ``docs/measurements.md``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Row, TextClause, bindparam, text

from storage.catalogue.text_query import Asked
from storage.catalogue.text_shares import shares
from storage.catalogue.windows import stretch

_AT_FIRST = 1000  # rows to look at
_FURTHER = 64  # times as many rows, where none was found
_FEW = 500  # rows expected in all: they are found at once
_MORE = 1.5  # times as many rows as would do if they were found as often as so far

# reading all rows looks cheap to the planner; compiling and workers cost more than any of these questions;
# a question's plan is the same whatever its words are
_BEFORE = text(
    "SELECT set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true), "
    "set_config('max_parallel_workers_per_gather', '0', true), set_config('work_mem', '64MB', true), "
    "set_config('plan_cache_mode', 'force_generic_plan', true), (SELECT max(row_id) FROM document_text) AS newest"
)
# MATERIALIZED keeps PostgreSQL from walking the rows one by one, backwards, and OFFSET 0 from filtering before sorting.
# "+ 0" keeps the index of row numbers out of it. A tsvector is not fetched until it is compared.
_FOUND = (
    "WITH found AS MATERIALIZED (SELECT dt.document_id AS id, dt.row_id{vector} FROM document_text dt "
    "WHERE {keys} AND dt.row_id + 0 < :top) "
)
_NEWEST = (
    _FOUND + "SELECT id, row_id, (SELECT count(*) FROM found) AS of "  # noqa: S608
    "FROM (SELECT * FROM found ORDER BY row_id DESC OFFSET 0) AS f WHERE {looked_at} ORDER BY row_id DESC LIMIT :n"
)
# numbers for identifiers: a thousand of those take as long to hand over as to find
_COUNT = (
    _FOUND + "SELECT count(*) AS pieces, array_agg(DISTINCT hashtextextended(id, 0)) AS documents "  # noqa: S608
    "FROM (SELECT id FROM found f WHERE {looked_at} LIMIT :n) AS counted"
)


class Gin:
    """PostgreSQL's index, asked within one transaction. ``filters``: SQL over ``documents d`` with bound ``values``."""

    def __init__(self, connection: Connection, filters: str | None, values: dict[str, Any]) -> None:
        self._connection, self._filters, self._values = connection, filters, values
        # no row is newer for this answer: what comes in meanwhile would push others off their pages
        self._newest: int = connection.execute(_BEFORE).one().newest or 0
        self._each = 0.0  # rows to look at for each one asked for; 0: not known
        self._shares = shares(connection, self._newest)

    def newest(self, asked: Asked, n: int, *, most: int) -> list[Row[Any]]:
        """Return (document id, number of the piece of text) of the newest *n* pieces.

        Where all rows had to be looked at for them, of more, *most* at most: they are found by then.
        Ask first what holds all that is asked later: as many rows as that needs are looked at together then.
        """
        found: list[Row[Any]] = []
        among = 0

        def look(windows: tuple[str, ...], top: int, left: int) -> int:
            nonlocal among
            rows = self._ask(_NEWEST, asked, windows, top, left if windows else max(left, most - len(found)))
            found.extend(rows)
            among += rows[0].of if rows else 0
            return len(rows)

        looked_at = self._walk(n, look, most)
        if not self._each:
            self._each = looked_at / max(1, among)
        return found

    def count(self, asked: Asked, n: int) -> tuple[int, int]:
        """Return how many pieces are found, *n* at most, and of how many documents."""
        documents = set[int]()
        pieces = 0

        def look(windows: tuple[str, ...], top: int, left: int) -> int:
            nonlocal pieces
            (row,) = self._ask(_COUNT, asked, windows, top, left)
            documents.update(row.documents or ())
            pieces += row.pieces
            return int(row.pieces)

        self._walk(n, look)
        return pieces, len(documents)

    def plan(self, asked: Asked, n: int) -> list[str]:
        """Return how the newest *n* pieces are found, in PostgreSQL's own words (EXPLAIN), among the newest rows."""
        windows, _ = stretch(self._newest + 1, _AT_FIRST)
        rows = self._ask(f"EXPLAIN (ANALYZE, BUFFERS) {_NEWEST}", asked, windows, self._newest + 1, n)
        return [str(row[0]) for row in rows]

    def _walk(self, n: int, look: Callable[[tuple[str, ...], int, int], int], most: int = 0) -> int:
        """Look (windows, row number that is too new, how many are wanted) at stretch after stretch until *n* are found.

        Return how many row numbers were looked at: all that are left where no more than *most* are expected in all,
        since they are counted next; and where what was asked first has few.
        """
        found, top = 0, self._newest + 1
        few = self._newest <= _FEW * self._each
        rows = self._newest if few else _MORE * self._each * n or _AT_FIRST
        while True:
            windows, top_of_next = stretch(top, int(rows))
            found += look(windows, top, n - found)
            top, looked_at = top_of_next, self._newest + 1 - top_of_next
            if found >= n or not top:
                return looked_at
            if 0 < found * self._newest <= most * looked_at:
                rows = top
            else:
                rows = _MORE * (n - found) * looked_at / found if found else _FURTHER * looked_at

    def _ask(self, sql: str, asked: Asked, windows: tuple[str, ...], top: int, n: int) -> Sequence[Row[Any]]:
        # the windows first: GIN leaps to the first row of its first key; then the rarest: the others are looked up for
        # its rows only
        keys = [" | ".join(f"'{window}'" for window in windows)] if windows else []
        keys += sorted(asked.keys, key=self._shares.of)
        values = {f"key{k}": key for k, key in enumerate(keys)} | {f"row{k}": p for k, p in enumerate(asked.phrases)}
        lists = tuple(name for name, value in self._values.items() if isinstance(value, list))
        statement = _statement(sql, self._filters, lists, len(keys), len(asked.phrases))
        return self._connection.execute(statement, self._values | values | {"top": top, "n": n}).all()


@lru_cache(maxsize=500)
def _statement(sql: str, filters: str | None, lists: tuple[str, ...], keys: int, phrases: int) -> TextClause:
    # first what is in the row, then what is in another, then what has to be fetched
    looked_at = [f"(SELECT {filters} FROM documents d WHERE d.id = f.id)"] if filters else []  # noqa: S608
    # the function, unlike its operator, is not looked for in the index; SELECT: read once, not for each row
    looked_at += [f"ts_match_vq(f.tokens_tsv, (SELECT CAST(:row{k} AS tsquery)))" for k in range(phrases)]
    statement = text(
        sql.format(
            vector=", dt.tokens_tsv" if phrases else "",
            keys=" AND ".join(f"dt.tokens_tsv @@ CAST(:key{k} AS tsquery)" for k in range(keys)),
            looked_at=" AND ".join(looked_at) or "true",
        )
    )
    return statement.bindparams(*(bindparam(name, expanding=True) for name in lists))
