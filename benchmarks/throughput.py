"""Pages a second and CPU seconds a page: ``sohoa ocr`` beside OCRmyPDF on the same pages with the same jobs.

    python -m benchmarks.throughput                       # the generated samples
    python -m benchmarks.throughput --folder SCANS --jobs 4 --rounds 5
    python -m benchmarks.throughput --folder SCANS --as files --no-deskew

Both write a PDF/A with a text layer from the same input. Rounds alternate, so that a slow minute of the machine
falls on both. By default all scanned pages are joined into one PDF, which is kind to OCRmyPDF: its start-up, paid for
each file, counts once. OCRmyPDF deskews too (``--no-deskew`` spares it that); sohoa always straightens. CPU is that
of the command and all its processes. Pages that carry real text are left out (OCRmyPDF would skip them), and so are
annotations (it refuses signed files). The text that each output holds is counted too: a tool that reads less is not
faster.

OCRmyPDF is taken from PATH or installed once, newest from PyPI, into a venv of its own in the user's cache.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pikepdf
import pypdfium2

from ocr.options import ENGINES

ROOT = Path(__file__).resolve().parents[1]
IMAGES = {".jpg", ".jpeg", ".png", ".tif", ".tiff"}


@dataclass(frozen=True)
class Run:
    """What one tool took for all pages."""

    seconds: float
    cpu_seconds: float
    words: int


def main(argv: Sequence[str] | None = None) -> int:
    args = arguments().parse_args(argv)
    peer = find_peer(args.ocrmypdf)
    with tempfile.TemporaryDirectory(prefix="sohoa-throughput-") as scratch_name:
        scratch = Path(scratch_name)
        inputs = prepare(args.folder or sample_folder(scratch), scratch / "in", peer, args.as_, args.pages)
        pages = sum(page_count(p) for p in inputs)
        if not pages:
            print("no scanned pages found", file=sys.stderr)
            return 2
        tools = contestants(args, peer, inputs, scratch)
        print(f"{pages} pages in {len(inputs)} PDF, {args.jobs} jobs, {args.rounds} rounds, {version(peer)}")
        runs: dict[str, list[Run]] = {name: [] for name in tools}
        for round_number in range(1, args.rounds + 1):
            for name, run in tools.items():
                result = run()
                runs[name].append(result)
                print(
                    f"  round {round_number} {name:<12} {result.seconds:7.1f} s  "
                    f"{pages / result.seconds:6.2f} pages/s  {result.cpu_seconds / pages:5.2f} CPU s/page  "
                    f"{result.words} words",
                    flush=True,
                )
        table(runs, pages)
    return 0


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, help="scans: PDF and images (default: the generated samples)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--pages", type=int, default=0, help="take only so many pages of each file (default: all)")
    parser.add_argument(
        "--as", dest="as_", choices=("one", "files"), default="one", help="one joined PDF, or each file"
    )
    parser.add_argument(
        "--deskew",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="let OCRmyPDF straighten pages too, as sohoa always does (default)",
    )
    parser.add_argument("--engine", choices=ENGINES, help="sohoa's recogniser (default: settings)")
    parser.add_argument("--tesseract", action="store_true", help="also run plain tesseract on the page images")
    parser.add_argument("--ocrmypdf", type=Path, help="program to use (default: PATH, else a venv in the cache)")
    return parser


def contestants(
    args: argparse.Namespace, peer: Path, inputs: list[Path], scratch: Path
) -> dict[str, Callable[[], Run]]:
    jobs = str(args.jobs)
    sohoa = [str(Path(sys.executable).with_name("sohoa")), "ocr"]
    engine = ["--engine", args.engine] if args.engine else []
    straight = ["--deskew"] if args.deskew else []
    # One page, one thread: what OCRmyPDF's manual advises when pages run side by side.
    single = os.environ | {"OMP_THREAD_LIMIT": "1", "DO_NOT_TRACK": "1"}

    def by_sohoa() -> Run:
        return measured(
            [[*sohoa, str(p), str(scratch / "a" / p.name), "--jobs", jobs, *engine] for p in inputs], scratch / "a"
        )

    def by_sohoa_folder() -> Run:
        return measured([[*sohoa, str(inputs[0].parent), str(scratch / "f"), "--jobs", jobs, *engine]], scratch / "f")

    def by_ocrmypdf() -> Run:
        command = [str(peer), "-q", "-l", "vie", "--output-type", "pdfa-2", "--jobs", jobs, *straight]
        return measured([[*command, str(p), str(scratch / "b" / p.name)] for p in inputs], scratch / "b", single)

    tools = {"sohoa": by_sohoa, "ocrmypdf": by_ocrmypdf}
    if args.as_ == "files":
        tools["sohoa folder"] = by_sohoa_folder
    if args.tesseract:
        pictures = pictures_of(inputs, scratch / "png")

        def by_tesseract() -> Run:
            commands = [["tesseract", str(p), str(scratch / "t" / p.stem), "-l", "vie", "pdf"] for p in pictures]
            return measured(commands, scratch / "t", single, side_by_side=args.jobs)

        tools["tesseract"] = by_tesseract
    return tools


def measured(
    commands: list[list[str]], out: Path, environment: dict[str, str] | None = None, side_by_side: int = 1
) -> Run:
    """Run *commands*, *side_by_side* at a time; they write PDF into *out*, which is emptied before."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()

    def run(command: list[str]) -> None:
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"{' '.join(command)} ended with {done.returncode}\n{done.stderr[-2000:]}")

    with ThreadPoolExecutor(side_by_side) as pool:
        list(pool.map(run, commands))
    seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(seconds, cpu, sum(word_count(p) for p in sorted(out.glob("*.pdf"))))


