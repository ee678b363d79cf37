"""One signature that two readers find in two places or read in two ways.

No certificate here is forged: all is signed by trusted signers, or time-stamped by a trusted authority.
"""

from __future__ import annotations

import io
import re

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader

from signing.verify.model import Expected, ExpectedSignature
from tests.signing_verify import raw
from tests.signing_verify.additions import (
    signed_alone,
    signed_over,
)
from tests.signing_verify.attacks import EVIL, Case, at, attack
from tests.signing_verify.crafted import fill_place
from tests.signing_verify.making import base, sign
from tests.signing_verify.pki import good


@attack
def page_with_two_contents() -> bytes:
    """The signed page's dictionary says /Contents twice; readers take the first or the last."""
    pdf = base()
    page, number = raw.page_number(pdf), raw.size_and_root(pdf)[0]
    body = re.sub(rb">>\s*\Z", b"/Contents %d 0 R >>" % number, raw.body_of(pdf, page))
    return signed_alone(raw.append(pdf, {page: body, number: raw.stream(EVIL)}))


@attack
def content_outside_the_file() -> bytes:
    """The page's content is a stream whose data lie in another file (ISO 32000-1, 7.3.8.2): nobody signed them."""
    number = raw.content_of_page(base())
    text = b"<< /Length 0 /F (noi-dung.bin) >>\nstream\n\nendstream"
    return signed_over(raw.append(base(), {number: text}))


@attack
def one_signature_in_two_fields() -> Case:
    """Person and agency "sign" by one value: the second field was prepared to point at the first one's signature."""
    g = good()
    pdf = base()
    held = raw.size_and_root(pdf)[0]
    reader = PdfFileReader(io.BytesIO(pdf))
    fields = reader.root["/AcroForm"]["/Fields"]
    numbers = [fields.raw_get(i).idnum for i in range(2)]
    objects = {n: re.sub(rb">>\s*\Z", b"/V %d 0 R >>" % held, raw.body_of(pdf, n)) for n in numbers}
    place = b"<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /ByteRange [%s] /Contents <%s> >>"
    pdf = raw.append(pdf, {**objects, held: place % (b" " * 60, b"0" * 24000)})
    done = fill_place(pdf, g.person, tsa=g.tsa)
    return Case(done, expected=Expected((ExpectedSignature("NguoiChungThuc"), ExpectedSignature("CoQuan"))))


@attack
def two_fields_of_one_name() -> Case:
    """A second field takes the registered name; who signs in it is trusted and not registered."""
    g = good()
    other = g.leaf("Người thứ ba")

    made = base(fields=("NguoiChungThuc",))
    made = sign(made, g.person, tsa=g.tsa, at=at())
    made = _same_name_again(made)
    reader = PdfFileReader(io.BytesIO(made))
    assert len(reader.root["/AcroForm"]["/Fields"]) == 2
    done = fill_place(made, other, tsa=g.tsa)
    return Case(done, expected=Expected((ExpectedSignature("NguoiChungThuc"),)))


def _same_name_again(pdf: bytes) -> bytes:
    """Append a second field called NguoiChungThuc with an empty place for a signature."""
    size = raw.size_and_root(pdf)[0]
    reader = PdfFileReader(io.BytesIO(pdf))
    form = reader.root.raw_get("/AcroForm")
    fields = reader.root["/AcroForm"].raw_get("/Fields")
    assert isinstance(form, generic.IndirectObject) or isinstance(fields, generic.IndirectObject)
    holder = fields.idnum if isinstance(fields, generic.IndirectObject) else form.idnum
    body = raw.body_of(pdf, holder)
    grown = re.sub(rb"(\[[^\]]*)\]", rb"\g<1> %d 0 R]" % size, body, count=1)
    place = b"<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /ByteRange [%s] /Contents <%s> >>"
    field = b"<< /FT /Sig /T (NguoiChungThuc) /V %d 0 R /Type /Annot /Subtype /Widget /Rect [0 0 0 0] /F 132 >>"
    return raw.append(pdf, {holder: grown, size: field % (size + 1), size + 1: place % (b" " * 60, b"0" * 24000)})
