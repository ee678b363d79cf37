"""Tables with two places for one object, hidden objects, revisions rolled back: two readers see two files.

No certificate here is forged: all is signed by trusted signers, or time-stamped by a trusted authority.
"""

from __future__ import annotations

import io
import re
import zlib
from functools import cache

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader

from tests.signing_verify import raw
from tests.signing_verify.additions import (
    der_stream,
    evidence_revision,
    signed_over,
    stamped,
)
from tests.signing_verify.attacks import EVIL, at, attack, signed, signed_lt
from tests.signing_verify.making import base, sign
from tests.signing_verify.pki import Entity, good, issue, now


def _numbers(pdf: bytes) -> tuple[int, str, int]:
    size, root = raw.size_and_root(pdf)
    return size, root, raw.last_startxref(pdf)


def _section(pdf: bytes, rows: list[tuple[int, int, int, str]], *, more: bytes = b"", size: int = 0) -> bytes:
    """Append a classic table of exactly *rows* (number, offset, generation, kind), after *more*."""
    had, root, before = _numbers(pdf)
    out = bytearray(pdf) + more
    start = len(out)
    out += b"xref\n" + b"".join(b"%d 1\n%010d %05d %s \n" % (n, o, g, k.encode()) for n, o, g, k in rows)
    trailer = b"/Size %d /Root %s /Prev %d" % (max(size, had), root.encode(), before)
    out += b"trailer\n<< %s >>\nstartxref\n%d\n%%%%EOF\n" % (trailer, start)
    return bytes(out)


def offset_of(pdf: bytes, number: int) -> int:
    """Where object *number* starts, as the newest table says."""
    reader = PdfFileReader(io.BytesIO(pdf))
    place = reader.xrefs[generic.Reference(number, 0)]
    assert isinstance(place, int)
    return place


def _object(number: int, body: bytes, generation: int = 0) -> bytes:
    return b"%d %d obj\n%s\nendobj\n" % (number, generation, body)


def _two_places(pdf: bytes, *, evil_first: bool) -> bytes:
    number = raw.content_of_page(pdf)
    evil = _object(number, raw.stream(EVIL))
    places = [(number, len(pdf), 0, "n"), (number, offset_of(pdf, number), 0, "n")]
    return _section(pdf, places if evil_first else places[::-1], more=evil)


@attack
def table_names_object_twice() -> bytes:
    """After signing: a table that puts the page's content here and, in its next subsection, where it always was."""
    return stamped(_two_places(signed_lt(), evil_first=True))


@attack
def table_names_object_twice_before_signing() -> bytes:
    """The signed file itself puts the page's content in two places; which one shows depends on the reader."""
    return signed_over(_two_places(base(), evil_first=True))


@attack
def table_names_object_used_and_free() -> bytes:
    """The same table frees the page's content and keeps it."""
    pdf = base()
    number = raw.content_of_page(pdf)
    return signed_over(_section(pdf, [(number, 0, 1, "f"), (number, offset_of(pdf, number), 0, "n")]))


@attack
def update_frees_content() -> bytes:
    pdf = signed_lt()
    return stamped(_section(pdf, [(raw.content_of_page(pdf), 0, 1, "f")]))


@attack
def update_raises_generation() -> bytes:
    """Object 5 1 takes the number of the page's content: readers that ask for the newest show it."""
    pdf = signed_lt()
    number = raw.content_of_page(pdf)
    return stamped(_section(pdf, [(number, len(pdf), 1, "n")], more=_object(number, raw.stream(EVIL), 1)))


@attack
def update_rolls_object_back() -> bytes:
    """A draft replaced before signing is put in force again by nothing but a table."""
    draft = base()
    number = raw.content_of_page(draft)
    final = raw.append(draft, {number: raw.stream(EVIL)})
    return stamped(_section(signed_over(final), [(number, offset_of(draft, number), 0, "n")]))


@attack
def update_skips_signed_revision() -> bytes:
    """The chain of tables goes around the signed revision; its objects are listed anew."""
    pdf = signed_lt()
    before = raw.last_startxref(base())
    appended = raw.append(pdf, {raw.content_of_page(pdf): raw.stream(EVIL)})
    reader = PdfFileReader(io.BytesIO(pdf))
    rows = sorted({r.idnum for i in range(1, reader.xrefs.total_revisions)
                   for r in reader.xrefs.explicit_refs_in_revision(i)})  # fmt: skip
    listed = b"".join(b"%d 1\n%010d 00000 n \n" % (n, offset_of(pdf, n)) for n in rows)
    here = appended.rindex(b"xref\n", 0, appended.rindex(b"startxref")) + 5
    appended = appended[:here] + listed + appended[here:]
    return re.sub(rb"/Prev %d >>" % raw.last_startxref(pdf), b"/Prev %d >>" % before, appended)


def _xref_stream(pdf: bytes, rows: dict[int, tuple[int, int, int]], index: str, more: bytes = b"") -> bytes:
    """Append a cross-reference stream with *index* and *rows* as they come."""
    size, root, before = _numbers(pdf)
    out = bytearray(pdf) + more
    start, number = len(out), size + 5
    rows = {**rows, number: (1, start, 0)}
    data = zlib.compress(
        b"".join(bytes([k]) + a.to_bytes(4, "big") + b.to_bytes(2, "big") for k, a, b in rows.values())
    )
    head = b"/Type /XRef /W [1 4 2] /Index [%s %d 1] /Size %d /Root %s /Prev %d /Filter /FlateDecode /Length %d" % (
        index.encode(), number, number + 1, root.encode(), before, len(data),
    )  # fmt: skip
    out += b"%d 0 obj\n<< %s >>\nstream\n%s\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % (number, head, data, start)
    return bytes(out)


