"""Pages drawn by PDFium."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium

from ocr.source.image import Box, Pixels
from ocr.source.refusals import refusal


def load_page(document: Any, number: int) -> Any:
    """Return the PDFium page *number* (1-based), to be closed; call under `PDFIUM`. Raises ``BadInput``."""
    try:
        return document[number - 1]
    except (pypdfium2.PdfiumError, IndexError) as error:
        raise refusal("corrupt", f"page {number} cannot be drawn") from error


def draw(page: Any, canvas: tuple[int, int], crop: Box, *, marks: bool) -> Pixels:
    """Return part of a page drawn by PDFium on white, RGB; call under `PDFIUM`.

    Args:
        page: the PDFium page.
        canvas: pixels (width, height) of the whole page as shown.
        crop: the part wanted, pixels of the canvas.
        marks: draw annotations and form fields too.
    """
    left, top, right, bottom = crop
    bitmap = pypdfium2.PdfBitmap.new_native(right - left, bottom - top, pdfium.FPDFBitmap_BGR)
    try:
        bitmap.fill_rect((255, 255, 255, 255), 0, 0, right - left, bottom - top)
        flags = pdfium.FPDF_ANNOT if marks else 0
        place = (-left, -top, canvas[0], canvas[1], 0, flags)
        pdfium.FPDF_RenderPageBitmap(bitmap, page, *place)
        if marks and page.formenv:
            pdfium.FPDF_FFLDraw(page.formenv, bitmap, page, *place)
        return np.ascontiguousarray(bitmap.to_numpy()[..., ::-1])
    except (ctypes.ArgumentError, MemoryError, RuntimeError) as error:
        raise refusal("corrupt", f"page cannot be drawn ({type(error).__name__})") from error
    finally:
        bitmap.close()
