"""``sohoa reuse``: is there a valid digitised paper already, and using it for another case."""

from __future__ import annotations

import argparse
from typing import Any

from pipeline.cli.acting import acting, officer_options
from pipeline.cli.common import agency_code, answer, command, opened_workplace, print_json


def add(commands: Any) -> None:
    """Add the command to the grammar."""
    grammar = command(
        commands,
        "reuse",
        "Say which digitised papers of an owner there are already and whether they are still in force. With --take the "
        "paper serves that case too, which is recorded and counted. Exit 1 when none is known to be in force.",
        "sohoa reuse --owner citizen:001200000019 --type 'Giấy khai sinh'\n"
        "  sohoa reuse --take DOCUMENT_ID --case H24.01-261122-0002 --by cb01",
    )
    grammar.add_argument("--owner", help="citizen:<12 digits> or org:<tax code>")
    grammar.add_argument("--type", default="", help="document type, by name or abbreviation")
    grammar.add_argument("--number", default="", help="số/ký hiệu, in any spelling")
    grammar.add_argument("--agency", help="agency code (default: the setting)")
    grammar.add_argument("--take", metavar="DOCUMENT", help="use this paper for --case")
    grammar.add_argument("--case", help="case code, with --take")
    grammar.add_argument("--by", default="", help="officer's id, with --take")
    officer_options(grammar, named=True)
    grammar.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Look up, or take."""

    with opened_workplace() as workplace:
        agency = agency_code(args.agency or workplace.settings.agency)
        return _take(workplace, args, agency) if args.take else _find(workplace, args, agency)


def _find(workplace: Any, args: argparse.Namespace, agency: str) -> int:
    from domain.owners import parse_owner
    from pipeline.reuse import find_reusable, reuse_json

    owner = parse_owner(args.owner or "unassigned")
    papers = find_reusable(workplace, agency=agency, owner=owner, kind=args.type, number=args.number)
    shape = reuse_json(papers)
    if args.json:
        print_json(shape)
    else:
        for paper in papers:
            d, judged = paper.document, paper.validity
            facts = filter(None, (d.type, d.so_ky_hieu, d.ngay_ban_hanh, d.title))
            until = f" đến hết {judged.until:%d/%m/%Y}" if judged.until else ""
            reason = f" ({judged.reason})" if judged.reason else ""
            print(f"{d.id}  {' · '.join(facts)}")
            print(f"    {judged.vietnamese}{until}{reason}; đã dùng lại {paper.reused} lần")
        print("Có giấy tờ còn hiệu lực." if shape["available"] else "Chưa có giấy tờ nào chắc chắn còn hiệu lực.")
    return 0 if shape["available"] else 1


def _take(workplace: Any, args: argparse.Namespace, agency: str) -> int:
    from domain.cases import parse_case_code
    from domain.errors import Advice, BadInput
    from pipeline.derivative import software
    from pipeline.reuse import reuse_paper

    if not args.case:
        what = Advice("Chưa nêu mã hồ sơ dùng lại giấy tờ.", "Chưa có gì thay đổi.", "Thêm --case <mã hồ sơ>.")
        raise BadInput("case-needed", "--take without --case", what)
    case = str(parse_case_code(args.case))
    with acting(workplace, args, agency):
        new = reuse_paper(workplace, args.take, case, agent=args.by or software(), agency=agency)
    answer(
        args,
        {"document_id": args.take, "case": case, "new": new},
        f"Giấy tờ {args.take} {'đã được dùng lại' if new else 'trước đó đã dùng'} cho hồ sơ {case}.",
    )
    return 0
