"""What annotations show over a scan, and where they lie in it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import pikepdf

from ocr.source.image import Overlay, PageImage
from ocr.source.pdf_content import PlacedImage, Rect
from ocr.source.pdf_draw import draw
from ocr.source.pdf_open import DAMAGE, PDFIUM
from ocr.source.pdf_space import shown_rect

#: annotations over a scan of lower resolution are rendered finer than the scan, so that their small print is kept
_OVERLAY_DPI = 200.0
_MAX_ANNOTATIONS = 100
_HIDDEN, _NO_VIEW = 2, 32
_NOT_DRAWN = ("/Link", "/Popup")
_OUTSIDE = object()
_N = TypeVar("_N", int, float)


def annotation_rects(page: pikepdf.Page) -> list[Rect]:
    """Return the boxes of annotations that may be seen (points, y up)."""
    annotations = page.obj.get("/Annots")
    if not isinstance(annotations, pikepdf.Array):
        return []
    rects: list[Rect] = []
    for annotation in annotations:
        if not isinstance(annotation, pikepdf.Dictionary) or str(annotation.get("/Subtype")) in _NOT_DRAWN:
            continue
        if int(annotation.get("/F", 0)) & (_HIDDEN | _NO_VIEW):
            continue
        try:
            x0, y0, x1, y1 = (float(v) for v in annotation.Rect)
        except DAMAGE:
            continue
        if abs(x1 - x0) > 0.5 and abs(y1 - y0) > 0.5:
            rects.append((min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)))
    return rects


def overlays_on(
    pixels: Callable[[], Any], number: int, rects: list[Rect], where: ImageOnPage, image: PageImage
) -> tuple[Overlay, ...] | None:
    """Return what annotations show over the scan; None where only a full rendering shows all of it.

    Args:
        pixels: opens the PDFium document.
        number: the page, 1-based.
        rects: boxes of its annotations.
        where: where the scan lies on it.
        image: the scan.
    """
    if len(rects) > _MAX_ANNOTATIONS:
        return None
    found: list[Overlay] = []
    fine = max(1, math.ceil(_OVERLAY_DPI / image.dpi))
    with PDFIUM:
        page = pixels()[number - 1]
        try:
            for rect in rects:
                overlay = where.overlay(page, rect, image, fine)
                if overlay is _OUTSIDE:
                    return None
                if isinstance(overlay, Overlay):
                    found.append(overlay)
        finally:
            page.close()
    return tuple(found)


class ImageOnPage:
    """Where the image lies on the page as shown, to carry boxes between page and scan."""

    def __init__(self, placed: PlacedImage, box: Rect, turn: int, tilt: float, upright: int) -> None:
        self._bounds, self._box, self._turn, self._upright = placed.bounds, box, turn, upright
        self._tilted = abs(tilt - round(tilt / 90) * 90) > 0.02

    def _shown(self, rect: Rect) -> Rect:
        """Return *rect* (page space) in the page as shown: points, y down, origin top left."""
        return shown_rect(rect, self._box, self._turn)

    def in_scan(self, rect: Rect, size: tuple[int, int]) -> Rect:
        """Return *rect* (points of the page as shown) in pixels of the scan of *size*, as it lies."""
        shown_size = (size[1], size[0]) if self._upright in (90, 270) else size
        area = self._shown(self._bounds)
        sx, sy = shown_size[0] / (area[2] - area[0]), shown_size[1] / (area[3] - area[1])
        placed = (
            (rect[0] - area[0]) * sx,
            (rect[1] - area[1]) * sy,
            (rect[2] - area[0]) * sx,
            (rect[3] - area[1]) * sy,
        )
        return unturned(placed, self._upright, size)

    def overlay(self, page: Any, rect: Rect, image: PageImage, fine: int) -> Overlay | object | None:
        """Return what the annotation in *rect* adds, None if nothing is seen, `_OUTSIDE` if it leaves the scan."""
        turned = self._upright in (90, 270)
        shown_size = (image.height, image.width) if turned else (image.width, image.height)
        area = self._shown(self._bounds)
        sx, sy = shown_size[0] / (area[2] - area[0]), shown_size[1] / (area[3] - area[1])
        l, t, r, b = self._shown(rect)  # noqa: E741
        box = (
            math.floor((l - area[0]) * sx) - 2,
            math.floor((t - area[1]) * sy) - 2,
            math.ceil((r - area[0]) * sx) + 2,
            math.ceil((b - area[1]) * sy) + 2,
        )
        inner = (max(0, box[0]), max(0, box[1]), min(shown_size[0], box[2]), min(shown_size[1], box[3]))
        leaves = any(abs(o - i) > 0.01 * max(shown_size) for o, i in zip(box, inner, strict=True))
        if inner[2] - inner[0] < 1 or inner[3] - inner[1] < 1:
            whole = self._shown(self._box)
            on_page = l < whole[2] and r > whole[0] and t < whole[3] and b > whole[1]
            return _OUTSIDE if on_page else None
        whole = self._shown(self._box)
        sx, sy = sx * fine, sy * fine
        canvas = (round((whole[2] - whole[0]) * sx), round((whole[3] - whole[1]) * sy))
        start = (round(area[0] * sx), round(area[1] * sy))
        crop = tuple(v * fine + start[i % 2] for i, v in enumerate(inner))
        with_marks = draw(page, canvas, crop, marks=True)  # type: ignore[arg-type]
        without = draw(page, canvas, crop, marks=False)  # type: ignore[arg-type]
        differs = (with_marks != without).any(axis=2)
        if not differs.any():
            return None
        if leaves or self._tilted:
            return _OUTSIDE
        rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
        tight = (columns[0] // fine, rows[0] // fine, columns[-1] // fine + 1, rows[-1] // fine + 1)
        patch = with_marks[tight[1] * fine : tight[3] * fine, tight[0] * fine : tight[2] * fine]
        seen = tuple(int(v) + inner[i % 2] for i, v in enumerate(tight))
        return Overlay(
            unturned(seen, self._upright, (image.width, image.height)),  # type: ignore[arg-type]
            np.ascontiguousarray(np.rot90(patch, self._upright // 90)),
        )


def unturned(box: tuple[_N, _N, _N, _N], turn: int, size: tuple[int, int]) -> tuple[_N, _N, _N, _N]:
    """Return *box* of the image shown after *turn* degrees clockwise, in the frame of the image of *size* itself."""
    width, height = size
    left, top, right, bottom = box
    if turn == 90:
        return top, height - right, bottom, height - left
    if turn == 180:
        return width - right, height - bottom, width - left, height - top
    if turn == 270:
        return width - bottom, left, width - top, right
    return box
