"""Where a stack of papers is cut: boundaries of random stacks, found and true.

    python -m benchmarks.splitting FOLDER [FOLDER ...] [--stacks 200] [--seed 1] [--json OUT.json] [--wrong]

Each FOLDER is a set of papers as for ``benchmarks/accuracy.py`` (PDF files and ``truth.json``); each file is one paper
with its attachments and blank backs. Its pages are read once; stacks of two to twelve papers are drawn from all of
them by a seeded generator, their pages renumbered as if they had been scanned together:

* *plain*: nothing between the papers;
* *blank*: an empty sheet after every second paper or so;
* *sheets*: a separator sheet (patch code, bar code or QR code with a case code) before most papers, drawn and read;
* *worn*: nothing between, half of the papers black-and-white copies (no seal to be told by its colour), of three first
  pages one without quốc hiệu and tiêu ngữ, of two pages one without its number: as where heads were not read.

A boundary is a page that opens a paper, the first of the stack not counted. Precision and recall are over all stacks;
*exact* is the share of stacks cut wholly right; *sure* the share of stacks of which the proposal is at least 98 % sure,
and how many of those are right.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

if __package__ in (None, ""):  # called by path
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from PIL import Image, ImageDraw

from benchmarks.peers import user_cache
from benchmarks.readings import read_folder
from domain.text import fold
from ocr.model import PageReading
from ocr.splitting.proposal import propose

KINDS = ("plain", "blank", "sheets", "worn")
SURE = 0.98
_DPI = 200
_CASE = "H24.01-261122-{:04d}"


@dataclass
class Count:
    """What was found over the stacks of one kind."""

    stacks: int = 0
    pages: int = 0
    true: int = 0
    found: int = 0
    right: int = 0
    exact: int = 0
    sure: int = 0
    sure_right: int = 0
    codes: int = 0
    codes_right: int = 0
    wrong: Counter[str] = field(default_factory=Counter)

    @property
    def precision(self) -> float:
        """Share of proposed boundaries that are true."""
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """Share of true boundaries that were proposed."""
        return self.right / self.true if self.true else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of both."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


@dataclass(frozen=True)
class Paper:
    """One paper: its name and its pages as read."""

    name: str
    pages: tuple[PageReading, ...]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--stacks", type=int, default=200, help="of each kind, for each folder")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--cache", type=Path, default=user_cache())
    parser.add_argument("--json", type=Path)
    parser.add_argument("--wrong", action="store_true", help="name the pages that were most often cut wrong")
    asked = parser.parse_args(argv)
    report: dict[str, Any] = {}
    print("| papers | stacks | pages | boundaries | precision | recall | F1 | exact | sure (of those right) |")
    print("|---|---|---|---|---|---|---|---|---|")
    for folder in asked.folders:
        papers = papers_of(folder, asked.jobs, asked.cache)
        sheets = separator_sheets(folder, asked.jobs, asked.cache)
        for kind in KINDS:
            count = measure(papers, sheets, kind, asked.stacks, random.Random(f"{asked.seed} {kind}"))
            report[f"{folder.name} {kind}"] = as_json(count)
            print(row(f"{folder.name} · {kind}", count))
            if asked.wrong:
                for name, times in count.wrong.most_common(12):
                    print(f"    {times} × {name}")
    if asked.json:
        asked.json.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return 0


def papers_of(folder: Path, jobs: int, cache: Path | None) -> list[Paper]:
    """Return the papers of a set."""
    names = sorted(json.loads((folder / "truth.json").read_text(encoding="utf-8")))
    found = read_folder(folder, [n for n in names if (folder / n).is_file()], jobs, cache)
    return [Paper(name, found[name].pages) for name in names if name in found]


def separator_sheets(folder: Path, jobs: int, cache: Path | None) -> list[tuple[str, PageReading]]:
    """Draw separator sheets of every kind, a little askew, read them, and return them with the code they carry."""
    rng = random.Random(5)
    with tempfile.TemporaryDirectory() as scratch:
        drawn: dict[str, str] = {}
        for n, kind in enumerate(("patch-T", "patch-2", "bar", "qr") * 2):
            code = "" if kind.startswith("patch") else _CASE.format(n)
            name = f"{n}-{kind}.png"
            (Path(scratch) / name).write_bytes(_sheet(kind, code, rng.uniform(-1.2, 1.2)))
            drawn[name] = code
        found = read_folder(Path(scratch), list(drawn), jobs, cache)
    return [(drawn[name], reading.pages[0]) for name, reading in sorted(found.items())]


def _sheet(kind: str, code: str, askew: float) -> bytes:
    import zxingcpp

    page = Image.new("L", (round(8.27 * _DPI), round(11.69 * _DPI)), 244)
    draw = ImageDraw.Draw(page)
    mm = _DPI / 25.4
    if kind.startswith("patch"):
        y = 30 * mm
        for letter in {"patch-T": "NWNW", "patch-2": "WNNW"}[kind]:
            high = (5.08 if letter == "W" else 2.03) * mm
            draw.rectangle((40 * mm, y, 170 * mm, y + high), fill=25)
            y += high + 2.03 * mm
    else:
        wanted = zxingcpp.BarcodeFormat.QRCode if kind == "qr" else zxingcpp.BarcodeFormat.Code128
        scale = 8 if kind == "qr" else 3
        made = np.array(zxingcpp.write_barcode_to_image(zxingcpp.create_barcode(code, wanted), scale=scale))
        made = made if kind == "qr" else np.repeat(made[:1] if made.shape[0] < 60 else made, 1, axis=0)
        page.paste(Image.fromarray(made), (round(40 * mm), round(40 * mm)))
    sink = io.BytesIO()
    page.rotate(askew, fillcolor=244, resample=Image.Resampling.BICUBIC).save(sink, "PNG", dpi=(_DPI, _DPI))
    return sink.getvalue()


def measure(
    papers: Sequence[Paper], sheets: Sequence[tuple[str, PageReading]], kind: str, stacks: int, rng: random.Random
) -> Count:
    """Draw *stacks* stacks, propose cuts, and count."""
    count = Count()
    for _ in range(stacks):
        pages, opens, codes, names = _stack(papers, sheets, kind, rng)
        proposal = propose(pages)
        starts = {part.first_page for part in proposal.parts} - {proposal.parts[0].first_page}
        true = opens - {min(opens)}
        count.stacks += 1
        count.pages += len(pages)
        count.true += len(true)
        count.found += len(starts)
        count.right += len(starts & true)
        exact = {part.first_page for part in proposal.parts} == opens
        count.exact += exact
        count.sure += proposal.confidence >= SURE
        count.sure_right += exact and proposal.confidence >= SURE
        read = {part.first_page: part.code for part in proposal.parts}
        count.codes += len(codes)
        count.codes_right += sum(read.get(page) == code for page, code in codes.items())
        count.wrong.update(f"{names[p]} {'cut' if p in starts else 'joined'}" for p in starts ^ true)
    return count


def _stack(
    papers: Sequence[Paper], sheets: Sequence[tuple[str, PageReading]], kind: str, rng: random.Random
) -> tuple[list[PageReading], set[int], dict[int, str], dict[int, str]]:
    """Return pages, numbers of those that open a paper, codes of the sheets before them, and what each page is."""
    chosen = rng.sample(list(papers), min(len(papers), rng.randint(2, 12)))
    pages: list[PageReading] = []
    opens: set[int] = set()
    codes: dict[int, str] = {}
    names: dict[int, str] = {}
    for paper in chosen:
        if kind == "sheets" and rng.random() < 0.85:
            code, sheet = rng.choice(list(sheets))
            pages.append(replace(sheet, number=len(pages) + 1))
            if code:
                codes[len(pages) + 1] = code
        opens.add(len(pages) + 1)
        copied = kind == "worn" and rng.random() < 0.5
        for page in paper.pages:
            worn = _worn(page, copied, rng) if kind == "worn" else page
            pages.append(replace(worn, number=len(pages) + 1))
            names[len(pages)] = f"{paper.name} page {page.number}"
        if kind == "blank" and rng.random() < 0.5:
            empty = replace(pages[-1], number=len(pages) + 1, blank=True, text="", lines=(), marks=(), codes=())
            pages.append(replace(empty, signature_blocks=(), mean_confidence=0.0))
            names[len(pages)] = f"empty sheet after {paper.name}"
    return pages, opens, codes, names


def _worn(page: PageReading, copied: bool, rng: random.Random) -> PageReading:
    """Return *page* as where its head and its number were not read; *copied*: in black and white."""
    lost = ["cong hoa xa hoi", "doc lap tu do"] if rng.random() < 1 / 3 else []
    unnumbered = rng.random() < 0.5
    kept = []
    for line in page.lines:
        words = line.words
        folded = [fold(w.text) for w in words]
        for phrase in lost:
            first = phrase.split()[0]
            if phrase in " ".join(folded) and first in folded:
                words = words[: folded.index(first)]
                folded = folded[: len(words)]
        edge = line.box[3] < 0.12 * page.height_px or line.box[1] > 0.88 * page.height_px
        if not words or (unnumbered and edge and line.text.strip(" -–.").isdigit()):
            continue
        kept.append(line if words == line.words else replace(line, words=words))
    marks = () if copied else page.marks
    source = "ccitt" if copied else page.image_source
    text = "\n".join(line.text for line in kept)
    return replace(page, lines=tuple(kept), marks=marks, image_source=source, text=text)


def row(name: str, count: Count) -> str:
    """Return one row of the table."""
    sure = f"{count.sure / count.stacks:.0%} ({count.sure_right}/{count.sure})"
    codes = f", codes {count.codes_right}/{count.codes}" if count.codes else ""
    return (
        f"| {name} | {count.stacks} | {count.pages} | {count.true} | {count.precision:.1%} | {count.recall:.1%} "
        f"| {count.f1:.3f} | {count.exact / count.stacks:.0%} | {sure}{codes} |"
    )


def as_json(count: Count) -> dict[str, Any]:
    """Return the figures of one kind of stack."""
    return {
        "stacks": count.stacks,
        "pages": count.pages,
        "boundaries": count.true,
        "precision": round(count.precision, 4),
        "recall": round(count.recall, 4),
        "f1": round(count.f1, 4),
        "exact": round(count.exact / count.stacks, 4),
        "sure": round(count.sure / count.stacks, 4),
        "sure_right": count.sure_right,
        "codes": count.codes,
        "codes_right": count.codes_right,
    }


if __name__ == "__main__":
    sys.exit(main())
