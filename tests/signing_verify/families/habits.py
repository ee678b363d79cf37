"""Honest files by the habits of other programs: how they lay out updates, values, fields and evidence."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any

import pikepdf
from asn1crypto import cms, crl
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.validation.dss import DocumentSecurityStore

from signing.trust import TrustStore
from signing.verify.model import Level
from tests.signing_verify import raw
from tests.signing_verify.attacks import at, trust
from tests.signing_verify.crafted import Making, attribute, crafted, fill_place
from tests.signing_verify.honest import Honest, honest, old, old_trust
from tests.signing_verify.making import add_evidence, add_timestamp, base, lta, sign
from tests.signing_verify.pki import YEAR, Entity, authority, good, now, ocsp_answer, online
from tests.signing_verify.pki import crl as revocation_list

PKCS7 = SigSeedSubFilter.ADOBE_PKCS7_DETACHED


def archived(pdf: bytes, moment: float = 7) -> bytes:
    """Evidence and a document timestamp, as an archive adds them."""
    g = good()
    return add_timestamp(add_evidence(pdf, certs=g.certificates(), crls=g.crls(at(moment))), g.tsa, at(moment - 1))


def with_time(making: Making) -> None:
    making.attributes.append(attribute("signing_time", cms.Time({"utc_time": at()})))


@honest
def habit_attributes_without_binding() -> Honest:
    """adbe.pkcs7.detached as small libraries write it: kind, digest, time, no certificate bound."""
    pdf = crafted(good().person, tsa=good().tsa, cades=False, subfilter=PKCS7, change=with_time)
    return Honest(pdf, Level.NONE, trust())


@honest
def habit_length_left_open() -> Honest:
    """The outer value has an indefinite length (BER), as some Java programs write it."""

    def wrap(value: bytes) -> bytes:
        return b"\x30\x80" + value[2 + (value[1] & 0x7F) :] + b"\0\0"

    return Honest(crafted(good().person, tsa=good().tsa, wrap=wrap), Level.B_T, trust())


@honest
def habit_authorities_first() -> Honest:
    """The certificates in the value come root first; the signer's is the last one."""

    def change(making: Making) -> None:
        making.certificates.reverse()

    return Honest(archived(crafted(good().person, tsa=good().tsa, change=change)), Level.B_LTA)


def _own_update(pdf: bytes, name: str, signer: Entity, *, capital: bool = False, rect: str = "0 0 0 0") -> bytes:
    """Append field and signature dictionary by hand in one table, as programs without a PDF library do."""
    size = raw.size_and_root(pdf)[0]
    reader = PdfFileReader(io.BytesIO(pdf))
    root = int(raw.size_and_root(pdf)[1].split()[0])
    form = reader.root.raw_get("/AcroForm") if "/AcroForm" in reader.root else None
    page = raw.page_number(pdf)
    field = b"<< /FT /Sig /T (%s) /V %d 0 R /Type /Annot /Subtype /Widget /Rect [%s] /F 132 /P %d 0 R >>" % (
        name.encode(),
        size + 1,
        rect.encode(),
        page,
    )
    place = (
        b"<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /adbe.pkcs7.detached /ByteRange [%s] /Contents <%s> "
        b"/M (D:20260101080000+07'00') /Name (Nguyen Van Thu) /Reason (\xfe\xff\x00K\x00\xfd) "
        b"/Prop_Build << /App << /Name /Khac >> >> >>" % (b" " * 60, b"0" * 24000)
    )
    grown = raw.body_of(pdf, page)
    if b"/Annots [" in grown:
        grown = grown.replace(b"/Annots [", b"/Annots [%d 0 R " % size, 1)
    else:
        grown = re.sub(rb">>\s*\Z", b"/Annots [%d 0 R] >>" % size, grown)
    changed = {page: grown, size: field, size + 1: place}
    if form is None:
        told = b"/AcroForm << /Fields [%d 0 R] /SigFlags 3 >> >>" % size
        changed[root] = re.sub(rb">>\s*\Z", told, raw.body_of(pdf, root))
    else:
        holder = form.idnum if hasattr(form, "idnum") else root
        body = raw.body_of(pdf, holder)
        changed[holder] = re.sub(rb"/Fields \[", b"/Fields [%d 0 R " % size, body, count=1)
        assert changed[holder] != body
    made = fill_place(raw.append(pdf, changed), signer, tsa=good().tsa, cades=False, change=with_time)
    if capital:
        first, second = raw.signature_gap(made, -1)
        made = made[:first] + made[first:second].upper() + made[second:]
    return made


