"""``sohoa validity``: what an officer knows of a paper's validity, kept beside what the machine read."""

from __future__ import annotations

import argparse
from typing import Any

from pipeline.cli.acting import acting, officer_options
from pipeline.cli.common import command, iso_day, opened_workplace, print_json


def add(commands: Any) -> None:
    """Add the command to the grammar."""
    grammar = command(
        commands,
        "validity",
        "Say whether a stored paper is in force, and keep what an officer knows of it.",
        "sohoa validity DOCUMENT_ID\n  sohoa validity DOCUMENT_ID --until 2030-12-31 --by cb01\n"
        "  sohoa validity DOCUMENT_ID --replaced-by 12/QĐ-UBND --by cb01",
    )
    grammar.add_argument("document", metavar="DOCUMENT")
    term = grammar.add_mutually_exclusive_group()
    term.add_argument("--until", type=iso_day, metavar="DATE", help="last day in force (ISO date)")
    term.add_argument("--without-end", action="store_true", help="vô thời hạn")
    grammar.add_argument("--replaced-by", metavar="NUMBER", help="số/ký hiệu of the paper that replaces it; '' undoes")
    grammar.add_argument("--withdrawn", metavar="DECISION", help="what withdrew or cancelled it; '' undoes")
    grammar.add_argument("--by", default="", help="officer's id; needed to change anything")
    officer_options(grammar, named=True)
    grammar.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Record what is given, and print the state. Exit 1 unless the paper is known to be in force."""
    from domain.errors import Advice, BadInput
    from pipeline.reuse import record_validity, validity_of

    changes = args.until or args.without_end or args.replaced_by is not None or args.withdrawn is not None
    if changes and not args.by:
        advice = Advice("Chưa nêu cán bộ xác nhận.", "Chưa có gì thay đổi.", "Thêm --by <mã cán bộ>.")
        raise BadInput("officer-needed", "validity was to be changed by nobody", advice)
    with opened_workplace() as workplace:
        if changes:
            with acting(workplace, args, workplace.warehouse.show(args.document).document.agency):
                judged = record_validity(
                    workplace,
                    args.document,
                    officer=args.by,
                    until=args.until,
                    without_end=args.without_end,
                    replaced_by=args.replaced_by,
                    withdrawn=args.withdrawn,
                )
        else:
            judged = validity_of(workplace, args.document)
    if args.json:
        until = judged.until.isoformat() if judged.until else None
        print_json({"validity": judged.state, "valid_until": until, "reason": judged.reason})
    else:
        until = f" đến hết {judged.until:%d/%m/%Y}" if judged.until else ""
        print(f"{args.document}: {judged.vietnamese}{until}{f' ({judged.reason})' if judged.reason else ''}")
    return 0 if judged.state == "con-hieu-luc" else 1
