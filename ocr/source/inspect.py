"""What a file really is, found by its content, and whether it can be read at all."""

from __future__ import annotations

from pathlib import Path

from ocr.source.info import MediaType, SourceInfo
from ocr.source.limits import Limits
from ocr.source.refusals import refusal

_HEAD_BYTES = 1024
_TIFF = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")


def media_type_of(head: bytes) -> MediaType | None:
    """Return the type that the first bytes (1024 suffice) show, or None."""
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith(_TIFF):
        return "image/tiff"
    if b"%PDF-" in head[:_HEAD_BYTES]:
        return "application/pdf"
    return None


def inspect(path: Path, limits: Limits | None = None) -> SourceInfo:
    """Return what *path* is; nothing is decoded beyond headers, except a cheap completeness check of images.

    A PDF encrypted with an empty user password opens in every viewer without asking, so it is read
    (``empty-password`` in ``warnings``); its derivative is written without encryption, as PDF/A demands.

    Raises:
        BadInput: ``empty``, ``wrong-type``, ``corrupt``, ``encrypted``, ``too-large``, ``too-many-pages``,
            ``too-many-pixels``, ``unsupported-image``.
        OSError: the file cannot be opened at all.
    """
    limits = limits or Limits()
    size = path.stat().st_size
    if size == 0:
        raise refusal("empty", "file has no bytes")
    if size > limits.max_bytes:
        raise refusal("too-large", f"{size} bytes, limit {limits.max_bytes}")
    with path.open("rb") as file:
        media_type = media_type_of(file.read(_HEAD_BYTES))
    if media_type is None:
        raise refusal("wrong-type", "neither PDF, TIFF, JPEG nor PNG by content")
    if media_type == "application/pdf":
        from ocr.source.pdf_inspect import inspect_pdf

        return inspect_pdf(path, limits)
    from ocr.source.raster import RasterFile

    file_pages = RasterFile(path, media_type, limits)
    try:
        file_pages.check_all()
        return SourceInfo(media_type, file_pages.page_count)
    finally:
        file_pages.close()
