"""Relations between documents that were proposed, and what officers made of them. Nothing is ever merged."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select, update

from domain.errors import Advice, Refused
from storage import ledger
from storage.catalogue import schema as t
from storage.catalogue.sql import inserted, upsert

KINDS = ("same-pixels", "rescan", "conflict")
STATES = ("proposed", "accepted", "rejected")
_NOT_DIGIT = re.compile(r"\D")


@dataclass(frozen=True)
class Relation:
    """What *second* is proposed to be to *first* (the older one).

    ``basis``: fields that ``agree`` and that ``differ``; ``pages`` of the same images; ``shared``, the share of words
    that agree.
    """

    kind: str
    first_id: str
    second_id: str
    agency: str
    state: str
    basis: dict[str, Any]
    created_at: str
    decided_by: str = ""
    decided_at: str = ""


def propose(connection: Connection, relation: Relation) -> bool:
    """Keep a proposal; False if these two were related in this way before, whatever was decided."""
    return inserted(connection, upsert(connection, t.relations).values(**relation.__dict__).on_conflict_do_nothing())


def listed(
    connection: Connection, agency: str, *, state: str = "proposed", limit: int = 100, offset: int = 0
) -> list[Relation]:
    """Return the relations of *agency* in *state*, oldest first."""
    r = t.relations.c
    query = select(t.relations).where(r.agency == agency, r.state == state)
    rows = connection.execute(query.order_by(r.created_at, r.first_id, r.second_id).limit(limit).offset(offset))
    return [Relation(**row._mapping) for row in rows]


def of_documents(connection: Connection, ids: Collection[str], *, state: str = "proposed") -> list[Relation]:
    """Return the relations in *state* that any of these documents has, oldest first."""
    r = t.relations.c
    mine = or_(and_(r.kind.in_(KINDS), r.first_id.in_(ids)), r.second_id.in_(ids))  # each by an index
    query = select(t.relations).where(r.state == state, mine)
    rows = connection.execute(query.order_by(r.created_at, r.first_id, r.second_id))
    return [Relation(**row._mapping) for row in rows]


def of_pair(connection: Connection, agency: str, first_id: str, second_id: str) -> Relation:
    """Return what was proposed of two documents of *agency*, in either order. Raises ``Refused`` (``wrong-state``)."""
    r = t.relations.c
    both = (and_(r.first_id == a, r.second_id == b) for a, b in ((first_id, second_id), (second_id, first_id)))
    which = and_(r.agency == agency, r.kind.in_(KINDS), or_(*both))
    row = connection.execute(select(t.relations).where(which).order_by(r.state.desc(), r.kind.desc())).first()
    if row is None:
        raise _nothing("no proposal", "", first_id, second_id, "Không có đề xuất nào cho hai văn bản này.")
    return Relation(**row._mapping)


def between(connection: Connection, document_id: str, others: Collection[str]) -> set[str]:
    """Return those of *others* that the document is related to already, in whatever way and whatever was decided."""
    r = t.relations.c
    found: set[str] = set()
    for mine, theirs in ((r.first_id, r.second_id), (r.second_id, r.first_id)):
        query = select(theirs).where(r.kind.in_(KINDS), mine == document_id, theirs.in_(others))
        found.update(connection.execute(query).scalars())
    return found


def count(connection: Connection, agency: str | None = None, *, state: str = "proposed") -> dict[tuple[str, str], int]:
    """Return (agency, kind) -> how many relations are in *state*, of one agency or of all."""
    r = t.relations.c
    query = select(r.agency, r.kind, func.count()).where(r.state == state).group_by(r.agency, r.kind)
    if agency is not None:
        query = query.where(r.agency == agency)
    return {(row[0], row[1]): row[2] for row in connection.execute(query)}


def decide(
    connection: Connection,
    agency: str,
    kind: str,
    first_id: str,
    second_id: str,
    *,
    accept: bool,
    officer: str,
    at: str,
) -> None:
    """Keep an officer's decision on a proposal. Raises ``Refused`` (``wrong-state``) if there is none to decide."""
    state = "accepted" if accept else "rejected"
    if not _move(connection, agency, (kind, first_id, second_id), ("proposed",), state, officer, at):
        raise _nothing(
            "no open proposal", kind, first_id, second_id, "Không có đề xuất nào đang chờ cho hai văn bản này."
        )


def reopen(connection: Connection, agency: str, kind: str, first_id: str, second_id: str) -> None:
    """Let a decided proposal wait again. Raises ``Refused`` (``wrong-state``) if it was not decided."""
    if not _move(connection, agency, (kind, first_id, second_id), ("accepted", "rejected"), "proposed", "", ""):
        raise _nothing(
            "no decided proposal", kind, first_id, second_id, "Hai văn bản này chưa có quyết định nào để hủy."
        )


def _move(
    connection: Connection,
    agency: str,
    key: tuple[str, str, str],
    before: tuple[str, ...],
    state: str,
    officer: str,
    at: str,
) -> bool:
    r = t.relations.c
    which = and_(r.agency == agency, r.kind == key[0], r.first_id == key[1], r.second_id == key[2])
    old = connection.execute(select(r.decided_at).where(which)).scalar()
    statement = update(t.relations).where(which, r.state.in_(before))
    moved = connection.execute(statement.values(state=state, decided_by=officer, decided_at=at)).rowcount == 1
    if moved:
        row = connection.execute(select(t.relations).where(which)).one()
        # numbered by its time; what is opened again comes right after the decision that it takes back
        seq = int(_NOT_DIGIT.sub("", at)) if at else int(_NOT_DIGIT.sub("", old or "") or 0) + 1
        ledger.note(connection, agency, "relation", "-".join(key), seq, {"relation": dict(row._mapping)})
    return moved


def restore(connection: Connection, record: Mapping[str, Any]) -> None:
    """Put back what was decided last of two documents that the catalogue has (rebuilding); no error if it stands."""
    relation = dict(record["relation"])
    if relation["state"] == "proposed":
        return  # opened again: proposed anew by whoever looks
    both = select(func.count()).where(t.documents.c.id.in_((relation["first_id"], relation["second_id"])))
    if connection.execute(both).scalar_one() == 2:
        connection.execute(upsert(connection, t.relations).values(**relation).on_conflict_do_nothing())


def _nothing(what: str, kind: str, first_id: str, second_id: str, happened: str) -> Refused:
    return Refused(
        "wrong-state",
        f"{what} {kind} of {first_id} and {second_id}",
        Advice(happened, "Không có gì bị thay đổi.", "Xem lại danh sách bằng `sohoa duplicates list`."),
    )
