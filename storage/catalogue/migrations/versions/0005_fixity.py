"""When each object of each copy of the store was last hashed again."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "fixity",
        sa.Column("copy", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("checked_at", sa.Text(), server_default="", nullable=False),
        sa.Column("outcome", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("copy", "key", name=op.f("pk_fixity")),
    )
    op.create_index(op.f("ix_fixity_checked_at_key"), "fixity", ["checked_at", "key"])


def downgrade() -> None:
    op.drop_index(op.f("ix_fixity_checked_at_key"), "fixity")
    op.drop_table("fixity")
