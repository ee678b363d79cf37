"""``sohoa catalogue rebuild``: the catalogue made again from the object store alone."""

from __future__ import annotations

import argparse
from typing import Any

from pipeline.cli.common import command, opened_workplace, print_json, verbs_of


def add(commands: Any) -> None:
    """Add the command to the grammar."""
    verbs = verbs_of(
        commands,
        "catalogue",
        "Make the catalogue again from the object store.",
        "sohoa catalogue rebuild",
    )
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

    with opened_workplace() as workplace:
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
