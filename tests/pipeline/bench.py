"""A workbench for the stages: little scans, and a reader whose "recogniser" answers from a table.

Real recognition has tests of its own; here its place is taken by words that a test chooses, so that hundreds of pages
cost nothing and every reading can be counted.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from PIL import Image, ImageDraw

from domain.owners import UNASSIGNED, parse_owner
from ocr.model import PageReading
from ocr.pool import PagePool
from ocr.source.pages import PageImages
from pipeline.batch import register_batch, run_chunk
from pipeline.batch_source import read_batch
from pipeline.reading import Reader
from pipeline.results import Row
from pipeline.settings import OcrSettings, Settings
from pipeline.workplace import Workplace, open_workplace
from storage.catalogue.engine import open_catalogue
from tests.pipeline.readings import line, reading

SIZE, DPI = (620, 877), 75
CITIZEN = "citizen:001200000019"
AGENCY = "H24.01"


class Killed(BaseException):
    """Stands for the end of the process at a chosen moment: nothing in the code may catch it."""


def crash(patch: pytest.MonkeyPatch, moment: str, *, after: bool = False, nth: int = 1) -> None:
    """End the process (``Killed``) before or after the *nth* time that the function named *moment* is called.

    *moment* is a dotted path; modules that imported the function by name are patched too.
    """
    module_name, _, name = moment.rpartition(".")
    try:
        holder: Any = importlib.import_module(module_name)
    except ModuleNotFoundError:  # a method: module.Class.name
        module_name, _, class_name = module_name.rpartition(".")
        holder = getattr(importlib.import_module(module_name), class_name)
    original: Callable[..., Any] = getattr(holder, name)
    seen = 0

    def crashing(*args: Any, **kwargs: Any) -> Any:
        nonlocal seen
        seen += 1
        if seen == nth and not after:
            raise Killed
        answer = original(*args, **kwargs)
        if seen == nth:
            raise Killed
        return answer

    patch.setattr(holder, name, crashing)
    for module in [m for n, m in sys.modules.items() if n.split(".")[0] in ("pipeline", "storage", "signing")]:
        if getattr(module, name, None) is original:
            patch.setattr(module, name, crashing)


def scan(path: Path, name: str, pages: int = 1) -> Path:
    """Write a scan of *pages* pages that differs from every scan of another *name*."""
    path.parent.mkdir(parents=True, exist_ok=True)
    sheets = []
    for number in range(1, pages + 1):
        sheet = Image.new("L", SIZE, 255)
        draw = ImageDraw.Draw(sheet)
        draw.text((60, 60), f"{name} {number}", fill=0)
        for row in range(120, 420, 30):
            draw.rectangle((60, row, 400, row + 9), fill=0)
        sheets.append(sheet.convert("1"))
    options: dict[str, Any] = {"compression": "group4", "dpi": (DPI, DPI)}
    sheets[0].save(path, "TIFF", save_all=True, append_images=sheets[1:], **options)
    return path


def office_page(number: int, *lines: str) -> tuple[str, ...]:
    """Return the lines of an ordinary page of a decision."""
    return (
        "ỦY BAN NHÂN DÂN XÃ THỬ NGHIỆM",
        f"Số: {number}/QĐ-UBND",
        "QUYẾT ĐỊNH",
        "Về việc phê duyệt kế hoạch số hóa hồ sơ",
        *lines,
    )


class TablePool:
    """A page pool (``submit``) that knows its answers; `` | `` parts the columns of a head.

    ``read`` lists (file digest, page) in the order of reading.
    """

    def __init__(
        self,
        text: Callable[[str, int], tuple[str, ...]] = lambda _sha256, number: office_page(number),
        *,
        pixels: bool = False,  # decode each page for the digest of its image
    ) -> None:
        self.text = text
        self.pixels = pixels
        self.read: list[tuple[str, int]] = []
        self.stop_after: int | None = None  # pages; then the process "is killed"
        self.failing: dict[int, BaseException] = {}  # page number -> what its future ends in

    def submit(self, path: Path, media_type: str, number: int) -> Future[PageReading]:
        """Answer at once."""
        if self.stop_after is not None and len(self.read) >= self.stop_after:
            raise Killed
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        self.read.append((sha256, number))
        future: Future[PageReading] = Future()
        if number in self.failing:
            future.set_exception(self.failing[number])
        else:
            rows = self.text(sha256, number)
            columns = [
                (n, at, cell)
                for n, row in enumerate(rows)
                for at, cell in zip((60, 330), row.split(" | "), strict=False)
                if cell
            ]
            lines = tuple(line(cell, at, 120 + 30 * n, letter=4.0 if at > 60 else 5.0) for n, at, cell in columns)
            page = reading(lines, number=number, size=SIZE, dpi=DPI)
            if self.pixels:
                with PageImages(path, media_type) as images:
                    page = replace(page, pixel_digest=images.page(number).pixel_digest())
            future.set_result(page)
        return future


def reader(pool: TablePool, jobs: int = 1) -> Reader:
    """Return a reader at work with *pool*."""
    return Reader(cast(PagePool, pool), "table 1 / vie", "0123456789abcdef", jobs)


def settings(data_dir: Path, **groups: Any) -> Settings:
    """Return settings for a folder of one's own, one worker process."""
    return Settings(data_dir=data_dir, **{"ocr": OcrSettings(jobs=1), **groups})


@functools.cache
def _empty_catalogue() -> bytes:
    """Return a migrated SQLite file: migrating one for each test takes longer than the test."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "catalogue.sqlite"
        open_catalogue(f"sqlite:///{file}").close()
        return file.read_bytes()


def catalogue_made(data_dir: Path) -> None:
    """Put an empty catalogue into *data_dir* if it has none."""
    catalogue = data_dir / "catalogue.sqlite"
    if not catalogue.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        catalogue.write_bytes(_empty_catalogue())


@contextlib.contextmanager
def workplace(data_dir: Path, **groups: Any) -> Iterator[Workplace]:
    """Open a workplace in *data_dir*."""
    catalogue_made(data_dir)
    with open_workplace(settings(data_dir, **groups)) as opened:
        yield opened


def run(place: Workplace, pool: TablePool, source: Path, *, owner: str = "", files: int = 20) -> list[Row]:
    """Register the batch of *source* and work it to its end; return the rows of what was done now."""
    items = read_batch(source, AGENCY, parse_owner(owner) if owner else UNASSIGNED)
    batch = register_batch(place, str(source), items)
    rows: list[Row] = []
    while chunk := run_chunk(place, reader(pool), batch.id, files=files):
        rows += chunk
    return rows


def outcomes(rows: list[Row]) -> dict[str, str]:
    """Return file -> outcome."""
    return {row.file: row.outcome for row in rows}
