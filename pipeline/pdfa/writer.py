"""Scan and reading in, PDF/A-2u out: original image streams, invisible text, XMP; checked, then put in place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ocr.model import PageReading
from ocr.source.limits import Limits
from ocr.source.pages import PageImages
from pipeline.pdfa.check import require_pdfa_2u
from pipeline.pdfa.document import PdfaDocument
from pipeline.pdfa.metadata import PdfaMetadata, all_facts
from pipeline.pdfa.pdf_file import PdfFileWriter, beside


@dataclass(frozen=True)
class PdfaResult:
    """What was written.

    Attributes:
        pages: pages in the file.
        size: bytes.
        sha256: of the file, hex.
        images_unchanged: pages whose image is the source's own encoded bytes.
        rendered: pages drawn anew (no single scan to keep).
    """

    pages: int
    size: int
    sha256: str
    images_unchanged: int
    rendered: int


def write_pdfa(
    source: Path,
    media_type: str,
    pages: Sequence[PageReading],
    out: Path,
    metadata: PdfaMetadata,
    *,
    source_sha256: str,
    limits: Limits | None = None,
) -> PdfaResult:
    """Write the PDF/A-2u derivative of *source* to *out*.

    The same arguments give the same bytes. One page is held in memory at a time. ``out`` appears only complete and
    checked; after an error nothing is left.

    Args:
        source: the scan; read, never changed.
        media_type: as `ocr.source.inspect` found it.
        pages: the pages wanted, in the order wanted (a part of the file, when it is split); ``number`` says which.
        out: the file to write; an existing one is replaced.
        metadata: DocInfo and XMP.
        source_sha256: hex digest of *source*, put into the XMP.
        limits: as for reading.

    Raises:
        BadInput: what `ocr.source.pages` raises; ``pdfa-not-conforming`` when the written file does not pass.
        ValueError: no pages.
        OSError: *out* cannot be written.
    """
    if not pages:
        raise ValueError("a PDF needs a page")
    facts = all_facts(metadata, source_sha256, media_type)
    unchanged = rendered = 0
    with beside(out) as draft:
        with PageImages(source, media_type, limits) as images, PdfFileWriter(draft) as file:
            document = PdfaDocument(file)
            for reading in pages:
                image = images.page(reading.number)
                kept = document.add_page(image, reading)
                unchanged += kept
                rendered += image.kind == "rendered"
            sha256 = document.finish(metadata, facts)
        require_pdfa_2u(draft)
        size = draft.stat().st_size
        draft.replace(out)
    return PdfaResult(len(pages), size, sha256, unchanged, rendered)
