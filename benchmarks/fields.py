"""Per-field exact match over a folder of documents with ``truth.json``; ``accuracy.py`` reports the same and more.

    python -m benchmarks.fields FOLDER [--wrong]

Equal means: NFC, white space folded, tone placement and case folded, outer punctuation dropped. ``typed`` leaves out
numbers and days that were written by pen.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

if __package__ in (None, ""):  # called by path
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.readings import read_folder
from domain.text import one_line, same_tone_placement
from ocr.model import FieldValue, FileReading

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


def _texts(found: FieldValue | None) -> str:
    return same_form(found.value) if found is not None else ""


def _wanted(value: object) -> str:
    if isinstance(value, list):
        return "\n".join(same_form(str(v)) for v in value)
    return same_form(str(value)) if value else ""


@dataclass(frozen=True)
class FieldRow:
    """One field of one document: what was wanted and what was found, both in the form of :func:`same_form`."""

    document: str
    field: str
    wanted: str
    found: str
    confidence: float  # 0.0 when nothing was found
    by_pen: bool

    @property
    def right(self) -> bool:
        """Found what was wanted."""
        return self.wanted == self.found


def compare_fields(truth: Mapping[str, Mapping[str, Any]], read: Mapping[str, FileReading]) -> list[FieldRow]:
    """Compare every field that *truth* speaks of with the first document of each file."""
    rows: list[FieldRow] = []
    for name, known in truth.items():
        documents = read[name].documents if name in read else ()
        found = documents[0].fields if documents else {}
        for field, key in KEYS.items():
            if key not in known:
                continue
            by_pen = any(known.get(mark) for mark in _BY_PEN.get(field, ()))
            at = found.get(field)
            confidence = at.confidence if at else 0.0
            rows.append(FieldRow(name, field, _wanted(known[key]), _texts(at), confidence, by_pen))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--readings", type=Path, help="folder for kept page readings (JSON)")
    parser.add_argument("--wrong", action="store_true", help="list what differs")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    asked = parser.parse_args()
    truth = json.loads((asked.folder / "truth.json").read_text(encoding="utf-8"))
    rows = compare_fields(truth, read_folder(asked.folder, list(truth), asked.jobs, asked.readings))
    print(f"{'field':18} {'exact':>12} {'typed':>12} {'false':>6}  mean confidence right / wrong")
    for field in KEYS:
        mine = [r for r in rows if r.field == field and (r.wanted or r.found)]
        if not mine:
            continue
        right = [r for r in mine if r.right]
        typed = [r for r in mine if not r.by_pen]
        wrong = [r.confidence for r in mine if r.found and not r.right]
        sure = sum(r.confidence for r in right) / len(right) if right else 0.0
        unsure = sum(wrong) / len(wrong) if wrong else 0.0
        ok = sum(r.right for r in typed)
        print(
            f"{field:18} {len(right):5}/{len(mine):<5} {ok:6}/{len(typed):<5} {len(wrong):6}  {sure:.2f} / {unsure:.2f}"
        )
    for r in rows if asked.wrong else ():
        if not r.right:
            pen = " (pen)" if r.by_pen else ""
            print(f"\n{r.document} {r.field}{pen} {r.confidence:.2f}\n  wanted {r.wanted!r}\n  found  {r.found!r}")


if __name__ == "__main__":
    main()
