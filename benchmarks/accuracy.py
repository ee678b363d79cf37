"""Letters, words, marks, digits, lines and fields read right: sohoa beside plain Tesseract and OCRmyPDF.

    python -m benchmarks.accuracy FOLDER [FOLDER ...] [--json OUT.json] [--worst 5] [--wrong] [--no-peers]

Each FOLDER is a set: PDF files and a ``truth.json`` that maps file names to what is known of them:

    {"a.pdf": {"text": "whole text",                            # or
               "page_text": {"1": "text of page 1"},           # pages typed in full, a line for a line
               "so_ky_hieu": "12/QĐ-UBND", "ngay": "2025-01-06", "so_handwritten": true, ...}}

What is counted and how: ``benchmarks/scoring.py``. How the others are run: ``benchmarks/peers.py``. Fields are equal
as ``benchmarks/fields.py`` says; of the others' texts it is only asked whether the value stands in them
(``--peer-fields``: they read every page then). *Coverage* is the share of documents that a threshold on the
confidence accepts with 99 % of them right; *ECE* the mean distance between confidence and share right, ten bins.
Texts of the others and our page records are kept under ``--cache``.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

if __package__ in (None, ""):  # called by path
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.fields import KEYS, FieldRow, compare_fields, same_form
from benchmarks.peers import OcrMyPdf, Tesseract, Texts, kept_texts, user_cache
from benchmarks.readings import read_folder
from benchmarks.scoring import Score, align, calibration_error, comparable, comparable_lines, coverage, score
from benchmarks.throughput import find_peer

#: what the project has set itself: errors at most this share of the better peer's
REACH = {"cer_aligned": 1 / 2, "cer_strict": 1 / 3, "cer_within": 1 / 3}
COLUMNS = {
    "cer_strict": "CER strict",
    "cer_within": "CER within",
    "cer_aligned": "CER aligned",
    "wer_strict": "WER strict",
    "wer_aligned": "WER aligned",
    "diacritic_error_rate": "marks wrong",
    "digit_error_rate": "digits wrong",
    "lines_lost": "lines lost",
}
Reader = Tesseract | OcrMyPdf
PEER_FIELDS = ("so_ky_hieu", "ngay_ban_hanh", "nguoi_ky", "trich_yeu", "co_quan_ban_hanh")


@dataclass
class Result:
    """All that was measured on one set."""

    name: str
    pages: int = 0  # with known text
    scores: dict[str, Score] = field(default_factory=dict)
    by_page: dict[str, dict[str, Score]] = field(default_factory=dict)  # "file page" -> reader -> score
    rows: list[FieldRow] = field(default_factory=list)
    peer_fields: dict[str, dict[str, list[bool]]] = field(default_factory=dict)


def main(argv: Sequence[str] | None = None) -> int:
    asked = arguments().parse_args(argv)
    readers: list[Reader] = [] if asked.no_peers else [Tesseract(), OcrMyPdf(find_peer(asked.ocrmypdf))]
    results = []
    for folder in asked.folders:
        result, texts = measure(folder, readers, asked)
        results.append(result)
        report(result)
        if asked.wrong:
            list_wrong(result)
        for page in worst(result, asked.worst):
            show_page(page, result, texts)
    if asked.json:
        asked.json.write_text(json.dumps([as_json(r) for r in results], ensure_ascii=False, indent=1), encoding="utf-8")
    return 0


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER")
    parser.add_argument("--json", type=Path, help="write all figures there too")
    parser.add_argument("--worst", type=int, default=0, help="show what differs on so many pages with most errors")
    parser.add_argument("--wrong", action="store_true", help="list the fields that differ")
    parser.add_argument("--no-peers", action="store_true", help="only our own reading")
    parser.add_argument("--peer-fields", action="store_true", help="look for field values in the others' texts too")
    parser.add_argument("--cache", type=Path, default=user_cache() / "accuracy", help="(default: %(default)s)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--ocrmypdf", type=Path, help="program to use (default: PATH, else a venv in the cache)")
    return parser


def measure(
    folder: Path, readers: Sequence[Reader], asked: argparse.Namespace
) -> tuple[Result, dict[str, tuple[str, str]]]:
    """Read one set with every reader; return the figures and, for every page, its truth and our text."""
    truth: dict[str, dict[str, Any]] = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    result = Result(folder.name)
    ours = read_folder(folder, list(truth), asked.jobs, asked.cache / "pages")
    result.rows = compare_fields(truth, ours)
    texts: dict[str, tuple[str, str]] = {}
    for name, known in truth.items():
        read = {"sohoa": {p.number: p.text for p in ours[name].pages} if name in ours else {}}
        count = len(ours[name].pages) if name in ours else int(known.get("pages", 1))
        wanted = known_pages(known)
        everything = "text" in known or asked.peer_fields
        chosen = list(range(1, count + 1)) if everything else sorted(wanted)
        for reader in readers if chosen else ():
            read[reader.name] = kept_texts(reader, folder / name, chosen, asked.jobs, asked.cache / "peers")
        for number, text in wanted.items():
            page = f"{name} {number}" if number else name
            for reader_name, pages in read.items():
                one = score(text, page_text(pages, number))
                result.by_page.setdefault(page, {})[reader_name] = one
                result.scores.setdefault(reader_name, Score())
                result.scores[reader_name] += one
            texts[page] = (text, page_text(read["sohoa"], number))
        if asked.peer_fields:
            for reader in readers:
                look_for_fields(known, "\n".join(read[reader.name].values()), reader.name, result)
    result.pages = len(texts)
    return result, texts


def known_pages(known: Mapping[str, Any]) -> dict[int, str]:
    """Return page number -> its known text; number 0 stands for the whole file."""
    if "text" in known:
        return {0: str(known["text"])}
    return {int(number): text for number, text in known.get("page_text", {}).items()}


def page_text(pages: Texts, number: int) -> str:
    return pages.get(number, "") if number else "\n".join(pages[n] for n in sorted(pages))


def look_for_fields(known: Mapping[str, Any], text: str, reader: str, result: Result) -> None:
    """Note for the fields that plain text can hold whether the wanted value stands in *text*."""
    read = same_form(" ".join(text.split()))
    for name in PEER_FIELDS:
        wanted = known.get(KEYS[name])
        if isinstance(wanted, str) and wanted:
            there = day_stands_in(wanted, read) if name == "ngay_ban_hanh" else same_form(wanted) in read
            result.peer_fields.setdefault(reader, {}).setdefault(name, []).append(there)


def day_stands_in(iso: str, read: str) -> bool:
    """True when *read* (lower case) holds ``ngày D tháng M năm Y`` of the ISO day *iso*."""
    year, month, day = (int(part) for part in iso.split("-"))
    return re.search(rf"ngày\s*0?{day}\s*tháng\s*0?{month}\s*năm\s*{year}", read) is not None


def report(result: Result) -> None:
    documents = len({row.document for row in result.rows})
    print(f"\n== {result.name}: {result.pages} pages with known text, {documents} documents with fields")
    if result.scores:
        print(f"{'':12}" + "".join(f"{title:>14}" for title in COLUMNS.values()))
        for reader, total in result.scores.items():
            rates = total.rates()
            cells = [f"{rates[c]:14.2%}" if c != "lines_lost" else f"{rates[c]:14.0f}" for c in COLUMNS]
            print(f"{reader:12}" + "".join(cells))
        total = result.scores["sohoa"]
        print(f"of {total.letters} letters, {total.words} words, {total.marked} marked, {total.digits} digits, "
              f"{total.lines} lines")  # fmt: skip
    for column, share in REACH.items():
        ratio = ratio_to_better(result, column)
        if ratio is not None:
            print(f"{COLUMNS[column]}: {ratio:.2f} of the better peer's (reach: {share:.2f})")
    fields = field_figures(result)
    if fields:
        print(f"{'field':18}{'exact':>10}{'typed':>10}{'pen':>8}{'false':>7}{'coverage':>10}{'ECE':>7}")
    for name, f in fields.items():
        others = "  ".join(f"{reader} {sum(v[name])}/{len(v[name])}"
                           for reader, v in result.peer_fields.items() if name in v)  # fmt: skip
        counts = [f"{f[k][0]}/{f[k][1]}" for k in ("exact", "typed", "by_pen")]
        print(f"{name:18}{counts[0]:>10}{counts[1]:>10}{counts[2]:>8}{f['false']:>7}"
              f"{f['coverage_at_99']:>10.0%}{f['calibration_error']:>7.2f}  {others}")  # fmt: skip


def ratio_to_better(result: Result, column: str) -> float | None:
    """Return our rate over the lower of the peers'; None without peers or where they make no error."""
    least = min((s.rates()[column] for name, s in result.scores.items() if name != "sohoa"), default=0.0)
    return result.scores["sohoa"].rates()[column] / least if least else None


