"""From B-T to B-LTA: evidence into the document security store, then one document time stamp over everything.

A document time stamp carries as long as its authority's certificate and its algorithms do. Before that end
:func:`renew_long_term` puts the evidence for it and another one over it (EN 319 142-1 clause 5.5, EN 319 102-1 clause
5.6.3); a chain of them carries for ever.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from asn1crypto import cms as asn1_cms
from asn1crypto import core, crl, ocsp, x509
from pyhanko.sign.fields import InvisSigSettings, SigFieldSpec
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigObjSetup
from pyhanko.sign.signers.pdf_byterange import DocumentTimestamp
from pyhanko.sign.validation.dss import DocumentSecurityStore

from domain.errors import Advice, BadInput, Refused, Unavailable
from signing.evidence import Evidence, EvidenceCollector
from signing.pdfwriter import QuietWriter, open_writer
from signing.staged import Timestamper
from signing.timestamp import carries_until, token_certificates

_RESERVE = 6144  # bytes for the token of the document time stamp
_SERVICES = 2  # in a pool
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
    return _sealed(pdf, signers, newest, f"DauThoiGian{len(stamps) + 1}", collector, timestamper)


@dataclass(frozen=True)
class Protection:
    """What the newest document time stamp of a file carries.

    Attributes:
        stamped_at: its time.
        until: when it stops carrying: another must stand over it by then.
        certificate_until: end of its authority's certificate (or of one between it and the root): later than that it
            cannot be renewed any more, since no evidence about an expired certificate proves anything.
    """

    stamped_at: datetime
    until: datetime
    certificate_until: datetime


def protection(pdf: bytes) -> Protection | None:
    """Return what the newest document time stamp of *pdf* carries; None without one. Raises ``BadInput``.

    Looks at names and dates only, does not verify: for choosing what to renew.
    """
    _, stamps = _containers(pdf)
    if not stamps:
        return None
    info = stamps[-1]["content"]["encap_content_info"]["content"].parsed
    return Protection(info["gen_time"].native, *carries_until(stamps[-1]))


def renew_long_term(pdf: bytes, collector: EvidenceCollector, timestamper: Timestamper) -> bytes:
    """Return *pdf* with the evidence for its newest document time stamp, sealed by another one over everything.

    One incremental revision. Only the authority of the time stamp is asked about: what came before is sealed already,
    and a list that a CA issues after a signer's certificate has expired proves nothing about it (RFC 5280 3.3). May be
    repeated on the same input.

    Raises:
        BadInput: no document time stamp to renew, or a signature that cannot be read.
        Refused: ``renewal-too-late``: the authority's certificate has ended; ``certificate-revoked``.
        NotReady, Unavailable: as :meth:`EvidenceCollector.collect` and :meth:`Timestamper.timestamp`.
    """
    before = protection(pdf)
    if before is None:
        raise BadInput(
            "nothing-to-renew",
            "no document time stamp in the PDF",
            Advice("Tệp chưa có dấu thời gian lưu trữ nên không có gì để gia hạn.", "Tệp được giữ nguyên."),
        )
    if collector.now() > before.certificate_until:
        raise Refused(
            "renewal-too-late",
            "certificate of the newest time stamp has ended",
            Advice(
                f"Chứng thư của dấu thời gian cuối cùng đã hết hạn từ {before.certificate_until:%d/%m/%Y}, "
                "không gia hạn được nữa.",
                "Bản đã ký được giữ nguyên; chỉ còn chứng minh được bằng hồ sơ lưu.",
                "Lập bản sao mới từ bản chính nếu cần; kiểm tra lịch chạy của sohoa renew.",
            ),
        )
    _, stamps = _containers(pdf)
    authority = token_certificates(stamps[-1])
    name = f"DauThoiGian{len(stamps) + 1}"
    return _sealed(pdf, {authority[0]: authority[1:]}, before.stamped_at, name, collector, timestamper)


def _sealed(
    pdf: bytes,
    signers: dict[bytes, Sequence[bytes]],
    not_before: datetime,
    name: str,
    collector: EvidenceCollector,
    timestamper: Timestamper,
) -> bytes:
    """Return *pdf* with evidence for *signers*, under a document time stamp called *name*.

    The evidence also covers the authority of that time stamp, or nobody could judge the file offline. Which service of
    a pool answers is known afterwards only: where it is not the one that answered last, the seal is made again.
    """
    if collector.stamped_by:
        signers.setdefault(collector.stamped_by[0], collector.stamped_by[1:])
    for _ in range(_SERVICES + 1):
        writer, stream = open_writer(pdf)
        _store(writer, collector.collect(signers.items(), not_before=not_before))
        token = _stamp(writer, timestamper, name)
        authority = token_certificates(token)
        collector.stamped_by = tuple(authority)
        if authority[0] in signers:
            return stream.getvalue()
        signers[authority[0]] = authority[1:]
    raise Unavailable(
        "tsa-unavailable",
        "time-stamping services answer in turn",
        Advice("Các dịch vụ dấu thời gian trả lời không ổn định.", "Chữ ký đã nhận được giữ nguyên.", "Chạy lại sau."),
    )


def _containers(pdf: bytes) -> tuple[list[asn1_cms.ContentInfo], list[asn1_cms.ContentInfo]]:
    """Return the CMS containers of all signatures, and the tokens of all document time stamps, oldest first.

    They are taken from the byte ranges, which stand uncompressed in every signed file: a PDF parser reads the same
    hexadecimal digits one by one.
    """
    found: list[asn1_cms.ContentInfo] = []
    stamps: list[asn1_cms.ContentInfo] = []
    for match in sorted(_BYTE_RANGE.finditer(pdf), key=lambda one: int(one[1])):
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
            stamps.append(container)
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


def _stamp(writer: QuietWriter, timestamper: Timestamper, name: str) -> asn1_cms.ContentInfo:
    """Write the pending changes of *writer* as a revision ended by a document time stamp; return its token."""
    spec = SigFieldSpec(name, invis_sig_settings=InvisSigSettings())
    steps = PdfCMSEmbedder(new_field_spec=spec).write_cms(name, writer)
    next(steps)
    placeholder = DocumentTimestamp(bytes_reserved=2 * _RESERVE)  # type: ignore[no-untyped-call]
    steps.send(SigObjSetup(sig_placeholder=placeholder))
    digest, _ = steps.send(SigIOSetup(md_algorithm="sha256", in_place=True))
    token = asn1_cms.ContentInfo.load(timestamper.timestamp(digest.document_digest))
    steps.send(token)
    return token
