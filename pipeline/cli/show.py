"""``sohoa show``: all that is known of one stored document."""

from __future__ import annotations

import argparse
from typing import Any

from pipeline.cli.common import command, opened_workplace, print_json


def add(commands: Any) -> None:
    """Add the command to the grammar."""
    grammar = command(
        commands, "show", "Show one document: fields with confidence, objects, versions.", "sohoa show DOCUMENT_ID"
    )
    grammar.add_argument("document_id", metavar="DOCUMENT_ID")
    grammar.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the document."""
    from pipeline.derivative import CERTAIN_ENOUGH
    from pipeline.documents import document_json

    with opened_workplace() as workplace:
        shape = document_json(workplace.warehouse.show(args.document_id), workplace.settings.ocr.accept)
    if args.json:
        print_json(shape)
        return 0
    print(f"{shape['id']}  [{shape['status']}]  {shape['title']}")
    print(f"  Cơ quan {shape['agency']} · chủ sở hữu {shape['owner']} · {shape['pages']} trang · {shape['media_type']}")
    if shape["quarantine"]:
        print(f"  Cách ly [{shape['quarantine']['code']}]: {shape['quarantine']['message']}")
    for name, field in shape["fields"].items():
        value = field["value"].replace("\n", "; ")
        seen = f"tr. {field['page']}" if field["page"] else field["source"]
        guess = " (?)" if value and field["confidence"] < CERTAIN_ENOUGH else ""
        print(f"  {name:18} {value}{guess}   ({field['confidence']:.0%}, {seen})")
    for entry in shape["register"]:
        print(f"  Số chứng thực {entry['number']} quyển {entry['book']}/{entry['year']}: {entry['state']}")
    for stored in shape["objects"]:
        print(f"  {stored['role']:10} {stored['size']:>10} byte  sha256 {stored['sha256']}")
    for version in shape["versions"]:
        print(f"  v{version['version']}  {version['created_at']}  {version['message']}  {version['manifest_key']}")
    return 0
