"""Documents, their versions, fields and objects. A manifest is what is written; rows follow from it alone."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import Connection, Row, case, func, insert, select, update

from domain.errors import Advice, Refused
from domain.owners import Owner, OwnerKind
from storage.catalogue import fixity, rows
from storage.catalogue import schema as t
from storage.catalogue.sql import inserted, upsert
from storage.manifest import Manifest
from storage.records import Document, FieldRecord, StoredObject, VersionRecord

_DOCUMENT_COLUMNS = [c for c in t.documents.c if c.name != "so_ky_hieu_key"]


def get(connection: Connection, document_id: str) -> Document | None:
    """Return the document's row, or None."""
    row = connection.execute(select(*_DOCUMENT_COLUMNS).where(t.documents.c.id == document_id)).first()
    return None if row is None else _document(row)


def lock(connection: Connection, document_id: str) -> Document | None:
    """Return the document's row, locked against other writers until this transaction ends."""
    query = select(*_DOCUMENT_COLUMNS).where(t.documents.c.id == document_id).with_for_update()
    row = connection.execute(query).first()
    return None if row is None else _document(row)


def find_original(
    connection: Connection, agency: str, owner_ref: str, original_sha256: str, part: int = 0
) -> Document | None:
    """Return the document that this agency holds for this owner from exactly these bytes, or None."""
    d = t.documents.c
    query = select(*_DOCUMENT_COLUMNS).where(
        d.agency == agency, d.owner_ref == owner_ref, d.original_sha256 == original_sha256, d.part == part
    )
    row = connection.execute(query).first()
    return None if row is None else _document(row)


def apply_manifest(connection: Connection, manifest: Manifest, manifest_sha256: str) -> bool:
    """Write the rows that follow from *manifest*; return False (and write nothing) if its version is there already.

    Versions must come in order: ``Refused`` (code ``version-order``) if one between is missing, or if another manifest
    stands under this version.
    """
    current = lock(connection, manifest.document_id)
    if current is None and manifest.version == 1:
        put_owners(connection, [rows.owner(manifest)])
        new = upsert(connection, t.documents).values(created_at=manifest.created, **rows.document(manifest))
        if not inserted(connection, new.on_conflict_do_nothing()):
            current = lock(connection, manifest.document_id)  # another process wrote it since we looked
    have = 0 if current is None else current.version
    if have >= manifest.version:
        known = _version_digest(connection, manifest.document_id, manifest.version)
        if known != manifest_sha256:
            raise _version_order(manifest)
        return False
    if have + 1 != manifest.version:
        raise _version_order(manifest)
    if current is not None:
        put_owners(connection, [rows.owner(manifest)])
        change = update(t.documents).where(t.documents.c.id == manifest.document_id)
        connection.execute(change.values(**rows.document(manifest)))
    connection.execute(insert(t.versions), rows.version(manifest, manifest_sha256))
    if objects_ := rows.objects(manifest):
        connection.execute(insert(t.objects), objects_)
    connection.execute(t.fields.delete().where(t.fields.c.document_id == manifest.document_id))
    if fields_ := rows.fields(manifest):
        connection.execute(insert(t.fields), fields_)
    connection.execute(t.pixels.delete().where(t.pixels.c.document_id == manifest.document_id))
    if pixels_ := rows.pixels(manifest):
        connection.execute(insert(t.pixels), pixels_)
    fixity.enqueue(connection, [(manifest, manifest_sha256)])
    return True


def expect_status(document: Document, allowed: tuple[str, ...]) -> None:
    """Raise ``Refused`` (code ``wrong-state``) unless the document is in one of the *allowed* states."""
    if document.status not in allowed:
        raise Refused(
            "wrong-state",
            f"document {document.id} is {document.status}, expected one of {', '.join(allowed)}",
            Advice(
                "Tài liệu không ở trạng thái cho phép thực hiện thao tác này.",
                "Không có gì bị thay đổi.",
                "Mở lại tài liệu để xem trạng thái hiện tại rồi thực hiện bước phù hợp.",
            ),
        )


def owner(connection: Connection, owner_ref: str) -> tuple[Owner, str] | None:
    """Return who stands behind a pseudonym and their name (may be empty), or None."""
    o = t.owners.c
    row = connection.execute(select(o.kind, o.number, o.name).where(o.owner_ref == owner_ref)).first()
    return None if row is None else (Owner(cast(OwnerKind, row.kind), row.number), row.name)