@honest
def habit_one_update_by_hand() -> Honest:
    """Field, page, form and value in one table; an invisible field, the form inside the catalogue."""
    return Honest(_own_update(base(fields=()), "Signature1", good().person), Level.NONE, trust())


@honest
def habit_value_in_capitals() -> Honest:
    return Honest(_own_update(base(fields=()), "Signature1", good().agency, capital=True), Level.NONE, trust())


@honest
def habit_second_tool_adds_a_signature() -> Honest:
    """One library signs and archives, another program adds its own field and signature as an update, then evidence."""
    g = good()
    pdf = _own_update(lta(g, at(20)), "Signature1", g.agency, rect="330 300 530 370")
    return Honest(archived(pdf), Level.NONE)


@honest
def habit_first_tool_by_hand_then_library() -> Honest:
    g = good()
    pdf = _own_update(base(fields=()), "Signature1", g.person)
    return Honest(lta(g, at(8), pdf=pdf, signers=(("CoQuan", g.agency),)), Level.NONE)


@honest
def habit_time_by_archive_only() -> Honest:
    """No timestamp in the signature; evidence and a document timestamp prove the time."""
    return Honest(archived(sign(base(), good().person, at=at())), Level.B_LTA)


@honest
def habit_archived_every_year() -> Honest:
    """Signed three years ago, a document timestamp and lists each year since."""
    o, start = old(), now() - 3 * YEAR
    pdf = lta(o, start)
    for months in (10, 20, 30):
        moment = start + timedelta(days=30 * months)
        pdf = add_timestamp(add_evidence(pdf, certs=o.certificates(), crls=o.crls(moment)), o.tsa, moment)
    pdf = add_evidence(pdf, certs=o.certificates(), crls=o.crls(at(60)))
    return Honest(add_timestamp(pdf, o.tsa, at(50)), Level.B_LTA, old_trust())


@honest
def habit_evidence_by_signature() -> Honest:
    """The store keeps each signature's evidence under its digest as well (/VRI)."""
    g = good()
    stream = io.BytesIO(sign(base(), g.person, tsa=g.tsa, at=at()))
    contents = PdfFileReader(stream).embedded_regular_signatures[0].pkcs7_content
    lists = [crl.CertificateList.load(one) for one in g.crls(at(8))]
    DocumentSecurityStore.add_dss(
        stream, contents.hex().encode(), certs=g.certificates(), crls=lists, ocsps=[], force_write=True
    )
    return Honest(stream.getvalue(), Level.B_LT)


@honest
def habit_answers_by_appointed_responder() -> Honest:
    """OCSP answers by a responder that the authority appointed; nobody needs to ask about the responder."""
    g = online()
    responder = _responder()
    pdf = sign(base(), g.person, tsa=g.tsa, at=at())
    answers = [ocsp_answer(one, at(9), by=responder) for one in (g.person, g.tsa)]
    lists = [revocation_list(g.root, at(9))]
    pdf = add_evidence(pdf, certs=[*g.certificates(), responder.asn1], ocsps=answers, crls=lists)
    return Honest(pdf, Level.B_LT, TrustStore.from_certificates([g.root.der]))


def _responder() -> Entity:
    g = online()
    purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING])
    return authority("OCSP được ủy quyền", g.ca, (purpose, False), (x509.OCSPNoCheck(), False), ca=False, usage=False)


