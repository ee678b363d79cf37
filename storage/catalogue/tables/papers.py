"""What the manifests say of papers, row by row, and what was found when papers were compared."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)

from storage.catalogue.tables.base import Json, RowId, metadata, text_column

owners = Table(
    "owners",
    metadata,
    Column("owner_ref", Text, primary_key=True),
    text_column("kind", None),
    text_column("number", None),
    text_column("name"),
    text_column("named_at"),
    text_column("created_at", None),
)

documents = Table(
    "documents",
    metadata,
    Column("id", Text, primary_key=True),
    text_column("agency", None),
    Column("owner_ref", Text, ForeignKey("owners.owner_ref"), nullable=False),
    text_column("owner_kind", None),
    text_column("case_code"),
    text_column("kind", None),
    text_column("procedure"),
    text_column("original_sha256", None),
    Column("original_size", BigInteger, nullable=False),
    text_column("original_name"),
    text_column("media_type"),
    Column("pages", Integer, nullable=False, server_default="0"),
    Column("part", Integer, nullable=False, server_default="0"),
    text_column("intake_key"),
    text_column("status", None),
    text_column("quarantine_code"),
    text_column("quarantine_message"),
    text_column("type"),
    text_column("so_ky_hieu"),
    text_column("so_ky_hieu_key"),
    text_column("ngay_ban_hanh"),
    text_column("title"),
    Column("version", Integer, nullable=False),
    text_column("created_at", None),
    text_column("updated_at", None),
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
    text_column("manifest_key", None),
    text_column("manifest_sha256", None),
    text_column("message"),
    text_column("content_key"),
    text_column("created_at", None),
)

objects = Table(
    "objects",
    metadata,
    Column("document_id", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("role", Text, primary_key=True),
    Column("ordinal", Integer, primary_key=True),
    text_column("sha256", None),
    Column("size", BigInteger, nullable=False),
    text_column("media_type"),
    ForeignKeyConstraint(["document_id", "version"], ["versions.document_id", "versions.version"]),
    Index(None, "sha256"),
)

fields = Table(
    "fields",
    metadata,
    Column("document_id", Text, ForeignKey("documents.id"), primary_key=True),
    Column("name", Text, primary_key=True),
    text_column("value", None),
    Column("confidence", Float, nullable=False),
    text_column("source", None),
    Column("page", Integer, nullable=False),
    Column("box", Json, nullable=True),
    text_column("raw"),
    Column("candidates", Json, nullable=False),
    Column("human_value", Text, nullable=True),
    text_column("human_by"),
    text_column("human_at"),
)

pixels = Table(
    "pixels",
    metadata,
    Column("document_id", Text, ForeignKey("documents.id"), primary_key=True),
    text_column("digest", None),  # of all page images, in order
    Column("pages", Integer, nullable=False),
    Index(None, "digest"),
)

document_text = Table(
    "document_text",
    metadata,
    Column("row_id", RowId, primary_key=True),
    Column("document_id", Text, ForeignKey("documents.id"), nullable=False),
    Column("chunk", Integer, nullable=False),
    Column("first_page", Integer, nullable=False),
    text_column("heading"),  # the fields, each chunk has them
    text_column("body", None),  # as read, pages parted by form feeds
    text_column("scope"),  # whose it is and what: words for the index
    UniqueConstraint("document_id", "chunk"),
)

#: documents whose newest text could not be read from the object store when they were indexed
lost_texts = Table(
    "lost_texts",
    metadata,
    Column("document_id", Text, primary_key=True),
    text_column("agency", None),
    text_column("sha256", None),
    text_column("since", None),
    Index(None, "agency", "since"),
)

relations = Table(
    "relations",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("first_id", Text, primary_key=True),
    Column("second_id", Text, primary_key=True),
    text_column("agency", None),
    text_column("state", None),
    Column("basis", Json, nullable=False),
    text_column("created_at", None),
    text_column("decided_by"),
    text_column("decided_at"),
    CheckConstraint("kind IN ('same-pixels', 'rescan', 'conflict')", name="kind"),
    CheckConstraint("state IN ('proposed', 'accepted', 'rejected')", name="state"),
    Index(None, "agency", "state", "created_at"),
    Index(None, "second_id"),
)
