"""Originals and certified copies that stand without their lock put under it: after a repair, or other settings."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from storage.catalogue import schema as t
from storage.catalogue.engine import Catalogue
from storage.keys import blob_key
from storage.objects import LockingStore

ROLES = ("original", "certified")
_BATCH = 500


def lock_all(catalogue: Catalogue, store: LockingStore, until: datetime) -> int:
    """Lock every original and certified copy of every version until *until*; return how many objects are locked.

    0 where a lock does not hold. Raises ``Unavailable``.
    """
    locked, after = 0, ""
    o = t.objects.c
    while store.locks():
        query = select(o.sha256).where(o.role.in_(ROLES), o.sha256 > after).distinct().order_by(o.sha256)
        with catalogue.read() as connection:
            digests = list(connection.execute(query.limit(_BATCH)).scalars())
        for sha256 in digests:
            locked += store.retain(blob_key(sha256), until)
        if len(digests) < _BATCH:
            break
        after = digests[-1]
    return locked
