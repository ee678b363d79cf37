"""Indexing all texts anew, some documents a transaction, so that a migration that was killed goes on where it stood.

Whoever changes the tokens (:mod:`storage.catalogue.tokens`) adds a migration that calls :func:`put_aside` and
:func:`index_some`. A migration is one transaction; this one would hold its locks for half an hour for a million
papers and lose all of it when the machine stops. So what was done is committed together with a row that says how far
it went, and ``storage.catalogue.engine`` upgrades again until nothing is left. Several processes may do so in turns.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from storage.catalogue.text_index import Findable, Scope, index_new
from storage.records import FieldRecord

_DOCUMENTS_AT_A_TIME = 1000
_FTS5 = """
    CREATE VIRTUAL TABLE document_fts USING fts5(tokens, content = '', tokenize = "ascii tokenchars '_+^='")
"""
_GIN = "CREATE INDEX ix_document_text_tokens_tsv ON document_text USING gin (tokens_tsv)"
#: tables that stand while texts are indexed anew
OF_INDEXING = ("texts_indexed", "old_document_text")
# the names that the new table is to have
_OUT_OF_THE_WAY = (
    "DROP INDEX IF EXISTS ix_document_text_tokens_tsv",
    "ALTER TABLE old_document_text RENAME CONSTRAINT pk_document_text TO pk_old_document_text",
    "ALTER TABLE old_document_text RENAME CONSTRAINT uq_document_text_document_id_chunk TO uq_old_document_text",
    "ALTER SEQUENCE document_text_row_id_seq RENAME TO old_document_text_row_id_seq",
)


class Unfinished(Exception):
    """Some was done and there is more: commit, then upgrade again. Not an error."""


def put_aside() -> None:
    """Put the texts aside as ``old_document_text`` and make an empty index, unless they lie there already."""
    connection = op.get_bind()
    if sa.inspect(connection).has_table("old_document_text"):
        return
    sqlite = connection.dialect.name == "sqlite"
    if sqlite:
        op.execute("DROP TABLE document_fts")
    op.rename_table("document_text", "old_document_text")
    for statement in () if sqlite else _OUT_OF_THE_WAY:
        op.execute(statement)
    _make_empty()
    op.create_table("texts_indexed", sa.Column("created_at", sa.Text()), sa.Column("document_id", sa.Text()))
    op.execute("INSERT INTO texts_indexed VALUES ('', '')")


def _make_empty() -> None:
    op.create_table(
        "document_text",
        sa.Column("row_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("document_id", sa.Text(), nullable=False),
        sa.Column("chunk", sa.Integer(), nullable=False),
        sa.Column("first_page", sa.Integer(), nullable=False),
        sa.Column("heading", sa.Text(), server_default="", nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_document_text_document_id")),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_document_text")),
        sa.UniqueConstraint("document_id", "chunk", name=op.f("uq_document_text_document_id_chunk")),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(_FTS5)
    else:
        op.execute("ALTER TABLE document_text ADD COLUMN tokens_tsv tsvector NOT NULL")


def index_some() -> None:
    """Index the next documents of those put aside, the oldest first: the newest rows are looked at first.

    Raises ``Unfinished`` where more may be left; else what was put aside is dropped.
    """
    connection = op.get_bind()
    after = connection.execute(sa.text("SELECT created_at, document_id FROM texts_indexed")).one()
    page = sa.text(
        "SELECT created_at, id FROM documents d WHERE created_at >= :at AND (created_at, id) > (:at, :id) "
        "AND EXISTS (SELECT 1 FROM old_document_text o WHERE o.document_id = d.id) ORDER BY created_at, id LIMIT :n"
    )
    bounds = {"at": after.created_at, "id": after.document_id, "n": _DOCUMENTS_AT_A_TIME}
    some = connection.execute(page, bounds).all()
    if some:
        index_new(connection, _findable(connection, [row.id for row in some]))
        how_far = sa.text("UPDATE texts_indexed SET created_at = :at, document_id = :id")
        connection.execute(how_far, {"at": some[-1].created_at, "id": some[-1].id})
    if len(some) == _DOCUMENTS_AT_A_TIME:
        raise Unfinished
    if connection.dialect.name != "sqlite":
        op.execute(_GIN)  # built at the end: many times faster than row by row
    for table in OF_INDEXING:
        op.drop_table(table)


def _findable(connection: sa.Connection, ids: list[str]) -> list[Findable]:
    def of(columns: str, table: str, key: str = "document_id", order: str = "") -> dict[str, list[sa.Row[Any]]]:
        statement = sa.text(f"SELECT {key} AS key, {columns} FROM {table} WHERE {key} IN :ids {order}")  # noqa: S608
        found: dict[str, list[sa.Row[Any]]] = {}
        for row in connection.execute(statement.bindparams(sa.bindparam("ids", expanding=True)), {"ids": ids}):
            found.setdefault(row.key, []).append(row)
        return found

    bodies = of("body", "old_document_text", order="ORDER BY chunk")
    fields = of("name, value, confidence, source, page, human_value", "fields", order="ORDER BY name")
    documents = of("agency, owner_ref, kind, type, ngay_ban_hanh", "documents", "id")
    return [
        Findable(
            id,
            Scope(d.agency, d.owner_ref, d.kind, d.type, d.ngay_ban_hanh[:4]),
            tuple(
                FieldRecord(f.name, f.value, f.confidence, f.source, f.page, human_value=f.human_value)
                for f in fields.get(id, [])
            ),
            "".join(row.body for row in bodies[id]),
        )
        for id in ids
        for d in documents[id]
    ]
