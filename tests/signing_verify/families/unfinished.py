"""Attacks that leave the signed state unfinished: it points to what is not there yet and is filled in later."""

from __future__ import annotations

import re

from tests.signing_verify import raw
from tests.signing_verify.attacks import EVIL, at, attack
from tests.signing_verify.making import add_evidence, add_timestamp, base, sign
from tests.signing_verify.pki import good

FAR = 200_000  # where the signed table says that the page's content stands: far behind the end of the signed file


def _table(pdf: bytes, entries: dict[int, int], size: int) -> bytes:
    """Append a revision that is nothing but a table of offsets."""
    _, root = raw.size_and_root(pdf)
    out, start = bytearray(pdf), len(pdf)
    out += b"xref\n" + b"".join(b"%d 1\n%010d 00000 n \n" % (n, offset) for n, offset in sorted(entries.items()))
    trailer = b"/Size %d /Root %s /Prev %d" % (size, root.encode(), raw.last_startxref(pdf))
    out += b"trailer\n<< %s >>\nstartxref\n%d\n%%%%EOF\n" % (trailer, start)
    return bytes(out)


def _with_filler(pdf: bytes, offset: int, body: bytes) -> bytes:
    """Append a revision whose one new stream holds *body* exactly at *offset* of the file."""
    size, _ = raw.size_and_root(pdf)
    head = b"%d 0 obj\n<< /Length %08d >>\nstream\n"
    room = offset - len(pdf) - len(head % (size, 0))
    content = b" " * room + body
    grown = pdf + head % (size, len(content)) + content + b"\nendstream\nendobj\n"
    assert grown[offset:].startswith(body)
    table = _table(pdf, {size: len(pdf)}, size + 1)[len(pdf) :]
    return grown + re.sub(rb"startxref\n\d+", b"startxref\n%d" % len(grown), table)


def _signed(pdf: bytes) -> bytes:
    g = good()
    pdf = sign(pdf, g.person, tsa=g.tsa, at=at())
    return add_evidence(pdf, certs=g.certificates(), crls=g.crls(at()))


def _far_content() -> tuple[bytes, bytes]:
    number, (size, _) = raw.content_of_page(base()), raw.size_and_root(base())
    signed = _signed(_table(base(), {number: FAR}, size))
    return signed, b"%d 0 obj\n%s\nendobj\n" % (number, raw.stream(EVIL))


@attack
def unfinished_offset() -> bytes:
    """The page's content is to stand where nothing stood at signing; a later revision puts it there."""
    return _with_filler(*_shuffled(_far_content()))


@attack
def unfinished_offset_with_timestamp() -> bytes:
    """The same, and a trusted document timestamp over it, so that no byte is left unsigned."""
    return add_timestamp(_with_filler(*_shuffled(_far_content())), good().tsa, at(5))


@attack
def unfinished_offset_with_signature() -> bytes:
    g = good()
    return sign(_with_filler(*_shuffled(_far_content())), g.agency, field="CoQuan", tsa=g.tsa, at=at(5))


def _shuffled(made: tuple[bytes, bytes]) -> tuple[bytes, int, bytes]:
    return made[0], FAR, made[1]


def _long_stream() -> bytes:
    """The page's content claims to be longer than the signed file: its end is written later."""
    number, (size, _) = raw.content_of_page(base()), raw.size_and_root(base())
    pdf = base()
    start = len(pdf)
    text = b"BT /F1 24 Tf 72 700 Td (QUYET DINH) Tj ET\nendstream\nendobj\n"
    object_ = b"%d 0 obj\n<< /Length %08d >>\nstream\n" % (number, 0)
    length = FAR - start - len(object_)
    pdf += b"%d 0 obj\n<< /Length %08d >>\nstream\n" % (number, length) + text
    return _table(pdf, {number: start}, size)


@attack
def unfinished_stream_with_timestamp() -> bytes:
    pdf = _signed(_long_stream())
    return add_timestamp(
        _with_filler(pdf, FAR - len(EVIL) - 1, f"\n{EVIL}\nendstream\nendobj\n".encode()), good().tsa, at(5)
    )


@attack
def unfinished_reference_with_timestamp() -> bytes:
    """The page names an object that nobody has defined yet."""
    page = raw.page_number(base())
    content = raw.content_of_page(base())
    size, _ = raw.size_and_root(base())
    missing = size + 50
    old = b"/Contents %d 0 R" % content
    body = raw.body_of(base(), page).replace(old, b"/Contents [%d 0 R %d 0 R]" % (content, missing))
    assert b"%d 0 R]" % missing in body
    pdf = _signed(raw.append(base(), {page: body}))
    return add_timestamp(raw.append(pdf, {missing: raw.stream(EVIL)}), good().tsa, at(5))
