"""What the commands share: their grammar, the opened workplace, the answer on stdout."""

from __future__ import annotations

import argparse
import json
import re
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.certify.site import SigningSite
    from pipeline.workplace import Workplace
    from storage.replicate import ReplicaReport
    from storage.scrub import ScrubReport

EXIT_SOME_FAILED = 1
WIDTH = 110  # columns of help


class Formatter(argparse.RawDescriptionHelpFormatter):
    """Help in lines as they were written."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=32, width=WIDTH)


def command(commands: Any, name: str, summary: str, example: str, *, json_flag: bool = True) -> argparse.ArgumentParser:
    """Add a command with its help, an example, and ``--json``; the list of commands has only its first clause."""
    first = re.split(r"[:;] |\. (?=[A-Z])|\.$", summary, maxsplit=1)[0]
    added: argparse.ArgumentParser = commands.add_parser(
        name,
        help=f"{first}.",
        description=textwrap.fill(summary, WIDTH),
        epilog=f"example:\n  {example}",
        formatter_class=Formatter,
    )
    if json_flag:
        added.add_argument("--json", action="store_true", help="print the result as JSON on stdout")
    return added


def verbs_of(commands: Any, name: str, summary: str, example: str) -> Any:
    """Add a command that is a group of verbs, and return where its verbs are added."""
    group = command(commands, name, summary, example, json_flag=False)
    return group.add_subparsers(dest="verb", metavar="VERB", required=True)


def iso_day(text: str) -> date:
    """Return a day written YYYY-MM-DD. Raises what makes argparse say what is wrong."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"'{text}' is no day: YYYY-MM-DD") from error


def agency_code(text: str) -> str:
    """Return the agency's code in its usual spelling. Raises ``BadInput``."""
    from domain.agencies import parse_agency_code

    return str(parse_agency_code(text))


@contextmanager
def opened_workplace() -> Iterator[Workplace]:
    """Open store and catalogue that the settings name, for the block. Raises ``NotReady``, ``Unavailable``."""
    from pipeline.settings import load_settings
    from pipeline.workplace import open_workplace

    with open_workplace(load_settings()) as workplace:
        yield workplace


@contextmanager
def opened_to_sign() -> Iterator[tuple[Workplace, SigningSite]]:
    """Open the workplace and its signing services for the block. Raises ``NotReady``, ``Unavailable``."""
    from pipeline.certify.site import open_signing, require_signing
    from pipeline.settings import load_settings
    from pipeline.workplace import open_workplace

    settings = load_settings()
    require_signing(settings)
    with open_workplace(settings) as workplace, open_signing(settings, workplace.clock) as site:
        yield workplace, site


def print_json(value: object) -> None:
    """Print *value* as JSON on stdout, Vietnamese letters as they are."""
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2, default=str)
    sys.stdout.write("\n")


def answer(args: argparse.Namespace, shape: object, *lines: object) -> None:
    """Print *shape* as JSON where ``--json`` asks for it, else the *lines* for a person."""
    if args.json:
        print_json(shape)
        return
    for line in lines:
        print(line)


def more_lines(report: ScrubReport | ReplicaReport) -> list[str]:
    """Return what is to be said of documents indexed without their text, and of the incident report."""
    lines = []
    if report.texts_found:
        lines.append(f"{report.texts_found} tài liệu đã có lại phần chữ và tra cứu được theo nội dung.")
    if report.texts_lost:
        lines.append(f"{report.texts_lost} tài liệu còn mất phần chữ; xem `sohoa waiting --kind text-lost`.")
    if report.kept_as:
        lines.append(f"Báo cáo sự cố: `sohoa incidents show {report.kept_as}`.")
    return lines
