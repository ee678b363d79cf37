"""``sohoa certify-refuse``: refuse to certify, with the written reason; or keep the paper, with the record."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.cli.acting import acting, officer_options
from pipeline.cli.common import agency_code, command, opened_workplace, print_json

if TYPE_CHECKING:
    from pipeline.workplace import Workplace


def add(commands: Any) -> None:
    """Add the command to the grammar."""
    grammar = command(
        commands,
        "certify-refuse",
        "Refuse to certify a document on one of the six grounds of the law; the written refusal is a PDF/A. "
        "With --seize, record that the paper is kept for the competent authority instead.",
        "sohoa certify-refuse DOCUMENT_ID --ground 1 --reason LY_DO --certifier thu-nghiem --agency H24.01",
    )
    grammar.add_argument("document_id", metavar="DOCUMENT_ID")
    grammar.add_argument("--ground", type=int, help="ground of refusal, 1 to 6 (NĐ 23/2015 Art. 22)")
    grammar.add_argument("--seize", metavar="CAUSE", help="forged, without-competence or unlawful-content")
    grammar.add_argument("--reason", required=True, help="the reason, in words for the person who asked")
    grammar.add_argument("--certifier", required=True, help="id of the certifier in the settings")
    grammar.add_argument("--agency", required=True, help="code of the certifying agency")
    grammar.add_argument("--sign", action="store_true", help="have certifier and agency sign the paper now")
    grammar.add_argument("--out", type=Path, metavar="OUT.pdf", help="also write the paper here")
    officer_options(grammar)
    grammar.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Refuse or seize; exit 0."""
    from domain.errors import Advice, BadInput
    from pipeline.certify.refusal import refuse, seize

    if (args.ground is None) == (args.seize is None):
        raise BadInput(
            "ground-missing",
            "one of --ground and --seize",
            Advice("Cần nêu --ground hoặc --seize.", "Chưa ghi nhận gì.", "Chọn một trong hai."),
        )
    agency = agency_code(args.agency)
    roles = ("attest", "certify") if args.sign else ("attest",)
    with opened_workplace() as workplace, acting(workplace, args, agency, *roles):
        if args.seize is not None:
            made = seize(
                workplace,
                args.document_id,
                cause=args.seize,
                reason=args.reason,
                certifier_id=args.certifier,
                agency=agency,
            )
        else:
            made = refuse(
                workplace,
                args.document_id,
                number=args.ground,
                reason=args.reason,
                certifier_id=args.certifier,
                agency=agency,
            )
        paper = _signed(workplace, args.document_id, args.certifier, agency) if args.sign else made.paper
    if args.out is not None:
        args.out.write_bytes(paper)
    if args.json:
        request = made.request
        print_json({"request": request.id, "state": request.state, "reason": request.reason, "new": made.new})
    else:
        word = "Đã lập biên bản tạm giữ" if made.request.state == "seized" else "Đã từ chối chứng thực"
        print(f"{word}{'' if made.new else ' từ trước'}: {args.document_id}. Lý do: {made.request.reason}")
    return 0


def _signed(workplace: Workplace, document_id: str, certifier: str, agency: str) -> bytes:
    from pipeline.certify.decisions import sign_decision
    from pipeline.certify.site import open_signing, require_signing

    require_signing(workplace.settings)
    with open_signing(workplace.settings, workplace.clock) as site:
        return sign_decision(workplace, site, document_id, certifier_id=certifier, agency=agency)[0]
