"""Which object was looked at when, in which copy: what scrubbing goes by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, exists, func, insert, literal, select, update

from storage.catalogue import schema as t
from storage.keys import blob_key


@dataclass(frozen=True)
class Fixity:
    """One object of one copy of the store. ``outcome`` of the last look: ``ok`` or what was wrong; "" = never seen."""

    copy: str  # "main" or "replica"
    key: str
    sha256: str
    checked_at: str  # "" = never
    outcome: str


def take_up(connection: Connection, copies: Iterable[str]) -> None:
    """Add a row for every blob and manifest that the catalogue names and that *copies* have no row for yet."""
    f, o, v = t.fixity.c, t.objects.c, t.versions.c
    sha256 = o.sha256
    key = (
        literal("blob/sha256/") + func.substr(sha256, 1, 2) + "/" + func.substr(sha256, 3, 2) + "/" + sha256
    )  # as storage.keys.blob_key
    for copy in copies:
        blobs = select(literal(copy), key, sha256).where(~exists().where(f.copy == copy, f.key == key)).distinct()
        connection.execute(insert(t.fixity).from_select(["copy", "key", "sha256"], blobs))
        known = exists().where(f.copy == copy, f.key == v.manifest_key)
        manifests = select(literal(copy), v.manifest_key, v.manifest_sha256).where(~known)
        connection.execute(insert(t.fixity).from_select(["copy", "key", "sha256"], manifests))


def least_recent(connection: Connection, copies: Iterable[str], *, before: str, limit: int) -> list[Fixity]:
    """Return objects not looked at since *before*, those that wait longest first."""
    f = t.fixity.c
    query = select(t.fixity).where(f.copy.in_(tuple(copies)), f.checked_at < before)
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


def used_by(connection: Connection, item: Fixity, *, limit: int = 20) -> list[tuple[str, str]]:
    """Return (agency, document id) of documents that an object belongs to, at most *limit*."""
    d, o, v = t.documents.c, t.objects.c, t.versions.c
    query: Any = select(d.agency, d.id).distinct().order_by(d.agency, d.id).limit(limit)
    if item.key == blob_key(item.sha256):
        query = query.join(t.objects, o.document_id == d.id).where(o.sha256 == item.sha256)
    else:
        query = query.join(t.versions, v.document_id == d.id).where(v.manifest_key == item.key)
    return [(row.agency, row.id) for row in connection.execute(query)]


def is_empty(connection: Connection) -> bool:
    """Whether the catalogue knows no document at all."""
    return connection.execute(select(t.documents.c.id).limit(1)).first() is None
