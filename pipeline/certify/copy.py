"""The certified copy before anybody signs: the PDF/A with the lời chứng on its last page and two empty fields."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date

from domain.certification import book_name, loi_chung
from domain.lookup_code import shown
from domain.people import Certifier
from domain.rules import rule_in_force
from pipeline.settings import AgencySettings
from signing.appearance.block import Line, agency_block, person_block
from signing.appearance.certification import CertificationStatement, append_certification
from signing.appearance.placement import ink_boxes
from signing.fields import Box
from storage.records import RegisterEntry

#: where the lời chứng ends and the block of the signer begins; the signature fields carry what follows
_SIGNER_HEADING = "Người thực hiện chứng thực"
_LOOK_DPI = 100


@dataclass(frozen=True)
class Signers:
    """Who signs: the person first, then the agency."""

    certifier: Certifier
    agency: AgencySettings


def statement(entry: RegisterEntry, signers: Signers, on: date, verify_url: str = "") -> CertificationStatement:
    """Return the lời chứng of a register entry in the form in force on day *on*.

    With *verify_url* the entry's code stands beside it, as QR code of the address and in letters.
    """
    diameter = rule_in_force("signature_appearance", on, table="agency").number("diameter_mm")
    layout = rule_in_force("certification", on, table="layout")
    book = book_name(entry.year, symbol=entry.book)
    lines = loi_chung(entry.number, book, on, signers.certifier, signers.agency.name)
    own = lines[: lines.index(_SIGNER_HEADING)] if _SIGNER_HEADING in lines else lines
    heading, *rest = own
    body, colour = layout.number("body_size_pt"), layout.text("body_colour")
    return CertificationStatement(
        lines=(
            Line(heading, layout.number("heading_size_pt"), bold=True, colour=layout.text("heading_colour")),
            *(Line(text, body, colour=colour) for text in rest),
        ),
        person=person_block(signers.certifier.name, signers.certifier.position, heading=_SIGNER_HEADING, colour=colour),
        agency=agency_block(
            signers.agency.name,
            seal=signers.agency.seal_image is not None,
            colour=layout.text("heading_colour"),
            seal_mm=diameter,
        ),
        qr=lookup_address(verify_url, entry.code),
        qr_caption=("Mã tra cứu:", shown(entry.code)) if verify_url and entry.code else (),
    )


def lookup_address(verify_url: str, code: str) -> str:
    """Return the address at which the copy with *code* is looked up; empty without address or code."""
    return f"{verify_url.rstrip('/')}/{code}" if verify_url and code else ""


def unsigned_copy(pdfa: bytes, entry: RegisterEntry, signers: Signers, on: date, verify_url: str = "") -> bytes:
    """Return the PDF/A-2u *pdfa* with the lời chứng, placed where the last page is free, or on a page of its own."""
    seal = signers.agency.seal_image.read_bytes() if signers.agency.seal_image else None
    return append_certification(
        pdfa, statement(entry, signers, on, verify_url), occupied=_last_page_ink(pdfa), seal_png=seal
    )


def _last_page_ink(pdf: bytes) -> list[Box]:
    import pypdfium2

    document = pypdfium2.PdfDocument(pdf)
    try:
        page = document[len(document) - 1]
        width, height = page.get_size()
        image = io.BytesIO()
        page.render(scale=_LOOK_DPI / 72).to_pil().save(image, "BMP")
        return ink_boxes(image.getvalue(), width, height)
    finally:
        document.close()
