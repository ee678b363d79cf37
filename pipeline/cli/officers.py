"""``sohoa officers``: who may act for an agency, and by which secret they prove it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from pipeline.cli.common import agency_code, answer, command, opened_workplace, verbs_of


def add(commands: Any) -> None:
    """Add the command to the grammar."""
    verbs = verbs_of(
        commands,
        "officers",
        "Keep the officers of an agency and their roles; `certify.officers = required` asks for their proof.",
        "sohoa officers list",
    )
    adding = command(
        verbs,
        "add",
        "Add an officer, or give a known one other roles and another secret.",
        "sohoa officers add can-bo-1 --agency H24.01 --role attest --role compare --secret mat-khau.txt",
    )
    adding.add_argument("id", metavar="ID", help="id of the officer; no personal number")
    adding.add_argument(
        "--role", action="append", required=True, help="attest, compare, certify, issue or approve; may be repeated"
    )
    adding.add_argument("--secret", type=Path, required=True, metavar="FILE", help="file whose one line is the secret")
    adding.set_defaults(run=run_add)
    listing = command(verbs, "list", "List officers, their roles and since when.", "sohoa officers list")
    listing.add_argument("--agency", help="code of one agency (default: all)")
    listing.set_defaults(run=run_list)
    disabling = command(
        verbs, "disable", "Let an officer act no more.", "sohoa officers disable can-bo-1 --agency H24.01"
    )
    disabling.add_argument("id", metavar="ID")
    disabling.set_defaults(run=run_disable)
    for verb in (adding, disabling):
        verb.add_argument("--agency", required=True, help="code of the agency")


def run_add(args: argparse.Namespace) -> int:
    """Add, and print who may do what."""
    from pipeline.cli.acting import secret_in
    from pipeline.officers import add_officer

    with opened_workplace() as workplace:
        made = add_officer(workplace, agency_code(args.agency), args.id, args.role, secret_in(args.secret))
    answer(args, made.shape(), f"{made.agency} {made.id}: {', '.join(made.roles)}")
    return 0


def run_list(args: argparse.Namespace) -> int:
    """Print one line an officer."""
    from pipeline.officers import officers, required
    from pipeline.settings import load_settings

    settings = load_settings()
    found = officers(settings, agency_code(args.agency) if args.agency else "")
    lines = [
        f"{one.agency} {one.id}: {', '.join(one.roles)}"
        + (f"; thôi giao việc {one.disabled_at[:10]}" if one.disabled_at else "")
        for one in found
    ]
    mode = "bắt buộc xác thực" if required(settings) else "chỉ nêu tên, không xác thực"
    answer(args, [one.shape() for one in found], f"Cán bộ khi thao tác: {mode}.", *lines)
    return 0


def run_disable(args: argparse.Namespace) -> int:
    """Disable, and print since when."""
    from pipeline.officers import disable_officer

    with opened_workplace() as workplace:
        done = disable_officer(workplace, agency_code(args.agency), args.id)
    answer(args, done.shape(), f"{done.agency} {done.id}: thôi giao việc từ {done.disabled_at[:19]}Z")
    return 0
