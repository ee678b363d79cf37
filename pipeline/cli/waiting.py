"""``sohoa waiting``: all that waits for an officer, one queue."""

from __future__ import annotations

import argparse
from typing import Any

from pipeline.cli.common import agency_code, answer, command, opened_workplace

_KINDS = {
    "same-pixels": "cùng ảnh quét, tệp khác",
    "rescan": "có thể quét lại",
    "conflict": "cùng số, khác nội dung",
    "split": "tập giấy chờ tách",
    "fields": "trường đọc chưa chắc",
    "quarantined": "tệp bị cách ly",
    "text-lost": "mất phần chữ trong kho, chưa tra cứu được theo nội dung",
}
_NEXT = {
    "same-pixels": "sohoa duplicates show",
    "rescan": "sohoa duplicates show",
    "conflict": "sohoa duplicates show",
    "split": "sohoa split",
    "fields": "sohoa show",
    "quarantined": "sohoa show",
    "text-lost": "sohoa scrub",
}


def add(commands: Any) -> None:
    """Add the command to the grammar."""
    grammar = command(
        commands,
        "waiting",
        "Count what waits for an officer, by agency: duplicates and conflicts, stacks to be cut, number, day, issuer "
        "or type in doubt, files set aside, texts lost from the store. With --kind list it, oldest first.",
        "sohoa waiting --all\n  sohoa waiting --kind rescan --agency H24.01 --json",
    )
    grammar.add_argument("--agency", help="agency code (default: the setting)")
    grammar.add_argument("--all", action="store_true", help="count for all agencies")
    grammar.add_argument("--kind", choices=tuple(_KINDS), help="list what waits of this kind")
    grammar.add_argument("--limit", type=int, default=50, help="list at most so many (default 50)")
    grammar.add_argument("--from", dest="offset", type=int, default=0, help="leave out so many first")
    grammar.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Count or list."""
    from dataclasses import asdict

    from pipeline.waiting import count_waiting, list_waiting

    with opened_workplace() as workplace:
        agency = agency_code(args.agency or workplace.settings.agency)
        if args.kind:
            found = list_waiting(workplace, agency, args.kind, limit=args.limit, offset=args.offset)
            lines = [
                "  ".join(part for part in (w.document_id, w.other_id, w.since[:10], w.detail) if part) for w in found
            ]
            hint = [f"Xem từng việc: {_NEXT[args.kind]} ..."] if found else [f"Không có việc nào đang chờ ở {agency}."]
            answer(args, [asdict(w) for w in found], *lines, *hint)
            return 0
        counts = count_waiting(workplace, None if args.all else agency)
    lines = []
    for name, kinds in counts.items():
        lines.append(f"{name}: {sum(kinds.values())} việc đang chờ")
        lines += [f"    {number:6}  {_KINDS[kind]}  (--kind {kind})" for kind, number in kinds.items()]
    nothing = "Không có việc nào đang chờ" + ("." if args.all else f" ở {agency}; mọi cơ quan: --all.")
    answer(args, counts, *(lines or [nothing]))
    return 0
