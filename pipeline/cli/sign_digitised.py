"""``sohoa sign-digitised``: the digitisation signature of the agency or an officer, or of an annex in its own file."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from pipeline.cli.acting import acting, officer_options
from pipeline.cli.common import EXIT_SOME_FAILED, agency_code, command, opened_to_sign, print_json


def add(commands: Any) -> None:
    """Add the command to the grammar."""
    grammar = command(
        commands,
        "sign-digitised",
        "Sign digitised papers and results (TT 05/2025/TT-BNV Art. 8): name and time at the top right of page 1, no "
        "seal, one confirmation for up to 50. By the agency, or with --officer by a person of it.",
        "sohoa sign-digitised DOCUMENT_ID --agency H24.01\n"
        "  sohoa sign-digitised DOCUMENT_ID --agency H24.01 --officer thu-nghiem\n"
        '  sohoa sign-digitised DOCUMENT_ID --agency H24.01 --annex-of "05/2026/QĐ-UBND"',
    )
    grammar.add_argument("document_ids", metavar="DOCUMENT_ID", nargs="+")
    grammar.add_argument("--agency", required=True, help="code of the agency")
    grammar.add_argument("--officer", default="", help="id of a certifier in the settings, who signs in person")
    grammar.add_argument("--by", default="", help="id of the officer who acts, where not --officer")
    officer_options(grammar, named=True)
    grammar.add_argument("--annex-of", default="", metavar="SO_KY_HIEU", help="number and sign of the main document")
    grammar.add_argument("--out", type=Path, metavar="FOLDER", help="also write the signed files here")
    grammar.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Sign; exit 0 when every document is signed, 1 when some is not."""
    import getpass

    from pipeline.certify.digitised import sign_digitised, signer_of

    agency = agency_code(args.agency)
    by = args.by or args.officer or getpass.getuser()
    with opened_to_sign() as (workplace, site), acting(workplace, args, agency, "issue"):
        signer = signer_of(site, agency, officer=args.officer, annex_of=args.annex_of)
        done = sign_digitised(workplace, site, args.document_ids, signer, by=by)
        if args.out is not None:
            args.out.mkdir(parents=True, exist_ok=True)
            for one in (one for one in done if one.sha256):
                target = args.out / f"{one.document_id}.pdf"
                workplace.warehouse.export_role(one.document_id, "signed", target, ordinal=signer.ordinal)
    if args.json:
        print_json({"kind": signer.kind, "documents": [_shape(one) for one in done]})
    else:
        for one in done:
            said = (
                f"[{one.problem.code}] {one.problem.advice}"
                if one.problem
                else "đã ký"
                if one.new
                else "đã ký từ trước"
            )
            print(f"{one.document_id}: {said}")
    return EXIT_SOME_FAILED if any(one.problem for one in done) else 0


def _shape(one: Any) -> dict[str, Any]:
    shape = {"document_id": one.document_id, "sha256": one.sha256, "new": one.new, "seconds": round(one.seconds, 3)}
    if one.problem is not None:
        shape |= {"code": one.problem.code, "message": str(one.problem.advice)}
    return shape
