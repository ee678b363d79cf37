"""Opening a PDF with pyHanko: its signatures, those that cannot be read, and its signature fields."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import enumerate_sig_fields
from pyhanko.sign.validation import EmbeddedPdfSignature

from signing.verify.overlays import Widget, signature_widgets
from signing.verify.words import plain

MAX_SIGNATURES = 60


@dataclass
class Opened:
    """A reader with the signatures found: read ones by revision, unreadable ones as (field, why)."""

    reader: Any
    embedded: list[EmbeddedPdfSignature]
    malformed: list[tuple[str, str]]
    widgets: list[Widget]


def open_pdf(data: bytes, *, strict: bool) -> Opened:
    """Read *data* and its signatures; raises whatever a broken or hostile file provokes in pyHanko."""
    reader = PdfFileReader(io.BytesIO(data), strict=strict)
    if reader.encrypted:
        return Opened(reader, [], [], [])
    _ = reader.root["/Pages"]
    embedded: list[EmbeddedPdfSignature] = []
    malformed: list[tuple[str, str]] = []
    fields = list(enumerate_sig_fields(reader))[: MAX_SIGNATURES * 4]
    filled = [(name, ref) for name, value, ref in fields if value is not None]
    for name, holder in filled[:MAX_SIGNATURES]:
        try:
            signature = EmbeddedPdfSignature(reader, holder, name)
            _ = signature.signer_info["signature"].native, signature.compute_digest()
            if not _numeric(signature.byte_range):
                raise ValueError("ByteRange")
            embedded.append(signature)
        except Exception as error:  # pyHanko raises seven kinds of exception here; each is a malformed signature
            malformed.append((plain(name), type(error).__name__))
    malformed += [(plain(name), "too many signatures") for name, _ in filled[MAX_SIGNATURES:]]
    embedded.sort(key=lambda e: e.signed_revision)
    widgets = list(signature_widgets(fields))
    return Opened(reader, embedded, malformed, widgets)


def opened_leniently(data: bytes) -> tuple[Any, list[EmbeddedPdfSignature]]:
    """Return the reader and the signatures of a file, for taking things out of it; raises whatever the file provokes.

    Nothing read this way may count for a verdict.
    """
    opened = open_pdf(data, strict=False)
    return opened.reader, opened.embedded


def _numeric(byte_range: Any) -> bool:
    try:
        return len([int(v) for v in byte_range]) == 4
    except (TypeError, ValueError):
        return False
