"""``sohoa renew``: another time stamp over the signed copies whose protection ends soon."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from pipeline.cli.common import agency_code, command, print_json

if TYPE_CHECKING:
    from pipeline.certify.renew import RenewalResult

_WORDS = {"renewed": "đã gia hạn", "due": "cần gia hạn", "failed": "CHƯA GIA HẠN ĐƯỢC"}


def add(commands: Any) -> None:
    """Add the command to the grammar."""
    grammar = command(
        commands,
        "renew",
        "Renew signed copies: fresh evidence and another time stamp for each whose newest time stamp stops carrying "
        "within a year (end of its certificate or of its algorithm). Killed, the same command goes on. Exit 1 when a "
        "copy could not be renewed.",
        "sohoa renew\n  sohoa renew --dry-run --json\n  sohoa renew DOCUMENT_ID --all",
    )
    grammar.add_argument("document_ids", metavar="DOCUMENT_ID", nargs="*", help="only these documents")
    grammar.add_argument("--agency", help="only documents of this agency")
    grammar.add_argument("--within", metavar="DAYS", type=int, default=365, help="how near the end must be (365)")
    grammar.add_argument("--all", action="store_true", help="also copies that are not due yet")
    grammar.add_argument("--dry-run", action="store_true", help="only list what is due")
    grammar.add_argument("--jobs", metavar="N", type=int, default=0, help="processes that verify (default: all cores)")
    grammar.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Renew; exit 0, or 1 when something is due and could not be renewed."""
    from contextlib import ExitStack
    from datetime import timedelta

    from pipeline.certify.renew import renew_copies
    from pipeline.certify.site import open_evidence
    from pipeline.progress import progress_bar
    from pipeline.settings import load_settings
    from pipeline.workplace import open_workplace

    settings = load_settings()
    with ExitStack() as stack:
        workplace = stack.enter_context(open_workplace(settings))
        site = None if args.dry_run else stack.enter_context(open_evidence(settings, workplace.clock))
        result = renew_copies(
            workplace,
            site,
            document_ids=args.document_ids,
            agency=agency_code(args.agency) if args.agency else None,
            within=timedelta(days=args.within),
            everything=args.all,
            jobs=args.jobs,
            progress=stack.enter_context(progress_bar(0, "bản sao")),
        )
    if args.json:
        print_json(result.shape())
    else:
        _print(result)
    return 1 if result.failed else 0


def _print(result: RenewalResult) -> None:
    for one in result.renewals:
        said = f" [{one.problem.code}] {one.problem.advice}" if one.problem else f", bảo vệ đến {one.until[:10]}"
        print(f"{one.document_id}: {_WORDS[one.state]}{said}")
    done = sum(one.state == "renewed" for one in result.renewals)
    print(f"Đã xem {result.looked} bản đã ký; gia hạn {done}, chưa được {len(result.failed)}.")
