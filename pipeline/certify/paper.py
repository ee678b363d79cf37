"""Papers that the procedure itself writes (register, refusal, record): Vietnamese text set as PDF/A-2u.

A paper is drawn page by page in points, origin lower left. Fonts are embedded as subsets once all text is known.
"""

from __future__ import annotations

import io
import tempfile
import unicodedata
import zlib
from datetime import datetime
from pathlib import Path

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, Stream, String

from pipeline.derivative import software
from pipeline.pdfa.check import require_pdfa_2u
from pipeline.pdfa.font import asset
from pipeline.pdfa.metadata import PdfaMetadata, info_entries, xmp_packet
from pipeline.pdfa.pdf_file import number
from signing.appearance.embed import embed_font
from signing.appearance.fonts import Style
from signing.appearance.typeface import Face, face

MM = 72 / 25.4
A4 = (210 * MM, 297 * MM)
LEADING = 1.2
_FONTS: dict[Style, str] = {"regular": "R", "bold": "B", "italic": "I"}


def plain(text: str) -> str:
    """Return *text* in NFC on one line, with ``?`` for characters that the fonts cannot show.

    Titles come from recognition: a stray sign in one of them must not stop a whole register.
    """
    used = face("regular")
    shown = []
    for character in " ".join(unicodedata.normalize("NFC", text).split()):
        shown.append(character if used.has(character) else "?")
    return "".join(shown)


def wrapped(text: str, style: Style, size: float, width: float) -> list[str]:
    """Break *text* (:func:`plain`) into lines of at most *width* points; a word too long for a line is cut."""
    used = face(style)
    lines: list[str] = []
    for line in used.wrap(text, size, width):
        rest = line
        while used.width(rest, size) > width and len(rest) > 1:
            cut = len(rest) - 1
            while cut > 1 and used.width(rest[:cut], size) > width:
                cut -= 1
            lines.append(rest[:cut])
            rest = rest[cut:]
        lines.append(rest)
    return lines


class Paper:
    """A document being drawn. ``width`` and ``height`` are the page's, points."""

    def __init__(self, *, landscape: bool = False) -> None:
        self.width, self.height = A4[::-1] if landscape else A4
        self._pages: list[list[bytes]] = []
        self._letters: dict[Style, set[str]] = {}

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return len(self._pages)

    def add_page(self) -> int:
        """Start a page and return its index."""
        self._pages.append([])
        return len(self._pages) - 1

    def write(
        self,
        text: str,
        x: float,
        y: float,
        size: float,
        style: Style = "regular",
        *,
        align: str = "left",
        page: int = -1,
    ) -> float:
        """Write one line with its baseline at *y*; *x* is its left end, middle or right end by *align*.

        Returns its width, points.
        """
        used: Face = face(style)
        text = plain(text)
        wide = used.width(text, size)
        x -= {"left": 0.0, "centre": wide / 2, "right": wide}[align]
        self._letters.setdefault(style, set()).update(text)
        name = _FONTS[style].encode()
        self._pages[page].append(
            b"BT /%b %b Tf 1 0 0 1 %b %b Tm %b Tj ET" % (name, number(size), number(x), number(y), used.encoded(text))
        )
        return wide

    def line(self, x1: float, y1: float, x2: float, y2: float, thick: float = 0.5) -> None:
        """Draw a line."""
        self._pages[-1].append(
            b" ".join(map(number, (thick,))) + b" w " + _move(x1, y1, b"m") + _move(x2, y2, b"l") + b"S"
        )

    def save(self, *, title: str, author: str, created: datetime) -> bytes:
        """Return the paper as PDF/A-2u bytes; the same paper gives the same bytes. *created* is aware.

        Raises ``BadInput`` (``pdfa-not-conforming``), ``NotReady`` without fonts.
        """
        metadata = PdfaMetadata(title, author, "vi-VN", created, software())
        document = Pdf.new()
        fonts = Dictionary()
        for style, letters in sorted(self._letters.items()):
            fonts[Name(f"/{_FONTS[style]}")] = embed_font(document, face(style), frozenset(letters))
        shared = document.make_indirect(Dictionary(Font=fonts))
        for operators in self._pages:
            page = document.add_blank_page(page_size=(round(self.width, 2), round(self.height, 2)))
            page.obj[Name.Resources] = shared
            page.obj[Name.Contents] = document.make_indirect(_flate(document, b"\n".join(operators)))
        profile = document.make_indirect(_flate(document, asset("srgb.icc"), N=3))
        intent = Dictionary(
            Type=Name.OutputIntent,
            S=Name.GTS_PDFA1,
            OutputConditionIdentifier=String("sRGB"),
            Info=String("sRGB IEC61966-2.1"),
            DestOutputProfile=profile,
        )
        document.Root[Name.OutputIntents] = Array([document.make_indirect(intent)])
        document.Root[Name.Metadata] = document.make_indirect(
            Stream(document, xmp_packet(metadata, {}), Type=Name.Metadata, Subtype=Name.XML)
        )
        document.Root[Name.Lang] = String("vi-VN")
        document.Root[Name.ViewerPreferences] = Dictionary(DisplayDocTitle=True)
        for key, value in info_entries(metadata, {}).items():
            document.docinfo[Name(f"/{key}")] = String(value)
        out = io.BytesIO()
        document.save(out, fix_metadata_version=False, min_version="1.7", deterministic_id=True, compress_streams=False)
        with tempfile.TemporaryDirectory() as folder:
            draft = Path(folder) / "paper.pdf"
            draft.write_bytes(out.getvalue())
            require_pdfa_2u(draft)
        return out.getvalue()


def _move(x: float, y: float, operator: bytes) -> bytes:
    return number(x) + b" " + number(y) + b" " + operator + b" "


def _flate(document: Pdf, data: bytes, **entries: object) -> pikepdf.Object:
    return Stream(document, zlib.compress(data, 9), Filter=Name.FlateDecode, **entries)
