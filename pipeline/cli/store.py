"""``sohoa store``: looking after the object store."""

from __future__ import annotations

import argparse
from typing import Any


def add(commands: Any) -> None:
    """Add the command to the grammar."""
    from pipeline.cli.main import command

    group = commands.add_parser("store", help="The object store: orphans")
    verbs = group.add_subparsers(dest="verb", metavar="VERB", required=True)
    sweep = command(
        verbs,
        "sweep",
        "Remove what killed acts left behind: blobs that no manifest and no open signing job names, and pages of "
        "finished readings, once they are older than the grace.",
        "sohoa store sweep --dry-run\n  sohoa store sweep --grace-days 30",
    )
    sweep.add_argument("--dry-run", action="store_true", help="only say what would be removed")
    sweep.add_argument("--grace-days", type=int, default=7, help="keep what is younger (default 7, at least 1)")
    sweep.set_defaults(run=run_sweep)


def run_sweep(args: argparse.Namespace) -> int:
    """Sweep and print what was removed."""
    from dataclasses import asdict

    from pipeline.cli.main import print_json
    from pipeline.settings import load_settings
    from pipeline.upkeep import sweep_store
    from pipeline.workplace import open_workplace

    with open_workplace(load_settings()) as workplace:
        report = sweep_store(workplace, grace_days=max(1, args.grace_days), dry_run=args.dry_run)
    if args.json:
        print_json(asdict(report))
        return 0
    for key in report.removed:
        print(key)
    what = "Sẽ xóa" if args.dry_run else "Đã xóa"
    print(
        f"Đã xem {report.blobs} đối tượng. {what} {len(report.removed)} đối tượng mồ côi và {report.pages} trang tạm, "
        f"{report.bytes / 2**20:.1f} MiB; {report.young} đối tượng mồ côi còn trong thời gian chờ."
    )
    return 0
