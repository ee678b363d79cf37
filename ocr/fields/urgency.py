"""Độ khẩn and độ mật: a stamp of capitals, alone in its line (Decree 30/2020, Appendix I, boxes 10a, 10b)."""

from __future__ import annotations

from domain.text import fold
from ocr.fields.evidence import PageZones, value
from ocr.layout_rows import middle
from ocr.model import FieldValue, Line

_URGENCY = {"khan": "KHẨN", "thuong khan": "THƯỢNG KHẨN", "hoa toc": "HỎA TỐC", "hoa toc hen gio": "HỎA TỐC HẸN GIỜ"}
_SECRECY = {"mat": "MẬT", "toi mat": "TỐI MẬT", "tuyet mat": "TUYỆT MẬT"}


def mark_of(line: Line) -> str:
    """Return the mark that *line* says, folded; "" where it says anything else."""
    words = [w.text for w in line.words if any(c.isalpha() and c.isalnum() for c in w.text) and w.text not in "ˆˇ"]
    letters = [c for word in words for c in word if c.isalpha()]
    if not letters or any(c.islower() for c in letters):
        return ""
    folded = fold(" ".join(words))
    return folded if folded in _URGENCY or folded in _SECRECY else ""


def read_marks(first: PageZones) -> dict[str, FieldValue]:
    """Read độ khẩn and độ mật: a stamp of capitals standing alone in the upper part of the first page (box 10)."""
    out: dict[str, FieldValue] = {}
    upper = [
        *first.zones.above,
        *first.zones.head_left,
        *first.zones.head_right,
        *first.zones.stamp,
        *(x for x in first.zones.body if middle(x) < 0.4 * first.page.height_px),
    ]
    for line in upper:
        mark = mark_of(line)
        for key, known in (("do_khan", _URGENCY), ("do_mat", _SECRECY)):
            if mark in known and key not in out:
                text = known[mark]
                spelled = fold(line.text) == fold(text) and line.text.strip(" .:-|[]()").upper() == text
                out[key] = value(text, line.words, first.page.number, factor=1.0 if spelled else 0.8)
    return out
