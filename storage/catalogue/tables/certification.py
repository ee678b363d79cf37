"""The register of certified copies, requests for them, and signatures under way."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from storage.catalogue.tables.base import Json, metadata, text_column

register_books = Table(
    "register_books",
    metadata,
    Column("agency", Text, primary_key=True),
    Column("book", Text, primary_key=True),
    Column("year", Integer, primary_key=True),
    Column("next_number", BigInteger, nullable=False),
    text_column("closed_at"),
    text_column("closed_by"),
    Column("closing", Json, nullable=True),  # the totals at closing
)

register_entries = Table(
    "register_entries",
    metadata,
    Column("agency", Text, primary_key=True),
    Column("book", Text, primary_key=True),
    Column("year", Integer, primary_key=True),
    Column("number", BigInteger, primary_key=True),
    text_column("state", None),
    text_column("document_id", None),
    text_column("occasion"),
    text_column("idempotency_key", None),
    Column("details", Json, nullable=False),
    text_column("void_reason"),
    text_column("reserved_at", None),
    text_column("issued_at"),
    text_column("voided_at"),
    text_column("cancelled_at"),
    text_column("cancel_reason"),
    text_column("code"),  # by which the holder of a copy finds this line; empty without one
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
    text_column("document_id", None),
    Column("attempt", Integer, nullable=False),
    text_column("agency", None),
    text_column("certifier"),
    text_column("requester"),
    text_column("state", None),
    text_column("received_at", None),
    text_column("due_day", None),
    Column("fee_vnd", BigInteger, nullable=False),
    Column("answers", Json, nullable=False),
    Column("warnings", Json, nullable=False),
    text_column("book"),
    Column("year", Integer, nullable=False, server_default="0"),
    Column("number", BigInteger, nullable=False, server_default="0"),
    text_column("reason"),
    text_column("updated_at", None),
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
    text_column("from_state"),
    text_column("to_state", None),
    text_column("agent", None),
    text_column("at", None),
)

_OVER = "state IN ('PUBLISHED', 'REJECTED', 'FAILED')"

signing_jobs = Table(
    "signing_jobs",
    metadata,
    Column("id", Text, primary_key=True),
    text_column("document_id", None),
    text_column("role", None),
    Column("attempt", Integer, nullable=False),
    text_column("state", None),
    text_column("field_name"),
    text_column("credential_id"),
    text_column("certificate_sha256"),
    text_column("prepared_sha256", None),
    Column("document_digest", LargeBinary, nullable=False),
    Column("reserved_start", BigInteger, nullable=False),
    Column("reserved_end", BigInteger, nullable=False),
    Column("signed_attrs", LargeBinary, nullable=True),
    Column("tbs_hash", LargeBinary, nullable=True),
    Column("raw_signature", LargeBinary, nullable=True),
    text_column("remote_ref"),
    text_column("result_sha256"),
    text_column("error_code"),
    Column("extra", Json, nullable=False),
    text_column("created_at", None),
    text_column("updated_at", None),
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
    text_column("from_state"),
    text_column("to_state", None),
    text_column("detail"),
    text_column("at", None),
)
