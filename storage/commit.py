"""The order of writing: manifest, then the rows with their audit events and outbox message in one transaction.

The blobs that a manifest names must be stored before. The manifest is the commit point. What was stored before and is
damaged now (the text of an earlier version) does not stop it: the document is then indexed with what there is.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime

from sqlalchemy import Connection

from domain.errors import Advice, Refused, Unavailable
from storage import keys
from storage.catalogue import audit, documents, lost_texts, outbox, tombstones
from storage.catalogue.audit import Happened
from storage.catalogue.engine import Catalogue, utc_text
from storage.catalogue.lost_texts import LostText
from storage.indexing import Text, index_manifest, index_text, readable_text, text_among
from storage.manifest import Manifest, decode, encode
from storage.objects import ObjectStore, destroy
from storage.records import Document

log = logging.getLogger(__name__)


def commit(
    store: ObjectStore, catalogue: Catalogue, manifest: Manifest, now: datetime, written: Mapping[str, bytes]
) -> bool:
    """Put the manifest and its rows; False if another stands in its place (that one is indexed then).

    *written*: digest -> bytes of blobs that the caller has put a moment ago, so that they are not fetched again.

    Raises ``Refused`` (``document-disposed``: the paper was destroyed meanwhile, the manifest is taken away again),
    ``Unavailable``.
    """
    data = encode(manifest)
    ours = store.put(manifest.key, data, content_type="application/json")
    if not ours:
        standing = store.get(manifest.key)
        if standing != data and _of_the_destroyed(catalogue, manifest, standing):
            # a disposal was killed before it removed it; the same paper came in anew meanwhile
            destroy(store, manifest.key)
            return commit(store, catalogue, manifest, now, written)
        ours = standing == data
        manifest, data = decode(standing), standing
    try:
        text = text_among(written, manifest) or readable_text(store, manifest)
        _index(catalogue, manifest, hashlib.sha256(data).hexdigest(), text, now)
    except Refused as error:
        if error.code == "version-order" and _of_the_destroyed(catalogue, manifest, data):
            # its rows went between our look at the document and our transaction; who destroys it may have listed what
            # there is before our manifest stood there. A key that may not remove it leaves it to the sweep.
            with suppress(Refused, Unavailable):
                destroy(store, manifest.key)
            raise _disposed(manifest.document_id) from error
        raise
    return ours


def _of_the_destroyed(catalogue: Catalogue, manifest: Manifest, standing: bytes) -> bool:
    with catalogue.read() as connection:
        known = tombstones.of_document(connection, manifest.document_id)
    return tombstones.counts_no_more(known, manifest.key, standing)


def _index(catalogue: Catalogue, manifest: Manifest, sha256: str, text: Text, now: datetime) -> None:
    with catalogue.begin() as connection:
        body, kept = text.body, None
        if text.lost:
            kept = lost_texts.kept_body(connection, manifest.document_id, text.sha256)
            body = kept or ""
        if not index_manifest(connection, manifest, sha256, body):
            return
        version = {"version": manifest.version, "manifest": sha256}
        happened = [
            Happened(e.type, e.agent, e.at, manifest.document_id, e.outcome, {**version, **e.detail})
            for e in manifest.events
        ]
        audit.append_all(connection, manifest.agency, happened)
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
        if text.lost:
            _tell_of_lost(connection, manifest, text, utc_text(now), without=kept is None)
        else:
            lost_texts.clear(connection, manifest.document_id)


def _tell_of_lost(connection: Connection, manifest: Manifest, text: Text, at: str, *, without: bool) -> None:
    """Write down that the text could not be read; *without*: the search has nothing of it either."""
    if without:
        lost_texts.mark(connection, LostText(manifest.document_id, manifest.agency, text.sha256, at))
    log.warning("document %s: its stored text is %s (blob %s)", manifest.document_id, text.lost, text.sha256)
    audit.append(
        connection,
        agency=manifest.agency,
        event_type="fixity check",
        agent=manifest.events[0].agent if manifest.events else "",
        at=at,
        document_id=manifest.document_id,
        outcome="failure",
        detail={
            "act": "indexed without text" if without else "indexed with the text that search had",
            "key": keys.blob_key(text.sha256),
            "found": text.lost,
        },
    )


def index_found_texts(store: ObjectStore, catalogue: Catalogue, *, agent: str, now: datetime) -> tuple[int, int]:
    """Index documents again whose lost text can be read now; return how many were, and how many are still without.

    Raises ``Unavailable``.
    """
    found, after = 0, ""
    left = 0
    while True:
        with catalogue.read() as connection:
            batch = lost_texts.listed(connection, after=after)
        if not batch:
            return found, left
        after = batch[-1].document_id
        for lost in batch:
            if _index_again(store, catalogue, lost, agent, now):
                found += 1
            else:
                left += 1


def _index_again(store: ObjectStore, catalogue: Catalogue, lost: LostText, agent: str, now: datetime) -> bool:
    with catalogue.read() as connection:
        document = documents.get(connection, lost.document_id)
    if document is None:
        with catalogue.begin() as connection:
            return lost_texts.clear(connection, lost.document_id)
    try:
        manifest, sha256 = load(store, document)
    except Refused:
        return False  # scrubbing names it
    text = readable_text(store, manifest)
    if text.lost:
        return False
    with catalogue.begin() as connection:
        standing = documents.lock(connection, document.id)
        if standing is None or standing.version != manifest.version:
            return False  # another act came between: it indexed, or the next run does
        index_text(connection, manifest, text.body)
        lost_texts.clear(connection, document.id)
        audit.append(
            connection,
            agency=document.agency,
            event_type="metadata modification",
            agent=agent,
            at=utc_text(now),
            document_id=document.id,
            detail={"act": "text indexed again", "version": manifest.version, "manifest": sha256},
        )
    return True


def load(store: ObjectStore, document: Document) -> tuple[Manifest, str]:
    """Return the manifest of the newest version and its digest. Raises ``Refused`` (``manifest-broken``)."""
    key = keys.manifest_key(document.agency, document.owner_ref, document.id, document.version)
    try:
        data = store.get(key)
        manifest = decode(data)
    except (KeyError, ValueError) as exc:
        raise broken_manifest(key) from exc
    return manifest, hashlib.sha256(data).hexdigest()


def broken_manifest(key: str) -> Refused:
    """Return the error for a manifest that is missing, cannot be read, or is not the one that was indexed."""
    return Refused(
        "manifest-broken",
        f"manifest {key} is missing or broken",
        Advice(
            "Bản kê của tài liệu trong kho bị mất hoặc bị hỏng.",
            "Các bản lưu của tài liệu vẫn còn trong kho.",
            "Báo quản trị kho để khôi phục bản kê.",
        ),
    )


def _disposed(document_id: str) -> Refused:
    return Refused(
        "document-disposed",
        f"document {document_id} was disposed of meanwhile",
        Advice(
            "Tài liệu này vừa bị hủy theo danh mục hủy đã duyệt.",
            "Thao tác không được thực hiện; chưa có gì được lưu thêm.",
            "Xem biên bản hủy; nếu vẫn cần tài liệu, nhận lại bản gốc như giấy tờ mới.",
        ),
    )


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
