"""Papers that citizens bring, drawn from random facts: photocopies and scans of cards, certificates and diplomas.

    python samples/citizen.py OUT [--count 70] [--seed 1]

Layouts follow the forms in use, in outline (``samples.citizens_papers``); every person, number and place is invented
(personal and tax numbers are well-formed). ``truth.json``: ``loai_giay_to`` and the fields of
:data:`ocr.model.FIELD_NAMES` that the paper bears, and ``owners`` (numbers printed on it). Every eighth page is a form
that bears the same words and is none of these papers.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import cv2
import numpy as np
from PIL import Image, ImageDraw

from samples import marks
from samples.citizens_papers.cards import identity_card, licence
from samples.citizens_papers.certificates import business, diploma, land
from samples.citizens_papers.civil_status import birth, marriage
from samples.citizens_papers.forms import other_page
from samples.citizens_papers.page import CitizenPage, Draw
from samples.damage import scanned
from samples.fonts import font
from samples.marks import Pixels
from samples.model import Scan
from samples.pack import write
from samples.typeset import PAGE

__all__ = ["CitizenPage", "draw_page", "make", "make_page", "qr_picture"]

_KINDS = (identity_card, birth, marriage, land, diploma, licence, business, other_page)


def make_page(seed: int, number: int) -> CitizenPage:
    """Return the random page *number* of the set *seed*; kinds follow each other in turn."""
    return _KINDS[number % len(_KINDS)](Draw(np.random.default_rng([seed, number, 71])))


def draw_page(page: CitizenPage, dpi: int, ink: int, rng: np.random.Generator) -> Pixels:
    """Return *page* as RGB pixels at *dpi*, text at grey level *ink*, with QR code and red seal."""
    scale = dpi / 72
    image = Image.new("L", (round(PAGE[0] * scale), round(PAGE[1] * scale)), 255)
    pen = ImageDraw.Draw(image)
    for rule in page.rules:
        ends = (rule.x0 * scale, rule.y0 * scale, rule.x1 * scale, rule.y1 * scale)
        pen.line(ends, fill=ink, width=max(1, round(rule.width * scale)))
    for run in page.runs:
        pen.text((run.x * scale, run.y * scale), run.text, fill=ink, font=font(run.face, run.size * scale), anchor="ls")
    if page.qr:
        text, left, top, side = page.qr
        image.paste(Image.fromarray(qr_picture(text, round(side * scale))), (round(left * scale), round(top * scale)))
    colour = cv2.cvtColor(np.asarray(image), cv2.COLOR_GRAY2RGB)
    if page.seal:
        seal = marks.seal_mask(("ỦY BAN NHÂN DÂN", "LAM GIANG"), dpi, rng)
        at = (round(page.seal[0] * scale - seal.shape[1] / 2), round(page.seal[1] * scale - seal.shape[0] / 2))
        marks.stamp(colour, seal, marks.RED, *at)
    return colour


def qr_picture(text: str, side_px: int) -> np.ndarray:
    """Return a QR code of *text* as grey pixels, *side_px* square, with its quiet zone."""
    code = cv2.QRCodeEncoder.create().encode(text)
    framed = cv2.copyMakeBorder(code, 2, 2, 2, 2, cv2.BORDER_CONSTANT, value=255)
    return np.asarray(
        cv2.resize(
            framed, (side_px, side_px), interpolation=cv2.INTER_AREA if framed.shape[0] > side_px else cv2.INTER_NEAREST
        )
    )


def make(out: Path, count: int, seed: int) -> dict[str, dict[str, object]]:
    """Write *count* scanned pages and ``truth.json`` to *out* and return the truth by file name."""
    out.mkdir(parents=True, exist_ok=True)
    truth: dict[str, dict[str, object]] = {}
    for number in range(count):
        page, rng = make_page(seed, number), np.random.default_rng([seed, number, 72])
        dpi = int(rng.choice([200, 300, 300]))
        if page.qr:
            dpi = 300
        scan = Scan(
            dpi=dpi,
            quality=int(rng.integers(55, 88)),
            skew_deg=(float(rng.normal(0, 0.7)),),
            noise=float(rng.uniform(2, 7)),
            blur_px=float(rng.uniform(0.4, 1.0)),
            shade=float(rng.uniform(0.02, 0.14)),
            ink=int(rng.integers(20, 80)),
            paper=page.tint,
            specks=int(rng.integers(0, 60)),
            grey=bool(rng.uniform() < 0.25),
        )
        name = f"{number:04d}-{page.kind}.pdf"
        write(out / name, [scanned(draw_page(page, dpi, scan.ink, rng), scan, 0, rng)], scan)
        truth[name] = {"loai_giay_to": page.kind, **page.fields, "owners": page.owners}
    (out / "truth.json").write_text(json.dumps(truth, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return truth


def main() -> None:
    """Entry of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--count", type=int, default=72)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    print(f"{len(make(asked.out, asked.count, asked.seed))} pages in {asked.out}")


if __name__ == "__main__":
    main()
