"""Work under way: cases of an agency, batches of scans, requests of other systems and events for them."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)

from storage.catalogue.tables.base import Json, RowId, metadata, text_column

cases = Table(
    "cases",
    metadata,
    Column("agency", Text, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("owner_ref", Text, nullable=False),
    text_column("procedure"),
    text_column("state", None),
    text_column("message"),
    text_column("created_at", None),
    text_column("updated_at", None),
)

case_documents = Table(
    "case_documents",
    metadata,
    Column("agency", Text, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("document_id", Text, ForeignKey("documents.id"), primary_key=True),
    text_column("added_at", None),
    ForeignKeyConstraint(["agency", "code"], ["cases.agency", "cases.code"]),
    Index(None, "document_id"),
)

#: the day on which the work on a case ended (Vietnamese, ISO); empty: taken back
case_closings = Table(
    "case_closings",
    metadata,
    Column("agency", Text, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("seq", Integer, nullable=False),
    text_column("closed_on"),
    text_column("recorded_by", None),
    text_column("recorded_at", None),
)

batches = Table(
    "batches",
    metadata,
    Column("id", Text, primary_key=True),
    text_column("source"),
    Column("total", Integer, nullable=False),
    text_column("created_at", None),
    text_column("updated_at", None),
)

batch_items = Table(
    "batch_items",
    metadata,
    Column("batch_id", Text, ForeignKey("batches.id"), primary_key=True),
    Column("item_key", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("facts", Json, nullable=False),
    text_column("state", None),
    text_column("document_id"),
    text_column("code"),
    text_column("message"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    text_column("lease_by"),
    text_column("lease_until"),
    text_column("updated_at", None),
    CheckConstraint("state IN ('pending', 'done', 'duplicate', 'quarantined', 'failed')", name="state"),
    Index(None, "batch_id", "state", "position"),
)

inbox = Table(
    "inbox",
    metadata,
    Column("source", Text, primary_key=True),
    Column("idempotency_key", Text, primary_key=True),
    text_column("request_sha256", None),
    Column("status_code", Integer, nullable=True),
    Column("response", Json, nullable=True),
    text_column("received_at", None),
    text_column("answered_at"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", RowId, primary_key=True),
    text_column("event_id", None),
    text_column("topic", None),
    Column("payload", Json, nullable=False),
    text_column("state", None),
    Column("attempts", Integer, nullable=False, server_default="0"),
    text_column("available_at", None),
    text_column("lease_by"),
    text_column("lease_until"),
    text_column("last_error"),
    text_column("created_at", None),
    text_column("done_at"),
    UniqueConstraint("event_id"),
    CheckConstraint("state IN ('pending', 'done', 'dead')", name="state"),
    Index(None, "state", "available_at", "id"),
)
