"""``sohoa audit-log verify``: is every row of the audit log as it was written, and if not, which one."""

from __future__ import annotations

import argparse
from typing import Any

_WHY = {
    "altered": "nội dung bị sửa",
    "rewritten": "nội dung bị sửa và mã băm bị tính lại",
    "missing": "dòng bị xóa",
    "added": "dòng bị thêm vào",
}


def add(commands: Any) -> None:
    """Add the command to the grammar."""
    from pipeline.cli.main import command

    group = commands.add_parser("audit-log", help="The audit log: verify its chain")
    verbs = group.add_subparsers(dest="verb", metavar="VERB", required=True)
    verify = command(
        verbs,
        "verify",
        "Recompute the audit log's chain from its first row and name the first row that was edited, removed or added. "
        "Exit 1 when there is one.",
        "sohoa audit-log verify\n  sohoa audit-log verify --agency H24.01 --json",
    )
    verify.add_argument("--agency", help="only the log of this agency")
    verify.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Verify and print one line an agency."""
    from domain.agencies import parse_agency_code
    from pipeline.catalogue import verify_audit_log
    from pipeline.cli.main import print_json
    from pipeline.settings import load_settings
    from pipeline.workplace import open_workplace

    agency = str(parse_agency_code(args.agency)) if args.agency else None
    with open_workplace(load_settings()) as workplace:
        findings = verify_audit_log(workplace, agency)
    broken = [f for f in findings if not f.report.intact]
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
                }
                for f in findings
            ]
        )
        return 1 if broken else 0
    for f in findings:
        report = f.report
        if report.intact:
            print(f"{report.agency}: {report.checked} dòng, nguyên vẹn; mã băm cuối {report.head_hash}")
            continue
        what = f" ({f.row.event_type}, {f.row.at}, {f.row.document_id or 'không gắn văn bản'})" if f.row else ""
        print(f"{report.agency}: SAI LỆCH tại dòng {report.broken_seq}: {_WHY.get(report.reason, report.reason)}{what}")
    if not findings:
        print("Nhật ký chưa có dòng nào.")
    return 1 if broken else 0
