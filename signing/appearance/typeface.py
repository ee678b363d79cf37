"""A font as PDF needs it: glyph numbers, widths, and a subset that keeps the glyph numbers.

Vietnamese letters are composed characters (NFC) with a glyph each in the fonts we accept, so no shaping is needed.
"""

from __future__ import annotations

import functools
import struct
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import uharfbuzz as hb

from domain.errors import Advice, BadInput
from signing.appearance.fonts import Style, find_font

# Kept in every subset, so that documents of one agency share one: digits change from document to document.
_ALWAYS = "0123456789 .,:;-+/()T"


@dataclass(frozen=True)
class Metrics:
    """Numbers of the font descriptor, in thousandths of the type size."""

    ascent: int
    descent: int
    cap_height: int
    bbox: tuple[int, int, int, int]


class Face:
    """One font file."""

    def __init__(self, path: Path, style: Style) -> None:
        self.style: Style = style
        self.name = path.stem
        self._face = hb.Face(hb.Blob.from_file_path(str(path)))
        self._font = hb.Font(self._face)
        self._unit = self._face.upem
        head = bytes(self._face.reference_table("head").data)
        box = [value * 1000 // self._unit for value in struct.unpack(">4h", head[36:44])]
        hhea = bytes(self._face.reference_table("hhea").data)
        ascent, descent = struct.unpack(">2h", hhea[4:8])
        self.metrics = Metrics(
            ascent=ascent * 1000 // self._unit,
            descent=descent * 1000 // self._unit,
            cap_height=662,
            bbox=(box[0], box[1], box[2], box[3]),
        )
        self._glyphs: dict[str, int] = {}

    def glyph(self, character: str) -> int:
        """Return the glyph number of *character*. Raises :class:`BadInput` when the font has none."""
        number = self._glyphs.get(character)
        if number is None:
            number = self._font.get_nominal_glyph(ord(character)) or 0
            if number == 0:
                raise BadInput(
                    "letter-missing",
                    "a character of the statement is not in the font",
                    Advice(
                        "Nội dung cần ghi có ký tự mà phông chữ không có.",
                        todo="Sửa họ tên, chức danh hoặc tên cơ quan bằng chữ Việt Unicode dựng sẵn.",
                    ),
                )
            self._glyphs[character] = number
        return number

    def has(self, character: str) -> bool:
        """Say whether the font can show *character*."""
        return character in self._glyphs or bool(self._font.get_nominal_glyph(ord(character)))

    def advance(self, glyph: int) -> float:
        """Return the width of *glyph* in thousandths of the type size."""
        return int(self._font.get_glyph_h_advance(glyph)) * 1000 / int(self._unit)

    def width(self, text: str, size: float) -> float:
        """Return the width of *text* (NFC) set in *size* points."""
        return sum((self.advance(self.glyph(character)) for character in text), 0.0) * size / 1000

    def encoded(self, text: str) -> bytes:
        """Return *text* (NFC) as a PDF hexadecimal string of two-byte glyph numbers (Identity-H)."""
        return b"<" + b"".join(b"%04X" % self.glyph(character) for character in text) + b">"

    def wrap(self, text: str, size: float, width: float) -> list[str]:
        """Break *text* at spaces into lines of at most *width* points; a longer word stays whole."""
        lines: list[str] = []
        for word in text.split():
            longer = f"{lines[-1]} {word}" if lines else word
            if lines and self.width(longer, size) <= width:
                lines[-1] = longer
            else:
                lines.append(word)
        return lines

    def subset(self, characters: frozenset[str]) -> bytes:
        """Return a TrueType file with the glyphs of *characters* only, numbered as before, without hints."""
        return _subset(self, characters)


@functools.lru_cache(maxsize=64)
def _subset(face: Face, characters: frozenset[str]) -> bytes:
    wanted = hb.SubsetInput()
    wanted.sets(hb.SubsetInputSets.UNICODE).update(map(ord, characters))
    drop = wanted.sets(hb.SubsetInputSets.DROP_TABLE_TAG)
    for tag in ("GSUB", "GPOS", "GDEF", "kern", "cmap", "name", "OS/2", "post", "gasp", "DSIG", "FFTM", "meta"):
        drop.add(int.from_bytes(tag.encode("ascii"), "big"))
    wanted.flags = hb.SubsetFlags.RETAIN_GIDS | hb.SubsetFlags.NO_HINTING
    result = hb.subset(face._face, wanted)
    return bytes(result.blob.data)


@functools.lru_cache(maxsize=8)
def face(style: Style) -> Face:
    """Return the installed font of *style*. Raises ``NotReady``."""
    return Face(find_font(style), style)


def characters(texts: Sequence[str]) -> frozenset[str]:
    """Return the characters of *texts* (NFC) and those kept in every subset."""
    return frozenset(_ALWAYS).union(*(unicodedata.normalize("NFC", text) for text in texts))
