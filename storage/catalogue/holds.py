"""Legal holds: what must not be disposed of, whatever its term, until the hold is released."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, insert, or_, select, update

from storage import ledger
from storage.catalogue import schema as t
from storage.catalogue.sql import upsert

SCOPES = ("document", "case", "owner")


@dataclass(frozen=True)
class Hold:
    """A hold. ``target``: document id, case code, or the owner's pseudonym. Times are ISO 8601 UTC."""

    id: str
    agency: str
    scope: str
    target: str
    reason: str
    placed_by: str
    placed_at: str
    released_by: str = ""
    released_at: str = ""
    release_reason: str = ""


def place(connection: Connection, hold: Hold) -> None:
    """Write a new hold."""
    connection.execute(insert(t.holds).values(**hold.__dict__))
    ledger.note(connection, hold.agency, "hold", hold.id, 1, {"hold": hold.__dict__})


def release(connection: Connection, hold_id: str, *, by: str, at: str, reason: str) -> Hold | None:
    """Release a hold and return it; None if there is none of this id in force."""
    h = t.holds.c
    values = {"released_by": by, "released_at": at, "release_reason": reason}
    if not connection.execute(update(t.holds).where(h.id == hold_id, h.released_at == "").values(**values)).rowcount:
        return None
    hold = Hold(**connection.execute(select(t.holds).where(h.id == hold_id)).one()._mapping)
    ledger.note(connection, hold.agency, "hold", hold.id, 2, {"hold": hold.__dict__})
    return hold


def listed(connection: Connection, agency: str, *, released: bool = False) -> list[Hold]:
    """Return the holds of *agency* in force (or all), oldest first."""
    h = t.holds.c
    query = select(t.holds).where(h.agency == agency)
    if not released:
        query = query.where(h.released_at == "")
    return [Hold(**row._mapping) for row in connection.execute(query.order_by(h.placed_at, h.id))]


def agencies(connection: Connection) -> list[str]:
    """Return the agencies that ever placed a hold."""
    return list(connection.execute(select(t.holds.c.agency).distinct().order_by(t.holds.c.agency)).scalars())


def on(connection: Connection, agency: str, document_id: str, owner_ref: str, cases: Collection[str]) -> list[Hold]:
    """Return the holds in force that cover a document: its own, of any of its *cases*, of its owner."""
    h = t.holds.c
    which = or_(
        and_(h.scope == "document", h.target == document_id),
        and_(h.scope == "owner", h.target == owner_ref),
        and_(h.scope == "case", h.target.in_(tuple(cases))),
    )
    query = select(t.holds).where(h.agency == agency, h.released_at == "", which)
    return [Hold(**row._mapping) for row in connection.execute(query.order_by(h.placed_at, h.id))]


def restore(connection: Connection, record: Mapping[str, Any]) -> None:
    """Put back a hold from its last record (rebuilding); no error if it stands."""
    connection.execute(upsert(connection, t.holds).values(**record["hold"]).on_conflict_do_nothing())
