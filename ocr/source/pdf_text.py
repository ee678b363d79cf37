"""The characters that a PDF page draws, and those that annotations draw over it, as the file names them.

What stands here is what the file *says*; whether that is what one sees is judged elsewhere (``ocr.textlayer``).
"""

from __future__ import annotations

import ctypes
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import pikepdf
import pypdfium2
import pypdfium2.raw as pdfium

from ocr.source.pdf_content import Rect
from ocr.source.pdf_open import DAMAGE
from ocr.source.pdf_space import shown_rect

_MAX_GLYPHS = 60_000  # of one page; a page of a newspaper holds 20 000
_MAX_PICTURES = 200
_MAX_ANNOTATIONS = 100
_HIDDEN, _NO_VIEW = 2, 32
_NOT_DRAWN = ("/Link", "/Popup")
_INVISIBLE_MODES = (3, 7)  # text rendering modes: neither filled nor stroked (ISO 32000-1, table 106)


class Glyph(NamedTuple):
    """One character. Places are points of the page as shown, y down."""

    text: str
    box: Rect  # of the ink
    base: tuple[float, float]  # where the pen stands
    size: float  # font size, points
    font: str  # base name, "" when not known
    upright: bool  # drawn left to right, level, as the page is shown
    invisible: bool  # rendering mode that paints nothing
    mapped: bool  # the font says what the code means
    generated: bool  # a blank or line break that is not in the file


@dataclass(frozen=True)
class AnnotationText:
    """What one annotation draws.

    Attributes:
        field: full name of its form field; "" when it belongs to none.
        signature: it is the widget of a signature field that carries a signature.
        rect: points of the page as shown, y down.
        glyphs: its characters; empty for a picture.
    """

    field: str
    signature: bool
    rect: Rect
    glyphs: tuple[Glyph, ...]


@dataclass(frozen=True)
class PageText:
    """The text of a page.

    Attributes:
        glyphs: of the page itself, in the order of drawing.
        annotations: over it, those that are shown.
        pictured: share (0 to 1) of the page that its largest image covers.
        place: carries a rectangle (points of the page as shown, y down) to pixels of the page image as it lies.
    """

    glyphs: tuple[Glyph, ...]
    annotations: tuple[AnnotationText, ...]
    pictured: float
    place: Callable[[Rect], Rect]


def page_text(page: Any, box: Rect, turn: int) -> tuple[tuple[Glyph, ...], float]:
    """Return the characters of *page* and the share of it that its largest image covers; call under `PDFIUM`.

    Args:
        page: the PDFium page.
        box: its visible box, page space.
        turn: its /Rotate.
    """
    area = (box[2] - box[0]) * (box[3] - box[1])
    largest = 0.0
    for count, picture in enumerate(page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=4)):
        if count >= _MAX_PICTURES:
            break
        left, bottom, right, top = picture.get_bounds()
        inside = max(0.0, min(right, box[2]) - max(left, box[0])) * max(0.0, min(top, box[3]) - max(bottom, box[1]))
        largest = max(largest, inside / area)
    return _glyphs(page, box, turn), min(1.0, largest)


def _glyphs(page: Any, box: Rect, turn: int) -> tuple[Glyph, ...]:
    text = pdfium.FPDFText_LoadPage(page.raw)
    if not text:
        return ()
    try:
        count = min(_MAX_GLYPHS, max(0, pdfium.FPDFText_CountChars(text)))
        reader = _Reader(text, box, turn)
        return tuple(g for i in range(count) if (g := reader.glyph(i)) is not None)
    finally:
        pdfium.FPDFText_ClosePage(text)


class _Reader:
    """Reads characters of one PDFium text page; what is asked per object is remembered."""

    def __init__(self, text: Any, box: Rect, turn: int) -> None:
        self._text, self._box, self._turn = text, box, turn
        self._doubles = [ctypes.c_double() for _ in range(4)]
        self._objects: dict[int, tuple[str, bool]] = {}
        self._level = {0: 0, 90: 90, 180: 180, 270: 270}[turn]

    def glyph(self, index: int) -> Glyph | None:
        code = pdfium.FPDFText_GetUnicode(self._text, index)
        if code == 0 or code > 0x10FFFF:
            return None
        left, right, bottom, top = self._doubles
        if not pdfium.FPDFText_GetCharBox(self._text, index, left, right, bottom, top):
            return None
        rect = (
            min(left.value, right.value),
            min(bottom.value, top.value),
            max(left.value, right.value),
            max(bottom.value, top.value),
        )
        pdfium.FPDFText_GetCharOrigin(self._text, index, left, right)
        at = (left.value, right.value)
        font, invisible = self._object(index)
        generated = pdfium.FPDFText_IsGenerated(self._text, index) == 1
        angle = pdfium.FPDFText_GetCharAngle(self._text, index)
        shown = shown_rect((*at, *at), self._box, self._turn)
        return Glyph(
            chr(code) if not 0xD800 <= code < 0xE000 else "\ufffd",
            shown_rect(rect, self._box, self._turn),
            (shown[0], shown[1]),
            float(pdfium.FPDFText_GetFontSize(self._text, index)),
            font,
            generated or self._is_level(angle),
            invisible,
            pdfium.FPDFText_HasUnicodeMapError(self._text, index) != 1,
            generated,
        )

    def _is_level(self, angle: float) -> bool:
        """Tell whether a character at *angle* (radians, clockwise or counter-clockwise) stands level as shown."""
        turned = (angle * 57.29577951308232 - self._level) % 360
        other = (-angle * 57.29577951308232 - self._level) % 360
        return angle < 0 or min(turned, 360 - turned, other, 360 - other) < 5

    def _object(self, index: int) -> tuple[str, bool]:
        thing = pdfium.FPDFText_GetTextObject(self._text, index)
        if not thing:
            return "", False
        key = ctypes.cast(thing, ctypes.c_void_p).value or 0
        known = self._objects.get(key)
        if known is None:
            mode = pdfium.FPDFTextObj_GetTextRenderMode(thing)
            font = pdfium.FPDFTextObj_GetFont(thing)
            known = self._objects[key] = (_font_name(font), mode in _INVISIBLE_MODES)
        return known


