"""Who acts: the options by which an officer proves themselves, and the block in which they act."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.workplace import Workplace


def officer_options(grammar: argparse.ArgumentParser, *, named: bool = False) -> None:
    """Add ``--proof``, and ``--officer`` where the command does not have it (*named*) or calls it ``--by``."""
    if not named:
        grammar.add_argument("--officer", default="", help="id of the officer who acts, as `sohoa officers` lists it")
    grammar.add_argument(
        "--proof",
        type=Path,
        metavar="FILE",
        help="file with the officer's secret; where officers must prove themselves and none is given, it is asked for",
    )


@contextmanager
def acting(workplace: Workplace, args: argparse.Namespace, agency: str, *roles: str) -> Iterator[None]:
    """Act as the officer whom *args* name, proven where that is required or a proof is given.

    ``--by`` where a command has it, else ``--officer``. Raises ``BadInput`` (``officer-missing``, ``officer-secret``)
    and as :func:`pipeline.officers.proven`.
    """
    from pipeline import officers

    who = getattr(args, "by", "") or getattr(args, "officer", "")
    given = None if args.proof is None else secret_in(args.proof)
    with officers.acting(workplace, agency, who, given, *roles, ask=lambda: _asked(who)):
        yield


def secret_in(file: Path) -> bytes:
    """Return the secret in *file*, without the end of its line. Raises ``BadInput`` (``officer-secret``)."""
    from pipeline.officers import no_secret

    try:
        return file.read_bytes().rstrip(b"\r\n")
    except OSError as error:
        raise no_secret("Kiểm tra đường dẫn và quyền đọc của tệp mật khẩu.") from error


def _asked(officer: str) -> bytes:
    import getpass
    import sys

    from pipeline.officers import no_secret

    if not sys.stdin.isatty():
        raise no_secret("Nêu tệp mật khẩu bằng --proof.")
    return getpass.getpass(f"Mật khẩu của {officer}: ").encode("utf-8")
