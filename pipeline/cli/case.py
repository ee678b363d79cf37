"""``sohoa case``: a case as it stands, and the day on which the work on it ended."""

from __future__ import annotations

import argparse
from typing import Any

from pipeline.cli.acting import acting, officer_options
from pipeline.cli.common import agency_code, answer, command, iso_day, opened_workplace, verbs_of


def add(commands: Any) -> None:
    """Add the commands to the grammar."""
    verbs = verbs_of(
        commands,
        "case",
        "Show a case, and record the day on which the work on it ended.",
        "sohoa case show H24.01-261122-0001",
    )
    show = command(verbs, "show", "Print a case and its documents.", "sohoa case show H24.01-261122-0001")
    show.set_defaults(run=run_show)
    close = command(
        verbs,
        "close",
        "Record on which day the work on a case ended: terms of retention of its papers count from then, instead of "
        "from the day they were stored. --undo takes it back.",
        "sohoa case close H24.01-261122-0001 --on 2026-11-20 --by cb01",
    )
    day = close.add_mutually_exclusive_group(required=True)
    day.add_argument("--on", type=iso_day, metavar="YYYY-MM-DD", help="the Vietnamese day")
    day.add_argument("--undo", action="store_true", help="take back what was recorded")
    close.add_argument("--by", required=True, help="officer's id")
    officer_options(close, named=True)
    close.set_defaults(run=run_close)
    for verb in (show, close):
        verb.add_argument("case", metavar="CASE", help="case code (mã hồ sơ)")
        verb.add_argument("--agency", help="agency code (default: the setting)")


def run_show(args: argparse.Namespace) -> int:
    """Print the case."""
    from domain.cases import parse_case_code
    from pipeline.cases import case_json

    with opened_workplace() as workplace:
        agency = agency_code(args.agency or workplace.settings.agency)
        shape = case_json(workplace, agency, str(parse_case_code(args.case)))
    closed = f"; kết thúc ngày {shape['closed_on']}" if shape["closed_on"] else ""
    lines = [f"{shape['case']}: {shape['state']}; {len(shape['documents'])} tài liệu{closed}"]
    lines += [f"  {one['id']}  {one['status']}" for one in shape["documents"]]
    answer(args, shape, *lines)
    return 0


def run_close(args: argparse.Namespace) -> int:
    """Record and print the day."""
    from dataclasses import asdict

    from domain.cases import parse_case_code
    from pipeline.case_closing import close_case

    with opened_workplace() as workplace:
        agency = agency_code(args.agency or workplace.settings.agency)
        with acting(workplace, args, agency):
            made = close_case(workplace, agency, str(parse_case_code(args.case)), on=args.on, by=args.by)
    said = f"kết thúc ngày {made.closed_on}" if made.closed_on else "đã bỏ ngày kết thúc"
    answer(args, asdict(made), f"{made.code}: {said}")
    return 0
