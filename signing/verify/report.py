"""The report as canonical JSON (schema in ``docs/verification.md``): a view of a verdict, nothing is decided here.

The other forms (HTML, PDF/A, ETSI TS 119 102-2) say the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from signing.verify.model import (
    CertificateInfo,
    DocumentVerdict,
    Indication,
    SignatureVerdict,
    Status,
    TimestampVerdict,
)
from signing.verify.rules import POLICY_ID, POLICY_SHA256

SCHEMA = "sohoa-verification-1"
COVERAGE = {"file": "toàn bộ tệp", "revision": "trọn phiên bản", "part": "một phần", "unclear": "không rõ", "none": "-"}
ROLES = {"person": "người chứng thực", "agency": "cơ quan", "agency+person": "người hoặc cơ quan", "": "chưa xác định"}


@dataclass(frozen=True)
class About:
    """What a report tells beside the verdict.

    Attributes:
        file_name: of the file that was judged.
        report_id: of the report, where it is kept under one.
        tool: who judged.
        register: what the register of certified copies said of the file; None where it was not asked.
        pdfa: what became of the file's claim to be PDF/A; None where it was not examined.
    """

    file_name: str = ""
    report_id: str = ""
    tool: str = "sohoa"
    register: Mapping[str, str] | None = None
    pdfa: Mapping[str, Any] | None = None


NOTHING = About()


def to_dict(verdict: DocumentVerdict, about: About = NOTHING) -> dict[str, Any]:
    """Return the report as plain JSON values. Times are UTC, ISO 8601; hashes lower-case hex; offsets bytes."""
    return {
        "schema": SCHEMA,
        "report": {"id": about.report_id, "time": _utc(verdict.verified_at), "tool": about.tool},
        "file": {"name": about.file_name, "size": verdict.size, "sha256": verdict.sha256, "pages": verdict.pages},
        "policy": {"id": POLICY_ID, "sha256": POLICY_SHA256},
        "trust": {"version": verdict.trust_version, "name": verdict.trust_name},
        "online": verdict.online,
        "status": verdict.status.value,
        "verdict": {
            "indication": verdict.indication.total,
            "sub_indication": verdict.sub_indication,
            "code": verdict.code,
            "vietnamese": verdict.vietnamese,
            "cryptographic": worst_indication(s.cryptographic for s in verdict.signatures).value,
            "integrity": document_integrity(verdict).value,
            "level": str(verdict.level),
            "reasons": _reasons(verdict.reasons),
        },
        "signatures": [_signature(s) for s in verdict.signatures],
        "timestamps": [_timestamp(t) for t in verdict.timestamps],
        "revisions": [
            {
                "number": r.number,
                "start": r.start,
                "end": r.end,
                "kind": r.kind,
                "objects": r.objects,
                "fields": list(r.signed_by),
                "changes": r.changes,
                "allowed": r.allowed,
            }
            for r in verdict.revisions
        ],
        "uncovered": [{"start": a, "end": b} for a, b in verdict.uncovered],
        "evidence": [
            {
                "kind": e.kind,
                "producer": e.producer,
                "this_update": _utc(e.this_update),
                "next_update": _utc(e.next_update),
                "sha256": e.sha256,
                "origin": e.origin,
            }
            for e in verdict.evidence
        ],
        "needed": [
            {
                "kind": n.kind,
                "about": list(n.about),
                "certificate": n.certificate,
                "serial": n.serial,
                "sha256": n.sha256,
                "issuer": n.issuer,
                "addresses": list(n.addresses),
                "since": _utc(n.since),
                "until": _utc(n.until),
                "message": n.vietnamese,
            }
            for n in verdict.needed
        ],
        "content": {
            "scripts": verdict.content.scripts,
            "attachments": verdict.content.attachments,
            "form_fields": verdict.content.form_fields,
            "layers": verdict.content.layers,
            "dynamic_form": verdict.content.dynamic_form,
            "encrypted": verdict.content.encrypted,
        },
        "second_opinion": verdict.second_opinion,
        "register": None if about.register is None else dict(about.register),
        "pdfa": None if about.pdfa is None else dict(about.pdfa),
        "limits": limits_of(verdict, register_asked=about.register is not None, pdfa_asked=about.pdfa is not None),
    }


def to_json(verdict: DocumentVerdict, about: About = NOTHING) -> str:
    """Return the canonical JSON report: sorted keys, UTF-8 text, one final newline."""
    return json.dumps(to_dict(verdict, about), ensure_ascii=False, sort_keys=True, indent=1) + "\n"


def limits_of(verdict: DocumentVerdict, *, register_asked: bool = False, pdfa_asked: bool = False) -> list[str]:
    """Say what was not checked, in Vietnamese; every report shows it."""
    limits = list(verdict.limits)
    if verdict.status is Status.VERIFIED:
        if not pdfa_asked:
            limits.append("Không kiểm tra sự phù hợp PDF/A.")
        if not register_asked:
            limits.append("Không đối chiếu sổ chứng thực.")
        limits.append("Thay đổi được xét theo đối tượng PDF; hình ảnh các trang, nếu có, chỉ để xem.")
    if not verdict.second_opinion:
        limits.append("Không có ý kiến của bộ kiểm tra thứ hai.")
    return limits


def document_integrity(verdict: DocumentVerdict) -> Indication:
    """Return the worst word on the document's integrity: of its signatures, and of what no signature answers for."""
    parts = {r for s in verdict.signatures for r in s.reasons} | {r for t in verdict.timestamps for r in t.reasons}
    rest = [r.indication for r in verdict.reasons if r not in parts and r.sub_indication == "FORMAT_FAILURE"]
    return worst_indication([*(s.integrity for s in verdict.signatures), *rest])


