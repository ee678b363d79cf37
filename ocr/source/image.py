"""One page as an image: pixels for reading, the encoded original for keeping.

Frame: a `PageImage` is the scan *as it lies in the file*. ``pdf_rotate`` says how far it has to be turned clockwise
to stand as the file wants it shown (PDF ``/Rotate`` and placement, EXIF and TIFF orientation); the samples are not
turned. Signature widgets and other annotations over a scan are rendered and laid over the samples (`overlays`), so a
reader sees the number and day that stand only there, while the scan's own bytes stay available (`encoded`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from ocr.source.pixels import page_digest

if TYPE_CHECKING:
    from ocr.source.pdf_text import PageText
    from ocr.source.streams import EncodedImage

Pixels = NDArray[np.uint8]
Box = tuple[int, int, int, int]
Kind = Literal["jpeg", "ccitt", "jbig2", "flate", "png", "tiff", "rendered"]
_BLACK_AND_WHITE = frozenset({"ccitt", "jbig2"})
_QUARTER: Literal[4] = 4


@dataclass(frozen=True)
class Overlay:
    """A rendered patch over the scan: annotations with the scan beneath, in the frame of the scan.

    Attributes:
        box: ``(left, top, right, bottom)`` in pixels of the page image.
        rgb: samples, shape ``(n * (bottom - top), n * (right - left), 3)``: n times finer than a coarse scan.
    """

    box: Box
    rgb: Pixels


class PageImage(ABC):
    """One page.

    Attributes:
        number: 1-based in its file.
        width: pixels, as scanned (before ``pdf_rotate``).
        height: pixels, as scanned.
        dpi_x: pixels an inch along ``width``.
        dpi_y: pixels an inch along ``height``.
        kind: how the pixels are had.
        pdf_rotate: clockwise turn still to be applied: 0, 90, 180 or 270.
        overlays: rendered annotations, to be laid over the samples.
    """

    def __init__(
        self,
        number: int,
        size: tuple[int, int],
        dpi: tuple[float, float],
        kind: Kind,
        pdf_rotate: int = 0,
        overlays: tuple[Overlay, ...] = (),
    ) -> None:
        self.number = number
        self.width, self.height = size
        self.dpi_x, self.dpi_y = dpi
        self.kind: Kind = kind
        self.pdf_rotate = pdf_rotate
        self.overlays = overlays
        self._gray: Pixels | None = None
        self._small: Pixels | None = None

    @property
    def dpi(self) -> float:
        """Pixels an inch, one number for both axes."""
        return float((self.dpi_x * self.dpi_y) ** 0.5)

    def gray(self) -> Pixels:
        """Return grey samples, shape ``(height, width)``, 0 black; do not write to it.

        Raises:
            BadInput: ``corrupt`` or ``unsupported-image``.
        """
        base = self._base_gray()
        if not self.overlays:
            return base
        out = base.copy()
        for overlay in self.overlays:
            left, top, right, bottom = overlay.box
            out[top:bottom, left:right] = luma(resized(overlay.rgb, (right - left, bottom - top)))
        return out

    def rgb(self, scale: Literal[1, 2, 4, 8] = 1) -> Pixels:
        """Return colour samples, shape ``(ceil(height / scale), ceil(width / scale), 3)``; do not write to them.

        Raises:
            BadInput: ``corrupt`` or ``unsupported-image``.
        """
        base = self._quarter() if scale == _QUARTER else self.scan_rgb(scale)
        if not self.overlays:
            return base
        out = base.copy()
        for overlay in self.overlays:
            left, top, right, bottom = (round(v / scale) for v in overlay.box)
            if right > left and bottom > top:
                out[top:bottom, left:right] = resized(overlay.rgb, (right - left, bottom - top))[
                    : out.shape[0] - top, : out.shape[1] - left
                ]
        return out

    def pixel_digest(self) -> str:
        """Return the digest of the scan's samples with mode and size; annotations over it do not count.

        The same for the same image in another file (`ocr.source.pixels`).

        Raises:
            BadInput: ``corrupt`` or ``unsupported-image``.
        """
        return page_digest(self._base_gray(), None if self.kind in _BLACK_AND_WHITE else self._quarter())

    def text(self) -> PageText | None:
        """Return the text that the file itself holds for this page and its annotations; None where there is none.

        What the file says, not what one sees; for a page that is one image only the annotations' text.
        """
        return None

    def _base_gray(self) -> Pixels:
        if self._gray is None:
            self._gray = self._decode_gray()
        return self._gray

    def _quarter(self) -> Pixels:
        if self._small is None:
            self._small = self.scan_rgb(_QUARTER)
        return self._small

    @abstractmethod
    def _decode_gray(self) -> Pixels: ...

    @abstractmethod
    def scan_rgb(self, scale: Literal[1, 2, 4, 8] = 1) -> Pixels:
        """Return the colour samples of the scan alone, without overlays; shape as for `rgb`."""

    @abstractmethod
    def encoded(self) -> EncodedImage:
        """Return the image as it is to be kept in a PDF: the source's own bytes wherever PDF/A takes them."""


def luma(rgb: Pixels) -> Pixels:
    """Return grey (BT.601) of *rgb*."""
    import cv2

    return np.asarray(cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2GRAY), dtype=np.uint8)


def resized(samples: Pixels, size: tuple[int, int]) -> Pixels:
    """Return *samples* area-averaged to ``size`` (width, height)."""
    import cv2

    if (samples.shape[1], samples.shape[0]) == size:
        return samples
    return np.asarray(cv2.resize(samples, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
