"""``sohoa disposal``: papers past their term proposed, approved by another, destroyed with a certificate; holds."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.cli.acting import acting, officer_options
from pipeline.cli.common import agency_code, answer, command, opened_workplace, verbs_of

if TYPE_CHECKING:
    from pipeline.holds import Done
    from pipeline.workplace import Workplace

_STATES = {
    "proposed": "chờ duyệt",
    "approved": "đã duyệt, chưa hủy",
    "carrying": "đang hủy",
    "done": "đã hủy xong",
    "withdrawn": "đã rút",
}
_PROBLEMS = {
    "": "khớp mã băm đã ghi",
    "missing": "KHÔNG CÒN TRONG KHO",
    "altered": "KHÔNG KHỚP MÃ BĂM ĐÃ GHI",
    "seal": "DẤU CỦA HỆ THỐNG KHÔNG CÒN NGUYÊN VẸN",
}


def add(commands: Any) -> None:
    """Add the commands to the grammar."""
    verbs = verbs_of(
        commands,
        "disposal",
        "Propose, approve and destroy, with a certificate, papers past their term, and hold some back.",
        "sohoa disposal list",
    )
    propose = command(
        verbs,
        "propose",
        "List the papers whose term is over and which nothing holds, for another officer to approve. Terms: "
        "retention.terms_file before domain/law/retention.toml. Nothing is destroyed.",
        'sohoa disposal propose --by cb01 --basis "Kế hoạch số 12/KH-UBND"',
    )
    propose.add_argument("--agency", help="agency code (default: the setting)")
    propose.add_argument("--basis", required=True, help="the decision or plan that it goes by")
    propose.add_argument("--limit", type=int, default=1000, help="most papers of one list (default 1000)")
    propose.set_defaults(run=run_propose)
    listing = command(verbs, "list", "Print the disposals of an agency.", "sohoa disposal list --json")
    listing.add_argument("--agency", help="agency code (default: the setting)")
    listing.set_defaults(run=run_list)
    show = command(
        verbs,
        "show",
        "Print a disposal with its papers; its certificate and seal are looked at again, --certificate takes it out. "
        "Exit 1 when the certificate is not as it was recorded.",
        "sohoa disposal show 20261122-0a1b2c3d --certificate bien-ban.pdf",
    )
    show.add_argument("--certificate", metavar="FILE", type=Path, help="write the certificate (PDF/A) to FILE")
    show.set_defaults(run=run_show)
    approve = command(
        verbs,
        "approve",
        "Approve a list as it stands: not by the officer who proposed it.",
        "sohoa disposal approve 20261122-0a1b2c3d --by ld02",
    )
    approve.set_defaults(run=run_approve)
    withdraw = command(
        verbs,
        "withdraw",
        "Give up a list that was not begun with.",
        "sohoa disposal withdraw 20261122-0a1b2c3d --by cb01",
    )
    withdraw.set_defaults(run=run_withdraw)
    carry = command(
        verbs,
        "carry-out",
        "Destroy the papers of an approved list: certificate first, then tombstone, rows and bytes of each paper, in "
        "the replica too. Killed, the same command goes on. Exit 1 when papers of the list were left.",
        "sohoa disposal carry-out 20261122-0a1b2c3d --by cb01",
    )
    carry.set_defaults(run=run_carry_out)
    for verb in (show, approve, withdraw, carry):
        verb.add_argument("disposal", metavar="DISPOSAL")
    hold = command(
        verbs,
        "hold",
        "Forbid to dispose of a document, a case's or an owner's papers until the hold is released.",
        'sohoa disposal hold --case H24.01-260101-0001 --by cb01 --reason "Đang khiếu nại"',
    )
    target = hold.add_mutually_exclusive_group(required=True)
    target.add_argument("--document", metavar="DOCUMENT_ID", help="this document")
    target.add_argument("--case", metavar="CODE", help="the papers of this case")
    target.add_argument("--owner", help="the papers of citizen:<12 digits> or org:<tax code>")
    hold.add_argument("--agency", help="agency code (default: the setting)")
    hold.set_defaults(run=run_hold)
    holds = command(verbs, "holds", "Print the holds in force.", "sohoa disposal holds")
    holds.add_argument("--agency", help="agency code (default: the setting)")
    holds.add_argument("--all", action="store_true", help="released ones too")
    holds.set_defaults(run=run_holds)
    release = command(
        verbs,
        "release",
        "Release a hold.",
        'sohoa disposal release 20261122-0a1b2c3d --by cb01 --reason "Đã giải quyết xong"',
    )
    release.add_argument("hold", metavar="HOLD")
    release.set_defaults(run=run_release)
    for verb in (hold, release):
        verb.add_argument("--reason", required=True, help="why, for the audit log")
    for verb in (propose, approve, withdraw, carry, hold, release):
        verb.add_argument("--by", required=True, help="officer's id")
        officer_options(verb, named=True)


def run_propose(args: argparse.Namespace) -> int:
    """Propose and print the list."""
    from pipeline.disposal import propose

    with opened_workplace() as workplace:
        agency = agency_code(args.agency or workplace.settings.agency)
        with acting(workplace, args, agency):
            made = propose(workplace, agency, by=args.by, basis=args.basis, limit=max(1, args.limit))
    answer(args, asdict(made), *_lines(made), "Cần một cán bộ khác duyệt bằng `sohoa disposal approve`.")
    return 0


def run_list(args: argparse.Namespace) -> int:
    """Print one line a disposal."""
    from storage.catalogue import disposals

    with opened_workplace() as workplace:
        agency = agency_code(args.agency or workplace.settings.agency)
        with workplace.catalogue.read() as connection:
            found = disposals.listed(connection, agency)
    lines = [f"{d.id}  {_STATES[d.state]}  {len(d.papers)} tài liệu  {d.basis}" for d in found]
    answer(args, [asdict(d) for d in found], *(lines or ["Chưa có danh mục hủy nào."]))
    return 0


def run_show(args: argparse.Namespace) -> int:
    """Print a disposal; write its certificate."""
    from pipeline.disposal import certificate_key, known
    from pipeline.disposal_check import check_certificate

    with opened_workplace() as workplace:
        disposal = known(workplace, args.disposal)
        checked = check_certificate(workplace, disposal) if disposal.certificate_sha256 else None
        if args.certificate is not None and checked is not None and checked.problem != "missing":
            args.certificate.write_bytes(workplace.store.get(certificate_key(disposal)))
    shape = asdict(disposal)
    lines = _lines(disposal)
    if checked is not None:
        shape["certificate"] = {
            "problem": checked.problem,
            "sealed": checked.sealed,
            "seal_intact": None if checked.seal is None else checked.seal.intact,
        }
        lines.append(f"Biên bản: {_PROBLEMS[checked.problem]}.")
        lines.append(checked.seal.message if checked.seal else ("" if checked.sealed else "Biên bản không có dấu."))
    answer(args, shape, *(line for line in lines if line))
    return 1 if checked is not None and checked.problem else 0


def run_approve(args: argparse.Namespace) -> int:
    """Approve and print the state."""
    from pipeline.disposal import approve, known

    with opened_workplace() as workplace, acting(workplace, args, known(workplace, args.disposal).agency, "approve"):
        approved = approve(workplace, args.disposal, by=args.by)
    answer(args, asdict(approved), f"{approved.id}: {_STATES[approved.state]}, {len(approved.papers)} tài liệu")
    return 0


def run_withdraw(args: argparse.Namespace) -> int:
    """Withdraw and print the state."""
    from pipeline.disposal import known, withdraw

    with opened_workplace() as workplace, acting(workplace, args, known(workplace, args.disposal).agency):
        withdrawn = withdraw(workplace, args.disposal, by=args.by)
    answer(args, asdict(withdrawn), f"{withdrawn.id}: {_STATES[withdrawn.state]}")
    return 0


def run_carry_out(args: argparse.Namespace) -> int:
    """Carry out and print what was destroyed and what was left."""
    from pipeline.disposal import carry_out, known

    with opened_workplace() as workplace, acting(workplace, args, known(workplace, args.disposal).agency):
        done = carry_out(workplace, args.disposal, by=args.by)
    answer(
        args,
        {"destroyed": done.destroyed, "left": list(done.left), "certificate_sha256": done.disposal.certificate_sha256},
        f"Đã hủy {done.destroyed} tài liệu; biên bản {done.disposal.id}, SHA-256 {done.disposal.certificate_sha256}",
        *(f"  không hủy {document_id}: {why}" for document_id, why in done.left),
    )
    return 1 if done.left else 0


def run_hold(args: argparse.Namespace) -> int:
    """Place a hold and print its id."""
    from domain.owners import parse_owner
    from pipeline.holds import hold

    with opened_workplace() as workplace:
        agency = agency_code(args.agency or workplace.settings.agency)
        if args.owner:
            scope, target = "owner", workplace.warehouse.owner_ref(parse_owner(args.owner))
        elif args.case:
            scope, target = "case", args.case
        else:
            scope, target = "document", workplace.warehouse.show(args.document).document.id
        with acting(workplace, args, agency):
            made = hold(workplace, agency, scope, target, by=args.by, reason=args.reason)
    answer(args, asdict(made), f"{made.id}: đã giữ lại", *_in_store(made))
    return 0


def run_holds(args: argparse.Namespace) -> int:
    """Print one line a hold."""
    from storage.catalogue import holds

    with opened_workplace() as workplace:
        agency = agency_code(args.agency or workplace.settings.agency)
        with workplace.catalogue.read() as connection:
            found = holds.listed(connection, agency, released=args.all)
    lines = [f"{h.id}  {h.scope}  {h.target}  {h.reason}{'  (đã bỏ)' if h.released_at else ''}" for h in found]
    answer(args, [asdict(h) for h in found], *(lines or ["Không có lệnh giữ nào."]))
    return 0


def run_release(args: argparse.Namespace) -> int:
    """Release a hold."""
    from pipeline.holds import release

    with opened_workplace() as workplace, acting(workplace, args, _agency_of_hold(workplace, args.hold)):
        released = release(workplace, args.hold, by=args.by, reason=args.reason)
    answer(args, asdict(released), f"{released.id}: đã bỏ lệnh giữ", *_in_store(released))
    return 0


def _agency_of_hold(workplace: Workplace, hold_id: str) -> str:
    from storage.catalogue import holds

    with workplace.catalogue.read() as connection:
        found = [h for agency in holds.agencies(connection) for h in holds.listed(connection, agency, released=True)]
    return next((hold.agency for hold in found if hold.id == hold_id), workplace.settings.agency)


def _in_store(done: Done) -> list[str]:
    if not done.complete:
        return ["Kho chưa ghi nhận hết (legal hold); lệnh vẫn có hiệu lực. Chạy `sohoa store lock`."]
    return [f"Kho (legal hold): {done.objects} đối tượng."] if done.objects else []


def _lines(disposal: Any) -> list[str]:
    lines = [f"{disposal.id}: {_STATES[disposal.state]}; {len(disposal.papers)} tài liệu; {disposal.basis}"]
    for paper in disposal.papers:
        why = f"  KHÔNG HỦY: {paper.outcome}" if paper.outcome else ""
        lines.append(
            f"  {paper.document_id}  {paper.type or paper.kind}  hết hạn {paper.over_after}  {paper.term}{why}"
        )
    return lines
