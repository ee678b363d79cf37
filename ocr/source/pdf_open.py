"""Opening PDF files: qpdf (through pikepdf) for structure, PDFium for pixels. One lock guards PDFium in a process."""

from __future__ import annotations

import io
import threading
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2

from ocr.source.refusals import refusal

#: PDFium is not thread-safe: every call into it, of whatever document, happens under this lock
PDFIUM = threading.RLock()

# Against decompression bombs; process-wide by qpdf's design. 1 GiB is above any stream within the pixel limit.
pikepdf.settings.set_qpdf_limits(
    doc_max_warnings=2000,
    flate_max_memory=1 << 30,
    png_max_memory=1 << 30,
    run_length_max_memory=1 << 30,
    tiff_max_memory=1 << 30,
)

#: what pikepdf raises on damaged structure (qpdf's range and logic errors arrive as built-in exceptions)
DAMAGE = (pikepdf.PdfError, ValueError, TypeError, KeyError, IndexError, AttributeError, RuntimeError, OverflowError)


def open_structure(path: Path) -> pikepdf.Pdf:
    """Open *path* by qpdf, which rebuilds damaged cross-references.

    Raises:
        BadInput: ``encrypted`` (a password is needed), ``corrupt``.
    """
    try:
        return pikepdf.open(path, suppress_warnings=True)
    except pikepdf.PasswordError as error:
        raise refusal("encrypted", "a password is needed") from error
    except DAMAGE as error:
        raise refusal("corrupt", f"PDF structure cannot be read ({type(error).__name__})") from error


def open_pixels(path: Path, structure: pikepdf.Pdf) -> Any:
    """Open *path* in PDFium with its form, so that signature widgets are drawn; call under `PDFIUM`.

    Where PDFium cannot open the file as it lies (or counts other pages), it is given the file as qpdf repaired it.

    Raises:
        BadInput: ``corrupt``.
    """
    pages = len(structure.pages)
    document = None
    try:
        document = pypdfium2.PdfDocument(path)
        if len(document) != pages:
            document.close()
            document = None
    except pypdfium2.PdfiumError:
        document = None
    if document is None:
        repaired = io.BytesIO()
        try:
            structure.save(repaired)
            document = pypdfium2.PdfDocument(repaired.getvalue())
        except (pypdfium2.PdfiumError, *DAMAGE) as error:
            raise refusal("corrupt", f"PDF pages cannot be drawn ({type(error).__name__})") from error
    document.init_forms()
    return document
