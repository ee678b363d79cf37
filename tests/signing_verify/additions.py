"""What anybody can do to a prepared or a signed file without a forged key: have it signed, stamp it, add to it."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfTimeStamper

from tests.signing_verify import raw
from tests.signing_verify.attacks import at
from tests.signing_verify.making import add_timestamp, lta, sign
from tests.signing_verify.pki import good

WHITE_BOX = b"1 1 1 rg 0 0 440 180 re f"


def stamped(pdf: bytes) -> bytes:
    """Cover what was done by a document timestamp of the trusted authority: anybody can get one."""
    return add_timestamp(pdf, good().tsa, at(4))


def signed_over(pdf: bytes) -> bytes:
    """The person signs a prepared file; evidence follows."""
    return lta(good(), at(), pdf=pdf, stamp=False)


def signed_alone(pdf: bytes) -> bytes:
    """The person signs a prepared file, and nothing follows: the lists are in the trust folder."""
    return sign(pdf, good().person, tsa=good().tsa, at=at())


def timestamp_in(
    pdf: bytes, field: str, change: Callable[[IncrementalPdfFileWriter, Any], None] = lambda writer, holder: None
) -> bytes:
    """Put a trusted document timestamp into *field*, which *change* alters in the same revision."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    writer._update_meta = lambda: None  # type: ignore[method-assign]
    holder = next(f for f in (x.get_object() for x in writer.root["/AcroForm"]["/Fields"]) if f["/T"] == field)
    change(writer, holder)
    writer.update_container(holder)
    out = io.BytesIO()
    PdfTimeStamper(good().tsa.stamper(at(5)), field_name=field).timestamp_pdf(writer, "sha256", output=out)
    return out.getvalue()


def noted(pdf: bytes) -> bytes:
    """Two notes over one line, the one on top hides the other."""
    size, page = raw.size_and_root(pdf)[0], raw.page_number(pdf)
    note = b"<< /Type /Annot /Subtype /Square /F 4 /Rect [60 690 400 730] /IC [%s] /Contents (%s) >>"
    body = raw.body_of(pdf, page)
    grown = re.sub(rb"/Annots \[", b"/Annots [%d 0 R %d 0 R " % (size, size + 1), body)
    assert grown != body
    return raw.append(pdf, {size: note % (b"1 0 0", b"Huy"), size + 1: note % (b"1 1 1", b"Nen"), page: grown})


def der_stream(der: bytes) -> bytes:
    return b"<< /Length %d >>\nstream\n%s\nendstream" % (len(der), der)


def evidence_revision(pdf: bytes, objects: dict[int, bytes], dss: bytes, *, tail: bytes = b"") -> bytes:
    """Append a revision that looks like nothing but evidence: *objects*, and a catalogue with *dss*."""
    root = int(raw.size_and_root(pdf)[1].split()[0])
    body = re.sub(rb"/DSS\s+\d+ 0 R", b"", raw.body_of(pdf, root))
    changed = re.sub(rb">>\s*\Z", b"/DSS << /Type /DSS %s >> >>" % dss, body)
    made = raw.append(pdf, {**objects, root: changed})
    if not tail:
        return made
    start = raw.last_startxref(made)
    moved = made[:start] + tail + made[start:]
    return re.sub(rb"startxref\s+%d\s" % start, b"startxref\n%d\n" % (start + len(tail)), moved)
