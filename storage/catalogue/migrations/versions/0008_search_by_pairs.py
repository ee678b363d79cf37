"""Search: one column of tokens, pairs of neighbours among them; in PostgreSQL the windows of a row too.

The tables only: the texts are put aside here and indexed by 0013.
"""

from alembic import op

from storage.catalogue.migrations import texts

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

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


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE document_text DROP COLUMN folded_tsv, DROP COLUMN marked_tsv")
    texts.put_aside()


def downgrade() -> None:
    """Bring back the older index, empty: the older version's ``catalogue rebuild`` fills it."""
    for table in texts.OF_INDEXING:
        op.execute(f"DROP TABLE IF EXISTS {table}")
    op.execute("DELETE FROM document_text")
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE document_fts")
        op.execute(_BEFORE_FTS5)
    else:
        for statement in _BEFORE_POSTGRESQL:
            op.execute(statement)
