"""How frequent tokens are, by PostgreSQL's own statistics (ANALYZE): those that stand in many rows, no others.

Asked once by a process and again when the archive has grown: what it says decides only in which order the index is
looked at.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, text

_GROWN = 1.25  # times as many rows as when they were asked for
_TOKEN = re.compile("'([^']+)'")
_STATISTICS = text(
    "SELECT most_common_elems::text::text[] AS tokens, most_common_elem_freqs AS shares FROM pg_stats "
    "WHERE schemaname = current_schema() AND tablename = 'document_text' AND attname = 'tokens_tsv'"
)
_known: WeakKeyDictionary[Engine, tuple[int, Shares]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Shares:
    """``frequent``: the share of rows (0 to 1) that have a token; others stand in no more than the ``least``."""

    frequent: Mapping[str, float]
    least: float = 1.0

    def of(self, key: str) -> float:
        """Return in which share of rows one of the tokens of *key*, a ``tsquery``, stands at most, about."""
        return min(1.0, sum(self.frequent.get(token, self.least) for token in _TOKEN.findall(key)))


def shares(connection: Connection, newest: int) -> Shares:
    """Return what is known of the tokens, the newest row having the number *newest*; of a new archive nothing."""
    known = _known.get(connection.engine)
    if known is not None and known[0] <= newest <= known[0] * _GROWN:
        return known[1]
    row = connection.execute(_STATISTICS).first()
    frequent = {} if row is None or row.tokens is None else dict(zip(row.tokens, row.shares, strict=False))
    found = Shares(frequent, min(frequent.values(), default=1.0))
    _known[connection.engine] = newest, found
    return found
