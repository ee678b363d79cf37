"""Which object was looked at when, in which copy: what scrubbing goes by."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, literal, select, update

from storage.catalogue import schema as t
from storage.catalogue.sql import insert_many, upsert
from storage.keys import blob_key
from storage.manifest import Manifest


@dataclass(frozen=True)
class Fixity:
    """One object of one copy of the store. ``outcome`` of the last look: ``ok`` or what was wrong; "" = never seen."""

    copy: str  # "main" or "replica"
    key: str
    sha256: str
    checked_at: str  # "" = never
    outcome: str


def enqueue(connection: Connection, manifests: Iterable[tuple[Manifest, str]]) -> None:
    """Let the next scrub know of *manifests* (each with its digest) and of the objects that they name.

    In the transaction that writes their rows: nothing is stored that no scrub knows of.
    """
    stored: dict[str, str] = {}
    for manifest, sha256 in manifests:
        stored |= {blob_key(o.sha256): o.sha256 for o in manifest.objects}
        stored[manifest.key] = sha256
    insert_many(connection, t.fixity_queue, [{"key": key, "sha256": sha256} for key, sha256 in stored.items()])


def enqueue_small(connection: Connection, records: Iterable[tuple[str, str]]) -> None:
    """Let the next scrub know of small records (key, digest): as :func:`enqueue`, in the transaction of their act."""
    insert_many(connection, t.fixity_queue, [{"key": key, "sha256": sha256} for key, sha256 in records])


def unknown(connection: Connection, keys: Collection[str]) -> set[str]:
    """Return those of *keys* (a few hundred) of which neither a row nor the queue knows."""
    found = set(keys)
    for table in (t.fixity, t.fixity_queue):
        found -= set(connection.execute(select(table.c.key).where(table.c.key.in_(found))).scalars())
    return found


def take_up(connection: Connection, copies: Collection[str], *, limit: int = 10_000) -> bool:
    """Give *copies*, and those known from before, rows for *limit* objects of the queue; whether it held so many.

    A copy that was never scrubbed gets rows for all that another one has, once.
    """
    f, q = t.fixity.c, t.fixity_queue.c
    known = _copies(connection)
    for new in set(copies) - set(known):
        if known:
            theirs = select(literal(new), f.key, f.sha256).where(f.copy == known[0])
            connection.execute(insert(t.fixity).from_select(["copy", "key", "sha256"], theirs))
    oldest = select(q.id).order_by(q.id).limit(limit)
    taken = connection.execute(delete(t.fixity_queue).where(q.id.in_(oldest)).returning(q.key, q.sha256)).all()
    rows = [{"copy": copy, "key": r.key, "sha256": r.sha256} for copy in {*known, *copies} for r in taken]
    if rows:
        connection.execute(upsert(connection, t.fixity).on_conflict_do_nothing(), rows)
    return len(taken) == limit


def _copies(connection: Connection) -> list[str]:
    """Return the copies that have rows, from the index's edges: there are few of them and millions of rows."""
    c, known = t.fixity.c.copy, list[str]()
    while True:
        next_one = select(func.min(c)).where(c > (known[-1] if known else ""))
        copy = connection.execute(next_one).scalar()
        if copy is None:
            return known
        known.append(copy)


def least_recent(connection: Connection, copies: Iterable[str], *, before: str, limit: int) -> list[Fixity]:
    """Return objects not looked at since *before*, those that wait longest first."""
    f = t.fixity.c
    # copy || '': else SQLite goes by the copy, and sorts all that there is of it for every hundred objects
    query = select(t.fixity).where((f.copy + "").in_(tuple(copies)), f.checked_at < before)
    rows = connection.execute(query.order_by(f.checked_at, f.key, f.copy).limit(limit))
    return [Fixity(**row._mapping) for row in rows]


def record(connection: Connection, looks: Sequence[tuple[Fixity, str]], at: str) -> None:
    """Keep the outcome of *looks* (object, outcome)."""
    f = t.fixity.c
    statement = update(t.fixity).where(f.copy == bindparam("of_copy"), f.key == bindparam("of_key"))
    rows = [{"of_copy": x.copy, "of_key": x.key, "checked_at": at, "outcome": outcome} for x, outcome in looks]
    if rows:
        connection.execute(statement, rows)


def damaged(connection: Connection) -> list[Fixity]:
    """Return what was not whole at the last look and could not be mended."""
    f = t.fixity.c
    query = select(t.fixity).where(f.outcome.not_in(("", "ok"))).order_by(f.copy, f.key)
    return [Fixity(**row._mapping) for row in connection.execute(query)]


def used_by(connection: Connection, key: str, sha256: str, *, limit: int = 20) -> list[tuple[str, str]]:
    """Return (agency, document id) of documents that a blob or manifest belongs to, at most *limit*."""
    d, o, v = t.documents.c, t.objects.c, t.versions.c
    query: Any = select(d.agency, d.id).distinct().order_by(d.agency, d.id).limit(limit)
    if key == blob_key(sha256):
        query = query.join(t.objects, o.document_id == d.id).where(o.sha256 == sha256)
    else:
        query = query.join(t.versions, v.document_id == d.id).where(v.manifest_key == key)
    return [(row.agency, row.id) for row in connection.execute(query)]


def is_empty(connection: Connection) -> bool:
    """Whether the catalogue knows no document at all."""
    return connection.execute(select(t.documents.c.id).limit(1)).first() is None
