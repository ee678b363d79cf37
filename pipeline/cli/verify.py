"""``sohoa verify``: is this signed PDF valid? A promise when it says yes."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from pipeline.cli.common import command, print_json


def add(commands: Any) -> None:
    """Add the command to the grammar."""
    grammar = command(
        commands,
        "verify",
        "Verify signed PDFs. Exit 0: all valid; 1: some invalid; 2: some indeterminate; 3: some could not be read.",
        "sohoa verify ban-sao.pdf --report bao-cao/\n  sohoa verify *.pdf --trust chung-thu-goc/",
    )
    grammar.add_argument("files", metavar="FILE", type=Path, nargs="+", help="PDF, or a folder of PDFs")
    grammar.add_argument("--trust", metavar="DIR", type=Path, help="folder of trust anchors (instead of the settings')")
    grammar.add_argument("--report", metavar="DIR", type=Path, help="write JSON, HTML, PDF/A and ETSI XML reports")
    grammar.add_argument("--jobs", metavar="N", type=int, default=0, help="worker processes (default: all cores)")
    grammar.add_argument("--bundle", metavar="ZIP", type=Path, help="write the evidence of one FILE, to repeat offline")
    grammar.add_argument("--from-bundle", metavar="ZIP", type=Path, help="repeat the verdict of an evidence bundle")
    grammar.add_argument("--check-seal", action="store_true", help="FILEs are our reports: check the system's seal")
    grammar.add_argument(
        "--second-opinion", action="store_true", help="ask EU DSS too; without its yes nothing is valid"
    )
    grammar.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Verify and print a verdict for each file, and beside it what the register says of it."""
    if args.bundle or args.from_bundle:
        _one_file(args)
    if args.from_bundle:
        return _repeat(args)
    if args.check_seal:
        return _check_seal(args)
    from datetime import UTC, datetime
    from functools import partial

    from domain.errors import Unavailable
    from pipeline.progress import progress_bar
    from pipeline.settings import load_settings
    from pipeline.verify import EXIT_UNREADABLE, about, check_pdfa, exit_code, verify_files, write_report
    from pipeline.verify_register import check_register, register_at_hand, unavailable
    from pipeline.verify_seal import stamping
    from signing.verify.isolated import printed_reader
    from signing.verify.report import to_dict

    paths = [p for f in args.files for p in (sorted(f.rglob("*.pdf")) if f.is_dir() else [f])]
    present = [path for path in paths if path.is_file()]
    settings = load_settings()
    shapes, verdicts, checks = [], [], []
    with ExitStack() as stack, progress_bar(len(present), "tệp") as bar:
        read = stack.enter_context(printed_reader())
        stamp = stack.enter_context(stamping(settings, datetime.now(UTC))) if args.report else None
        try:
            catalogue, answers = stack.enter_context(register_at_hand(settings)), True
        except Unavailable:
            catalogue, answers = None, False
        options = {"trust": args.trust, "jobs": args.jobs, "second_opinion": args.second_opinion}
        for path, verdict in verify_files(settings, present, now=datetime.now(UTC), **options):
            bar.step()
            check = check_register(catalogue, verdict, partial(read, path)) if answers else unavailable(verdict)
            verdicts.append(verdict)
            checks.append(check)
            claim = check_pdfa(settings, path) if args.report else None
            if args.report:
                write_report(args.report, path.name, verdict, check, path, pdfa=claim, stamp=stamp)
            if args.json:
                asked = None if check.code == "not-asked" else check.shape()
                shapes.append({"path": str(path), **to_dict(verdict, about(path.name, asked, claim))})
            else:
                _print(path, verdict)
                if check.indication:
                    print(f"    {check.line}")
    for path in paths:
        if path not in present:
            shapes.append({"path": str(path), "status": "missing"})
            if not args.json:
                print(f"{path}: KHÔNG ĐỌC ĐƯỢC — không thấy tệp")
    if args.json:
        print_json(shapes)
    if args.bundle and verdicts:
        from pipeline.verify_bundle import make_bundle

        _, bundle = make_bundle(settings, present[0], now=verdicts[0].verified_at, trust=args.trust)
        args.bundle.write_bytes(bundle)
    code = exit_code(verdicts, checks)
    return EXIT_UNREADABLE if len(present) < len(paths) or not paths else code


