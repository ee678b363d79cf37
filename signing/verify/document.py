"""The verdict on one PDF: structure, every signature, every timestamp, every later revision; the worst one wins.

``verify_pdf`` never raises for bad input and never opens a connection by itself. For files from strangers use
``signing.verify.isolated``, which adds limits on time and memory.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import enumerate_sig_fields
from pyhanko.sign.validation import EmbeddedPdfSignature

from signing.trust import TrustStore
from signing.verify import changes, faster, structure
from signing.verify.evidence import Evidence, EvidenceFetcher, fetch_for
from signing.verify.model import (
    ActiveContent,
    DocumentVerdict,
    Expected,
    Indication,
    Level,
    Reason,
    Revision,
    SignatureVerdict,
    Status,
    TimestampVerdict,
    worst,
)
from signing.verify.proof import Prover
from signing.verify.signature import Parts, judge_document_timestamps, judge_signature
from signing.verify.words import plain, reason

log = logging.getLogger(__name__)
# pyHanko logs whole subject names, which hold personal numbers; they must not reach any log
for _name in ("pyhanko", "pyhanko_certvalidator"):
    logging.getLogger(_name).setLevel(logging.CRITICAL + 1)
MAX_BYTES = 512 * 1024 * 1024
MAX_SIGNATURES = 60


@dataclass
class _Opened:
    reader: Any
    embedded: list[EmbeddedPdfSignature]
    malformed: list[tuple[str, str]]
    widgets: list[changes.Widget]


def verify_pdf(
    path: Path | bytes,
    trust: TrustStore,
    *,
    now: datetime,
    fetch: EvidenceFetcher | None = None,
    expected: Expected | None = None,
) -> DocumentVerdict:
    """Verify every signature of one PDF (ETSI EN 319 102-1 with ISO 32000-2 modification rules).

    Args:
        path: the file, or its bytes.
        trust: the anchors; the machine's own roots are never used.
        now: the moment of validation (aware datetime).
        fetch: asks allowed hosts for revocation evidence; None is offline: only evidence at hand counts.
        expected: what the register knows; given, an extra or missing signature is FAILED.

    Returns:
        The verdict; ``status`` is ``unreadable`` when the file could not be examined. Nothing is raised for any
        content of the file. ``OSError`` is raised when *path* itself cannot be read.
    """
    if now.tzinfo is None:
        raise ValueError("now must be an aware datetime")
    if isinstance(path, Path) and path.stat().st_size > MAX_BYTES:
        return _closed(b"", path.stat().st_size, trust, now, fetch, reason("too-large"))
    data = path.read_bytes() if isinstance(path, Path) else path
    faster.apply()
    return asyncio.run(_verify(data, trust, now, fetch, expected))


async def _verify(
    data: bytes, trust: TrustStore, now: datetime, fetch: EvidenceFetcher | None, expected: Expected | None
) -> DocumentVerdict:
    try:
        opened = _open(data, strict=True)
    except MemoryError:
        return _closed(data, len(data), trust, now, fetch, reason("worker-memory"))
    except Exception as error:  # strict parsing: whatever it is, the file is not trusted; only its description remains
        return _unparsed(data, trust, now, fetch, expected, error)
    if opened.reader.encrypted:
        return _closed(data, len(data), trust, now, fetch, reason("encrypted"))
    try:
        return await _examine(data, opened, trust, now, fetch, expected)
    except MemoryError:
        return _closed(data, len(data), trust, now, fetch, reason("worker-memory"))
    except Exception as error:
        log.warning("verification stopped: %s", type(error).__name__)
        found = [reason("structure", f"({type(error).__name__})")]
        return _verdict(data, trust, now, fetch, found, _describe(data))


async def _examine(
    data: bytes,
    opened: _Opened,
    trust: TrustStore,
    now: datetime,
    fetch: EvidenceFetcher | None,
    expected: Expected | None,
) -> DocumentVerdict:
    reader, limits = opened.reader, _Limits(fetch is not None)
    revisions = structure.spans(reader, data)
    found: list[Reason] = []
    if reader.xrefs.hybrid_xrefs_present:
        found.append(reason("hybrid-xref"))
    if structure.tail(data, revisions):
        found.append(reason("bytes-after-end"))
    reachable = {tuple(int(v) for v in e.byte_range) for e in opened.embedded}
    if structure.declared_byte_ranges(data) - reachable:
        found.append(reason("unreachable-signature"))
    if not opened.embedded and not opened.malformed:
        found.append(reason("no-signature"))
        found += _against_register([], expected, data)
        content = _content(reader)
        return _verdict(data, trust, now, fetch, found, _Description(content, _pages(reader)), limits=limits)

    evidence = Evidence()
    for der in trust.intermediates:
        evidence.add("cert", der, "trust-store")
    for der in trust.crls:
        evidence.add("crl", der, "trust-store")
    evidence.add_dss(reader)
    for embedded in opened.embedded:
        evidence.add_cms(embedded.signed_data)
        for token in Parts.of(embedded).tokens:
            evidence.add_cms(token)
    if fetch is not None:
        _fetch_all(opened.embedded, trust, evidence, fetch, limits.notes)

    prover = Prover(trust, now, evidence)
    damaged = prover.damaged_evidence()
    if damaged:
        found.append(reason("damaged-evidence", f"({damaged})"))
    parts = [Parts.of(e) for e in opened.embedded]
    later = {p.revision: changes.changes_after(reader, p.revision) for p in parts}
    stamps, proofs = await judge_document_timestamps(data, reader, parts, prover, later)
    signatures = [
        await judge_signature(data, part, prover, proofs, later[part.revision], opened.widgets, stamps)
        for part in parts
        if part.kind == "/Sig"
    ]
    signatures += [_malformed(p.field, f"kiểu {p.kind}") for p in parts if p.kind not in ("/Sig", "/DocTimeStamp")]
    signatures += [_malformed(name, why) for name, why in opened.malformed]
    if not signatures and not stamps:
        found.append(reason("no-signature"))
    elif not signatures:
        found.append(reason("no-signature", "Tệp chỉ có dấu thời gian."))
    found += _end_of_file(data, reader, revisions, parts)
    for verdict in signatures:
        found += verdict.reasons
    for stamp in stamps:
        found += stamp.reasons
    found += _against_register(signatures, expected, data)
    if not found and prover.unattached_certificates():
        found.append(reason("unattached-certificate"))
    description = _Description(
        _content(reader),
        _pages(reader),
        tuple(signatures),
        tuple(stamps),
        _revision_table(reader, revisions, parts),
        structure.uncovered(len(data), [e.byte_range for e in opened.embedded]),
    )
    return _verdict(data, trust, now, fetch, found, description, evidence, limits)


# -- opening ---------------------------------------------------------------------------------------------------------


def _open(data: bytes, *, strict: bool) -> _Opened:
    reader = PdfFileReader(io.BytesIO(data), strict=strict)
    if reader.encrypted:
        return _Opened(reader, [], [], [])
    _ = reader.root["/Pages"]
    embedded: list[EmbeddedPdfSignature] = []
    malformed: list[tuple[str, str]] = []
    fields = list(enumerate_sig_fields(reader))[: MAX_SIGNATURES * 4]
    filled = [(name, ref) for name, value, ref in fields if value is not None]
    for name, holder in filled[:MAX_SIGNATURES]:
        try:
            signature = EmbeddedPdfSignature(reader, holder, name)
            _ = signature.signer_info["signature"].native, signature.compute_digest()
            if not _numeric(signature.byte_range):
                raise ValueError("ByteRange")
            embedded.append(signature)
        except Exception as error:  # pyHanko raises seven kinds of exception here; each is a malformed signature
            malformed.append((plain(name), type(error).__name__))
    malformed += [(plain(name), "too many signatures") for name, _ in filled[MAX_SIGNATURES:]]
    embedded.sort(key=lambda e: e.signed_revision)
    widgets = list(changes.signature_widgets(reader, fields))
    return _Opened(reader, embedded, malformed, widgets)


def opened_leniently(data: bytes) -> tuple[Any, list[EmbeddedPdfSignature]]:
    """Return the reader and the signatures of a file, for taking things out of it; raises whatever the file provokes.

    Nothing read this way may count for a verdict.
    """
    opened = _open(data, strict=False)
    return opened.reader, opened.embedded


def _unparsed(
    data: bytes,
    trust: TrustStore,
    now: datetime,
    fetch: EvidenceFetcher | None,
    expected: Expected | None,
    error: Exception,
) -> DocumentVerdict:
    """A file that the strict parser refuses: FAILED if it carries signatures, unreadable or unsigned otherwise."""
    if b"%PDF-" not in data[:1024]:
        return _closed(data, len(data), trust, now, fetch, reason("not-pdf"))
    signed = bool(structure.declared_byte_ranges(data)) or b"/ByteRange" in data
    description = _describe(data)
    if signed or description.signed:
        found = [reason("structure", f"({type(error).__name__})")]
    elif description.pages:
        found = [reason("no-signature", "Cấu trúc tệp có lỗi.")]
    else:
        return _closed(data, len(data), trust, now, fetch, reason("unreadable", f"({type(error).__name__})"))
    return _verdict(data, trust, now, fetch, found + _against_register([], expected, data), description)


@dataclass(frozen=True)
class _Description:
    content: ActiveContent = field(default_factory=ActiveContent)
    pages: int = 0
    signatures: tuple[SignatureVerdict, ...] = ()
    timestamps: tuple[TimestampVerdict, ...] = ()
    revisions: tuple[Revision, ...] = ()
    uncovered: tuple[tuple[int, int], ...] = ()
    signed: bool = False


def _describe(data: bytes) -> _Description:
    """Read leniently, to describe only: nothing found this way can make a verdict better."""
    try:
        opened = _open(data, strict=False)
        if opened.reader.encrypted:
            return _Description()
        names = [*(plain(e.field_name) for e in opened.embedded), *(name for name, _ in opened.malformed)]
        signatures = tuple(_malformed(name, "không kiểm tra vì cấu trúc tệp sai") for name in names)
        return _Description(_content(opened.reader), _pages(opened.reader), signatures, signed=bool(names))
    except Exception:
        return _Description()


def _content(reader: Any) -> ActiveContent:
    try:
        return structure.active_content(reader)
    except Exception:
        return ActiveContent()


def _pages(reader: Any) -> int:
    try:
        return int(reader.root["/Pages"]["/Count"])
    except Exception:
        return 0


def _numeric(byte_range: Any) -> bool:
    try:
        return len([int(v) for v in byte_range]) == 4
    except (TypeError, ValueError):
        return False


# -- parts of the verdict --------------------------------------------------------------------------------------------


class _Limits:
    """What was not checked, and why: printed on every report."""

    def __init__(self, online: bool) -> None:
        self.notes: list[str] = []
        if not online:
            self.notes.append("Kiểm tra ngoại tuyến: chỉ dùng chứng cứ thu hồi có trong tệp và trong thư mục tin cậy.")


def _fetch_all(
    embedded: Sequence[EmbeddedPdfSignature],
    trust: TrustStore,
    evidence: Evidence,
    fetch: EvidenceFetcher,
    limits: list[str],
) -> None:
    """Ask once for every certificate in the signatures' chains whose issuer is at hand."""
    from asn1crypto import x509

    roots = [x509.Certificate.load(a.der) for a in trust.anchors]
    known = [*evidence.certificates.values(), *roots]
    root_ders = {a.der for a in trust.anchors}
    for certificate in [c for c in evidence.certificates.values() if c.dump() not in root_ders][:12]:
        issuer = next((c for c in known if c.subject.hashable == certificate.issuer.hashable), None)
        if issuer is not None and certificate.ocsp_no_check_value is None:
            fetch_for(certificate, issuer, fetch, evidence, limits)


