"""``sohoa authority serve``: the built-in test authority, never for production."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from pipeline.cli.common import command, verbs_of


def add(commands: Any) -> None:
    """Add the command to the grammar."""
    verbs = verbs_of(
        commands,
        "authority",
        "Run the built-in test authority (CA, OCSP, CRL, TSA, CSC), for trial only.",
        "sohoa authority serve",
    )
    serve = command(
        verbs,
        "serve",
        "Run the built-in test authority on loopback. Never for production: its signatures bind nobody.",
        "sohoa authority serve --port 9180",
        json_flag=False,
    )
    serve.add_argument("--dir", type=Path, help="where its keys and certificates live (default: <data_dir>/authority)")
    serve.add_argument("--port", type=int, help="loopback port; fixed at first start, since certificates carry it")
    serve.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serve until interrupted."""
    from pipeline.settings import load_settings
    from signing.authority.server import serve

    folder = args.dir or load_settings().data_dir / "authority"
    print("sohoa: CƠ QUAN CHỨNG THỰC THỬ NGHIỆM — chữ ký tạo ra ở đây KHÔNG có giá trị pháp lý.", file=sys.stderr)
    serve(folder, args.port)
    return 0
