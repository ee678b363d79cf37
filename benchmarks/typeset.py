"""Typeset and damaged papers with known text, fields and layout, as test sets for ``benchmarks/accuracy.py``.

    python -m benchmarks.typeset CORPUS.jsonl.xz OUT [--pages 40] [--seed 1] [--sets good,hard,turned]

CORPUS: one JSON object a line with ``text``, official Vietnamese documents; only its sentences are used. Each set is a
folder under OUT with PDF files, ``truth.json`` (fields and the text of every page in reading order) and
``layout.json`` (every line with its zone and its box in millimetres of the upright sheet).

*good*: office scans of 200 to 300 dpi. *hard*: 100 to 300 dpi, skew to 5°, faded or spread ink, folds, curl, shine
through, black-and-white. *turned*: good scans on their side or upside down, with blank backs. The same seed, fonts and
corpus give the same pages. Fonts: any of those in ``typeset_faces.FAMILIES``; on Debian
``apt install fonts-freefont-ttf fonts-linuxlibertine fonts-noto-core fonts-dejavu-extra fonts-crosextra-carlito``.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

if __package__ in (None, ""):  # called by path
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import cv2
import numpy as np
import pikepdf
from numpy.typing import NDArray
from PIL import Image

from benchmarks.typeset_content import Paper, draw_paper, load_sentences
from benchmarks.typeset_damage import Damage, damage_of, damaged
from benchmarks.typeset_faces import Face, installed_faces
from benchmarks.typeset_page import set_paper
from benchmarks.typeset_sheet import Page

SETS = ("good", "hard", "turned")


@dataclass(frozen=True)
class Order:
    """One file to make."""

    path: Path
    kind: str
    seed: int
    first_sheet: int
    paper: Paper
    face: Face


def main(argv: Sequence[str] | None = None) -> int:
    asked = arguments().parse_args(argv)
    sentences = load_sentences(asked.corpus)
    faces = installed_faces()
    for kind in asked.sets.split(","):
        if kind not in SETS:
            raise SystemExit(f"no set named {kind}; there are {', '.join(SETS)}")
        made = make_set(asked.out / kind, kind, asked.pages, asked.seed, sentences, faces, asked.jobs)
        print(f"{asked.out / kind}: {made} pages")
    return 0


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--pages", type=int, default=40, help="make papers until a set has so many pages")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sets", default="good,hard")
    parser.add_argument("--jobs", type=int, default=1)
    return parser


def make_set(
    folder: Path,
    kind: str,
    pages: int,
    seed: int,
    sentences: tuple[list[str], list[str], list[str]],
    faces: Sequence[tuple[Face, int]],
    jobs: int,
) -> int:
    """Write one set; return how many pages it has."""
    folder.mkdir(parents=True, exist_ok=True)
    truth: dict[str, dict[str, Any]] = {}
    layout: dict[str, Any] = {}
    count = 0
    with ProcessPoolExecutor(jobs) as pool:
        for order, made in _made(orders(folder, kind, seed, sentences, faces), pool, jobs):
            truth[order.path.name], layout[order.path.name] = made
            count += truth[order.path.name]["pages"]
            if count >= pages:
                break
        pool.shutdown(wait=True, cancel_futures=True)
    for stale in folder.glob("*.pdf"):
        if stale.name not in truth:
            stale.unlink()
    (folder / "truth.json").write_text(json.dumps(truth, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    (folder / "layout.json").write_text(json.dumps(layout, ensure_ascii=False) + "\n", encoding="utf-8")
    return count


def _made(wanted: Iterator[Order], pool: ProcessPoolExecutor, jobs: int) -> Iterator[tuple[Order, Any]]:
    """Yield what is made in the order in which it was wanted, *jobs* at work at once."""
    waiting = [(order, pool.submit(make_file, order)) for _, order in zip(range(jobs), wanted, strict=False)]
    while waiting:
        order, future = waiting.pop(0)
        following = next(wanted)
        waiting.append((following, pool.submit(make_file, following)))
        yield order, future.result()


def orders(
    folder: Path,
    kind: str,
    seed: int,
    sentences: tuple[list[str], list[str], list[str]],
    faces: Sequence[tuple[Face, int]],
) -> Iterator[Order]:
    """Yield papers without end; each hangs on *kind*, *seed* and its number only."""
    number = 0
    while True:
        rng = random.Random(f"{kind}/{seed}/{number}")
        paper = draw_paper(rng, *sentences)
        face = rng.choices([f for f, _ in faces], [share for _, share in faces])[0]
        yield Order(folder / f"{kind}-{number:03d}.pdf", kind, seed * 100_000 + number, number, paper, face)
        number += 1


def make_file(order: Order) -> tuple[dict[str, Any], Any]:
    """Set, damage and write one file; return its truth and its layout."""
    rng = random.Random(order.seed)
    dice = np.random.default_rng(order.seed)
    pages = set_paper(order.paper, order.face, rng)
    if order.kind == "turned":
        pages = [p for page in pages for p in (page, Page(_back(page.pixels), [], blank=True))]
    written: list[tuple[NDArray[np.uint8], Damage]] = []
    turns: list[int] = []
    for n, page in enumerate(pages):
        damage = damage_of(dice, order.kind == "hard", order.first_sheet + n)
        if order.kind == "turned":
            damage = replace(damage, turn=0 if page.blank else int(dice.integers(1, 4)))
        back = pages[(n + 1) % len(pages)].pixels
        written.append((damaged(page.pixels, damage, back, dice), damage))
        turns.append(damage.turn)
    write_pdf(order.path, written)
    layout = [[(line.zone, line.text, line.box) for line in page.lines] for page in pages]
    return truth_of(order.paper, pages, turns), layout


def _back(front: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the empty back of a sheet: the seal's ink comes through most."""
    mirrored = cv2.GaussianBlur(cv2.flip(front, 1), (0, 0), 4)
    red = (mirrored[..., 0].astype(np.int16) - mirrored[..., 1]).clip(0, 255)[..., None] > 25
    faint = np.where(red, mirrored * 0.3 + 178, mirrored * 0.05 + 242)
    return np.asarray(faint, np.uint8)


