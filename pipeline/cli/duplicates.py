"""``sohoa duplicates``: the same paper again, proposed to officers; looked at, decided, undone."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.cli.acting import acting, officer_options
from pipeline.cli.common import agency_code, answer, command, opened_workplace, verbs_of

if TYPE_CHECKING:
    from pipeline.workplace import Workplace

KINDS = {
    "same-pixels": "cùng ảnh quét, tệp khác",
    "rescan": "quét lại cùng một giấy tờ",
    "conflict": "cùng số, ký hiệu nhưng nội dung khác",
}
_STATES = {"proposed": "đang chờ", "accepted": "đã đồng ý", "rejected": "đã bác"}
_FIELDS = {
    "type": "loại",
    "number": "số, ký hiệu",
    "day": "ngày ban hành",
    "issuer": "cơ quan ban hành",
    "subject": "trích yếu",
}


def add(commands: Any) -> None:
    """Add the command to the grammar."""
    verbs = verbs_of(
        commands,
        "duplicates",
        "Propose to an officer what looks like the same paper again, or like a conflict; keep what was decided.",
        "sohoa duplicates list",
    )
    find = command(
        verbs,
        "find",
        "Compare every paper with the older ones of its owner and keep what looks like the same paper, or like a "
        "conflict, as a proposal. New papers are compared as they are digitised; this is for papers that were "
        "corrected since. Nothing is merged.",
        "sohoa duplicates find\n  sohoa duplicates find --agency H24.01 --json",
    )
    listing = command(
        verbs,
        "list",
        "Print the proposals that wait for an officer, oldest first: both papers, what agrees and what differs.",
        "sohoa duplicates list --json\n  sohoa duplicates list --state accepted",
    )
    listing.add_argument(
        "--state", choices=tuple(_STATES), default="proposed", help="those in this state (default: proposed)"
    )
    listing.add_argument("--limit", type=int, default=100, help="at most so many (default 100)")
    listing.add_argument("--from", dest="offset", type=int, default=0, help="leave out so many first")
    show = command(
        verbs,
        "show",
        "Show one proposal: the fields of both papers, where they stand, and what the texts say otherwise. With "
        "--pictures the pages of both are drawn, fields that agree framed green, those that differ red.",
        "sohoa duplicates show DOCUMENT_1 DOCUMENT_2 --pictures doi-chieu/",
    )
    show.add_argument("--pictures", metavar="FOLDER", type=Path, help="folder to draw the pages into")
    decide = command(
        verbs,
        "decide",
        "Keep what an officer decided on a proposal; both documents stay.",
        "sohoa duplicates decide rescan DOCUMENT_1 DOCUMENT_2 --accept --by cb01",
    )
    undo = command(
        verbs,
        "undo",
        "Let a proposal that was decided wait again.",
        "sohoa duplicates undo rescan DOCUMENT_1 DOCUMENT_2 --by cb01",
    )
    for verb in (find, listing, show, decide, undo):
        verb.add_argument("--agency", help="agency code (default: the setting)")
    for verb in (decide, undo):
        verb.add_argument("kind", choices=tuple(KINDS))
        verb.add_argument("--by", required=True, help="officer's id")
        officer_options(verb, named=True)
    for verb in (show, decide, undo):
        verb.add_argument("first", metavar="DOCUMENT_1")
        verb.add_argument("second", metavar="DOCUMENT_2")
    decision = decide.add_mutually_exclusive_group(required=True)
    decision.add_argument("--accept", action="store_true", help="it is as proposed")
    decision.add_argument("--reject", action="store_true", help="it is not")
    for verb, act in ((find, _find), (listing, _list), (show, _show), (decide, _decide), (undo, _undo)):
        verb.set_defaults(run=run, act=act)


def run(args: argparse.Namespace) -> int:
    """Find, list, show, decide or undo."""
    with opened_workplace() as workplace:
        args.act(workplace, agency_code(args.agency or workplace.settings.agency), args)
    return 0


def _find(workplace: Workplace, agency: str, args: argparse.Namespace) -> None:
    from dataclasses import asdict

    from pipeline.duplicates import find_duplicates

    found = find_duplicates(workplace, agency)
    answer(
        args,
        asdict(found),
        f"Đã so {found.compared} cặp; đề xuất mới: {found.same_pixels} cùng ảnh, {found.rescans} quét lại, "
        f"{found.conflicts} mâu thuẫn.",
    )


def _list(workplace: Workplace, agency: str, args: argparse.Namespace) -> None:
    from pipeline.duplicates_view import proposal_json
    from storage.catalogue import relations

    with workplace.catalogue.read() as connection:
        found = relations.listed(connection, agency, state=args.state, limit=args.limit, offset=args.offset)
        total = sum(relations.count(connection, agency, state=args.state).values())
    shapes = [proposal_json(workplace, relation) for relation in found]
    lines = [line for shape in shapes for line in _lines(shape)]
    answer(args, shapes, *lines, f"{agency}: {total} đề xuất {_STATES[args.state]}; hiện {len(shapes)}.")


def _show(workplace: Workplace, agency: str, args: argparse.Namespace) -> None:
    from pipeline.duplicates_view import contradictions, proposal_json, write_pictures
    from storage.catalogue import relations

    with workplace.catalogue.read() as connection:
        relation = relations.of_pair(connection, agency, args.first, args.second)
    shape = proposal_json(workplace, relation)
    shape["contradictions"] = [list(pair) for pair in contradictions(workplace, relation)]
    pictures = write_pictures(workplace, relation, args.pictures) if args.pictures else []
    shape["pictures"] = [str(path) for path in pictures]
    apart = [f"    chữ khác: {ours}  |  {others}" for ours, others in shape["contradictions"]]
    answer(args, shape, *_lines(shape), *apart, *pictures)


def _decide(workplace: Workplace, agency: str, args: argparse.Namespace) -> None:
    from pipeline.duplicates import decide

    with acting(workplace, args, agency):
        decide(workplace, agency, args.kind, args.first, args.second, accept=args.accept, officer=args.by)
    told = {"kind": args.kind, "first": args.first, "second": args.second, "accepted": args.accept}
    answer(args, told, "Đã ghi quyết định; hai văn bản giữ nguyên.")


def _undo(workplace: Workplace, agency: str, args: argparse.Namespace) -> None:
    from pipeline.duplicates import undo

    with acting(workplace, args, agency):
        undo(workplace, agency, args.kind, args.first, args.second, officer=args.by)
    told = {"kind": args.kind, "first": args.first, "second": args.second, "state": "proposed"}
    answer(args, told, "Đã hủy quyết định; đề xuất lại chờ cán bộ xem.")


def _lines(shape: dict[str, Any]) -> list[str]:
    """Return a proposal as lines of a table for a person."""
    basis = shape["basis"]
    lines = [f"{shape['first_id']}  {shape['second_id']}  {KINDS[shape['kind']]}"]
    for word, names in (("giống", basis.get("agree", [])), ("khác", basis.get("differ", []))):
        if names:
            lines.append(f"    {word}: {', '.join(_FIELDS[name] for name in names)}")
    if "shared" in basis:
        lines.append(f"    chữ trùng nhau: {basis['shared']:.0%}; chỗ nói khác nhau: {basis['apart']}")
    for paper in shape["papers"]:
        fields = paper["fields"]
        said = [fields[name]["value"] for name in ("number", "day") if name in fields]
        told = ", ".join([paper["file"], f"{paper['pages']} trang", *said])
        lines.append(f"    {paper['document_id']}: {told}")
    return lines
