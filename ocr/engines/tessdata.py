"""Where Tesseract's language packs lie, and which ones they are."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from domain.errors import Advice, NotReady

_USUAL = (
    "/usr/share/tesseract-ocr",
    "/usr/share/tessdata",
    "/usr/local/share/tessdata",
    "/opt/homebrew/share/tessdata",
)


def tessdata_folders(environ: Mapping[str, str] | None = None) -> list[Path]:
    """Return existing folders that hold language packs, the preferred one first (newest Tesseract first)."""
    prefix = (os.environ if environ is None else environ).get("TESSDATA_PREFIX", "")
    found: list[Path] = []
    if prefix:
        found += [Path(prefix), Path(prefix) / "tessdata"]
    for usual in map(Path, _USUAL):
        found += sorted(usual.glob("*/tessdata"), key=lambda p: _version(p.parent.name), reverse=True)
        found.append(usual)
    return [p for p in dict.fromkeys(found) if p.is_dir() and any(p.glob("*.traineddata"))]


def _version(name: str) -> tuple[int, ...]:
    return tuple(int(part) if part.isdigit() else -1 for part in name.split("."))


def find_tessdata(languages: str, folder: Path | None = None) -> Path:
    """Return the folder that holds every pack of *languages* (``vie+eng``).

    Raises:
        NotReady: ``language-pack-missing``.
    """
    names = [n for n in languages.split("+") if n]
    folders = [folder] if folder is not None else tessdata_folders()
    for candidate in folders:
        if names and all((candidate / f"{name}.traineddata").is_file() for name in names):
            return candidate
    seen = {name for name in names for f in folders if (f / f"{name}.traineddata").is_file()}
    missing = [n for n in names if n not in seen] or names
    packages = " ".join(f"tesseract-ocr-{n.lower().replace('_', '-')}" for n in missing) or "tesseract-ocr-vie"
    raise NotReady(
        "language-pack-missing",
        f"no Tesseract data for {languages!r}; install {packages}",
        Advice(
            f"Máy chưa có gói ngôn ngữ nhận dạng chữ ({', '.join(missing) or languages}).",
            "Chưa tệp nào bị xử lý.",
            f"Cài đặt bằng lệnh: apt-get install {packages}; hoặc chỉ thư mục tessdata qua biến TESSDATA_PREFIX.",
        ),
    )


def packs_name(languages: str, folder: Path) -> str:
    """Return *languages* each with the start of its pack's digest: packs of one name differ in what they read."""
    names = [n for n in languages.split("+") if n]
    digests = (hashlib.sha256((folder / f"{name}.traineddata").read_bytes()).hexdigest()[:8] for name in names)
    return "+".join(f"{name} {digest}" for name, digest in zip(names, digests, strict=True))
