"""How frequent tokens are, by PostgreSQL's own statistics (ANALYZE): those that stand in many rows, no others.

Asked once by a process and again when the archive has grown: what it says decides only in which order the index is
looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, text

_GROWN = 1.25  # times as many rows as when they were asked for
_STATISTICS = text(
    "SELECT most_common_elems::text::text[] AS tokens, most_common_elem_freqs AS shares FROM pg_stats "
    "WHERE schemaname = current_schema() AND tablename = 'document_text' AND attname = 'tokens_tsv'"
)
_known: WeakKeyDictionary[Engine, tuple[int, Mapping[str, float]]] = WeakKeyDictionary()


def shares(connection: Connection, newest: int) -> Mapping[str, float]:
    """Return the share of rows (0 to 1) that have each frequent token, the newest row having the number *newest*."""
    known = _known.get(connection.engine)
    if known is not None and known[0] <= newest <= known[0] * _GROWN:
        return known[1]
    row = connection.execute(_STATISTICS).first()
    found = {} if row is None or row.tokens is None else dict(zip(row.tokens, row.shares, strict=False))
    _known[connection.engine] = newest, found
    return found
