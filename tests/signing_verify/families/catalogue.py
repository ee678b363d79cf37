"""What certification and the catalogue of a file allow, and what hides behind it.

No certificate here is forged: all is signed by trusted signers, or time-stamped by a trusted authority.
"""

from __future__ import annotations

import io
import re
from functools import cache

import pikepdf
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name, pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, append_signature_field
from pyhanko.sign.signers.cms_embedder import docmdp_reference_dictionary

from tests.signing_verify import raw
from tests.signing_verify.additions import (
    WHITE_BOX,
    der_stream,
    evidence_revision,
    noted,
    signed_alone,
    signed_over,
    stamped,
    timestamp_in,
)
from tests.signing_verify.attacks import EVIL, at, attack, signed, signed_lt
from tests.signing_verify.crafted import crafted
from tests.signing_verify.families.forms import fill, form
from tests.signing_verify.making import add_evidence, add_timestamp, base, lta, sign
from tests.signing_verify.pki import crl, good, issue


def _in_catalogue(pdf: bytes, entry: bytes) -> bytes:
    root = int(raw.size_and_root(pdf)[1].split()[0])
    return raw.append(pdf, {root: re.sub(rb">>\s*\Z", entry + b" >>", raw.body_of(pdf, root))})


@attack
def page_labels_added_after_certifying() -> bytes:
    labels = b"/PageLabels << /Nums [0 << /S /D /St 7 >>] >>"
    return stamped(_in_catalogue(lta(good(), at(), certify=MDPPerm.FILL_FORMS, stamp=False), labels))


@attack
def names_added_after_certifying() -> bytes:
    return stamped(_in_catalogue(lta(good(), at(), certify=MDPPerm.ANNOTATE, stamp=False), b"/Names << >>"))


@attack
def usage_rights_added() -> bytes:
    size = raw.size_and_root(signed_lt())[0]
    return stamped(_in_catalogue(signed_lt(), b"/Perms << /UR3 %d 0 R >>" % (size - 1)))


@attack
def opening_address_added() -> bytes:
    """No script: the file opens a page of somebody's."""
    return stamped(_in_catalogue(signed_lt(), b"/OpenAction << /S /URI /URI (http://example.test/) >>"))


@attack
def form_of_xml_added() -> bytes:
    """A dynamic form beside the signed one: readers that know XFA show that instead."""
    pdf = signed_lt()
    root = int(raw.size_and_root(pdf)[1].split()[0])
    reader = PdfFileReader(io.BytesIO(pdf))
    held = reader.root.raw_get("/AcroForm")
    size = raw.size_and_root(pdf)[0]
    xfa = raw.stream("<xdp:xdp xmlns:xdp='http://ns.adobe.com/xdp/'/>")
    number = held.idnum if isinstance(held, generic.IndirectObject) else root
    body = raw.body_of(pdf, number)
    grown = re.sub(rb"/Fields", b"/XFA %d 0 R /Fields" % size, body, count=1)
    assert grown != body
    return stamped(raw.append(pdf, {number: grown, size: xfa}))


@attack
def second_signature_though_no_changes() -> bytes:
    """DocMDP P=1 allows evidence and nothing else."""
    g = good()
    pdf = sign(base(), g.person, tsa=g.tsa, at=at(), certify=MDPPerm.NO_CHANGES)
    pdf = crafted(g.agency, pdf=pdf, name="CoQuan", tsa=g.tsa, moment=at(8))
    return add_timestamp(add_evidence(pdf, certs=g.certificates(), crls=g.crls(at(8))), g.tsa, at(7))