def _font_name(font: Any) -> str:
    if not font:
        return ""
    size = pdfium.FPDFFont_GetBaseFontName(font, None, 0)
    if not 0 < size < 1000:
        return ""
    buffer = ctypes.create_string_buffer(size)
    pdfium.FPDFFont_GetBaseFontName(font, buffer, size)
    return buffer.value.decode("utf-8", "replace").partition("+")[2] or buffer.value.decode("utf-8", "replace")


def annotation_texts(page: pikepdf.Page, box: Rect, turn: int) -> tuple[AnnotationText, ...]:
    """Return what the visible annotations of *page* draw; call under `PDFIUM`.

    Each appearance is laid on an empty page of its own where the viewer would draw it (ISO 32000-1, 12.5.5), so its
    text is had without the page's and with its place.
    """
    shown = _visible(page)
    if not shown:
        return ()
    with pikepdf.Pdf.new() as scratch:
        for _, appearance, placing in shown:
            name = pikepdf.Name.A
            content = b"q %b cm /A Do Q" % b" ".join(b"%.6f" % v for v in placing)
            leaf = pikepdf.Dictionary(
                Type=pikepdf.Name.Page,
                MediaBox=pikepdf.Array([float(v) for v in box]),
                Resources=pikepdf.Dictionary(XObject=pikepdf.Dictionary({str(name): scratch.copy_foreign(appearance)})),
                Contents=scratch.make_stream(content),
            )
            scratch.pages.append(pikepdf.Page(leaf))
        sink = io.BytesIO()
        scratch.save(sink)
    document = pypdfium2.PdfDocument(sink.getvalue())
    try:
        found = []
        for index, (annotation, _, _) in enumerate(shown):
            leaf_page = document[index]
            try:
                glyphs = _glyphs(leaf_page, box, turn)
            finally:
                leaf_page.close()
            field, signature = _field_of(annotation)
            found.append(AnnotationText(field, signature, shown_rect(_rect(annotation.Rect), box, turn), glyphs))
        return tuple(found)
    finally:
        document.close()


def _visible(page: pikepdf.Page) -> list[tuple[Any, Any, Rect | tuple[float, ...]]]:
    """Return (annotation, normal appearance, matrix that places it) of those that are shown."""
    annotations = page.obj.get("/Annots")
    if not isinstance(annotations, pikepdf.Array):
        return []
    found: list[tuple[Any, Any, tuple[float, ...]]] = []
    for annotation in list(annotations)[:_MAX_ANNOTATIONS]:
        try:
            if str(annotation.get("/Subtype")) in _NOT_DRAWN:
                continue
            if int(annotation.get("/F", 0)) & (_HIDDEN | _NO_VIEW):
                continue
            appearance = annotation.AP.N
            if not isinstance(appearance, pikepdf.Stream):
                appearance = appearance[str(annotation.AS)]
            placing = _placing(appearance, _rect(annotation.Rect))
        except DAMAGE:
            continue
        if placing is not None:
            found.append((annotation, appearance, placing))
    return found


def _placing(appearance: Any, rect: Rect) -> tuple[float, ...] | None:
    """Return the matrix that carries the appearance's box into *rect* (ISO 32000-1, algorithm 8.1)."""
    a, b, c, d, e, f = (float(v) for v in appearance.get("/Matrix", (1, 0, 0, 1, 0, 0)))
    left, bottom, right, top = _rect(appearance.BBox)
    xs = [a * x + c * y + e for x in (left, right) for y in (bottom, top)]
    ys = [b * x + d * y + f for x in (left, right) for y in (bottom, top)]
    wide, high = max(xs) - min(xs), max(ys) - min(ys)
    if wide <= 0 or high <= 0 or rect[2] - rect[0] <= 0.5 or rect[3] - rect[1] <= 0.5:
        return None
    sx, sy = (rect[2] - rect[0]) / wide, (rect[3] - rect[1]) / high
    return sx, 0.0, 0.0, sy, rect[0] - min(xs) * sx, rect[1] - min(ys) * sy


def _rect(values: Any) -> Rect:
    x0, y0, x1, y1 = (float(v) for v in values)
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def _field_of(annotation: Any) -> tuple[str, bool]:
    """Return the full field name of a widget and whether it carries a signature."""
    names: list[str] = []
    kind, signed = "", False
    node = annotation
    for _ in range(20):
        if not isinstance(node, pikepdf.Dictionary):
            break
        if "/T" in node:
            names.insert(0, str(node.T))
        kind = kind or str(node.get("/FT", ""))
        value = node.get("/V")
        signed = signed or (isinstance(value, pikepdf.Dictionary) and "/Contents" in value)
        node = node.get("/Parent")
    return ".".join(names), kind == "/Sig" and signed
