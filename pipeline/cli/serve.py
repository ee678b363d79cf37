"""``sohoa serve``: the HTTP API for the intake system, and the look-up pages."""

from __future__ import annotations

import argparse
import importlib
from typing import Any

from pipeline.cli.common import command


def add(commands: Any) -> None:
    """Add the command to the grammar."""
    grammar = command(
        commands,
        "serve",
        "Run the HTTP API (OpenAPI at /docs) and the pages on which copies are looked up (/tra-cuu).",
        "sohoa serve --port 8085",
        json_flag=False,
    )
    grammar.add_argument("--host", help="address to listen on (default: settings, 127.0.0.1)")
    grammar.add_argument("--port", type=_port, help="port (default: settings, 8085)")
    grammar.set_defaults(run=run)


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 1 << 16:
        raise argparse.ArgumentTypeError(f"'{text}' is no port: 1 to 65535")
    return int(text)


def run(args: argparse.Namespace) -> int:
    """Serve until interrupted."""
    from pipeline.settings import load_settings

    # The command line is the front door of the house: it opens the floors above by name only.
    return int(importlib.import_module("portal.server").serve(load_settings(), host=args.host, port=args.port))
