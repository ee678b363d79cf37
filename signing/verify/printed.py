"""What a certified copy shows to the eye: the number written in its lời chứng, and the QR codes on its last pages.

Only visible text counts: the invisible layer of a scan repeats whatever the scanned paper says. Only inside a worker.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PAGES, PIXELS, MOST = (
    3,
    2400,
    20,
)  # pages looked at from the end; longer side of the picture that QR codes are read from
INVISIBLE = 3  # text rendering mode (ISO 32000-1, table 106)
_NUMBER = re.compile(
    r"Sốchứngthực:(\d{1,9}),quyểnsố:(\d{1,4}/\d{4}-[^\s,.;a-zà-ỹ]{1,20}?)(?=[A-ZĐÀ-Ỹ][a-zà-ỹ]|[,.;]|$)"
)


@dataclass(frozen=True)
class Printed:
    """``numbers``: (number, book) of every visible lời chứng, white space taken out; ``codes``: what QR codes say."""

    numbers: tuple[tuple[str, str], ...] = ()
    codes: tuple[str, ...] = ()


def printed(path: Path) -> Printed:
    """Read the last pages of *path*. Raises what pdfium raises for a file that it cannot open."""
    import pypdfium2

    numbers: list[tuple[str, str]] = []
    codes: list[str] = []
    document = pypdfium2.PdfDocument(path)
    try:
        for index in range(max(0, len(document) - PAGES), len(document)):
            page = document[index]
            numbers += [(m[1], m[2]) for m in _NUMBER.finditer(_visible(page))]
            codes += _codes(page)
    finally:
        document.close()
    return Printed(tuple(dict.fromkeys(numbers))[:MOST], tuple(dict.fromkeys(codes))[:MOST])


def _visible(page: Any) -> str:
    """Return the visible text of a page in drawing order, without white space; a widget's appearance is not read."""
    import pypdfium2.raw as pdfium

    textpage, parts = page.get_textpage(), []
    for item in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT], max_depth=4):
        if pdfium.FPDFTextObj_GetTextRenderMode(item.raw) == INVISIBLE:
            continue
        size = pdfium.FPDFTextObj_GetText(item.raw, textpage.raw, None, 0)
        buffer = (pdfium.FPDF_WCHAR * (size // 2 + 1))()
        pdfium.FPDFTextObj_GetText(item.raw, textpage.raw, buffer, size)
        parts.append(bytes(buffer)[: max(size - 2, 0)].decode("utf-16-le", "replace"))
    return "".join("".join(parts).split())


def _codes(page: Any) -> list[str]:
    import cv2
    import numpy as np

    picture = page.render(scale=PIXELS / max(*page.get_size(), 1.0), may_draw_forms=False, grayscale=True).to_numpy()
    flat, texts = np.ascontiguousarray(picture).squeeze(), list[str]()
    for detector in (cv2.QRCodeDetectorAruco(), cv2.QRCodeDetector()):  # each misses some that the other reads
        texts += detector.detectAndDecodeMulti(flat)[1]
    texts.append(cv2.QRCodeDetector().detectAndDecode(flat)[0])
    return [text[:300] for text in texts if text]
