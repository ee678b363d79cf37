"""Documents, their versions, fields and objects. A manifest is what is written; rows follow from it alone."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import Connection, Row, case, func, insert, select, update

from domain.errors import Advice, Refused
from domain.owners import Owner, OwnerKind
from storage.catalogue import schema as t
from storage.catalogue.numbers import number_key
from storage.catalogue.sql import inserted, sql_text, upsert
from storage.manifest import Manifest, content_key
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
        _put_owner(connection, manifest)
        new = upsert(connection, t.documents).values(created_at=manifest.created, **_document_values(manifest))
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
        _put_owner(connection, manifest)
        change = update(t.documents).where(t.documents.c.id == manifest.document_id)
        connection.execute(change.values(**_document_values(manifest)))
    connection.execute(
        insert(t.versions).values(
            document_id=manifest.document_id,
            version=manifest.version,
            manifest_key=manifest.key,
            manifest_sha256=manifest_sha256,
            message=manifest.message,
            content_key=content_key(manifest),
            created_at=manifest.created,
        )
    )
    rows = [
        {
            "document_id": manifest.document_id,
            "version": manifest.version,
            "role": o.role,
            "ordinal": o.ordinal,
            "sha256": o.sha256,
            "size": o.size,
            "media_type": o.media_type,
        }
        for o in manifest.objects
    ]
    if rows:
        connection.execute(insert(t.objects), rows)
    _put_fields(connection, manifest)
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


def _document_values(manifest: Manifest) -> dict[str, Any]:
    current = {f.name: f.current for f in manifest.fields}
    number = current.get("so_ky_hieu", "")
    return {
        "id": manifest.document_id,
        "agency": manifest.agency,
        "owner_ref": manifest.owner_ref,
        "owner_kind": manifest.owner.kind,
        "case_code": manifest.case_code,
        "kind": manifest.kind,
        "procedure": manifest.procedure,
        "original_sha256": manifest.original_sha256,
        "original_size": manifest.original_size,
        "original_name": sql_text(manifest.original_name),
        "media_type": manifest.media_type,
        "pages": manifest.pages,
        "part": manifest.part,
        "intake_key": manifest.intake_key,
        "status": manifest.status,
        "quarantine_code": manifest.quarantine_code,
        "quarantine_message": sql_text(manifest.quarantine_message),
        "type": sql_text(current.get("loai_van_ban", "")),
        "so_ky_hieu": sql_text(number),
        "so_ky_hieu_key": number_key(number),
        "ngay_ban_hanh": sql_text(current.get("ngay_ban_hanh", "")),
        "title": sql_text(current.get("trich_yeu", "")),
        "version": manifest.version,
        "updated_at": manifest.created,
    }


def _put_owner(connection: Connection, manifest: Manifest) -> None:
    """Write the owner so that the order of manifests does not matter: first seen at the earliest, newest name wins."""
    new = upsert(connection, t.owners).values(
        owner_ref=manifest.owner_ref,
        kind=manifest.owner.kind,
        number=manifest.owner.number,
        name=sql_text(manifest.owner_name),
        named_at=manifest.created if manifest.owner_name else "",
        created_at=manifest.created,
    )
    o, x = t.owners.c, new.excluded
    newer = x.named_at >= o.named_at
    connection.execute(
        new.on_conflict_do_update(
            index_elements=["owner_ref"],
            set_={
                "name": case((newer, x.name), else_=o.name),
                "named_at": case((newer, x.named_at), else_=o.named_at),
                "created_at": case((x.created_at < o.created_at, x.created_at), else_=o.created_at),
            },
        )
    )


def _put_fields(connection: Connection, manifest: Manifest) -> None:
    connection.execute(t.fields.delete().where(t.fields.c.document_id == manifest.document_id))
    rows = [
        {
            "document_id": manifest.document_id,
            "name": f.name,
            "value": sql_text(f.value),
            "confidence": f.confidence,
            "source": f.source,
            "page": f.page,
            "box": None if f.box is None else list(f.box),
            "raw": sql_text(f.raw),
            "candidates": [sql_text(c) for c in f.candidates],
            "human_value": None if f.human_value is None else sql_text(f.human_value),
            "human_by": f.human_by,
            "human_at": f.human_at,
        }
        for f in manifest.fields
    ]
    if rows:
        connection.execute(insert(t.fields), rows)


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
