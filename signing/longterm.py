"""From B-T to B-LTA: evidence into the document security store, then one document time stamp over everything."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from asn1crypto import cms as asn1_cms
from asn1crypto import core, crl, ocsp, x509
from pyhanko.sign.fields import InvisSigSettings, SigFieldSpec
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigObjSetup
from pyhanko.sign.signers.pdf_byterange import DocumentTimestamp
from pyhanko.sign.validation.dss import DocumentSecurityStore

from domain.errors import Advice, BadInput
from signing.evidence import Evidence, EvidenceCollector
from signing.pdfwriter import QuietWriter, open_writer
from signing.staged import Timestamper
from signing.timestamp import token_certificates

_RESERVE = 6144  # bytes for the token of the document time stamp
_BYTE_RANGE = re.compile(rb"/ByteRange\s*\[\s*0\s+(\d{1,12})\s+(\d{1,12})\s+\d{1,12}\s*\]")


def add_long_term(pdf: bytes, collector: EvidenceCollector, timestamper: Timestamper) -> bytes:
    """Return *pdf* with evidence for all its signatures and time stamps, sealed by a document time stamp.

    Once for both signatures of a certified copy: one revision with the store (no VRI, which PAdES no longer needs) and
    the time stamp (EN 319 142-1 clause 5.4, 5.5). May be repeated on the same input. Call it when all documents of a
    batch are embedded: then one OCSP answer per signer serves them all.

    Raises:
        BadInput: no signature in *pdf*, or a signature without time stamp.
        Refused, NotReady, Unavailable: as :meth:`EvidenceCollector.collect` and :meth:`Timestamper.timestamp`.
    """
    writer, stream = open_writer(pdf)
    signers: dict[bytes, Sequence[bytes]] = {}
    newest: datetime | None = None
    containers, stamps = _containers(pdf)
    for container in containers:
        own = token_certificates(container)
        signers.setdefault(own[0], own[1:])
        token = _attached_token(container)
        if token is None:
            continue
        stamp = token_certificates(token)
        signers.setdefault(stamp[0], stamp[1:])
        moment = token["content"]["encap_content_info"]["content"].parsed["gen_time"].native
        newest = moment if newest is None or moment > newest else newest
    if newest is None:
        raise BadInput(
            "nothing-signed",
            "no time-stamped signature in the PDF",
            Advice("Tệp chưa có chữ ký kèm dấu thời gian.", todo="Ký văn bản trước khi bổ sung bằng chứng."),
        )
    evidence = collector.collect(signers.items(), not_before=newest)
    _store(writer, evidence)
    _stamp(writer, timestamper, f"DauThoiGian{stamps + 1}")
    return stream.getvalue()


def _containers(pdf: bytes) -> tuple[list[asn1_cms.ContentInfo], int]:
    """Return the CMS containers of all signatures, and the number of document time stamps.

    They are taken from the byte ranges, which stand uncompressed in every signed file: a PDF parser reads the same
    hexadecimal digits one by one.
    """
    found: list[asn1_cms.ContentInfo] = []
    stamps = 0
    for match in _BYTE_RANGE.finditer(pdf):
        start, end = int(match[1]), int(match[2])
        try:
            if pdf[start : start + 1] + pdf[end - 1 : end] != b"<>":
                raise ValueError("no container")
            container = asn1_cms.ContentInfo.load(bytes.fromhex(pdf[start + 1 : end - 1].decode("ascii")))
            content_type = container["content"]["encap_content_info"]["content_type"].native
        except (ValueError, TypeError, KeyError) as error:
            raise BadInput(
                "signature-unreadable",
                f"a signature in the PDF cannot be read: {type(error).__name__}",
                Advice("Tệp có chữ ký bị hỏng nên không bổ sung bằng chứng được.", todo="Kiểm tra lại tệp đã ký."),
            ) from error
        if content_type == "tst_info":
            stamps += 1
        else:
            found.append(container)
    return found, stamps


def _attached_token(container: asn1_cms.ContentInfo) -> asn1_cms.ContentInfo | None:
    attributes = container["content"]["signer_infos"][0]["unsigned_attrs"]
    if isinstance(attributes, core.Void):
        return None
    for attribute in attributes:
        if attribute["type"].native == "signature_time_stamp_token":
            return attribute["values"][0]
    return None


def _store(writer: QuietWriter, evidence: Evidence) -> None:
    DocumentSecurityStore.supply_dss_in_writer(
        writer,
        None,  # no VRI
        certs=[x509.Certificate.load(der) for der in evidence.certificates],
        ocsps=[ocsp.OCSPResponse.load(der) for der in evidence.ocsps],
        crls=[crl.CertificateList.load(der) for der in evidence.crls],
    )


def _stamp(writer: QuietWriter, timestamper: Timestamper, name: str) -> None:
    """Write the pending changes of *writer* as a revision ended by a document time stamp."""
    spec = SigFieldSpec(name, invis_sig_settings=InvisSigSettings())
    steps = PdfCMSEmbedder(new_field_spec=spec).write_cms(name, writer)
    next(steps)
    placeholder = DocumentTimestamp(bytes_reserved=2 * _RESERVE)  # type: ignore[no-untyped-call]
    steps.send(SigObjSetup(sig_placeholder=placeholder))
    digest, _ = steps.send(SigIOSetup(md_algorithm="sha256", in_place=True))
    steps.send(asn1_cms.ContentInfo.load(timestamper.timestamp(digest.document_digest)))
