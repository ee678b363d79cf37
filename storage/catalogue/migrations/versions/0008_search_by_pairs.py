"""Search: one column of tokens, pairs of neighbours among them; in PostgreSQL the windows of a row too.

All texts are indexed anew, a thousand documents at a time, in one transaction: half an hour for a million papers.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from storage.catalogue.text_index import Findable, Scope, index_new
from storage.records import FieldRecord

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_FTS5 = """
    CREATE VIRTUAL TABLE document_fts USING fts5(tokens, content = '', tokenize = "ascii tokenchars '_+^='")
"""
_GIN = "CREATE INDEX ix_document_text_tokens_tsv ON document_text USING gin (tokens_tsv)"
_BEFORE_FTS5 = """
    CREATE VIRTUAL TABLE document_fts USING fts5(
        head_folded, folded, head_marked, marked, scope, content = '', tokenize = 'unicode61 remove_diacritics 0'
    )
"""
_BEFORE_POSTGRESQL = (
    "ALTER TABLE document_text DROP COLUMN tokens_tsv",
    "ALTER TABLE document_text ADD COLUMN folded_tsv tsvector NOT NULL, ADD COLUMN marked_tsv tsvector NOT NULL",
    "CREATE INDEX ix_document_text_folded_tsv ON document_text USING gin (folded_tsv)",
    "CREATE INDEX ix_document_text_marked_tsv ON document_text USING gin (marked_tsv)",
)
_DOCUMENTS_AT_A_TIME = 1000


def upgrade() -> None:
    connection = op.get_bind()
    sqlite = connection.dialect.name == "sqlite"
    # oldest first: the newest rows are looked at first
    op.execute(
        "CREATE TABLE old_document_text AS SELECT dt.document_id, dt.chunk, dt.body, d.created_at "
        "FROM document_text dt JOIN documents d ON d.id = dt.document_id"
    )
    op.execute("CREATE INDEX ix_old_document_text ON old_document_text (created_at, document_id)")
    op.execute("DELETE FROM document_text")
    if sqlite:
        op.execute("DROP TABLE document_fts")
        op.execute(_FTS5)
    else:
        op.execute("ALTER TABLE document_text DROP COLUMN folded_tsv, DROP COLUMN marked_tsv")
        op.execute("ALTER TABLE document_text ADD COLUMN tokens_tsv tsvector NOT NULL")
    _index_again(connection)
    if not sqlite:
        op.execute(_GIN)  # built at the end: many times faster than row by row
    op.drop_table("old_document_text")


def _index_again(connection: sa.Connection) -> None:
    page = sa.text(
        "SELECT DISTINCT created_at, document_id FROM old_document_text "
        "WHERE (created_at, document_id) > (:at, :id) ORDER BY created_at, document_id LIMIT :n"
    )
    after = {"at": "", "id": ""}
    while True:
        some = connection.execute(page, after | {"n": _DOCUMENTS_AT_A_TIME}).all()
        if not some:
            return
        index_new(connection, _findable(connection, [row.document_id for row in some]))
        after = {"at": some[-1].created_at, "id": some[-1].document_id}


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


def downgrade() -> None:
    """Bring back the older index, empty: the older version's ``catalogue rebuild`` fills it."""
    op.execute("DELETE FROM document_text")
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE document_fts")
        op.execute(_BEFORE_FTS5)
    else:
        for statement in _BEFORE_POSTGRESQL:
            op.execute(statement)
