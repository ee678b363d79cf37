"""``sohoa digitize``: take in, read and store the papers of one owner, at once and without Prefect."""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path
from typing import Any

from pipeline.cli.common import agency_code, command, print_json


def add(commands: Any) -> None:
    """Add the command to the grammar."""
    grammar = command(
        commands,
        "digitize",
        "Take in, read and store papers of one owner.",
        "sohoa digitize giay-khai-sinh.pdf --owner citizen:001200000019 --kind result",
    )
    grammar.add_argument("paths", metavar="PATH", type=Path, nargs="+", help="file, or folder of files")
    grammar.add_argument("--owner", required=True, help="citizen:<12 digits> or org:<tax code>")
    grammar.add_argument("--agency", help="agency code (default: settings)")
    grammar.add_argument("--case", default="", help="case code (mã hồ sơ)")
    grammar.add_argument(
        "--kind",
        choices=("component", "result"),
        default="component",
        help="part of a case file (default), or its result",
    )
    grammar.add_argument("--procedure", default="", help="code of the procedure (mã TTHC)")
    grammar.add_argument("--strict", action="store_true", help="exit 1 also when a file was quarantined")
    grammar.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Digitise the paths and print a row for each file."""
    from domain.cases import parse_case_code, parse_procedure_code
    from domain.owners import parse_owner
    from pipeline.batch import batch_id_of, known_rows, only_run, register_batch
    from pipeline.batch_run import run_batch
    from pipeline.batch_source import items_of_paths
    from pipeline.progress import progress_bar
    from pipeline.readiness import require_ready
    from pipeline.results import exit_code, print_table, rows_json
    from pipeline.settings import load_settings
    from pipeline.workplace import open_workplace

    settings = load_settings()
    items = items_of_paths(
        args.paths,
        owner=parse_owner(args.owner),
        agency=agency_code(args.agency or settings.agency),
        case=str(parse_case_code(args.case)) if args.case else "",
        kind=args.kind,
        procedure=parse_procedure_code(args.procedure) if args.procedure else "",
    )
    require_ready(settings, signing=False)
    facts = [args.owner, args.agency or settings.agency, args.case, args.kind, args.procedure]
    names = "\n".join([*facts, *sorted(str(item.path.resolve()) for item in items)])
    source = "digitize:" + hashlib.sha256(names.encode()).hexdigest()  # holds no name and no number
    with (
        open_workplace(settings) as workplace,
        only_run(workplace, batch_id_of(source)),
        progress_bar(0, "trang") as bar,
    ):
        batch = register_batch(workplace, source, items)
        rows = [*known_rows(workplace, batch), *run_batch(workplace, batch.id, bar)]
    if args.json:
        print_json(rows_json(rows))
    else:
        print_table(rows, "Số hóa")
    return exit_code(rows, strict=args.strict)
