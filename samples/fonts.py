"""Tinos: metrics of Times New Roman with every Vietnamese letter (Liberation Serif lacks some)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from PIL import ImageFont

from domain.errors import Advice, NotReady

FACES = {
    "": "Tinos-Regular.ttf",
    "b": "Tinos-Bold.ttf",
    "i": "Tinos-Italic.ttf",
    "bi": "Tinos-BoldItalic.ttf",
}
_FOLDERS = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path.home() / ".local/share/fonts",
    Path.home() / ".fonts",
    Path("/Library/Fonts"),
)
_MEASURE = 1000.0


@cache
def face_path(face: str) -> Path:
    """Return the file of *face* (``""``, ``b``, ``i``, ``bi``). Raises ``NotReady`` (``font-missing``)."""
    for folder in _FOLDERS:
        found = next(iter(sorted(folder.rglob(FACES[face]))), None) if folder.is_dir() else None
        if found is not None:
            return found
    raise NotReady(
        "font-missing",
        f"{FACES[face]} not found under {', '.join(map(str, _FOLDERS))}: apt-get install fonts-croscore",
        Advice(
            "Máy thiếu phông chữ Tinos (đủ chữ tiếng Việt).",
            "Chưa có tệp nào được tạo.",
            "Cài gói phông chữ: sudo apt-get install fonts-croscore.",
        ),
    )


@cache
def font(face: str, size_px: float) -> ImageFont.FreeTypeFont:
    """Return *face* at *size_px* pixels to the em."""
    return ImageFont.truetype(str(face_path(face)), size_px, layout_engine=ImageFont.Layout.BASIC)


@cache
def width(text: str, face: str, size: float) -> float:
    """Return the advance of *text* in the unit of *size*."""
    return font(face, _MEASURE).getlength(text) * size / _MEASURE
