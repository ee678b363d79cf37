"""Full text with and without Vietnamese marks, the same on SQLite (FTS5) and PostgreSQL (tsvector, ``simple``).

Both databases get text folded here: their own tokenisers lose every word with đ. A second column keeps the marks, so
that hits with exactly the marks of the query come first. Long documents are cut in chunks, because a tsvector counts
positions only to 16383.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, text
from sqlalchemy.sql.elements import TextClause

from domain.text import clean, fold, same_tone_placement, strip_marks
from storage.catalogue import schema as t
from storage.catalogue.numbers import number_key
from storage.catalogue.sql import sql_text
from storage.records import Document, FieldRecord

_CHUNK_WORDS = 10_000
_CHUNK_CHARACTERS = 100_000  # a tsvector holds 1 MB; what has no white space is cut all the same
_PIECE = re.compile(r"\s+|\S{1,1000}")
# A word that nobody asks for stands between fields and text, else phrases would be found across their borders.
_BORDER = " qzqz "
_SNIPPET_BEFORE, _SNIPPET_AFTER = 60, 140  # characters
_NOT_WORD = re.compile(r"[\W_]+")
_QUERY_PART = re.compile(r'"([^"]*)"|(\S+)')
_NUMBER_INTRO = re.compile(r"^\s*số\s*:?\s+(?=\d)", re.IGNORECASE)


@dataclass(frozen=True)
class SearchQuery:
    """What to look for; every filter given must hold. Dates are ISO days, ``date_to`` included.

    ``text``: words are all required, ``"words in quotes"`` as a phrase, a số/ký hiệu in any spelling. Empty: all
    documents that pass the filters, newest first.
    """

    text: str = ""
    agency: str | None = None
    owner_ref: str | None = None
    type: str | None = None
    kind: str | None = None
    status: str | None = None
    case_code: str | None = None
    date_from: str | None = None
    date_to: str | None = None
    limit: int = 20
    offset: int = 0


@dataclass(frozen=True)
class Hit:
    """A document found. ``match``: ``number`` (its số/ký hiệu), ``exact`` (marks as asked), ``folded``, ``filter``."""

    document: Document
    match: str
    snippet: str = ""
    page: int = 0  # 1-based page of the snippet; 0 without one


def index_document(connection: Connection, document_id: str, fields: Iterable[FieldRecord], body: str) -> None:
    """Make *body* (pages parted by form feeds) and the fields findable, in place of what was indexed before."""
    connection.execute(delete(t.document_text).where(t.document_text.c.document_id == document_id))
    heading = _heading(fields)
    if not heading and not body.strip():
        return
    rows = []
    for chunk, (first_page, piece) in enumerate(_chunks(sql_text(clean(body)))):
        whole = f"{heading}{_BORDER}{piece}"
        rows.append(
            {
                "document_id": document_id,
                "chunk": chunk,
                "first_page": first_page,
                "body": piece,
                "folded": fold(whole),
                "marked": marked(whole),
            }
        )
    connection.execute(insert(t.document_text), rows)


def search(connection: Connection, query: SearchQuery) -> list[Hit]:
    """Return one page of hits: the very số/ký hiệu first, then exact marks, then the rest, best first."""
    statement, values = _statement(connection, query, count=False)
    rows = connection.execute(statement, values | {"limit": query.limit, "offset": query.offset}).all()
    names = [c.name for c in t.documents.c if c.name != "so_ky_hieu_key"]
    hits = []
    for row in rows:
        document = Document(**{name: row._mapping[name] for name in names})
        match = {0: "number", 1: "exact", 2: "folded"}.get(row.tier, "filter")
        snippet, page = _snippet(connection, document.id, query.text) if match in ("exact", "folded") else ("", 0)
        hits.append(Hit(document, match, snippet, page))
    return hits


def count(connection: Connection, query: SearchQuery) -> int:
    """Return how many documents the query finds, whatever ``limit`` and ``offset``."""
    statement, values = _statement(connection, query, count=True)
    return int(connection.execute(statement, values).scalar_one())


def marked(text_: str) -> str:
    """Return the form that keeps marks: NFC, lower case, one tone placement, punctuation as one space."""
    return _NOT_WORD.sub(" ", same_tone_placement(text_)).strip()


def _heading(fields: Iterable[FieldRecord]) -> str:
    parts = []
    for f in fields:
        parts.append(f.current)
        if f.name == "so_ky_hieu" and f.current:
            # as written, without padding zeros, and as one word
            key = number_key(f.current)
            parts += [re.sub(r"^\s*0+(?=\d)", "", f.current), key]
    return sql_text(_BORDER.join(p for p in parts if p))


def _chunks(body: str) -> Iterator[tuple[int, str]]:
    """Yield (first page, text) pieces, not too many words nor characters each; always at least one."""
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


Phrase = tuple[str, ...]


@dataclass(frozen=True)
class _Terms:
    folded: tuple[tuple[Phrase, ...], ...]  # all of these; of each one of its alternatives; each one or more words
    marked: tuple[tuple[Phrase, ...], ...]  # the same with marks; empty when the query has none
    number: str


@lru_cache(maxsize=256)
def _terms(query: str) -> _Terms:
    query = clean(query)
    parts = [quoted or word for quoted, word in _QUERY_PART.findall(query)]
    folded = tuple(_alternatives(part, fold(part)) for part in parts if fold(part))
    with_marks: tuple[tuple[Phrase, ...], ...] = ()
    if strip_marks(query) != query:
        with_marks = tuple(_alternatives(part, marked(part)) for part in parts if marked(part))
    number = number_key(_NUMBER_INTRO.sub("", query))
    return _Terms(folded, with_marks, number if any(c.isdigit() for c in number) else "")


def _alternatives(part: str, words: str) -> tuple[Phrase, ...]:
    """Return the ways in which *part* may stand in the text: as its words, a số/ký hiệu also as the one word we add."""
    phrase = tuple(words.split())
    if part[:1].isdigit() and re.search(r"[/-]", part):
        return phrase, (number_key(part),)
    return (phrase,)


def _statement(connection: Connection, query: SearchQuery, *, count: bool) -> tuple[TextClause, dict[str, Any]]:
    """Return SQL made only of constants, and the values to bind: nothing of the query becomes SQL."""
    terms = _terms(query.text)
    values: dict[str, Any] = {}
    filters = _filters(query, values)
    order = "ORDER BY tier, score, d.ngay_ban_hanh DESC, d.created_at DESC, d.id LIMIT :limit OFFSET :offset"
    if not terms.folded:
        if query.text.strip():
            filters += " AND 1 = 0"  # only punctuation: nothing can match it
        what = "count(*)" if count else "d.*, 9 AS tier, 0 AS score"
        order = "ORDER BY d.created_at DESC, d.id LIMIT :limit OFFSET :offset"
        return text(f"SELECT {what} FROM documents d WHERE {filters} {'' if count else order}"), values  # noqa: S608
    match = _fts5 if connection.dialect.name == "sqlite" else _tsquery
    values |= {"folded": match("folded", terms.folded), "marked": match("marked", terms.marked), "key": terms.number}
    # without marks in the query nothing is "exact"; a CTE that finds nothing keeps the SQL the same
    sources = _SQLITE_HITS if connection.dialect.name == "sqlite" else _POSTGRES_HITS
    exact = sources["exact"] if terms.marked else "SELECT row_id FROM document_text WHERE 1 = 0"
    if not terms.marked:
        del values["marked"]
    what = "count(*)" if count else "d.*, best.tier AS tier, best.score AS score"
    sql = f"""
        WITH hit AS MATERIALIZED ({sources["hit"]}),
        exact AS MATERIALIZED ({exact}),
        found AS (
            SELECT dt.document_id AS id,
                   CASE WHEN dt.row_id IN (SELECT row_id FROM exact) THEN 1 ELSE 2 END AS tier,
                   hit.score AS score
            FROM hit JOIN document_text dt ON dt.row_id = hit.row_id
            UNION ALL
            SELECT id, 0, 0 FROM documents WHERE so_ky_hieu_key = :key AND so_ky_hieu_key <> ''
        ),
        best AS (SELECT id, min(tier) AS tier, min(score) AS score FROM found GROUP BY id)
        SELECT {what} FROM best JOIN documents d ON d.id = best.id WHERE {filters} {"" if count else order}
    """  # noqa: S608
    return text(sql).bindparams(bindparam("key", terms.number)), values


_SQLITE_HITS = {
    "hit": "SELECT rowid AS row_id, bm25(document_fts) AS score FROM document_fts WHERE document_fts MATCH :folded",
    "exact": "SELECT rowid AS row_id FROM document_fts WHERE document_fts MATCH :marked",
}
_POSTGRES_HITS = {
    "hit": "SELECT row_id, -ts_rank_cd(folded_tsv, q) AS score FROM document_text, "
    "to_tsquery('simple', :folded) q WHERE folded_tsv @@ q",
    "exact": "SELECT row_id FROM document_text WHERE marked_tsv @@ to_tsquery('simple', :marked)",
}


def _fts5(column: str, terms: tuple[tuple[Phrase, ...], ...]) -> str:
    either = ("(" + " OR ".join('"' + " ".join(p) + '"' for p in phrases) + ")" for phrases in terms)
    return f"{column} : (" + " AND ".join(either) + ")"


def _tsquery(_column: str, terms: tuple[tuple[Phrase, ...], ...]) -> str:
    either = (
        "(" + " | ".join("(" + " <-> ".join(f"'{w}'" for w in p) + ")" for p in phrases) + ")" for phrases in terms
    )
    return " & ".join(either)


def _filters(query: SearchQuery, values: dict[str, Any]) -> str:
    parts = ["1 = 1"]
    for name in ("agency", "owner_ref", "type", "kind", "status"):
        value = getattr(query, name)
        if value is not None:
            parts.append(f"d.{name} = :{name}")
            values[name] = value
    if query.case_code is not None:
        parts.append("d.id IN (SELECT document_id FROM case_documents WHERE code = :case_code)")
        values["case_code"] = query.case_code
    if query.date_from is not None:
        parts.append("d.ngay_ban_hanh >= :date_from")
        values["date_from"] = query.date_from
    if query.date_to is not None:
        parts.append("d.ngay_ban_hanh <= :date_to AND d.ngay_ban_hanh <> ''")
        values["date_to"] = query.date_to
    return " AND ".join(parts)


class _Table(dict[int, str]):
    """Translation table that folds one character to one character, so that offsets stay true."""

    def __missing__(self, code: int) -> str:
        bare = strip_marks(chr(code)).casefold()
        self[code] = bare if len(bare) == 1 and bare.isalnum() and bare.isascii() else " "
        return self[code]


_ONE_TO_ONE = _Table()


def _snippet(connection: Connection, document_id: str, query: str) -> tuple[str, int]:
    d = t.document_text.c
    rows = connection.execute(select(d.body, d.first_page).where(d.document_id == document_id).order_by(d.chunk))
    phrases = [phrase for term in _terms(query).folded for phrase in term]
    first: tuple[str, int] | None = None
    for row in rows:
        flat = row.body.translate(_ONE_TO_ONE)
        for phrase in phrases:
            match = re.search(r"(?<![0-9a-z])" + r"\s+".join(phrase) + r"(?![0-9a-z])", flat)
            if match:
                return _cut(row.body, match.start()), row.first_page + row.body.count("\f", 0, match.start())
        first = first or (_cut(row.body, 0), row.first_page)
    return first or ("", 0)


def _cut(body: str, at: int) -> str:
    begin = max(0, at - _SNIPPET_BEFORE)
    end = min(len(body), at + _SNIPPET_AFTER)
    while 0 < begin < at and not body[begin - 1].isspace():
        begin += 1
    while end < len(body) and end > at and not body[end].isspace():
        end -= 1
    piece = " ".join(body[begin:end].split())
    return ("… " if begin else "") + piece + (" …" if end < len(body) else "")
