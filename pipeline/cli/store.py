"""``sohoa store``: setting up and looking after the object store."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from pipeline.cli.common import answer, command, opened_workplace, print_json, verbs_of


def add(commands: Any) -> None:
    """Add the command to the grammar."""
    verbs = verbs_of(
        commands,
        "store",
        "Set up the object store and keep it in order: keys, locks, what killed acts left behind.",
        "sohoa store init",
    )
    init = command(
        verbs,
        "init",
        "Make the bucket with versioning, object lock, encryption where the server has keys, and expiry of exports, "
        "then try what the store really does. "
        "A bucket that is there already is kept; object lock can only be given when a bucket is made.",
        "sohoa store init\n  sohoa store init --json",
    )
    init.set_defaults(run=run_init)
    policies = command(
        verbs,
        "policies",
        "Print least-privilege policy documents for the bucket: writer (sohoa), disposer (sohoa that destroys papers "
        "past their term), reader, auditor, replica. --apply registers them at a MinIO server, with the key of an "
        "administrator.",
        "sohoa store policies --to chinh-sach/\n  sohoa store policies --apply --user app=writer --user tra-cuu=reader",
    )
    policies.add_argument("--to", metavar="DIR", type=Path, help="write one JSON file a role into DIR")
    policies.add_argument("--apply", action="store_true", help="register them at the server (sohoa-<bucket>-<role>)")
    policies.add_argument(
        "--user", metavar="USER=ROLE", action="append", default=[], help="with --apply: give it to USER"
    )
    policies.set_defaults(run=run_policies)
    rekey = command(
        verbs,
        "rekey",
        "Move what lies under an old key of store.encryption_key_file under its first one; the old lines must stay "
        "until this says that nothing is under them. Stopped, the next run goes on. Exit 1 when something was left.",
        "sohoa store rekey --dry-run\n  sohoa store rekey\n  sohoa store rekey --plain",
    )
    rekey.add_argument("--replica", action="store_true", help="the replica instead of the store")
    rekey.add_argument("--plain", action="store_true", help="encrypt what lies there unencrypted too")
    rekey.add_argument("--dry-run", action="store_true", help="only count what is under which key")
    rekey.set_defaults(run=run_rekey)
    lock = command(
        verbs,
        "lock",
        "Put originals and certified copies under object lock that stand without, and what holds cover under the "
        "store's legal hold (taken away again where a hold was released): after a repair, a restore, or new papers.",
        "sohoa store lock",
    )
    lock.set_defaults(run=run_lock)
    sweep = command(
        verbs,
        "sweep",
        "Remove what killed acts left behind: blobs that no manifest and no open signing job names, and pages of "
        "finished readings, once they are older than the grace.",
        "sohoa store sweep --dry-run\n  sohoa store sweep --grace-days 30",
    )
    sweep.add_argument("--dry-run", action="store_true", help="only say what would be removed")
    sweep.add_argument("--grace-days", type=int, default=7, help="keep what is younger (default 7, at least 1)")
    sweep.set_defaults(run=run_sweep)


def run_init(args: argparse.Namespace) -> int:
    """Set up and print what the store can."""
    from dataclasses import asdict

    from pipeline.settings import load_settings
    from pipeline.upkeep import init_store

    new, can = init_store(load_settings())
    if args.json:
        print_json({"new": new} | asdict(can))
        return 0
    yes = {True: "có", False: "không", None: "không áp dụng"}
    print(f"Kho {'đã được tạo' if new else 'đã có sẵn'}; đã thử ghi có điều kiện, đọc lại, thay, liệt kê, xóa: được.")
    print(
        f"Giữ phiên bản: {yes[can.versioning]}. Khóa đối tượng: {yes[can.object_lock]}. "
        f"Giữ theo lệnh (legal hold): {yes[can.legal_hold]}. "
        f"Kho tự mã hóa: {yes[can.encryption]}."
    )
    for problem in can.problems:
        print(f"  {problem}")
    return 0


def run_policies(args: argparse.Namespace) -> int:
    """Print, write or register the policies."""
    import json

    from domain.errors import Advice, BadInput
    from pipeline.settings import load_settings
    from pipeline.upkeep import apply_store_policies, store_policies

    settings = load_settings()
    documents = store_policies(settings)
    users = dict(pair.partition("=")[::2] for pair in args.user)
    if not set(users.values()) <= documents.keys() or not all(users) or (users and not args.apply):
        said = Advice("Cần --apply --user TÊN=VAI TRÒ.", "Chưa ghi gì.", f"Vai trò: {', '.join(documents)}.")
        raise BadInput("store-role", "a user without role", said)
    if args.to is not None:
        args.to.mkdir(parents=True, exist_ok=True)
        for role, document in documents.items():
            (args.to / f"{role}.json").write_text(json.dumps(document, indent=2) + "\n", "utf-8")
    if not args.apply:
        if args.json or args.to is None:
            print_json(documents)
        return 0
    names = apply_store_policies(settings, users)
    lines = [f"{user}: {role}" for user, role in users.items()]
    answer(args, {"policies": names, "users": users}, *names, *lines)
    return 0


def run_rekey(args: argparse.Namespace) -> int:
    """Move and print what is under which key."""
    from dataclasses import asdict

    from pipeline.upkeep import rekey_store

    with opened_workplace() as workplace:
        report = rekey_store(workplace, replica=args.replica, plain=args.plain, dry_run=args.dry_run)
    lines = [f"  {name or 'không mã hóa'}: {count} đối tượng" for name, count in report.under.items()]
    wrong = [f"  {key}: {what}" for key, what in report.problems]
    answer(args, asdict(report), f"Đã chuyển {report.moved} đối tượng, {report.bytes} byte.", *lines, *wrong)
    return 1 if report.problems else 0


def run_lock(args: argparse.Namespace) -> int:
    """Lock and print how many objects are locked."""
    from pipeline.holds import hold_in_stores
    from pipeline.upkeep import lock_store

    with opened_workplace() as workplace:
        locked = lock_store(workplace)
        held = hold_in_stores(workplace)
    lines = [f"{locked} bản gốc và bản sao chứng thực đang được khóa."]
    if held:
        lines.append(f"{held} đối tượng đang được kho giữ theo lệnh giữ (legal hold).")
    answer(args, {"locked": locked, "held": held}, *lines)
    return 0


def run_sweep(args: argparse.Namespace) -> int:
    """Sweep and print what was removed."""
    from dataclasses import asdict

    from pipeline.upkeep import sweep_store

    with opened_workplace() as workplace:
        report = sweep_store(workplace, grace_days=max(1, args.grace_days), dry_run=args.dry_run)
    if args.json:
        print_json(asdict(report))
        return 0
    for key in (*report.removed, *report.left_behind):
        print(key)
    what = "Sẽ xóa" if args.dry_run else "Đã xóa"
    print(
        f"Đã xem {report.blobs} đối tượng. {what} {len(report.removed)} đối tượng mồ côi và {report.pages} trang tạm, "
        f"{report.bytes / 2**20:.1f} MiB; {report.young} đối tượng mồ côi còn trong thời gian chờ."
    )
    if report.left_behind:
        print(f"{what} {len(report.left_behind) - len(report.refused)} bản kê còn sót của tài liệu đã hủy.")
    if report.refused:
        print(f"{len(report.refused)} bản kê trong đó cần khóa truy cập vai trò disposer.")
    return 0
