"""Fit the weights by which ``ocr/rerank/rerank.py`` judges a change, on pages with known text.

    python -m training.rerank.judge FOLDER [FOLDER ...] [--held FOLDER ...] [--limit N]

FOLDER: images or PDF files and a ``truth.json`` that maps file names to ``{"text": ...}`` (one page) or
``{"page_text": {"1": ...}}``. Pages are read by the default engine without reranking; a change that the search
proposes is *right* (it makes the word that the truth has there), *worse* (the reading had it right) or *neither*.
Logistic regression, ridge 1. Printed: the weights, already lowered by the margin, and what the present and the new ones
do on FOLDER and on what is held back. The weight of names is not fitted (typeset statutes hold none).
"""

from __future__ import annotations

import argparse
import difflib
import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from domain.text import same_tone_placement
from ocr.engines.factory import open_recognizer
from ocr.options import ReadOptions
from ocr.pages import read_page
from ocr.recognizer import Recognizer
from ocr.rerank.rerank import WEIGHTS, Change, features, proposals
from ocr.rerank.statistics import statistics
from ocr.source.pages import PageImages

#: Taken off the constant: a change must be this much more likely right than wrong (natural logarithm of the odds).
MARGIN = 1.0
_TYPES = {".pdf": "application/pdf", ".jpg": "image/jpeg", ".png": "image/png", ".tif": "image/tiff"}


Case = tuple[Change, str]  # and whether it is "right", "worse" or "neither"


def known_pages(folder: Path) -> Iterator[tuple[Path, int, str]]:
    """Return file, page number and text of the pages of *folder* whose text is known."""
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    for name, known in sorted(truth.items()):
        if "text" in known:
            yield folder / name, 1, known["text"]
        for number, text in known.get("page_text", {}).items():
            yield folder / name, int(number), text


def judged(folder: Path, recognizer: Recognizer, limit: int) -> Iterator[Case]:
    """Return the changes proposed on the pages of *folder*, each with its verdict."""
    options = ReadOptions(rerank=False)
    for path, number, text in islice(known_pages(folder), limit):
        with PageImages(path, _TYPES[path.suffix.lower()]) as images:
            page: Any = images.page(number)
            lines = read_page(page, number, options, recognizer).lines
        changes = proposals(lines, statistics())
        after = {(c.line, c.word): c.after for c in changes}
        places = [(i, j) for i, line in enumerate(lines) for j in range(len(line.words))]
        read = [same_tone_placement(after.get((i, j), lines[i].words[j].text)) for i, j in places]
        known = [same_tone_placement(w) for w in text.split()]
        meant: dict[tuple[int, int], str] = {}
        for kind, a, b, c, d in difflib.SequenceMatcher(None, known, read, autojunk=False).get_opcodes():
            if kind == "equal" or (kind == "replace" and b - a == d - c):
                meant.update(zip(places[c:d], known[a:b], strict=True))
        for change in changes:
            wanted = meant.get((change.line, change.word))
            if wanted is not None:
                right, was = same_tone_placement(change.after) == wanted, same_tone_placement(change.before) == wanted
                yield change, "right" if right else "worse" if was else "neither"


def told(cases: Sequence[Case], weights: Mapping[str, float]) -> str:
    """Return how many of *cases* are taken with *weights*, by verdict."""
    taken = Counter(
        verdict for change, verdict in cases if sum(weights[n] * x for n, x in features(change).items()) > 0
    )
    possible = sum(verdict == "right" for _, verdict in cases)
    return f"{taken['right']} of {possible} right, {taken['worse']} for the worse, {taken['neither']} neither"


def main() -> int:
    """Fit and print."""
    parser = argparse.ArgumentParser(description="Fit the weights of reranking.")
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--held", type=Path, nargs="*", default=[], metavar="FOLDER", help="not fitted, only counted")
    parser.add_argument("--limit", type=int, default=1000, help="pages of each folder")
    asked = parser.parse_args()
    recognizer = open_recognizer(ReadOptions())
    found = [case for folder in asked.folders for case in judged(folder, recognizer, asked.limit)]
    held = [case for folder in asked.held for case in judged(folder, recognizer, asked.limit)]
    recognizer.close()
    names = list(features(found[0][0]))
    table = np.array([[features(change)[n] for n in names] for change, _ in found])
    right = np.array([verdict == "right" for _, verdict in found], np.float64)
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
    fresh = {n: round(float(w), 3) for n, w in zip(names, plain, strict=True)} | {"name": WEIGHTS["name"]}
    print(fresh)
    for title, cases in (("fitted", found), ("held back", held)):
        print(f"{title}: {len(cases)} proposals; present weights: {told(cases, WEIGHTS)}; new: {told(cases, fresh)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
