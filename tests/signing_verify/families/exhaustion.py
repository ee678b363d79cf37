"""Files made to exhaust whoever reads them: bombs, loops, nesting."""

from __future__ import annotations

import io
import re
import zlib

from pyhanko.pdf_utils.reader import PdfFileReader

from tests.signing_verify import raw
from tests.signing_verify.attacks import (
    at,
    attack,
    signed,
    signed_bt,
)
from tests.signing_verify.making import sign
from tests.signing_verify.pki import rogue


@attack
def bomb_in_evidence_store() -> bytes:
    """A revocation list of 48 MB in a few hundred bytes."""
    data = zlib.compress(zlib.compress(b"\0" * (48 * 1024 * 1024), 1), 9)
    pdf = signed_bt()
    number = raw.size_and_root(pdf)[0]
    root = int(raw.size_and_root(pdf)[1].split()[0])
    head = b"<< /Length %d /Filter [/FlateDecode /FlateDecode] >>" % len(data)
    body = raw.body_of(pdf, root).replace(b"<<", b"<< /DSS << /CRLs [%d 0 R] >>" % number, 1)
    pdf = raw.append(pdf, {number: head + b"\nstream\n" + data + b"\nendstream", root: body})
    return sign(pdf, rogue().person, field="CoQuan", at=at())


@attack
def bomb_object_stream() -> bytes:
    data = zlib.compress(b" " * (90 * 1024 * 1024), 9)
    pdf = signed_bt()
    number = raw.size_and_root(pdf)[0]
    head = b"<< /Type /ObjStm /N 1 /First 4 /Length %d /Filter /FlateDecode >>" % len(data)
    return raw.append(pdf, {number: head + b"\nstream\n" + data + b"\nendstream"})


@attack
def loop_pages() -> bytes:
    pdf = signed()
    reader = PdfFileReader(io.BytesIO(pdf))
    pages = reader.root.raw_get("/Pages").idnum
    return raw.append(pdf, {pages: b"<< /Type /Pages /Count 9 /Kids [%d 0 R] /Parent %d 0 R >>" % (pages, pages)})


@attack
def loop_fields() -> bytes:
    pdf = signed()
    reader = PdfFileReader(io.BytesIO(pdf))
    number = reader.root["/AcroForm"]["/Fields"].raw_get(0).idnum
    return raw.append(pdf, {number: b"<< /T (a) /FT /Sig /Kids [%d 0 R] >>" % number})


@attack
def loop_previous() -> bytes:
    """The cross-reference chain points at itself."""
    pdf = signed_bt()
    appended = raw.append(pdf, {raw.size_and_root(pdf)[0]: b"<< >>"})
    start = raw.last_startxref(appended)
    before = raw.last_startxref(pdf)
    return re.sub(rb"/Prev %d >>" % before, b"/Prev %d >>" % start, appended)


@attack
def nested_arrays() -> bytes:
    pdf = signed()
    return raw.append(pdf, {raw.size_and_root(pdf)[0]: b"[" * 60000 + b"]" * 60000})


@attack
def loop_reference() -> bytes:
    pdf = signed()
    number = raw.size_and_root(pdf)[0]
    root = int(raw.size_and_root(pdf)[1].split()[0])
    body = raw.body_of(pdf, root).replace(b"<<", b"<< /DSS %d 0 R /Old" % number, 1)
    return raw.append(pdf, {number: b"%d 0 R" % number, root: body})
