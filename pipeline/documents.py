"""Looking at stored documents: their JSON shape, and taking their files out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from domain.errors import Advice, BadInput
from ocr.fields.calibration import is_paper, must_be_reviewed
from pipeline.workplace import Workplace
from storage.records import DocumentView

_SUFFIX = {
    "application/pdf": ".pdf",
    "image/tiff": ".tif",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "application/json": ".json",
    "text/plain; charset=utf-8": ".txt",
}


def suffix_of(media_type: str) -> str:
    """Return the file suffix of *media_type*, "" for an unknown one."""
    return _SUFFIX.get(media_type, "")


def document_json(view: DocumentView, accept: Mapping[str, float] | None = None) -> dict[str, Any]:
    """Return a document as the command line and the API show it; the owner's number is masked.

    *accept*: the installation's own thresholds (setting ``ocr.accept``) for fields that need no reviewer.
    """
    document = view.document
    paper = is_paper(view.fields["loai_giay_to"].current if "loai_giay_to" in view.fields else "")
    quarantine = {"code": document.quarantine_code, "message": document.quarantine_message}
    return {
        "id": document.id,
        "status": document.status,
        "quarantine": quarantine if document.quarantine_code else None,
        "agency": document.agency,
        "owner": str(view.owner),
        "cases": list(view.cases),
        "kind": document.kind,
        "procedure": document.procedure,
        "title": document.title,
        "type": document.type,
        "so_ky_hieu": document.so_ky_hieu,
        "ngay_ban_hanh": document.ngay_ban_hanh,
        "pages": document.pages,
        "media_type": document.media_type,
        "original_sha256": document.original_sha256,
        "created_at": document.created_at,
        "updated_at": document.updated_at,
        "fields": {
            name: {
                "value": field.current,
                "confidence": 1.0 if field.human_value is not None else field.confidence,
                "source": "officer" if field.human_value is not None else field.source,
                "page": field.page,
                "box": list(field.box) if field.box else None,
                "raw": field.raw,
                "machine_value": field.value,
                "review": field.human_value is None
                and must_be_reviewed(name, field.value, field.confidence, field.source, accept, paper=paper),
            }
            for name, field in view.fields.items()
        },
        "objects": [asdict(stored) for stored in view.objects],
        "register": [
            {
                "number": entry.number,
                "book": entry.book,
                "year": entry.year,
                "state": entry.state,
                "issued_at": entry.issued_at,
                "void_reason": entry.void_reason,
            }
            for entry in view.register
        ],
        "versions": [asdict(version) for version in view.versions],
    }


def take_out(
    workplace: Workplace, document_id: str, folder: Path, *, roles: Collection[str] | None = None
) -> list[tuple[str, Path]]:
    """Write the files of the newest version to *folder*, each hashed again; return (role, path) in order.

    Raises ``BadInput`` (``role-unknown``), ``DocumentUnknown``, ``FixityError``, ``BlobMissing``, ``Unavailable``.
    """
    view = workplace.warehouse.show(document_id)
    there = dict.fromkeys(stored.role for stored in view.objects)
    if unknown := [role for role in roles or () if role not in there]:
        said = f"Văn bản không có tệp {', '.join(unknown)}; có {', '.join(there)}."
        advice = Advice(said, "Chưa ghi gì.", "Chọn trong các tệp nêu trên.")
        raise BadInput("role-unknown", "the document has no file in one of the roles", advice)
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for stored in view.objects:
        if roles and stored.role not in roles:
            continue
        part = f"-{stored.ordinal}" if stored.ordinal else ""
        path = folder / f"{document_id}-{stored.role}{part}{_SUFFIX.get(stored.media_type, '.bin')}"
        workplace.warehouse.export_role(document_id, stored.role, path, ordinal=stored.ordinal)
        files.append((stored.role, path))
    return files