@attack
def xref_stream_page_replaced() -> bytes:
    """The page replaced by a cross-reference stream over a file of tables."""
    pdf = signed()
    number = raw.content_of_page(pdf)
    return _xref_stream(pdf, {number: (1, len(pdf), 0)}, f"{number} 1", _object(number, raw.stream(EVIL)))


@attack
def xref_stream_index_overlaps() -> bytes:
    """Two ranges of /Index name the page's content, at two places."""
    pdf = signed_lt()
    number = raw.content_of_page(pdf)
    more = _object(number, raw.stream(EVIL))
    rows = {number: (1, offset_of(pdf, number), 0), -1: (1, len(pdf), 0)}
    return _xref_stream(pdf, rows, f"{number} 1 {number} 1", more)


def _packed(objects: dict[int, bytes]) -> bytes:
    places, body = [], b""
    for number, content in objects.items():
        places.append(b"%d %d" % (number, len(body)))
        body += content + b"\n"
    head = b" ".join(places) + b"\n"
    entries = b"/Type /ObjStm /N %d /First %d /Length %d" % (len(objects), len(head), len(head + body))
    return b"<< %s >>\nstream\n%s%s\nendstream" % (entries, head, body)


@attack
def object_stream_replaces_page() -> bytes:
    """The page dictionary comes out of an object stream of the update."""
    pdf = signed_lt()
    size, page = raw.size_and_root(pdf)[0], raw.page_number(pdf)
    body = raw.body_of(pdf, page).replace(b"<<", b"<< /Rotate 180", 1)
    more = _object(size, _packed({page: body}))
    return stamped(_xref_stream(pdf, {page: (2, size, 0), size: (1, len(pdf), 0)}, f"{page} 1 {size} 1", more))


@attack
def object_in_comment_of_evidence() -> bytes:
    """Behind the last signature the page's content stands again, where a comment says "stream"."""
    size = raw.size_and_root(signed_lt())[0]
    number = raw.content_of_page(signed_lt())
    hidden = b"%stream\n" + _object(number, raw.stream(EVIL))
    return evidence_revision(signed_lt(), {size: der_stream(good().ca.der)}, b"/Certs [%d 0 R]" % size, tail=hidden)


@attack
def object_packed_in_evidence() -> bytes:
    """An object stream of the unsigned evidence holds the page's content a second time; no table names it."""
    pdf = signed_lt()
    size, page = raw.size_and_root(pdf)[0], raw.page_number(pdf)
    body = raw.body_of(pdf, page).replace(b"<<", b"<< /Rotate 180", 1)
    root = int(raw.size_and_root(pdf)[1].split()[0])
    changed = re.sub(rb">>\s*\Z", b"/DSS << /Type /DSS /Certs [%d 0 R] >> >>" % (size + 1),
                     re.sub(rb"/DSS\s+\d+ 0 R", b"", raw.body_of(pdf, root)))  # fmt: skip
    objects = _packed({root: changed, page: body})
    stream = _object(size, objects)
    certificate = _object(size + 1, der_stream(good().ca.der))
    rows = {root: (2, size, 0), size: (1, len(pdf), 0), size + 1: (1, len(pdf) + len(stream), 0)}
    return _xref_stream(pdf, rows, f"{root} 1 {size} 2", stream + certificate)


@attack
def text_hidden_behind_evidence() -> bytes:
    """A certificate of the evidence store is longer than its DER says: the rest is nobody's."""
    size = raw.size_and_root(signed_lt())[0]
    return evidence_revision(
        signed_lt(), {size: der_stream(good().ca.der + b"\n" + EVIL.encode())}, b"/Certs [%d 0 R]" % size
    )


@cache
def drawing() -> Entity:
    """A self-signed certificate whose name is a piece of page content."""
    start, end = now().replace(year=now().year - 1), now().replace(year=now().year + 1)
    return issue(f"\n{EVIL}\n", label="drawing", start=start, end=end)


@attack
def unfinished_reference_by_evidence() -> bytes:
    """The signed page names an object that nobody has defined; later it comes as a certificate, which draws."""
    page, content = raw.page_number(base()), raw.content_of_page(base())
    missing = raw.size_and_root(base())[0] + 40
    old = b"/Contents %d 0 R" % content
    body = raw.body_of(base(), page).replace(old, b"/Contents [%d 0 R %d 0 R]" % (content, missing))
    g = good()
    pdf = sign(raw.append(base(), {page: body}), g.person, tsa=g.tsa, at=at())
    own = {raw.size_and_root(pdf)[0] + n: der for n, der in enumerate((g.ca.der, g.root.der))}
    lists = {raw.size_and_root(pdf)[0] + 10 + n: der for n, der in enumerate(g.crls(at()))}
    objects = {n: der_stream(der) for n, der in {**own, **lists, missing: drawing().der}.items()}
    names = lambda some: b" ".join(b"%d 0 R" % n for n in some)  # noqa: E731
    return evidence_revision(pdf, objects, b"/Certs [%s %d 0 R] /CRLs [%s]" % (names(own), missing, names(lists)))
