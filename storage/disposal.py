"""Destroying one paper: tombstone, then its rows, then its bytes; each step may be killed and is done again.

The tombstone in the object store is the commit point. From it alone the rest can be gone on with: what manifests and
blobs there were, with their digests. A blob goes only when no other paper and no open signing job names it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile

from sqlalchemy import Connection, delete, func, or_, select, update

from domain.errors import Advice, Refused
from storage.catalogue import audit, documents, fixity, outbox, register, text_index, tombstones
from storage.catalogue import cases as case_rows
from storage.catalogue import schema as t
from storage.catalogue.disposals import Disposal, Listed
from storage.catalogue.engine import Catalogue
from storage.catalogue.tombstones import Tombstone
from storage.keys import blob_key
from storage.manifest import decode
from storage.objects import ObjectStore, destroy
from storage.scrub import fetch
from storage.sweep import named_in_catalogue


def lay_tombstone(
    store: ObjectStore, catalogue: Catalogue, disposal: Disposal, paper: Listed, at: str
) -> Tombstone | None:
    """Put the tombstone of *paper* and return it, or the one that stands; None where the paper is gone already.

    Raises ``Refused`` (``disposal-changed``) when the paper is not as it was listed, ``Unavailable``.
    """
    with catalogue.read() as connection:
        standing = {one.document_id: one for one in tombstones.of_disposal(connection, disposal.id)}
        if paper.document_id in standing:
            return standing[paper.document_id]
        document = documents.get(connection, paper.document_id)
        if document is None:
            return None
        if _newest(connection, paper.document_id) != (paper.version, paper.manifest_sha256):
            raise changed(paper.document_id)
        o, v = t.objects.c, t.versions.c
        of_all = select(o.sha256, o.size).where(o.document_id == document.id).order_by(o.sha256)
        manifests = select(v.manifest_key, v.manifest_sha256).where(v.document_id == document.id).order_by(v.version)
        tombstone = Tombstone(
            disposal_id=disposal.id,
            document_id=document.id,
            agency=document.agency,
            owner_ref=document.owner_ref,
            kind=document.kind,
            procedure=document.procedure,
            type=document.type,
            pages=document.pages,
            stored_at=document.created_at,
            original_sha256=document.original_sha256,
            manifests={row.manifest_key: row.manifest_sha256 for row in connection.execute(manifests)},
            links=(),
            objects={row.sha256: row.size for row in connection.execute(of_all)},
            cases=tuple(case_rows.of_document(connection, document.id)),
            certificate_sha256=disposal.certificate_sha256,
            at=at,
        )
    prefix = tombstone.prefix
    links = [o.key for o in store.list(prefix) if o.key.removeprefix(prefix).startswith("case-")]
    tombstone = Tombstone(**{**tombstone.__dict__, "links": tuple(links)})
    if not store.put(tombstone.key, tombstone.encode(), content_type="application/json"):
        tombstone = tombstones.decode(store.get(tombstone.key))  # of a run that was killed
    return tombstone


def take_out(store: ObjectStore, catalogue: Catalogue, tombstone: Tombstone, *, agent: str, now: datetime) -> bool:
    """Remove the paper's rows, with its audit event, and write the tombstone's; False if that was done before.

    Lines of registers stay, and become records of their own: what held them, the manifests, goes. Raises ``Refused``
    (``disposal-changed``) where another act was quicker: the paper stays, the tombstone goes.
    """
    with catalogue.begin() as connection:
        before = tombstones.of_disposal(connection, tombstone.disposal_id)
        if any(one.document_id == tombstone.document_id for one in before):
            return False
        document = documents.lock(connection, tombstone.document_id)
        newest = _newest(connection, tombstone.document_id)
        quicker = newest is not None and newest[1] not in tombstone.manifests.values()
        if document is not None and not quicker:
            _take_out(connection, tombstone, agent, now)
            return True
    destroy(store, tombstone.key)
    raise changed(tombstone.document_id)


def _take_out(connection: Connection, tombstone: Tombstone, agent: str, now: datetime) -> None:
    register.keep(connection, tombstone.document_id)
    _forget(connection, tombstone)
    tombstones.put(connection, tombstone)
    fixity.enqueue_small(connection, [(tombstone.key, hashlib.sha256(tombstone.encode()).hexdigest())])
    audit.append(
        connection,
        agency=tombstone.agency,
        event_type="deletion",
        agent=agent,
        at=tombstone.at,
        document_id=tombstone.document_id,
        detail={
            "act": "disposal",
            "disposal": tombstone.disposal_id,
            "certificate": tombstone.certificate_sha256,
            "original": tombstone.original_sha256,
            "manifests": sorted(tombstone.manifests.values()),
        },
    )
    outbox.add(
        connection,
        event_id=f"{tombstone.document_id}:{tombstone.disposal_id}",
        topic="document.destroyed",
        payload={
            "document_id": tombstone.document_id,
            "agency": tombstone.agency,
            "owner_ref": tombstone.owner_ref,
            "disposal": tombstone.disposal_id,
        },
        now=now,
    )


def remove_bytes(copies: Mapping[str, ObjectStore], catalogue: Catalogue, tombstone: Tombstone) -> int:
    """Remove from every copy what only this paper had; return how many blobs went. Safe to repeat.

    Raises ``Refused`` (``object-locked``), ``Unavailable``.
    """
    removed, named = 0, set(tombstone.objects)
    for store in copies.values():
        for key, data in _manifests(store, tombstone):
            if tombstones.counts_no_more([tombstone], key, data):
                named |= {stored.sha256 for stored in decode(data).objects}  # of an act that came too late: more
                destroy(store, key)
        if not any(True for _ in _manifests(store, tombstone)):
            for key in tombstone.links:  # else the same paper came in anew, perhaps for the same case
                destroy(store, key)
    for sha256 in sorted(named):
        removed += _remove_blob(copies, catalogue, sha256)
    with catalogue.read() as connection:
        d = t.documents.c
        same = select(d.id).where(d.original_sha256 == tombstone.original_sha256).limit(1)
        others = connection.execute(same).first() is not None
    if not others:
        for store in copies.values():
            for page in list(store.list(f"page/{tombstone.original_sha256}/")):
                destroy(store, page.key)
    return removed


def _manifests(store: ObjectStore, tombstone: Tombstone) -> Iterator[tuple[str, bytes]]:
    """Yield key and bytes of what stands among the paper's manifests now."""
    for key in [o.key for o in store.list(tombstone.prefix)]:
        if key.removeprefix(tombstone.prefix).startswith("v"):
            with suppress(KeyError):  # its act took it away since
                yield key, store.get(key)


