"""Documents, their versions, fields and objects. A manifest is what is written; rows follow from it alone."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, cast

from sqlalchemy import Connection, Row, bindparam, case, delete, func, select, update

from domain.errors import Advice, Refused
from domain.owners import Owner, OwnerKind
from storage.catalogue import fixity, rows
from storage.catalogue import schema as t
from storage.catalogue.sql import insert_many, insert_new, inserted, upsert
from storage.manifest import Manifest
from storage.records import Document, FieldRecord, StoredObject, VersionRecord

_DOCUMENT_COLUMNS = [c for c in t.documents.c if c.name != "so_ky_hieu_key"]
#: from these the identifier follows, so no later version has others: their indexes are left in peace
_NEVER_CHANGES = ("agency", "owner_ref", "owner_kind", "original_sha256", "part")

# made once: making a statement costs more than running it, and every act runs these
_D, _V = t.documents.c, t.versions.c
_GET = select(*_DOCUMENT_COLUMNS).where(_D.id == bindparam("of"))
_LOCK = _GET.with_for_update()
_FIND_ORIGINAL = select(*_DOCUMENT_COLUMNS).where(
    _D.agency == bindparam("of_agency"),
    _D.owner_ref == bindparam("of_owner"),
    _D.original_sha256 == bindparam("of_bytes"),
    _D.part == bindparam("of_part"),
)
_CHANGE = update(t.documents).where(_D.id == bindparam("of"))
_WITH_CONTENT = select(func.max(_V.version)).where(
    _V.document_id == bindparam("of"), _V.content_key == bindparam("content")
)
_DIGEST = select(_V.manifest_sha256).where(_V.document_id == bindparam("of"), _V.version == bindparam("number"))
_FORGET_FIELDS = delete(t.fields).where(t.fields.c.document_id == bindparam("of"))
_FORGET_PIXELS = delete(t.pixels).where(t.pixels.c.document_id == bindparam("of"))


def get(connection: Connection, document_id: str) -> Document | None:
    """Return the document's row, or None."""
    row = connection.execute(_GET, {"of": document_id}).first()
    return None if row is None else _document(row)


def lock(connection: Connection, document_id: str) -> Document | None:
    """Return the document's row, locked against other writers until this transaction ends."""
    row = connection.execute(_LOCK, {"of": document_id}).first()
    return None if row is None else _document(row)


def find_original(
    connection: Connection, agency: str, owner_ref: str, original_sha256: str, part: int = 0
) -> Document | None:
    """Return the document that this agency holds for this owner from exactly these bytes, or None."""
    asked = {"of_agency": agency, "of_owner": owner_ref, "of_bytes": original_sha256, "of_part": part}
    row = connection.execute(_FIND_ORIGINAL, asked).first()
    return None if row is None else _document(row)


def apply_manifest(connection: Connection, manifest: Manifest, manifest_sha256: str) -> bool:
    """Write the rows that follow from *manifest*; return False (and write nothing) if its version is there already.

    Versions must come in order: ``Refused`` (code ``version-order``) if one between is missing, if another manifest
    stands under this version, or if it does not follow the one before.
    """
    document_id = manifest.document_id
    current = lock(connection, document_id)
    new = False
    if current is None and manifest.version == 1:
        put_owners(connection, [rows.owner(manifest)])
        row = rows.document(manifest) | {"created_at": manifest.created}
        new = inserted(connection, insert_new(connection.dialect.name, t.documents), row)
        if not new:
            current = lock(connection, document_id)  # another process wrote it since we looked
    have = 0 if current is None else current.version
    if have >= manifest.version:
        if manifest_digest(connection, document_id, manifest.version) != manifest_sha256:
            raise _version_order(manifest)
        return False
    if have + 1 != manifest.version:
        raise _version_order(manifest)
    if have and manifest_digest(connection, document_id, have) != manifest.previous_sha256:
        raise _version_order(manifest)  # it was made from another paper: of one that was destroyed, and came in anew
    if current is not None:
        put_owners(connection, [rows.owner(manifest)])
        row = rows.document(manifest)
        del row["id"]
        for name in _NEVER_CHANGES:
            del row[name]
        connection.execute(_CHANGE, {"of": document_id, **row})
    insert_many(connection, t.versions, [rows.version(manifest, manifest_sha256)])
    insert_many(connection, t.objects, rows.objects(manifest))
    if not new:
        connection.execute(_FORGET_FIELDS, {"of": document_id})
        connection.execute(_FORGET_PIXELS, {"of": document_id})
    insert_many(connection, t.fields, rows.fields(manifest))
    insert_many(connection, t.pixels, rows.pixels(manifest))
    fixity.enqueue(connection, [(manifest, manifest_sha256)])
    return True


def manifest_digest(connection: Connection, document_id: str, version: int) -> str | None:
    """Return the digest of the manifest of a version as the catalogue knows it, or None."""
    return connection.execute(_DIGEST, {"of": document_id, "number": version}).scalar()


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
    return connection.execute(_WITH_CONTENT, {"of": document_id, "content": content}).scalar()


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
    connection.execute(_put_owner(connection.dialect.name), owners)


@lru_cache
def _put_owner(dialect: str) -> Any:
    new = upsert(dialect, t.owners)
    o, x = t.owners.c, new.excluded
    newer = x.named_at >= o.named_at
    return new.on_conflict_do_update(
        index_elements=["owner_ref"],
        set_={
            "name": case((newer, x.name), else_=o.name),
            "named_at": case((newer, x.named_at), else_=o.named_at),
            "created_at": case((x.created_at < o.created_at, x.created_at), else_=o.created_at),
        },
    )


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
