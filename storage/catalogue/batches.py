"""Batches: what is to be done, and how far it is, so that a killed batch goes on where it stopped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, func, or_, select, update

from storage.catalogue import schema as t
from storage.catalogue.engine import utc_text
from storage.catalogue.sql import upsert

#: states of an item; all but ``pending`` are final (``failed`` may be set back by :func:`retry_failed`)
ITEM_STATES = ("pending", "done", "duplicate", "quarantined", "failed")


@dataclass(frozen=True)
class BatchItem:
    """One file of a batch. ``facts`` is what the caller needs to take it up again (path, owner, agency, ...)."""

    batch_id: str
    item_key: str
    position: int
    facts: dict[str, Any]
    state: str
    document_id: str = ""
    code: str = ""
    message: str = ""
    attempts: int = 0


@dataclass(frozen=True)
class Batch:
    """A batch and the number of its items in each state."""

    id: str
    source: str
    total: int
    created_at: str
    updated_at: str
    counts: Mapping[str, int]

    @property
    def state(self) -> str:
        """``running`` while an item is pending, else ``finished``. Derived: two workers may end at the same moment."""
        return "running" if self.counts.get("pending") else "finished"


def start(
    connection: Connection, *, batch_id: str, source: str, items: Sequence[tuple[str, Mapping[str, Any]]], now: datetime
) -> Batch:
    """Make the batch, or take up the one with this id; *items* are (item key, facts), new ones are added.

    An item that is there already keeps its state, so starting again is resuming.
    """
    at = utc_text(now)
    connection.execute(
        upsert(connection, t.batches)
        .values(id=batch_id, source=source, total=0, created_at=at, updated_at=at)
        .on_conflict_do_nothing()
    )
    i = t.batch_items.c
    # one row at a time is 20 times slower on large batches
    rows = [
        {
            "batch_id": batch_id,
            "item_key": key,
            "position": n,
            "facts": dict(facts),
            "state": "pending",
            "updated_at": at,
        }
        for n, (key, facts) in enumerate(items, 1)
    ]
    if rows:
        connection.execute(upsert(connection, t.batch_items).on_conflict_do_nothing(), rows)
    total = connection.execute(select(func.count()).where(i.batch_id == batch_id)).scalar_one()
    connection.execute(update(t.batches).where(t.batches.c.id == batch_id).values(total=total, updated_at=at))
    batch = get(connection, batch_id)
    if batch is None:
        raise RuntimeError("batch vanished inside its transaction")
    return batch


def claim(
    connection: Connection,
    *,
    batch_id: str,
    worker: str,
    now: datetime,
    limit: int = 1,
    lease: timedelta = timedelta(minutes=15),
) -> list[BatchItem]:
    """Take up to *limit* pending items for *worker*; nobody else gets them until the lease runs out.

    A worker that starts again under its old name gets its own unfinished items back at once.
    """
    i, at = t.batch_items.c, utc_text(now)
    free = or_(i.lease_until <= at, i.lease_by == worker)
    query = select(i.item_key).where(and_(i.batch_id == batch_id, i.state == "pending", free))
    keys = connection.execute(query.order_by(i.position).limit(limit).with_for_update(skip_locked=True)).scalars().all()
    if not keys:
        return []
    mine = and_(i.batch_id == batch_id, i.item_key.in_(keys))
    connection.execute(
        update(t.batch_items)
        .where(mine)
        .values(attempts=i.attempts + 1, lease_by=worker, lease_until=utc_text(now + lease), updated_at=at)
    )
    return [_item(r) for r in connection.execute(select(t.batch_items).where(mine).order_by(i.position))]


def renew(
    connection: Connection, *, batch_id: str, worker: str, now: datetime, lease: timedelta = timedelta(minutes=15)
) -> int:
    """Lengthen the leases that *worker* holds on this batch; return how many. To be called well within the lease."""
    i = t.batch_items.c
    mine = and_(i.batch_id == batch_id, i.lease_by == worker, i.state == "pending")
    return int(connection.execute(update(t.batch_items).where(mine).values(lease_until=utc_text(now + lease))).rowcount)


def finish_item(
    connection: Connection,
    *,
    batch_id: str,
    item_key: str,
    state: str,
    now: datetime,
    document_id: str = "",
    code: str = "",
    message: str = "",
) -> None:
    """Write the outcome of an item. Writing it again is allowed."""
    if state not in ITEM_STATES[1:]:
        raise ValueError("not a final state of an item")
    i, at = t.batch_items.c, utc_text(now)
    connection.execute(
        update(t.batch_items)
        .where(i.batch_id == batch_id, i.item_key == item_key)
        .values(
            state=state,
            document_id=document_id,
            code=code,
            message=message,
            lease_by="",
            lease_until="",
            updated_at=at,
        )
    )


def retry_failed(connection: Connection, *, batch_id: str, now: datetime) -> int:
    """Set the failed items of a batch back to pending; return how many."""
    i, at = t.batch_items.c, utc_text(now)
    statement = update(t.batch_items).where(i.batch_id == batch_id, i.state == "failed")
    count = connection.execute(statement.values(state="pending", code="", message="", updated_at=at)).rowcount
    return int(count)


def get(connection: Connection, batch_id: str) -> Batch | None:
    """Return the batch with its counts, or None."""
    row = connection.execute(select(t.batches).where(t.batches.c.id == batch_id)).first()
    if row is None:
        return None
    i = t.batch_items.c
    query = select(i.state, func.count().label("n")).where(i.batch_id == batch_id).group_by(i.state)
    return Batch(**row._mapping, counts={r.state: r.n for r in connection.execute(query)})


def newest(connection: Connection, limit: int = 20) -> list[Batch]:
    """Return the newest batches with their counts, newest first."""
    b = t.batches.c
    ids = connection.execute(select(b.id).order_by(b.created_at.desc(), b.id).limit(limit)).scalars().all()
    return [batch for batch in (get(connection, i) for i in ids) if batch is not None]


def items(connection: Connection, batch_id: str, *, state: str | None = None) -> list[BatchItem]:
    """Return the items of a batch in order (only those in *state* when given)."""
    i = t.batch_items.c
    query = select(t.batch_items).where(i.batch_id == batch_id)
    if state is not None:
        query = query.where(i.state == state)
    return [_item(r) for r in connection.execute(query.order_by(i.position, i.item_key))]


def _item(row: Row[Any]) -> BatchItem:
    r = row
    return BatchItem(r.batch_id, r.item_key, r.position, r.facts, r.state, r.document_id, r.code, r.message, r.attempts)
