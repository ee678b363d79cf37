"""Digests of page images; relations of scans with the same pixels; papers of an owner by number and by day."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_KINDS = "kind IN ('same-pixels', 'rescan', 'conflict')"
_BEFORE = "kind IN ('rescan', 'conflict')"


def upgrade() -> None:
    op.create_table(
        "pixels",
        sa.Column("document_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_pixels_document_id")),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_pixels")),
    )
    op.create_index(op.f("ix_pixels_digest"), "pixels", ["digest"])
    for columns in (["agency", "owner_ref", "so_ky_hieu_key"], ["agency", "owner_ref", "ngay_ban_hanh"]):
        op.create_index("ix_documents_" + "_".join(columns), "documents", columns)
    _relations(_KINDS)


def downgrade() -> None:
    op.execute("DELETE FROM relations WHERE kind = 'same-pixels'")
    _relations(_BEFORE)
    for columns in (["agency", "owner_ref", "so_ky_hieu_key"], ["agency", "owner_ref", "ngay_ban_hanh"]):
        op.drop_index("ix_documents_" + "_".join(columns), "documents")
    op.drop_index(op.f("ix_pixels_digest"), "pixels")
    op.drop_table("pixels")


def _relations(kinds: str) -> None:
    """Let relations be of these *kinds*; SQLite has to make the table anew."""
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(op.f("ck_relations_kind"), "relations", type_="check")
        op.create_check_constraint(op.f("ck_relations_kind"), "relations", kinds)
        return
    op.drop_index(op.f("ix_relations_second_id"), "relations")
    op.drop_index(op.f("ix_relations_agency_state_created_at"), "relations")
    op.rename_table("relations", "old_relations")
    op.create_table(
        "relations",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("first_id", sa.Text(), nullable=False),
        sa.Column("second_id", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("basis", _JSON, nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), server_default="", nullable=False),
        sa.Column("decided_at", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(kinds, name=op.f("ck_relations_kind")),
        sa.CheckConstraint("state IN ('proposed', 'accepted', 'rejected')", name=op.f("ck_relations_state")),
        sa.PrimaryKeyConstraint("kind", "first_id", "second_id", name=op.f("pk_relations")),
    )
    op.execute("INSERT INTO relations SELECT * FROM old_relations")
    op.drop_table("old_relations")
    op.create_index(op.f("ix_relations_agency_state_created_at"), "relations", ["agency", "state", "created_at"])
    op.create_index(op.f("ix_relations_second_id"), "relations", ["second_id"])
