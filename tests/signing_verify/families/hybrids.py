"""Files with a cross-reference table and a stream beside it: honest ones as word processors write them, and attacks.

``hybrid`` writes such a file by hand; what only readers of streams find is chosen by the caller.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

from pyhanko.pdf_utils.reader import PdfFileReader

from signing.verify.model import Level
from tests.signing_verify import raw
from tests.signing_verify.attacks import EVIL, at, attack, signed, signed_lt
from tests.signing_verify.honest import Honest, honest
from tests.signing_verify.making import add_evidence, add_timestamp, base, lta, sign
from tests.signing_verify.pki import good

FREE = (0, 0, 65535)


@dataclass
class Layout:
    """What ``hybrid`` is about to write, for an attack to change: entries are (kind, field 2, field 3)."""

    table: dict[int, tuple[int, int, int]]
    stream: dict[int, tuple[int, int, int]]
    offsets: dict[int, int]
    extra: str = ""
    after_table: bool = False
    more: dict[int, bytes] = field(default_factory=dict)


@cache
def _visible() -> dict[int, bytes]:
    pdf = base()
    reader = PdfFileReader(io.BytesIO(pdf))
    refs = [r for i in range(reader.xrefs.total_revisions) for r in reader.xrefs.explicit_refs_in_revision(i)]
    return {r.idnum: raw.body_of(pdf, r.idnum) for r in refs}


def root_number() -> int:
    return int(raw.size_and_root(base())[1].split()[0])


def hybrid(
    *,
    word: bool = True,
    change: Callable[[Layout], None] = lambda layout: None,
    bodies: Callable[[dict[int, bytes]], None] = lambda objects: None,
    more: dict[int, bytes] | None = None,
) -> bytes:
    """Write the base document with a structure tree that only readers of cross-reference streams find.

    Args:
        word: a full table first and then an empty one with ``/XRefStm``, as Microsoft Word writes it; else one table.
        change: alters table and stream before they are written.
        bodies: alters the visible objects before they are written.
        more: further objects, in use in both.
    """
    objects = dict(_visible())
    top = max(objects) + 1
    tree, element, packed, stream = top, top + 1, top + 2, top + 3
    root = root_number()
    objects[root] = re.sub(rb">>\s*\Z", b"/StructTreeRoot %d 0 R /MarkInfo << /Marked true >> >>" % tree, objects[root])
    bodies(objects)
    objects.update(more or {})
    hidden = {
        tree: b"<< /Type /StructTreeRoot /K %d 0 R >>" % element,
        element: b"<< /Type /StructElem /S /Document /P %d 0 R >>" % tree,
    }
    places = b" ".join(b"%d %d" % (n, sum(len(b) + 1 for m, b in hidden.items() if m < n)) for n in hidden)
    body = places + b"\n" + b"\n".join(hidden.values())
    head = b"<< /Type /ObjStm /N %d /First %d /Length %d >>" % (len(hidden), len(places) + 1, len(body))
    objects[packed] = head + b"\nstream\n" + body + b"\nendstream"
    size = max([*objects, stream]) + 1

    out, offsets = bytearray(b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n"), {}
    for number in sorted(objects):
        offsets[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, objects[number])
    offsets[stream] = len(out)
    told = {n: (1, offsets[n], 0) for n in (*objects, stream)}
    layout = Layout(
        table={n: told.get(n, FREE) if n not in (stream, packed) else FREE for n in range(1, size)},
        stream=told | {n: (2, packed, i) for i, n in enumerate(hidden)},
        offsets=offsets,
    )
    change(layout)
    trailer = b"/Size %d /Root %d 0 R" % (size, root)

    def write_stream() -> int:
        start = len(out)
        rows = b"".join(
            bytes([k]) + a.to_bytes(4, "big") + b.to_bytes(2, "big") for _, (k, a, b) in sorted(layout.stream.items())
        )
        index = b" ".join(b"%d 1" % n for n in sorted(layout.stream))
        data = zlib.compress(rows)
        entries = b"/Type /XRef /W [1 4 2] /Index [%s] /Filter /FlateDecode /Length %d" % (index, len(data))
        dictionary = b"<< %s %s %s >>" % (entries, layout.extra.encode() or trailer, b"")
        out.extend(b"%d 0 obj\n%s\nstream\n%s\nendstream\nendobj\n" % (stream, dictionary, data))
        return start

    def write_table(entries: dict[int, tuple[int, int, int]]) -> int:
        start = len(out)
        out.extend(b"xref\n0 %d\n" % (len(entries) + 1 if entries else 0))
        if entries:
            out.extend(b"0000000000 65535 f \n")
        for _, (kind, offset, generation) in sorted(entries.items()):
            out.extend(b"%010d %05d %s \n" % (offset, generation, b"n" if kind else b"f"))
        return start

    place = offsets[stream] if layout.after_table else write_stream()
    first = write_table(layout.table)
    if word:
        out += b"trailer\n<< %s >>\nstartxref\n%d\n%%%%EOF\n" % (trailer, first)
        second = write_table({})
        pointer = b"/Prev %d /XRefStm " % first
    else:
        second, pointer = first, b"/XRefStm "
    out += b"trailer\n<< %s %s%010d >>\n" % (trailer, pointer, place)
    if layout.after_table:
        place, before = write_stream(), place
        out = bytearray(bytes(out).replace(b"/XRefStm %010d" % before, b"/XRefStm %010d" % place))
    out += b"startxref\n%d\n%%%%EOF\n" % second
    return bytes(out)


# -- honest ----------------------------------------------------------------------------------------------------------


@honest
def hybrid_as_word_writes() -> Honest:
    return Honest(lta(good(), at(), pdf=hybrid()), Level.B_LTA)


@honest
def hybrid_in_one_table() -> Honest:
    """As ISO 32000-1 shows it: hidden objects are free in the very table that names the stream."""
    return Honest(lta(good(), at(), pdf=hybrid(word=False)), Level.B_LTA)


@honest
def hybrid_gazette() -> Honest:
    """A paper out of a word processor, signed by two agencies with visible seals."""
    g = good()
    press = g.leaf("Cổng thông tin thử nghiệm", kind="rsa")
    pdf = sign(hybrid(), g.agency, field="DauCoQuan", tsa=g.tsa, at=at(), new_box=(400, 700, 560, 780))
    pdf = sign(pdf, press, field="DauCongBao", tsa=g.tsa, at=at(9), new_box=(20, 790, 140, 830))
    return Honest(
        add_timestamp(add_evidence(pdf, certs=g.certificates(), crls=g.crls(at(8))), g.tsa, at(7)), Level.B_LTA
    )


# -- attacks ---------------------------------------------------------------------------------------------------------


def _signed(pdf: bytes) -> bytes:
    return lta(good(), at(), pdf=pdf)


def _evil() -> tuple[int, dict[int, bytes]]:
    number = max(_visible()) + 10
    return number, {number: raw.stream(EVIL)}


@attack
def hybrid_two_contents() -> bytes:
    """The table puts the page's content here, the stream puts it there."""
    number, more = _evil()
    page = raw.content_of_page(base())

    def change(layout: Layout) -> None:
        layout.stream[page] = (1, layout.offsets[number], 0)

    return _signed(hybrid(change=change, more=more))


