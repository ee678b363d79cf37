"""Rescans told from papers that only look alike, by the whole pipeline: precision and recall.

    python -m benchmarks.duplicates FOLDER [--count 112] [--seed 1] [--jobs 1] [--json OUT.json] [--wrong]

Makes *count* papers in FOLDER (``benchmarks/duplicates_made.py``), each scanned twice, and a neighbour of each: the
same form and layout, but another paper. All go through ``run_chunk``, which reads them with the default engine and
compares each with what is there; all belong to nobody of one agency, so that every paper could be taken for every
other. Pages that were read before by the same code are not read again.

*Precision*: share of the pairs proposed as ``rescan`` (or ``same-pixels``) that are two scans of one paper. *Recall*:
share of the second scans that were proposed so with their first. A second scan proposed as ``conflict`` was found, and
is shown to an officer, but counts as missed.

*Misread numbers*: numbers are seldom misread here, so the same is asked once more with one figure of every number of a
second scan (and of a neighbour) changed after the reading, as by a reader who was not sure.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

if __package__ in (None, ""):  # called by path
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.duplicates_made import NEIGHBOURS, Made, make
from benchmarks.peers import user_cache
from benchmarks.readings import read_folder
from domain.identity import compare, worth_reading
from domain.owners import UNASSIGNED
from ocr.options import page_key
from pipeline.batch import register_batch, run_chunk
from pipeline.batch_source import items_of_paths
from pipeline.duplicates import Finder, texts_of
from pipeline.reading import encode_page, open_reader
from pipeline.records import StoredRecords
from pipeline.settings import OcrSettings, Settings
from pipeline.single import limits_of, read_options
from pipeline.workplace import Workplace, open_workplace
from storage.catalogue import alike, relations
from storage.catalogue.relations import Relation

AGENCY = "H24.01"
_SAME = ("same-pixels", "rescan")


@dataclass
class Score:
    """What was proposed of what there was."""

    proposed: int = 0
    right: int = 0
    scans: Counter[str] = field(default_factory=Counter)  # how a second scan was made -> how many
    found: Counter[str] = field(default_factory=Counter)
    as_conflict: Counter[str] = field(default_factory=Counter)
    neighbours: Counter[str] = field(default_factory=Counter)  # kind -> pairs of a paper's scans and its neighbour
    taken: Counter[str] = field(default_factory=Counter)  # of those: proposed as the same paper
    conflicts: Counter[str] = field(default_factory=Counter)  # of those: proposed as a conflict
    strangers: Counter[str] = field(default_factory=Counter)  # verdict -> pairs that have nothing to do with each other
    wrong: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        """Share of the pairs proposed as one paper that are."""
        return self.right / self.proposed if self.proposed else 1.0

    @property
    def recall(self) -> float:
        """Share of the second scans that were found."""
        return self.found.total() / self.scans.total() if self.scans else 1.0


class Timed(Finder):
    """Counts the CPU time of its comparisons."""

    seconds = 0.0
    papers = 0

    def propose_for(self, document_id: str, *, only_older: bool = False) -> list[Relation]:
        """Compare, and note how long it took."""
        before = time.process_time()
        try:
            return super().propose_for(document_id, only_older=only_older)
        finally:
            Timed.seconds += time.process_time() - before
            Timed.papers += 1


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=112)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--cache", type=Path, default=user_cache())
    parser.add_argument("--json", type=Path)
    parser.add_argument("--wrong", action="store_true", help="name the pairs that were told wrong")
    asked = parser.parse_args(argv)
    made = make(asked.folder, asked.count, asked.seed, asked.jobs)
    with tempfile.TemporaryDirectory(prefix="sohoa-duplicates-") as scratch:
        settings = Settings(data_dir=Path(scratch), ocr=OcrSettings(jobs=asked.jobs))
        with open_workplace(settings) as workplace:
            names = work(workplace, asked.folder, made, asked.jobs, asked.cache)
            with workplace.catalogue.read() as connection:
                found = relations.listed(connection, AGENCY, limit=1_000_000)
            slips = misread(workplace, made, {name: document_id for document_id, name in names.items()})
    score = judge(made, [(names[r.first_id], names[r.second_id], r.kind) for r in found])
    report(score)
    print("\n| with one figure of the number changed | pairs | taken for the same |\n|---|---|---|")
    for kind, (pairs, taken) in sorted(slips.items()):
        print(f"| {kind} | {pairs} | {taken} |")
    if asked.wrong:
        print("\n".join(score.wrong))
    if asked.json:
        told = as_json(score) | {"misread": slips}
        asked.json.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return 0


def work(workplace: Workplace, folder: Path, made: Sequence[Made], jobs: int, cache: Path | None) -> dict[str, str]:
    """Digitise all files as one batch and return document id -> file name."""
    import pipeline.digitise

    readings = read_folder(folder, [m.name for m in made], jobs, cache)
    pipeline.digitise.Finder = Timed  # type: ignore[attr-defined]
    items = items_of_paths(
        [folder / m.name for m in made], owner=UNASSIGNED, agency=AGENCY, case="", kind="component", procedure=""
    )
    batch = register_batch(workplace, "duplicates", items)
    names: dict[str, str] = {}
    records = StoredRecords(workplace.store)
    settings = workplace.settings
    with open_reader(read_options(settings), jobs, limits_of(settings)) as reader:
        for reading in readings.values():
            for page in reading.pages:
                records.put(page_key(reading.sha256, page.number, reader.options_digest), encode_page(page))
        while rows := run_chunk(workplace, reader, batch.id):
            names |= {row.document_id: row.file for row in rows}
    return names


def misread(workplace: Workplace, made: Sequence[Made], ids: dict[str, str]) -> dict[str, tuple[int, int]]:
    """Return kind -> (pairs, taken for one paper) where one figure of the second number is another, unsurely read."""
    finder = Finder(workplace)
    found: dict[str, tuple[int, int]] = {}
    for m in made:
        if not m.of or m.name not in ids or m.of not in ids:
            continue
        with workplace.catalogue.read() as connection:
            first, _ = alike.around(connection, ids[m.of])
            second, _ = alike.around(connection, ids[m.name])
        number = second.identity.number
        other = f"{(int(number[0]) + 4) % 9 + 1}{number[1:]}" if number[:1].isdigit() else number
        slipped = replace(second.identity, number=other, sure=second.identity.sure - {"number"})
        one = first.identity
        taken = False
        if one.day and one.day == slipped.day and worth_reading(one, slipped):  # found by the day: the number is wrong
            texts = texts_of(finder.words(ids[m.of]), finder.words(ids[m.name]), one, slipped)
            outcome = compare(one, slipped, texts)
            taken = outcome is not None and outcome.verdict == "rescan"
        kind = "second scan" if m.kind.startswith("rescan:") else m.kind
        pairs, before = found.get(kind, (0, 0))
        found[kind] = (pairs + 1, before + taken)
    return found


def judge(made: Sequence[Made], found: Sequence[tuple[str, str, str]]) -> Score:
    """Return how good the proposals (file, file, kind) are for files *made*."""
    score = Score()
    about = {m.name: m for m in made}
    scans: dict[str, set[str]] = {}
    for m in made:
        if m.kind == "first" or m.kind.startswith("rescan:"):
            scans.setdefault(m.of or m.name, set()).add(m.name)
    for m in made:
        if m.kind.startswith("rescan:"):
            score.scans[m.kind.partition(":")[2]] += 1
        elif m.kind in NEIGHBOURS:
            score.neighbours[m.kind] += len(scans[m.of])
    for one, other, verdict in found:
        first, second = sorted((about[one], about[other]), key=lambda m: m.kind in NEIGHBOURS)
        paper = (first.of or first.name, second.of or second.name)
        score.proposed += verdict in _SAME
        if paper[0] != paper[1] or first.kind in NEIGHBOURS:
            score.strangers[verdict] += 1
            score.wrong.append(f"strangers: {one} {other} {verdict}")
        elif second.kind in NEIGHBOURS:
            counter = score.taken if verdict in _SAME else score.conflicts
            counter[second.kind] += 1
            if verdict in _SAME or not NEIGHBOURS[second.kind]:
                score.wrong.append(f"{second.kind}: {one} {other} {verdict}")
        else:
            how = next(m.kind for m in (first, second) if m.kind != "first").partition(":")[2]
            score.right += verdict in _SAME
            (score.found if verdict in _SAME else score.as_conflict)[how] += 1
    pairs = {frozenset(pair[:2]) for pair in found if pair[2] in _SAME}
    score.wrong += [
        f"missed: {m.of} {m.name} ({m.kind})"
        for m in made
        if m.kind.startswith("rescan:") and frozenset((m.of, m.name)) not in pairs
    ]
    return score


def report(score: Score) -> None:
    """Print the tables."""
    print(f"precision {score.precision:.2%} ({score.right} of {score.proposed} proposed as the same paper)")
    print(f"recall {score.recall:.2%} ({score.found.total()} of {score.scans.total()} second scans)\n")
    print("| second scan | scans | found | shown as a conflict |\n|---|---|---|---|")
    for how, scans in sorted(score.scans.items()):
        print(f"| {how} | {scans} | {score.found[how]} | {score.as_conflict[how]} |")
    print("\n| neighbour | pairs | taken for the same | shown as a conflict | wanted |\n|---|---|---|---|---|")
    for kind, pairs in sorted(score.neighbours.items()):
        wanted = NEIGHBOURS[kind] or "nothing"
        print(f"| {kind} | {pairs} | {score.taken[kind]} | {score.conflicts[kind]} | {wanted} |")
    print(f"\npairs of strangers proposed: {dict(score.strangers) or 'none'}")
    if Timed.papers:
        print(f"comparing: {Timed.seconds / Timed.papers * 1000:.1f} ms CPU a paper ({Timed.papers} papers)")


def as_json(score: Score) -> dict[str, Any]:
    """Return the figures."""
    return {
        "precision": round(score.precision, 4),
        "recall": round(score.recall, 4),
        "scans": dict(score.scans),
        "found": dict(score.found),
        "as_conflict": dict(score.as_conflict),
        "neighbours": dict(score.neighbours),
        "taken": dict(score.taken),
        "conflicts": dict(score.conflicts),
        "strangers": dict(score.strangers),
        "comparing_ms": round(Timed.seconds / max(1, Timed.papers) * 1000, 2),
    }


if __name__ == "__main__":
    sys.exit(main())
