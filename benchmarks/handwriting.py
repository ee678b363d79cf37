"""Numbers and days written by pen: first candidate, first five, automatic precision, beside plain Tesseract.

    python -m benchmarks.handwriting FOLDER [--generated 600] [--hand FOLDER_OF_FONTS] [--crops OUT]

FOLDER holds PDF files and a ``truth.json`` (``so_ky_hieu``, ``so_handwritten``, ``ngay``, ``ngay_handwritten``,
``thang_handwritten``). *Gaps* are what the strip reader alone says of number, day and month; *fields* are the values of
the reading, automatic or, where left to a person, the first candidate. Tesseract gets the same crops, one line, digits
only. The generated gaps are those of ``training/handwriting``, of seeds (and, with --hand, typefaces) never trained on.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

if __package__ in (None, ""):  # called by path
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import cv2
import numpy as np
import tesserocr

from domain.numbering import parse
from ocr.engines.factory import open_recognizer
from ocr.engines.tessdata import find_tessdata
from ocr.fields.documents import read_documents
from ocr.handwriting.alphabet import TOKENS
from ocr.handwriting.decode import DATE_BOUNDS, NUMBER_BOUNDS, days, listen, months, numbers
from ocr.handwriting.network import class_probabilities
from ocr.model import Box, FieldValue, PageReading, PenReading
from ocr.options import ReadOptions
from ocr.pages import read_page
from ocr.prepare.frame import scan_to_frame
from ocr.source.inspect import inspect
from ocr.source.pages import PageImages
from training.handwriting.lines import LineMaker, system_fonts

#: a gap this likely would be taken without a look
AUTOMATIC = 0.9


@dataclass
class Tally:
    """Right and wrong of one kind of gap."""

    total: int = 0
    first: int = 0
    five: int = 0
    automatic: int = 0
    automatic_right: int = 0
    tesseract: int = 0
    wrong: list[str] = field(default_factory=list)

    def add(self, wanted: str, candidates: list[tuple[str, float]], tesseract: str | None, name: str) -> None:
        """Count one gap."""
        self.total += 1
        texts = [text for text, _ in candidates[:5]]
        right = bool(texts) and texts[0] == wanted
        self.first += right
        self.five += wanted in texts
        if candidates and candidates[0][1] >= AUTOMATIC:
            self.automatic += 1
            self.automatic_right += right
        self.tesseract += tesseract is not None and tesseract == wanted
        if not right:
            self.wrong.append(f"{name}: {wanted!r} read {[(t, round(p, 2)) for t, p in candidates[:3]]}")

    def row(self, name: str, with_tesseract: bool) -> str:
        """Return a line of the table."""
        sure = f"{self.automatic_right}/{self.automatic}" if self.automatic else "-"
        peer = f"{self.tesseract}/{self.total}" if with_tesseract else "-"
        return f"{name:<22} {self.first:>4}/{self.total:<5} {self.five:>4}/{self.total:<5} {sure:>11} {peer:>11}"


class DigitTesseract:
    """Tesseract told that the picture is one line of digits."""

    def __init__(self) -> None:
        self._api = tesserocr.PyTessBaseAPI(
            path=f"{find_tessdata('vie')}/", lang="vie", oem=tesserocr.OEM.LSTM_ONLY, psm=tesserocr.PSM.SINGLE_LINE
        )
        self._api.SetVariable("tessedit_char_whitelist", "0123456789")

    def read(self, gray: np.ndarray, dpi: float) -> str:
        """Return the digits it reads on *gray*."""
        pixels = np.ascontiguousarray(gray)
        height, width = pixels.shape
        self._api.SetImageBytes(pixels.tobytes(), width, height, 1, width)
        self._api.SetSourceResolution(round(min(max(dpi, 70), 2400)))
        return "".join(c for c in self._api.GetUTF8Text() if c.isdigit())


def _crop(gray: np.ndarray, page: PageReading, box: Box) -> np.ndarray:
    matrix = scan_to_frame(page.image_width_px, page.image_height_px, page.rotation, page.skew_deg)
    a, b, c, d, e, f = matrix
    left, top, right, bottom = box
    moved = np.array([[a, b, c - left], [d, e, f - top]])
    return np.asarray(
        cv2.warpAffine(np.ascontiguousarray(gray), moved, (right - left, bottom - top), borderValue=255), np.uint8
    )


def _wanted(truth: Mapping[str, Any]) -> dict[str, str]:
    """What stands in each gap that was filled by pen."""
    out: dict[str, str] = {}
    sign = parse(truth.get("so_ky_hieu") or "")
    if truth.get("so_handwritten") and sign is not None and sign.so:
        out["so"] = sign.so
    for kind, key, part in (("ngay", "ngay_handwritten", slice(8, 10)), ("thang", "thang_handwritten", slice(5, 7))):
        if truth.get(key) and truth.get("ngay"):
            out[kind] = truth["ngay"][part]
    return out


def measure_folder(folder: Path, crops: Path | None) -> tuple[dict[str, Tally], dict[str, Tally]]:
    """Return the tallies of gaps and of fields over the documents of *folder*."""
    truth: dict[str, Any] = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    options = ReadOptions()
    recognizer, digits = open_recognizer(options), DigitTesseract()
    gaps = {kind: Tally() for kind in ("so", "ngay", "thang")}
    fields = {name: Tally() for name in ("so_ky_hieu", "ngay_ban_hanh")}
    for name, known in sorted(truth.items()):
        wanted = _wanted(known)
        if not wanted:
            continue
        path = folder / name
        info = inspect(path)
        with PageImages(path, info.media_type) as images:
            image = images.page(1)
            page = read_page(image, 1, options, recognizer)
            gray = image.gray()
        for kind, text in wanted.items():
            found = next((p for p in page.pen if p.kind == kind), None)
            peer = None
            if found is not None:
                picture = _crop(gray, page, found.box)
                peer = digits.read(picture, page.dpi)
                if crops is not None:
                    cv2.imwrite(str(crops / f"{Path(name).stem}-{kind}.png"), picture)
            gaps[kind].add(text, _said(found), peer, name)
        document = read_documents([page])[0]
        for key, pen, truth_key in (
            ("so_ky_hieu", {"so"}, "so_ky_hieu"),
            ("ngay_ban_hanh", {"ngay", "thang"}, "ngay"),
        ):
            if pen & set(wanted):
                fields[key].add(known[truth_key], _value(document.fields.get(key)), None, name)
    return gaps, fields


def _said(found: PenReading | None) -> list[tuple[str, float]]:
    return [(c.text, c.confidence) for c in found.candidates] if found is not None else []


def _value(found: FieldValue | None) -> list[tuple[str, float]]:
    """The value, unless it was left to a person; then the candidates."""
    if found is None:
        return []
    complete = found.value and found.value[0].isalnum()
    texts = [found.value, *found.candidates] if complete else list(found.candidates)
    return [(t, found.confidence if complete and t == found.value else 0.0) for t in dict.fromkeys(texts)]


def measure_generated(count: int, hand: Path | None) -> dict[str, Tally]:
    """Return tallies over *count* generated gaps."""
    maker = LineMaker(990_001, system_fonts(Path("/usr/share/fonts/truetype"), hand))
    tallies = {kind: Tally() for kind in ("so", "ngay", "thang")}
    while sum(t.total for t in tallies.values()) < count:
        sample = maker.sample(wide=sum(t.total for t in tallies.values()) % 4 == 3)
        tokens = [TOKENS[c] for c in sample.label]
        text = "".join(t.lstrip("t") if len(t) == 2 else t for t in tokens)
        if not any(t.isdigit() for t in tokens):
            continue  # typed, or empty
        number = any(b in text for b in NUMBER_BOUNDS)
        date = any(b in text for b in DATE_BOUNDS)
        if number == date:
            continue
        kind = "so" if number else "thang" if "g" in text and "y" not in text and "t" not in text else "ngay"
        spoken = listen(
            class_probabilities(sample.picture.astype(np.float32) / 255), NUMBER_BOUNDS if number else DATE_BOUNDS
        )
        reading = {"so": numbers, "ngay": days, "thang": months}[kind]
        said = reading(spoken)
        wanted = _expected(kind, text)
        if wanted:
            tallies[kind].add(wanted, said, None, text)
    return tallies


def _expected(kind: str, text: str) -> str:
    if kind == "so":
        return text.rsplit(":", 1)[-1].split("/")[0]
    digits = text.rsplit("g", 1)[-1].split("n")[0] if kind == "thang" else text.rsplit("y", 1)[-1].split("t")[0]
    return f"{int(digits):02d}" if digits.isdigit() else ""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--generated", type=int, default=600)
    parser.add_argument("--hand", type=Path, default=None, help="typefaces that look like handwriting")
    parser.add_argument("--crops", type=Path, default=None, help="write the crops of FOLDER here")
    parser.add_argument("--wrong", action="store_true", help="say what was misread")
    args = parser.parse_args()
    cv2.setNumThreads(1)
    if args.crops is not None:
        args.crops.mkdir(parents=True, exist_ok=True)
    print(
        f"{'':<22} {'first':>10} {'in five':>10} {f'p >= {AUTOMATIC}':>11} {'Tesseract':>11}   ({os.cpu_count()} cores)"
    )
    tables: list[tuple[str, dict[str, Tally], bool]] = []
    if args.folder is not None:
        gaps, fields = measure_folder(args.folder, args.crops)
        tables += [("gap", gaps, True), ("field", fields, False)]
    if args.generated:
        tables.append(("generated", measure_generated(args.generated, args.hand), False))
    for title, table, peer in tables:
        for kind, tally in table.items():
            if tally.total:
                print(tally.row(f"{title} {kind}", peer))
                for line in tally.wrong if args.wrong else ():
                    print("   ", line)


if __name__ == "__main__":
    main()
