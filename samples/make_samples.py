"""Render the sample archive: ``python samples/make_samples.py [OUT] [--seed N] [--only NAME ...]``.

Writes the files, ``manifest.csv`` (file, owner, agency, case, kind, procedure, certify) and ``truth.json``. The same
seed gives the same pages. See ``samples/README.md``.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import zlib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import cv2
import numpy as np
import pikepdf

from domain.errors import NotReady
from samples import marks
from samples.catalogue import entries
from samples.damage import scanned, show_through
from samples.marks import Pixels
from samples.model import Entry, Paper
from samples.pack import write
from samples.truth import truth_of
from samples.typeset import Sheet, draw, typeset

DEFAULT_OUT = Path(__file__).resolve().parent / "archive"
COLUMNS = ("file", "owner", "agency", "case", "kind", "procedure", "certify")
#: opens the encrypted sample; nobody but a test should know it
PASSWORD = "khoa-2025"  # noqa: S105


@dataclass(frozen=True)
class SampleFile:
    """One file that was made: its stable name, where it lies, and its row of the manifest."""

    name: str
    path: Path
    owner: str
    agency: str
    case: str
    kind: str
    procedure: str
    certify: bool
    special: str
    truth: dict[str, object] | None  # None for files that cannot be read


def names() -> tuple[str, ...]:
    """Return the stable names of all files, in manifest order."""
    return tuple(entry.name for entry in entries())


def make(out: Path, *, seed: int = 1, only: Collection[str] | None = None) -> list[SampleFile]:
    """Render the archive, or the files named in *only*, into folder *out* (made when absent) and return them.

    Raises ``NotReady`` (``font-missing``) without Tinos, ``ValueError`` for an unknown name.
    """
    chosen = [entry for entry in entries() if only is None or entry.name in only]
    unknown = set(only or ()) - {entry.name for entry in chosen}
    if unknown:
        raise ValueError(f"no sample named {', '.join(sorted(unknown))}; there are {', '.join(names())}")
    out.mkdir(parents=True, exist_ok=True)
    made = [_make_one(entry, out, seed) for entry in chosen]
    with (out / "manifest.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(COLUMNS)
        for m in made:
            certify = "yes" if m.certify else "no"
            table.writerow((m.path.name, m.owner, m.agency, m.case, m.kind, m.procedure, certify))
    truth = {m.path.name: m.truth for m in made if m.truth is not None}
    (out / "truth.json").write_text(json.dumps(truth, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return made


def _make_one(entry: Entry, out: Path, seed: int) -> SampleFile:
    path = out / entry.file
    truth: dict[str, object] | None = None
    if entry.special == "empty":
        path.write_bytes(b"")
    elif entry.special == "signed":
        from samples.signed import signed_pdf  # pyHanko is slow to import

        assert entry.paper is not None
        path.write_bytes(signed_pdf(entry.paper, seed))
        truth = truth_of(entry, typeset(entry.paper))
    elif entry.special.startswith("duplicate:"):
        original = next(e for e in entries() if e.name == entry.special.partition(":")[2])
        source = out / original.file
        if not source.exists():
            _make_one(original, out, seed)
        path.write_bytes(source.read_bytes())
        truth = truth_of(original, typeset(_paper(original)))
    else:
        sheets = typeset(_paper(entry))
        write(path, scan_pages(entry, sheets, seed), entry.scan)
        truth = _spoil(entry, path, truth_of(entry, sheets))
    return SampleFile(
        entry.name,
        path,
        entry.owner,
        entry.agency,
        entry.case,
        entry.kind,
        entry.procedure,
        entry.certify,
        entry.special,
        truth,
    )


def _paper(entry: Entry) -> Paper:
    if entry.paper is None:
        raise ValueError(f"{entry.name} has no paper")
    return entry.paper


def _spoil(entry: Entry, path: Path, truth: dict[str, object]) -> dict[str, object] | None:
    """Break or lock the file where the archive wants it so; return its truth, None when nobody can read it."""
    if entry.special == "corrupt":
        data = path.read_bytes()
        path.write_bytes(data[: len(data) // 3])  # as a copy that stopped half-way: no page tree, no trailer
        return None
    if entry.special == "encrypted":
        with pikepdf.open(path, allow_overwriting_input=True) as pdf:
            pdf.save(path, encryption=pikepdf.Encryption(owner=PASSWORD, user=PASSWORD, R=6, aes=True))
        return None
    return truth


def scan_pages(entry: Entry, sheets: list[Sheet], seed: int) -> list[Pixels]:
    """Return what the scanner gave for *sheets*: RGB pages, blank versos included, in file order."""
    scan, pages = entry.scan, []
    # What lies on the paper hangs on the paper, what the scanner adds on the pass: a rescan has the same hand and seal.
    on_paper = np.random.default_rng([seed, zlib.crc32(_paper(entry).so_ky_hieu.encode())])
    in_pass = np.random.default_rng([seed, zlib.crc32(entry.file.encode()), scan.salt])
    for number, sheet in enumerate(sheets):
        front = _inked(entry, sheet, on_paper, first=number == 0)
        pages.append(scanned(front, scan, number, in_pass))
        if number + 1 in scan.blank_versos:
            pages.append(scanned(show_through(front), scan, number + 1, in_pass))
    for number in scan.upside_down:
        pages[number - 1] = np.ascontiguousarray(pages[number - 1][::-1, ::-1])
    return pages


def _inked(entry: Entry, sheet: Sheet, rng: np.random.Generator, *, first: bool) -> Pixels:
    paper, dpi = _paper(entry), entry.scan.dpi
    page = cv2.cvtColor(np.asarray(draw(sheet, dpi, entry.scan.ink)), cv2.COLOR_GRAY2RGB)
    scale = dpi / 72
    if "signature" in sheet.places:
        x, y = (v * scale for v in sheet.places["signature"])
        hand = marks.signature_mask(dpi, rng)
        ink = marks.BLUE if rng.uniform() < 0.75 else marks.BLACK
        marks.stamp(page, hand, ink, round(x - hand.shape[1] * 0.42), round(y - hand.shape[0] * 0.62))
        seal = marks.seal_mask(paper.seal_words, dpi, rng)
        dx, dy = rng.uniform(-0.06, 0.06, 2) * seal.shape[0]
        # A third of the signature from its left, the lower part over the signer's name, as clerks do.
        marks.stamp(page, seal, marks.RED, round(x - seal.shape[1] * 0.98 + dx), round(y - seal.shape[0] * 0.5 + dy))
    for place, figures in (("pen_number", paper.so), ("pen_day", f"{paper.ngay.day:02d}")):
        if place in sheet.places:
            x, y = (v * scale for v in sheet.places[place])
            mask = marks.figures_mask(figures, dpi, rng)
            marks.stamp(page, mask, marks.BLACK, round(x), round(y - mask.shape[0] * 0.83))
    if "urgency" in sheet.places and paper.do_khan:
        x, y = (v * scale for v in sheet.places["urgency"])
        mask = marks.urgency_mask(paper.do_khan, dpi, rng)
        marks.stamp(page, mask, marks.RED, round(x - mask.shape[1] / 2), round(y - mask.shape[0] / 2))
    if "arrival" in sheet.places and entry.arrival:
        x, y = (v * scale for v in sheet.places["arrival"])
        mask = marks.arrival_mask(entry.arrival, dpi, rng)
        marks.stamp(page, mask, marks.RED, round(x - mask.shape[1] / 2), round(y))
    for stamped in entry.stamps if first else ():
        x, y = (v * scale for v in stamped.centre)
        mask = marks.office_mask(stamped, dpi, rng)
        marks.stamp(page, mask, stamped.colour, round(x - mask.shape[1] / 2), round(y - mask.shape[0] / 2))
    return page


def main() -> int:
    """Entry of the command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        description="Render the sample archive.", epilog="example: python samples/make_samples.py /tmp/archive --seed 2"
    )
    parser.add_argument("out", nargs="?", type=Path, default=DEFAULT_OUT, metavar="OUT")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="+", choices=names(), metavar="NAME", help=", ".join(names()))
    options = parser.parse_args()
    try:
        made = make(options.out, seed=options.seed, only=options.only)
    except NotReady as error:
        print(error, error.advice, sep="\n", file=sys.stderr)
        return 1
    size = sum(m.path.stat().st_size for m in made) / 1e6
    print(f"{len(made)} files, {size:.1f} MB in {options.out}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
