"""Per-field exact match over a folder of documents with ``truth.json``.

    python benchmarks/fields.py FOLDER [--readings CACHE] [--wrong]

Equal means: NFC, white space folded, tone placement and case folded, outer punctuation dropped. ``typed`` leaves out
numbers and days that were written by pen. Readings are made once and kept in CACHE (JSON), for tuning.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from domain.errors import BadInput
from domain.text import one_line, same_tone_placement
from ocr.fields.documents import read_documents
from ocr.model import FieldValue, FileReading, Line, Mark, PageReading, Word

#: field -> key in truth.json
KEYS = {
    "so_ky_hieu": "so_ky_hieu",
    "ngay_ban_hanh": "ngay",
    "loai_van_ban": "loai",
    "trich_yeu": "trich_yeu",
    "co_quan_ban_hanh": "co_quan",
    "co_quan_chu_quan": "co_quan_chu_quan",
    "dia_danh": "dia_danh",
    "nguoi_ky": "nguoi_ky",
    "chuc_vu": "chuc_vu",
    "quyen_han": "quyen_han",
    "kinh_gui": "kinh_gui",
    "noi_nhan": "noi_nhan",
    "do_khan": "do_khan",
    "do_mat": "do_mat",
}
_DASH = re.compile("[–—−]")
_BY_PEN = {"so_ky_hieu": ("so_handwritten",), "ngay_ban_hanh": ("ngay_handwritten", "thang_handwritten")}


def same_form(text: str) -> str:
    """The form in which two values are compared."""
    lines = (same_tone_placement(one_line(_DASH.sub("-", x))).strip(" .;:,/-") for x in text.split("\n"))
    return "\n".join(lines)


def page_from(data: dict[str, Any]) -> PageReading:
    """Build a page reading from its JSON form."""
    lines = tuple(
        Line(
            tuple(Word(w["text"], w["confidence"], tuple(w["box"])) for w in x["words"]),
            tuple(x["box"]),
            tuple(x["baseline"]),
        )
        for x in data["lines"]
    )
    marks = tuple(Mark(m["kind"], tuple(m["box"]), m["confidence"]) for m in data["marks"])
    return PageReading(**{**data, "lines": lines, "marks": marks})


def readings(folder: Path, names: list[str], cache: Path | None, jobs: int) -> dict[str, tuple[PageReading, ...]]:
    """Pages of the named files, from *cache* where they are kept, else read with the project's reader."""
    kept = {name: cache / f"{name}.json" for name in names} if cache else {}
    found: dict[str, tuple[PageReading, ...]] = {}
    for name, record in kept.items():
        if record.exists():
            found[name] = tuple(page_from(p) for p in json.loads(record.read_text(encoding="utf-8")))
    missing = [name for name in names if name not in found]
    if not missing:
        return found
    from ocr.options import ReadOptions
    from ocr.source.limits import Limits
    from pipeline.reading import NoRecords, open_reader, read_files
    from pipeline.single import check_file

    limits = Limits()
    with open_reader(ReadOptions(), jobs, limits) as reader:
        files = []
        for name in missing:
            try:
                files.append(check_file(folder / name, limits))
            except BadInput as error:
                print(f"{name}: {error}")
        for file, result in read_files(files, reader, NoRecords()):
            if not isinstance(result, FileReading):
                print(f"{file.name}: {result}")
                continue
            found[file.name] = result.pages
            if file.name in kept:
                kept[file.name].parent.mkdir(parents=True, exist_ok=True)
                data = [dataclasses.asdict(page) for page in result.pages]
                kept[file.name].write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    return found


def _texts(found: FieldValue | None) -> str:
    return same_form(found.value) if found is not None else ""


def _wanted(value: object) -> str:
    if isinstance(value, list):
        return "\n".join(same_form(str(v)) for v in value)
    return same_form(str(value)) if value else ""


def compare(folder: Path, cache: Path | None, jobs: int) -> Iterable[tuple[str, str, str, str, float, bool]]:
    """Yield ``(document, field, wanted, found, confidence, by pen)`` for every field that the truth speaks of."""
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    pages = readings(folder, list(truth), cache, jobs)
    for name, fields in truth.items():
        documents = read_documents(pages.get(name, ()))
        found = documents[0].fields if documents else {}
        for field, key in KEYS.items():
            if key not in fields:
                continue
            by_pen = any(fields.get(mark) for mark in _BY_PEN.get(field, ()))
            at = found.get(field)
            yield name, field, _wanted(fields[key]), _texts(at), at.confidence if at else 0.0, by_pen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--readings", type=Path, help="folder for kept page readings (JSON)")
    parser.add_argument("--wrong", action="store_true", help="list what differs")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    asked = parser.parse_args()
    rows = list(compare(asked.folder, asked.readings, asked.jobs))
    print(f"{'field':18} {'exact':>12} {'typed':>12} {'false':>6}  mean confidence right / wrong")
    for field in KEYS:
        mine = [r for r in rows if r[1] == field and (r[2] or r[3])]
        if not mine:
            continue
        right = [r for r in mine if r[2] == r[3]]
        typed = [r for r in mine if not r[5]]
        false = sum(bool(r[3]) and r[2] != r[3] for r in mine)
        sure = sum(r[4] for r in right) / len(right) if right else 0.0
        wrong = [r[4] for r in mine if r[2] != r[3] and r[3]]
        unsure = sum(wrong) / len(wrong) if wrong else 0.0
        ok = sum(r[2] == r[3] for r in typed)
        print(f"{field:18} {len(right):5}/{len(mine):<5} {ok:6}/{len(typed):<5} {false:6}  {sure:.2f} / {unsure:.2f}")
    if asked.wrong:
        for name, field, wanted, found, confidence, by_pen in rows:
            if wanted != found:
                pen = " (pen)" if by_pen else ""
                print(f"\n{name} {field}{pen} {confidence:.2f}\n  wanted {wanted!r}\n  found  {found!r}")


if __name__ == "__main__":
    main()
