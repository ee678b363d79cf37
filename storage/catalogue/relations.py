"""Relations between documents that were proposed, and what officers made of them. Nothing is ever merged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, func, select, update

from domain.errors import Advice, Refused
from domain.identity import Identity
from storage.catalogue import schema as t
from storage.catalogue.sql import inserted, upsert

KINDS = ("rescan", "conflict")
STATES = ("proposed", "accepted", "rejected")
_MOST = 50  # documents of one group that are compared with each other


@dataclass(frozen=True)
class Relation:
    """What *second* is proposed to be to *first* (the older one). ``basis``: fields that agree and that differ."""

    kind: str
    first_id: str
    second_id: str
    agency: str
    state: str
    basis: dict[str, Any]
    created_at: str
    decided_by: str = ""
    decided_at: str = ""


@dataclass(frozen=True)
class Candidate:
    """A document with what it says of itself, and the digest of its scan."""

    document_id: str
    original_sha256: str
    identity: Identity


def groups(connection: Connection, agency: str) -> Iterator[tuple[str, list[Candidate]]]:
    """Yield (owner pseudonym, documents) of *agency* that share an owner and số, ký hiệu; or owner, type and day.

    Papers without number of nobody's are left out: too many are alike. At most the first fifty of a group.
    """
    d = t.documents.c
    read = and_(d.agency == agency, d.status.in_(("digitised", "certified")))
    by_number = (d.owner_ref, d.so_ky_hieu_key)
    by_day = (d.owner_ref, d.type, d.ngay_ban_hanh)
    numbered = and_(read, d.so_ky_hieu_key != "")
    bare = and_(read, d.so_ky_hieu_key == "", d.type != "", d.ngay_ban_hanh != "", d.owner_kind != "unassigned")
    for columns, which in ((by_number, numbered), (by_day, bare)):
        query = select(*columns).where(which).group_by(*columns).having(func.count() > 1).order_by(*columns)
        for row in connection.execute(query).all():
            same = and_(*(c == value for c, value in zip(columns, row, strict=True)))
            yield row[0], _candidates(connection, and_(which, same))


def _candidates(connection: Connection, which: Any) -> list[Candidate]:
    d, f = t.documents.c, t.fields.c
    issuer = select(func.coalesce(f.human_value, f.value)).where(f.document_id == d.id, f.name == "co_quan_ban_hanh")
    columns = (d.id, d.original_sha256, d.type, d.so_ky_hieu_key, d.ngay_ban_hanh, d.title)
    query = select(*columns, issuer.scalar_subquery().label("issuer")).where(which)
    return [
        Candidate(
            row.id,
            row.original_sha256,
            Identity(row.type, row.so_ky_hieu_key, row.ngay_ban_hanh, row.issuer or "", row.title),
        )
        for row in connection.execute(query.order_by(d.created_at, d.id).limit(_MOST))
    ]


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
    r = t.relations.c
    which = and_(r.agency == agency, r.kind == kind, r.first_id == first_id, r.second_id == second_id)
    statement = update(t.relations).where(which, r.state == "proposed")
    state = "accepted" if accept else "rejected"
    if not connection.execute(statement.values(state=state, decided_by=officer, decided_at=at)).rowcount:
        raise Refused(
            "wrong-state",
            f"no open proposal {kind} of {first_id} and {second_id}",
            Advice(
                "Không có đề xuất nào đang chờ cho hai văn bản này.",
                "Không có gì bị thay đổi.",
                "Xem lại danh sách bằng `sohoa duplicates list`.",
            ),
        )
