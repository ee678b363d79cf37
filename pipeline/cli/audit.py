"""``sohoa audit``: verify what is stored, digests and signatures."""

from __future__ import annotations

import argparse
from typing import Any


def add(commands: Any) -> None:
    """Add the command to the grammar."""
    from pipeline.cli.main import command

    grammar = command(
        commands,
        "audit",
        "Check the warehouse: every stored object against its digest, every certified copy by the verifier, "
        "the audit log's chain, the register's numbers. Exit 1 when something is wrong.",
        "sohoa audit\n  sohoa audit --agency H24.01 --json",
    )
    grammar.add_argument("--agency", help="only documents of this agency")
    grammar.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Audit and print the findings."""
    from domain.agencies import parse_agency_code
    from pipeline.audit import audit_warehouse
    from pipeline.cli.main import print_json
    from pipeline.progress import progress_bar
    from pipeline.settings import load_settings
    from pipeline.workplace import open_workplace

    agency = str(parse_agency_code(args.agency)) if args.agency else None
    with open_workplace(load_settings()) as workplace, progress_bar(0, "văn bản") as bar:
        result = audit_warehouse(workplace, agency=agency, progress=bar)
    if args.json:
        print_json(result.shape())
    else:
        print(
            f"Đã kiểm {result.documents} văn bản, {result.objects} đối tượng, {result.certified} bản sao chứng thực, "
            f"{result.events} sự kiện."
        )
        for finding in result.findings:
            print(f"  {finding.document_id or finding.agency}: [{finding.code}] {finding.detail}")
        print("Không thấy sai lệch." if not result.findings else f"{len(result.findings)} sai lệch.")
    return 1 if result.findings else 0
