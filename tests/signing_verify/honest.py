"""Honest files of every kind: with trusted anchors and fresh evidence each must be PASSED."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

import pikepdf
from pyhanko.pdf_utils.generic import pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter

from signing.trust import TrustStore
from signing.verify.model import Level
from tests.signing_verify import raw
from tests.signing_verify.attacks import at, signed, signed_bt, signed_lt, signed_two, trust
from tests.signing_verify.making import add_evidence, add_timestamp, base, lta, sign
from tests.signing_verify.pki import YEAR, Pki, good, now, ocsp_answer, online


@dataclass(frozen=True)
class Honest:
    pdf: bytes
    level: Level
    trust: TrustStore | None = None  # None: the good root and no other evidence than the file's own


HONEST: dict[str, Callable[[], Honest]] = {}


def honest(function: Callable[[], Honest]) -> Callable[[], Honest]:
    made = cache(function)
    HONEST[function.__name__] = made
    return made


@cache
def old() -> Pki:
    """Signers' certificates ended two years ago; the authorities live on."""
    return Pki(now() - 8 * YEAR, now() + 5 * YEAR, label="old", signer_end=now() - 2 * YEAR)


@cache
def old_trust() -> TrustStore:
    return TrustStore.from_certificates([old().root.der])


@honest
def b_t() -> Honest:
    return Honest(signed_bt(), Level.B_T, trust())  # the lists come from the administrator's folder


@honest
def b_lt() -> Honest:
    return Honest(signed_lt(), Level.B_LT)


@honest
def b_lta() -> Honest:
    return Honest(signed(), Level.B_LTA)


@honest
def b_lt_ocsp() -> Honest:
    g = online()
    pdf = sign(base(), g.person, tsa=g.tsa, at=at())
    answers = [ocsp_answer(e, at(9)) for e in (g.person, g.tsa, g.ca)]
    pdf = add_evidence(pdf, certs=g.certificates(), ocsps=answers)
    return Honest(pdf, Level.B_LT, TrustStore.from_certificates([g.root.der]))


@honest
def two_signatures() -> Honest:
    return Honest(signed_two(), Level.B_LTA)


@honest
def two_signatures_each_with_archive() -> Honest:
    g = good()
    return Honest(lta(g, at(5), pdf=signed(), signers=(("CoQuan", g.agency),)), Level.B_LTA)


@honest
def rsa_pss() -> Honest:
    return Honest(lta(good(), at(), prefer_pss=True), Level.B_LTA)


@honest
def ec_p256() -> Honest:
    return Honest(lta(good(), at(), signers=(("CoQuan", good().agency),)), Level.B_LTA)


@honest
def ec_p384_sha384() -> Honest:
    who = good().leaf("Người ký P384", kind="p384")
    return Honest(lta(good(), at(), signers=(("CoQuan", who),), digest="sha384"), Level.B_LTA)


@honest
def object_streams() -> Honest:
    return Honest(lta(good(), at(), pdf=base(form="objstm")), Level.B_LTA)


@honest
def linearised() -> Honest:
    return Honest(lta(good(), at(), pdf=base(form="linear")), Level.B_LTA)


@honest
def new_visible_fields() -> Honest:
    g = good()
    pdf = sign(base(fields=()), g.person, field="A", tsa=g.tsa, at=at(), new_box=(60, 60, 260, 130))
    pdf = sign(pdf, g.agency, field="B", tsa=g.tsa, at=at(9), new_box=(330, 60, 530, 130))
    return Honest(add_evidence(pdf, certs=g.certificates(), crls=g.crls(at(8))), Level.B_LT)


@honest
def certified_then_approved() -> Honest:
    g = good()
    pdf = sign(base(), g.person, tsa=g.tsa, at=at(), certify=MDPPerm.FILL_FORMS)
    return Honest(lta(g, at(9), pdf=pdf, signers=(("CoQuan", g.agency),)), Level.B_LTA)


