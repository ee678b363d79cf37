"""A proposal as an officer looks at it: both papers side by side, what agrees, what does not, and where it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import msgspec
import pypdfium2
from PIL import Image, ImageDraw

from domain.likeness import likeness
from ocr.source.pdf_open import PDFIUM
from pipeline.duplicates import Finder
from pipeline.workplace import Workplace
from storage.catalogue.relations import Relation

#: what identity calls a field -> the field
FIELDS = {
    "type": "loai_van_ban",
    "number": "so_ky_hieu",
    "day": "ngay_ban_hanh",
    "issuer": "co_quan_ban_hanh",
    "subject": "trich_yeu",
}
_WIDTH = 1240  # pixels of a picture: an A4 page at 150 dpi
_AGREES, _DIFFERS, _UNKNOWN = (0, 130, 60), (200, 30, 30), (220, 140, 0)


class _Page(msgspec.Struct):
    width_px: int


class _Reading(msgspec.Struct):
    pages: list[_Page] = []


def proposal_json(workplace: Workplace, relation: Relation) -> dict[str, Any]:
    """Return *relation* with both papers: file name, page count, judged fields with page and box."""
    return asdict(relation) | {"papers": [_paper(workplace, i) for i in (relation.first_id, relation.second_id)]}


def _paper(workplace: Workplace, document_id: str) -> dict[str, Any]:
    view = workplace.warehouse.show(document_id)
    fields = {}
    for name, field_name in FIELDS.items():
        field = view.fields.get(field_name)
        if field is not None:
            sure = 1.0 if field.human_value is not None else field.confidence
            box = list(field.box) if field.box else None
            fields[name] = {"value": field.current, "confidence": sure, "page": field.page, "box": box}
    return {
        "document_id": document_id,
        "file": view.document.original_name,
        "pages": view.document.pages,
        "received_at": view.document.created_at,
        "status": view.document.status,
        "fields": fields,
    }


def contradictions(workplace: Workplace, relation: Relation) -> tuple[tuple[str, str], ...]:
    """Return what surely stands in the one paper and otherwise in the other, without marks: for the officer's eyes."""
    finder = Finder(workplace)
    return likeness(finder.words(relation.first_id), finder.words(relation.second_id)).contradictions


def write_pictures(workplace: Workplace, relation: Relation, folder: Path) -> list[Path]:
    """Draw the pages of both papers into *folder* as PNG, the judged fields framed: green agrees, red differs.

    The pages are those of the PDF/A, upright as boxes are. Files are named by document and page; what stands there is
    replaced. Raises ``DocumentUnknown``, ``Unavailable``, ``FixityError``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    colours = dict.fromkeys(relation.basis.get("agree", ()), _AGREES)
    colours |= dict.fromkeys(relation.basis.get("differ", ()), _DIFFERS)
    written = []
    for document_id in (relation.first_id, relation.second_id):
        reading = msgspec.json.decode(workplace.warehouse.open_role(document_id, "reading"), type=_Reading)
        frames = [
            (field["page"], field["box"], colours.get(name, _UNKNOWN))
            for name, field in _paper(workplace, document_id)["fields"].items()
            if field["box"] and field["page"]
        ]
        pages = _pages(workplace.warehouse.open_role(document_id, "pdfa"))
        for number, (picture, page) in enumerate(zip(pages, reading.pages, strict=False), 1):
            _frame(picture, [(box, c) for at, box, c in frames if at == number], _WIDTH / max(1, page.width_px))
            path = folder / f"{document_id}-{number:03d}.png"
            picture.save(path)
            written.append(path)
    return written


def _pages(pdf: bytes) -> list[Image.Image]:
    with PDFIUM:
        document = pypdfium2.PdfDocument(pdf)
        try:
            return [page.render(scale=_WIDTH / page.get_width()).to_pil().convert("RGB") for page in document]
        finally:
            document.close()


def _frame(picture: Image.Image, frames: Sequence[tuple[Sequence[float], tuple[int, int, int]]], scale: float) -> None:
    pen = ImageDraw.Draw(picture)
    for box, colour in frames:
        left, top, right, bottom = (round(v * scale) for v in box)
        pen.rectangle((left - 4, top - 4, right + 4, bottom + 4), outline=colour, width=3)
