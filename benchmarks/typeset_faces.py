"""The families of letters that generated papers are set in, and how much of a text fits where."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import ImageFont

DPI = 300
#: family -> (files of regular, bold, italic; how much smaller it is set; share of the papers)
FAMILIES: dict[str, tuple[tuple[str, str, str], float, int]] = {
    "FreeSerif": (("FreeSerif.ttf", "FreeSerifBold.ttf", "FreeSerifItalic.ttf"), 1.0, 5),
    "Linux Libertine": (("LinLibertine_R.otf", "LinLibertine_RB.otf", "LinLibertine_RI.otf"), 1.0, 3),
    "Noto Serif": (("NotoSerif-Regular.ttf", "NotoSerif-Bold.ttf", "NotoSerif-Italic.ttf"), 0.86, 2),
    "DejaVu Serif Condensed": (
        ("DejaVuSerifCondensed.ttf", "DejaVuSerifCondensed-Bold.ttf", "DejaVuSerifCondensed-Italic.ttf"), 0.86, 1,
    ),
    "Carlito": (("Carlito-Regular.ttf", "Carlito-Bold.ttf", "Carlito-Italic.ttf"), 1.0, 1),
}  # fmt: skip
PACKAGES = "fonts-freefont-ttf fonts-linuxlibertine fonts-noto-core fonts-dejavu-extra fonts-crosextra-carlito"


@dataclass(frozen=True)
class Face:
    """A family in three cuts, sizes in points."""

    name: str
    files: tuple[str, str, str]
    scale: float

    def font(self, size_pt: float, cut: str = "r") -> ImageFont.FreeTypeFont:
        """Return cut ``r``, ``b`` or ``i`` at *size_pt*."""
        return _font(self.files["rbi".index(cut)], round(size_pt * self.scale * DPI / 72))


@cache
def _font(path: str, pixels: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, pixels)


def installed_faces() -> list[tuple[Face, int]]:
    """Return the families of this machine with their weight in the lot.

    Raises ``SystemExit`` when none is there.
    """
    told = subprocess.run(["fc-list", "--format", "%{file}\n"], capture_output=True, text=True, check=True).stdout
    files = {Path(line).name: line for line in told.splitlines()}
    faces = [
        (Face(name, (files[cuts[0]], files[cuts[1]], files[cuts[2]]), scale), share)
        for name, (cuts, scale, share) in FAMILIES.items()
        if all(cut in files for cut in cuts)
    ]
    if not faces:
        raise SystemExit(f"no font with Vietnamese letters found; on Debian: apt install {PACKAGES}")
    return faces


def fitting(face: Face, text: str, size_pt: float, cut: str, width: float) -> ImageFont.FreeTypeFont:
    """Return the largest cut up to *size_pt* in which *text* fits *width* pixels."""
    while face.font(size_pt, cut).getlength(text) > width and size_pt > 8:
        size_pt -= 0.25
    return face.font(size_pt, cut)


def fitting_words(words: Sequence[str], font: ImageFont.FreeTypeFont, width: float) -> int:
    """Return how many of *words* fit into *width* pixels; at least one."""
    count = 1
    while count < len(words) and font.getlength(" ".join(words[: count + 1])) <= width:
        count += 1
    return count


def fold_lines(text: str, font: ImageFont.FreeTypeFont, width: float) -> list[str]:
    """Break *text* into lines of at most *width* pixels."""
    words, lines = text.split(" "), []
    while words:
        count = fitting_words(words, font, width)
        lines.append(" ".join(words[:count]))
        words = words[count:]
    return lines
