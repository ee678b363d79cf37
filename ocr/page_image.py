"""What reading needs of one page, whatever file it comes from (``ocr.source.pages`` has the real one)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ocr.recognizer import Gray
from ocr.source.pdf_text import PageText


class PageImage(Protocol):
    """What reading needs of one page (``ocr.source.pages`` has the real one)."""

    @property
    def width(self) -> int:
        """Pixels."""
        ...

    @property
    def height(self) -> int:
        """Pixels."""
        ...

    @property
    def dpi(self) -> float:
        """Pixels per inch of paper."""
        ...

    @property
    def kind(self) -> str:
        """How the pixels are had: ``jpeg``, ``ccitt``, ``rendered``, ..."""
        ...

    @property
    def pdf_rotate(self) -> int:
        """Clockwise turn that the file asks for when showing the page."""
        ...

    @property
    def overlays(self) -> Sequence[object]:
        """Coloured patches that lie over the scan (signature widgets)."""
        ...

    def gray(self) -> Gray:
        """Return (height, width) grey samples, 0 black."""
        ...

    def rgb(self, scale: int = 1) -> NDArray[np.uint8]:
        """Return colour samples at 1/scale of the size."""
        ...

    def text(self) -> PageText | None:
        """Return the text that the file itself holds for the page."""
        ...

    def pixel_digest(self) -> str:
        """Return the digest of the decoded samples."""
        ...
