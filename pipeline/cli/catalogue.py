"""``sohoa catalogue rebuild``: the catalogue made again from the object store alone."""

from __future__ import annotations

import argparse
from typing import Any


def add(commands: Any) -> None:
    """Add the command to the grammar."""
    from pipeline.cli.main import command

    group = commands.add_parser("catalogue", help="The catalogue: make it again from the object store")
    verbs = group.add_subparsers(dest="verb", metavar="VERB", required=True)
    rebuild = command(
        verbs,
        "rebuild",
        "Make the catalogue again from the object store alone, or add what it lacks. Documents, versions, fields, "
        "text, cases and issued numbers come back; the audit log and queues are not in the store. Exit 1 when a "
        "document could not be made again.",
        "sohoa catalogue rebuild\n  sohoa catalogue rebuild --json",
    )
    rebuild.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Rebuild and print what was found."""
    from dataclasses import asdict

    from pipeline.catalogue import rebuild_catalogue
    from pipeline.cli.main import print_json
    from pipeline.settings import load_settings
    from pipeline.workplace import open_workplace

    with open_workplace(load_settings()) as workplace:
        report = rebuild_catalogue(workplace)
    if args.json:
        print_json(asdict(report))
    else:
        print(f"Đã đọc {report.documents} văn bản trong kho, lập lại {report.versions} phiên bản.")
        for key, problem in report.problems:
            print(f"  {key}: {problem}")
        if report.problems:
            print(f"{len(report.problems)} văn bản không lập lại được; dữ liệu trong kho giữ nguyên.")
    return 1 if report.problems else 0
