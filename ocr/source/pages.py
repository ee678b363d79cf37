"""The pages of one file: opened once, handed out one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ocr.source.image import PageImage
from ocr.source.limits import Limits


class PageImages:
    """Opens a file once and hands out its pages; a context manager, to be used by one thread at a time.

    Args:
        path: the file.
        media_type: as `ocr.source.inspect.inspect` found it.
        limits: pixels of a page are held to ``limits.max_pixels``.
    """

    def __init__(self, path: Path, media_type: str, limits: Limits | None = None) -> None:
        self.path = path
        self.media_type = media_type
        self.limits = limits or Limits()
        self._file: Any = None

    def __enter__(self) -> Self:
        if self.media_type == "application/pdf":
            from ocr.source.pdf_pages import PdfFile

            self._file = PdfFile(self.path, self.limits)
        else:
            from ocr.source.raster import RasterFile

            self._file = RasterFile(self.path, self.media_type, self.limits)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def __len__(self) -> int:
        return int(self._file.page_count)

    def page(self, number: int) -> PageImage:
        """Return page *number* (1-based).

        Raises:
            IndexError: no such page.
            BadInput: ``corrupt``, ``too-many-pixels`` or ``unsupported-image``.
        """
        if not 1 <= number <= len(self):
            raise IndexError(f"page {number} of {len(self)}")
        page: PageImage = self._file.page(number)
        return page

    def __iter__(self) -> Iterator[PageImage]:
        return (self.page(n) for n in range(1, len(self) + 1))
