"""What search looks through: each document's fields and text as tokens in the database's index.

Both databases get tokens made here (:mod:`storage.catalogue.tokens`): their own tokenisers lose every word with đ, and
have no pairs. Long documents are cut in chunks, because a tsvector counts positions only to 16383; the fields
(số/ký hiệu, trích yếu and the others) stand with each chunk, so that a query may name both. *Scope* words say to whom
a row belongs, so that the index itself leaves out what a query may not see.

SQLite has a contentless FTS5 table, PostgreSQL a tsvector column: neither keeps the folded text a second time. What
was indexed is therefore computed again from ``heading`` and ``body`` when it is taken out of FTS5: whoever changes
the tokens must index all documents anew in a migration.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import Any

from sqlalchemy import Connection, delete, func, select, text

from domain.text import clean
from storage.catalogue import schema as t
from storage.catalogue.numbers import number_key
from storage.catalogue.sql import COPY_FROM, copy_in, insert_many, sql_text
from storage.catalogue.tokens import BORDER, Tokens, as_text, as_tsvector, tokens
from storage.catalogue.windows import windows_of
from storage.records import FieldRecord

#: what questions are bounded by together: each two and three have a word, far rarer than theirs
TOGETHER = ("ag", "ty", "yr")
_CHUNK_WORDS = 10_000
_CHUNK_CHARACTERS = 60_000  # a tsvector holds 1 MB; what has no white space is cut all the same
_PIECE = re.compile(r"\s+|\S{1,1000}")


@dataclass(frozen=True)
class Scope:
    """To whom a document belongs and what it is: what a query may be narrowed to within the index."""

    agency: str
    owner_ref: str
    kind: str
    type: str = ""
    year: str = ""

    def words(self) -> tuple[str, ...]:
        """One word for each fact that is known."""
        facts = (("ag", self.agency), ("ow", self.owner_ref), ("ki", self.kind), ("ty", self.type), ("yr", self.year))
        return tuple(scope_word(name, value) for name, value in facts if value)


def scope_word(name: str, value: str) -> str:
    """Return the word that stands in the index for *name* (``ag``, ``ow``, ``ki``, ``ty``, ``yr``) being *value*."""
    return f"{name}x{hashlib.sha256(value.encode()).hexdigest()[:16]}"


def joint_word(words: Sequence[str]) -> str:
    """Return the word that stands in the index for all of *words* (two or three in the order of ``TOGETHER``)."""
    return scope_word("".join(word[:2] for word in words), " ".join(words))


@lru_cache(maxsize=20_000)
def _joint_words(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(joint_word(some) for n in (2, 3) for some in combinations(words, n))


@dataclass(frozen=True)
class Findable:
    """A document as search is to know it. *body*: pages parted by form feeds."""

    document_id: str
    scope: Scope
    fields: tuple[FieldRecord, ...]
    body: str


def index_document(connection: Connection, document: Findable) -> None:
    """Make the document findable, in place of what was indexed of it before."""
    forget(connection, document.document_id)
    index_new(connection, [document])


def index_new(connection: Connection, documents: Iterable[Findable]) -> None:
    """Make documents findable of which nothing is indexed yet."""
    rows = [row for document in documents for row in _rows(document)]
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        # the only writer is this transaction, so the numbers can be given here
        last = connection.execute(select(func.max(t.document_text.c.row_id))).scalar() or 0
        numbered = [row | {"row_id": last + n} for n, row in enumerate(rows, 1)]
        insert_many(connection, t.document_text, numbered)
        connection.execute(_FTS_ADD, [_fts_row(row) for row in numbered])
    else:
        numbers = connection.execute(_PG_NUMBERS, {"n": len(rows)}).scalars()
        numbered = [{"row_id": number} | row for number, row in zip(numbers, rows, strict=True)]
        if len(numbered) >= COPY_FROM:
            copy_in(connection, "document_text", _PG_COLUMNS, ((*row.values(), _vector(row)) for row in numbered))
        else:
            connection.execute(_PG_ADD, [row | {"tokens": _vector(row)} for row in numbered])


def _rows(document: Findable) -> list[dict[str, Any]]:
    heading = _heading(document.fields)
    if not heading and not document.body.strip():
        return []
    return [
        {
            "document_id": document.document_id,
            "chunk": chunk,
            "first_page": first_page,
            "heading": heading,
            "body": piece,
            "scope": " ".join(document.scope.words()),
        }
        for chunk, (first_page, piece) in enumerate(chunks(sql_text(clean(document.body))))
    ]


def forget(connection: Connection, document_id: str) -> None:
    """Take the document out of the index."""
    d = t.document_text.c
    if connection.dialect.name == "sqlite":
        old = select(d.row_id, d.heading, d.body, d.scope).where(d.document_id == document_id)
        for row in connection.execute(old).all():
            connection.execute(_FTS_REMOVE, _fts_row(dict(row._mapping)))
    connection.execute(delete(t.document_text).where(d.document_id == document_id))


_FTS_ADD = text("INSERT INTO document_fts(rowid, tokens) VALUES (:row_id, :tokens)")
_FTS_REMOVE = text("INSERT INTO document_fts(document_fts, rowid, tokens) VALUES ('delete', :row_id, :tokens)")
_PG_NUMBERS = text(
    "SELECT nextval(pg_get_serial_sequence('document_text', 'row_id')) FROM generate_series(1, CAST(:n AS integer))"
)
_PG_ADD = text(
    "INSERT INTO document_text (row_id, document_id, chunk, first_page, heading, body, scope, tokens_tsv) "
    "VALUES (:row_id, :document_id, :chunk, :first_page, :heading, :body, :scope, CAST(:tokens AS tsvector))"
)
_PG_COLUMNS = ("row_id", "document_id", "chunk", "first_page", "heading", "body", "scope", "tokens_tsv")


def _tokens(row: Mapping[str, Any]) -> Tokens:
    scope = row["scope"].split()
    together = tuple(word for name in TOGETHER for word in scope if word.startswith(name))
    return tokens(row["body"], row["heading"], (*scope, *_joint_words(together)))


def _fts_row(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"row_id": row["row_id"], "tokens": as_text(_tokens(row))}


def _vector(row: Mapping[str, Any]) -> str:
    return as_tsvector(_tokens(row), windows_of(row["row_id"]))


def _heading(fields: Iterable[FieldRecord]) -> str:
    parts = []
    for f in fields:
        parts.append(f.current)
        if f.name == "so_ky_hieu" and f.current:
            # as written, without padding zeros, and as one word
            key = number_key(f.current)
            parts += [re.sub(r"^\s*0+(?=\d)", "", f.current), key]
    return sql_text(f" {BORDER} ".join(p for p in parts if p))


def chunks(body: str) -> Iterator[tuple[int, str]]:
    """Yield (first page, text) pieces, not too many words nor characters each; always at least one."""
    if len(body) < _CHUNK_CHARACTERS and len(body) < 2 * _CHUNK_WORDS:  # most papers: too short to hold so many words
        yield 1, body
        return
    page = first_page = 1
    start = words = 0
    for match in _PIECE.finditer(body):
        if words >= _CHUNK_WORDS or match.end() - start > _CHUNK_CHARACTERS:
            yield first_page, body[start : match.start()]
            start, words, first_page = match.start(), 0, page
        feeds = match.group().count("\f")
        page += feeds
        words += not match.group().isspace()
    yield first_page, body[start:]