def worst_indication(indications: Iterable[Indication]) -> Indication:
    """Return the worst of *indications*; INDETERMINATE where there is none."""
    return max(indications, key=lambda i: i.severity, default=Indication.INDETERMINATE)


def _reasons(reasons: Sequence[Any]) -> list[dict[str, str]]:
    return [
        {"code": r.code, "indication": r.indication.value, "sub_indication": r.sub_indication, "message": r.message}
        for r in reasons
    ]


def _certificate(info: CertificateInfo | None) -> dict[str, Any] | None:
    if info is None:
        return None
    return {
        "common_name": info.common_name,
        "organisation": info.organisation,
        "issuer": info.issuer,
        "serial": info.serial,
        "sha256": info.sha256,
        "key": info.key,
        "valid_from": _utc(info.valid_from),
        "valid_until": _utc(info.valid_until),
    }


def _timestamp(stamp: TimestampVerdict) -> dict[str, Any]:
    return {
        "kind": stamp.kind,
        "field": stamp.field,
        "indication": stamp.indication.value,
        "sub_indication": stamp.sub_indication,
        "reasons": _reasons(stamp.reasons),
        "time": _utc(stamp.time),
        "authority": _certificate(stamp.authority),
        "policy": stamp.policy,
        "revision": stamp.revision + 1,
        "trust_anchor": stamp.trust_anchor,
    }


def _signature(s: SignatureVerdict) -> dict[str, Any]:
    return {
        "field": s.field,
        "role": s.role,
        "indication": s.indication.total,
        "sub_indication": s.sub_indication,
        "cryptographic": s.cryptographic.value,
        "integrity": s.integrity.value,
        "reasons": _reasons(s.reasons),
        "signer": _certificate(s.signer),
        "chain": [_certificate(c) for c in s.chain],
        "algorithm": s.algorithm,
        "sub_filter": s.sub_filter,
        "claimed_time": _utc(s.claimed_time),
        "proven_time": _utc(s.proven_time),
        "proven_by": s.proven_by,
        "level": str(s.level),
        "coverage": s.coverage,
        "covered_bytes": s.covered_bytes,
        "covered_sha256": s.covered_sha256,
        "revision": s.revision,
        "visible": s.visible,
        "timestamps": [_timestamp(t) for t in s.timestamps],
        "trust_anchor": s.trust_anchor,
        "trust_at_signing": s.trust_at_signing,
    }


def _utc(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment is not None else None
