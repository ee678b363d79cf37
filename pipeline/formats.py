"""The documented JSON shapes (``docs/formats.md``) of what the product reads."""

from __future__ import annotations

from typing import Any

from ocr.model import DocumentReading, FieldValue, FileReading, OwnerClue, PageReading, SignatureClaim, Word


def file_json(reading: FileReading) -> dict[str, Any]:
    """Return the shape of ``sohoa ocr --json``."""
    return {
        "source": reading.source,
        "sha256": reading.sha256,
        "engine": reading.engine,
        "pages": [_page(page) for page in reading.pages],
        "documents": [_document(document) for document in reading.documents],
        "signatures": [_claim(claim) for claim in reading.signatures],
    }


def _claim(claim: SignatureClaim) -> dict[str, Any]:
    return {
        "field": claim.field,
        "kind": claim.kind,
        "signer": claim.signer,
        "organisation": claim.organisation,
        "signed_at": claim.signed_at.isoformat() if claim.signed_at else None,
        "time_source": claim.time_source,
        "verified": False,
    }


def file_text(reading: FileReading) -> str:
    """Return the text of all pages in reading order, a form feed between pages."""
    return "\f".join(page.text.rstrip("\n") + "\n" for page in reading.pages)


def _page(page: PageReading) -> dict[str, Any]:
    words: list[dict[str, Any]] = []
    lines: list[dict[str, Any]] = []
    for line in page.lines:
        lines.append({"first_word": len(words), "words": len(line.words), "box": list(line.box)})
        words += [_word(word) for word in line.words]
    return {
        "number": page.number,
        "width_px": page.width_px,
        "height_px": page.height_px,
        "image_width_px": page.image_width_px,
        "image_height_px": page.image_height_px,
        "dpi": round(page.dpi, 2),
        "rotation": page.rotation,
        "skew_deg": page.skew_deg,
        "blank": page.blank,
        "mean_confidence": round(page.mean_confidence, 4),
        "image_source": page.image_source,
        "text_layer": page.text_layer,
        "pixel_digest": page.pixel_digest,
        "text": page.text,
        "words": words,
        "lines": lines,
        "marks": [{"kind": m.kind, "box": list(m.box), "confidence": round(m.confidence, 4)} for m in page.marks],
        "pen": [
            {
                "kind": p.kind,
                "box": list(p.box),
                "pen": p.pen,
                "candidates": [{"text": c.text, "confidence": c.confidence} for c in p.candidates],
                **({"letter": True} if p.letter else {}),
            }
            for p in page.pen
        ],
        "signature_blocks": [{"field": b.field, "box": list(b.box), "text": b.text} for b in page.signature_blocks],
        "codes": [{"kind": c.kind, "text": c.text, "box": list(c.box)} for c in page.codes],
    }


def _word(word: Word) -> dict[str, Any]:
    shape: dict[str, Any] = {"text": word.text, "confidence": round(word.confidence, 4), "box": list(word.box)}
    if word.raw:
        shape["raw"] = word.raw
    return shape


def _document(document: DocumentReading) -> dict[str, Any]:
    return {
        "first_page": document.first_page,
        "last_page": document.last_page,
        "fields": {name: field_json(value) for name, value in document.fields.items()},
        "owners": [_owner(clue) for clue in document.owners],
    }


def _owner(clue: OwnerClue) -> dict[str, Any]:
    return {
        "kind": clue.kind,
        "number": clue.number,
        "name": clue.name,
        "confidence": round(clue.confidence, 4),
        "source": clue.source,
        "page": clue.page,
        "box": list(clue.box) if clue.box else None,
        "doubts": list(clue.doubts),
    }


def field_json(value: FieldValue) -> dict[str, Any]:
    """Return one field with its evidence."""
    shape: dict[str, Any] = {
        "value": value.value,
        "confidence": round(value.confidence, 4),
        "source": value.source,
        "page": value.page,
        "box": list(value.box) if value.box else None,
        "review": value.review,
    }
    if value.checks:
        shape["checks"] = list(value.checks)
    if value.raw and value.raw != value.value:
        shape["raw"] = value.raw
    if value.candidates:
        shape["candidates"] = list(value.candidates)
    return shape