def fields(connection: Connection, document_id: str) -> dict[str, FieldRecord]:
    """Return the fields of a document by name."""
    rows = connection.execute(select(t.fields).where(t.fields.c.document_id == document_id).order_by(t.fields.c.name))
    return {r.name: _field(r) for r in rows}


def objects(connection: Connection, document_id: str, version: int) -> tuple[StoredObject, ...]:
    """Return the stored objects of one version, by role."""
    o = t.objects.c
    query = select(o.role, o.sha256, o.size, o.media_type, o.ordinal).where(
        o.document_id == document_id, o.version == version
    )
    return tuple(StoredObject(*row) for row in connection.execute(query.order_by(o.role, o.ordinal)))


def versions(connection: Connection, document_id: str) -> tuple[VersionRecord, ...]:
    """Return all versions of a document, oldest first."""
    v = t.versions.c
    query = select(v.version, v.manifest_key, v.manifest_sha256, v.message, v.created_at)
    return tuple(
        VersionRecord(*row) for row in connection.execute(query.where(v.document_id == document_id).order_by(v.version))
    )


def version_with_content(connection: Connection, document_id: str, content: str) -> int | None:
    """Return the newest version that was saved from the same content (``manifest.content_key``), or None."""
    v = t.versions.c
    query = select(func.max(v.version)).where(v.document_id == document_id, v.content_key == content)
    return connection.execute(query).scalar()


def references(connection: Connection, sha256: str) -> int:
    """Return how many version entries name this blob: counted, never kept as a counter that could drift."""
    return connection.execute(select(func.count()).where(t.objects.c.sha256 == sha256)).scalar_one()


def count_by_status(connection: Connection, agency: str | None = None) -> dict[str, int]:
    """Return the number of documents in each state (of one agency or of all)."""
    query = select(t.documents.c.status, func.count().label("n")).group_by(t.documents.c.status)
    if agency is not None:
        query = query.where(t.documents.c.agency == agency)
    return {r.status: r.n for r in connection.execute(query)}


def ids(
    connection: Connection, *, agency: str | None = None, after: str = "", limit: int = 1000, since: str = ""
) -> list[str]:
    """Return up to *limit* document ids above *after*, in order: the way to walk through a whole warehouse.

    *since* (ISO 8601 UTC) leaves out what was last changed before.
    """
    d = t.documents.c
    query = select(d.id).where(d.id > after)
    if agency is not None:
        query = query.where(d.agency == agency)
    if since:
        query = query.where(d.updated_at >= since)
    return list(connection.execute(query.order_by(d.id).limit(limit)).scalars())


def put_owners(connection: Connection, owners: list[dict[str, Any]]) -> None:
    """Write owners so that the order of manifests does not matter: first seen at the earliest, newest name wins."""
    new = upsert(connection, t.owners)
    o, x = t.owners.c, new.excluded
    newer = x.named_at >= o.named_at
    statement = new.on_conflict_do_update(
        index_elements=["owner_ref"],
        set_={
            "name": case((newer, x.name), else_=o.name),
            "named_at": case((newer, x.named_at), else_=o.named_at),
            "created_at": case((x.created_at < o.created_at, x.created_at), else_=o.created_at),
        },
    )
    connection.execute(statement, owners)


def _version_digest(connection: Connection, document_id: str, version: int) -> str | None:
    v = t.versions.c
    query = select(v.manifest_sha256).where(v.document_id == document_id, v.version == version)
    return connection.execute(query).scalar()


def _version_order(manifest: Manifest) -> Refused:
    return Refused(
        "version-order",
        f"version {manifest.version} of document {manifest.document_id} does not follow what the catalogue has",
        Advice(
            "Phiên bản tài liệu trong kho và trong danh mục không nối tiếp nhau.",
            "Cả hai được giữ nguyên.",
            "Báo quản trị kho để dựng lại danh mục từ kho.",
        ),
    )


def _document(row: Row[Any]) -> Document:
    return Document(**row._mapping)


def _field(row: Row[Any]) -> FieldRecord:
    return FieldRecord(
        name=row.name,
        value=row.value,
        confidence=row.confidence,
        source=row.source,
        page=row.page,
        box=None if row.box is None else tuple(row.box),
        raw=row.raw,
        candidates=tuple(row.candidates),
        human_value=row.human_value,
        human_by=row.human_by,
        human_at=row.human_at,
    )