def _end_of_file(data: bytes, reader: Any, revisions: Sequence[structure.Span], parts: Sequence[Parts]) -> list[Reason]:
    """Whatever follows the last signed revision must be validation data and nothing else."""
    found: list[Reason] = []
    for span in revisions if parts else ():
        if span.index <= max(p.revision for p in parts):
            continue
        change = changes.change_of(reader, span.index, signed=False) if span.index else None
        if change is None or not (change.allowed and change.evidence_only):
            found.append(reason("uncovered-change", f"(phiên bản {span.index + 1})"))
        elif structure.foreign_objects(reader, data, span):
            found.append(reason("duplicate-end", f"(phiên bản {span.index + 1})"))
    return found


def _revision_table(reader: Any, revisions: Sequence[structure.Span], parts: Sequence[Parts]) -> tuple[Revision, ...]:
    rows = []
    first = min((p.revision for p in parts), default=len(revisions))
    for number, span in enumerate(revisions, start=1):
        inside = [p for p in parts if p.revision == span.index]
        names = tuple(p.field for p in inside)
        if number == 1:
            kind, text, allowed = "original", "Bản đầu", True
        elif span.index <= first:
            # nothing was signed yet: whatever this revision did, the first signature covers
            kind, text, allowed = ("signature", "Thêm chữ ký", True) if inside else ("edit", "Sửa trước khi ký", True)
        else:
            change = changes.change_of(reader, span.index)
            allowed = change.allowed
            if not allowed:
                kind, text = "forbidden", f"Thay đổi không được phép: {changes.in_words(reader, span.index)}"
            elif any(p.kind == "/Sig" for p in inside):
                kind, text = "signature", "Thêm chữ ký"
            elif inside:
                kind, text = "timestamp", "Thêm dấu thời gian tài liệu"
            elif change.evidence_only:
                kind, text = "evidence", "Thêm dữ liệu xác minh (chứng thư, OCSP, CRL)"
            else:
                kind, text = "fields", "Thêm hoặc sửa ô chữ ký"
        if number == 1 and names:
            kind, text = "signature", "Bản đầu, đã có chữ ký"
        objects = len(reader.xrefs.explicit_refs_in_revision(span.index))
        rows.append(Revision(number, span.start, span.end, kind, objects, names, text, allowed))
    return tuple(rows)


