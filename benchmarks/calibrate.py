"""Fit the confidence of fields, and say how honest it is on papers that the fitting has not seen.

    python -m benchmarks.papers /tmp/fit --count 160 --seed 11
    python -m benchmarks.papers /tmp/held --count 120 --seed 12
    python -m benchmarks.calibrate --fit /tmp/fit --report /tmp/held real_scans/ [--write]

Every folder has ``truth.json``. For each field the scores of reading and cross-checks are set against right and wrong
and made into a rising curve (pool adjacent violators); ``--write`` keeps it in ``ocr/fields/calibration.json`` with
the confidence from which at least 199 of 200 values were right and at least 60 were seen. ``--pages FOLDER`` keeps
page readings under the files' names, whatever the code was: for tuning fields while pages stay as they are.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

if __package__ in (None, ""):  # called by path
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import msgspec

from benchmarks.fields import KEYS, same_form
from benchmarks.readings import read_folder
from ocr.fields.calibration import Curve, calibrated
from ocr.fields.documents import score_documents
from ocr.fields.hints import Evidence
from ocr.model import FieldValue, PageReading

TABLE = Path(__file__).resolve().parents[1] / "ocr" / "fields" / "calibration.json"
PRECISION, LEAST_SEEN = 0.995, 60
_EXTRA = {"loai_giay_to": "loai_giay_to"}
_MOST_BLOCKS = 12
_LEAST_SURE = 0.98  # what the curve itself believes to be wrong once in fifty is not accepted, whatever was counted


@dataclass(frozen=True)
class Seen:
    """A value that the reader gave: of which field, from where, how good it looked, and whether it was right."""

    field: str
    source: str
    score: float
    right: bool
    value: FieldValue


def pages_of(folder: Path, jobs: int, kept: Path | None, cache: Path | None) -> dict[str, tuple[PageReading, ...]]:
    """Return the pages of the files that ``truth.json`` names; from *kept* (by name) where they are there."""
    names = list(json.loads((folder / "truth.json").read_text(encoding="utf-8")))
    found: dict[str, tuple[PageReading, ...]] = {}
    for name in names if kept is not None else ():
        record = kept / f"{name}.json" if kept is not None else folder
        if record.exists():
            found[name] = msgspec.json.decode(record.read_bytes(), type=tuple[PageReading, ...])
    if kept is None:
        found = {name: reading.pages for name, reading in read_folder(folder, names, jobs, cache).items()}
    return found


def wanted(value: object) -> str:
    """Return a truth in the form in which values are compared."""
    if isinstance(value, list):
        return "\n".join(same_form(str(v)) for v in value)
    return same_form(str(value)) if value else ""


def values_seen(folder: Path, pages: Mapping[str, Sequence[PageReading]]) -> Iterator[Seen]:
    """Yield every value that the reader gave for a field that the truth speaks of; incomplete ones are not values."""
    truth: dict[str, dict[str, Any]] = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    for name, read in pages.items():
        facts = {"loai_giay_to": "van-ban-hanh-chinh", **truth[name]}
        # file names in these folders would give the answer away
        documents = score_documents(read, Evidence())
        for field, value in documents[0].fields.items() if documents else ():
            key = {**KEYS, **_EXTRA}.get(field)
            if key is None or key not in facts:
                continue
            if facts["loai_giay_to"] != "van-ban-hanh-chinh" and field != "loai_giay_to":
                continue
            if not value.value or (field == "so_ky_hieu" and not value.value[:1].isalnum()):
                continue
            yield Seen(field, value.source, value.confidence, same_form_of(value) == wanted(facts[key]), value)


def same_form_of(value: FieldValue) -> str:
    """Return a value in the form in which values are compared."""
    return same_form(value.value)


def rising(samples: Sequence[tuple[float, bool]]) -> list[tuple[float, float]]:
    """Return points (score, share right) of the rising curve nearest to *samples* (pool adjacent violators).

    A block of n with k right stands at (k + 0.5) / (n + 1): nothing is certain after few looks.
    """
    blocks: list[_Block] = []
    by_score: dict[float, list[bool]] = defaultdict(list)
    for score, right in samples:
        by_score[score].append(right)
    for score in sorted(by_score):
        rights = by_score[score]
        blocks.append(_Block(score, score, len(rights), sum(rights)))
        while len(blocks) > 1 and blocks[-2].share >= blocks[-1].share:
            last = blocks.pop()
            blocks[-1] = blocks[-1].with_next(last)
    while len(blocks) > _MOST_BLOCKS:
        least = min(range(len(blocks) - 1), key=lambda n: blocks[n].seen + blocks[n + 1].seen)
        blocks[least : least + 2] = [blocks[least].with_next(blocks[least + 1])]
    out: list[tuple[float, float]] = []
    top = 0.0
    for block in blocks:
        top = max(top, round((block.right + 0.5) / (block.seen + 1), 4))
        out += [(round(score, 4), top) for score in dict.fromkeys((block.low, block.high))]
    return out


@dataclass(frozen=True)
class _Block:
    """Neighbouring scores with one share."""

    low: float
    high: float
    seen: int
    right: int

    @property
    def share(self) -> float:
        return self.right / self.seen

    def with_next(self, other: _Block) -> _Block:
        return _Block(self.low, other.high, self.seen + other.seen, self.right + other.right)


def threshold(curve: Curve, samples: Sequence[tuple[float, bool]]) -> tuple[float, int, int]:
    """Return the least confidence from which values are right often enough, with how many it takes and how many fail.

    Above 1 where there is none.
    """
    judged = sorted(((round(curve.at(score), 4), right) for score, right in samples), reverse=True)
    best = (1.01, 0, 0)
    wrong = 0
    for n, (confidence, right) in enumerate(judged, 1):
        wrong += not right
        last = n == len(judged) or judged[n][0] < confidence
        if last and n >= LEAST_SEEN and wrong <= (1 - PRECISION) * n and confidence >= _LEAST_SURE:
            best = (confidence, n, wrong)
    return best


def fit(seen: Sequence[Seen]) -> dict[str, dict[str, Any]]:
    """Return the table of curves; pen-written values have one of their own."""
    groups: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    for one in seen:
        groups[f"{one.field}/pen" if one.source == "pen" else one.field].append((one.score, one.right))
    table: dict[str, dict[str, Any]] = {}
    for name in sorted(groups):
        samples = groups[name]
        if len(samples) < 10:
            continue
        points = rising(samples)
        accept, taken, wrong = threshold(Curve(tuple(points), 1.01), samples)
        table[name] = {"points": points, "accept": accept, "seen": len(samples), "accepted": taken, "wrong": wrong}
    return table


def report(title: str, seen: Sequence[Seen], table: Mapping[str, Curve]) -> None:
    """Print how honest the confidence is: right and believed shares, their mean gap, what is accepted and wrong."""
    print(f"\n{title}\n{'field':22}{'values':>7}{'right':>8}{'believed':>10}{'ECE':>7}{'accepted':>10}{'wrong':>7}")
    groups: dict[str, list[tuple[float, bool, bool]]] = defaultdict(list)
    for one in seen:
        made = calibrated({one.field: one.value}, table=table)[one.field]
        name = f"{one.field}/pen" if one.source == "pen" else one.field
        groups[name].append((made.confidence, one.right, made.review))
    for name in sorted(groups):
        rows = groups[name]
        right = sum(r for _, r, _ in rows) / len(rows)
        believed = sum(c for c, _, _ in rows) / len(rows)
        bins: dict[int, list[tuple[float, bool]]] = defaultdict(list)
        for confidence, ok, _ in rows:
            bins[min(9, int(confidence * 10))].append((confidence, ok))
        gap = sum(abs(sum(c for c, _ in b) - sum(o for _, o in b)) for b in bins.values()) / len(rows)
        taken = [ok for _, ok, review in rows if not review]
        wrong = taken.count(False)
        print(f"{name:22}{len(rows):7}{right:8.3f}{believed:10.3f}{gap:7.3f}{len(taken):10}{wrong:7}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fit", type=Path, nargs="+", required=True)
    parser.add_argument("--report", type=Path, nargs="*", default=[])
    parser.add_argument("--pages", type=Path, help="folder of kept page readings, one folder inside a set")
    parser.add_argument("--cache", type=Path, help="folder of finished pages, thrown away when reading code changes")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--write", action="store_true", help=f"keep the table in {TABLE.name}")
    asked = parser.parse_args()

    def seen_in(folder: Path) -> list[Seen]:
        kept = asked.pages / folder.name if asked.pages else None
        return list(values_seen(folder, pages_of(folder, asked.jobs, kept, asked.cache)))

    fitted = [one for folder in asked.fit for one in seen_in(folder)]
    table = fit(fitted)
    curves = {
        name: Curve(tuple((float(s), float(p)) for s, p in entry["points"]), float(entry["accept"]))
        for name, entry in table.items()
    }
    report(f"fitted on: {', '.join(f.name for f in asked.fit)}", fitted, curves)
    for folder in asked.report:
        report(f"held back: {folder.name}", seen_in(folder), curves)
    if asked.write:
        about = (
            "Fitted by benchmarks/calibrate.py on generated papers. accept: confidence from which at least 199 of 200 "
            "values of the fitting were right (accepted, wrong), at least 60 seen; above 1: never accepted unseen."
        )
        rows = ",\n".join(f" {json.dumps(name)}: {json.dumps(entry)}" for name, entry in table.items())
        TABLE.write_text(f'{{"about": {json.dumps(about)},\n"fields": {{\n{rows}\n}}}}\n', encoding="utf-8")


if __name__ == "__main__":
    main()
