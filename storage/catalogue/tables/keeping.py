"""What proves that all is still there: the audit log, objects looked at, records on their way to the store."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Table, Text

from storage.catalogue.tables.base import RowId, metadata, text_column

audit_events = Table(
    "audit_events",
    metadata,
    Column("agency", Text, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    text_column("at", None),
    text_column("event_type", None),
    text_column("agent", None),
    text_column("document_id"),
    text_column("outcome", None),
    text_column("detail", None),  # canonical JSON text: the very bytes that are hashed
    text_column("prev_hash", None),
    text_column("hash", None),
    Index(None, "document_id"),
)

audit_heads = Table(
    "audit_heads",
    metadata,
    Column("agency", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    text_column("hash", None),
)

# what was stored and stands in no row of ``fixity`` yet
fixity_queue = Table(
    "fixity_queue",
    metadata,
    Column("id", RowId, primary_key=True),
    text_column("key", None),
    text_column("sha256", None),
)

fixity = Table(
    "fixity",
    metadata,
    Column("copy", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    text_column("sha256", None),
    text_column("checked_at"),  # empty: never
    text_column("outcome"),
    Index(None, "checked_at", "key"),
)

#: records that are to be put into the object store (``storage.ledger``): gone from here once they stand there
records_pending = Table(
    "records_pending",
    metadata,
    Column("key", Text, primary_key=True),
    text_column("body", None),
)
