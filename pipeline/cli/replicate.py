"""``sohoa replicate``: what the second store lacks is copied to it."""

from __future__ import annotations

import argparse
from typing import Any

from pipeline.cli.common import command, more_lines, opened_workplace, print_json


def add(commands: Any) -> None:
    """Add the command to the grammar."""
    grammar = command(
        commands,
        "replicate",
        "Copy to the replica (settings group replica) what it lacks, each object checked on its way; nothing is "
        "overwritten. Run again to go on. Exit 1 when an object was not fit to be copied.",
        "sohoa replicate\n  sohoa replicate --restore",
    )
    grammar.add_argument("--restore", action="store_true", help="the other way: copy to the store what it lacks")
    grammar.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Replicate and print the counts."""
    from dataclasses import asdict

    from pipeline.upkeep import replicate_store

    with opened_workplace() as workplace:
        report = replicate_store(workplace, restore=args.restore)
    if args.json:
        print_json(asdict(report))
    else:
        print(f"Đã chép {report.copied} đối tượng ({report.bytes / 2**20:.1f} MiB), {report.same} đã có.")
        for key, problem in report.problems:
            print(f"  {key}: {problem}")
        for line in more_lines(report):
            print(line)
        if report.problems:
            print(f"{len(report.problems)} đối tượng không chép; chạy `sohoa scrub` để kiểm và khôi phục.")
    return 1 if report.problems else 0
