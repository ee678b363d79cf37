"""From a manifest to the rows of the catalogue: one way, for writing, for catching up after a crash, for rebuilding."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from storage.blobs import get_blob
from storage.catalogue import cases, documents, register, text_index
from storage.errors import BlobMissing, FixityError, ObjectDamaged
from storage.manifest import Manifest, canonical
from storage.objects import ObjectStore

CASE_LINK = "sohoa-case-link/1"


@dataclass(frozen=True)
class Text:
    """A version's text as the store gives it. ``lost``: why it cannot be had (``missing``, ``altered``), else ""."""

    body: str
    sha256: str = ""  # of its blob; "" where the version has none
    lost: str = ""


def index_manifest(connection: Connection, manifest: Manifest, sha256: str, text: str | None) -> bool:
    """Write all rows that follow from *manifest* (digest *sha256*); False if they were there already.

    *text* is :func:`readable_text` of it, fetched before the transaction begins: no lock is held over a remote call;
    None: a newer version follows at once, so this one need not be searchable. Raises
    ``Refused`` (``version-order``, ``case-of-another-owner``).
    """
    if not documents.apply_manifest(connection, manifest, sha256):
        return False
    if manifest.case_code:
        join_case(connection, manifest, manifest.case_code, manifest.created)
    if text is not None and manifest.version == 1:  # nothing of it can be indexed yet
        text_index.index_new(connection, [findable(manifest, text)])
    elif text is not None:
        index_text(connection, manifest, text)
    for entry in manifest.register:
        register.restore(connection, entry)
    return True


def index_text(connection: Connection, manifest: Manifest, text: str) -> None:
    """Make the document of *manifest* findable with its *text*, in place of what was indexed of it before."""
    text_index.index_document(connection, findable(manifest, text))


def findable(manifest: Manifest, text: str) -> text_index.Findable:
    """Return the document of *manifest*, with its *text*, as search is to know it."""
    current = {f.name: f.current for f in manifest.fields}
    scope = text_index.Scope(
        agency=manifest.agency,
        owner_ref=manifest.owner_ref,
        kind=manifest.kind,
        type=current.get("loai_van_ban", ""),
        year=current.get("ngay_ban_hanh", "")[:4],
    )
    return text_index.Findable(manifest.document_id, scope, manifest.fields, text)


def join_case(connection: Connection, manifest: Manifest, code: str, at: str) -> bool:
    """Put the document of *manifest* into the case *code* of its agency, made when missing; False if it was there."""
    cases.ensure(
        connection,
        agency=manifest.agency,
        code=code,
        owner_ref=manifest.owner_ref,
        procedure=manifest.procedure,
        at=at,
    )
    return cases.add_document(connection, agency=manifest.agency, code=code, document_id=manifest.document_id, at=at)


def text_of(store: ObjectStore, manifest: Manifest) -> str:
    """Return the stored text of this version, pages parted by form feeds; "" if it has none.

    Raises ``FixityError``, ``BlobMissing``, ``Unavailable``.
    """
    for stored in manifest.objects:
        if stored.role == "text":
            return get_blob(store, stored.sha256).decode("utf-8")
    return ""


def readable_text(store: ObjectStore, manifest: Manifest) -> Text:
    """Return :func:`text_of`, or why it cannot be had: damage to what was stored before stops no act.

    Raises ``Unavailable``: a store that does not answer has lost nothing.
    """
    sha256 = _text_sha256(manifest)
    try:
        return Text(text_of(store, manifest), sha256)
    except BlobMissing:
        return Text("", sha256, "missing")
    except (FixityError, ObjectDamaged):
        return Text("", sha256, "altered")


def text_among(blobs: Mapping[str, bytes], manifest: Manifest) -> Text | None:
    """Return the text of this version if it is among *blobs* (digest -> bytes), else None."""
    sha256 = _text_sha256(manifest)
    return Text(blobs[sha256].decode("utf-8"), sha256) if sha256 in blobs else None


def _text_sha256(manifest: Manifest) -> str:
    return next((stored.sha256 for stored in manifest.objects if stored.role == "text"), "")


def case_link(manifest_prefix: str, code: str, at: str) -> tuple[str, bytes]:
    """Return key and bytes of the record that a document also serves case *code* (so that rebuilding knows it)."""
    name = hashlib.sha256(code.encode()).hexdigest()[:32]
    return f"{manifest_prefix}case-{name}.json", canonical({"type": CASE_LINK, "code": code, "at": at})


def read_case_link(data: bytes) -> tuple[str, str]:
    """Return case code and time of a record made by :func:`case_link`. Raises ``ValueError`` for anything else."""
    try:
        record = json.loads(data)
        if record["type"] != CASE_LINK:
            raise ValueError("not a case link")
        return str(record["code"]), str(record["at"])
    except (KeyError, TypeError, UnicodeDecodeError, json.JSONDecodeError) as exc:
        raise ValueError("broken case link") from exc
