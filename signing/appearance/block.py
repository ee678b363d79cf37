"""The text (and seal image) inside a signature field: who signed and when (Decree 30/2020, annex I)."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name

from domain.certification import vietnam_time
from domain.errors import Advice, BadInput
from signing.appearance.fonts import Style
from signing.appearance.typeface import Face, face

FONT_NAMES: dict[Style, str] = {"regular": "SohoaRegular", "bold": "SohoaBold"}
SEAL_NAME = "SohoaSeal"
LETTERS_NAME = "SohoaLetters"  # in the form's resources: every character that the embedded subsets have
SEAL_MM = 36.0
MM = 72 / 25.4

_LEADING = 1.2
_SMALLEST = 6.0  # points
_GAP = 6.0  # points between seal and text


@dataclass(frozen=True)
class Line:
    """One line of a block. ``{time}`` in *text* becomes the signing time.

    Attributes:
        text: Vietnamese text; wrapped at spaces where it is too long.
        size: points.
        bold: upright bold instead of regular.
        colour: ``#rrggbb``.
    """

    text: str
    size: float = 11.0
    bold: bool = False
    colour: str = "#000000"

    @property
    def style(self) -> Style:
        """The font style."""
        return "bold" if self.bold else "regular"


@dataclass(frozen=True)
class SignatureBlock:
    """What a signature field shows once it is signed.

    Attributes:
        lines: from top to bottom, centred.
        seal_mm: diameter of the seal image, which stands left of the text; 0 for none. The image itself is put into
            the file with the field (:func:`signing.fields.add_signature_fields`).
    """

    lines: tuple[Line, ...]
    seal_mm: float = 0.0

    def at(self, now: datetime) -> SignatureBlock:
        """Return the block with ``{time}`` filled in."""
        text = vietnam_time(now)
        return replace(self, lines=tuple(replace(line, text=line.text.replace("{time}", text)) for line in self.lines))


def person_block(name: str, position: str, *, heading: str = "", colour: str = "#000000") -> SignatureBlock:
    """Return the block of the person who certifies: heading, position in capitals, full name, time."""
    lines = [Line(heading, 11, colour=colour)] if heading else []
    lines += [
        Line(position.upper(), 11, bold=True, colour=colour),
        Line(name, 12, bold=True, colour=colour),
        Line("Thời gian ký: {time}", 10, colour=colour),
    ]
    return SignatureBlock(tuple(lines))


def agency_block(name: str, *, seal: bool = False, colour: str = "#000000", seal_mm: float = SEAL_MM) -> SignatureBlock:
    """Return the block of the agency: its seal at true size when there is an image, name in capitals, time."""
    lines = (Line(name.upper(), 11, bold=True, colour=colour), Line("Thời gian ký: {time}", 10, colour=colour))
    return SignatureBlock(lines, seal_mm if seal else 0.0)


def draw_block(block: SignatureBlock, width: float, height: float) -> bytes:
    """Return the content stream that shows *block* (times filled in) in a box of *width* by *height* points.

    Text is made smaller until it fits. Fonts are ``/SohoaRegular`` and ``/SohoaBold``, the image ``/SohoaSeal``.

    Raises:
        BadInput: it does not fit at the smallest size, or a letter has no glyph.
    """
    seal = block.seal_mm * MM
    left = seal + _GAP if seal else 0.0
    scale = 1.0
    while True:
        rows = _rows(block, width - left, scale)
        total = sum(size * _LEADING for _, size, _ in rows)
        widest = max((face(line.style).width(text, size) for text, size, line in rows), default=0.0)
        if total <= height and widest <= width - left and seal <= height + 0.5:
            break
        scale *= 0.95
        if scale * min(line.size for line in block.lines) < _SMALLEST:
            raise BadInput(
                "block-too-small",
                "signature block does not fit its field",
                Advice("Ô chữ ký quá nhỏ so với nội dung cần hiện.", todo="Rút gọn chức danh hoặc tên cơ quan."),
            )
    out = [b"q"]
    if seal:
        out.append(b"q %.2f 0 0 %.2f 0 %.2f cm /%s Do Q" % (seal, seal, (height - seal) / 2, SEAL_NAME.encode()))
    y = (height + total) / 2
    for text, size, line in rows:
        y -= size * _LEADING
        used = face(line.style)
        x = left + (width - left - used.width(text, size)) / 2
        out.append(text_operators(used, text, size, x, y + size * 0.27, line.colour))
    out.append(b"Q")
    return b"\n".join(out)


def text_operators(used: Face, text: str, size: float, x: float, y: float, colour: str) -> bytes:
    """Return operators that show *text* (NFC) with its baseline starting at (*x*, *y*), points."""
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    name = FONT_NAMES[used.style].encode("ascii")
    return b"BT %.3f %.3f %.3f rg /%s %.2f Tf 1 0 0 1 %.2f %.2f Tm %s Tj ET" % (
        red,
        green,
        blue,
        name,
        size,
        x,
        y,
        used.encoded(text),
    )


def _rows(block: SignatureBlock, width: float, scale: float) -> list[tuple[str, float, Line]]:
    rows = []
    for line in block.lines:
        size = line.size * scale
        text = unicodedata.normalize("NFC", line.text)
        rows += [(part, size, line) for part in face(line.style).wrap(text, size, width)]
    return rows


def show_block(writer: Any, field: Any, block: SignatureBlock, now: datetime) -> None:
    """Give the widget *field* (pyHanko) the appearance of *block*, with fonts and seal that the form holds already.

    Raises:
        BadInput: the form lacks the fonts or letters, or the field has no size.
    """
    x1, y1, x2, y2 = (float(value) for value in field["/Rect"])
    width, height = abs(x2 - x1), abs(y2 - y1)
    block = block.at(now)
    try:
        resources = writer.root["/AcroForm"]["/DR"]
        fonts = {name: resources["/Font"].raw_get(f"/{name}") for name in FONT_NAMES.values()}
        seal = resources["/XObject"].raw_get(f"/{SEAL_NAME}") if block.seal_mm else None
        letters = set(resources[f"/{LETTERS_NAME}"])
    except KeyError:
        raise _unprepared() from None
    if width == 0 or height == 0 or not set(_text(block)) <= letters:
        raise _unprepared()
    resources = {pdf_name("/Font"): _dictionary({pdf_name(f"/{name}"): font for name, font in fonts.items()})}
    if seal is not None:
        resources[pdf_name("/XObject")] = _dictionary({pdf_name(f"/{SEAL_NAME}"): seal})
    stream: Any = generic.StreamObject(
        {
            pdf_name("/Type"): pdf_name("/XObject"),
            pdf_name("/Subtype"): pdf_name("/Form"),
            pdf_name("/BBox"): generic.ArrayObject(map(_number, _hundredths(0, 0, width, height))),
            pdf_name("/Resources"): _dictionary(resources),
        },
        stream_data=draw_block(block, width, height),
    )
    stream.compress()
    field["/AP"] = _dictionary({pdf_name("/N"): writer.add_object(stream)})
    writer.update_container(field)


def _hundredths(*values: float) -> list[float]:
    """Round as the empty field's box is rounded: signing fills a field and changes nothing else of it."""
    return [round(value, 2) for value in values]


_dictionary: Any = generic.DictionaryObject  # untyped in pyHanko
_number: Any = generic.FloatObject


def _text(block: SignatureBlock) -> str:
    return unicodedata.normalize("NFC", "".join(line.text for line in block.lines))


def _unprepared() -> BadInput:
    return BadInput(
        "field-unprepared",
        "signature field was not prepared for this block",
        Advice("Ô chữ ký chưa được chuẩn bị cho nội dung này.", todo="Chuẩn bị lại bản chứng thực."),
    )
