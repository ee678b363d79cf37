"""``sohoa get``: take a document's files out of the warehouse, hashed again on the way."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from pipeline.cli.common import command, opened_workplace, print_json


def add(commands: Any) -> None:
    """Add the command to the grammar."""
    grammar = command(
        commands,
        "get",
        "Copy a document's files (original, PDF/A, text, reading, certified copy) to a folder.",
        "sohoa get DOCUMENT_ID --to /tmp/ra",
    )
    grammar.add_argument("document_id", metavar="DOCUMENT_ID")
    grammar.add_argument("--to", metavar="DIR", type=Path, required=True, help="folder to write to")
    grammar.add_argument("--role", action="append", help="only this role (may be repeated)")
    grammar.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the files and print where they are."""
    from pipeline.documents import take_out

    with opened_workplace() as workplace:
        files = take_out(workplace, args.document_id, args.to, roles=args.role)
    if args.json:
        print_json([{"role": role, "path": str(path)} for role, path in files])
    else:
        for role, path in files:
            print(f"{role:10} {path}")
    return 0
