"""``python -m signing.authority FOLDER``: the test authority as a program of its own."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from domain.errors import SohoaError
from signing.authority.plan import CredentialPlan


def main() -> int:
    """Run the server; 0 when stopped, 2 when it cannot start."""
    parser = argparse.ArgumentParser(prog="python -m signing.authority", description=__doc__)
    parser.add_argument("folder", type=Path, help="keys, certificates, port and secrets; made when absent")
    parser.add_argument("--port", type=int, help="port of a new authority (default: a free one, kept in the folder)")
    parser.add_argument("--credentials", type=Path, help="JSON list of credentials to have")
    parser.add_argument("--clock-offset", type=float, default=0.0, metavar="S", help="seconds added to the clock")
    parser.add_argument("--stop-with-stdin", action="store_true", help="end when standard input ends")
    arguments = parser.parse_args()
    credentials: tuple[CredentialPlan, ...] | None = None
    if arguments.credentials:
        credentials = tuple(CredentialPlan(**plan) for plan in json.loads(arguments.credentials.read_text("utf-8")))
    from signing.authority.server import serve

    try:
        serve(
            arguments.folder,
            arguments.port,
            credentials=credentials,
            clock_offset_s=arguments.clock_offset,
            stop_with_stdin=arguments.stop_with_stdin,
        )
    except SohoaError as error:
        print(error, error.advice, sep="\n", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