@honest
def habit_lists_beside_answers() -> Honest:
    """Answers about some certificates and lists about others."""
    g = online()
    pdf = sign(base(), g.person, tsa=g.tsa, at=at())
    answers = [ocsp_answer(one, at(9)) for one in (g.person, g.tsa)]
    pdf = add_evidence(pdf, certs=g.certificates(), ocsps=answers, crls=[revocation_list(g.root, at(9))])
    return Honest(pdf, Level.B_LT, TrustStore.from_certificates([g.root.der]))


def _saved(change: Any, **options: Any) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(base())) as pdf:
        change(pdf)
        pdf.save(out, **{"object_stream_mode": pikepdf.ObjectStreamMode.disable, **options})
    return out.getvalue()


@honest
def habit_attachment_signed() -> Honest:
    def change(pdf: pikepdf.Pdf) -> None:
        pdf.attachments["bang-ke.txt"] = b"1.000.000"

    return Honest(lta(good(), at(), pdf=_saved(change)), Level.B_LTA)


@honest
def habit_annotations_by_reference() -> Honest:
    """The page's annotations are an object of their own, and notes lie on the page before anybody signs."""

    def change(pdf: pikepdf.Pdf) -> None:
        page = pdf.pages[0].obj
        note = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[70, 690, 200, 710], Border=[0, 0, 0]
        )
        page.Annots = pdf.make_indirect(pikepdf.Array([pdf.make_indirect(note), *page.Annots]))

    g = good()
    pdf = lta(g, at(), pdf=_saved(change))
    return Honest(lta(g, at(5), pdf=pdf, signers=(("CoQuan", g.agency),)), Level.B_LTA)


@honest
def habit_version_two() -> Honest:
    return Honest(lta(good(), at(), pdf=_saved(lambda pdf: None, force_version="2.0")), Level.B_LTA)


@honest
def habit_linearised_two_signatures() -> Honest:
    g = good()
    signers = (("NguoiChungThuc", g.person), ("CoQuan", g.agency))
    return Honest(lta(g, at(), pdf=base(form="linear"), signers=signers), Level.B_LTA)


@honest
def habit_object_streams_signed_twice() -> Honest:
    g = good()
    pdf = lta(g, at(), pdf=base(form="objstm"))
    return Honest(lta(g, at(5), pdf=pdf, signers=(("CoQuan", g.agency),)), Level.B_LTA)


@honest
def habit_sha512_and_room_to_spare() -> Honest:
    """SHA-512, and a place for the value that is four times too large."""
    g = good()
    pdf = sign(base(), g.person, tsa=g.tsa, at=at(), digest="sha512")
    return Honest(archived(crafted(g.agency, pdf=pdf, name="CoQuan", tsa=g.tsa, reserved=96000)), Level.B_LTA)


@honest
def habit_reference_to_nothing() -> Honest:
    """The page names an object that was never there: null to every reader (ISO 32000-1, 7.3.10)."""
    page = raw.page_number(base())
    body = re.sub(rb">>\s*\Z", b"/Metadata 900 0 R >>", raw.body_of(base(), page))
    pdf = sign(raw.append(base(), {page: body}), good().person, tsa=good().tsa, at=at())
    return Honest(pdf, Level.B_T, trust())


@honest
def habit_table_points_before_its_objects() -> Honest:
    """Evidence by a program whose table names the line end before each object."""
    pdf = lta(good(), at(), stamp=False)
    start = raw.last_startxref(pdf)
    table = re.sub(rb"(\d{10}) 00000 n", lambda m: b"%010d 00000 n" % _line_before(pdf, int(m[1])), pdf[start:])
    return Honest(pdf[:start] + table, Level.B_LT)


def _line_before(pdf: bytes, offset: int) -> int:
    assert pdf[offset - 1 : offset] == b"\n"
    return offset - 1
