"""The words around a hit, as they were read, and their page."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from sqlalchemy import Connection, select

from domain.text import strip_marks
from storage.catalogue import schema as t

_BEFORE, _AFTER = 60, 140  # characters


class _Table(dict[int, str]):
    """Translation table that folds one character to one character, so that offsets stay true."""

    def __missing__(self, code: int) -> str:
        bare = strip_marks(chr(code)).casefold()
        self[code] = bare if len(bare) == 1 and bare.isalnum() and bare.isascii() else " "
        return self[code]


_ONE_TO_ONE = _Table()


def snippets(
    connection: Connection, row_ids: Collection[int], phrases: Collection[tuple[str, ...]]
) -> dict[int, tuple[str, int]]:
    """Return, for each piece of text, the words around the first of the folded *phrases* found, and their page.

    Where none stands in it (the words were found in the fields), the beginning of the piece.
    """
    d = t.document_text.c
    rows = connection.execute(select(d.row_id, d.body, d.first_page).where(d.row_id.in_(row_ids))) if row_ids else ()
    patterns = [re.compile(r"(?<![0-9a-z])" + r"\s+".join(phrase) + r"(?![0-9a-z])") for phrase in phrases]
    return {row.row_id: _snippet(row.body, row.first_page, patterns) for row in rows}


def _snippet(body: str, first_page: int, patterns: Iterable[re.Pattern[str]]) -> tuple[str, int]:
    flat = body.translate(_ONE_TO_ONE)
    for pattern in patterns:
        match = pattern.search(flat)
        if match:
            return _cut(body, match.start()), first_page + body.count("\f", 0, match.start())
    return _cut(body, 0), first_page


def _cut(body: str, at: int) -> str:
    begin = max(0, at - _BEFORE)
    end = min(len(body), at + _AFTER)
    while 0 < begin < at and not body[begin - 1].isspace():
        begin += 1
    while end < len(body) and end > at and not body[end].isspace():
        end -= 1
    piece = " ".join(body[begin:end].split())
    return ("… " if begin else "") + piece + (" …" if end < len(body) else "")
