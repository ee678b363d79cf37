"""A born-digital document: typeset text as a PDF with embedded, searchable Tinos. The same bytes every time."""

from __future__ import annotations

import io
import zlib

import pikepdf
from fontTools import subset
from fontTools.ttLib import TTFont

from samples.fonts import face_path
from samples.model import Paper
from samples.typeset import PAGE, Sheet, typeset


def unsigned_pdf(paper: Paper) -> tuple[bytes, list[Sheet]]:
    """Return *paper* as a PDF and as sheets."""
    sheets = typeset(paper)
    out = pikepdf.new()
    letters: dict[str, set[str]] = {}
    for sheet in sheets:
        for run in sheet.runs:
            letters.setdefault(run.face, set()).update(run.text)
    fonts = {face: _embed(out, face, "".join(sorted(chars))) for face, chars in letters.items()}
    names = pikepdf.Dictionary({f"/F{face or 'r'}": made[0] for face, made in fonts.items()})
    for sheet in sheets:
        ops = [
            f"{r.width} w {r.x0:.2f} {PAGE[1] - r.y0:.2f} m {r.x1:.2f} {PAGE[1] - r.y1:.2f} l S" for r in sheet.rules
        ]
        for run in sheet.runs:
            glyphs = "".join(f"{fonts[run.face][1][char]:04X}" for char in run.text)
            place = f"1 0 0 1 {run.x:.2f} {PAGE[1] - run.y:.2f} Tm"
            ops.append(f"BT /F{run.face or 'r'} {run.size} Tf {place} <{glyphs}> Tj ET")
        page = pikepdf.Dictionary(
            Type=pikepdf.Name.Page,
            MediaBox=[0, 0, round(PAGE[0], 2), round(PAGE[1], 2)],
            Resources=pikepdf.Dictionary(Font=names),
            Contents=pikepdf.Stream(out, "\n".join(ops).encode()),
        )
        out.pages.append(pikepdf.Page(page))
    out.Root.Lang = pikepdf.String("vi-VN")
    buffer = io.BytesIO()
    out.save(buffer, deterministic_id=True)
    return buffer.getvalue(), sheets


def _embed(out: pikepdf.Pdf, face: str, text: str) -> tuple[pikepdf.Object, dict[str, int]]:
    """Embed the glyphs of *text* as a Type0 font; return it and the glyph of each letter."""
    source = TTFont(face_path(face), recalcTimestamp=False)
    for table in {"GPOS", "GSUB", "GDEF", "kern"} & set(source.keys()):
        del source[table]
    options = subset.Options(notdef_outline=True, glyph_names=False, hinting=False, layout_features=[])
    cutter = subset.Subsetter(options)
    cutter.populate(text=text)
    cutter.subset(source)
    buffer = io.BytesIO()
    source.save(buffer)
    cmap, metrics, scale = source.getBestCmap(), source["hmtx"], 1000 / source["head"].unitsPerEm
    glyphs = {char: source.getGlyphID(cmap[ord(char)]) for char in text}
    program = pikepdf.Stream(out, zlib.compress(buffer.getvalue()))
    program.Filter, program.Length1 = pikepdf.Name.FlateDecode, len(buffer.getvalue())
    base = pikepdf.Name(f"/SAMPLE+Tinos{face.upper()}")
    head, os2 = source["head"], source["OS/2"]
    descriptor = pikepdf.Dictionary(
        Type=pikepdf.Name.FontDescriptor,
        FontName=base,
        Flags=4 if "i" not in face else 68,
        FontBBox=[round(v * scale) for v in (head.xMin, head.yMin, head.xMax, head.yMax)],
        ItalicAngle=-16 if "i" in face else 0,
        Ascent=round(os2.sTypoAscender * scale),
        Descent=round(os2.sTypoDescender * scale),
        CapHeight=662,
        StemV=140 if "b" in face else 80,
        FontFile2=out.make_indirect(program),
    )
    widths = pikepdf.Array()
    for char, glyph in sorted(glyphs.items(), key=lambda item: item[1]):
        widths.append(glyph)
        widths.append(pikepdf.Array([round(metrics[cmap[ord(char)]][0] * scale)]))
    child = pikepdf.Dictionary(
        Type=pikepdf.Name.Font,
        Subtype=pikepdf.Name.CIDFontType2,
        BaseFont=base,
        CIDSystemInfo=pikepdf.Dictionary(Registry="Adobe", Ordering="Identity", Supplement=0),
        FontDescriptor=out.make_indirect(descriptor),
        W=widths,
        DW=1000,
        CIDToGIDMap=pikepdf.Name.Identity,
    )
    rows = "\n".join(f"<{glyph:04X}> <{ord(char):04X}>" for char, glyph in sorted(glyphs.items()))
    unicode_map = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n"
        "/CMapName /Sample def /CMapType 2 def\n"
        "1 begincodespacerange <0000> <FFFF> endcodespacerange\n"
        + "".join(f"{len(part)} beginbfchar\n" + "\n".join(part) + "\nendbfchar\n" for part in _hundreds(rows))
        + "endcmap CMapName currentdict /CMap defineresource pop end end"
    )
    font = pikepdf.Dictionary(
        Type=pikepdf.Name.Font,
        Subtype=pikepdf.Name.Type0,
        BaseFont=base,
        Encoding=pikepdf.Name("/Identity-H"),
        DescendantFonts=[out.make_indirect(child)],
        ToUnicode=pikepdf.Stream(out, unicode_map.encode()),
    )
    return out.make_indirect(font), glyphs


def _hundreds(rows: str) -> list[list[str]]:
    lines = rows.split("\n")
    return [lines[start : start + 100] for start in range(0, len(lines), 100)]
