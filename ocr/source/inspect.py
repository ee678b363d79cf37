"""What a file really is, found by its content, and whether it can be read at all."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ocr.source.limits import Limits
from ocr.source.refusals import refusal

MediaType = Literal["application/pdf", "image/tiff", "image/jpeg", "image/png"]

_HEAD_BYTES = 1024
_TIFF = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")


@dataclass(frozen=True)
class SourceInfo:
    """What was found.

    Attributes:
        media_type: by content; the file's name is never asked.
        pages: number of pages.
        signatures: digital signatures with a value in a PDF's form.
        has_text_layer: some page of a PDF carries text that can be taken out.
        warnings: stable codes of things accepted but worth noting: ``repaired`` (damaged cross-references that were
            rebuilt), ``empty-password`` (encrypted, but readable without a password).
    """

    media_type: MediaType
    pages: int
    signatures: int = 0
    has_text_layer: bool = False
    warnings: tuple[str, ...] = ()


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
