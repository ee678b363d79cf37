"""Documents whose stored text could not be read when they were indexed; days on which cases were closed."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def _text(name: str, default: str | None = "") -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default=default, nullable=False)


def upgrade() -> None:
    op.create_table(
        "lost_texts",
        sa.Column("document_id", sa.Text(), nullable=False),
        *(_text(name, None) for name in ("agency", "sha256", "since")),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_lost_texts")),
    )
    op.create_index(op.f("ix_lost_texts_agency_since"), "lost_texts", ["agency", "since"])
    op.create_table(
        "case_closings",
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        _text("closed_on"),
        *(_text(name, None) for name in ("recorded_by", "recorded_at")),
        sa.PrimaryKeyConstraint("agency", "code", name=op.f("pk_case_closings")),
    )


def downgrade() -> None:
    op.drop_table("case_closings")
    op.drop_table("lost_texts")
