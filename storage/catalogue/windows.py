"""Words of the index that say among which rows a piece of text stands, so that PostgreSQL can look at the newest only.

A GIN index gives what it finds in no order: of a word in every second paper it would give half the warehouse before
the newest twenty are known. With its windows among the words of a row, a question can be kept to the newest rows and
asked again of more when they do not suffice. (FTS5 walks from the newest by itself.)
"""

from __future__ import annotations

_SMALLEST = 10  # bits: 1,024 rows
_STEP = 2  # each level has windows four times as wide
_LEVELS = 8


def windows_of(row_id: int) -> tuple[str, ...]:
    """Return the words of the windows, one a level, in which *row_id* stands."""
    return tuple(f"#{level}.{row_id >> _bits(level)}" for level in range(_LEVELS))


def newest_windows(newest: int, rows: int) -> tuple[str, ...]:
    """Return words of which the *rows* newest row numbers up to *newest* have one each; empty: look at all rows."""
    for level in range(_LEVELS):
        last = newest >> _bits(level)
        if last <= 1:  # two windows would be everything
            return ()
        if 1 << _bits(level) >= rows:
            return f"#{level}.{last}", f"#{level}.{last - 1}"
    return ()


def _bits(level: int) -> int:
    return _SMALLEST + _STEP * level
