"""Shadow attacks: what was prepared before signing shows itself afterwards."""

from __future__ import annotations

import io
import re

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader

from tests.signing_verify import raw
from tests.signing_verify.attacks import (
    EVIL,
    at,
    attack,
    signed,
)
from tests.signing_verify.making import base, lta
from tests.signing_verify.pki import good


@attack
def shadow_replace() -> bytes:
    """The signer saw one content; the update swaps the reference to a prepared second one."""

    def prepared(writer: IncrementalPdfFileWriter) -> None:
        writer.add_object(generic.StreamObject(stream_data=EVIL.encode()))

    first = raw.edit(base(), prepared)
    pdf = lta(good(), at(), pdf=first)
    shadow = raw.size_and_root(first)[0] - 1
    page = raw.page_number(pdf)
    body = re.sub(rb"/Contents \d+ 0 R", b"/Contents %d 0 R" % shadow, raw.body_of(pdf, page))
    return raw.append(pdf, {page: body})


@attack
def shadow_hide() -> bytes:
    """An annotation covers text until the update takes it away."""
    holder: list[int] = []

    def cover(writer: IncrementalPdfFileWriter) -> None:
        annotation = generic.DictionaryObject(
            {
                pdf_name("/Type"): pdf_name("/Annot"),
                pdf_name("/Subtype"): pdf_name("/Square"),
                pdf_name("/Rect"): generic.ArrayObject(map(generic.NumberObject, (60, 690, 400, 730))),
                pdf_name("/F"): generic.NumberObject(4),
            }
        )
        reference = writer.add_object(annotation)
        holder.append(reference.idnum)
        writer.register_annotation(writer.find_page_for_modification(0)[0], reference)

    pdf = lta(good(), at(), pdf=raw.edit(base(), cover))
    return raw.append(pdf, {holder[0]: b"<< /Type /Annot /Subtype /Square /Rect [0 0 0 0] /F 2 >>"})


@attack
def shadow_font_swapped() -> bytes:
    """Same text codes, other glyphs: the font object is replaced."""
    pdf = signed()
    reader = PdfFileReader(io.BytesIO(pdf))
    font = reader.root["/Pages"]["/Kids"][0]["/Resources"]["/Font"].raw_get("/F1").idnum
    return raw.append(pdf, {font: b"<< /Type /Font /Subtype /Type1 /BaseFont /ZapfDingbats >>"})


@attack
def shadow_pages_tree() -> bytes:
    pdf = signed()
    reader = PdfFileReader(io.BytesIO(pdf))
    pages = reader.root.raw_get("/Pages").idnum
    kid = reader.root["/Pages"]["/Kids"].raw_get(1).idnum
    return raw.append(pdf, {pages: b"<< /Type /Pages /Count 1 /Kids [%d 0 R] >>" % kid})