def field_figures(result: Result) -> dict[str, dict[str, Any]]:
    """Return for every field that truth or reading speaks of: ``(right, all)`` counts, coverage, calibration."""
    figures: dict[str, dict[str, Any]] = {}
    for name in KEYS:
        rows = [r for r in result.rows if r.field == name and (r.wanted or r.found)]
        if not rows:
            continue
        counted = {"exact": rows, "typed": [r for r in rows if not r.by_pen], "by_pen": [r for r in rows if r.by_pen]}
        figures[name] = {
            **{key: (sum(r.right for r in part), len(part)) for key, part in counted.items()},
            "false": sum(bool(r.found) and not r.right for r in rows),
            "coverage_at_99": coverage([(r.confidence if r.found else 0.0, r.right) for r in rows], 0.99),
            "calibration_error": calibration_error([(r.confidence, r.right) for r in rows if r.found]),
        }
    return figures


def list_wrong(result: Result) -> None:
    for r in result.rows:
        if not r.right:
            pen = " (pen)" if r.by_pen else ""
            print(f"\n{r.document} {r.field}{pen} {r.confidence:.2f}\n  wanted {r.wanted!r}\n  found  {r.found!r}")


def worst(result: Result, count: int) -> list[str]:
    def errors(page: str) -> int:
        return result.by_page[page]["sohoa"].strict_errors

    return sorted(result.by_page, key=lambda page: -errors(page))[:count]


