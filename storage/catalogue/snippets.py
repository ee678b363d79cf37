"""The words around a hit, as they were read, their page, and their box where a field has it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, select

from domain.text import strip_marks
from storage.catalogue import schema as t
from storage.records import Box

_BEFORE, _AFTER = 60, 140  # characters


class _Table(dict[int, str]):
    """Translation table that folds one character to one character, so that offsets stay true."""

    def __missing__(self, code: int) -> str:
        bare = strip_marks(chr(code)).casefold()
        self[code] = bare if len(bare) == 1 and bare.isalnum() and bare.isascii() else " "
        return self[code]


_ONE_TO_ONE = _Table()


@dataclass(frozen=True)
class Snippet:
    """Words around a hit. ``phrase``: which folded words stand there; ``box``: where, if a field says so."""

    text: str = ""
    page: int = 0  # 1-based; 0 when not known
    phrase: tuple[str, ...] = ()
    box: Box | None = None  # pixels of the upright page


def snippets(
    connection: Connection, row_ids: Collection[int], phrases: Collection[tuple[str, ...]]
) -> dict[int, Snippet]:
    """Return, for each piece of text, the words around the first of the folded *phrases* found, and their page.

    Where none stands in it, the first field that has one, with its page and box; else the beginning of the piece.
    """
    d = t.document_text.c
    columns = select(d.row_id, d.document_id, d.body, d.first_page).where(d.row_id.in_(row_ids))
    rows = connection.execute(columns).all() if row_ids else []
    patterns = {
        phrase: re.compile(r"(?<![0-9a-z])" + r"\s+".join(phrase) + r"(?![0-9a-z])") for phrase in phrases if phrase
    }
    made = {row.row_id: _of_text(row.body, row.first_page, patterns) for row in rows}
    without = {row.document_id for row in rows if not made[row.row_id].phrase}
    of_fields = _of_fields(connection, without, patterns) if patterns else {}
    return {
        row.row_id: made[row.row_id] if made[row.row_id].phrase else of_fields.get(row.document_id, made[row.row_id])
        for row in rows
    }


def _of_text(body: str, first_page: int, patterns: Mapping[tuple[str, ...], re.Pattern[str]]) -> Snippet:
    flat = body.translate(_ONE_TO_ONE)
    for phrase, pattern in patterns.items():
        match = pattern.search(flat)
        if match:
            page = first_page + body.count("\f", 0, match.start())
            return Snippet(_cut(body, match.start()), page, phrase)
    return Snippet(_cut(body, 0), first_page)


def _of_fields(
    connection: Connection, documents: Collection[str], patterns: Mapping[tuple[str, ...], re.Pattern[str]]
) -> dict[str, Snippet]:
    f = t.fields.c
    rows = select(f.document_id, f.value, f.human_value, f.page, f.box).where(f.document_id.in_(documents))
    found: dict[str, Snippet] = {}
    for row in connection.execute(rows.order_by(f.document_id, f.name)) if documents else ():
        value = row.value if row.human_value is None else row.human_value
        flat = value.translate(_ONE_TO_ONE)
        for phrase, pattern in patterns.items():
            match = pattern.search(flat)
            if match and row.document_id not in found:
                box = None if row.box is None or row.page == 0 else tuple(row.box)
                found[row.document_id] = Snippet(_cut(value, match.start()), row.page, phrase, box)
    return found


def _cut(body: str, at: int) -> str:
    begin = max(0, at - _BEFORE)
    end = min(len(body), at + _AFTER)
    while 0 < begin < at and not body[begin - 1].isspace():
        begin += 1
    while end < len(body) and end > at and not body[end].isspace():
        end -= 1
    piece = " ".join(body[begin:end].split())
    return ("… " if begin else "") + piece + (" …" if end < len(body) else "")
