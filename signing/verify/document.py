"""The verdict on one PDF: structure, every signature, every timestamp, every later revision; the worst one wins.

``verify_pdf`` never raises for bad input and never opens a connection by itself. For files from strangers use
``signing.verify.isolated``, which adds limits on time and memory.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from signing.trust import TrustStore
from signing.verify import changes, faster, structure
from signing.verify.asking import EvidenceFetcher, fetch_all
from signing.verify.content import Content
from signing.verify.evidence import Evidence
from signing.verify.filling import Permission, permitted
from signing.verify.hybrid import hybrid_fault
from signing.verify.model import DocumentVerdict, Expected, Reason
from signing.verify.needed import what_is_needed
from signing.verify.opening import Opened, open_pdf
from signing.verify.parts import Parts
from signing.verify.proof import Prover
from signing.verify.register_facts import against_register
from signing.verify.revisions import end_of_file, revision_table
from signing.verify.signature import judge_signature
from signing.verify.states import filled_in_later
from signing.verify.summing import (
    Description,
    closed,
    content_or_nothing,
    describe_leniently,
    document_verdict,
    first_notes,
    malformed,
    page_count,
)
from signing.verify.timestamps import judge_document_timestamps
from signing.verify.words import reason

log = logging.getLogger(__name__)
# pyHanko logs whole subject names, which hold personal numbers; they must not reach any log
for _name in ("pyhanko", "pyhanko_certvalidator"):
    logging.getLogger(_name).setLevel(logging.CRITICAL + 1)
MAX_BYTES = 512 * 1024 * 1024


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
        return closed(b"", path.stat().st_size, trust, now, fetch, reason("too-large"))
    data = path.read_bytes() if isinstance(path, Path) else path
    faster.apply()
    return asyncio.run(_verify(data, trust, now, fetch, expected))


async def _verify(
    data: bytes, trust: TrustStore, now: datetime, fetch: EvidenceFetcher | None, expected: Expected | None
) -> DocumentVerdict:
    try:
        opened = open_pdf(data, strict=True)
    except MemoryError:
        return closed(data, len(data), trust, now, fetch, reason("worker-memory"))
    except Exception as error:  # strict parsing: whatever it is, the file is not trusted; only its description remains
        return _unparsed(data, trust, now, fetch, expected, error)
    if opened.reader.encrypted:
        return closed(data, len(data), trust, now, fetch, reason("encrypted"))
    try:
        return await _examine(data, opened, trust, now, fetch, expected)
    except MemoryError:
        return closed(data, len(data), trust, now, fetch, reason("worker-memory"))
    except Exception as error:
        log.warning("verification stopped: %s", type(error).__name__)
        found = [reason("structure", f"({type(error).__name__})")]
        return document_verdict(data, trust, now, fetch, found, describe_leniently(data))


async def _examine(
    data: bytes,
    opened: Opened,
    trust: TrustStore,
    now: datetime,
    fetch: EvidenceFetcher | None,
    expected: Expected | None,
) -> DocumentVerdict:
    reader, notes = opened.reader, first_notes(fetch is not None)
    revisions = structure.spans(reader, data)
    found: list[Reason] = []
    signed = [e.signed_revision for e in opened.embedded]
    content = content_or_nothing(reader)
    found += _content_faults(content)
    if structure.twofold_object(reader, data):
        found.append(reason("twofold-xref"))
    doubt = hybrid_fault(reader, data, signed)
    if doubt:
        found.append(reason("hybrid-xref", f"({doubt})"))
    for revision in filled_in_later(reader, data, revisions, signed):
        found.append(reason("filled-in-later", f"(phiên bản {revision + 1})"))
    if structure.tail(data, revisions):
        found.append(reason("bytes-after-end"))
    reachable = {tuple(int(v) for v in e.byte_range) for e in opened.embedded}
    if structure.declared_byte_ranges(data) - reachable:
        found.append(reason("unreachable-signature"))
    if _shared([(e.field_name, tuple(int(v) for v in e.byte_range)) for e in opened.embedded]):
        found.append(reason("shared-signature"))
    if not opened.embedded and not opened.malformed:
        found.append(reason("no-signature"))
        found += against_register([], expected, data)
        described = Description(content.active, page_count(reader))
        return document_verdict(data, trust, now, fetch, found, described, notes=notes)

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
        fetch_all(opened.embedded, trust, evidence, fetch, notes)

    prover = Prover(trust, now, evidence)
    damaged = prover.damaged_evidence()
    if damaged:
        found.append(reason("damaged-evidence", f"({damaged})"))
    parts = [Parts.of(e) for e in opened.embedded]
    may_fill = permitted([Permission.of(p.embedded) for p in parts if p.kind == "/Sig"])
    later = {p.revision: changes.changes_after(reader, p.revision, may_fill) for p in parts}
    stamps, proofs = await judge_document_timestamps(data, reader, parts, prover, later)
    signatures = [
        await judge_signature(data, part, prover, proofs, later[part.revision], opened.widgets, stamps)
        for part in parts
        if part.kind == "/Sig"
    ]
    signatures += [malformed(p.field, f"kiểu {p.kind}") for p in parts if p.kind not in ("/Sig", "/DocTimeStamp")]
    signatures += [malformed(name, why) for name, why in opened.malformed]
    if not signatures and not stamps:
        found.append(reason("no-signature"))
    elif not signatures:
        found.append(reason("no-signature", "Tệp chỉ có dấu thời gian."))
    found += end_of_file(data, reader, revisions, parts, may_fill)
    for verdict in signatures:
        found += verdict.reasons
    for stamp in stamps:
        found += stamp.reasons
    found += against_register(signatures, expected, data)
    if not found and prover.unattached_certificates():
        found.append(reason("unattached-certificate"))
    notes += _filled(later.values())
    description = Description(
        content.active,
        page_count(reader),
        tuple(signatures),
        tuple(stamps),
        revision_table(reader, revisions, parts, may_fill),
        structure.uncovered(len(data), [e.byte_range for e in opened.embedded]),
        needed=what_is_needed(parts, signatures, stamps, prover),
    )
    return document_verdict(data, trust, now, fetch, found, description, evidence, notes)


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
        return closed(data, len(data), trust, now, fetch, reason("not-pdf"))
    signed = bool(structure.declared_byte_ranges(data)) or b"/ByteRange" in data
    description = describe_leniently(data)
    if signed or description.signed:
        found = [reason("structure", f"({type(error).__name__})")]
    elif description.pages:
        found = [reason("no-signature", "Cấu trúc tệp có lỗi.")]
    else:
        return closed(data, len(data), trust, now, fetch, reason("unreadable", f"({type(error).__name__})"))
    return document_verdict(data, trust, now, fetch, found + against_register([], expected, data), description)


def _content_faults(content: Content) -> list[Reason]:
    found = []
    if content.outside:
        found.append(reason("content-outside"))
    if content.doubtful:
        found.append(reason("doubtful-object", f"({content.doubtful})"))
    if not content.complete:
        found.append(reason("too-many-objects"))
    return found


def _shared(signatures: Sequence[tuple[str, tuple[int, ...]]]) -> bool:
    """Say whether two fields have one name, or one signed range of bytes and so one value."""
    names, ranges = {name for name, _ in signatures}, {covered for _, covered in signatures}
    return len(names) < len(signatures) or len(ranges) < len(signatures)


def _filled(later: Iterable[Iterable[changes.Change]]) -> list[str]:
    names = sorted({name for some in later for change in some for name in change.filled})
    if not names:
        return []
    told = f"Ô biểu mẫu được điền sau khi ký, chữ ký cho phép điền: {', '.join(names)}."
    return [f"{told} Giá trị đã điền không do chữ ký có trước lúc điền bảo đảm."]
