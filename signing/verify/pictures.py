"""Pictures of pages before and after a forbidden change, for the eyes of an officer; they decide nothing.

Only inside a worker: a renderer that reads a stranger's file needs limits.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from signing.verify.model import PagePictures

MOST_PAGES, MOST_PICTURES = 60, 4
LOOK_PIXELS, SHOW_PIXELS = 300, 900  # longer side: for comparing, for showing


def pictures(data: bytes, changes: Sequence[tuple[int, int, int]]) -> tuple[PagePictures, ...]:
    """Return pictures of the pages that look different after each change, at most ``MOST_PICTURES`` in all.

    *changes* are (revision number, start, end): the file up to ``start`` was before, up to ``end`` after. A state
    that cannot be drawn gives no pictures.
    """
    import pypdfium2

    found: list[PagePictures] = []
    for number, start, end in changes:
        try:
            before, after = pypdfium2.PdfDocument(data[:start]), pypdfium2.PdfDocument(data[:end])
        except pypdfium2.PdfiumError:
            continue
        try:
            for index in range(min(max(len(before), len(after)), MOST_PAGES)):
                if len(found) >= MOST_PICTURES:
                    return tuple(found)
                if _drawn(before, index, LOOK_PIXELS) != _drawn(after, index, LOOK_PIXELS):
                    shown = _drawn(before, index, SHOW_PIXELS), _drawn(after, index, SHOW_PIXELS)
                    found.append(PagePictures(number, index + 1, *shown))
        finally:
            before.close()
            after.close()
    return tuple(found)


def _drawn(document: Any, index: int, pixels: int) -> bytes:
    """Return one page as PNG, annotations and fields drawn; empty where there is no such page or it cannot be drawn."""
    import pypdfium2

    if index >= len(document):
        return b""
    try:
        page = document[index]
        width, height = page.get_size()
        picture = page.render(scale=pixels / max(width, height, 1.0), may_draw_forms=True).to_pil()
    except (pypdfium2.PdfiumError, ValueError, MemoryError):
        return b""
    out = io.BytesIO()
    picture.convert("RGB").quantize(64).save(out, "PNG", optimize=True)
    return out.getvalue()
