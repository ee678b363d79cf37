"""Fields that show something and that nobody signed.

No certificate here is forged: all is signed by trusted signers, or time-stamped by a trusted authority.
"""

from __future__ import annotations

import re
from functools import cache

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name, pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec, append_signature_field

from tests.signing_verify import raw
from tests.signing_verify.additions import (
    WHITE_BOX,
    noted,
    signed_over,
    stamped,
    timestamp_in,
)
from tests.signing_verify.attacks import EVIL, attack, signed_lt
from tests.signing_verify.making import base


def _look(writer: IncrementalPdfFileWriter, data: bytes = WHITE_BOX) -> generic.DictionaryObject:
    picture = generic.StreamObject(
        {
            pdf_name("/Type"): pdf_name("/XObject"),
            pdf_name("/Subtype"): pdf_name("/Form"),
            pdf_name("/BBox"): generic.ArrayObject(map(generic.NumberObject, (0, 0, 440, 180))),
        },
        stream_data=data,
    )
    return generic.DictionaryObject({pdf_name("/N"): writer.add_object(picture)})


@attack
def timestamp_in_the_agencys_field() -> bytes:
    """The agency's empty visible field is filled by a timestamp, with a picture that looks like a seal."""
    return timestamp_in(signed_lt(), "CoQuan", lambda w, f: f.__setitem__(pdf_name("/AP"), _look(w)))


@cache
def _with_numbers() -> tuple[bytes, dict[int, int]]:
    """A signed file in which numbers lie about as objects of their own; returns their object numbers."""
    size = raw.size_and_root(base())[0]
    places = {value: size + n for n, value in enumerate((4, 60, 500, 600, 780))}
    return signed_over(raw.append(base(), {n: b"%d" % v for v, n in places.items()})), places


@attack
def agencys_field_painted_unsigned() -> bytes:
    """The agency's empty field gets a seal's picture and no signature; a trusted timestamp covers that."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        field = writer.root["/AcroForm"]["/Fields"][1].get_object()
        field[pdf_name("/AP")] = _look(writer)
        writer.update_container(field)

    return stamped(raw.edit(signed_lt(), change))


@attack
def timestamp_with_rectangle_by_reference() -> bytes:
    """A timestamp's field covers the text; the numbers of its rectangle are objects of their own."""
    made, places = _with_numbers()

    def change(writer: IncrementalPdfFileWriter) -> None:
        append_signature_field(writer, SigFieldSpec("Them", box=(60, 600, 500, 780)))
        fields = writer.root["/AcroForm"]["/Fields"]
        field = fields[len(fields) - 1].get_object()
        corner = [generic.IndirectObject(places[v], 0, writer) for v in (60, 600, 500, 780)]
        field[pdf_name("/Rect")] = generic.ArrayObject(corner)
        field[pdf_name("/AP")] = _look(writer)
        writer.update_container(field)

    return timestamp_in(raw.edit(made, change), "Them")


@attack
def empty_field_with_flags_by_reference() -> bytes:
    """An empty field covers the text; whether it is hidden stands in an object of its own."""
    made, places = _with_numbers()

    def change(writer: IncrementalPdfFileWriter) -> None:
        append_signature_field(writer, SigFieldSpec("Them", box=(60, 600, 500, 780)))
        fields = writer.root["/AcroForm"]["/Fields"]
        field = fields[len(fields) - 1].get_object()
        field[pdf_name("/F")] = generic.IndirectObject(places[4], 0, writer)
        field[pdf_name("/AP")] = _look(writer)
        writer.update_container(field)

    return stamped(raw.edit(made, change))


