"""``sohoa certify-cancel``: take an issued certified copy back, with a reason."""

from __future__ import annotations

import argparse
from typing import Any

from pipeline.cli.acting import acting, officer_options
from pipeline.cli.common import agency_code, command, opened_workplace, print_json


def add(commands: Any) -> None:
    """Add the command to the grammar."""
    grammar = command(
        commands,
        "certify-cancel",
        "Cancel an issued certified copy: its line in the register says so, with the reason.",
        "sohoa certify-cancel DOCUMENT_ID --reason LY_DO --certifier thu-nghiem --agency H24.01",
    )
    grammar.add_argument("document_id", metavar="DOCUMENT_ID")
    grammar.add_argument("--reason", required=True, help="why, as it will stand in the register")
    grammar.add_argument("--certifier", required=True, help="id of the certifier in the settings")
    grammar.add_argument("--agency", required=True, help="code of the certifying agency")
    officer_options(grammar)
    grammar.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Cancel; exit 0."""
    from pipeline.certify.cancel import cancel_copy

    agency = agency_code(args.agency)
    with opened_workplace() as workplace, acting(workplace, args, agency, "issue"):
        line, new = cancel_copy(
            workplace, args.document_id, reason=args.reason, certifier_id=args.certifier, agency=agency
        )
    if args.json:
        print_json(
            {"number": line.number, "book": line.book, "year": line.year, "reason": line.cancel_reason, "new": new}
        )
    else:
        word = "Đã hủy" if new else "Đã hủy từ trước"
        print(f"{word} bản sao số {line.number:02d}, sổ {line.book}/{line.year}. Lý do: {line.cancel_reason}")
    return 0
