"""First schema."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# Full text, for each database its own. The columns hold text that was folded in Python, so the tokenisers have
# nothing left to strip; "remove_diacritics 0" keeps the marks of the second column.
_SQLITE = (
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
_POSTGRESQL = (
    """
    ALTER TABLE document_text
        ADD COLUMN folded_tsv tsvector GENERATED ALWAYS AS (to_tsvector('simple'::regconfig, folded)) STORED,
        ADD COLUMN marked_tsv tsvector GENERATED ALWAYS AS (to_tsvector('simple'::regconfig, marked)) STORED
    """,
    "CREATE INDEX ix_document_text_folded_tsv ON document_text USING gin (folded_tsv)",
    "CREATE INDEX ix_document_text_marked_tsv ON document_text USING gin (marked_tsv)",
)


def upgrade() -> None:
    op.create_table(
        "audit_events",
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("event_type", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Text(), server_default="", nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("prev_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("agency", "seq", name=op.f("pk_audit_events")),
    )
    with op.batch_alter_table("audit_events", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_events_document_id"), ["document_id"], unique=False)

    op.create_table(
        "audit_heads",
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("agency", name=op.f("pk_audit_heads")),
    )
    op.create_table(
        "batches",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batches")),
    )
    op.create_table(
        "cases",
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("owner_ref", sa.Text(), nullable=False),
        sa.Column("procedure", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("agency", "code", name=op.f("pk_cases")),
    )
    op.create_table(
        "inbox",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("request_sha256", sa.Text(), nullable=False),
        sa.Column("status_code", sa.Integer(), nullable=True),
        sa.Column("response", _JSON, nullable=True),
        sa.Column("received_at", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("source", "idempotency_key", name=op.f("pk_inbox")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("payload", _JSON, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("available_at", sa.Text(), nullable=False),
        sa.Column("lease_by", sa.Text(), server_default="", nullable=False),
        sa.Column("lease_until", sa.Text(), server_default="", nullable=False),
        sa.Column("last_error", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("done_at", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("state IN ('pending', 'done', 'dead')", name=op.f("ck_outbox_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("event_id", name=op.f("uq_outbox_event_id")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_outbox_state_available_at_id"), ["state", "available_at", "id"], unique=False
        )

    op.create_table(
        "owners",
        sa.Column("owner_ref", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("named_at", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("owner_ref", name=op.f("pk_owners")),
    )
    op.create_table(
        "register_books",
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("book", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("next_number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("agency", "book", "year", name=op.f("pk_register_books")),
    )
    op.create_table(
        "register_entries",
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("book", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Text(), nullable=False),
        sa.Column("occasion", sa.Text(), server_default="", nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("details", _JSON, nullable=False),
        sa.Column("void_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("reserved_at", sa.Text(), nullable=False),
        sa.Column("issued_at", sa.Text(), server_default="", nullable=False),
        sa.Column("voided_at", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("state <> 'voided' OR void_reason <> ''", name=op.f("ck_register_entries_void_reason")),
        sa.CheckConstraint("state IN ('reserved', 'issued', 'voided')", name=op.f("ck_register_entries_state")),
        sa.PrimaryKeyConstraint("agency", "book", "year", "number", name=op.f("pk_register_entries")),
        sa.UniqueConstraint(
            "agency",
            "book",
            "year",
            "idempotency_key",
            name=op.f("uq_register_entries_agency_book_year_idempotency_key"),
        ),
    )
    with op.batch_alter_table("register_entries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_register_entries_document_id"), ["document_id"], unique=False)
        batch_op.create_index(
            "uq_register_entries_original",
            ["agency", "book", "year", "document_id", "occasion"],
            unique=True,
            sqlite_where=sa.text("state <> 'voided'"),
            postgresql_where=sa.text("state <> 'voided'"),
        )

    op.create_table(
        "signing_jobs",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("field_name", sa.Text(), server_default="", nullable=False),
        sa.Column("credential_id", sa.Text(), server_default="", nullable=False),
        sa.Column("certificate_sha256", sa.Text(), server_default="", nullable=False),
        sa.Column("prepared_sha256", sa.Text(), nullable=False),
        sa.Column("document_digest", sa.LargeBinary(), nullable=False),
        sa.Column("reserved_start", sa.BigInteger(), nullable=False),
        sa.Column("reserved_end", sa.BigInteger(), nullable=False),
        sa.Column("signed_attrs", sa.LargeBinary(), nullable=True),
        sa.Column("tbs_hash", sa.LargeBinary(), nullable=True),
        sa.Column("raw_signature", sa.LargeBinary(), nullable=True),
        sa.Column("remote_ref", sa.Text(), server_default="", nullable=False),
        sa.Column("result_sha256", sa.Text(), server_default="", nullable=False),
        sa.Column("error_code", sa.Text(), server_default="", nullable=False),
        sa.Column("extra", _JSON, nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_jobs")),
        sa.UniqueConstraint("document_id", "role", "attempt", name=op.f("uq_signing_jobs_document_id_role_attempt")),
    )
    with op.batch_alter_table("signing_jobs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_signing_jobs_state"), ["state"], unique=False)
        batch_op.create_index(
            "uq_signing_jobs_open",
            ["document_id", "role"],
            unique=True,
            sqlite_where=sa.text("NOT (state IN ('PUBLISHED', 'REJECTED', 'FAILED'))"),
            postgresql_where=sa.text("NOT (state IN ('PUBLISHED', 'REJECTED', 'FAILED'))"),
        )

    op.create_table(
        "batch_items",
        sa.Column("batch_id", sa.Text(), nullable=False),
        sa.Column("item_key", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("facts", _JSON, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Text(), server_default="", nullable=False),
        sa.Column("code", sa.Text(), server_default="", nullable=False),
        sa.Column("message", sa.Text(), server_default="", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lease_by", sa.Text(), server_default="", nullable=False),
        sa.Column("lease_until", sa.Text(), server_default="", nullable=False),
        sa.Column("updated_at", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('pending', 'done', 'duplicate', 'quarantined', 'failed')", name=op.f("ck_batch_items_state")
        ),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name=op.f("fk_batch_items_batch_id")),
        sa.PrimaryKeyConstraint("batch_id", "item_key", name=op.f("pk_batch_items")),
    )
    with op.batch_alter_table("batch_items", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_batch_items_batch_id_state_position"), ["batch_id", "state", "position"], unique=False
        )

    op.create_table(
        "documents",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("owner_ref", sa.Text(), nullable=False),
        sa.Column("owner_kind", sa.Text(), nullable=False),
        sa.Column("case_code", sa.Text(), server_default="", nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("procedure", sa.Text(), server_default="", nullable=False),
        sa.Column("original_sha256", sa.Text(), nullable=False),
        sa.Column("original_size", sa.BigInteger(), nullable=False),
        sa.Column("original_name", sa.Text(), server_default="", nullable=False),
        sa.Column("media_type", sa.Text(), server_default="", nullable=False),
        sa.Column("pages", sa.Integer(), server_default="0", nullable=False),
        sa.Column("part", sa.Integer(), server_default="0", nullable=False),
        sa.Column("intake_key", sa.Text(), server_default="", nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("quarantine_code", sa.Text(), server_default="", nullable=False),
        sa.Column("quarantine_message", sa.Text(), server_default="", nullable=False),
        sa.Column("type", sa.Text(), server_default="", nullable=False),
        sa.Column("so_ky_hieu", sa.Text(), server_default="", nullable=False),
        sa.Column("so_ky_hieu_key", sa.Text(), server_default="", nullable=False),
        sa.Column("ngay_ban_hanh", sa.Text(), server_default="", nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('component', 'result')", name=op.f("ck_documents_kind")),
        sa.CheckConstraint(
            "status IN ('received', 'digitised', 'certified', 'quarantined')", name=op.f("ck_documents_status")
        ),
        sa.ForeignKeyConstraint(["owner_ref"], ["owners.owner_ref"], name=op.f("fk_documents_owner_ref")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documents")),
        sa.UniqueConstraint(
            "agency",
            "owner_ref",
            "original_sha256",
            "part",
            name=op.f("uq_documents_agency_owner_ref_original_sha256_part"),
        ),
    )
    with op.batch_alter_table("documents", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_documents_agency_ngay_ban_hanh"), ["agency", "ngay_ban_hanh"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_documents_agency_status"), ["agency", "status"], unique=False)
        batch_op.create_index(batch_op.f("ix_documents_original_sha256"), ["original_sha256"], unique=False)
        batch_op.create_index(batch_op.f("ix_documents_owner_ref"), ["owner_ref"], unique=False)
        batch_op.create_index(batch_op.f("ix_documents_so_ky_hieu_key"), ["so_ky_hieu_key"], unique=False)

    op.create_table(
        "signing_transitions",
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("from_state", sa.Text(), server_default="", nullable=False),
        sa.Column("to_state", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["signing_jobs.id"], name=op.f("fk_signing_transitions_job_id")),
        sa.PrimaryKeyConstraint("job_id", "seq", name=op.f("pk_signing_transitions")),
    )
    op.create_table(
        "case_documents",
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Text(), nullable=False),
        sa.Column("added_at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency", "code"], ["cases.agency", "cases.code"], name=op.f("fk_case_documents_agency_code")
        ),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_case_documents_document_id")),
        sa.PrimaryKeyConstraint("agency", "code", "document_id", name=op.f("pk_case_documents")),
    )
    with op.batch_alter_table("case_documents", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_documents_document_id"), ["document_id"], unique=False)

    op.create_table(
        "document_text",
        sa.Column("row_id", _ROW_ID, nullable=False),
        sa.Column("document_id", sa.Text(), nullable=False),
        sa.Column("chunk", sa.Integer(), nullable=False),
        sa.Column("first_page", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("marked", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_document_text_document_id")),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_document_text")),
        sa.UniqueConstraint("document_id", "chunk", name=op.f("uq_document_text_document_id_chunk")),
    )
    op.create_table(
        "fields",
        sa.Column("document_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("box", _JSON, nullable=True),
        sa.Column("raw", sa.Text(), server_default="", nullable=False),
        sa.Column("candidates", _JSON, nullable=False),
        sa.Column("human_value", sa.Text(), nullable=True),
        sa.Column("human_by", sa.Text(), server_default="", nullable=False),
        sa.Column("human_at", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_fields_document_id")),
        sa.PrimaryKeyConstraint("document_id", "name", name=op.f("pk_fields")),
    )
    op.create_table(
        "versions",
        sa.Column("document_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("manifest_key", sa.Text(), nullable=False),
        sa.Column("manifest_sha256", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), server_default="", nullable=False),
        sa.Column("content_key", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_versions_document_id")),
        sa.PrimaryKeyConstraint("document_id", "version", name=op.f("pk_versions")),
    )
    op.create_table(
        "objects",
        sa.Column("document_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id", "version"],
            ["versions.document_id", "versions.version"],
            name=op.f("fk_objects_document_id_version"),
        ),
        sa.PrimaryKeyConstraint("document_id", "version", "role", "ordinal", name=op.f("pk_objects")),
    )
    with op.batch_alter_table("objects", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_objects_sha256"), ["sha256"], unique=False)

    for statement in _SQLITE if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE document_fts")
    with op.batch_alter_table("objects", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_objects_sha256"))

    op.drop_table("objects")
    op.drop_table("versions")
    op.drop_table("fields")
    op.drop_table("document_text")
    with op.batch_alter_table("case_documents", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_documents_document_id"))

    op.drop_table("case_documents")
    op.drop_table("signing_transitions")
    with op.batch_alter_table("documents", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_documents_so_ky_hieu_key"))
        batch_op.drop_index(batch_op.f("ix_documents_owner_ref"))
        batch_op.drop_index(batch_op.f("ix_documents_original_sha256"))
        batch_op.drop_index(batch_op.f("ix_documents_agency_status"))
        batch_op.drop_index(batch_op.f("ix_documents_agency_ngay_ban_hanh"))

    op.drop_table("documents")
    with op.batch_alter_table("batch_items", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_batch_items_batch_id_state_position"))

    op.drop_table("batch_items")
    with op.batch_alter_table("signing_jobs", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_signing_jobs_open",
            sqlite_where=sa.text("NOT (state IN ('PUBLISHED', 'REJECTED', 'FAILED'))"),
            postgresql_where=sa.text("NOT (state IN ('PUBLISHED', 'REJECTED', 'FAILED'))"),
        )
        batch_op.drop_index(batch_op.f("ix_signing_jobs_state"))

    op.drop_table("signing_jobs")
    with op.batch_alter_table("register_entries", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_register_entries_original",
            sqlite_where=sa.text("state <> 'voided'"),
            postgresql_where=sa.text("state <> 'voided'"),
        )
        batch_op.drop_index(batch_op.f("ix_register_entries_document_id"))

    op.drop_table("register_entries")
    op.drop_table("register_books")
    op.drop_table("owners")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outbox_state_available_at_id"))

    op.drop_table("outbox")
    op.drop_table("inbox")
    op.drop_table("cases")
    op.drop_table("batches")
    op.drop_table("audit_heads")
    with op.batch_alter_table("audit_events", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_events_document_id"))

    op.drop_table("audit_events")
