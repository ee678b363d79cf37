"""Annotations and fields laid over the page; signatures added, stripped, moved or dressed anew."""

from __future__ import annotations

import io

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name, pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, append_signature_field

from signing.trust import TrustStore
from signing.verify.model import Expected, ExpectedSignature, Level
from tests.signing_verify import raw
from tests.signing_verify.attacks import (
    Case,
    at,
    attack,
    certified,
    signed,
    signed_lt,
    signed_two,
)
from tests.signing_verify.making import add_evidence, add_timestamp, lta, sign
from tests.signing_verify.pki import good, rogue


def _stamp_annotation(pdf: bytes) -> bytes:
    def change(writer: IncrementalPdfFileWriter) -> None:
        annotation = generic.DictionaryObject(
            {
                pdf_name("/Type"): pdf_name("/Annot"),
                pdf_name("/Subtype"): pdf_name("/FreeText"),
                pdf_name("/Contents"): pdf_string("Gia mao"),
                pdf_name("/DA"): pdf_string("/Helv 24 Tf"),
                pdf_name("/Rect"): generic.ArrayObject(map(generic.NumberObject, (60, 690, 400, 730))),
            }
        )
        writer.register_annotation(writer.find_page_for_modification(0)[0], writer.add_object(annotation))

    return raw.edit(pdf, change)


@attack
def evil_annotation() -> bytes:
    return _stamp_annotation(signed())


@attack
def evil_annotation_certified() -> bytes:
    return _stamp_annotation(certified())


@attack
def evil_annotation_certified_annotate() -> bytes:
    return _stamp_annotation(lta(good(), at(), certify=MDPPerm.ANNOTATE))


def _empty_field_with_picture(pdf: bytes) -> bytes:
    def change(writer: IncrementalPdfFileWriter) -> None:
        append_signature_field(writer, SigFieldSpec("Them", box=(60, 600, 500, 780)))
        fields = writer.root["/AcroForm"]["/Fields"]
        field = fields[len(fields) - 1]
        picture = generic.StreamObject(
            {
                pdf_name("/Type"): pdf_name("/XObject"),
                pdf_name("/Subtype"): pdf_name("/Form"),
                pdf_name("/BBox"): generic.ArrayObject(map(generic.NumberObject, (0, 0, 440, 180))),
            },
            stream_data=b"1 1 1 rg 0 0 440 180 re f",
        )
        field[pdf_name("/AP")] = generic.DictionaryObject({pdf_name("/N"): writer.add_object(picture)})
        writer.update_container(field)

    return raw.edit(pdf, change)


@attack
def empty_field_covers_text() -> bytes:
    return _empty_field_with_picture(signed_lt())


@attack
def sneaky_signature_rogue() -> bytes:
    """A second, visible signature by somebody unknown covers the text."""
    return sign(signed_lt(), rogue().person, field="Them", tsa=rogue().tsa, at=at(5), new_box=(60, 600, 500, 780))


@attack
def sneaky_signature_self_evidence() -> bytes:
    """The same, with the rogue's own evidence added."""
    r = rogue()
    pdf = sign(signed_lt(), r.person, field="Them", tsa=r.tsa, at=at(5), new_box=(60, 600, 500, 780))
    return add_timestamp(add_evidence(pdf, certs=r.certificates(), crls=r.crls(at(5))), good().tsa, at(4))


@attack
def extra_trusted_signature_unexpected() -> Case:
    """A trusted but unregistered signer adds a signature: only the register can tell."""
    wanted = Expected((ExpectedSignature("NguoiChungThuc"),))
    return Case(signed_two(), expected=wanted)


@attack
def field_stripped() -> Case:
    """The agency's signature is taken out of the form by an update before the last evidence."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        fields = writer.root["/AcroForm"]["/Fields"]
        del fields[1]
        writer.update_container(fields)

    pdf = raw.edit(signed_two(), change)
    return Case(pdf, expected=Expected((ExpectedSignature("NguoiChungThuc"), ExpectedSignature("CoQuan"))))


@attack
def all_fields_stripped() -> bytes:
    def change(writer: IncrementalPdfFileWriter) -> None:
        del writer.root["/AcroForm"]
        writer.update_root()

    return raw.edit(signed(), change)


@attack
def rollback_to_first_signature() -> Case:
    """The file is cut back to the state before the agency signed; everything left is genuine."""
    g = good()
    pdf = lta(g, at(), stamp=False)
    wanted = Expected((ExpectedSignature("NguoiChungThuc"), ExpectedSignature("CoQuan")), Level.B_LTA)
    return Case(pdf, expected=wanted)


@attack
def rollback_level() -> Case:
    return Case(signed_lt(), expected=Expected((ExpectedSignature("NguoiChungThuc"),), Level.B_LTA))


@attack
def wrong_role() -> Case:
    g = good()
    store = TrustStore.from_certificates([g.root.der], roles=["person", "tsa"])
    return Case(signed(), store, Expected((ExpectedSignature("NguoiChungThuc", "agency"),)))


@attack
def appearance_swapped() -> bytes:
    pdf = signed()
    reader = PdfFileReader(io.BytesIO(pdf))
    picture = reader.root["/AcroForm"]["/Fields"][0]["/AP"].raw_get("/N").idnum
    fake = b"1 0 0 rg 0 0 200 70 re f"
    head = b"<< /Type /XObject /Subtype /Form /BBox [0 0 200 70] /Length %d >>" % len(fake)
    return raw.append(pdf, {picture: head + b"\nstream\n" + fake + b"\nendstream"})


@attack
def widget_moved() -> bytes:
    def change(writer: IncrementalPdfFileWriter) -> None:
        field = writer.root["/AcroForm"]["/Fields"][0]
        field[pdf_name("/Rect")] = generic.ArrayObject(map(generic.NumberObject, (60, 400, 560, 780)))
        writer.update_container(field)

    return raw.edit(signed(), change)


@attack
def visible_document_timestamp() -> bytes:
    """A timestamp, which anybody can get, with a picture that covers the text."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        append_signature_field(writer, SigFieldSpec("Them", box=(60, 600, 500, 780)))

    from pyhanko.sign import PdfTimeStamper

    out = io.BytesIO()
    worker = PdfTimeStamper(good().tsa.stamper(at(5)), field_name="Them")
    worker.timestamp_pdf(IncrementalPdfFileWriter(io.BytesIO(raw.edit(signed_lt(), change))), "sha256", output=out)
    return out.getvalue()
