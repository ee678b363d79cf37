"""``sohoa ocr``: read scans into text, fields and PDF/A without any store or network."""

from __future__ import annotations

import argparse
import importlib
import json
import sys
import threading
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline.cli.common import command

EXIT_UNREADABLE = 3


def add(commands: Any) -> None:
    """Add the command to the grammar."""
    grammar = command(
        commands,
        "ocr",
        "Read scans into text, fields and PDF/A-2u, without store or network.",
        "sohoa ocr quyet-dinh.pdf ra.pdf --json - --text ra.txt\n  sohoa ocr thu-muc-quet/ thu-muc-ra/",
        json_flag=False,
    )
    grammar.add_argument("source", metavar="IN", type=Path, help="PDF, TIFF, JPEG or PNG; or a folder of them")
    grammar.add_argument("out", metavar="OUT.pdf", type=Path, nargs="?", help="PDF/A to write; a folder if IN is one")
    grammar.add_argument("--json", metavar="FILE|-", help="write pages, words and fields as JSON ('-': stdout)")
    grammar.add_argument("--text", metavar="FILE|-", help="write the text in reading order ('-': stdout)")
    grammar.add_argument("--jobs", metavar="N", type=int, default=0, help="worker processes (default: all cores)")
    engines = ("batch", "tesserocr", "pytesseract")
    grammar.add_argument("--engine", choices=engines, help="recogniser (default: settings)")
    grammar.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Read one file or a folder. Exit 0 when all was read, 3 when some file could not be."""
    from domain.errors import BadInput
    from pipeline.formats import file_json, file_text
    from pipeline.progress import progress_bar
    from pipeline.reading import NoRecords, open_reader, read_files
    from pipeline.settings import load_settings
    from pipeline.single import check_files, limits_of, read_options

    settings = load_settings()
    folder = args.source.is_dir()
    files, refused = check_files(args.source, limits_of(settings))
    targets = _targets(args.source, args.out, [file.path for file in files])
    options = read_options(settings, engine=args.engine)
    jobs = min(args.jobs or settings.ocr.workers, max(1, sum(f.pages for f in files)))
    shapes: dict[Path, dict[str, Any]] = {}
    texts: dict[Path, str] = {}
    with ExitStack() as stack:
        bar = stack.enter_context(progress_bar(sum(f.pages for f in files), "trang"))
        reader = stack.enter_context(open_reader(options, jobs, limits_of(settings)))
        if args.out is not None:
            threading.Thread(target=_load_writer, daemon=True).start()
        outcomes = read_files(
            files, reader, NoRecords(), on_page=lambda _f, _n, _k: bar.step(), thresholds=settings.ocr.accept
        )
        for file, outcome in outcomes:
            try:
                if isinstance(outcome, BadInput):
                    raise outcome
                if args.out is not None:
                    from pipeline.derivative import write_derivative

                    target = targets[file.path]
                    target.parent.mkdir(parents=True, exist_ok=True)
                    write_derivative(file, outcome, target, converted_at=datetime.now(UTC))
            except BadInput as error:
                refused.append((file.path, error))
                continue
            if args.json:
                shapes[file.path] = file_json(outcome)
            if args.text:
                texts[file.path] = file_text(outcome)
    in_order = [shapes[file.path] for file in files if file.path in shapes]  # files end in any order
    if args.json:
        shape = in_order if folder else in_order[0] if in_order else None
        _write(args.json, json.dumps(shape, ensure_ascii=False, indent=1) + "\n")
    if args.text:
        _write(args.text, "\f".join(texts[file.path] for file in files if file.path in texts))
    for path, reason in sorted(refused, key=lambda one: one[0]):
        print(f"sohoa: {path.name}: [{reason.code}] {reason.advice}", file=sys.stderr)
    return EXIT_UNREADABLE if refused else 0


def _load_writer() -> None:
    """Import what writes and checks PDF/A while the first pages are being read: it takes most of a second."""
    importlib.import_module("pikepdf.pdfa")
    importlib.import_module("pipeline.derivative")


def _targets(source: Path, out: Path | None, files: list[Path]) -> dict[Path, Path]:
    """Return source file -> PDF to write: the same folders below *out* as below *source*, no two to the same place.

    Raises ``Refused`` when a scan would be overwritten.
    """
    from domain.errors import Advice, Refused

    if out is None:
        return {}
    targets: dict[Path, Path] = {}
    taken: set[Path] = set()
    for file in files:
        inside = file.relative_to(source) if source.is_dir() else Path(file.name)
        target = out / inside.with_suffix(".pdf") if source.is_dir() or out.is_dir() else out
        if target in taken:  # a.jpg beside a.pdf
            target = out / f"{inside}.pdf"
        taken.add(target)
        targets[file] = target
    scans = {file.resolve() for file in files}
    if any(target.resolve() in scans for target in targets.values()):
        raise Refused(
            "output-is-input",
            "a PDF to be written has the place of a scan that is read",
            Advice("Tệp kết quả trùng chỗ với tệp quét gốc.", "Chưa có gì thay đổi.", "Chọn nơi ghi khác."),
        )
    return targets


def _write(target: str, content: str) -> None:
    if target == "-":
        sys.stdout.write(content)
    else:
        Path(target).write_text(content, encoding="utf-8")
