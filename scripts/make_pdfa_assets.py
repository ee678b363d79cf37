"""Make the two small files PDF/A needs: the glyphless font and the sRGB profile. Their bytes are in the repository.

Run from the repository's root: ``.venv/bin/python scripts/make_pdfa_assets.py``. Needs fontTools and Pillow.
"""

from __future__ import annotations

import struct
from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib.tables._g_l_y_f import Glyph
from PIL import ImageCms

ASSETS = Path(__file__).resolve().parent.parent / "pipeline" / "pdfa" / "assets"
UNITS_PER_EM, ADVANCE, ASCENT, DESCENT = 1000, 500, 900, -250
MAC_EPOCH_1970 = 2082844800


def glyphless_font(path: Path) -> None:
    """Write a TrueType font of two glyphs: ``.notdef`` and one that stands for every letter.

    The latter has extent, so that PDFium (Chrome, Edge) shows a selection as high as the line, but no area: a
    contour that runs up a diagonal and back. Drawn by mistake, it still shows nothing.
    """
    pen = TTGlyphPen(None)
    pen.moveTo((0, DESCENT))
    pen.lineTo((ADVANCE // 2, (ASCENT + DESCENT) // 2))
    pen.lineTo((ADVANCE, ASCENT))
    pen.closePath()
    builder = FontBuilder(UNITS_PER_EM, isTTF=True)
    builder.setupGlyphOrder([".notdef", "any"])
    builder.setupGlyf({".notdef": Glyph(), "any": pen.glyph()})
    builder.setupHorizontalMetrics({".notdef": (ADVANCE, 0), "any": (ADVANCE, 0)})
    builder.setupHorizontalHeader(ascent=ASCENT, descent=DESCENT)
    builder.font.recalcTimestamp = False
    builder.font["head"].created = builder.font["head"].modified = MAC_EPOCH_1970
    builder.save(path)


def srgb_profile(path: Path) -> None:
    """Write LittleCMS's sRGB profile (marked by its maker as free to use), its date fixed."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    struct.pack_into(">6H", profile, 24, 2026, 1, 1, 0, 0, 0)
    profile[84:100] = bytes(16)  # profile ID: not computed
    path.write_bytes(profile)


if __name__ == "__main__":
    ASSETS.mkdir(exist_ok=True)
    glyphless_font(ASSETS / "glyphless.ttf")
    srgb_profile(ASSETS / "srgb.icc")
