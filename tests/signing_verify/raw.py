"""Surgery on PDF bytes: incremental updates written by hand, so that what a library would refuse can be made."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader


def edit(pdf: bytes, change: Callable[[IncrementalPdfFileWriter], None]) -> bytes:
    """Append a revision that *change* makes through pyHanko, with /Info and XMP left alone."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    writer._update_meta = lambda: None  # type: ignore[method-assign]
    change(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def last_startxref(pdf: bytes) -> int:
    return int(re.findall(rb"startxref\s+(\d+)", pdf)[-1])


def size_and_root(pdf: bytes) -> tuple[int, str]:
    reader = PdfFileReader(io.BytesIO(pdf))
    root = reader.trailer.raw_get("/Root")
    return int(reader.trailer["/Size"]), f"{root.idnum} {root.generation} R"


def body_of(pdf: bytes, number: int) -> bytes:
    """The text of object *number* as pyHanko would write it."""
    reader = PdfFileReader(io.BytesIO(pdf))
    out = io.BytesIO()
    reader.get_object(generic.Reference(number, 0, reader)).write_to_stream(out, None)
    return out.getvalue()


def append(
    pdf: bytes,
    objects: dict[int, bytes],
    *,
    table: bool = True,
    trailer: bool = True,
    end: bool = True,
    listed: set[int] | None = None,
) -> bytes:
    """Append objects as one more revision; leave out table, trailer or end marker as the attack wants."""
    size, root = size_and_root(pdf)
    size = max(size, max(objects) + 1)
    out = bytearray(pdf if pdf.endswith(b"\n") else pdf + b"\n")
    offsets = {}
    for number, body in objects.items():
        offsets[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    if table:
        out += b"xref\n"
        for number in sorted(offsets):
            if listed is None or number in listed:
                out += b"%d 1\n%010d 00000 n \n" % (number, offsets[number])
    if trailer:
        out += b"trailer\n<< /Size %d /Root %s /Prev %d >>\n" % (size, root.encode(), last_startxref(pdf))
    if end:
        out += b"startxref\n%d\n%%%%EOF\n" % (start if table else last_startxref(pdf))
    return bytes(out)


def content_of_page(pdf: bytes, page: int = 0) -> int:
    """Object number of the content stream of a page."""
    reader = PdfFileReader(io.BytesIO(pdf))
    kid = reader.root["/Pages"]["/Kids"][page]
    return int(kid.raw_get("/Contents").idnum)


def page_number(pdf: bytes, page: int = 0) -> int:
    reader = PdfFileReader(io.BytesIO(pdf))
    return int(reader.root["/Pages"]["/Kids"].raw_get(page).idnum)


def stream(text: str) -> bytes:
    data = text.encode()
    return b"<< /Length %d >>\nstream\n%s\nendstream" % (len(data), data)


def signature_gap(pdf: bytes, which: int = 0) -> tuple[int, int]:
    """Offsets of the which-th signature value, angle brackets included."""
    found = re.findall(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)", pdf)
    _, first, second, _ = (int(v) for v in found[which])
    return first, second
