"""``sohoa audit``: verify what is stored, digests and signatures."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from pipeline.cli.common import agency_code, command, opened_workplace, print_json

if TYPE_CHECKING:
    from pipeline.audit_result import AuditResult

_SHOWN = 20


def add(commands: Any) -> None:
    """Add the command to the grammar."""
    grammar = command(
        commands,
        "audit",
        "Check the warehouse: every stored object against its digest, every signed file (certified copies, sao y, "
        "signed digitised papers and decisions) by the verifier, the print of copies against the register, the audit "
        "log's chain, the register's numbers. Tells what changed since the last audit and which timestamps need "
        "renewal within a year. Killed, the same command goes on. Exit 1 when something is wrong.",
        "sohoa audit\n  sohoa audit --since 2026-11-01\n  sohoa audit --sample 500 --seed 7 --json",
    )
    what = grammar.add_mutually_exclusive_group()
    what.add_argument("--all", action="store_true", help="every document (the default)")
    what.add_argument("--since", metavar="DATE", help="only documents changed on or after this day (YYYY-MM-DD)")
    what.add_argument("--sample", metavar="N", type=int, help="only N documents, drawn at random")
    grammar.add_argument("--seed", metavar="S", type=int, help="draw the sample by this number, to draw it again")
    grammar.add_argument("--agency", help="only documents of this agency")
    grammar.add_argument("--jobs", metavar="N", type=int, default=0, help="worker processes (default: all cores)")
    grammar.add_argument(
        "--printed",
        choices=("all", "some", "none"),
        default="some",
        help="read number and code back from the print of all certified copies, of some (another tenth each time; the "
        "default) or of none",
    )
    grammar.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Audit and print the findings."""
    from datetime import date

    from domain.errors import Advice, BadInput
    from pipeline.audit import audit_warehouse
    from pipeline.progress import progress_bar

    agency = agency_code(args.agency) if args.agency else None
    try:
        since = date.fromisoformat(args.since) if args.since else None
        if args.sample is not None and args.sample < 1:
            raise ValueError("sample")
    except ValueError:
        advice = Advice("--since hoặc --sample không đúng.", "Chưa có gì được kiểm tra.", "Dùng YYYY-MM-DD, số từ 1.")
        raise BadInput("audit-options", "--since is no ISO date or --sample is below 1", advice) from None
    with opened_workplace() as workplace, progress_bar(0, "văn bản") as bar:
        result = audit_warehouse(
            workplace,
            agency=agency,
            since=since,
            sample=args.sample or 0,
            seed=args.seed,
            jobs=args.jobs,
            printed=args.printed,
            progress=bar,
        )
    if args.json:
        print_json(result.shape())
    else:
        _print(result)
    return 1 if result.findings else 0


def _print(result: AuditResult) -> None:
    from signing.verify.model import Indication

    if result.resumed:
        print("Tiếp tục lần kiểm tra bị dừng trước đó.")
    drawn = f" (mẫu ngẫu nhiên, --seed {result.seed})" if "sample=" in result.scope else ""
    print(
        f"Đã kiểm {result.documents} văn bản{drawn}, {result.objects} đối tượng, "
        f"{result.certified} bản sao chứng thực ({result.printed} bản đọc lại số và mã in), "
        f"{result.signed} tệp ký khác, {result.events} sự kiện."
    )
    for name, count in result.verdicts.items():
        indication, _, level = name.partition(" ")
        print(f"  {Indication(indication).vietnamese:<16} {level:<6} {count:>8}")
    for finding in result.findings:
        print(f"  {finding.document_id or finding.agency}: [{finding.code}] {finding.detail}")
    if result.changes:
        print(f"Khác lần kiểm trước: {len(result.changes)} văn bản.")
        for change in result.changes[:_SHOWN]:
            print(
                f"  {change.document_id}: {change.before or '-'} → {change.after or '-'} (lần trước {change.at[:10]})"
            )
    if result.renewals:
        print(f"Cần gia hạn dấu thời gian trong một năm: {len(result.renewals)} bản sao (sohoa renew).")
        for renewal in result.renewals[:_SHOWN]:
            print(f"  {renewal.document_id}: chứng thư TSA đến {renewal.until[:10]}")
    print("Không thấy sai lệch." if not result.findings else f"{len(result.findings)} sai lệch.")
