"""``sohoa ocr``: read scans into text, fields and PDF/A without any store or network."""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

EXIT_UNREADABLE = 3


def add(commands: Any) -> None:
    """Add the command to the grammar."""
    from pipeline.cli.main import command

    grammar = command(
        commands,
        "ocr",
        "Read scans: text, fields and PDF/A-2u. No store, no network.",
        "sohoa ocr quyet-dinh.pdf ra.pdf --json - --text ra.txt\n  sohoa ocr thu-muc-quet/ thu-muc-ra/",
        json_flag=False,
    )
    grammar.add_argument("source", metavar="IN", type=Path, help="PDF, TIFF, JPEG or PNG; or a folder of them")
    grammar.add_argument("out", metavar="OUT.pdf", type=Path, nargs="?", help="PDF/A to write; a folder if IN is one")
    grammar.add_argument("--json", metavar="FILE|-", help="write pages, words and fields as JSON ('-': stdout)")
    grammar.add_argument("--text", metavar="FILE|-", help="write the text in reading order ('-': stdout)")
    grammar.add_argument("--jobs", metavar="N", type=int, default=0, help="worker processes (default: all cores)")
    grammar.add_argument("--engine", choices=("tesserocr", "pytesseract"), help="recogniser (default: settings)")
    grammar.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Read one file or a folder. Exit 0 when all was read, 3 when some file could not be."""
    from domain.errors import BadInput
    from pipeline.derivative import write_derivative
    from pipeline.formats import file_json, file_text
    from pipeline.progress import progress_bar
    from pipeline.reading import NoRecords, open_reader, read_files
    from pipeline.settings import load_settings
    from pipeline.single import check_files, limits_of, read_options

    settings = load_settings()
    folder = args.source.is_dir()
    files, refused = check_files(args.source, limits_of(settings))
    options = read_options(settings, engine=args.engine)
    jobs = min(args.jobs or settings.ocr.workers, max(1, sum(f.pages for f in files)))
    shapes: list[dict[str, Any]] = []
    texts: list[str] = []
    with ExitStack() as stack:
        bar = stack.enter_context(progress_bar(sum(f.pages for f in files), "trang"))
        reader = stack.enter_context(open_reader(options, jobs, limits_of(settings)))
        for file, outcome in read_files(files, reader, NoRecords(), on_page=lambda _f, _n, _k: bar.step()):
            if isinstance(outcome, BadInput):
                refused.append((file.path, outcome))
                continue
            if args.out is not None:
                target = args.out / (file.path.stem + ".pdf") if folder else args.out
                target.parent.mkdir(parents=True, exist_ok=True)
                write_derivative(file, outcome, target, converted_at=datetime.now(UTC))
            if args.json:
                shapes.append(file_json(outcome))
            if args.text:
                texts.append(file_text(outcome))
    shapes.sort(key=lambda shape: shape["source"])
    if args.json:
        _write(
            args.json,
            json.dumps(shapes if folder else shapes[0] if shapes else None, ensure_ascii=False, indent=1) + "\n",
        )
    if args.text:
        _write(args.text, "\f".join(texts))
    for path, error in refused:
        print(f"sohoa: {path.name}: [{error.code}] {error.advice}", file=sys.stderr)
    return EXIT_UNREADABLE if refused else 0


def _write(target: str, content: str) -> None:
    if target == "-":
        sys.stdout.write(content)
    else:
        Path(target).write_text(content, encoding="utf-8")
