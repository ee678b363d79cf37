"""Fonts and the seal image as PDF objects that PDF/A-2u accepts."""

from __future__ import annotations

import hashlib
import io
import zlib

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, Stream, String
from PIL import Image

from domain.errors import Advice, NotReady
from signing.appearance.typeface import Face

_MAX_SEAL_PIXELS = 4_000_000


def embed_font(pdf: Pdf, used: Face, letters: frozenset[str]) -> pikepdf.Object:
    """Add a Type 0 font with the glyphs of *letters* to *pdf* and return it (indirect).

    ISO 19005-2 clause 6.2.11: embedded, Identity-H, CIDToGIDMap, widths that agree, ToUnicode for every glyph.
    """
    data = used.subset(letters)
    tag = hashlib.sha256(data).digest()
    prefix = "".join(chr(65 + byte % 26) for byte in tag[:6])
    name = Name(f"/{prefix}+{used.name.replace(' ', '')}")
    glyphs = sorted((used.glyph(letter), letter) for letter in letters)
    widths = Array()
    for glyph, _ in glyphs:
        widths.append(glyph)
        widths.append(Array([round(used.advance(glyph), 3)]))
    metrics = used.metrics
    descriptor = Dictionary(
        Type=Name.FontDescriptor,
        FontName=name,
        Flags=4 | 2,  # symbolic (no encoding of its own), serif
        FontBBox=Array(metrics.bbox),
        ItalicAngle=0,
        Ascent=metrics.ascent,
        Descent=metrics.descent,
        CapHeight=metrics.cap_height,
        StemV=140 if used.style == "bold" else 80,
        FontFile2=pdf.make_indirect(_stream(pdf, data, Length1=len(data))),
    )
    descendant = Dictionary(
        Type=Name.Font,
        Subtype=Name.CIDFontType2,
        BaseFont=name,
        CIDSystemInfo=Dictionary(Registry=String("Adobe"), Ordering=String("Identity"), Supplement=0),
        FontDescriptor=pdf.make_indirect(descriptor),
        DW=0,
        W=widths,
        CIDToGIDMap=Name.Identity,
    )
    return pdf.make_indirect(
        Dictionary(
            Type=Name.Font,
            Subtype=Name.Type0,
            BaseFont=name,
            Encoding=Name("/Identity-H"),
            DescendantFonts=Array([pdf.make_indirect(descendant)]),
            ToUnicode=pdf.make_indirect(_stream(pdf, _to_unicode(glyphs))),
        )
    )


def embed_seal(pdf: Pdf, png: bytes) -> pikepdf.Object:
    """Add the seal image (PNG, transparent background) to *pdf* and return it (indirect).

    Raises:
        NotReady: not a usable image.
    """
    try:
        with Image.open(io.BytesIO(png)) as opened:
            if opened.width * opened.height > _MAX_SEAL_PIXELS:
                raise ValueError("too many pixels")
            image = opened.convert("RGBA")
    except (OSError, ValueError) as error:
        raise NotReady(
            "seal-image",
            f"seal image cannot be used: {type(error).__name__}",
            Advice(
                "Ảnh con dấu không dùng được.",
                "Chưa có gì thay đổi.",
                "Dùng ảnh PNG nền trong suốt, dưới 4 triệu điểm.",
            ),
        ) from error
    mask = _stream(
        pdf,
        image.getchannel("A").tobytes(),
        Type=Name.XObject,
        Subtype=Name.Image,
        Width=image.width,
        Height=image.height,
        ColorSpace=Name.DeviceGray,
        BitsPerComponent=8,
    )
    picture = _stream(
        pdf,
        image.convert("RGB").tobytes(),
        Type=Name.XObject,
        Subtype=Name.Image,
        Width=image.width,
        Height=image.height,
        ColorSpace=Name.DeviceRGB,
        BitsPerComponent=8,
        SMask=pdf.make_indirect(mask),
    )
    return pdf.make_indirect(picture)


def _stream(pdf: Pdf, data: bytes, **entries: object) -> Stream:
    return Stream(pdf, zlib.compress(data, 9), Filter=Name.FlateDecode, **entries)


def _to_unicode(glyphs: list[tuple[int, str]]) -> bytes:
    rows = [f"<{glyph:04X}> <{letter.encode('utf-16-be').hex().upper()}>" for glyph, letter in glyphs]
    parts = [
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
        "/CMapName /Adobe-Identity-UCS def /CMapType 2 def",
        "1 begincodespacerange <0000> <FFFF> endcodespacerange",
    ]
    for start in range(0, len(rows), 100):
        chunk = rows[start : start + 100]
        parts += [f"{len(chunk)} beginbfchar", *chunk, "endbfchar"]
    parts.append("endcmap CMapName currentdict /CMap defineresource pop end end")
    return "\n".join(parts).encode("ascii")
