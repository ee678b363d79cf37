"""Where on the page the words of a hit stand: looked up in the stored reading, for the hits that are shown only."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from domain.errors import SohoaError
from domain.text import fold
from storage.blobs import get_blob
from storage.catalogue import documents
from storage.catalogue.search import Hit
from storage.records import Box
from storage.warehouse import Warehouse


class _Word(msgspec.Struct):
    text: str
    box: Box


class _Line(msgspec.Struct):
    first_word: int
    words: int


class _Page(msgspec.Struct):
    number: int
    words: list[_Word] = []
    lines: list[_Line] = []


class _Reading(msgspec.Struct):
    pages: list[_Page] = []


def boxes_of(warehouse: Warehouse, hits: Sequence[Hit]) -> dict[str, tuple[Box, ...]]:
    """Return, by document, the boxes of the words that each hit's snippet stands around: one for each line they are on.

    Pixels of the upright page (``ocr.model``), left, top, right, bottom. A document whose words stand in a field has
    the field's box. None for a hit without page, or whose reading cannot be had now: a search does not fail for it.
    """
    found: dict[str, tuple[Box, ...]] = {}
    for hit in hits:
        if hit.box is not None:
            found[hit.document.id] = (hit.box,)
        elif hit.page and hit.phrase:
            page = _page(warehouse, hit)
            if page is not None and (boxes := _boxes(page, hit.phrase)):
                found[hit.document.id] = boxes
    return found


def _page(warehouse: Warehouse, hit: Hit) -> _Page | None:
    with warehouse.catalogue.read() as connection:
        objects = documents.objects(connection, hit.document.id, hit.document.version)
    reading = next((o.sha256 for o in objects if o.role == "reading"), "")
    try:
        pages = msgspec.json.decode(get_blob(warehouse.store, reading), type=_Reading).pages if reading else []
    except (SohoaError, msgspec.MsgspecError):
        return None
    return next((page for page in pages if page.number == hit.page), None)


def _boxes(page: _Page, phrase: tuple[str, ...]) -> tuple[Box, ...]:
    """Return the boxes of the first place where *phrase* stands, a line at a time."""
    pieces = [(piece, n) for n, word in enumerate(page.words) for piece in fold(word.text).split()]
    folded = [piece for piece, _ in pieces]
    for start in range(len(folded) - len(phrase) + 1):
        if tuple(folded[start : start + len(phrase)]) == phrase:
            numbers = dict.fromkeys(n for _, n in pieces[start : start + len(phrase)])
            lines = [
                [page.words[n].box for n in numbers if line.first_word <= n < line.first_word + line.words]
                for line in page.lines
            ]
            return tuple(_around(boxes) for boxes in lines if boxes)
    return ()


def _around(boxes: Sequence[Box]) -> Box:
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)
