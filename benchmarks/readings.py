"""Reading whole folders with the project's own reader; finished pages are kept between runs of a benchmark.

A page is kept by file digest, reading options and the source text of all that reads, so that a changed line of code
is measured and not the memory of the last run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from domain.errors import BadInput
from ocr.model import FileReading
from ocr.options import ReadOptions
from ocr.source.limits import Limits
from pipeline.reading import NoRecords, open_reader, read_files
from pipeline.single import check_file

ROOT = Path(__file__).resolve().parents[1]


class KeptPages:
    """Page records as files under one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, key: str) -> bytes | None:
        """Return the record under *key*, or None."""
        try:
            return self._path(key).read_bytes()
        except FileNotFoundError:
            return None

    def put(self, key: str, record: bytes) -> None:
        """Keep *record* under *key*."""
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".part")
        fresh.write_bytes(record)
        fresh.replace(path)

    def _path(self, key: str) -> Path:
        return self._folder / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.json"


def reading_code() -> str:
    """Return a digest of the source files that decide how a page is read."""
    digest = hashlib.sha256()
    for path in sorted([*(ROOT / "ocr").rglob("*"), ROOT / "domain" / "text.py"]):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def read_folder(folder: Path, names: Sequence[str], jobs: int, cache: Path | None) -> dict[str, FileReading]:
    """Read the named files of *folder*; what cannot be read is told and left out."""
    limits = Limits()
    files = []
    for name in names:
        try:
            files.append(check_file(folder / name, limits))
        except BadInput as error:
            print(f"{name}: {error}")
    records = KeptPages(cache / reading_code()) if cache else NoRecords()
    found: dict[str, FileReading] = {}
    with open_reader(ReadOptions(), jobs, limits) as reader:
        for file, result in read_files(files, reader, records):
            if isinstance(result, FileReading):
                found[file.name] = result
            else:
                print(f"{file.name}: {result}")
    return found
