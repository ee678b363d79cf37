"""``sohoa``: the front door. Progress goes to stderr, results to stdout, ``--json`` everywhere."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence

from domain.errors import Advice, NotReady, SohoaError
from pipeline.cli.common import Formatter, print_json

#: command -> module that has ``add(subparsers)``; kept light, so that ``sohoa --help`` starts at once
COMMANDS = (
    # reading and storing
    "ocr",
    "split",
    "digitize",
    "batch",
    # looking up and giving out
    "search",
    "show",
    "get",
    "access-copy",
    "reuse",
    "validity",
    # certifying and signing
    "certify",
    "certify-step",
    "certify-refuse",
    "certify-cancel",
    "register",
    "sao-y",
    "sign-digitised",
    "renew",
    "signer",
    "authority",
    # checking what is signed
    "verify",
    "trust",
    # officers, and what waits for them
    "officers",
    "waiting",
    "duplicates",
    "case",
    "disposal",
    # keeping it whole
    "audit",
    "audit-log",
    "scrub",
    "incidents",
    "replicate",
    "store",
    "catalogue",
    "bag",
    "package",
    # serving others
    "serve",
    "doctor",
)
EXIT_NOT_DONE = 4  # the act could not be done (settings, service, refusal); 0-3 belong to the commands


def parser() -> argparse.ArgumentParser:
    """Return the whole command-line grammar."""
    top = argparse.ArgumentParser(
        prog="sohoa",
        formatter_class=Formatter,
        description="Số hóa hồ sơ, kết quả giải quyết TTHC và chứng thực bản sao điện tử.",
        epilog="example:\n  sohoa ocr quyet-dinh.pdf ra.pdf --json -\n  sohoa batch run samples/archive/manifest.csv",
    )
    top.add_argument("--version", action="store_true", help="print the version and stop")
    commands = top.add_subparsers(dest="command", metavar="COMMAND")
    for name in COMMANDS:
        importlib.import_module(f"pipeline.cli.{name.replace('-', '_')}").add(commands)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code."""
    grammar = parser()
    args = grammar.parse_args(argv)
    if args.version:
        from importlib.metadata import version

        print(version("sohoa"))
        return 0
    if args.command is None:
        grammar.print_help()
        return 0
    try:
        return int(args.run(args))
    except SohoaError as error:
        return _not_done(args, error)
    except KeyboardInterrupt:
        print("sohoa: đã dừng; phần đã xong được giữ, chạy lại để tiếp tục.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        return 0
    except OSError as error:
        what = f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror)
        advice = Advice(
            f"Không đọc hoặc ghi được tệp ({what}).",
            "Phần đã xong được giữ.",
            "Kiểm tra đường dẫn, quyền và chỗ trống trên đĩa rồi chạy lại.",
        )
        return _not_done(args, NotReady("file-error", type(error).__name__, advice))


def _not_done(args: argparse.Namespace, error: SohoaError) -> int:
    if getattr(args, "json", False) is True:
        print_json({"error": {"code": error.code, "message": str(error.advice)}})
    print(f"sohoa: [{error.code}] {error.advice}", file=sys.stderr)
    return EXIT_NOT_DONE


if __name__ == "__main__":
    sys.exit(main())
