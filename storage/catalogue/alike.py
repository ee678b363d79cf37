"""Papers that may be the same as a given one: looked up by index, within its agency and owner, never beyond."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from domain.identity import Identity
from storage.catalogue import schema as t

#: field of a document -> what identity calls it; both must be sure for two different values to be two papers
_JUDGED = {
    "so_ky_hieu": "number",
    "ngay_ban_hanh": "day",
    "co_quan_ban_hanh": "issuer",
    "loai_van_ban": "type",
    "trich_yeu": "subject",
}
_SURE = 0.95  # calibrated confidence from which a read value is not taken for a misread one
_SAME_NUMBER = 50  # papers of one number that are looked at, the newest
_SAME_DAY = 500
_SAME_PIXELS = 20


@dataclass(frozen=True)
class Candidate:
    """A document with what it says of itself, and the digests of its file and of its page images ("" if none)."""

    document_id: str
    original_sha256: str
    identity: Identity
    created_at: str
    pixels: str = ""

    @property
    def order(self) -> tuple[str, str]:
        """Which of two papers was there first."""
        return self.created_at, self.document_id


def around(connection: Connection, document_id: str, *, only_older: bool = False) -> tuple[Candidate, list[Candidate]]:
    """Return a digitised document and those of its agency and owner that share number, day, or pixels with it.

    Parts of the same file are left out. *only_older*: those that came before it: for a walk over a whole agency, which
    meets every pair once. Of very many that share a day the first by number are given. Raises ``LookupError`` when
    the document is not there or not digitised.
    """
    d, p = t.documents.c, t.pixels.c
    found = _candidates(connection, d.id == document_id, 1)
    if not found:
        raise LookupError(document_id)
    mine, (agency, owner_ref) = found[0]
    own = and_(d.agency == agency, d.owner_ref == owner_ref, d.original_sha256 != mine.original_sha256)
    if only_older:
        before = and_(d.created_at == mine.created_at, d.id < mine.document_id)
        own = and_(own, or_(d.created_at < mine.created_at, before))
    identity = mine.identity
    others: dict[str, Candidate] = {}
    looks: list[tuple[ColumnElement[bool], int]] = []
    if mine.pixels:
        same = select(p.document_id).where(p.digest == mine.pixels)
        looks.append((d.id.in_(same), _SAME_PIXELS))
    if identity.number:
        looks.append((d.so_ky_hieu_key == identity.number, _SAME_NUMBER))
    if identity.day:
        looks.append((d.ngay_ban_hanh == identity.day, _SAME_DAY))
    for which, most in looks:
        for candidate, _ in _candidates(connection, and_(own, which), most):
            others.setdefault(candidate.document_id, candidate)
    return mine, sorted(others.values(), key=lambda c: c.order)


def _candidates(
    connection: Connection, which: ColumnElement[bool], most: int
) -> list[tuple[Candidate, tuple[str, str]]]:
    d, f, p = t.documents.c, t.fields.c, t.pixels.c
    columns = (d.id, d.original_sha256, d.type, d.so_ky_hieu_key, d.ngay_ban_hanh, d.title, d.created_at)
    query = (
        select(*columns, d.agency, d.owner_ref, func.coalesce(p.digest, "").label("pixels"))
        .select_from(t.documents.outerjoin(t.pixels, p.document_id == d.id))
        .where(which, d.status.in_(("digitised", "certified")))
        .order_by(d.created_at.desc(), d.id.desc())
        .limit(most)
    )
    rows = connection.execute(query).all()
    judged = select(f.document_id, f.name, f.value, f.human_value, f.confidence, f.source).where(
        f.document_id.in_([row.id for row in rows]), f.name.in_(list(_JUDGED))
    )
    fields: dict[str, dict[str, Any]] = {row.id: {} for row in rows}
    for field in connection.execute(judged):
        fields[field.document_id][field.name] = field
    return [(_candidate(row, fields[row.id]), (row.agency, row.owner_ref)) for row in rows]


def _candidate(row: Any, fields: dict[str, Any]) -> Candidate:
    issuer = fields.get("co_quan_ban_hanh")
    said = "" if issuer is None else issuer.value if issuer.human_value is None else issuer.human_value
    sure = frozenset(
        _JUDGED[name]
        for name, f in fields.items()
        if f.human_value is not None or (f.confidence >= _SURE and f.source != "pen")  # of pens it is a grade only
    )
    identity = Identity(row.type, row.so_ky_hieu_key, row.ngay_ban_hanh, said, row.title, sure)
    return Candidate(row.id, row.original_sha256, identity, row.created_at, row.pixels)
