"""``sohoa doctor``: what this machine can do, what it lacks, and how to mend it."""

from __future__ import annotations

import argparse
from typing import Any

from pipeline.cli.common import command, print_json

EXIT_MISSING = 1


def add(commands: Any) -> None:
    """Add the command to the grammar."""
    grammar = command(
        commands, "doctor", "Say what this machine can and cannot do, and how to fix it.", "sohoa doctor --json"
    )
    grammar.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the findings. Exit 1 when something needed is missing."""
    from dataclasses import asdict

    from pipeline.doctor import examine
    from pipeline.settings import config_file, load_settings

    settings = load_settings()
    findings = examine(settings)
    if args.json:
        print_json({"data_dir": str(settings.data_dir), "findings": [asdict(finding) for finding in findings]})
    else:
        words = {"ok": "TỐT  ", "warning": "LƯU Ý", "missing": "THIẾU"}
        print(f"Dữ liệu: {settings.data_dir} · cấu hình: {config_file() or 'mặc định'}")
        for finding in findings:
            print(f"{words[finding.state]}  {finding.name}: {finding.detail}")
            if finding.fix:
                print(f"       → {finding.fix}")
    return EXIT_MISSING if any(finding.state == "missing" for finding in findings) else 0
