"""``sohoa audit-log``: is every row as it was written, and if not, which one; and proof of it kept elsewhere."""

from __future__ import annotations

import argparse
from typing import Any

from pipeline.cli.common import agency_code, command, opened_workplace, print_json, verbs_of

_HEAD_WHY = {
    "missing": "dòng này không còn",
    "rewritten": "dòng này có mã băm khác",
    "time stamp": "dấu thời gian không chứng minh được",
    "unreadable": "bản lưu không đọc được",
    "removed": "bản lưu này đã bị xóa khỏi kho",
}
_WHY = {
    "altered": "nội dung bị sửa",
    "rewritten": "nội dung bị sửa và mã băm bị tính lại",
    "missing": "dòng bị xóa",
    "added": "dòng bị thêm vào",
}


def add(commands: Any) -> None:
    """Add the command to the grammar."""
    verbs = verbs_of(
        commands,
        "audit-log",
        "Verify the audit log's chain, and keep its heads where nobody can change them.",
        "sohoa audit-log verify",
    )
    verify = command(
        verbs,
        "verify",
        "Recompute the audit log's chain from its first row and name the first row that was edited, removed or added. "
        "Compare it with the heads kept in the object store, time-stamped. Exit 1 when anything disagrees.",
        "sohoa audit-log verify\n  sohoa audit-log verify --agency H24.01 --json",
    )
    verify.add_argument("--agency", help="only the log of this agency")
    verify.set_defaults(run=run)
    keep = command(
        verbs,
        "keep",
        "Time-stamp the head of every chain that grew and keep it in the object store, under lock where there is one. "
        "Run it hourly: what was kept contradicts a chain that is computed anew.",
        "sohoa audit-log keep",
    )
    keep.set_defaults(run=run_keep)


def run_keep(_args: argparse.Namespace) -> int:
    """Keep the heads and print one line an agency."""
    from pipeline.certify.site import open_evidence
    from pipeline.log_heads import keep_log_heads
    from pipeline.settings import load_settings
    from pipeline.workplace import open_workplace

    settings = load_settings()
    with open_workplace(settings) as workplace, open_evidence(settings, workplace.clock) as site:
        kept = keep_log_heads(workplace, site.timestamper)
    for head in kept:
        print(f"{head.agency}: đã lưu mã băm của dòng {head.seq}, có dấu thời gian")
    if not kept:
        print("Không có dòng mới nào kể từ lần lưu trước.")
    return 0


def run(args: argparse.Namespace) -> int:
    """Verify and print one line an agency."""
    from dataclasses import asdict

    from pipeline.catalogue import verify_audit_log
    from pipeline.log_heads import check_log_heads, head_gaps, record_check
    from pipeline.trust import trust_in_force
    from signing.trust import TSA

    agency = agency_code(args.agency) if args.agency else None
    with opened_workplace() as workplace:
        findings = verify_audit_log(workplace, agency)
        anchors = [anchor.der for anchor in trust_in_force(workplace.settings).anchors_for(TSA)]
        heads = check_log_heads(workplace, anchors, agency)
        gaps = head_gaps(workplace, heads, agency)
        record_check(workplace, heads)
    broken = [f for f in findings if not f.report.intact]
    contradicted = [h for h in heads if h.reason]
    if args.json:
        print_json(
            [
                {
                    "agency": f.report.agency,
                    "checked": f.report.checked,
                    "head_hash": f.report.head_hash,
                    "broken_seq": f.report.broken_seq,
                    "reason": f.report.reason,
                    "event_type": f.row.event_type if f.row else "",
                    "at": f.row.at if f.row else "",
                    "document_id": f.row.document_id if f.row else "",
                    "heads_kept": sum(h.agency == f.report.agency for h in heads),
                    "heads_expected": [asdict(g) for g in gaps if g.agency == f.report.agency],
                    "heads_contradicting": [
                        {"seq": h.seq, "at": h.at, "reason": h.reason}
                        for h in contradicted
                        if h.agency == f.report.agency
                    ],
                }
                for f in findings
            ]
        )
        return 1 if broken or contradicted else 0
    for f in findings:
        report = f.report
        if report.intact:
            print(f"{report.agency}: {report.checked} dòng, nguyên vẹn; mã băm cuối {report.head_hash}")
            continue
        what = f" ({f.row.event_type}, {f.row.at}, {f.row.document_id or 'không gắn văn bản'})" if f.row else ""
        print(f"{report.agency}: SAI LỆCH tại dòng {report.broken_seq}: {_WHY.get(report.reason, report.reason)}{what}")
    for h in contradicted:
        print(f"{h.agency}: BẢN LƯU CÓ DẤU THỜI GIAN MÂU THUẪN tại dòng {h.seq} ({h.at}): {_HEAD_WHY[h.reason]}")
    for gap in gaps:
        until = f"đến {gap.until}" if gap.until else "đến nay"
        print(
            f"{gap.agency}: THIẾU MÃ BĂM LƯU HẰNG GIỜ từ dòng {gap.seq} ({gap.since}) {until}: bị xóa, hoặc "
            "`audit-log keep` không chạy"
        )
    if heads and not contradicted:
        print(f"Khớp với {len(heads)} mã băm đã lưu có dấu thời gian.")
    if not findings:
        print("Nhật ký chưa có dòng nào.")
    return 1 if broken or contradicted else 0