@attack
def attachment_swapped() -> bytes:
    """The embedded file that was signed is replaced by another of the same name."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(base())) as pdf:
        pdf.attachments["bang-ke.txt"] = b"1.000.000"
        pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.disable, compress_streams=False)
    made = signed_over(out.getvalue())
    reader = PdfFileReader(io.BytesIO(made))
    names = reader.root["/Names"]["/EmbeddedFiles"]["/Names"]
    number = names[1].get_object()["/EF"].raw_get("/F").idnum
    return stamped(raw.append(made, {number: b"<< /Type /EmbeddedFile " + raw.stream("9.000.000")[3:]}))


@attack
def letters_mean_others() -> bytes:
    """Only what is copied and searched changes: another /ToUnicode for the font."""
    size = raw.size_and_root(base())[0]
    reader = PdfFileReader(io.BytesIO(base()))
    font = reader.root["/Pages"]["/Kids"][0]["/Resources"]["/Font"].raw_get("/F1").idnum
    body = re.sub(rb">>\s*\Z", b"/ToUnicode %d 0 R >>" % size, raw.body_of(base(), font))
    cmap = "/CIDInit /ProcSet findresource begin 1 beginbfchar <31> <0031> endbfchar end"
    pdf = signed_over(raw.append(base(), {font: body, size: raw.stream(cmap)}))
    return stamped(raw.append(pdf, {size: raw.stream(cmap.replace("<0031>", "<0037>"))}))


@attack
def paper_turns_white() -> bytes:
    """A transfer function of the graphics state makes what is drawn disappear."""
    size, page, content = raw.size_and_root(base())[0], raw.page_number(base()), raw.content_of_page(base())
    body = re.sub(rb"/Resources <<", b"/Resources << /ExtGState << /G0 %d 0 R >>" % size, raw.body_of(base(), page))
    drawn = raw.stream("/G0 gs BT /F1 24 Tf 72 700 Td (QUYET DINH trang 1) Tj ET")
    pdf = signed_over(raw.append(base(), {page: body, content: drawn, size: b"<< /Type /ExtGState /TR /Identity >>"}))
    white = b"<< /FunctionType 2 /Domain [0 1] /N 1 /C0 [1] /C1 [1] >>"
    return stamped(raw.append(pdf, {size: b"<< /Type /ExtGState /TR %s >>" % white}))


@attack
def encrypted_after_signing() -> bytes:
    pdf = signed()
    size = raw.size_and_root(pdf)[0]
    key = b"<< /Filter /Standard /V 1 /R 2 /P -1 /O <%s> /U <%s> >>" % (b"00" * 32, b"00" * 32)
    made = raw.append(pdf, {size: key})
    at_ = made.rindex(b"/Root")
    return made[:at_] + b"/Encrypt %d 0 R /ID [<00> <00>] " % size + made[at_:]


@attack
def appearance_swapped_with_timestamp() -> bytes:
    """The seal that a signature shows is another one, and a trusted timestamp covers it."""
    pdf = signed_lt()
    reader = PdfFileReader(io.BytesIO(pdf))
    picture = reader.root["/AcroForm"]["/Fields"][0]["/AP"].raw_get("/N").idnum
    head = b"<< /Type /XObject /Subtype /Form /BBox [0 0 200 70] /Length %d >>" % len(WHITE_BOX)
    return stamped(raw.append(pdf, {picture: head + b"\nstream\n" + WHITE_BOX + b"\nendstream"}))


@attack
def signature_hidden_by_flag() -> bytes:
    """The certifier's block is made invisible by its flags, and a trusted timestamp covers that."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        field = writer.root["/AcroForm"]["/Fields"][0].get_object()
        field[pdf_name("/F")] = generic.NumberObject(2)
        writer.update_container(field)

    return stamped(raw.edit(certified_lt(), change))


@cache
def certified_lt() -> bytes:
    return lta(good(), at(), certify=MDPPerm.FILL_FORMS, stamp=False)


@attack
def evidence_with_new_catalogue() -> bytes:
    """The last trailer names another catalogue, a copy of the signed one with other pages."""
    pdf = signed_lt()
    size, root = raw.size_and_root(pdf)
    reader = PdfFileReader(io.BytesIO(pdf))
    pages = reader.root.raw_get("/Pages").idnum
    kid = reader.root["/Pages"]["/Kids"].raw_get(1).idnum
    catalogue = raw.body_of(pdf, int(root.split()[0])).replace(b"/Pages %d 0 R" % pages, b"/Pages %d 0 R" % (size + 1))
    made = raw.append(pdf, {size: catalogue, size + 1: b"<< /Type /Pages /Count 1 /Kids [%d 0 R] >>" % kid})
    at_ = made.rindex(b"/Root ")
    return stamped(made[:at_] + made[at_:].replace(root.encode(), b"%d 0 R" % size, 1))


