"""Records on their way into the object store; holds, disposals and what is left of disposed papers."""

import json
import re
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def _text(name: str, default: str | None = "") -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default=default, nullable=False)


def upgrade() -> None:
    op.create_table(
        "records_pending",
        sa.Column("key", sa.Text(), nullable=False),
        _text("body", None),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_records_pending")),
    )
    op.create_table(
        "holds",
        sa.Column("id", sa.Text(), nullable=False),
        *(_text(name, None) for name in ("agency", "scope", "target", "reason", "placed_by", "placed_at")),
        *(_text(name) for name in ("released_by", "released_at", "release_reason")),
        sa.CheckConstraint("scope IN ('document', 'case', 'owner')", name=op.f("ck_holds_scope")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holds")),
    )
    op.create_index(op.f("ix_holds_agency_scope_target"), "holds", ["agency", "scope", "target"])
    op.create_table(
        "disposals",
        sa.Column("id", sa.Text(), nullable=False),
        *(_text(name, None) for name in ("agency", "state", "basis", "proposed_by", "proposed_at")),
        *(_text(name) for name in ("approved_by", "approved_at", "carried_by", "carried_at", "done_at")),
        _text("certificate_sha256"),
        sa.Column("papers", _JSON, nullable=False),
        sa.CheckConstraint(
            "state IN ('proposed', 'approved', 'carrying', 'done', 'withdrawn')", name=op.f("ck_disposals_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disposals")),
    )
    op.create_index(op.f("ix_disposals_agency_state_proposed_at"), "disposals", ["agency", "state", "proposed_at"])
    op.create_table(
        "tombstones",
        sa.Column("disposal_id", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Text(), nullable=False),
        _text("agency", None),
        _text("key", None),
        sa.Column("record", _JSON, nullable=False),
        _text("at", None),
        sa.PrimaryKeyConstraint("disposal_id", "document_id", name=op.f("pk_tombstones")),
    )
    op.create_index(op.f("ix_tombstones_document_id"), "tombstones", ["document_id"])
    _note_what_stands()


def downgrade() -> None:
    for table in ("tombstones", "disposals", "holds", "records_pending"):
        op.drop_table(table)


def _note_what_stands() -> None:
    """Let what was written before there were records become records too, at the next act.

    As ``storage.ledger`` writes them; a migration must not depend on code that goes on changing.
    """
    connection = op.get_bind()
    for row in connection.execute(sa.text("SELECT * FROM certification_requests")).mappings().all():
        request = {name: _plain(row[name]) for name in row}
        steps = connection.execute(
            sa.text("SELECT * FROM certification_steps WHERE request_id = :id ORDER BY seq"), {"id": row["id"]}
        )
        for step in steps.mappings().all():
            body = {"request": request, "step": {name: step[name] for name in step if name != "request_id"}}
            _pending(row["agency"], "request", row["id"], step["seq"], body)
    register = sa.text("SELECT * FROM register_entries WHERE state IN ('reserved', 'voided')")
    for row in connection.execute(register).mappings().all():
        entry = {name: _plain(row[name]) for name in row}
        one = f"{_slug(row['book'])}-{row['year']}-{row['number']:09}"
        _pending(row["agency"], "register", one, 1 if row["state"] == "reserved" else 2, {"entry": entry})
    for row in connection.execute(sa.text("SELECT * FROM register_books WHERE closed_at <> ''")).mappings().all():
        book = {name: _plain(row[name]) for name in row}
        _pending(row["agency"], "closing", f"{_slug(row['book'])}-{row['year']}", 1, {"book": book})
    decided = sa.text("SELECT * FROM relations WHERE state <> 'proposed'")
    for row in connection.execute(decided).mappings().all():
        relation = {name: _plain(row[name]) for name in row}
        one = f"{row['kind']}-{row['first_id']}-{row['second_id']}"
        _pending(row["agency"], "relation", one, 1, {"relation": relation})


def _plain(value: object) -> object:
    """SQLite gives JSON columns of a bare query as text."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        return json.loads(value)
    return value


def _slug(book: str) -> str:
    return re.sub(r"[^0-9A-Za-z]+", "_", book)


def _pending(agency: str, kind: str, one: str, seq: int, body: dict[str, dict[str, Any]]) -> None:
    key = f"record/{agency}/{kind}/{one}/{seq:06}.json"
    text = json.dumps(
        {"type": "sohoa-record/1", "agency": agency, "kind": kind, "id": one, "seq": seq, "body": body},
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    )
    insert = sa.text("INSERT INTO records_pending (key, body) VALUES (:key, :body)")
    op.get_bind().execute(insert, {"key": key, "body": text})
