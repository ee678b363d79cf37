"""``sohoa bag``: documents as BagIt bags, out of the warehouse, checked, and back in."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from pipeline.cli.common import answer, command, opened_workplace, print_json, verbs_of


def add(commands: Any) -> None:
    """Add the commands to the grammar."""
    verbs = verbs_of(
        commands,
        "bag",
        "Export, check and import BagIt bags of documents with every version.",
        "sohoa bag export DOCUMENT_ID --to /tmp/goi",
    )
    export = command(
        verbs,
        "export",
        "Write documents, whole with all their versions, as a BagIt bag (RFC 8493) to a new folder.",
        "sohoa bag export DOCUMENT_ID --to /tmp/goi\n  sohoa bag export --case H24.01-260101-0001 --to /tmp/goi",
    )
    export.add_argument("document_ids", metavar="DOCUMENT_ID", nargs="*")
    export.add_argument("--agency", help="all documents of this agency")
    export.add_argument("--case", help="all documents of this case")
    export.add_argument("--owner", help="all documents of citizen:<12 digits> or org:<tax code>")
    export.add_argument("--to", metavar="DIR", type=Path, required=True, help="new folder to write")
    export.set_defaults(run=run_export)
    check = command(
        verbs, "check", "Say whether a bag is complete and valid. Exit 1 when it is not.", "sohoa bag check /tmp/goi"
    )
    check.add_argument("folder", metavar="DIR", type=Path)
    check.set_defaults(run=run_check)
    taken = command(
        verbs,
        "import",
        "Take in a bag that this system made; what is there already stays as it is. Exit 1 when one was refused.",
        "sohoa bag import /tmp/goi",
    )
    taken.add_argument("folder", metavar="DIR", type=Path)
    taken.set_defaults(run=run_import)


def run_export(args: argparse.Namespace) -> int:
    """Write the bag and say what is in it."""
    from pipeline.bags import export_bag
    from pipeline.handover import select

    with opened_workplace() as workplace:
        documents = select(workplace, args.document_ids, agency=args.agency, case=args.case, owner=args.owner)
        report = export_bag(workplace, documents, args.to)
    answer(
        args,
        {"folder": str(args.to), **report.__dict__},
        f"{args.to}: {report.documents} tài liệu, {report.files} tệp, {report.bytes} byte",
    )
    return 0


def run_check(args: argparse.Namespace) -> int:
    """Name what is wrong."""
    from storage.bag import check_bag

    problems = check_bag(args.folder)
    answer(
        args, {"valid": not problems, "problems": problems}, "\n".join(problems) or f"{args.folder}: đầy đủ, nguyên vẹn"
    )
    return 1 if problems else 0


def run_import(args: argparse.Namespace) -> int:
    """Take the bag in and say what came of it."""
    from pipeline.bags import import_bag

    with opened_workplace() as workplace:
        report = import_bag(workplace, args.folder)
    if args.json:
        print_json({"documents": report.documents, "versions": report.versions, "problems": list(report.problems)})
    else:
        print(f"{report.documents} tài liệu, {report.versions} phiên bản mới")
        for key, what in report.problems:
            print(f"  {key}: {what}")
    return 1 if report.problems else 0
