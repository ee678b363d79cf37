"""The lời chứng on the last page of a certified copy, with the fields for both signatures (Decree 45/2020 art. 10)."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import pikepdf
from pikepdf import Name, Pdf, Stream

from domain.errors import Advice, BadInput
from signing.appearance.block import MM, Line, SignatureBlock, text_operators
from signing.appearance.placement import free_band
from signing.appearance.qr import qr_operators
from signing.appearance.typeface import characters, face
from signing.fields import Box, FieldPlan, form_fonts, opened, place_fields, saved

PERSON_FIELD = "ChuKyNguoiChungThuc"
AGENCY_FIELD = "ChuKyCoQuan"

A4 = (595.28, 841.89)
_LEFT, _RIGHT, _MARGIN = 30 * MM, 15 * MM, 20 * MM  # Decree 30/2020, annex I
_FIELD_HEIGHT = 38 * MM  # a round seal of 36 mm and a little air
_GAP = 8.0
_LEADING = 1.25
_QR = 24 * MM  # with its quiet zone
_CAPTION = 7.0


@dataclass(frozen=True)
class CertificationStatement:
    """What is written on the copy before anybody signs, and what the two signature fields will show.

    Attributes:
        lines: the lời chứng, heading first; drawn centred as page content. The text is the caller's (``domain``).
        person: block of the person who certifies.
        agency: block of the agency.
        qr: content of a QR code right of the lines (the address where the copy is looked up); empty for none.
        qr_caption: lines of small text under it, for those who type.
    """

    lines: tuple[Line, ...]
    person: SignatureBlock
    agency: SignatureBlock
    qr: str = ""
    qr_caption: tuple[str, ...] = ()


def append_certification(
    pdf: bytes,
    statement: CertificationStatement,
    *,
    occupied: Sequence[Box] | None = None,
    seal_png: bytes | None = None,
) -> bytes:
    """Return *pdf* with the lời chứng on its last page, or on a page added for it, and two empty signature fields.

    The fields are :data:`PERSON_FIELD` (right) and :data:`AGENCY_FIELD` (left). A PDF/A-2u stays one: embedded fonts,
    colours under the file's OutputIntent, metadata untouched.

    Args:
        pdf: unsigned PDF/A-2 with an RGB OutputIntent.
        statement: texts.
        occupied: everything drawn on the last page (points, lower left origin, unrotated page), for instance from
            :func:`signing.appearance.placement.ink_boxes`; None to add a page in any case.
        seal_png: seal image with transparent background, shown when ``statement.agency.seal_mm`` is set.

    Raises:
        Refused: *pdf* is signed already.
        BadInput: see :func:`signing.fields.add_signature_fields`; or a text that does not fit, or has a letter without
            a glyph.
    """
    with opened(pdf) as document:
        page, box = _place(document, occupied, _needed(statement))
        texts = [line.text for line in statement.lines]
        texts += statement.qr_caption
        texts += [line.text for block in (statement.person, statement.agency) for line in block.lines]
        letters = characters(texts)
        fonts = form_fonts(document, letters)
        _draw(document, page, box, statement, fonts)
        middle = box[0] + (box[2] - box[0]) * 0.54  # the agency's side is wider: its seal stands beside its text
        x1, y1, x2, _ = box
        number = len(document.pages) - 1
        fields = [
            FieldPlan(PERSON_FIELD, number, (middle + _GAP, y1, x2, y1 + _FIELD_HEIGHT), statement.person),
            FieldPlan(AGENCY_FIELD, number, (x1, y1, middle, y1 + _FIELD_HEIGHT), statement.agency),
        ]
        place_fields(document, fields, seal_png=seal_png, fonts=fonts, letters=letters)
        return saved(document)


def _needed(statement: CertificationStatement) -> float:
    lines = sum(line.size * _LEADING for line in statement.lines)
    return max(lines, _qr_height(statement)) + _GAP + _FIELD_HEIGHT


def _qr_height(statement: CertificationStatement) -> float:
    return _QR + len(statement.qr_caption) * _CAPTION * _LEADING if statement.qr else 0.0


def _place(document: Pdf, occupied: Sequence[Box] | None, needed: float) -> tuple[pikepdf.Page, Box]:
    last = document.pages[-1]
    x1, y1, x2, y2 = (float(value) for value in last.cropbox)
    upright = int(last.obj.get(Name.Rotate, 0)) % 360 == 0 and float(last.obj.get(Name.UserUnit, 1)) == 1.0
    if occupied is not None and upright:
        moved = [(a - x1, b - y1, c - x1, d - y1) for a, b, c, d in occupied]
        box = free_band(x2 - x1, y2 - y1, moved, needed, left=_LEFT, right=_RIGHT, margin=_MARGIN)
        if box is not None:
            return last, (box[0] + x1, box[1] + y1, box[2] + x1, box[3] + y1)
    page = document.add_blank_page(page_size=A4)
    top = A4[1] - _MARGIN
    return page, (_LEFT, top - needed, A4[0] - _RIGHT, top)


def _draw(
    document: Pdf,
    page: pikepdf.Page,
    box: Box,
    statement: CertificationStatement,
    fonts: dict[str, pikepdf.Object],
) -> None:
    out = [b"Q q"]
    x1, _, x2, y = box
    if statement.qr:
        out += _qr(statement, x2, y)
        x2 -= _QR + _GAP
        lines = sum(line.size * _LEADING for line in statement.lines)
        y -= max(0.0, (_qr_height(statement) - lines) / 2)
    for line in statement.lines:
        used = face(line.style)
        text = unicodedata.normalize("NFC", line.text)
        size = line.size
        if used.width(text, size) > x2 - x1:
            size *= (x2 - x1) / used.width(text, size)
        if size < line.size * 0.6:
            raise BadInput(
                "statement-too-long",
                "a line of the statement is too long",
                Advice("Một dòng của lời chứng quá dài so với trang.", todo="Rút gọn tên cơ quan hoặc số chứng thực."),
            )
        y -= line.size * _LEADING
        x = x1 + (x2 - x1 - used.width(text, size)) / 2
        out.append(text_operators(used, text, size, x, y + size * 0.27, line.colour))
    out.append(b"Q")
    for name, font in fonts.items():
        page.add_resource(font, Name.Font, Name(f"/{name}"), replace_existing=False)
    # the old content may leave its state changed: it is enclosed, and ours starts from the page's own
    page.contents_add(Stream(document, b"q\n"), prepend=True)
    page.contents_add(Stream(document, b"\n".join(out)), prepend=False)


def _qr(statement: CertificationStatement, right: float, top: float) -> list[bytes]:
    out = [qr_operators(statement.qr, right - _QR, top - _QR, _QR)]
    used = face("regular")
    y = top - _QR
    for line in statement.qr_caption:
        text = unicodedata.normalize("NFC", line)
        size = min(_CAPTION, _CAPTION * _QR / used.width(text, _CAPTION))
        x = right - _QR / 2 - used.width(text, size) / 2
        out.append(text_operators(used, text, size, x, y - size, "#000000"))
        y -= _CAPTION * _LEADING
    return out
