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

    Raises ``BadInput`` (``officer-missing``, ``officer-secret``) and as :func:`pipeline.officers.proven`.
    """
    from pipeline.officers import proven, required

    officer = getattr(args, "officer", "") or getattr(args, "by", "")
    if args.proof is None and not required(workplace.settings):
        yield
        return
    if not officer:
        raise _missing("officer-missing", "Chưa nêu mã cán bộ thực hiện.", "Nêu mã cán bộ và tệp mật khẩu (--proof).")
    with proven(workplace, agency, officer, _secret(args.proof, officer), *roles):
        yield


def secret_in(file: Path) -> bytes:
    """Return the secret in *file*, without the end of its line. Raises ``BadInput`` (``officer-secret``)."""
    try:
        return file.read_bytes().rstrip(b"\r\n")
    except OSError as error:
        raise _missing("officer-secret", "Không đọc được tệp mật khẩu.", "Kiểm tra đường dẫn và quyền đọc.") from error


def _secret(file: Path | None, officer: str) -> bytes:
    import getpass
    import sys

    if file is not None:
        return secret_in(file)
    if not sys.stdin.isatty():
        raise _missing("officer-secret", "Cần mật khẩu của cán bộ.", "Nêu tệp mật khẩu bằng --proof.")
    return getpass.getpass(f"Mật khẩu của {officer}: ").encode("utf-8")


def _missing(code: str, happened: str, do: str) -> Exception:
    from domain.errors import Advice, BadInput

    return BadInput(code, code, Advice(happened, "Chưa làm gì.", do))
