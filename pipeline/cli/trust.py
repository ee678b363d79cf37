"""``sohoa trust``: whom this installation trusts, since when, by whose decision."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.cli.acting import acting, officer_options
from pipeline.cli.common import answer, command, opened_workplace, print_json, verbs_of

if TYPE_CHECKING:
    from pipeline.settings import Settings
    from pipeline.trust_approval import Person


def add(commands: Any) -> None:
    """Add the command to the grammar."""
    verbs = verbs_of(
        commands,
        "trust",
        "Show and change the trust list: add a root, import P7B and TS 119 612 lists, approve what another proposed.",
        "sohoa trust list",
    )
    shown = command(verbs, "list", "Show the anchors in force and the list's history.", "sohoa trust list --json")
    shown.set_defaults(run=run_list)
    for verb, summary, example in (
        (
            "add",
            "Add one certificate (PEM or DER) as a trust anchor. --sha256 is what its owner published.",
            'sohoa trust add goc.pem --sha256 9f86... --role person --why "QĐ 12/QĐ-UBND"',
        ),
        (
            "import",
            "Import PEM or P7B (its self-signed certificates become anchors) or a trusted list, TS 119 612 XML (its "
            "granted CA and TSA services, from when to when). --sha256 is what the scheme operator published; or "
            "--operator names its certificate, and the list's own signature is checked.",
            'sohoa trust import tin-cay.xml --sha256 9f86... --why "NEAC công bố 2026-11"',
        ),
    ):
        grammar = command(verbs, verb, summary, example)
        grammar.add_argument("file", metavar="FILE", type=Path)
        grammar.add_argument(
            "--sha256",
            required=verb == "add",
            default="",
            metavar="HEX",
            help="of the certificate (add) or file (import)",
        )
        if verb == "import":
            grammar.add_argument(
                "--operator",
                metavar="FILE",
                type=Path,
                help="the scheme operator's certificates: check the XML signature",
            )
        grammar.add_argument("--why", required=True, help="the decision this follows")
        grammar.add_argument("--by", default="", help="who decided (default: the user of this machine)")
        officer_options(grammar, named=True)
        grammar.add_argument("--source", default="", help="where it was taken from")
        grammar.add_argument("--role", action="append", choices=("person", "agency", "tsa"), help="may be repeated")
        grammar.add_argument("--from", dest="start", metavar="DATE", help="the decision holds from this day (UTC)")
        grammar.add_argument("--until", metavar="DATE", help="and up to and with this day")
        grammar.set_defaults(run=run_add, operator=None)
    waiting = command(verbs, "pending", "Show the changes that wait for a second person.", "sohoa trust pending --json")
    waiting.set_defaults(run=run_pending)
    for verb, summary in (
        ("approve", "Put a proposed change into force; another person than the proposer, under another account."),
        ("reject", "Take a proposed change away."),
    ):
        grammar = command(verbs, verb, summary, f"sohoa trust {verb} 0123456789abcdef")
        grammar.add_argument("id", metavar="ID", help="as `sohoa trust pending` shows it")
        grammar.add_argument("--by", default="", help="who decides (default: the user of this machine)")
        officer_options(grammar, named=True)
        grammar.set_defaults(run=run_decide)


def run_list(args: argparse.Namespace) -> int:
    """Print anchors and history."""
    from pipeline.settings import load_settings
    from pipeline.trust import trust_shape

    shape = trust_shape(load_settings())
    if args.json:
        print_json(shape)
        return 0
    print(f"Danh sách tin cậy {shape['name'] or '-'}: {shape['version']}")
    for anchor in shape["anchors"]:
        span = f"{anchor['valid_from'] or '...'} đến {anchor['valid_until'] or '...'}"
        print(f"  {anchor['subject']} · {', '.join(anchor['roles'])} · {span}\n      {anchor['sha256']}")
    for version in shape["history"]:
        print(f"  {version['number']}. {version['at'][:10]} {version['by']}: {version['action']} ({version['why']})")
    if shape["history"] and not shape["recorded"]:
        print("  Thư mục tin cậy đã được sửa tay sau lần ghi cuối.")
    return 0


def run_add(args: argparse.Namespace) -> int:
    """Add or import, and print the new version."""
    from dataclasses import asdict
    from datetime import UTC, datetime

    from pipeline.settings import load_settings
    from pipeline.trust import trust_folder
    from pipeline.trust_approval import propose
    from pipeline.trust_change import Decision, add_to_list
    from signing.trust import certificates_in

    settings = load_settings()
    roles = () if settings.verify.trust_four_eyes else ("approve",)
    by = _person(settings, args, *roles)
    folder, data, why, now = trust_folder(settings), args.file.read_bytes(), args.why, datetime.now(UTC)
    operators = certificates_in(args.operator.read_bytes(), args.operator.name) if args.operator else ()
    source = args.source or args.file.name
    decision = Decision(
        args.sha256, tuple(args.role or ()), args.start or "", args.until or "", source, tuple(operators)
    )
    one, name = args.verb == "add", args.file.name
    if settings.verify.trust_four_eyes:
        proposed = propose(folder, data, decision, one=one, name=name, by=by, why=why, now=now)
        answer(
            args,
            {"proposal": proposed.id, "brings": proposed.brings},
            f"Đề nghị {proposed.id} chờ người khác duyệt: {proposed.brings}",
        )
        return 0
    made = add_to_list(folder, data, decision, one=one, name=name, by=by.name, why=why, now=now)
    answer(args, asdict(made), f"Danh sách tin cậy {made.number}: {made.action}\n  {made.version}")
    return 0


def run_pending(args: argparse.Namespace) -> int:
    """Print what waits for approval."""
    from pipeline.settings import load_settings
    from pipeline.trust import trust_folder
    from pipeline.trust_approval import proposals

    waiting = proposals(trust_folder(load_settings()))
    if args.json:
        shape = [
            {"id": p.id, "at": p.at.isoformat(), "by": p.by.name, "why": p.why, "file": p.name, "brings": p.brings}
            for p in waiting
        ]
        print_json(shape)
        return 0
    for one in waiting:
        print(f"{one.id} · {one.at:%Y-%m-%d} · {one.by.name}: {one.name}, {one.brings} ({one.why})")
    if not waiting:
        print("Không có đề nghị nào chờ duyệt.")
    return 0


def run_decide(args: argparse.Namespace) -> int:
    """Approve or reject a proposal."""
    from dataclasses import asdict
    from datetime import UTC, datetime

    from pipeline.settings import load_settings
    from pipeline.trust import trust_folder
    from pipeline.trust_approval import approve, reject

    settings = load_settings()
    folder, by = trust_folder(settings), _person(settings, args, "approve")
    if args.verb == "reject":
        reject(folder, args.id)
        print_json({"rejected": args.id}) if args.json else print(f"Đã bỏ đề nghị {args.id}.")
        return 0
    made = approve(folder, args.id, by=by, now=datetime.now(UTC))
    answer(
        args,
        asdict(made),
        f"Danh sách tin cậy {made.number}: {made.action}; duyệt: {made.approved_by}\n  {made.version}",
    )
    return 0


def _person(settings: Settings, args: argparse.Namespace, *roles: str) -> Person:
    """Return who acts: an officer who proved themselves, where that is required or a proof is given."""
    import getpass

    from pipeline.officers import note, required
    from pipeline.trust_approval import Person

    if args.proof is None and not required(settings):
        user = getpass.getuser()
        return Person(args.by or user, user)
    with opened_workplace() as workplace, acting(workplace, args, settings.agency, *roles):
        note(workplace, settings.agency, args.by, f"trust list: {args.verb}")
    return Person(args.by, f"officer {settings.agency} {args.by}")
