"""Requests for certified copies and their steps."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_OPEN = "NOT (state IN ('issued', 'delivered', 'refused', 'seized', 'cancelled'))"


def _text(name: str, default: str | None = "") -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default=default, nullable=False)


def upgrade() -> None:
    op.create_table(
        "certification_requests",
        sa.Column("id", sa.Text(), nullable=False),
        _text("document_id", None),
        sa.Column("attempt", sa.Integer(), nullable=False),
        _text("agency", None),
        _text("certifier"),
        _text("requester"),
        _text("state", None),
        _text("received_at", None),
        _text("due_day", None),
        sa.Column("fee_vnd", sa.BigInteger(), nullable=False),
        sa.Column("answers", _JSON, nullable=False),
        sa.Column("warnings", _JSON, nullable=False),
        _text("book"),
        sa.Column("year", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("number", sa.BigInteger(), nullable=False, server_default="0"),
        _text("reason"),
        _text("updated_at", None),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certification_requests")),
        sa.UniqueConstraint("document_id", "attempt", name=op.f("uq_certification_requests_document_id_attempt")),
    )
    op.create_index(
        "uq_certification_requests_open",
        "certification_requests",
        ["document_id"],
        unique=True,
        sqlite_where=sa.text(_OPEN),
        postgresql_where=sa.text(_OPEN),
    )
    op.create_index(
        op.f("ix_certification_requests_agency_state"), "certification_requests", ["agency", "state", "due_day"]
    )
    op.create_table(
        "certification_steps",
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        _text("from_state"),
        _text("to_state", None),
        _text("agent", None),
        _text("at", None),
        sa.PrimaryKeyConstraint("request_id", "seq", name=op.f("pk_certification_steps")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["certification_requests.id"], name=op.f("fk_certification_steps_request_id")
        ),
    )


def downgrade() -> None:
    op.drop_table("certification_steps")
    op.drop_index(op.f("ix_certification_requests_agency_state"), "certification_requests")
    op.drop_index("uq_certification_requests_open", "certification_requests")
    op.drop_table("certification_requests")
