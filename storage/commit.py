"""The order of writing: manifest, then the rows with their audit events and outbox message in one transaction.

The blobs that a manifest names must be stored before. The manifest is the commit point.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from domain.errors import Advice, Refused
from storage import keys
from storage.catalogue import audit, outbox, tombstones
from storage.catalogue.engine import Catalogue
from storage.indexing import index_manifest, text_of
from storage.manifest import Manifest, decode, encode
from storage.objects import ObjectStore, destroy
from storage.records import Document


def commit(store: ObjectStore, catalogue: Catalogue, manifest: Manifest, now: datetime) -> bool:
    """Put the manifest and its rows; False if another stands in its place (that one is indexed then)."""
    data = encode(manifest)
    ours = store.put(manifest.key, data, content_type="application/json")
    if not ours:
        standing = store.get(manifest.key)
        if standing != data and _of_the_destroyed(catalogue, manifest, standing):
            # a disposal was killed before it removed it; the same paper came in anew meanwhile
            destroy(store, manifest.key)
            return commit(store, catalogue, manifest, now)
        ours = standing == data
        manifest, data = decode(standing), standing
    _index(store, catalogue, manifest, hashlib.sha256(data).hexdigest(), now)
    return ours


def _of_the_destroyed(catalogue: Catalogue, manifest: Manifest, standing: bytes) -> bool:
    with catalogue.read() as connection:
        known = tombstones.of_document(connection, manifest.document_id)
    return tombstones.counts_no_more(known, manifest.key, hashlib.sha256(standing).hexdigest())


def _index(store: ObjectStore, catalogue: Catalogue, manifest: Manifest, sha256: str, now: datetime) -> None:
    text = text_of(store, manifest)
    with catalogue.begin() as connection:
        if not index_manifest(connection, manifest, sha256, text):
            return
        for event in manifest.events:
            audit.append(
                connection,
                agency=manifest.agency,
                event_type=event.type,
                agent=event.agent,
                at=event.at,
                document_id=manifest.document_id,
                outcome=event.outcome,
                detail={"version": manifest.version, "manifest": sha256, **event.detail},
            )
        outbox.add(
            connection,
            event_id=f"{manifest.document_id}:v{manifest.version}",
            topic=f"document.{manifest.message}",
            payload={
                "document_id": manifest.document_id,
                "version": manifest.version,
                "agency": manifest.agency,
                "owner_ref": manifest.owner_ref,
                "case_code": manifest.case_code,
                "status": manifest.status,
            },
            now=now,
        )


def load(store: ObjectStore, document: Document) -> tuple[Manifest, str]:
    """Return the manifest of the newest version and its digest. Raises ``Refused`` (``manifest-broken``)."""
    key = keys.manifest_key(document.agency, document.owner_ref, document.id, document.version)
    try:
        data = store.get(key)
        manifest = decode(data)
    except (KeyError, ValueError) as exc:
        raise Refused(
            "manifest-broken",
            f"manifest {key} is missing or broken",
            Advice(
                "Bản kê của tài liệu trong kho bị mất hoặc bị hỏng.",
                "Các bản lưu của tài liệu vẫn còn trong kho.",
                "Báo quản trị kho để khôi phục bản kê.",
            ),
        ) from exc
    return manifest, hashlib.sha256(data).hexdigest()


def contended(what: str) -> Refused:
    """Return the error for a writer that never got its turn."""
    return Refused(
        "contended",
        f"other writers keep changing {what}",
        Advice(
            "Tài liệu đang được nhiều tiến trình cùng sửa.",
            "Các thay đổi của tiến trình khác đã được lưu.",
            "Mở lại tài liệu rồi thực hiện lại thao tác.",
        ),
    )