def truth_of(paper: Paper, pages: Sequence[Page], turns: Sequence[int]) -> dict[str, Any]:
    """Return the entry of ``truth.json``: the fields of real scans and the text of every page."""
    subject = paper.subject if paper.title else f"V/v {paper.subject}"
    texts = {str(n): page.text for n, page in enumerate(pages, 1)}
    return {
        "so_ky_hieu": f"{paper.number}/{paper.sign}",
        "so_handwritten": paper.pen_number,
        "ngay": paper.day.isoformat(),
        "ngay_handwritten": paper.pen_day,
        "thang_handwritten": False,
        "dia_danh": paper.place,
        "co_quan_chu_quan": paper.agency_over or None,
        "co_quan": paper.agency,
        "loai": paper.kind,
        "trich_yeu": subject,
        "kinh_gui": list(paper.to),
        "noi_nhan": list(paper.recipients),
        "quyen_han": " / ".join(paper.authority[:-1]) or None,
        "quyen_han_lines": list(paper.authority[:-1]),
        "chuc_vu": paper.authority[-1],
        "nguoi_ky": paper.signer,
        "do_khan": paper.urgency or None,
        "do_mat": paper.secrecy or None,
        "co_dau_do": paper.seal,
        "pages": len(pages),
        "blank_pages": [n for n, page in enumerate(pages, 1) if page.blank],
        "rotated_pages": [n for n, turn in enumerate(turns, 1) if turn],
        "page_text": texts,
    }


def write_pdf(path: Path, pages: Sequence[tuple[NDArray[np.uint8], Damage]]) -> None:
    """Write the scans as a scanner does: one image a page, JPEG or CCITT G4."""
    pdf = pikepdf.new()
    for pixels, damage in pages:
        high, wide = pixels.shape[:2]
        size = (wide * 72 / damage.dpi, high * 72 / damage.dpi)
        page = pdf.add_blank_page(page_size=size)
        page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=_image(pdf, pixels, damage)))
        page.Contents = pdf.make_stream(b"q %.4f 0 0 %.4f 0 0 cm /Im0 Do Q" % size)
    pdf.save(path, deterministic_id=True)


def _image(pdf: pikepdf.Pdf, pixels: NDArray[np.uint8], damage: Damage) -> pikepdf.Stream:
    out = io.BytesIO()
    high, wide = pixels.shape[:2]
    common = {"Type": pikepdf.Name.XObject, "Subtype": pikepdf.Name.Image, "Width": wide, "Height": high}
    if damage.colour == "bitonal":
        Image.fromarray(pixels).convert("1").save(out, "TIFF", compression="group4", tiffinfo={278: high})
        with Image.open(io.BytesIO(out.getvalue())) as tiff:
            at, size = tiff.tag_v2[273][0], tiff.tag_v2[279][0]  # type: ignore[attr-defined]
            black_is_1 = tiff.tag_v2[262] == 1  # type: ignore[attr-defined]
        stream = pikepdf.Stream(pdf, out.getvalue()[at : at + size])
        parameters = pikepdf.Dictionary(K=-1, Columns=wide, Rows=high, BlackIs1=black_is_1)
        stream.stream_dict = pikepdf.Dictionary(
            **common, BitsPerComponent=1, ColorSpace=pikepdf.Name.DeviceGray,
            Filter=pikepdf.Name.CCITTFaxDecode, DecodeParms=parameters,
        )  # fmt: skip
        return pdf.make_indirect(stream)
    Image.fromarray(pixels).save(out, "JPEG", quality=damage.jpeg)
    space = pikepdf.Name.DeviceRGB if pixels.ndim == 3 else pikepdf.Name.DeviceGray
    stream = pikepdf.Stream(pdf, out.getvalue())
    stream.stream_dict = pikepdf.Dictionary(
        **common, BitsPerComponent=8, ColorSpace=space, Filter=pikepdf.Name.DCTDecode
    )
    return pdf.make_indirect(stream)


if __name__ == "__main__":
    sys.exit(main())
