"""What stands against destroying a paper, as the catalogue knows it."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, or_, select

from storage.catalogue import disposals, holds, requests
from storage.catalogue import schema as t
from storage.catalogue.signing_jobs import OVER
from storage.keys import blob_key

_UNDER_WAY = ("proposed", "approved", "carrying")


def in_a_list(connection: Connection, agency: str) -> set[str]:
    """Return the documents of *agency* that stand in a disposal which is not over."""
    found = disposals.listed(connection, agency, *_UNDER_WAY)
    return {paper.document_id for one in found for paper in one.papers if not paper.outcome}


def one_after_the_other(connection: Connection, agency: str) -> None:
    """Let what changes holds and disposals of *agency* wait for each other until this transaction ends."""
    heads = t.audit_heads.c
    connection.execute(select(heads.seq).where(heads.agency == agency).with_for_update())


def held_now(connection: Connection, agency: str) -> set[str]:
    """Return the documents of *agency* that some hold covers now."""
    found = holds.listed(connection, agency)
    return {one for hold in found for one in covered(connection, agency, hold.scope, hold.target)}


def object_keys(connection: Connection, documents: Collection[str]) -> set[str]:
    """Return the keys of all blobs and manifests of all versions of *documents*."""
    o, v = t.objects.c, t.versions.c
    found: set[str] = set()
    ids = sorted(documents)
    for start in range(0, len(ids), 500):
        some = ids[start : start + 500]
        found |= {
            blob_key(sha256) for sha256 in connection.execute(select(o.sha256).where(o.document_id.in_(some))).scalars()
        }
        found |= set(connection.execute(select(v.manifest_key).where(v.document_id.in_(some))).scalars())
    return found


def held_objects(connection: Connection) -> set[str]:
    """Return the keys of all blobs and manifests of papers that some hold of some agency covers now."""
    return object_keys(
        connection, {one for agency in holds.agencies(connection) for one in held_now(connection, agency)}
    )


def being_destroyed(connection: Connection, agency: str) -> set[str]:
    """Return the documents of *agency* that a disposal has begun to destroy."""
    found = disposals.listed(connection, agency, "carrying")
    return {paper.document_id for one in found for paper in one.papers if not paper.outcome}


def covered(connection: Connection, agency: str, scope: str, target: str) -> set[str]:
    """Return the documents of *agency* that a hold of this scope and target covers now."""
    d, c = t.documents.c, t.case_documents.c
    query = select(d.id).where(d.agency == agency)
    if scope == "document":
        query = query.where(d.id == target)
    elif scope == "owner":
        query = query.where(d.owner_ref == target)
    else:
        query = query.where(d.id.in_(select(c.document_id).where(c.agency == agency, c.code == target)))
    return set(connection.execute(query).scalars())


def joined_cases(connection: Connection, document_id: str) -> list[tuple[str, str]]:
    """Return the code of each case of a document, and when it joined it (ISO 8601 UTC)."""
    c = t.case_documents.c
    query = select(c.code, c.added_at).where(c.document_id == document_id).order_by(c.code)
    return [(row.code, row.added_at) for row in connection.execute(query)]


def open_cases(connection: Connection, agency: str, codes: Collection[str]) -> bool:
    """Whether one of these cases is being worked on. ``received`` is not: cases that a batch brought stay there."""
    c = t.cases.c
    query = select(c.code).where(c.agency == agency, c.code.in_(tuple(codes)), c.state.in_(("running", "waiting")))
    return connection.execute(query.limit(1)).first() is not None


def open_procedure(connection: Connection, document_id: str) -> bool:
    """Whether a certified copy is being made, a number is reserved, or a signature is under way."""
    if requests.current(connection, document_id) is not None:
        return True
    j, e = t.signing_jobs.c, t.register_entries.c
    job = select(j.id).where(j.document_id == document_id, j.state.not_in(OVER)).limit(1)
    number = select(e.number).where(e.document_id == document_id, e.state == "reserved").limit(1)
    return any(connection.execute(query).first() is not None for query in (job, number))


def issued(connection: Connection, document_id: str) -> bool:
    """Whether a register has a copy of this paper as issued: whoever checks that copy is told by what is kept here."""
    e = t.register_entries.c
    query = select(e.number).where(e.document_id == document_id, e.state == "issued").limit(1)
    return connection.execute(query).first() is not None


def digests(connection: Connection, document_id: str) -> set[str]:
    """Return the digests of all blobs that any version of a document names."""
    o = t.objects.c
    return set(connection.execute(select(o.sha256).where(o.document_id == document_id)).scalars())


def shared(connection: Connection, document_id: str, sha256: str) -> bool:
    """Whether another document names this blob too."""
    o = t.objects.c
    query = select(o.document_id).where(o.sha256 == sha256, o.document_id != document_id).limit(1)
    return connection.execute(query).first() is not None


def related(connection: Connection, document_id: str) -> set[str]:
    """Return the documents that this one is related to: proposed (nobody decided yet) or accepted."""
    r = t.relations.c
    query = select(r.first_id, r.second_id).where(
        or_(r.first_id == document_id, r.second_id == document_id), r.state.in_(("proposed", "accepted"))
    )
    return {one for row in connection.execute(query) for one in row} - {document_id}
