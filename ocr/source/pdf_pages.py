"""PDF pages as images: the scan itself where the page is one, a rendering where it is not."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
import pikepdf
import pypdfium2

from ocr.source import pdf_images
from ocr.source.image import Kind, PageImage, Pixels, luma, resized
from ocr.source.limits import Limits
from ocr.source.pdf_content import PlacedImage, Rect, single_image
from ocr.source.pdf_draw import draw, load_page
from ocr.source.pdf_inspect import page_rect, user_unit
from ocr.source.pdf_open import DAMAGE, PDFIUM, open_pixels, open_structure
from ocr.source.pdf_overlay import ImageOnPage, annotation_rects, overlays_on
from ocr.source.pdf_text import Glyph, PageText, annotation_texts, page_text
from ocr.source.raster import JPEG_SCALE, decode_jpeg
from ocr.source.refusals import refusal
from ocr.source.streams import EncodedImage, flate, jpeg, rendering

_RENDER_DPI = 300.0
#: of the page's area; a smaller image is a picture on a page, not the page
_LEAST_COVER = 0.6
#: share of a side by which an image may stick out of the page (trimmed boxes, rounding)
_MOST_OVERHANG = 0.02
_SAME_SCALE = 1.2
_MOST_TILT_DEG = 5.0


class PdfFile:
    """An open PDF; its pixels are opened when first needed."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self._path, self._limits = path, limits
        self.structure = open_structure(path)
        self._pixels: Any = None
        try:
            self.page_count = len(self.structure.pages)
        except DAMAGE as error:
            self.structure.close()
            raise refusal("corrupt", f"page tree cannot be read ({type(error).__name__})") from error

    def close(self) -> None:
        """Close the file."""
        if self._pixels is not None:
            with PDFIUM:
                self._pixels.close()
            self._pixels = None
        self.structure.close()

    def pixels(self) -> Any:
        """Return the PDFium document, opened on first use; call under `PDFIUM`."""
        if self._pixels is None:
            self._pixels = open_pixels(self._path, self.structure)
        return self._pixels

    def page(self, number: int) -> PageImage:
        """Return page *number* (1-based): a `ScanPage` or a `RenderedPage`."""
        try:
            page = self.structure.pages[number - 1]
            box = page_rect(page, number, self._limits)
            turn = int(page.obj.get("/Rotate", 0)) // 90 * 90 % 360
            scan = self._scan(page, number, box, turn)
        except DAMAGE as error:
            raise refusal("corrupt", f"page {number} cannot be read ({type(error).__name__})") from error
        return scan or self._rendered(page, number, box, turn)

    def _scan(self, page: pikepdf.Page, number: int, box: Rect, turn: int) -> PageImage | None:
        placed = single_image(page, box)
        geometry = None if placed is None else _geometry(placed, box, user_unit(page))
        if placed is None or geometry is None:
            return None
        width, height = int(placed.image.Width), int(placed.image.Height)
        if width * height > self._limits.max_pixels:
            raise refusal("too-many-pixels", f"page {number}: {width} x {height}")
        if width < 1 or height < 1:
            return None
        tilt, dpi = geometry
        upright = (turn - round(tilt / 90) * 90) % 360
        page_image = ScanPage(number, placed.image, dpi, upright)
        rects = annotation_rects(page)
        if rects:
            where = ImageOnPage(placed, box, turn, tilt, upright)
            overlays = overlays_on(self.pixels, number, rects, where, page_image)
            if overlays is None:
                return None
            page_image.overlays = overlays
            if overlays:
                size = (page_image.width, page_image.height)
                page_image.read_text = lambda: self._text(page, number, box, turn, lambda r: where.in_scan(r, size))
        return page_image

    def _text(
        self, page: pikepdf.Page, number: int, box: Rect, turn: int, place: Callable[[Rect], Rect], *, own: bool = False
    ) -> PageText | None:
        """Return what annotations of the page say, with *own* its own text too; None where that cannot be had."""
        with PDFIUM:
            try:
                over = annotation_texts(page, box, turn)
                glyphs: tuple[Glyph, ...] = ()
                pictured = 1.0
                if own:
                    drawn = load_page(self.pixels(), number)
                    try:
                        glyphs, pictured = page_text(drawn, box, turn)
                    finally:
                        drawn.close()
            except (pypdfium2.PdfiumError, ctypes.ArgumentError, MemoryError, *DAMAGE):
                return None  # the picture is there to be read
        return PageText(glyphs, over, pictured, place)

    def _rendered(self, page: pikepdf.Page, number: int, box: Rect, turn: int) -> PageImage:
        unit = user_unit(page)
        inches = ((box[2] - box[0]) * unit / 72, (box[3] - box[1]) * unit / 72)
        if turn in (90, 270):
            inches = (inches[1], inches[0])
        dpi = min(_RENDER_DPI, 0.999 * math.sqrt(self._limits.max_pixels / (inches[0] * inches[1])))
        size = (max(1, round(inches[0] * dpi)), max(1, round(inches[1] * dpi)))
        sx, sy = size[0] / (inches[0] * 72 / unit), size[1] / (inches[1] * 72 / unit)

        def place(rect: Rect) -> Rect:
            return rect[0] * sx, rect[1] * sy, rect[2] * sx, rect[3] * sy

        return RenderedPage(number, self, size, dpi, lambda: self._text(page, number, box, turn, place, own=True))


