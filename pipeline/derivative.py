"""From a reading to its PDF/A-2u: which facts go into the file's metadata."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path

from ocr.model import FieldValue, FileReading
from pipeline.pdfa.metadata import PdfaMetadata
from pipeline.pdfa.writer import PdfaResult, write_pdfa
from pipeline.reading import FileToRead

#: a fact read with less confidence than this is left out of the file's metadata, where everything looks certain, and
#: bears a question mark in tables
CERTAIN_ENOUGH = 0.7
_FACTS = ("so_ky_hieu", "ngay_ban_hanh", "loai_van_ban", "trich_yeu", "co_quan_ban_hanh")


@cache
def software() -> str:
    """Return the name and version written into files and events."""
    return f"sohoa {version('sohoa')}"


def title_of(fields: dict[str, FieldValue], fallback: str) -> str:
    """Return a title for people: type, number and subject as far as they were read; else *fallback*."""
    parts = [fields[n].value for n in ("loai_van_ban", "so_ky_hieu", "trich_yeu") if n in fields and fields[n].value]
    return " ".join(parts) or fallback


def write_derivative(
    file: FileToRead, reading: FileReading, out: Path, *, converted_at: datetime, converted_by: str = ""
) -> PdfaResult:
    """Write the searchable PDF/A-2u of *reading* to *out*; the original image bytes stay as they are.

    *converted_at* and *converted_by* (agency code) are the marks of conversion that Luật 20/2023/QH15, điều 12 asks
    for. Same input, same bytes. Raises ``BadInput`` when the result would not be PDF/A.
    """
    fields = reading.documents[0].fields if reading.documents else {}
    certain = {n: f for n, f in fields.items() if f.confidence >= CERTAIN_ENOUGH and f.value}
    facts = {name: certain[name].value for name in _FACTS if name in certain}
    rendered = any(page.image_source == "rendered" for page in reading.pages)
    facts["converted_from"] = "tệp điện tử" if rendered else "giấy (bản quét)"
    facts["converted_by"] = converted_by or software()
    if file.part_of:
        facts["source_pages"] = f"{file.first_page}-{file.first_page + file.pages - 1}/{file.part_of}"
    metadata = PdfaMetadata(
        title=title_of(certain, "Văn bản số hóa"),
        author=certain["co_quan_ban_hanh"].value if "co_quan_ban_hanh" in certain else "",
        language="vi-VN",
        created=converted_at,
        producer=software(),
        facts=facts,
    )
    return write_pdfa(file.path, file.media_type, reading.pages, out, metadata, source_sha256=file.sha256)
