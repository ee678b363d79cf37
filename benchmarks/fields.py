"""Per-field exact match over a folder of documents with ``truth.json``.

    python benchmarks/fields.py FOLDER [--readings CACHE] [--wrong]

Equal means: NFC, white space folded, tone placement and case folded, outer punctuation dropped. ``typed`` leaves out
numbers and days that were written by pen. Readings are made once and kept in CACHE (JSON), for tuning.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from domain.text import one_line, same_tone_placement
from ocr.fields.documents import read_documents
from ocr.model import FieldValue, Line, Mark, PageReading, Word

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
_BY_PEN = {"so_ky_hieu": ("so_handwritten",), "ngay_ban_hanh": ("ngay_handwritten", "thang_handwritten")}


def same_form(text: str) -> str:
    """The form in which two values are compared."""
    lines = (same_tone_placement(one_line(x.replace("–", "-"))).strip(" .;:,/-") for x in text.split("\n"))
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


def readings(file: Path, cache: Path | None) -> list[PageReading]:
    """Pages of *file*, from *cache* where they are kept."""
    kept = cache / f"{file.name}.json" if cache else None
    if kept is not None and kept.exists():
        return [page_from(p) for p in json.loads(kept.read_text(encoding="utf-8"))]
    pages = read_pages(file)
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps([dataclasses.asdict(p) for p in pages], ensure_ascii=False), encoding="utf-8")
    return pages


def read_pages(file: Path) -> list[PageReading]:
    """Read every page of *file* with the project's reader."""
    from ocr.reading import read_file  # heavy; only when nothing is kept

    return list(read_file(file).pages)


def _texts(found: FieldValue | None) -> str:
    return same_form(found.value) if found is not None else ""


def _wanted(value: object) -> str:
    if isinstance(value, list):
        return "\n".join(same_form(str(v)) for v in value)
    return same_form(str(value)) if value else ""


def compare(folder: Path, cache: Path | None) -> Iterable[tuple[str, str, str, str, float, bool]]:
    """Yield ``(document, field, wanted, found, confidence, by pen)`` for every field that the truth speaks of."""
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    for name, fields in truth.items():
        documents = read_documents(readings(folder / name, cache))
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
    asked = parser.parse_args()
    rows = list(compare(asked.folder, asked.readings))
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
