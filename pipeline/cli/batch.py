"""``sohoa batch run``: digitise a folder or a manifest, as a Prefect flow or (``--local``) without Prefect."""

from __future__ import annotations

import argparse
import importlib
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from pipeline.cli.common import command, print_json, verbs_of


def add(commands: Any) -> None:
    """Add the command to the grammar."""
    verbs = verbs_of(
        commands,
        "batch",
        "Digitise a folder or a CSV manifest, resumable.",
        "sohoa batch run samples/archive/manifest.csv",
    )
    grammar = command(
        verbs,
        "run",
        "Digitise a folder of scans or a CSV manifest (docs/formats.md). Run again to resume: nothing is done twice.",
        "sohoa batch run samples/archive/manifest.csv\n  sohoa batch run quet/ --owner org:0100109106 --local",
    )
    grammar.add_argument("source", metavar="FOLDER|MANIFEST.csv", type=Path)
    grammar.add_argument("--local", action="store_true", help="run the same stages without Prefect")
    grammar.add_argument("--owner", help="owner of files whose row names none: citizen:<12 digits> or org:<tax code>")
    grammar.add_argument("--agency", help="agency code of files whose row names none (default: settings)")
    grammar.add_argument("--strict", action="store_true", help="exit 1 also when a file was quarantined")
    grammar.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run the batch to its end and print a row for every file."""
    from domain.owners import UNASSIGNED, parse_owner
    from pipeline.batch import batch_id_of, known_rows, only_run, register_batch, to_certify
    from pipeline.batch_source import read_batch
    from pipeline.progress import progress_bar
    from pipeline.readiness import require_ready
    from pipeline.results import Row, exit_code, one_a_file, print_table, rows_json
    from pipeline.rows import refreshed
    from pipeline.settings import load_settings
    from pipeline.workplace import open_workplace

    settings = load_settings()
    owner = parse_owner(args.owner) if args.owner else UNASSIGNED
    items = read_batch(args.source, args.agency or settings.agency, owner)
    require_ready(settings, signing=any(item.certify for item in items))
    with open_workplace(settings) as workplace:
        source = str(args.source.resolve())
        with only_run(workplace, batch_id_of(source)), progress_bar(0, "trang") as bar:
            batch = register_batch(workplace, source, items)
            before = known_rows(workplace, batch)
            rows: list[Row] = []
            if not batch.pending and not to_certify(workplace, batch.id):
                print("sohoa: mọi tệp của lô đã có sẵn, không phải làm gì thêm.", file=sys.stderr)
            elif args.local:
                from pipeline.batch_run import run_batch

                rows = run_batch(workplace, batch.id, bar)
            else:
                # The command line is the front door of the house: it opens the floors above by name only.
                rows = importlib.import_module("flows.run").run_batch(settings, batch.id, bar)
            every = refreshed(workplace, one_a_file([*before, *rows], [item.name for item in items]))
    if args.json:
        print_json({"batch": batch.id, **rows_json(every)})
    else:
        print_table(every, f"Lô {batch.id}")
        _next_steps(every)
    return exit_code(every, strict=args.strict)


def _next_steps(rows: list[Any]) -> None:
    certified = next((row for row in rows if row.signatures), None)
    stored = certified or next((row for row in rows if row.document_id and row.outcome != "quarantined"), None)
    if stored is None:
        return
    number = stored.so_ky_hieu or "quyết định"
    folder = Path(tempfile.gettempdir()) / f"sohoa-{stored.document_id[:6]}"
    following = [f'search "{number}"', f"show {stored.document_id}", f"get {stored.document_id} --to {folder}"]
    if certified is not None:
        following.append(f"verify {folder}/*-certified.pdf")
    else:
        following.append(f"certify {stored.document_id} --certifier <mã người chứng thực> --agency <mã cơ quan>")
    program = "sohoa" if shutil.which("sohoa") else os.path.relpath(sys.argv[0])
    print("\nThử tiếp:")
    for words in (*following, "doctor"):
        print(f"  {program} {words}")
