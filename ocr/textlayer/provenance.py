"""Where a field's value was read: the file's own text and the text of signatures are named as what they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from domain.text import one_line
from ocr.model import Box, DocumentReading, FieldValue, PageReading
from ocr.textlayer.read import OWN_TEXT


def with_sources(documents: Sequence[DocumentReading], pages: Sequence[PageReading]) -> tuple[DocumentReading, ...]:
    """Return *documents* with ``source`` put right: ``text-layer`` or ``signature`` where ``ocr`` is not true.

    A value is a signature's when part of it stands in the text of a signature block at that place: number and day of
    a born-digital paper are written by the signing tool.
    """
    by_number = {page.number: page for page in pages}
    return tuple(
        replace(document, fields={name: _sourced(v, by_number.get(v.page)) for name, v in document.fields.items()})
        for document in documents
    )


def _sourced(value: FieldValue, page: PageReading | None) -> FieldValue:
    if value.source != "ocr" or page is None or value.box is None or not value.value:
        return value
    words = set(one_line(value.raw or value.value).split())
    for block in page.signature_blocks:
        if _meet(block.box, value.box) and words & set(block.text.split()):
            return replace(value, source="signature")
    if page.text_layer == "used" or (page.text_layer == "mixed" and _own(page, value.box)):
        return replace(value, source="text-layer")
    return value


def _own(page: PageReading, box: Box) -> bool:
    """Tell whether the words within *box* are all the file's own (their confidences are fixed ones)."""
    return all(
        word.confidence in OWN_TEXT
        for word in page.words
        if box[0] <= (word.box[0] + word.box[2]) / 2 <= box[2] and box[1] <= (word.box[1] + word.box[3]) / 2 <= box[3]
    )


def _meet(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
