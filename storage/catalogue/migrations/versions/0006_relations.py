"""Relations between documents: proposed rescans and conflicts, and what officers decided."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
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
        sa.CheckConstraint("kind IN ('rescan', 'conflict')", name=op.f("ck_relations_kind")),
        sa.CheckConstraint("state IN ('proposed', 'accepted', 'rejected')", name=op.f("ck_relations_state")),
        sa.PrimaryKeyConstraint("kind", "first_id", "second_id", name=op.f("pk_relations")),
    )
    op.create_index(op.f("ix_relations_agency_state_created_at"), "relations", ["agency", "state", "created_at"])
    op.create_index(op.f("ix_relations_second_id"), "relations", ["second_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_relations_second_id"), "relations")
    op.drop_index(op.f("ix_relations_agency_state_created_at"), "relations")
    op.drop_table("relations")
