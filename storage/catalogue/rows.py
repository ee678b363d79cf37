"""The rows that follow from a manifest, and from nothing else: the same for one document and for a million."""

from __future__ import annotations

from typing import Any

from domain.pixels import whole
from storage.catalogue.numbers import number_key
from storage.catalogue.sql import sql_text
from storage.manifest import Manifest, content_key
from storage.records import FACTS

Row = dict[str, Any]


def document(manifest: Manifest) -> Row:
    """The document's row but for ``created_at``."""
    current = {f.name: f.current for f in manifest.fields}
    number = current.get("so_ky_hieu", "")
    return {
        **{name: getattr(manifest, name) for name in FACTS},
        "id": manifest.document_id,
        "owner_kind": manifest.owner.kind,
        "original_name": sql_text(manifest.original_name),
        "quarantine_message": sql_text(manifest.quarantine_message),
        "type": sql_text(current.get("loai_van_ban", "")),
        "so_ky_hieu": sql_text(number),
        "so_ky_hieu_key": number_key(number),
        "ngay_ban_hanh": sql_text(current.get("ngay_ban_hanh", "")),
        "title": sql_text(current.get("trich_yeu", "")),
        "version": manifest.version,
        "updated_at": manifest.created,
    }


def version(manifest: Manifest, manifest_sha256: str) -> Row:
    """The version's row."""
    return {
        "document_id": manifest.document_id,
        "version": manifest.version,
        "manifest_key": manifest.key,
        "manifest_sha256": manifest_sha256,
        "message": manifest.message,
        "content_key": content_key(manifest),
        "created_at": manifest.created,
    }


def objects(manifest: Manifest) -> list[Row]:
    """The objects of this version."""
    return [
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


def fields(manifest: Manifest) -> list[Row]:
    """The fields as this version has them."""
    return [
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


def pixels(manifest: Manifest) -> list[Row]:
    """The digest of this version's page images; none where it has no such."""
    if not manifest.pixels:
        return []
    return [{"document_id": manifest.document_id, "digest": whole(manifest.pixels), "pages": len(manifest.pixels)}]


def owner(manifest: Manifest) -> Row:
    """The owner as this version names them."""
    return {
        "owner_ref": manifest.owner_ref,
        "kind": manifest.owner.kind,
        "number": manifest.owner.number,
        "name": sql_text(manifest.owner_name),
        "named_at": manifest.created if manifest.owner_name else "",
        "created_at": manifest.created,
    }


def case(manifest: Manifest, code: str, at: str) -> Row:
    """The case *code* as this document makes it where there is none yet."""
    return {
        "agency": manifest.agency,
        "code": code,
        "owner_ref": manifest.owner_ref,
        "procedure": manifest.procedure,
        "state": "received",
        "created_at": at,
        "updated_at": at,
    }


def case_document(manifest: Manifest, code: str, at: str) -> Row:
    """That this document belongs to case *code*."""
    return {"agency": manifest.agency, "code": code, "document_id": manifest.document_id, "added_at": at}