def table(runs: dict[str, list[Run]], pages: int) -> None:
    print(f"\n{'':<13}{'pages/s':>24}{'CPU s/page':>24}{'words':>9}")
    print(f"{'':<13}" + f"{'median':>10}{'min':>7}{'max':>7}" * 2)
    for name, of in runs.items():
        speed = [pages / r.seconds for r in of]
        cpu = [r.cpu_seconds / pages for r in of]
        cells = [f"{statistics.median(v):10.2f}{min(v):7.2f}{max(v):7.2f}" for v in (speed, cpu)]
        print(f"{name:<13}{''.join(cells)}{of[-1].words:>9}")
    ours, theirs = runs["sohoa"], runs["ocrmypdf"]
    for title, value in (("pages/s", lambda r: 1 / r.seconds), ("1 / CPU s", lambda r: 1 / r.cpu_seconds)):
        ratios = [value(a) / value(b) for a, b in zip(ours, theirs, strict=True)]
        print(
            f"sohoa : ocrmypdf, {title}: median {statistics.median(ratios):.2f}, "
            f"min {min(ratios):.2f}, max {max(ratios):.2f}"
        )


def prepare(folder: Path, target: Path, peer: Path, as_: str, most: int) -> list[Path]:
    """Write the scanned pages of *folder* as PDF into *target*: one joined file, or one for each input."""
    target.mkdir(parents=True)
    written: list[Path] = []
    joined = pikepdf.new()
    for number, path in enumerate(sorted(p for p in folder.rglob("*") if p.is_file())):
        source = as_pdf(path, target.parent / f"{number:04d}.pdf", peer)
        if source is None:
            continue
        own = pikepdf.new()
        with source:
            for page in list(source.pages)[: most or None]:
                if is_scan(page):
                    if "/Annots" in page:
                        del page["/Annots"]
                    (own if as_ == "files" else joined).pages.append(page)
            if len(own.pages):
                written.append(target / f"{number:04d}-{path.stem}.pdf")
                own.save(written[-1])
    if len(joined.pages):
        written.append(target / "joined.pdf")
        joined.save(written[-1])
    return written


def as_pdf(path: Path, scratch: Path, peer: Path) -> pikepdf.Pdf | None:
    """Open *path*; images go through img2pdf (it comes with OCRmyPDF). None for what neither tool could read."""
    if path.suffix.lower() in IMAGES:
        img2pdf = peer.with_name("img2pdf")
        done = subprocess.run([str(img2pdf), str(path), "-o", str(scratch)], capture_output=True)
        if done.returncode:
            return None
        path = scratch
    elif path.suffix.lower() != ".pdf":
        return None
    try:
        return pikepdf.open(path)
    except (pikepdf.PdfError, pikepdf.PasswordError):
        return None


def is_scan(page: pikepdf.Page) -> bool:
    """Return whether *page* shows an image and no text."""
    resources = page.get("/Resources", pikepdf.Dictionary())
    objects = resources.get("/XObject", pikepdf.Dictionary())
    images = (o for _, o in objects.items() if isinstance(o, pikepdf.Stream) and o.get("/Subtype") == "/Image")
    return "/Font" not in resources and any(images)


def page_count(path: Path) -> int:
    with pikepdf.open(path) as pdf:
        return len(pdf.pages)


def word_count(path: Path) -> int:
    pdf = pypdfium2.PdfDocument(path)
    try:
        return sum(len(page.get_textpage().get_text_bounded().split()) for page in pdf)
    finally:
        pdf.close()


def pictures_of(inputs: list[Path], target: Path) -> list[Path]:
    """Render the pages at 300 dpi for plain tesseract; not part of what is timed."""
    target.mkdir()
    written = []
    for path in inputs:
        pdf = pypdfium2.PdfDocument(path)
        for number, page in enumerate(pdf, 1):
            written.append(target / f"{path.stem}-{number:04d}.png")
            page.render(scale=300 / 72).to_pil().save(written[-1], dpi=(300, 300), compress_level=1)
        pdf.close()
    return written


def sample_folder(scratch: Path) -> Path:
    """Return the generated samples, made now if they are not there."""
    ready = ROOT / "samples" / "archive"
    if ready.is_dir() and any(ready.rglob("*.pdf")):
        return ready
    made = scratch / "samples"
    subprocess.run([sys.executable, str(ROOT / "samples" / "make_samples.py"), str(made)], check=True)
    return made


def find_peer(named: Path | None) -> Path:
    """Return OCRmyPDF's program; installs it once into a venv of its own when it is nowhere."""
    if named is not None:
        return named
    on_path = shutil.which("ocrmypdf")
    if on_path:
        return Path(on_path)
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "sohoa" / "ocrmypdf-venv"
    program = cache / "bin" / "ocrmypdf"
    if not program.exists():
        print(f"installing OCRmyPDF into {cache}", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(cache)], check=True)
        subprocess.run([str(cache / "bin" / "python"), "-m", "pip", "install", "-q", "ocrmypdf"], check=True)
    return program


def version(peer: Path) -> str:
    told = subprocess.run([str(peer), "--version"], capture_output=True, text=True, check=True)
    return f"OCRmyPDF {told.stdout.strip()}"


if __name__ == "__main__":
    sys.exit(main())
