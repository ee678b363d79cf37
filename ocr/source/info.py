"""What a file turned out to be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

MediaType = Literal["application/pdf", "image/tiff", "image/jpeg", "image/png"]


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
