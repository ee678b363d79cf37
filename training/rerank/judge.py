"""Fit the weights by which ``ocr/rerank/rerank.py`` judges a change, on pages with known text.

    python -m training.rerank.judge FOLDER [FOLDER ...] [--limit N]

FOLDER: images or PDF files of one page and a ``truth.json`` that maps file names to ``{"text": ...}``. Pages are read
without reranking; every change that the search proposes is right (it makes the word that the truth has there) or wrong.
Logistic regression, ridge 1. Printed: the weights, already lowered by the margin, and what they would have done. The
weight of names is not fitted (typeset statutes hold none) and stays as it is.
"""

from __future__ import annotations

import argparse
import difflib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from domain.text import same_tone_placement
from ocr.engines.factory import open_recognizer
from ocr.options import ReadOptions
from ocr.pages import read_page
from ocr.recognizer import Recognizer
from ocr.rerank.rerank import Change, features, proposals
from ocr.rerank.statistics import statistics
from ocr.source.pages import PageImages

#: Taken off the constant: a change must be this much more likely right than wrong (natural logarithm of the odds).
MARGIN = 1.0
_TYPES = {".pdf": "application/pdf", ".jpg": "image/jpeg", ".png": "image/png", ".tif": "image/tiff"}


def judged(folder: Path, recognizer: Recognizer, limit: int) -> Iterator[tuple[Change, bool]]:
    """Return the changes proposed on the pages of *folder*, and whether each is right."""
    options = ReadOptions(rerank=False)
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    for name in sorted(n for n, known in truth.items() if "text" in known)[:limit]:
        with PageImages(folder / name, _TYPES[Path(name).suffix.lower()]) as images:
            page: Any = images.page(1)
            lines = read_page(page, 1, options, recognizer).lines
        changes = proposals(lines, statistics())
        after = {(c.line, c.word): c.after for c in changes}
        places = [(i, j) for i, line in enumerate(lines) for j in range(len(line.words))]
        read = [same_tone_placement(after.get((i, j), lines[i].words[j].text)) for i, j in places]
        known = [same_tone_placement(w) for w in truth[name]["text"].split()]
        meant: dict[tuple[int, int], str] = {}
        for kind, a, b, c, d in difflib.SequenceMatcher(None, known, read, autojunk=False).get_opcodes():
            if kind == "equal" or (kind == "replace" and b - a == d - c):
                meant.update(zip(places[c:d], known[a:b], strict=True))
        for change in changes:
            if (change.line, change.word) in meant:
                yield change, same_tone_placement(change.after) == meant[change.line, change.word]


def main() -> int:
    """Fit and print."""
    parser = argparse.ArgumentParser(description="Fit the weights of reranking.")
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--limit", type=int, default=1000, help="pages of each folder")
    asked = parser.parse_args()
    recognizer = open_recognizer(ReadOptions())
    found = [case for folder in asked.folders for case in judged(folder, recognizer, asked.limit)]
    recognizer.close()
    names = list(features(found[0][0]))
    table = np.array([[features(change)[n] for n in names] for change, _ in found])
    right = np.array([good for _, good in found], np.float64)
    centre, spread = table.mean(axis=0), table.std(axis=0) + 1e-9
    centre[0], spread[0] = 0.0, 1.0
    scaled = (table - centre) / spread
    weights = np.zeros(len(names))
    for _ in range(60):
        p = 1 / (1 + np.exp(-scaled @ weights))
        bend = (scaled * (p * (1 - p) + 1e-6)[:, None]).T @ scaled + np.eye(len(names))
        weights += np.linalg.solve(bend, scaled.T @ (right - p) - weights)
    plain = weights / spread
    plain[0] = weights[0] - float((weights * centre / spread).sum()) - MARGIN
    taken = table @ plain > 0
    print({n: round(float(w), 3) for n, w in zip(names, plain, strict=True)})
    good, bad = int((taken & (right > 0)).sum()), int((taken & (right == 0)).sum())
    print(f"{len(found)} proposals; taken: {good} right, {bad} not")
    return 0


if __name__ == "__main__":
    sys.exit(main())
