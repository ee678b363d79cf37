"""Words of the index that say among which rows a piece of text stands, so that PostgreSQL can look at the newest only.

A GIN index gives what it finds in no order: of a word in every second paper it would give half the warehouse before
the newest twenty are known. With its windows among the words of a row, a question can be kept to the newest rows, and
asked of the rows before them when they do not suffice. (FTS5 walks from the newest by itself.)
"""

from __future__ import annotations

_SMALLEST = 10  # bits: 1,024 rows
_STEP = 2  # each level has windows four times as wide
_LEVELS = 8
_MOST_WORDS = 5


def windows_of(row_id: int) -> tuple[str, ...]:
    """Return the words of the windows, one a level, in which *row_id* stands."""
    return tuple(f"#{level}.{row_id >> _bits(level)}" for level in range(_LEVELS))


def stretch(top: int, rows: int) -> tuple[tuple[str, ...], int]:
    """Return words of which *rows* row numbers below *top*, or more, have one each, and the lowest of those numbers.

    No words and 0: all rows below *top*, since so many are asked for that words would leave out little. Row numbers of
    *top* and above may have one of the words too.
    """
    for level in range(_LEVELS):
        lowest = (top - rows) >> _bits(level)
        if lowest <= 0 or 2 * rows >= top:
            return (), 0
        last = (top - 1) >> _bits(level)
        if last - lowest < _MOST_WORDS:
            return tuple(f"#{level}.{n}" for n in range(last, lowest - 1, -1)), lowest << _bits(level)
    return (), 0


def _bits(level: int) -> int:
    return _SMALLEST + _STEP * level
