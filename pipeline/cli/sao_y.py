"""``sohoa sao-y``: an official copy (sao y, sao lục, trích sao) signed by the agency alone."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from pipeline.cli.acting import acting, officer_options
from pipeline.cli.common import agency_code, answer, command, opened_to_sign, opened_workplace


def add(commands: Any) -> None:
    """Add the command to the grammar."""
    grammar = command(
        commands,
        "sao-y",
        "Make an official copy of a document: number, mark at the top right of page 1, the agency's signature. "
        "Not a certified copy (chứng thực): that is sohoa certify.",
        "sohoa sao-y DOCUMENT_ID --agency H24.01",
    )
    grammar.add_argument("document_id", metavar="DOCUMENT_ID")
    grammar.add_argument("--agency", required=True, help="code of the copying agency")
    grammar.add_argument("--form", default="SAO Y", help='"SAO Y" (default), "SAO LỤC" or "TRÍCH SAO"')
    grammar.add_argument("--pages", default="", help="pages of an extract (TRÍCH SAO), for instance 1,3-4")
    grammar.add_argument("--out", type=Path, metavar="OUT.pdf", help="also write the copy here")
    grammar.add_argument(
        "--give-up", metavar="REASON", help="void the number of a copy under way instead, with a reason"
    )
    officer_options(grammar)
    grammar.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Make the copy; exit 0."""
    import getpass

    from pipeline.certify.sao_y import make_copy

    agency = agency_code(args.agency)
    if args.give_up is not None:
        return _give_up(args, agency)
    with opened_to_sign() as (workplace, site), acting(workplace, args, agency, "issue"):
        made = make_copy(
            workplace,
            site,
            args.document_id,
            agency=agency,
            form=args.form,
            pages=args.pages,
            by=args.officer or getpass.getuser(),
        )
    if args.out is not None:
        args.out.write_bytes(made.pdf)
    answer(
        args,
        {"number": made.number, "form": made.form.name, "year": made.entry.year, "new": made.new},
        f"{made.form.name} số {made.number}{'' if made.new else ' (đã có từ trước)'}: {args.document_id}",
    )
    return 0


def _give_up(args: argparse.Namespace, agency: str) -> int:
    import getpass

    from pipeline.certify.sao_y import give_up_copy

    by = args.officer or getpass.getuser()
    with opened_workplace() as workplace, acting(workplace, args, agency, "issue"):
        entry = give_up_copy(workplace, args.document_id, reason=args.give_up, agency=agency, by=by)
    shape = {"number": entry.number, "year": entry.year, "state": entry.state, "reason": entry.void_reason}
    answer(args, shape, f"Đã hủy số {entry.number:02d} sổ {entry.book}/{entry.year}: {entry.void_reason}")
    return 0
