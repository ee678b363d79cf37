"""``sohoa access-copy``: a document to read, "BẢN SAO" on every page."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from pipeline.cli.common import answer, command, opened_workplace


def add(commands: Any) -> None:
    """Add the command to the grammar."""
    grammar = command(
        commands,
        "access-copy",
        'Write the searchable PDF/A of a document with "BẢN SAO" at the top right of every page, for a reader.',
        "sohoa access-copy DOCUMENT_ID --to /tmp/ban-sao.pdf",
    )
    grammar.add_argument("document_id", metavar="DOCUMENT_ID")
    grammar.add_argument("--to", metavar="FILE", type=Path, required=True, help="PDF to write")
    grammar.add_argument("--by", default="", help="officer's id, for the audit log")
    grammar.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the copy and say where."""
    from pipeline.access_copy import access_copy

    with opened_workplace() as workplace:
        access_copy(workplace, args.document_id, args.to, agent=args.by)
    answer(args, {"document_id": args.document_id, "path": str(args.to)}, args.to)
    return 0