def _check_seal(args: argparse.Namespace) -> int:
    """Check the seal of reports; exit 1 when one is not intact."""
    from datetime import UTC, datetime

    from pipeline.settings import load_settings
    from pipeline.verify import EXIT_INVALID, EXIT_VALID
    from pipeline.verify_seal import check_seals

    found = list(check_seals(load_settings(), args.files, now=datetime.now(UTC)))
    if args.json:
        print_json([{"path": str(path), "intact": check.intact, "message": check.message} for path, check in found])
    else:
        for path, check in found:
            print(f"{path}: {check.message}")
    return EXIT_VALID if all(check.intact for _, check in found) else EXIT_INVALID


def _one_file(args: argparse.Namespace) -> None:
    from domain.errors import Advice, BadInput

    if len(args.files) != 1 or args.files[0].is_dir() or (args.bundle and args.from_bundle):
        advice = Advice(
            "Gói chứng cứ dùng với đúng một tệp.", "Chưa tệp nào được kiểm tra.", "Chỉ nêu một tệp và một lựa chọn gói."
        )
        raise BadInput("bundle-one-file", "bundle options take one file", advice)


def _repeat(args: argparse.Namespace) -> int:
    """Repeat the verdict of a bundle; valid only when our own anchors say so too."""
    from pipeline.settings import load_settings
    from pipeline.verify import EXIT_INDETERMINATE, EXIT_VALID, about, exit_code
    from pipeline.verify_bundle import repeat_bundle
    from signing.verify.report import to_dict

    path: Path = args.files[0]
    said = repeat_bundle(load_settings(), args.from_bundle, path, trust=args.trust)
    if args.json:
        print_json(
            {
                "path": str(path),
                "equal": said.equal,
                "same_policy": said.same_policy,
                "moment": said.bundle.moment.isoformat(),
                "bundle": to_dict(said.verdict, about(path.name)),
                "own": to_dict(said.own, about(path.name)),
            }
        )
    else:
        print(f"Thời điểm kiểm tra của gói: {said.bundle.moment.astimezone().isoformat(timespec='seconds')}")
        print("Kết luận lập lại: " + ("GIỐNG gói." if said.equal else "KHÁC gói."))
        if not said.same_policy:
            print("Chính sách kiểm tra đã khác so với khi lập gói.")
        print("Theo danh sách tin cậy trong gói:")
        _print(path, said.verdict)
        print("Theo danh sách tin cậy của máy này:")
        _print(path, said.own)
    code = exit_code([said.own])
    return EXIT_INDETERMINATE if code == EXIT_VALID and not said.equal else code


def _print(path: Path, verdict: Any) -> None:
    sub = f" ({verdict.sub_indication})" if verdict.sub_indication else ""
    print(f"{path}: {verdict.vietnamese}{sub}")
    for reason in verdict.reasons:
        print(f"    {reason.message}")
    for signature in verdict.signatures:
        who = signature.signer.common_name if signature.signer else "?"
        when = signature.proven_time or signature.claimed_time
        time = when.astimezone().isoformat(timespec="seconds") if when else "không rõ thời gian"
        proven = "" if signature.proven_time else " (tự khai)"
        print(f"    {signature.field}: {signature.indication.vietnamese} · {signature.level} · {who} · {time}{proven}")
        for reason in signature.reasons:
            print(f"        {reason.message}")
    for needed in verdict.needed:
        print(f"    Cần lấy thêm: {needed.vietnamese}")
