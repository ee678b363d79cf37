"""Year-end closing of a register book."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.add_column("register_books", sa.Column("closed_at", sa.Text(), server_default="", nullable=False))
    op.add_column("register_books", sa.Column("closed_by", sa.Text(), server_default="", nullable=False))
    op.add_column("register_books", sa.Column("closing", _JSON, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("register_books", schema=None) as batch_op:
        batch_op.drop_column("closing")
        batch_op.drop_column("closed_by")
        batch_op.drop_column("closed_at")
