"""Search: heading apart from text, scope words in the index, no second copy of the folded text; lists newest first.

The tables only: the texts are indexed by 0008.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_OLD_TRIGGERS = ("DROP TRIGGER document_text_insert", "DROP TRIGGER document_text_delete", "DROP TABLE document_fts")
_FTS5 = """
    CREATE VIRTUAL TABLE document_fts USING fts5(
        head_folded, folded, head_marked, marked, scope, content = '', tokenize = 'unicode61 remove_diacritics 0'
    )
"""
_TSVECTORS = (
    "ALTER TABLE document_text ADD COLUMN folded_tsv tsvector NOT NULL DEFAULT '', "
    "ADD COLUMN marked_tsv tsvector NOT NULL DEFAULT ''",
    "CREATE INDEX ix_document_text_folded_tsv ON document_text USING gin (folded_tsv)",
    "CREATE INDEX ix_document_text_marked_tsv ON document_text USING gin (marked_tsv)",
)
_BEFORE_SQLITE = (
    """
    CREATE VIRTUAL TABLE document_fts USING fts5(
        folded, marked, content = 'document_text', content_rowid = 'row_id', tokenize = 'unicode61 remove_diacritics 0'
    )
    """,
    """
    CREATE TRIGGER document_text_insert AFTER INSERT ON document_text BEGIN
        INSERT INTO document_fts(rowid, folded, marked) VALUES (new.row_id, new.folded, new.marked);
    END
    """,
    """
    CREATE TRIGGER document_text_delete AFTER DELETE ON document_text BEGIN
        INSERT INTO document_fts(document_fts, rowid, folded, marked)
        VALUES ('delete', old.row_id, old.folded, old.marked);
    END
    """,
)
_BEFORE_POSTGRESQL = (
    "ALTER TABLE document_text DROP COLUMN folded_tsv, DROP COLUMN marked_tsv",
    """
    ALTER TABLE document_text
        ADD COLUMN folded_tsv tsvector GENERATED ALWAYS AS (to_tsvector('simple'::regconfig, folded)) STORED,
        ADD COLUMN marked_tsv tsvector GENERATED ALWAYS AS (to_tsvector('simple'::regconfig, marked)) STORED
    """,
    "CREATE INDEX ix_document_text_folded_tsv ON document_text USING gin (folded_tsv)",
    "CREATE INDEX ix_document_text_marked_tsv ON document_text USING gin (marked_tsv)",
)
_TEXTS = (
    "INSERT INTO document_text (document_id, chunk, first_page, body) SELECT document_id, chunk, 1, body "
    "FROM old_document_text ORDER BY document_id, chunk"
)
_LISTS = (["owner_ref", "created_at"], ["created_at"], ["agency", "created_at"], ["agency", "type", "created_at"])


def upgrade() -> None:
    connection = op.get_bind()
    sqlite = connection.dialect.name == "sqlite"
    for statement in _OLD_TRIGGERS if sqlite else ():
        op.execute(statement)
    op.execute("CREATE TABLE old_document_text AS SELECT document_id, chunk, body FROM document_text")
    op.execute("CREATE INDEX ix_old_document_text ON old_document_text (document_id, chunk)")
    op.drop_table("document_text")
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
    for statement in (_FTS5,) if sqlite else _TSVECTORS:
        op.execute(statement)
    # 0008 makes the index anew
    op.execute(_TEXTS)
    op.drop_table("old_document_text")
    op.drop_index("ix_documents_owner_ref", "documents")
    for columns in _LISTS:
        op.create_index("ix_documents_" + "_".join(columns), "documents", columns)


def downgrade() -> None:
    """Bring back the older tables, empty: the older version's ``catalogue rebuild`` fills them."""
    for columns in _LISTS:
        op.drop_index("ix_documents_" + "_".join(columns), "documents")
    op.create_index("ix_documents_owner_ref", "documents", ["owner_ref"])
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE document_fts")
    op.execute("DELETE FROM document_text")
    with op.batch_alter_table("document_text") as batch_op:
        batch_op.drop_column("heading")
        batch_op.drop_column("scope")
        batch_op.add_column(sa.Column("folded", sa.Text(), nullable=False))
        batch_op.add_column(sa.Column("marked", sa.Text(), nullable=False))
    for statement in _BEFORE_SQLITE if op.get_bind().dialect.name == "sqlite" else _BEFORE_POSTGRESQL:
        op.execute(statement)
