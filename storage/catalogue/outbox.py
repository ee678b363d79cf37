"""The outbox: messages to others, written with the change they tell of, delivered at least once.

Receivers must know an ``event_id`` that they have seen: a worker may die between delivering and :func:`done`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select, update

from storage.catalogue import schema as t
from storage.catalogue.engine import utc_text
from storage.catalogue.sql import insert_new, inserted


@dataclass(frozen=True)
class OutboxEvent:
    """A message to deliver. ``attempts`` counts this one too."""

    id: int
    event_id: str
    topic: str
    payload: dict[str, Any]
    attempts: int


def add(connection: Connection, *, event_id: str, topic: str, payload: Mapping[str, Any], now: datetime) -> bool:
    """Add a message within the caller's transaction; return False if this *event_id* was there already."""
    at = utc_text(now)
    row = {"event_id": event_id, "topic": topic, "payload": dict(payload), "state": "pending"}
    statement = insert_new(connection.dialect.name, t.outbox, "event_id")
    return inserted(connection, statement, row | {"available_at": at, "created_at": at})


def claim(
    connection: Connection,
    *,
    worker: str,
    now: datetime,
    lease: timedelta = timedelta(minutes=5),
    limit: int = 100,
    topics: Sequence[str] | None = None,
) -> list[OutboxEvent]:
    """Take up to *limit* due messages for *worker*, oldest first; nobody else gets them until the lease runs out."""
    o, at = t.outbox.c, utc_text(now)
    free = and_(o.state == "pending", o.available_at <= at, or_(o.lease_until == "", o.lease_until <= at))
    query = select(o.id).where(free)
    if topics is not None:
        query = query.where(o.topic.in_(topics))
    ids = connection.execute(query.order_by(o.id).limit(limit).with_for_update(skip_locked=True)).scalars().all()
    if not ids:
        return []
    connection.execute(
        update(t.outbox)
        .where(o.id.in_(ids))
        .values(attempts=o.attempts + 1, lease_by=worker, lease_until=utc_text(now + lease))
    )
    rows = connection.execute(
        select(o.id, o.event_id, o.topic, o.payload, o.attempts).where(o.id.in_(ids)).order_by(o.id)
    )
    return [OutboxEvent(*row) for row in rows]


def done(connection: Connection, event: int, *, worker: str, now: datetime) -> bool:
    """Mark message *event* (its ``id``) delivered; False if the lease has passed to another worker meanwhile."""
    return _finish(connection, event, worker, {"state": "done", "done_at": utc_text(now), "last_error": ""})


def fail(connection: Connection, event: int, *, worker: str, error_code: str, retry_at: datetime | None = None) -> bool:
    """Give message *event* back, to be tried again at *retry_at*, or never (``dead``) when None."""
    values: dict[str, Any] = {"last_error": error_code}
    values |= {"state": "dead"} if retry_at is None else {"available_at": utc_text(retry_at)}
    return _finish(connection, event, worker, values)


def holders(connection: Connection) -> list[str]:
    """Return the names of the workers that hold messages."""
    o = t.outbox.c
    query = select(o.lease_by).where(o.state == "pending", o.lease_by != "").distinct().order_by(o.lease_by)
    return list(connection.execute(query).scalars())


def give_back(connection: Connection, worker: str) -> int:
    """Free at once what *worker* holds, for it is known to be dead; return how many messages."""
    o = t.outbox.c
    statement = update(t.outbox).where(o.state == "pending", o.lease_by == worker)
    return int(connection.execute(statement.values(lease_by="", lease_until="")).rowcount)


def pending(connection: Connection, *, topics: Sequence[str] | None = None) -> int:
    """Return how many messages are not yet delivered."""
    query = select(func.count()).where(t.outbox.c.state == "pending")
    if topics is not None:
        query = query.where(t.outbox.c.topic.in_(topics))
    return connection.execute(query).scalar_one()


def _finish(connection: Connection, event: int, worker: str, values: dict[str, Any]) -> bool:
    o = t.outbox.c
    statement = update(t.outbox).where(o.id == event, o.lease_by == worker, o.state == "pending")
    return bool(connection.execute(statement.values(lease_by="", lease_until="", **values)).rowcount)