class ScanPage(PageImage):
    """A page that is one image."""

    def __init__(self, number: int, image: Any, dpi: tuple[float, float], turn: int) -> None:
        names = pdf_images.filters(image)
        kinds: dict[str, Kind] = {"/DCTDecode": "jpeg", "/CCITTFaxDecode": "ccitt", "/JBIG2Decode": "jbig2"}
        kind: Kind = kinds.get(names[-1] if names else "", "flate")
        super().__init__(number, (int(image.Width), int(image.Height)), dpi, kind, turn)
        self._image = image
        self._kept: EncodedImage | None = None
        self._tried = False
        self._decoded: Pixels | None = None
        self.read_text: Callable[[], PageText | None] = lambda: None

    def text(self) -> PageText | None:
        """Return the text of annotations over the scan; the invisible text of scanning software is not asked for."""
        return self.read_text()

    def _own_bytes(self) -> EncodedImage | None:
        if not self._tried:
            self._kept, self._tried = pdf_images.kept(self._image), True
        return self._kept

    def _plain_jpeg(self) -> bytes | None:
        own = self._own_bytes()
        if own is None or own.filter != "DCTDecode" or own.decode is not None or own.decode_parms:
            return None
        return own.data

    def _decode_gray(self) -> Pixels:
        data = self._plain_jpeg()
        if data is not None:
            return self._sized(decode_jpeg(data, cv2.IMREAD_GRAYSCALE, self.number))
        samples = self._samples()
        return samples if samples.ndim == 2 else luma(samples)

    def scan_rgb(self, scale: Literal[1, 2, 4, 8] = 1) -> Pixels:
        """Return colour samples; a JPEG is decoded straight to the smaller size."""
        data = self._plain_jpeg()
        if data is not None:
            return decode_jpeg(data, JPEG_SCALE[scale], self.number)
        small = resized(self._samples(), (-(-self.width // scale), -(-self.height // scale)))
        return np.repeat(small[..., None], 3, axis=2) if small.ndim == 2 else small

    def encoded(self) -> EncodedImage:
        """Return the image's own bytes; JPX and exotic colour spaces as a lossless copy, CMYK as RGB JPEG (95)."""
        own = self._own_bytes()
        if own is not None:
            return own
        return jpeg(self._samples(), 95) if self.kind == "jpeg" else flate(self._samples())

    def _samples(self) -> Pixels:
        if self._decoded is None:
            self._decoded = self._sized(pdf_images.samples(self._image, self._own_bytes(), self.number))
        return self._decoded

    def _sized(self, samples: Pixels) -> Pixels:
        if samples.shape[:2] != (self.height, self.width):
            raise refusal("corrupt", f"page {self.number}: image has another size than it says")
        return samples


class RenderedPage(PageImage):
    """A page that is not one image: drawn by PDFium, upright, with annotations and form."""

    def __init__(
        self,
        number: int,
        file: PdfFile,
        size: tuple[int, int],
        dpi: float,
        read_text: Callable[[], PageText | None],
    ) -> None:
        super().__init__(number, size, (dpi, dpi), "rendered")
        self._file = file
        self._drawn: Pixels | None = None
        self._read_text = read_text

    def text(self) -> PageText | None:
        """Return the page's own text and that of its annotations."""
        return self._read_text()

    def _decode_gray(self) -> Pixels:
        return luma(self.scan_rgb(1))

    def scan_rgb(self, scale: Literal[1, 2, 4, 8] = 1) -> Pixels:
        """Return the rendering, shape as for `rgb`."""
        if self._drawn is None:
            with PDFIUM:
                page = load_page(self._file.pixels(), self.number)
                try:
                    self._drawn = draw(page, (self.width, self.height), (0, 0, self.width, self.height), marks=True)
                finally:
                    page.close()
        return resized(self._drawn, (-(-self.width // scale), -(-self.height // scale)))

    def encoded(self) -> EncodedImage:
        """Return the rendering, encoded anew."""
        return rendering(self.scan_rgb(1))


def _geometry(placed: PlacedImage, box: Rect, unit: float) -> tuple[float, tuple[float, float]] | None:
    """Return (counter-clockwise tilt in degrees, dpi) of an image that is the page; None where it is not."""
    a, b, c, d, _, _ = placed.matrix
    wide, high = math.hypot(a, b), math.hypot(c, d)
    if a * d - b * c <= 0 or wide < 1 or high < 1 or abs(a * c + b * d) > 0.02 * wide * high:
        return None  # mirrored, flat or sheared
    tilt = math.degrees(math.atan2(b, a))
    if abs(tilt - round(tilt / 90) * 90) > _MOST_TILT_DEG:
        return None
    bounds = placed.bounds
    page_wide, page_high = box[2] - box[0], box[3] - box[1]
    inside = (
        max(0.0, min(bounds[2], box[2]) - max(bounds[0], box[0])),
        max(0.0, min(bounds[3], box[3]) - max(bounds[1], box[1])),
    )
    slack = math.sin(math.radians(_MOST_TILT_DEG)) if abs(tilt - round(tilt / 90) * 90) > 0.05 else _MOST_OVERHANG
    sticks_out = max((bounds[2] - bounds[0]) - inside[0] - slack * page_wide, 0) > 0 or (
        (bounds[3] - bounds[1]) - inside[1] - slack * page_high > 0
    )
    if sticks_out or inside[0] * inside[1] < _LEAST_COVER * page_wide * page_high:
        return None
    dpi_x = int(placed.image.Width) * 72 / (wide * unit)
    dpi_y = int(placed.image.Height) * 72 / (high * unit)
    if not 1 / _SAME_SCALE < dpi_x / dpi_y < _SAME_SCALE:
        return None  # a fax in "fine" mode: letters would be read squashed
    return tilt, (dpi_x, dpi_y)
