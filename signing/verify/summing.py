"""Putting the verdict on a file together: what is described beside it, and the worst reason as the answer."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from signing.trust import TrustStore
from signing.verify.asking import EvidenceFetcher
from signing.verify.content import Content, content_of
from signing.verify.evidence import Evidence
from signing.verify.model import (
    ActiveContent,
    DocumentVerdict,
    Indication,
    Level,
    NeededEvidence,
    Reason,
    Revision,
    SignatureVerdict,
    Status,
    TimestampVerdict,
    worst,
)
from signing.verify.opening import open_pdf
from signing.verify.words import plain, reason


def first_notes(online: bool) -> list[str]:
    """Begin the list of what was not checked and why, in Vietnamese, which is printed on every report."""
    if online:
        return []
    return ["Kiểm tra ngoại tuyến: chỉ dùng chứng cứ thu hồi có trong tệp và trong thư mục tin cậy."]


@dataclass(frozen=True)
class Description:
    """What is told of a file beside its verdict; empty as far as nothing could be read."""

    content: ActiveContent = field(default_factory=ActiveContent)
    pages: int = 0
    signatures: tuple[SignatureVerdict, ...] = ()
    timestamps: tuple[TimestampVerdict, ...] = ()
    revisions: tuple[Revision, ...] = ()
    uncovered: tuple[tuple[int, int], ...] = ()
    signed: bool = False
    needed: tuple[NeededEvidence, ...] = ()


def describe_leniently(data: bytes) -> Description:
    """Read leniently, to describe only: nothing found this way can make a verdict better."""
    try:
        opened = open_pdf(data, strict=False)
        if opened.reader.encrypted:
            return Description()
        names = [*(plain(e.field_name) for e in opened.embedded), *(name for name, _ in opened.malformed)]
        signatures = tuple(malformed(name, "không kiểm tra vì cấu trúc tệp sai") for name in names)
        return Description(
            content_or_nothing(opened.reader).active, page_count(opened.reader), signatures, signed=bool(names)
        )
    except Exception:
        return Description()


def content_or_nothing(reader: Any) -> Content:
    """Look at what the file leads to; of a file that cannot be walked nothing is known."""
    try:
        return content_of(reader)
    except Exception:
        return Content(complete=False)


def page_count(reader: Any) -> int:
    """Return the number of pages that the page tree claims; 0 where it claims none."""
    try:
        return int(reader.root["/Pages"]["/Count"])
    except Exception:
        return 0


def malformed(name: str, why: str) -> SignatureVerdict:
    """Return the verdict on a signature that cannot be read; *why* is a technical name or Vietnamese."""
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


def closed(
    data: bytes, size: int, trust: TrustStore, now: datetime, fetch: EvidenceFetcher | None, why: Reason
) -> DocumentVerdict:
    """Return the verdict on a file that could not be examined."""
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


def document_verdict(
    data: bytes,
    trust: TrustStore,
    now: datetime,
    fetch: EvidenceFetcher | None,
    found: list[Reason],
    description: Description,
    evidence: Evidence | None = None,
    notes: list[str] | None = None,
) -> DocumentVerdict:
    """Return the verdict on an examined file: the worst of *found*, PASSED where nothing was found."""
    reasons = tuple(dict.fromkeys(r for r in found if r.indication is not Indication.PASSED))
    indication, sub_indication = worst(reasons)
    first = next((r for r in reasons if r.indication is indication), None)
    notes = list(first_notes(fetch is not None) if notes is None else notes)
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
        needed=description.needed,
    )
