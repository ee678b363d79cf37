"""A ByteRange of six numbers, of fractions, by reference."""

from __future__ import annotations

import hashlib
import io
import re

from pyhanko.pdf_utils.reader import PdfFileReader

from tests.signing_verify import raw
from tests.signing_verify.attacks import attack, signed_bt
from tests.signing_verify.crafted import PLACE, value_of
from tests.signing_verify.making import base
from tests.signing_verify.pki import (
    good,
)


def _rewritten(text: str) -> bytes:
    """Sign, then write the ByteRange anew with the same numbers in another form, and sign that by hand."""
    pdf = signed_bt()
    first, second = raw.signature_gap(pdf)
    found = re.search(rb"/ByteRange\s*\[[^\]]*\] *", pdf)
    assert found is not None
    told = text.format(a=first, b=second, c=len(pdf) - second).encode()
    assert len(told) <= len(found[0]), (len(told), len(found[0]))
    pdf = pdf[: found.start()] + told.ljust(len(found[0])) + pdf[found.end() :]
    digest = hashlib.sha256(pdf[:first] + pdf[second:]).digest()
    value = value_of(digest, good().person, tsa=good().tsa).hex().encode()
    return pdf[: first + 1] + value.ljust(second - first - 2, b"0") + pdf[second - 1 :]


@attack
def byte_range_of_six_numbers() -> bytes:
    return _rewritten("/ByteRange [0 {a} {b} {c} 0 0]")


@attack
def byte_range_of_fractions() -> bytes:
    """Whole numbers written as fractions: readers round them as they like."""
    return _rewritten("/ByteRange [0 {a}.4 {b}.4 {c}.4]")


@attack
def byte_range_by_reference() -> bytes:
    """One number of the ByteRange is an object of its own, which a later revision may define anew."""
    size = raw.size_and_root(base())[0] + 60
    made = raw.append(base(), {size: b"0"})
    return _by_reference(made, size)


def _by_reference(pdf: bytes, zero: int) -> bytes:
    """Sign *pdf* by hand, the first number of the ByteRange being object *zero*."""
    size = raw.size_and_root(pdf)[0]
    field = _field_number(pdf)
    body = re.sub(rb">>\s*\Z", b"/V %d 0 R >>" % size, raw.body_of(pdf, field))
    place = b"<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /ByteRange [%s] /Contents <%s> >>"
    made = raw.append(pdf, {field: body, size: place % (b" " * 60, b"0" * PLACE)})
    found = re.search(rb"/ByteRange \[ {10,}\]", made)
    assert found is not None
    first = made.index(b"/Contents <", found.end()) + len(b"/Contents ")
    second = made.index(b">", first) + 1
    text = b"/ByteRange [%d 0 R %d %d %d]" % (zero, first, second, len(made) - second)
    made = made[: found.start()] + text.ljust(len(found[0])) + made[found.end() :]
    digest = hashlib.sha256(made[:first] + made[second:]).digest()
    value = value_of(digest, good().person, tsa=good().tsa).hex().encode()
    return made[: first + 1] + value.ljust(second - first - 2, b"0") + made[second - 1 :]


def _field_number(pdf: bytes) -> int:
    return int(PdfFileReader(io.BytesIO(pdf)).root["/AcroForm"]["/Fields"].raw_get(0).idnum)
