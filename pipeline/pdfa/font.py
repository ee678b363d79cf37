"""The font of the invisible text: every code shows the same empty glyph, and ToUnicode says what it means.

Code = UTF-16 code unit. Characters beyond the basic plane get codes from the surrogate range, which no character of
the basic plane uses, one code each; ToUnicode maps it to the pair.
"""

from __future__ import annotations

from importlib import resources

from pipeline.pdfa.pdf_file import PdfFileWriter

ASCENT, DESCENT = 0.9, -0.25  # of the font size; as in scripts/make_pdfa_assets.py
ADVANCE = 0.5
_REPLACEMENT = 0xFFFD
_SURROGATES = range(0xD800, 0xE000)
#: a hyphen with the end of its line, as hyphen and no-break space: Poppler and PDFium drop a plain hyphen there, a
#: hyphen and space the latter too, and "287/STC-" + "HCSN" would lose it
_LAST_HYPHEN = _SURROGATES[-1]
#: never mapped to (veraPDF rule 6.2.11.7.2-2, of ISO 19005-2), and what carries no text
_MEANINGLESS = frozenset((*range(0x20), *range(0x7F, 0xA0), 0xFEFF, 0xFFFE, 0xFFFF))
#: Ghostscript 9.56 to 10.04 drops what comes after the hundredth entry of a block (also the limit of Adobe TN 5411)
_BLOCK = 100


def asset(name: str) -> bytes:
    """Return the bytes of a file of this package."""
    return (resources.files("pipeline.pdfa") / "assets" / name).read_bytes()


class InvisibleFont:
    """One font for the whole file; remembers which codes were used."""

    def __init__(self) -> None:
        self._meaning: dict[int, str] = {}
        self._beyond: dict[str, int] = {}
        self._words: dict[str, list[int]] = {}

    @property
    def used(self) -> bool:
        """Some text was written."""
        return bool(self._meaning)

    def codes(self, text: str) -> list[int]:
        """Return the codes that stand for *text*; control characters and lone surrogates are left out."""
        found = self._words.get(text)
        if found is None:
            found = self._words[text] = [code for char in text if (code := self._code(char))]
        return found

    def last_codes(self, text: str) -> list[int]:
        """Return the codes for the last word of a line."""
        found = self.codes(text)
        if not found or found[-1] != ord("-"):
            return found
        self._meaning[_LAST_HYPHEN] = "-\u00a0"
        return [*found[:-1], _LAST_HYPHEN]

    def _code(self, char: str) -> int:
        point = ord(char)
        if point in _MEANINGLESS or point in _SURROGATES:
            return 0
        if point <= 0xFFFF:
            self._meaning[point] = char
            return point
        code = self._beyond.get(char)
        if code is None:
            if len(self._beyond) == len(_SURROGATES) - 1:
                self._meaning[_REPLACEMENT] = chr(_REPLACEMENT)
                return _REPLACEMENT
            code = _SURROGATES[len(self._beyond)]
            self._beyond[char] = code
            self._meaning[code] = char
        return code

    def to_unicode(self) -> bytes:
        """Return the ToUnicode CMap of the used codes."""
        lines = [
            b"/CIDInit /ProcSet findresource begin",
            b"12 dict begin",
            b"begincmap",
            b"/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def",
            b"/CMapName /Adobe-Identity-UCS def",
            b"/CMapType 2 def",
            b"1 begincodespacerange",
            b"<0000> <FFFF>",
            b"endcodespacerange",
        ]
        entries = sorted(self._meaning.items())
        for start in range(0, len(entries), _BLOCK):
            block = entries[start : start + _BLOCK]
            lines.append(b"%d beginbfchar" % len(block))
            lines += [b"<%04X> <%b>" % (code, char.encode("utf-16-be").hex().upper().encode()) for code, char in block]
            lines.append(b"endbfchar")
        lines += [b"endcmap", b"CMapName currentdict /CMap defineresource pop", b"end", b"end"]
        return b"\n".join(lines)

    def write(self, file: PdfFileWriter, number: int) -> None:
        """Write the font's objects, the font itself as object *number*."""
        name = b"/SOHOAA+Glyphless"
        program = asset("glyphless.ttf")
        program_number = file.add_stream(b"/Length1 %d" % len(program), program, deflate=True)
        glyphs = file.add_stream(b"", b"\x00\x01" * (max(self._meaning) + 1), deflate=True)
        meaning = file.add_stream(b"", self.to_unicode(), deflate=True)
        descriptor = file.add(
            b"<</Type /FontDescriptor /FontName %b /Flags 4 /FontBBox [0 -250 500 900] /ItalicAngle 0 /Ascent 900"
            b" /Descent -250 /CapHeight 700 /StemV 80 /FontFile2 %d 0 R>>" % (name, program_number)
        )
        descendant = file.add(
            b"<</Type /Font /Subtype /CIDFontType2 /BaseFont %b /FontDescriptor %d 0 R /DW 500 /CIDToGIDMap %d 0 R"
            b" /CIDSystemInfo <</Registry (Adobe) /Ordering (Identity) /Supplement 0>>>>" % (name, descriptor, glyphs)
        )
        file.add(
            b"<</Type /Font /Subtype /Type0 /BaseFont %b /Encoding /Identity-H /DescendantFonts [%d 0 R]"
            b" /ToUnicode %d 0 R>>" % (name, descendant, meaning),
            number,
        )
