"""How large an input may be before it is refused."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Bounds checked before anything is decoded.

    Attributes:
        max_bytes: file size in bytes.
        max_pages: pages of one file.
        max_pixels: samples positions (width x height) of one page image; 200 million is A3 at 1200 dpi.
    """

    max_bytes: int = 512 * 1024 * 1024
    max_pages: int = 2000
    max_pixels: int = 200_000_000