@attack
def hybrid_two_contents_in_one_table() -> bytes:
    number, more = _evil()
    page = raw.content_of_page(base())

    def change(layout: Layout) -> None:
        layout.stream[page] = (1, layout.offsets[number], 0)

    return _signed(hybrid(word=False, change=change, more=more))


@attack
def hybrid_hidden_content() -> bytes:
    """A second content stream of the page is free in the table: older readers show nothing of it."""
    number, more = _evil()
    page, content = raw.page_number(base()), raw.content_of_page(base())

    def bodies(objects: dict[int, bytes]) -> None:
        old = b"/Contents %d 0 R" % content
        objects[page] = objects[page].replace(old, b"/Contents [%d 0 R %d 0 R]" % (content, number))
        assert b"Contents [" in objects[page]

    def change(layout: Layout) -> None:
        layout.table[number] = FREE

    return _signed(hybrid(change=change, bodies=bodies, more=more))


@attack
def hybrid_hidden_annotation() -> bytes:
    """A note over the text that only newer readers find."""
    number = max(_visible()) + 10
    note = b"<< /Type /Annot /Subtype /FreeText /Rect [60 690 400 730] /F 4 /Contents (Gia mao) /DA (/Helv 24 Tf) >>"
    page = raw.page_number(base())

    def bodies(objects: dict[int, bytes]) -> None:
        objects[page] = objects[page].replace(b"/Annots [", b"/Annots [ %d 0 R " % number)
        assert b"%d 0 R" % number in objects[page]

    def change(layout: Layout) -> None:
        layout.table[number] = FREE

    return _signed(hybrid(change=change, bodies=bodies, more={number: note}))


@attack
def hybrid_stream_frees_content() -> bytes:
    """Readers of streams are told that the page has no content."""
    page = raw.content_of_page(base())

    def change(layout: Layout) -> None:
        layout.stream[page] = (0, 0, 1)

    return _signed(hybrid(change=change))


@attack
def hybrid_two_catalogues() -> bytes:
    """The stream's own dictionary names another catalogue."""
    number = max(_visible()) + 10

    def change(layout: Layout) -> None:
        layout.extra = f"/Size {number + 1} /Root {number} 0 R"

    return _signed(hybrid(change=change, more={number: _visible()[root_number()]}))


@attack
def hybrid_stream_behind_its_table() -> bytes:
    def change(layout: Layout) -> None:
        layout.after_table = True

    return _signed(hybrid(change=change))


def _added_later(pdf: bytes) -> bytes:
    """Append an empty table whose stream puts other content in place of the page's."""
    size, root = raw.size_and_root(pdf)
    out = bytearray(pdf)
    evil = len(out)
    content = raw.content_of_page(pdf)
    out += b"%d 0 obj\n%s\nendobj\n" % (content, raw.stream(EVIL))
    place = len(out)
    rows = bytes([1]) + evil.to_bytes(4, "big") + b"\0\0"
    entries = b"/Type /XRef /W [1 4 2] /Index [%d 1] /Length %d /Size %d /Root %s" % (
        content, len(rows), size + 1, root.encode(),
    )  # fmt: skip
    out += b"%d 0 obj\n<< %s >>\nstream\n%s\nendstream\nendobj\n" % (size, entries, rows)
    start = len(out)
    trailer = b"/Size %d /Root %s /Prev %d /XRefStm %d" % (size + 1, root.encode(), raw.last_startxref(pdf), place)
    out += b"xref\n0 0\ntrailer\n<< %s >>\nstartxref\n%d\n%%%%EOF\n" % (trailer, start)
    return bytes(out)


@attack
def hybrid_added_after_signing() -> bytes:
    return _added_later(signed())


@attack
def hybrid_added_after_signing_with_timestamp() -> bytes:
    return add_timestamp(_added_later(signed_lt()), good().tsa, at(5))


@attack
def hybrid_page_replaced() -> bytes:
    """A plain update over an honest hybrid file."""
    pdf = _signed(hybrid())
    return raw.append(pdf, {raw.content_of_page(base()): raw.stream(EVIL)})