def changed(document_id: str) -> Refused:
    """Return the error for a paper that is not as it was when it was listed."""
    return Refused(
        "disposal-changed",
        f"document {document_id} is not as it was listed",
        Advice("Tài liệu đã thay đổi sau khi lập danh mục.", "Tài liệu này còn nguyên.", "Lập danh mục mới."),
    )


def _newest(connection: Connection, document_id: str) -> tuple[int, str] | None:
    v = t.versions.c
    query = select(v.version, v.manifest_sha256).where(v.document_id == document_id).order_by(v.version.desc())
    row = connection.execute(query.limit(1)).first()
    return None if row is None else (row.version, row.manifest_sha256)


def _forget(connection: Connection, tombstone: Tombstone) -> None:
    """Delete every row that describes the paper; what others share stays."""
    one = tombstone.document_id
    text_index.forget(connection, one)
    for table in (t.fields, t.pixels, t.objects, t.case_documents, t.versions, t.lost_texts):
        connection.execute(delete(table).where(table.c.document_id == one))
    r = t.relations.c
    connection.execute(delete(t.relations).where(or_(r.first_id == one, r.second_id == one)))
    connection.execute(delete(t.documents).where(t.documents.c.id == one))
    d, o = t.documents.c, t.owners.c
    first = connection.execute(select(func.min(d.created_at)).where(d.owner_ref == tombstone.owner_ref)).scalar()
    if first is None:
        connection.execute(delete(t.owners).where(o.owner_ref == tombstone.owner_ref))
    else:  # as the papers that are left know the owner
        connection.execute(update(t.owners).where(o.owner_ref == tombstone.owner_ref).values(created_at=first))
    shared = named_in_catalogue(connection, list(tombstone.objects))
    blobs = [blob_key(sha256) for sha256 in tombstone.objects if sha256 not in shared]
    keys = [*tombstone.manifests, *tombstone.links, *blobs]
    for start in range(0, len(keys), 500):
        for table in (t.fixity, t.fixity_queue):
            connection.execute(delete(table).where(table.c.key.in_(keys[start : start + 500])))


def _remove_blob(copies: Mapping[str, ObjectStore], catalogue: Catalogue, sha256: str) -> bool:
    """Remove a blob that nothing names; put it back if an act takes it up at this very moment."""
    key = blob_key(sha256)
    if _named(catalogue, [sha256]):
        return False
    with NamedTemporaryFile(prefix="sohoa-disposal-") as kept:
        whole = any(fetch(store, key, sha256, Path(kept.name)) for store in copies.values())
        for store in copies.values():
            destroy(store, key)
        if not _named(catalogue, [sha256]):
            return whole
        if whole:
            for store in copies.values():
                store.put_file(key, Path(kept.name))
    return False


def _named(catalogue: Catalogue, digests: Sequence[str]) -> bool:
    with catalogue.read() as connection:
        return bool(named_in_catalogue(connection, digests))
