"""What a PDF file is: pages, signatures, text layer, and the checks against hostile ones."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pikepdf

from ocr.source.info import SourceInfo
from ocr.source.limits import Limits
from ocr.source.pdf_open import DAMAGE, PDFIUM, open_pixels, open_structure
from ocr.source.refusals import refusal

#: pages looked at for text, from the front
_TEXT_PAGES = 20
_MIN_TEXT_CHARS = 8
#: a page whose area at this resolution is over the pixel limit cannot be read at all
LOWEST_DPI = 72.0
_MAX_FIELDS = 20_000
#: the last mark may be followed by what transfers add (zeros, line ends)
_TAIL_BYTES = 4096


def inspect_pdf(path: Path, limits: Limits) -> SourceInfo:
    """Return what the PDF at *path* is; see `ocr.source.inspect.inspect`."""
    with open_structure(path) as pdf:
        try:
            warnings = ["repaired"] if pdf.get_warnings() else []
            if warnings and not _has_end(path):
                raise refusal("corrupt", "PDF breaks off: no end-of-file mark; pages may be missing")
            if pdf.is_encrypted:
                warnings.append("empty-password")
            count = _count(pdf, limits)
            for number, page in enumerate(pdf.pages, start=1):
                page_rect(page, number, limits)
                _check_images(page, number, limits)
            signatures = count_signatures(pdf)
        except DAMAGE as error:
            raise refusal("corrupt", f"PDF structure cannot be read ({type(error).__name__})") from error
        return SourceInfo("application/pdf", count, signatures, _has_text(path, pdf), tuple(warnings))


def _has_end(path: Path) -> bool:
    """Tell whether an end-of-file mark stands near the end: a file cut short is repaired to what was left of it."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _TAIL_BYTES))
        return b"%%EOF" in file.read()


def _count(pdf: pikepdf.Pdf, limits: Limits) -> int:
    count = len(pdf.pages)
    if count == 0:
        raise refusal("corrupt", "PDF without pages")
    if count > limits.max_pages:
        raise refusal("too-many-pages", f"{count} pages, limit {limits.max_pages}")
    return count


def page_rect(page: pikepdf.Page, number: int, limits: Limits) -> tuple[float, float, float, float]:
    """Return the visible box of *page* (points, y up): the crop box within the media box, corners put in order.

    Raises:
        BadInput: ``corrupt`` (no area, not numbers), ``too-many-pixels`` (too large at any useful resolution).
    """
    try:
        media = _ordered(page.mediabox)
        crop = _ordered(page.cropbox)
    except DAMAGE as error:
        raise refusal("corrupt", f"page {number}: page box cannot be read") from error
    box = (max(media[0], crop[0]), max(media[1], crop[1]), min(media[2], crop[2]), min(media[3], crop[3]))
    if box[2] <= box[0] or box[3] <= box[1]:
        box = media
    width, height = box[2] - box[0], box[3] - box[1]
    if not (math.isfinite(width) and math.isfinite(height)) or width < 1 or height < 1:
        raise refusal("corrupt", f"page {number}: page without area")
    unit = user_unit(page)
    if (width * unit / 72 * LOWEST_DPI) * (height * unit / 72 * LOWEST_DPI) > limits.max_pixels:
        raise refusal("too-many-pixels", f"page {number}: {width:.0f} x {height:.0f} points")
    return box


def user_unit(page: pikepdf.Page) -> float:
    """Return the size of the page's unit in points (PDF 1.6 UserUnit); 1 where absent or absurd."""
    try:
        unit = float(page.obj.get("/UserUnit", 1))
    except (TypeError, ValueError):
        return 1.0
    return unit if 0.01 <= unit <= 1000 else 1.0


def _ordered(box: Any) -> tuple[float, float, float, float]:
    x0, y0, x1, y1 = (float(v) for v in box)
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def _check_images(page: pikepdf.Page, number: int, limits: Limits) -> None:
    """Refuse images over the pixel limit among the page's own and those of its forms, two levels deep."""
    todo = [(page.obj.get("/Resources"), 0)]
    while todo:
        resources, depth = todo.pop()
        xobjects = resources.get("/XObject") if isinstance(resources, pikepdf.Dictionary) else None
        if not isinstance(xobjects, pikepdf.Dictionary):
            continue
        for thing in list(xobjects.values())[:2000]:
            if not isinstance(thing, pikepdf.Stream):
                continue
            if thing.get("/Subtype") == "/Form" and depth < 2:
                todo.append((thing.get("/Resources"), depth + 1))
            elif thing.get("/Subtype") == "/Image":
                width, height = int(thing.get("/Width", 0)), int(thing.get("/Height", 0))
                if width * height > limits.max_pixels:
                    raise refusal("too-many-pixels", f"page {number}: image of {width} x {height}")


def count_signatures(pdf: pikepdf.Pdf) -> int:
    """Return how many signature fields of the form carry a signature value."""
    form = pdf.Root.get("/AcroForm")
    fields = form.get("/Fields") if isinstance(form, pikepdf.Dictionary) else None
    if not isinstance(fields, pikepdf.Array):
        return 0
    todo: list[tuple[Any, str]] = [(field, "") for field in fields]
    seen: set[tuple[int, int]] = set()
    found = looked = 0
    while todo and looked < _MAX_FIELDS:
        field, kind = todo.pop()
        looked += 1
        if not isinstance(field, pikepdf.Dictionary) or (field.is_indirect and field.objgen in seen):
            continue
        if field.is_indirect:
            seen.add(field.objgen)
        kind = str(field.get("/FT", kind))
        kids = field.get("/Kids")
        value = field.get("/V")
        if kind == "/Sig" and isinstance(value, pikepdf.Dictionary) and "/Contents" in value:
            found += 1
        elif isinstance(kids, pikepdf.Array):
            todo.extend((kid, kind) for kid in list(kids)[:_MAX_FIELDS])
    return found


def _has_text(path: Path, pdf: pikepdf.Pdf) -> bool:
    with PDFIUM:
        document = open_pixels(path, pdf)
        try:
            for index in range(min(len(document), _TEXT_PAGES)):
                page = document[index]
                text = page.get_textpage()
                enough = text.count_chars() >= _MIN_TEXT_CHARS and len("".join(text.get_text_range().split())) >= (
                    _MIN_TEXT_CHARS
                )
                text.close()
                page.close()
                if enough:
                    return True
        except (RuntimeError, ValueError):
            return False
        finally:
            document.close()
    return False
