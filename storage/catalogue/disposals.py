"""Disposals: lists of papers past their term, who proposed and who approved them, how far they were carried out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, insert, select, update

from domain.errors import Advice, Refused
from storage import ledger
from storage.catalogue import schema as t
from storage.catalogue.sql import upsert

STATES = ("proposed", "approved", "carrying", "done", "withdrawn")
_FOLLOWS = {
    "proposed": ("approved", "withdrawn"),
    "approved": ("carrying", "withdrawn"),
    "carrying": ("carrying", "done"),  # again: its certificate's digest is written
    "done": (),
    "withdrawn": (),
}


@dataclass(frozen=True)
class Listed:
    """One paper of a list, as it was when listed. ``outcome``: "" (to be destroyed), or why it was left out."""

    document_id: str
    version: int
    manifest_sha256: str
    kind: str
    procedure: str
    type: str
    pages: int
    stored: str  # ISO dates, Vietnamese
    original_sha256: str
    term: str
    term_source: str
    over_after: str
    outcome: str = ""


@dataclass(frozen=True)
class Disposal:
    """A disposal and its list. Times are ISO 8601 UTC; ``basis``: the decision that it goes by, in words."""

    id: str
    agency: str
    state: str
    basis: str
    proposed_by: str
    proposed_at: str
    papers: tuple[Listed, ...]
    approved_by: str = ""
    approved_at: str = ""
    carried_by: str = ""
    carried_at: str = ""
    done_at: str = ""
    certificate_sha256: str = ""


def propose(connection: Connection, disposal: Disposal) -> None:
    """Write a new disposal."""
    connection.execute(insert(t.disposals).values(**_row(disposal)))
    _note(connection, disposal)


def get(connection: Connection, disposal_id: str) -> Disposal | None:
    """Return a disposal, or None."""
    row = connection.execute(select(t.disposals).where(t.disposals.c.id == disposal_id)).first()
    return None if row is None else _read(row._mapping)


def listed(connection: Connection, agency: str, *states: str) -> list[Disposal]:
    """Return the disposals of *agency* in one of *states* (all when none is given), oldest first."""
    d = t.disposals.c
    query = select(t.disposals).where(d.agency == agency)
    if states:
        query = query.where(d.state.in_(states))
    return [_read(row._mapping) for row in connection.execute(query.order_by(d.proposed_at, d.id))]


def agencies(connection: Connection) -> list[str]:
    """Return the agencies that ever proposed a disposal."""
    return list(connection.execute(select(t.disposals.c.agency).distinct().order_by(t.disposals.c.agency)).scalars())


def move(connection: Connection, disposal: Disposal, state: str, **changes: Any) -> Disposal:
    """Move *disposal* on to *state* with *changes*, and return it as it is then.

    Raises ``Refused`` (``disposal-step``) when that does not follow, or another process moved it.
    """
    if "papers" in changes:
        changes["papers"] = [asdict(paper) for paper in changes["papers"]]
    d = t.disposals.c
    statement = update(t.disposals).where(d.id == disposal.id, d.state == disposal.state)
    follows = state in _FOLLOWS[disposal.state]
    if not follows or not connection.execute(statement.values(state=state, **changes)).rowcount:
        raise Refused(
            "disposal-step",
            f"disposal {disposal.id} cannot go from {disposal.state} to {state}",
            Advice("Bước này không đúng thứ tự.", "Không có gì bị hủy.", "Xem `sohoa disposal show`."),
        )
    moved = _read(connection.execute(select(t.disposals).where(d.id == disposal.id)).one()._mapping)
    _note(connection, moved)
    return moved


def restore(connection: Connection, record: Mapping[str, Any]) -> None:
    """Put back a disposal from its last record (rebuilding); no error if it stands."""
    connection.execute(upsert(connection, t.disposals).values(**record["disposal"]).on_conflict_do_nothing())


def _note(connection: Connection, disposal: Disposal) -> None:
    seq = 10 * STATES.index(disposal.state) + bool(disposal.certificate_sha256)
    ledger.note(connection, disposal.agency, "disposal", disposal.id, seq, {"disposal": _row(disposal)})


def _row(disposal: Disposal) -> dict[str, Any]:
    return disposal.__dict__ | {"papers": [asdict(paper) for paper in disposal.papers]}


def _read(row: Mapping[Any, Any]) -> Disposal:
    papers: Sequence[Mapping[str, Any]] = row["papers"]
    return Disposal(**{**row, "papers": tuple(Listed(**paper) for paper in papers)})