@attack
def lists_of_nobody_in_evidence() -> bytes:
    """The evidence store's revision is left unsigned and names a list by somebody who is not at hand."""
    g = good()
    stranger = issue("Người lạ", label="stranger", ca=True, usage="ca", start=g.start, end=g.end)
    size = raw.size_and_root(signed_lt())[0]
    return evidence_revision(signed_lt(), {size: der_stream(crl(stranger, at()))}, b"/CRLs [%d 0 R]" % size)


@attack
def permission_by_a_later_signature() -> bytes:
    """The first signer allowed nothing; the second signature says that fields may be filled in."""
    g = good()
    pdf = sign(form(), g.person, tsa=g.tsa, at=at())
    told = generic.ArrayObject([docmdp_reference_dictionary(MDPPerm.FILL_FORMS)])
    pdf = crafted(g.agency, pdf=pdf, name="CoQuan", tsa=g.tsa, moment=at(8), entries={"/Reference": told})
    return fill(add_evidence(pdf, certs=g.certificates(), crls=g.crls(at(8))))


@attack
def text_hidden_for_one_signature() -> bytes:
    """The evidence that is kept for one signature (/VRI) is no evidence at all."""
    size = raw.size_and_root(signed_lt())[0]
    vri = b"/VRI << /%s << /Cert [%d 0 R] >> >>" % (b"A" * 40, size)
    return evidence_revision(signed_lt(), {size: raw.stream(EVIL)}, vri)


@attack
def timestamp_field_with_a_note() -> bytes:
    """One of the widgets of a timestamp's field is a note that shows a text."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        note = generic.DictionaryObject(
            {
                pdf_name("/Type"): pdf_name("/Annot"),
                pdf_name("/Subtype"): pdf_name("/FreeText"),
                pdf_name("/Contents"): pdf_string("Gia mao"),
                pdf_name("/DA"): pdf_string("/Helv 24 Tf"),
                pdf_name("/Rect"): generic.ArrayObject(map(generic.NumberObject, (60, 690, 400, 730))),
            }
        )
        reference = writer.add_object(note)
        field = {pdf_name("/FT"): pdf_name("/Sig"), pdf_name("/T"): pdf_string("Them")}
        held = writer.add_object(
            generic.DictionaryObject({**field, pdf_name("/Kids"): generic.ArrayObject([reference])})
        )
        note[pdf_name("/Parent")] = held
        fields = writer.root["/AcroForm"]["/Fields"]
        fields.append(held)
        writer.update_container(fields)
        writer.register_annotation(writer.find_page_for_modification(0)[0], reference)

    return timestamp_in(raw.edit(signed_lt(), change), "Them")


@attack
def stream_longer_than_it_says() -> bytes:
    """The signed content ends where /Length says, for some readers; for others where "endstream" stands."""
    number = raw.content_of_page(base())
    shown = b"BT /F1 24 Tf 72 700 Td (QUYET DINH) Tj ET\n"
    text = b"<< /Length %d >>\nstream\n%s%s\nendstream" % (len(shown), shown, EVIL.encode())
    return signed_alone(raw.append(base(), {number: text}))


@attack
def appearances_to_be_made_anew() -> bytes:
    """The form says that readers shall draw its fields themselves; nothing was filled in."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        form_ = writer.root["/AcroForm"]
        form_[pdf_name("/NeedAppearances")] = generic.BooleanObject(True)
        writer.update_container(form_)

    return stamped(raw.edit(signed_lt(), change))


@attack
def note_shown_once_more() -> bytes:
    """The page's note list names a note of the signed file twice after a timestamp's field came in."""
    pdf = signed_over(noted(base()))

    def change(writer: IncrementalPdfFileWriter) -> None:
        append_signature_field(writer, SigFieldSpec("Them", box=(0, 0, 0, 0)))
        page = writer.find_page_for_modification(0)[0].get_object()
        notes = page["/Annots"]
        held = [notes.raw_get(i) for i in range(len(notes))]
        page[pdf_name("/Annots")] = generic.ArrayObject([*held, held[0]])
        writer.update_container(page)

    return timestamp_in(raw.edit(pdf, change), "Them")
