"""What waits for an officer: proposals to cut stacks, duplicates, fields in doubt, files set aside, lost texts.

One queue.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, not_, or_, select

from storage.catalogue import schema as t

KINDS = ("same-pixels", "rescan", "conflict", "split", "fields", "quarantined", "text-lost")
SPLIT_FIELD = "de_xuat_tach"


@dataclass(frozen=True)
class Doubts:
    """Which machine values a person should look at: from which confidence each field is accepted, by its source."""

    accept: Mapping[str, float]  # field name -> confidence, 0 to 1
    sources: frozenset[str]  # values from elsewhere (pens, codes) are always looked at


@dataclass(frozen=True)
class Waiting:
    """One thing that waits.

    ``other_id``: the second document of a relation; ``detail``: names of fields, a code, a digest.
    """

    kind: str
    agency: str
    document_id: str
    since: str
    other_id: str = ""
    detail: str = ""


def counts(connection: Connection, doubts: Doubts, agency: str | None = None) -> dict[str, dict[str, int]]:
    """Return agency -> kind -> how many wait, of one agency or of all; kinds of which none waits are left out."""
    found: dict[str, dict[str, int]] = {}
    d, r = t.documents.c, t.relations.c
    queries: list[tuple[str, Select[Any]]] = [
        (kind, select(d.agency, func.count(d.id.distinct())).select_from(_from(kind)).where(_which(kind, doubts)))
        for kind in ("split", "fields", "quarantined")
    ]
    for kind, query in queries:
        mine = query if agency is None else query.where(d.agency == agency)
        for name, number in connection.execute(mine.group_by(d.agency)):
            found.setdefault(name, {})[kind] = number
    related = select(r.agency, r.kind, func.count()).where(r.state == "proposed").group_by(r.agency, r.kind)
    for name, kind, number in connection.execute(related if agency is None else related.where(r.agency == agency)):
        found.setdefault(name, {})[kind] = number
    lost = select(t.lost_texts.c.agency, func.count()).group_by(t.lost_texts.c.agency)
    for name, number in connection.execute(lost if agency is None else lost.where(t.lost_texts.c.agency == agency)):
        found.setdefault(name, {})["text-lost"] = number
    return {name: {kind: found[name][kind] for kind in KINDS if kind in found[name]} for name in sorted(found)}


def listed(
    connection: Connection, doubts: Doubts, agency: str, kind: str, *, limit: int = 100, offset: int = 0
) -> list[Waiting]:
    """Return what waits of one *kind* in *agency*, oldest first."""
    d, f, r = t.documents.c, t.fields.c, t.relations.c
    if kind == "text-lost":
        x = t.lost_texts.c
        lost = select(x.document_id, x.since, x.sha256).where(x.agency == agency).order_by(x.since, x.document_id)
        rows = connection.execute(lost.limit(limit).offset(offset))
        return [Waiting(kind, agency, row.document_id, row.since, detail=row.sha256) for row in rows]
    if kind not in ("split", "fields", "quarantined"):
        query = select(r.first_id, r.second_id, r.created_at).where(
            r.agency == agency, r.state == "proposed", r.kind == kind
        )
        ordered = query.order_by(r.created_at, r.first_id, r.second_id).limit(limit).offset(offset)
        return [Waiting(kind, agency, row[0], row[2], row[1]) for row in connection.execute(ordered)]
    columns = [d.id, d.created_at, d.quarantine_code]
    ids = select(*columns).distinct().select_from(_from(kind)).where(_which(kind, doubts), d.agency == agency)
    papers = connection.execute(ids.order_by(d.created_at, d.id).limit(limit).offset(offset)).all()
    names: dict[str, list[str]] = {row.id: [] for row in papers}
    if kind != "quarantined":
        value = f.value if kind == "split" else f.name
        told = select(d.id, value).select_from(_from(kind)).where(_which(kind, doubts), d.id.in_(list(names)))
        for document_id, name in connection.execute(told.order_by(f.name)):
            names[document_id].append(name)
    return [
        Waiting(kind, agency, row.id, row.created_at, detail=", ".join(names[row.id]) or row.quarantine_code)
        for row in papers
    ]


def _from(kind: str) -> Any:
    if kind == "quarantined":
        return t.documents
    return t.documents.join(t.fields, t.fields.c.document_id == t.documents.c.id)


def _which(kind: str, doubts: Doubts) -> ColumnElement[bool]:
    d, f = t.documents.c, t.fields.c
    if kind == "quarantined":
        return d.status == "quarantined"
    unseen = and_(d.status == "digitised", f.human_value.is_(None))
    if kind == "split":
        return and_(unseen, d.part == 0, f.name == SPLIT_FIELD)
    below = or_(*(and_(f.name == name, f.confidence < least) for name, least in doubts.accept.items()))
    named = f.name.in_(list(doubts.accept))
    return and_(unseen, named, or_(f.value == "", not_(f.source.in_(doubts.sources)), below))
