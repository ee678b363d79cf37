"""Papers past their term: what may not go yet, what is to go, what has gone."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, Table, Text

from storage.catalogue.tables.base import Json, metadata, text_column

holds = Table(
    "holds",
    metadata,
    Column("id", Text, primary_key=True),
    text_column("agency", None),
    text_column("scope", None),
    text_column("target", None),
    text_column("reason", None),
    text_column("placed_by", None),
    text_column("placed_at", None),
    text_column("released_by"),
    text_column("released_at"),
    text_column("release_reason"),
    CheckConstraint("scope IN ('document', 'case', 'owner')", name="scope"),
    Index(None, "agency", "scope", "target"),
)

disposals = Table(
    "disposals",
    metadata,
    Column("id", Text, primary_key=True),
    text_column("agency", None),
    text_column("state", None),
    text_column("basis", None),
    text_column("proposed_by", None),
    text_column("proposed_at", None),
    text_column("approved_by"),
    text_column("approved_at"),
    text_column("carried_by"),
    text_column("carried_at"),
    text_column("done_at"),
    text_column("certificate_sha256"),
    Column("papers", Json, nullable=False),
    CheckConstraint("state IN ('proposed', 'approved', 'carrying', 'done', 'withdrawn')", name="state"),
    Index(None, "agency", "state", "proposed_at"),
)

tombstones = Table(
    "tombstones",
    metadata,
    Column("disposal_id", Text, primary_key=True),
    Column("document_id", Text, primary_key=True),
    text_column("agency", None),
    text_column("key", None),
    Column("record", Json, nullable=False),
    text_column("at", None),
    Index(None, "document_id"),
)
