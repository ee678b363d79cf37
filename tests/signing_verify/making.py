"""Making honest signed files: base documents, signatures, evidence, timestamps; all at chosen times."""

from __future__ import annotations

import io
from datetime import datetime
from functools import cache
from typing import Any

import pikepdf
from asn1crypto import crl as acrl
from asn1crypto import ocsp as aocsp
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, PdfSigner, PdfTimeStamper
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter, append_signature_field
from pyhanko.sign.validation.dss import DocumentSecurityStore

from tests.signing_verify.pki import Entity, Pki

BOXES = {"NguoiChungThuc": (60, 60, 260, 130), "CoQuan": (330, 60, 530, 130), "Them": (60, 600, 500, 780)}


@cache
def base(*, fields: tuple[str, ...] = ("NguoiChungThuc", "CoQuan"), form: str = "plain", pages: int = 2) -> bytes:
    """A document with text pages and pre-created signature fields. ``form``: plain, objstm or linear."""
    pdf = pikepdf.new()
    font = pdf.make_indirect(
        pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    )
    for number in range(1, pages + 1):
        page = pdf.add_blank_page(page_size=(595, 842))
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
        page.Contents = pdf.make_stream(f"BT /F1 24 Tf 72 700 Td (QUYET DINH trang {number}) Tj ET".encode())
    pdf.docinfo["/Title"] = "Quyet dinh"
    raw = io.BytesIO()
    pdf.save(raw, object_stream_mode=pikepdf.ObjectStreamMode.disable, compress_streams=False)
    writer = IncrementalPdfFileWriter(io.BytesIO(raw.getvalue()))
    for name in fields:
        append_signature_field(writer, SigFieldSpec(name, box=BOXES[name]))
    out = io.BytesIO()
    writer.write(out)
    with pikepdf.open(io.BytesIO(out.getvalue())) as again:
        flat = io.BytesIO()
        mode = pikepdf.ObjectStreamMode.generate if form == "objstm" else pikepdf.ObjectStreamMode.disable
        again.save(flat, object_stream_mode=mode, linearize=form == "linear", compress_streams=False)
    return flat.getvalue()


def sign(
    pdf: bytes,
    signer: Entity,
    *,
    field: str = "NguoiChungThuc",
    tsa: Entity | None = None,
    at: datetime,
    certify: MDPPerm | None = None,
    subfilter: SigSeedSubFilter = SigSeedSubFilter.PADES,
    new_box: tuple[int, int, int, int] | None = None,
    digest: str = "sha256",
    page: int = 0,
    **signer_options: Any,
) -> bytes:
    """Sign *field* at time *at* (the timestamp's time, when a *tsa* is given)."""
    meta = PdfSignatureMetadata(
        field_name=field,
        md_algorithm=digest,
        subfilter=subfilter,
        certify=certify is not None,
        docmdp_permissions=certify or MDPPerm.FILL_FORMS,
        use_pades_lta=False,
    )
    spec = SigFieldSpec(field, box=new_box, on_page=page) if new_box else None
    worker = PdfSigner(
        meta,
        signer=signer.signer(**signer_options),
        timestamper=tsa.stamper(at) if tsa else None,
        new_field_spec=spec,
    )
    out = io.BytesIO()
    worker.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf), strict=False), output=out)  # strict signs no hybrids
    return out.getvalue()


def add_evidence(pdf: bytes, *, certs: Any = (), crls: Any = (), ocsps: Any = ()) -> bytes:
    """Append a document security store revision."""
    stream = io.BytesIO(pdf)
    DocumentSecurityStore.add_dss(
        stream,
        None,
        certs=list(certs),
        crls=[acrl.CertificateList.load(c) for c in crls],
        ocsps=[aocsp.OCSPResponse.load(o) for o in ocsps],
        force_write=True,
    )
    return stream.getvalue()


def add_timestamp(pdf: bytes, tsa: Entity, at: datetime) -> bytes:
    """Append a document timestamp."""
    out = io.BytesIO()
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf), strict=False)
    PdfTimeStamper(tsa.stamper(at)).timestamp_pdf(writer, "sha256", output=out)
    return out.getvalue()


def lta(
    pki: Pki,
    at: datetime,
    *,
    signers: tuple[tuple[str, Entity], ...] = (),
    pdf: bytes | None = None,
    stamp: bool = True,
    days: float = 7,
    revoked: dict[int, datetime] | None = None,
    **options: Any,
) -> bytes:
    """Sign with every signer (B-T), add CRLs of the same moment (B-LT), then a document timestamp (B-LTA)."""
    result = pdf or base()
    for field, signer in signers or (("NguoiChungThuc", pki.person),):
        result = sign(result, signer, field=field, tsa=pki.tsa, at=at, **options)
    crls = pki.crls(at, days=days, revoked=revoked)
    result = add_evidence(result, certs=pki.certificates(), crls=crls)
    return add_timestamp(result, pki.tsa, at) if stamp else result