def show_page(page: str, result: Result, texts: Mapping[str, tuple[str, str]]) -> None:
    """Print the truth lines that differ with what stands for them, and the lines of ours that serve none."""
    truth, ours = texts[page]
    told = {reader: f"{s.strict_errors}/{s.aligned_errors}" for reader, s in result.by_page[page].items()}
    print(f"\n-- {page}: strict/aligned errors {told}")
    matches = align(comparable_lines(truth), comparable(ours))
    for match in matches:
        if match.errors:
            print(f"  - {match.wanted}\n  + {match.found if match.found is not None else '(lost)'}")
    used = {match.found for match in matches}
    for line in comparable_lines(ours):
        if line not in used and not any(line in found or found in line for found in used if found):
            print(f"  > {line}")


def as_json(result: Result) -> dict[str, Any]:
    return {
        "set": result.name,
        "pages": result.pages,
        "readers": {name: {**total.rates(), **asdict(total)} for name, total in result.scores.items()},
        "ratio_to_better_peer": {column: ratio_to_better(result, column) for column in REACH},
        "fields": field_figures(result),
        "fields_in_peer_text": {
            reader: {name: (sum(v), len(v)) for name, v in found.items()}
            for reader, found in result.peer_fields.items()
        },
        "by_page": {p: {name: asdict(s) for name, s in of.items()} for p, of in result.by_page.items()},
    }


if __name__ == "__main__":
    sys.exit(main())
