"""Checking files before they are read: real type, limits, digest."""

from __future__ import annotations

import hashlib
from pathlib import Path

from domain.errors import Advice, BadInput, NotReady
from ocr.options import ReadOptions
from ocr.source.inspect import inspect
from ocr.source.limits import Limits
from pipeline.reading import FileToRead
from pipeline.settings import Settings

SCAN_SUFFIXES = frozenset({".pdf", ".tif", ".tiff", ".jpg", ".jpeg", ".png"})


def limits_of(settings: Settings) -> Limits:
    """Return the limits of one file."""
    intake = settings.intake
    return Limits(max_bytes=intake.max_bytes, max_pages=intake.max_pages, max_pixels=intake.max_pixels)


def read_options(settings: Settings, engine: str | None = None) -> ReadOptions:
    """Return the reading options in force; *engine* overrides the settings."""
    return ReadOptions(
        engine=engine or settings.ocr.engine,
        languages=settings.ocr.languages,
        tessdata=settings.ocr.tessdata,
        page_timeout_s=settings.ocr.page_timeout_s,
    )


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of the file's bytes, hex, read in pieces."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def files_in(folder: Path) -> list[Path]:
    """Return the files directly or deeper in *folder* that are named like scans, in name order."""
    return sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix.lower() in SCAN_SUFFIXES)


def check_file(path: Path, limits: Limits) -> FileToRead:
    """Return *path* ready to be read. Raises ``BadInput``."""
    info = inspect(path, limits)
    return FileToRead(path=path, name=path.name, sha256=sha256_of(path), media_type=info.media_type, pages=info.pages)


def check_files(source: Path, limits: Limits) -> tuple[list[FileToRead], list[tuple[Path, BadInput]]]:
    """Check one file, or all scans of a folder; return those that can be read and those that cannot, with the reason.

    Raises ``NotReady`` when *source* does not exist or the folder holds no scan.
    """
    paths = files_in(source) if source.is_dir() else [source]
    if not paths or not source.exists():
        raise NotReady(
            "no-input",
            "the input does not exist or holds no scan",
            Advice(f"Không thấy tệp quét nào ở {source}.", "Chưa có gì thay đổi.", "Kiểm tra đường dẫn."),
        )
    good: list[FileToRead] = []
    bad: list[tuple[Path, BadInput]] = []
    for path in paths:
        try:
            good.append(check_file(path, limits))
        except BadInput as error:
            bad.append((path, error))
    return good, bad
