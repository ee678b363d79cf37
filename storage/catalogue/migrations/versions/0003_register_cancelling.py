"""Cancelled copies in the register, and the code by which a copy is looked up."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_STATES = "state IN ('reserved', 'issued', 'voided', 'cancelled')"
_OLD_STATES = "state IN ('reserved', 'issued', 'voided')"
_VOIDED = "state <> 'voided' OR void_reason <> ''"
_CANCELLED = "state <> 'cancelled' OR cancel_reason <> ''"
_ORIGINAL = ["agency", "book", "year", "document_id", "occasion"]


def _index(where: str) -> None:
    op.create_index(
        "uq_register_entries_original",
        "register_entries",
        _ORIGINAL,
        unique=True,
        sqlite_where=sa.text(where),
        postgresql_where=sa.text(where),
    )


def _checks(checks: dict[str, str]) -> None:
    # SQLite's table is rebuilt with these in place of those of the same name; PostgreSQL has to drop them first
    postgres = op.get_bind().dialect.name == "postgresql"
    with op.batch_alter_table("register_entries", schema=None, recreate="auto") as batch_op:
        for name, text in checks.items():
            constraint = f"ck_register_entries_{name}"
            if postgres:
                op.execute(f"ALTER TABLE register_entries DROP CONSTRAINT IF EXISTS {constraint}")
            batch_op.create_check_constraint(op.f(constraint), sa.text(text))


def upgrade() -> None:
    for name in ("cancelled_at", "cancel_reason", "code"):
        op.add_column("register_entries", sa.Column(name, sa.Text(), server_default="", nullable=False))
    op.drop_index("uq_register_entries_original", "register_entries")
    _checks({"state": _STATES, "void_reason": _VOIDED, "cancel_reason": _CANCELLED})
    _index("state NOT IN ('voided', 'cancelled')")
    op.create_index(op.f("ix_register_entries_code"), "register_entries", ["code"])


def downgrade() -> None:
    op.drop_index(op.f("ix_register_entries_code"), "register_entries")
    op.drop_index("uq_register_entries_original", "register_entries")
    op.execute("UPDATE register_entries SET state = 'issued', cancel_reason = '' WHERE state = 'cancelled'")
    with op.batch_alter_table("register_entries", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_register_entries_cancel_reason"), type_="check")
    _checks({"state": _OLD_STATES, "void_reason": _VOIDED})
    with op.batch_alter_table("register_entries", schema=None) as batch_op:
        for name in ("code", "cancel_reason", "cancelled_at"):
            batch_op.drop_column(name)
    _index("state <> 'voided'")
