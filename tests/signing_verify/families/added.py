"""Things added after signing that no signer allowed: scripts, attachments, layers, titles, fields."""

from __future__ import annotations

import re

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name, pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from tests.signing_verify import raw
from tests.signing_verify.attacks import (
    EVIL,
    attack,
    signed,
    signed_lt,
)


def _catalog(pdf: bytes, key: str, value: generic.PdfObject) -> bytes:
    def change(writer: IncrementalPdfFileWriter) -> None:
        writer.root[pdf_name(key)] = value
        writer.update_root()

    return raw.edit(pdf, change)


def _dictionary(**items: generic.PdfObject) -> generic.DictionaryObject:
    return generic.DictionaryObject({pdf_name("/" + k): v for k, v in items.items()})


@attack
def javascript_added() -> bytes:
    action = _dictionary(S=pdf_name("/JavaScript"), JS=pdf_string("app.alert(1)"))
    return _catalog(signed(), "/OpenAction", action)


@attack
def attachment_added() -> bytes:
    files = _dictionary(Names=generic.ArrayObject([pdf_string("a.txt"), _dictionary(Type=pdf_name("/Filespec"))]))
    return _catalog(signed(), "/Names", _dictionary(EmbeddedFiles=files))


@attack
def layers_added() -> bytes:
    return _catalog(signed(), "/OCProperties", _dictionary(OCGs=generic.ArrayObject(), D=_dictionary()))


@attack
def title_changed() -> bytes:
    def change(writer: IncrementalPdfFileWriter) -> None:
        info = writer.trailer["/Info"]
        info[pdf_name("/Title")] = pdf_string("Quyet dinh khac")
        writer.update_container(info)

    return raw.edit(signed(), change)


@attack
def other_form_field_added() -> bytes:
    def change(writer: IncrementalPdfFileWriter) -> None:
        field = _dictionary(
            FT=pdf_name("/Tx"),
            T=pdf_string("SoTien"),
            V=pdf_string("1.000.000"),
            Type=pdf_name("/Annot"),
            Subtype=pdf_name("/Widget"),
            Rect=generic.ArrayObject(map(generic.NumberObject, (60, 690, 400, 730))),
        )
        reference = writer.add_object(field)
        fields = writer.root["/AcroForm"]["/Fields"]
        fields.append(reference)
        writer.update_container(fields)
        writer.register_annotation(writer.find_page_for_modification(0)[0], reference)

    return raw.edit(signed(), change)


@attack
def page_rotated() -> bytes:
    pdf = signed()
    page = raw.page_number(pdf)
    return raw.append(pdf, {page: raw.body_of(pdf, page).replace(b"<<", b"<< /Rotate 180", 1)})


@attack
def junk_in_evidence_store() -> bytes:
    """Objects that no table lists, hidden in the unsigned revision of the evidence."""
    pdf = signed_lt()
    extra = b"\n5 0 obj\n" + raw.stream(EVIL) + b"\nendobj\n"
    start = raw.last_startxref(pdf)
    moved = pdf[:start] + extra + pdf[start:]
    return re.sub(rb"startxref\s+%d\s" % start, b"startxref\n%d\n" % (start + len(extra)), moved)