def _malformed(name: str, why: str) -> SignatureVerdict:
    fault = reason("malformed", f"({why})")
    return SignatureVerdict(
        field=name,
        role="",
        indication=Indication.FAILED,
        sub_indication=fault.sub_indication,
        cryptographic=Indication.FAILED,
        integrity=Indication.FAILED,
        reasons=(fault,),
        signer=None,
        algorithm="",
        claimed_time=None,
        proven_time=None,
        proven_by="",
        level=Level.NONE,
        coverage="none",
        covered_bytes=0,
        covered_sha256="",
        revision=0,
        visible=False,
        timestamps=(),
        chain=(),
        trust_anchor="",
        sub_filter="",
    )


def _against_register(found: Sequence[SignatureVerdict], expected: Expected | None, data: bytes) -> list[Reason]:
    """Compare with what the register knows: stripping, extra signers and rollback are visible only this way."""
    if expected is None:
        return []
    faults: list[Reason] = []
    wanted = {s.field: s for s in expected.signatures}
    names = {s.field for s in found}
    faults += [reason("missing-signature", f"({name})") for name in wanted if name not in names]
    for verdict in found:
        entry = wanted.get(verdict.field)
        if entry is None:
            faults.append(reason("unexpected-signature", f"({verdict.field})"))
            continue
        if entry.role and verdict.role and entry.role not in verdict.role.split("+"):
            faults.append(reason("wrong-role", f"({verdict.field})"))
        if entry.certificate_sha256 and (
            verdict.signer is None or verdict.signer.sha256 != entry.certificate_sha256.lower()
        ):
            faults.append(reason("wrong-certificate", f"({verdict.field})"))
        if verdict.level < expected.level:
            faults.append(reason("level-lower", f"({verdict.field}: {verdict.level} < {expected.level})"))
    if expected.sha256 and hashlib.sha256(data).hexdigest() != expected.sha256.lower():
        faults.append(reason("not-issued-bytes"))
    return faults


