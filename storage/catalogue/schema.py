"""The tables, one definition for SQLite and PostgreSQL. Times are text, ISO 8601 UTC of fixed width (sortable).

The full-text index is made by the migration, for each database its own (``search.py``).
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_Json = JSON().with_variant(JSONB(), "postgresql")
_RowId = BigInteger().with_variant(Integer(), "sqlite")


def _text(name: str, default: str | None = "") -> Column[str]:
    return Column(name, Text, nullable=False, server_default=default)


owners = Table(
    "owners",
    metadata,
    Column("owner_ref", Text, primary_key=True),
    _text("kind", None),
    _text("number", None),
    _text("name"),
    _text("named_at"),
    _text("created_at", None),
)

documents = Table(
    "documents",
    metadata,
    Column("id", Text, primary_key=True),
    _text("agency", None),
    Column("owner_ref", Text, ForeignKey("owners.owner_ref"), nullable=False),
    _text("owner_kind", None),
    _text("case_code"),
    _text("kind", None),
    _text("procedure"),
    _text("original_sha256", None),
    Column("original_size", BigInteger, nullable=False),
    _text("original_name"),
    _text("media_type"),
    Column("pages", Integer, nullable=False, server_default="0"),
    Column("part", Integer, nullable=False, server_default="0"),
    _text("intake_key"),
    _text("status", None),
    _text("quarantine_code"),
    _text("quarantine_message"),
    _text("type"),
    _text("so_ky_hieu"),
    _text("so_ky_hieu_key"),
    _text("ngay_ban_hanh"),
    _text("title"),
    Column("version", Integer, nullable=False),
    _text("created_at", None),
    _text("updated_at", None),
    UniqueConstraint("agency", "owner_ref", "original_sha256", "part"),
    CheckConstraint("status IN ('received', 'digitised', 'certified', 'quarantined')", name="status"),
    CheckConstraint("kind IN ('component', 'result')", name="kind"),
    Index(None, "owner_ref", "created_at"),
    Index(None, "original_sha256"),
    Index(None, "so_ky_hieu_key"),
    Index(None, "agency", "status"),
    Index(None, "agency", "ngay_ban_hanh"),
    Index(None, "created_at"),
    Index(None, "agency", "created_at"),
    Index(None, "agency", "type", "created_at"),
    Index(None, "agency", "owner_ref", "so_ky_hieu_key"),
    Index(None, "agency", "owner_ref", "ngay_ban_hanh"),
)

versions = Table(
    "versions",
    metadata,
    Column("document_id", Text, ForeignKey("documents.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    _text("manifest_key", None),
    _text("manifest_sha256", None),
    _text("message"),
    _text("content_key"),
    _text("created_at", None),
)

objects = Table(
    "objects",
    metadata,
    Column("document_id", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("role", Text, primary_key=True),
    Column("ordinal", Integer, primary_key=True),
    _text("sha256", None),
    Column("size", BigInteger, nullable=False),
    _text("media_type"),
    ForeignKeyConstraint(["document_id", "version"], ["versions.document_id", "versions.version"]),
    Index(None, "sha256"),
)

fields = Table(
    "fields",
    metadata,
    Column("document_id", Text, ForeignKey("documents.id"), primary_key=True),
    Column("name", Text, primary_key=True),
    _text("value", None),
    Column("confidence", Float, nullable=False),
    _text("source", None),
    Column("page", Integer, nullable=False),
    Column("box", _Json, nullable=True),
    _text("raw"),
    Column("candidates", _Json, nullable=False),
    Column("human_value", Text, nullable=True),
    _text("human_by"),
    _text("human_at"),
)

pixels = Table(
    "pixels",
    metadata,
    Column("document_id", Text, ForeignKey("documents.id"), primary_key=True),
    _text("digest", None),  # of all page images, in order
    Column("pages", Integer, nullable=False),
    Index(None, "digest"),
)

document_text = Table(
    "document_text",
    metadata,
    Column("row_id", _RowId, primary_key=True),
    Column("document_id", Text, ForeignKey("documents.id"), nullable=False),
    Column("chunk", Integer, nullable=False),
    Column("first_page", Integer, nullable=False),
    _text("heading"),  # the fields, each chunk has them
    _text("body", None),  # as read, pages parted by form feeds
    _text("scope"),  # whose it is and what: words for the index
    UniqueConstraint("document_id", "chunk"),
)

cases = Table(
    "cases",
    metadata,
    Column("agency", Text, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("owner_ref", Text, nullable=False),
    _text("procedure"),
    _text("state", None),
    _text("message"),
    _text("created_at", None),
    _text("updated_at", None),
)

case_documents = Table(
    "case_documents",
    metadata,
    Column("agency", Text, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("document_id", Text, ForeignKey("documents.id"), primary_key=True),
    _text("added_at", None),
    ForeignKeyConstraint(["agency", "code"], ["cases.agency", "cases.code"]),
    Index(None, "document_id"),
)

batches = Table(
    "batches",
    metadata,
    Column("id", Text, primary_key=True),
    _text("source"),
    Column("total", Integer, nullable=False),
    _text("created_at", None),
    _text("updated_at", None),
)

batch_items = Table(
    "batch_items",
    metadata,
    Column("batch_id", Text, ForeignKey("batches.id"), primary_key=True),
    Column("item_key", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("facts", _Json, nullable=False),
    _text("state", None),
    _text("document_id"),
    _text("code"),
    _text("message"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    _text("lease_by"),
    _text("lease_until"),
    _text("updated_at", None),
    CheckConstraint("state IN ('pending', 'done', 'duplicate', 'quarantined', 'failed')", name="state"),
    Index(None, "batch_id", "state", "position"),
)

register_books = Table(
    "register_books",
    metadata,
    Column("agency", Text, primary_key=True),
    Column("book", Text, primary_key=True),
    Column("year", Integer, primary_key=True),
    Column("next_number", BigInteger, nullable=False),
    _text("closed_at"),
    _text("closed_by"),
    Column("closing", _Json, nullable=True),  # the totals at closing
)

register_entries = Table(
    "register_entries",
    metadata,
    Column("agency", Text, primary_key=True),
    Column("book", Text, primary_key=True),
    Column("year", Integer, primary_key=True),
    Column("number", BigInteger, primary_key=True),
    _text("state", None),
    _text("document_id", None),
    _text("occasion"),
    _text("idempotency_key", None),
    Column("details", _Json, nullable=False),
    _text("void_reason"),
    _text("reserved_at", None),
    _text("issued_at"),
    _text("voided_at"),
    _text("cancelled_at"),
    _text("cancel_reason"),
    _text("code"),  # by which the holder of a copy finds this line; empty without one
    CheckConstraint("state IN ('reserved', 'issued', 'voided', 'cancelled')", name="state"),
    CheckConstraint("state <> 'voided' OR void_reason <> ''", name="void_reason"),
    CheckConstraint("state <> 'cancelled' OR cancel_reason <> ''", name="cancel_reason"),
    UniqueConstraint("agency", "book", "year", "idempotency_key"),
    Index(
        "uq_register_entries_original",
        "agency",
        "book",
        "year",
        "document_id",
        "occasion",
        unique=True,
        sqlite_where=text("state NOT IN ('voided', 'cancelled')"),
        postgresql_where=text("state NOT IN ('voided', 'cancelled')"),
    ),
    Index(None, "document_id"),
    Index(None, "code"),
)

_CERTIFICATION_OPEN = "NOT (state IN ('issued', 'delivered', 'refused', 'seized', 'cancelled'))"

certification_requests = Table(
    "certification_requests",
    metadata,
    Column("id", Text, primary_key=True),
    _text("document_id", None),
    Column("attempt", Integer, nullable=False),
    _text("agency", None),
    _text("certifier"),
    _text("requester"),
    _text("state", None),
    _text("received_at", None),
    _text("due_day", None),
    Column("fee_vnd", BigInteger, nullable=False),
    Column("answers", _Json, nullable=False),
    Column("warnings", _Json, nullable=False),
    _text("book"),
    Column("year", Integer, nullable=False, server_default="0"),
    Column("number", BigInteger, nullable=False, server_default="0"),
    _text("reason"),
    _text("updated_at", None),
    UniqueConstraint("document_id", "attempt"),
    Index(
        "uq_certification_requests_open",
        "document_id",
        unique=True,
        sqlite_where=text(_CERTIFICATION_OPEN),
        postgresql_where=text(_CERTIFICATION_OPEN),
    ),
    Index("ix_certification_requests_agency_state", "agency", "state", "due_day"),
)

certification_steps = Table(
    "certification_steps",
    metadata,
    Column("request_id", Text, ForeignKey("certification_requests.id"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    _text("from_state"),
    _text("to_state", None),
    _text("agent", None),
    _text("at", None),
)

_OVER = "state IN ('PUBLISHED', 'REJECTED', 'FAILED')"

signing_jobs = Table(
    "signing_jobs",
    metadata,
    Column("id", Text, primary_key=True),
    _text("document_id", None),
    _text("role", None),
    Column("attempt", Integer, nullable=False),
    _text("state", None),
    _text("field_name"),
    _text("credential_id"),
    _text("certificate_sha256"),
    _text("prepared_sha256", None),
    Column("document_digest", LargeBinary, nullable=False),
    Column("reserved_start", BigInteger, nullable=False),
    Column("reserved_end", BigInteger, nullable=False),
    Column("signed_attrs", LargeBinary, nullable=True),
    Column("tbs_hash", LargeBinary, nullable=True),
    Column("raw_signature", LargeBinary, nullable=True),
    _text("remote_ref"),
    _text("result_sha256"),
    _text("error_code"),
    Column("extra", _Json, nullable=False),
    _text("created_at", None),
    _text("updated_at", None),
    UniqueConstraint("document_id", "role", "attempt"),
    Index(
        "uq_signing_jobs_open",
        "document_id",
        "role",
        unique=True,
        sqlite_where=text(f"NOT ({_OVER})"),
        postgresql_where=text(f"NOT ({_OVER})"),
    ),
    Index(None, "state"),
)

signing_transitions = Table(
    "signing_transitions",
    metadata,
    Column("job_id", Text, ForeignKey("signing_jobs.id"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    _text("from_state"),
    _text("to_state", None),
    _text("detail"),
    _text("at", None),
)

inbox = Table(
    "inbox",
    metadata,
    Column("source", Text, primary_key=True),
    Column("idempotency_key", Text, primary_key=True),
    _text("request_sha256", None),
    Column("status_code", Integer, nullable=True),
    Column("response", _Json, nullable=True),
    _text("received_at", None),
    _text("answered_at"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", _RowId, primary_key=True),
    _text("event_id", None),
    _text("topic", None),
    Column("payload", _Json, nullable=False),
    _text("state", None),
    Column("attempts", Integer, nullable=False, server_default="0"),
    _text("available_at", None),
    _text("lease_by"),
    _text("lease_until"),
    _text("last_error"),
    _text("created_at", None),
    _text("done_at"),
    UniqueConstraint("event_id"),
    CheckConstraint("state IN ('pending', 'done', 'dead')", name="state"),
    Index(None, "state", "available_at", "id"),
)

audit_events = Table(
    "audit_events",
    metadata,
    Column("agency", Text, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    _text("at", None),
    _text("event_type", None),
    _text("agent", None),
    _text("document_id"),
    _text("outcome", None),
    _text("detail", None),  # canonical JSON text: the very bytes that are hashed
    _text("prev_hash", None),
    _text("hash", None),
    Index(None, "document_id"),
)

audit_heads = Table(
    "audit_heads",
    metadata,
    Column("agency", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    _text("hash", None),
)

# what was stored and stands in no row of ``fixity`` yet
fixity_queue = Table(
    "fixity_queue",
    metadata,
    Column("id", _RowId, primary_key=True),
    _text("key", None),
    _text("sha256", None),
)

fixity = Table(
    "fixity",
    metadata,
    Column("copy", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    _text("sha256", None),
    _text("checked_at"),  # empty: never
    _text("outcome"),
    Index(None, "checked_at", "key"),
)

relations = Table(
    "relations",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("first_id", Text, primary_key=True),
    Column("second_id", Text, primary_key=True),
    _text("agency", None),
    _text("state", None),
    Column("basis", _Json, nullable=False),
    _text("created_at", None),
    _text("decided_by"),
    _text("decided_at"),
    CheckConstraint("kind IN ('same-pixels', 'rescan', 'conflict')", name="kind"),
    CheckConstraint("state IN ('proposed', 'accepted', 'rejected')", name="state"),
    Index(None, "agency", "state", "created_at"),
    Index(None, "second_id"),
)

#: records that are to be put into the object store (``storage.ledger``): gone from here once they stand there
records_pending = Table(
    "records_pending",
    metadata,
    Column("key", Text, primary_key=True),
    _text("body", None),
)

holds = Table(
    "holds",
    metadata,
    Column("id", Text, primary_key=True),
    _text("agency", None),
    _text("scope", None),
    _text("target", None),
    _text("reason", None),
    _text("placed_by", None),
    _text("placed_at", None),
    _text("released_by"),
    _text("released_at"),
    _text("release_reason"),
    CheckConstraint("scope IN ('document', 'case', 'owner')", name="scope"),
    Index(None, "agency", "scope", "target"),
)

disposals = Table(
    "disposals",
    metadata,
    Column("id", Text, primary_key=True),
    _text("agency", None),
    _text("state", None),
    _text("basis", None),
    _text("proposed_by", None),
    _text("proposed_at", None),
    _text("approved_by"),
    _text("approved_at"),
    _text("carried_by"),
    _text("carried_at"),
    _text("done_at"),
    _text("certificate_sha256"),
    Column("papers", _Json, nullable=False),
    CheckConstraint("state IN ('proposed', 'approved', 'carrying', 'done', 'withdrawn')", name="state"),
    Index(None, "agency", "state", "proposed_at"),
)

tombstones = Table(
    "tombstones",
    metadata,
    Column("disposal_id", Text, primary_key=True),
    Column("document_id", Text, primary_key=True),
    _text("agency", None),
    _text("key", None),
    Column("record", _Json, nullable=False),
    _text("at", None),
    Index(None, "document_id"),
)

#: documents whose newest text could not be read from the object store when they were indexed
lost_texts = Table(
    "lost_texts",
    metadata,
    Column("document_id", Text, primary_key=True),
    _text("agency", None),
    _text("sha256", None),
    _text("since", None),
    Index(None, "agency", "since"),
)

#: the day on which the work on a case ended (Vietnamese, ISO); empty: taken back
case_closings = Table(
    "case_closings",
    metadata,
    Column("agency", Text, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("seq", Integer, nullable=False),
    _text("closed_on"),
    _text("recorded_by", None),
    _text("recorded_at", None),
)
