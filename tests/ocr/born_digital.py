"""PDF files with text of their own: sound ones, and ones whose text is not what one sees."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pikepdf
from fontTools.ttLib import TTFont
from pikepdf import Array, Dictionary, Name

from tests.ocr.page_drawing import font_path

PAGE = (595.0, 842.0)
LETTER = (
    (60, 780, "ỦY BAN NHÂN DÂN"),
    (300, 780, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
    (70, 764, "XÃ MINH TÂN"),
    (340, 764, "Độc lập - Tự do - Hạnh phúc"),
    (60, 736, "Số:       /QĐ-UBND"),
    (310, 736, "Minh Tân, ngày       tháng 6 năm 2025"),
    (250, 700, "QUYẾT ĐỊNH"),
    (150, 684, "Về việc kiểm tra hồ sơ lưu trữ năm 2025"),
    (60, 640, "Căn cứ Luật Tổ chức chính quyền địa phương ngày 19/6/2025;"),
    (60, 620, "Theo đề nghị của Văn phòng Ủy ban nhân dân xã,"),
    (60, 600, "Điều 1. Giao phòng chuyên môn kiểm tra hồ sơ lưu trữ"),
    (60, 580, "và báo cáo kết quả trước ngày 15 tháng 7 năm 2025."),
    (60, 560, "Điều 2. Quyết định này có hiệu lực kể từ ngày ký."),
)
_VOWELS = [
    unicodedata.normalize("NFC", v + tone) for v in "aăâeêioôơuưy" for tone in ("", *"\u0300\u0301\u0303\u0309\u0323")
]
_LOWER = "".join([*_VOWELS, "bcdđfghjklmnpqrstvwxz"])
ALL = "0123456789 :/.,;-()@+" + _LOWER + _LOWER.upper()


@dataclass(frozen=True)
class Text:
    """A piece of text on the page.

    Attributes:
        x: points from the left.
        y: baseline, points from the bottom.
        text: what one sees.
        says: maps a letter to what the font's table says it is; None: the truth.
        mode: text rendering mode (3 invisible).
        grey: 0 black, 1 white.
        size: points.
    """

    x: float
    y: float
    text: str
    says: Callable[[str], str] | None = None
    mode: int = 0
    grey: float = 0.0
    size: float = 12.0


@dataclass(frozen=True)
class Widget:
    """A signature widget that shows *text*; with *signed* its field carries a (meaningless) value."""

    name: str
    rect: tuple[float, float, float, float]
    text: str
    signed: bool = True
    flags: int = 132


@dataclass
class BornDigital:
    """Builds one-page PDFs."""

    texts: Sequence[Text]
    widgets: Sequence[Widget] = ()
    rotate: int = 0
    upright: bool = False  # turned by as much as `rotate`, so that it stands upright as shown
    picture: bytes | None = None  # JPEG laid over the whole page, after the text
    _fonts: dict[int, tuple[Name, pikepdf.Object, dict[str, int]]] = field(default_factory=dict)

    def write(self, path: Path) -> Path:
        with pikepdf.Pdf.new() as pdf:
            fonts = Dictionary()
            content = b"\n".join(self._shown(pdf, text, fonts) for text in self.texts)
            resources = Dictionary(Font=fonts)
            if self.picture is not None:
                image = pdf.make_stream(
                    self.picture,
                    Type=Name.XObject,
                    Subtype=Name.Image,
                    Width=600,
                    Height=850,
                    ColorSpace=Name.DeviceGray,
                    BitsPerComponent=8,
                    Filter=Name.DCTDecode,
                )
                resources.XObject = Dictionary(Im=image)
                content = b"q %f 0 0 %f 0 0 cm /Im Do Q\n" % PAGE + content
            box = PAGE
            if self.upright and self.rotate == 90:
                box, content = PAGE[::-1], b"q 0 1 -1 0 %f 0 cm\n%b\nQ" % (PAGE[1], content)
            page = Dictionary(
                Type=Name.Page,
                MediaBox=Array([0, 0, *box]),
                Rotate=self.rotate,
                Resources=resources,
                Contents=pdf.make_stream(content),
            )
            pdf.pages.append(pikepdf.Page(pdf.make_indirect(page)))
            leaf = pdf.pages[0].obj
            widgets = [self._widget(pdf, leaf, widget) for widget in self.widgets]
            if widgets:
                leaf.Annots = Array(widgets)
                pdf.Root.AcroForm = Dictionary(Fields=Array(widgets), SigFlags=3)
            pdf.save(path, deterministic_id=True)
        return path

    def _widget(self, pdf: pikepdf.Pdf, page: pikepdf.Object, widget: Widget) -> pikepdf.Object:
        left, bottom, right, top = widget.rect
        fonts = Dictionary()
        lines = [
            self._shown(pdf, Text(2, top - bottom - 12 * (n + 1), line, size=10), fonts)
            for n, line in enumerate(widget.text.split("\n"))
        ]
        look = pdf.make_stream(
            b"\n".join(lines),
            Type=Name.XObject,
            Subtype=Name.Form,
            BBox=Array([0, 0, right - left, top - bottom]),
            Resources=Dictionary(Font=fonts),
        )
        made = Dictionary(
            Type=Name.Annot,
            Subtype=Name.Widget,
            FT=Name.Sig,
            T=widget.name,
            F=widget.flags,
            Rect=Array(widget.rect),
            P=page,
            AP=Dictionary(N=look),
        )
        if widget.signed:
            made.V = pdf.make_indirect(
                Dictionary(Type=Name.Sig, Filter=Name("/Adobe.PPKLite"), Contents=pikepdf.String(b"\0" * 8))
            )
        return pdf.make_indirect(made)

    def _shown(self, pdf: pikepdf.Pdf, text: Text, fonts: Dictionary) -> bytes:
        key, font = self._font(pdf, text.says)
        fonts[key] = font
        codes = "".join(f"{_glyphs()[c]:04X}" for c in text.text).encode()
        return b"BT %f g %d Tr %b %f Tf %f %f Td <%b> Tj ET" % (
            text.grey,
            text.mode,
            key.encode(),
            text.size,
            text.x,
            text.y,
            codes,
        )

    def _font(self, pdf: pikepdf.Pdf, says: Callable[[str], str] | None) -> tuple[str, pikepdf.Object]:
        key = id(says)
        if key not in self._fonts:
            name = f"/F{len(self._fonts)}"
            self._fonts[key] = (name, _embedded(pdf, says, len(self._fonts)))
        return self._fonts[key]


@cache
def _face() -> TTFont:
    return TTFont(font_path())


@cache
def _glyphs() -> dict[str, int]:
    names = _face().getGlyphOrder()
    place = {name: n for n, name in enumerate(names)}
    return {chr(code): place[glyph] for code, glyph in _face().getBestCmap().items()}


def _embedded(pdf: pikepdf.Pdf, says: Callable[[str], str] | None, number: int) -> pikepdf.Object:
    letters = sorted(set(ALL))
    glyphs = _glyphs()
    units = _face()["head"].unitsPerEm
    widths = Array()
    for letter in letters:
        advance = _face()["hmtx"][_face().getGlyphName(glyphs[letter])][0]
        widths.extend([glyphs[letter], Array([round(advance * 1000 / units)])])
    table = b"".join(
        b"<%04X> <%b>\n" % (glyphs[c], (says(c) if says else c).encode("utf-16-be").hex().encode()) for c in letters
    )
    meaning = b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /T def /CMapType 2 def\n"
    meaning += b"1 begincodespacerange <0000> <FFFF> endcodespacerange\n"
    rows = table.splitlines(keepends=True)
    for at in range(0, len(rows), 90):
        block = rows[at : at + 90]
        meaning += b"%d beginbfchar\n%bendbfchar\n" % (len(block), b"".join(block))
    meaning += b"endcmap CMapName currentdict /CMap defineresource pop end end"
    program = font_path().read_bytes()
    name = Name(f"/AAAAA{chr(65 + number)}+Test{number}")
    descriptor = Dictionary(
        Type=Name.FontDescriptor,
        FontName=name,
        Flags=4,
        FontBBox=Array([-500, -300, 1500, 1000]),
        ItalicAngle=0,
        Ascent=900,
        Descent=-250,
        CapHeight=700,
        StemV=80,
        FontFile2=pdf.make_stream(program, Length1=len(program)),
    )
    inner = Dictionary(
        Type=Name.Font,
        Subtype=Name.CIDFontType2,
        BaseFont=name,
        FontDescriptor=pdf.make_indirect(descriptor),
        W=widths,
        CIDToGIDMap=Name.Identity,
        CIDSystemInfo=Dictionary(Registry="Adobe", Ordering="Identity", Supplement=0),
    )
    return pdf.make_indirect(
        Dictionary(
            Type=Name.Font,
            Subtype=Name.Type0,
            BaseFont=name,
            Encoding=Name("/Identity-H"),
            DescendantFonts=Array([pdf.make_indirect(inner)]),
            ToUnicode=pdf.make_stream(meaning),
        )
    )


def letter(says: Callable[[str], str] | None = None, **options: object) -> list[Text]:
    """Return the paper that the tests use, each piece with *options* of `Text`."""
    return [Text(x, y, text, says, **options) for x, y, text in LETTER]  # type: ignore[arg-type]


def scanned(texts: Sequence[Text], folder: Path) -> bytes:
    """Return a JPEG of the page that *texts* make, as a scanner would have it."""
    import pypdfium2

    path = BornDigital(texts).write(folder / "printed.pdf")
    document = pypdfium2.PdfDocument(path)
    try:
        picture = document[0].render(scale=600 / PAGE[0], grayscale=True).to_pil().convert("L").resize((600, 850))
    finally:
        document.close()
    sink = io.BytesIO()
    picture.save(sink, "JPEG", quality=80)
    return sink.getvalue()