def _closed(
    data: bytes, size: int, trust: TrustStore, now: datetime, fetch: EvidenceFetcher | None, why: Reason
) -> DocumentVerdict:
    return DocumentVerdict(
        status=Status.UNREADABLE,
        indication=Indication.INDETERMINATE,
        sub_indication=why.sub_indication,
        code=why.code,
        reasons=(why,),
        sha256=hashlib.sha256(data).hexdigest() if data or not size else "",
        size=size,
        verified_at=now,
        trust_version=trust.version,
        trust_name=trust.name,
        online=fetch is not None,
        content=ActiveContent(encrypted=why.code == "encrypted"),
    )


def _verdict(
    data: bytes,
    trust: TrustStore,
    now: datetime,
    fetch: EvidenceFetcher | None,
    found: list[Reason],
    description: _Description,
    evidence: Evidence | None = None,
    limits: _Limits | None = None,
) -> DocumentVerdict:
    reasons = tuple(dict.fromkeys(r for r in found if r.indication is not Indication.PASSED))
    indication, sub_indication = worst(reasons)
    first = next((r for r in reasons if r.indication is indication), None)
    notes = list((limits or _Limits(fetch is not None)).notes)
    if evidence is not None and evidence.left_out:
        notes.append(f"Tệp chứa quá nhiều chứng cứ; {evidence.left_out} mục không được xét.")
    if description.content.scripts:
        notes.append("Tệp có mã kịch bản hoặc hành động tự chạy; nội dung hiển thị có thể tùy phần mềm.")
    return DocumentVerdict(
        status=Status.VERIFIED,
        indication=indication,
        sub_indication=sub_indication,
        code=first.code if first else "ok",
        reasons=reasons,
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
        verified_at=now,
        trust_version=trust.version,
        trust_name=trust.name,
        online=fetch is not None,
        signatures=tuple(replace(s, trust_at_signing=trust.version_at(s.proven_time)) for s in description.signatures),
        timestamps=description.timestamps,
        revisions=description.revisions,
        evidence=evidence.describe() if evidence is not None else (),
        uncovered=description.uncovered,
        content=description.content,
        limits=tuple(notes),
        pages=description.pages,
    )
