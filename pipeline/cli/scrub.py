"""``sohoa scrub``: stored objects hashed again, longest unseen first, and mended from the replica."""

from __future__ import annotations

import argparse
from typing import Any

from pipeline.cli.common import command, more_lines, opened_workplace, print_json

_FOUND = {"missing": "bị mất", "unreadable": "không đọc được"}
_COPIES = {"main": "kho chính", "replica": "kho bản sao"}


def add(commands: Any) -> None:
    """Add the command to the grammar."""
    grammar = command(
        commands,
        "scrub",
        "Hash the stored objects again, in the store and its replica, longest unseen first; mend what is damaged from "
        "the other copy. Exit 1 when something damaged could not be mended.",
        "sohoa scrub\n  sohoa scrub --for 3600 --rate 50",
    )
    grammar.add_argument("--for", dest="for_seconds", type=float, metavar="SECONDS", help="stop after so long")
    grammar.add_argument("--rate", type=float, metavar="MIB", help="read at most so many MiB a second")
    grammar.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Scrub and print the incidents."""
    from pipeline.upkeep import scrub_json, scrub_store

    with opened_workplace() as workplace:
        report = scrub_store(workplace, for_seconds=args.for_seconds, mib_per_second=args.rate)
    if args.json:
        print_json(scrub_json(report))
        return 1 if report.open else 0
    print(f"Đã kiểm {report.checked} đối tượng, {report.bytes / 2**20:.1f} MiB; chép thêm {report.copied}.")
    for incident in report.incidents:
        found = _FOUND.get(incident.found, "sai mã băm")
        mended = f"đã khôi phục từ {_COPIES[incident.mended_from]}" if incident.mended_from else "CHƯA KHÔI PHỤC ĐƯỢC"
        print(f"  {_COPIES[incident.copy]}: {incident.key}: {found}; {mended}")
        for agency, document_id in incident.documents:
            print(f"      {agency} {document_id}")
    for line in more_lines(report):
        print(line)
    if report.left:
        print("Hết thời gian; lần chạy sau tiếp tục từ đối tượng lâu chưa kiểm nhất.")
    return 1 if report.open else 0