@attack
def prepared_field_revealed() -> bytes:
    """A field that covers the text lies in the signed file, where no page shows it; later it is put on the page."""
    size = raw.size_and_root(base())[0]
    page = raw.page_number(base())
    look = b"<< /Type /XObject /Subtype /Form /BBox [0 0 440 180] /Length %d >>\nstream\n%s\nendstream"
    field = (
        b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (Them) /F 4 /Rect [60 600 500 780] "
        b"/P %d 0 R /AP << /N %d 0 R >> >>"
    )
    prepared = raw.append(base(), {size: field % (page, size + 1), size + 1: look % (len(WHITE_BOX), WHITE_BOX)})
    pdf = signed_over(prepared)

    def reveal(writer: IncrementalPdfFileWriter) -> None:
        reference = generic.IndirectObject(size, 0, writer)
        fields = writer.root["/AcroForm"]["/Fields"]
        fields.append(reference)
        writer.update_container(fields)
        writer.register_annotation(writer.find_page_for_modification(0)[0], reference)

    return stamped(raw.edit(pdf, reveal))


@attack
def timestamp_field_runs_script() -> bytes:
    """An invisible timestamp, which anybody can add, brings an action that runs when the page is opened."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        append_signature_field(writer, SigFieldSpec("Them"))
        fields = writer.root["/AcroForm"]["/Fields"]
        field = fields[len(fields) - 1].get_object()
        action = {pdf_name("/S"): pdf_name("/JavaScript"), pdf_name("/JS"): pdf_string("app.alert(1)")}
        field[pdf_name("/AA")] = generic.DictionaryObject({pdf_name("/PO"): generic.DictionaryObject(action)})
        writer.update_container(field)

    return timestamp_in(raw.edit(signed_lt(), change), "Them")


@attack
def notes_change_their_order() -> bytes:
    """A timestamp's field comes into the page's annotations, and the note below comes to lie on top."""
    pdf = signed_over(noted(base()))

    def change(writer: IncrementalPdfFileWriter) -> None:
        append_signature_field(writer, SigFieldSpec("Them", box=(0, 0, 0, 0)))
        page = writer.find_page_for_modification(0)[0].get_object()
        notes = page["/Annots"]
        page[pdf_name("/Annots")] = generic.ArrayObject([notes.raw_get(i) for i in reversed(range(len(notes)))])
        writer.update_container(page)

    return timestamp_in(raw.edit(pdf, change), "Them")


@attack
def note_shows_its_other_state() -> bytes:
    """An annotation with two appearances is switched to the other (/AS)."""
    size, page = raw.size_and_root(base())[0], raw.page_number(base())
    look = b"<< /Type /XObject /Subtype /Form /BBox [0 0 340 40] /Length %d >>\nstream\n%s\nendstream"
    note = (
        b"<< /Type /Annot /Subtype /Stamp /F 4 /Rect [60 690 400 730] /AS /%s "
        b"/AP << /N << /Truoc %d 0 R /Sau %d 0 R >> >> >>"
    )
    grown = re.sub(rb"/Annots \[", b"/Annots [%d 0 R " % size, raw.body_of(base(), page))
    objects = {size + 1: look % (0, b""), size + 2: look % (len(WHITE_BOX), WHITE_BOX), page: grown}
    pdf = signed_over(raw.append(base(), {**objects, size: note % (b"Truoc", size + 1, size + 2)}))
    return stamped(raw.append(pdf, {size: note % (b"Sau", size + 1, size + 2)}))


@attack
def layer_switched_on() -> bytes:
    """A layer hidden when signing is shown by another default configuration."""
    size, page, content = raw.size_and_root(base())[0], raw.page_number(base()), raw.content_of_page(base())
    root = int(raw.size_and_root(base())[1].split()[0])
    body = re.sub(rb"/Resources <<", b"/Resources << /Properties << /MC0 %d 0 R >>" % size, raw.body_of(base(), page))
    told = re.sub(rb">>\s*\Z", b"/OCProperties %d 0 R >>" % (size + 1), raw.body_of(base(), root))
    layers = b"<< /OCGs [%d 0 R] /D << /OFF [%s] >> >>"
    pdf = signed_over(
        raw.append(
            base(),
            {
                size: b"<< /Type /OCG /Name (An) >>",
                size + 1: layers % (size, b"%d 0 R" % size),
                page: body,
                root: told,
                content: raw.stream(f"/OC /MC0 BDC {EVIL} EMC"),
            },
        )
    )
    return stamped(raw.append(pdf, {size + 1: layers % (size, b"")}))
