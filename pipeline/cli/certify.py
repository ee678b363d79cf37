"""``sohoa certify``: issue certified electronic copies (chứng thực bản sao điện tử từ bản chính)."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pipeline.cli.acting import acting, officer_options
from pipeline.cli.common import EXIT_SOME_FAILED, agency_code, command, opened_to_sign, print_json

if TYPE_CHECKING:
    from pipeline.certify.run import Certified


def add(commands: Any) -> None:
    """Add the command to the grammar."""
    grammar = command(
        commands,
        "certify",
        "Issue certified electronic copies: number, lời chứng, signatures of person and agency (B-LTA). "
        "Running it is the certifier's statement that the paper original was seen and compared.",
        "sohoa certify DOCUMENT_ID --certifier thu-nghiem --agency H24.01",
    )
    grammar.add_argument("document_ids", metavar="DOCUMENT_ID", nargs="+")
    grammar.add_argument("--certifier", required=True, help="id of the certifier in the settings")
    grammar.add_argument("--agency", required=True, help="code of the certifying agency")
    grammar.add_argument("--requester", default="", help="who asked for the copies (default: the document's owner)")
    officer_options(grammar)
    grammar.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Certify; exit 0 when every document has its copy, 1 when some has not."""
    from pipeline.certify.batch import certified_row
    from pipeline.certify.run import certify_documents
    from pipeline.results import print_table, rows_json

    agency = agency_code(args.agency)
    roles = ("attest", "compare", "certify", "issue")
    with opened_to_sign() as (workplace, site), acting(workplace, args, agency, *roles):
        done = certify_documents(
            workplace,
            site,
            args.document_ids,
            certifier_id=args.certifier,
            agency=agency,
            requester=args.requester,
        )
        rows = [certified_row(workplace, one) for one in done]
    _tell_warnings(done)
    if args.json:
        shape = rows_json(rows)
        for document, one in zip(shape["documents"], done, strict=True):
            entry = one.entry
            document["register"] = (
                {"number": entry.number, "book": entry.book, "year": entry.year, "agency": entry.agency}
                if entry is not None
                else None
            )
        print_json(shape)
    else:
        print_table(rows, "Chứng thực bản sao điện tử")
    return EXIT_SOME_FAILED if any(one.problem for one in done) else 0


def _tell_warnings(done: Sequence[Certified]) -> None:
    """Say on stderr what the reading hints at towards a refusal: the officer decides."""
    import sys

    for one in done:
        for warning in one.entry.details.get("ground_warnings", []) if one.entry and one.new else []:
            about = f"trường hợp {warning['ground']}" if warning["ground"] else "không phải bản chính"
            print(
                f"{one.document_id}: trang {warning['page']} có dấu hiệu “{warning['mark']}” ({about}); cần xem lại.",
                file=sys.stderr,
            )
