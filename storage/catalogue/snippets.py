"""The words around a hit, as they were read, and their page."""

from __future__ import annotations

import re
from collections.abc import Iterable

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


def snippet(connection: Connection, row_id: int, phrases: Iterable[tuple[str, ...]]) -> tuple[str, int]:
    """Return the text around the first of the folded *phrases* that stands in this piece of text, and its page.

    Where none does (the words were found in the fields), the beginning of the piece.
    """
    d = t.document_text.c
    row = connection.execute(select(d.body, d.first_page).where(d.row_id == row_id)).one()
    flat = row.body.translate(_ONE_TO_ONE)
    for phrase in phrases:
        match = re.search(r"(?<![0-9a-z])" + r"\s+".join(phrase) + r"(?![0-9a-z])", flat)
        if match:
            return _cut(row.body, match.start()), row.first_page + row.body.count("\f", 0, match.start())
    return _cut(row.body, 0), row.first_page


def _cut(body: str, at: int) -> str:
    begin = max(0, at - _BEFORE)
    end = min(len(body), at + _AFTER)
    while 0 < begin < at and not body[begin - 1].isspace():
        begin += 1
    while end < len(body) and end > at and not body[end].isspace():
        end -= 1
    piece = " ".join(body[begin:end].split())
    return ("… " if begin else "") + piece + (" …" if end < len(body) else "")
