"""The text that others give for the same pages: plain Tesseract and OCRmyPDF, as a user would run them.

*tesseract*: every page rendered at 300 dpi (signature widgets shown), then ``tesseract PAGE.png stdout -l vie``.
*ocrmypdf*: the pages as one PDF, ``ocrmypdf -l vie --deskew --sidecar``; its text is the sidecar's, which is kinder
than what ``pdftotext`` makes of the output. Pages that carry text already get ``--force-ocr``.

Texts are kept by file digest, program version and pages, since the same call gives the same text.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pikepdf
import pypdfium2
from pypdfium2 import raw as pdfium

DPI = 300
#: One page, one thread: what OCRmyPDF's manual advises when pages run side by side.
SINGLE = os.environ | {"OMP_THREAD_LIMIT": "1", "DO_NOT_TRACK": "1"}
Texts = dict[int, str]  # page number from 1 -> text


def user_cache() -> Path:
    """Return the folder for what these programs keep between runs."""
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "sohoa"


class Tesseract:
    """Plain Tesseract, its own page segmentation."""

    name = "tesseract"

    def __init__(self) -> None:
        told = subprocess.run(["tesseract", "--version"], capture_output=True, text=True, check=True)
        self.identity = f"tesseract {told.stdout.split()[1]} {DPI} dpi"

    def read(self, path: Path, pages: Sequence[int], jobs: int) -> Texts:
        """Return the text of *pages* (1-based) of the PDF at *path*."""
        with tempfile.TemporaryDirectory(prefix="sohoa-peer-") as scratch:
            pictures = render(path, pages, Path(scratch))

            def run(picture: Path) -> str:
                command = ["tesseract", str(picture), "stdout", "-l", "vie"]
                done = subprocess.run(command, env=SINGLE, capture_output=True, check=True)
                return done.stdout.decode().replace("\f", "")

            with ThreadPoolExecutor(jobs) as pool:
                return dict(zip(pages, pool.map(run, pictures), strict=True))


class OcrMyPdf:
    """OCRmyPDF with its own straightening."""

    name = "ocrmypdf"

    def __init__(self, program: Path) -> None:
        self._program = program
        told = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=True)
        tesseract = subprocess.run(["tesseract", "--version"], capture_output=True, text=True, check=True)
        self.identity = f"ocrmypdf {told.stdout.strip()} --deskew, tesseract {tesseract.stdout.split()[1]}"

    def read(self, path: Path, pages: Sequence[int], jobs: int) -> Texts:
        """Return the text of *pages* (1-based) of the PDF at *path*."""
        with tempfile.TemporaryDirectory(prefix="sohoa-peer-") as scratch_name:
            scratch = Path(scratch_name)
            bare, text = scratch / "in.pdf", scratch / "out.txt"
            with pikepdf.open(path) as pdf, pikepdf.new() as chosen:
                for number in pages:
                    chosen.pages.append(pdf.pages[number - 1])
                chosen.save(bare)
            command = [str(self._program), "-q", "-l", "vie", "--deskew", "--output-type", "pdf", "--jobs", str(jobs)]
            if _has_text(bare):
                command.append("--force-ocr")
            command += ["--sidecar", str(text), str(bare), str(scratch / "out.pdf")]
            done = subprocess.run(command, env=SINGLE, capture_output=True, text=True)
            if done.returncode:
                raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}\n{done.stderr[-2000:]}")
            parts = text.read_text(encoding="utf-8").split("\f")
            return {number: parts[n] if n < len(parts) else "" for n, number in enumerate(pages)}


def kept_texts(peer: Tesseract | OcrMyPdf, path: Path, pages: Sequence[int], jobs: int, cache: Path) -> Texts:
    """Return ``peer.read(...)``, from *cache* where it is kept."""
    what = json.dumps([hashlib.sha256(path.read_bytes()).hexdigest(), peer.identity, list(pages)])
    record = cache / f"{peer.name}-{hashlib.sha256(what.encode()).hexdigest()[:32]}.json"
    if record.exists():
        return {int(number): text for number, text in json.loads(record.read_text(encoding="utf-8")).items()}
    texts = peer.read(path, pages, jobs)
    record.parent.mkdir(parents=True, exist_ok=True)
    fresh = record.with_suffix(".part")
    fresh.write_text(json.dumps(texts, ensure_ascii=False), encoding="utf-8")
    fresh.replace(record)
    return texts


def render(path: Path, pages: Sequence[int], target: Path) -> list[Path]:
    """Write *pages* of the PDF at *path* as PNG at 300 dpi, with what forms show; return the files."""
    pdf = pypdfium2.PdfDocument(path)
    try:
        if pdf.get_formtype() != pdfium.FORMTYPE_NONE:
            pdf.init_forms()
        written = []
        for number in pages:
            written.append(target / f"{number:05d}.png")
            picture = pdf[number - 1].render(scale=DPI / 72, may_draw_forms=True).to_pil()
            picture.save(written[-1], dpi=(DPI, DPI), compress_level=1)
        return written
    finally:
        pdf.close()


def _has_text(path: Path) -> bool:
    pdf = pypdfium2.PdfDocument(path)
    try:
        return any(page.get_textpage().count_chars() for page in pdf)
    finally:
        pdf.close()