@honest
def pkcs7_detached() -> Honest:
    return Honest(lta(good(), at(), subfilter=SigSeedSubFilter.ADOBE_PKCS7_DETACHED), Level.B_LTA)


@honest
def expired_with_archive() -> Honest:
    o = old()
    pdf = lta(o, now() - 3 * YEAR)
    pdf = add_timestamp(add_evidence(pdf, certs=o.certificates(), crls=o.crls(at(60))), o.tsa, at(50))
    return Honest(pdf, Level.B_LTA, old_trust())


@honest
def renewed_twice() -> Honest:
    o, start = old(), now() - 3 * YEAR
    pdf = lta(o, start)
    year = start + timedelta(days=300)
    pdf = add_timestamp(add_evidence(pdf, certs=o.certificates(), crls=o.crls(year)), o.tsa, year)
    pdf = add_timestamp(add_evidence(pdf, certs=o.certificates(), crls=o.crls(at(60))), o.tsa, at(50))
    return Honest(pdf, Level.B_LTA, old_trust())


@honest
def revoked_long_after() -> Honest:
    """Signed and archived, the certificate revoked a year later: the signature stays good."""
    o, start = old(), now() - 3 * YEAR
    serial = o.person.certificate.serial_number
    later = {serial: start + timedelta(days=200)}
    pdf = lta(o, start, days=400)
    year = start + timedelta(days=300)
    pdf = add_evidence(pdf, certs=o.certificates(), crls=o.crls(year, revoked=later))
    pdf = add_timestamp(pdf, o.tsa, year)
    pdf = add_timestamp(add_evidence(pdf, certs=o.certificates(), crls=o.crls(at(60))), o.tsa, at(50))
    return Honest(pdf, Level.B_LTA, old_trust())


def _rotated(pdf: bytes) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        for page, degrees in zip(opened.pages, (90, 270), strict=True):
            page.rotate(degrees, relative=False)
        opened.save(out)
    return out.getvalue()


@honest
def rotated_pages() -> Honest:
    return Honest(lta(good(), at(), pdf=_rotated(base())), Level.B_LTA)


@honest
def gazette_of_two_agencies() -> Honest:
    """As in Vietnamese gazettes: one agency's visible seal by PAdES, another's by adbe.pkcs7.detached over it."""
    g = good()
    press = g.leaf("Cổng thông tin thử nghiệm", kind="rsa")
    pdf = sign(base(fields=()), g.agency, field="Signature1", tsa=g.tsa, at=at(), new_box=(400, 700, 560, 780))
    old_habit = SigSeedSubFilter.ADOBE_PKCS7_DETACHED
    pdf = sign(pdf, press, field="Signature2", tsa=g.tsa, at=at(9), new_box=(20, 790, 140, 830), subfilter=old_habit)
    pdf = add_evidence(pdf, certs=g.certificates(), crls=g.crls(at(8)))
    return Honest(add_timestamp(pdf, g.tsa, at(7)), Level.B_LTA)


@honest
def form_filled_before_signing() -> Honest:
    """A form whose text field was filled in a revision of its own, then signed."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(base())) as pdf:
        field = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Widget, FT=pikepdf.Name.Tx, T="HoTen", V="", F=4,
            Rect=[72, 600, 300, 620], P=pdf.pages[0].obj,
        )  # fmt: skip
        widget = pdf.make_indirect(field)
        pdf.pages[0].obj.Annots.append(widget)
        pdf.Root.AcroForm.Fields.append(widget)
        pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.disable)

    def fill(writer: IncrementalPdfFileWriter) -> None:
        holder = writer.root["/AcroForm"]["/Fields"][-1]
        holder["/V"] = pdf_string("Nguyen Van Thu")
        writer.update_container(holder)

    return Honest(lta(good(), at(), pdf=raw.edit(out.getvalue(), fill)), Level.B_LTA)
