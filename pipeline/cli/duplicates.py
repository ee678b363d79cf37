"""``sohoa duplicates``: rescans and conflicts, proposed to officers."""

from __future__ import annotations

import argparse
from typing import Any

from pipeline.cli.common import agency_code, answer, command, opened_workplace, print_json

_KINDS = {"rescan": "quét lại cùng một giấy tờ", "conflict": "cùng số, ký hiệu nhưng nội dung khác"}
_FIELDS = {
    "type": "loại",
    "number": "số, ký hiệu",
    "day": "ngày ban hành",
    "issuer": "cơ quan ban hành",
    "subject": "trích yếu",
}


def add(commands: Any) -> None:
    """Add the command to the grammar."""
    group = commands.add_parser("duplicates", help="Rescans and conflicting papers: proposals for an officer")
    verbs = group.add_subparsers(dest="verb", metavar="VERB", required=True)
    find = command(
        verbs,
        "find",
        "Compare the papers of each owner by what they say of themselves and keep what looks like a rescan or a "
        "conflict as a proposal. Nothing is merged.",
        "sohoa duplicates find\n  sohoa duplicates find --agency H24.01 --json",
    )
    listing = command(verbs, "list", "Print the proposals that wait for an officer.", "sohoa duplicates list --json")
    decide = command(
        verbs,
        "decide",
        "Keep what an officer decided on a proposal; both documents stay.",
        "sohoa duplicates decide rescan DOCUMENT_1 DOCUMENT_2 --accept --by cb01",
    )
    for verb in (find, listing, decide):
        verb.add_argument("--agency", help="agency code (default: the setting)")
    decide.add_argument("kind", choices=tuple(_KINDS))
    decide.add_argument("first", metavar="DOCUMENT_1")
    decide.add_argument("second", metavar="DOCUMENT_2")
    answer = decide.add_mutually_exclusive_group(required=True)
    answer.add_argument("--accept", action="store_true")
    answer.add_argument("--reject", action="store_true")
    decide.add_argument("--by", required=True, help="officer's id")
    group.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Find, list or decide."""
    from dataclasses import asdict

    from pipeline.duplicates import decide, find_duplicates
    from storage.catalogue import relations

    with opened_workplace() as workplace:
        agency = agency_code(args.agency or workplace.settings.agency)
        if args.verb == "find":
            found = find_duplicates(workplace, agency)
            answer(
                args,
                asdict(found),
                f"Đã so {found.compared} cặp; đề xuất mới: {found.rescans} quét lại, {found.conflicts} mâu thuẫn.",
            )
        elif args.verb == "list":
            with workplace.catalogue.read() as connection:
                waiting = relations.listed(connection, agency)
            if args.json:
                print_json([asdict(r) for r in waiting])
                return 0
            for r in waiting:
                print(f"{r.first_id}  {r.second_id}  {_KINDS[r.kind]}")
                for word, names in (("giống", r.basis["agree"]), ("khác", r.basis["differ"])):
                    if names:
                        print(f"    {word}: {', '.join(_FIELDS[n] for n in names)}")
            print(f"{len(waiting)} đề xuất đang chờ.")
        else:
            decide(workplace, agency, args.kind, args.first, args.second, accept=args.accept, officer=args.by)
            answer(
                args,
                {"kind": args.kind, "first": args.first, "second": args.second, "accepted": args.accept},
                "Đã ghi quyết định; hai văn bản giữ nguyên.",
            )
    return 0
