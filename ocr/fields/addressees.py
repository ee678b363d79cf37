"""Addressees (``Kính gửi``, Decree 30/2020, Appendix I, box 9a): one behind it, or a list of dashes below."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ocr.fields.evidence import PageZones, legible, repaired, sure, value
from ocr.fields.recipients import apart, without_tail
from ocr.fields.repair import Pairs, recipient_pairs, restore_text
from ocr.fields.title import BODY_OPENS, KINH_GUI
from ocr.layout_rows import cut, height_of, middle
from ocr.model import FieldValue, Line, PageReading, Word


def read_kinh_gui(first: PageZones, own: Pairs) -> FieldValue | None:
    """Read ``Kính gửi``: one addressee a line of the value, without dashes and final marks."""
    body = [_from_address(x) for x in first.zones.body]
    strayed = [y for x in first.zones.head_left if (y := _from_address(x)) is not x]
    body = sorted([*strayed, *body], key=middle) if strayed else body
    at = next((n for n, x in enumerate(body[:30]) if KINH_GUI.match(x.text)), None)
    certain = 0.98
    if at is None:
        at, certain = _unnamed_list(body, first.page), 0.6
    if at is None:
        return None
    lead = body[at]
    after = KINH_GUI.sub("", lead.text, count=1).strip()
    right = max(x.box[2] for x in body)
    taken = [lead]
    listed = not after or after.startswith(("-", "–", "+", "*"))
    for line in body[at + 1 :][:25]:
        dashed = bool(re.match(r"^\W*[-–+•*~]\s*\w", line.text))
        step = middle(line) - middle(taken[-1])
        if step > 3.2 * height_of(taken[-1]) or BODY_OPENS.match(line.text):
            break
        ended = taken[-1].text.rstrip().endswith(".")
        if listed:
            if ended or (not dashed and line.box[0] < lead.box[0] - 0.01 * first.page.width_px):
                break
            if (
                not dashed
                and line.box[2] > right - 0.012 * first.page.width_px
                and len(taken) > 1
                and not _open(taken[-1])
            ):
                break
        elif ended or dashed or line.box[0] < lead.box[0] or step > 1.8 * height_of(taken[-1]):
            break
        taken.append(line)
    lead_words = len(lead.text.split()) - len(after.split())
    rows = [list(x.words) for x in taken]
    rows[0] = rows[0][lead_words:]
    rows = [_addressee(row) for row in rows]
    words = [w for row in rows for w in row]
    texts, changed = restore_text([w.text for w in words], [w.confidence for w in words], own, recipient_pairs())
    counts = [len(row) for row in rows]
    items: list[str] = []
    pos = 0
    for count in counts:
        part = " ".join(texts[pos : pos + count])
        pos += count
        if not part:
            continue
        opens = bool(re.match(r"^\W*[-–+•*~]\s*\w", part))
        if opens or not items or (listed and items[-1].endswith(";")):
            items.append(part)
        else:
            items[-1] += " " + part
    cleaned = [re.sub(r'^[\s\-–+•*~_:]+|[\s;.,:_”"*|]+$', "", item) for item in items]
    cleaned = [c for c in cleaned if any(ch.isalpha() for ch in c)]
    if not cleaned:
        return None
    return value("\n".join(cleaned), words, first.page.number, factor=certain * repaired(changed, len(words)))


def _addressee(row: list[Word]) -> list[Word]:
    """The words of a row of addressees without specks; its dash stays, for it begins an item."""
    dash = [w for w in row[:1] if re.fullmatch(r"[-–+•*~._]+", w.text)]
    kept = without_tail([part for w in legible(row[len(dash) :]) for part in apart(w)])
    if kept and sure(kept) < 0.4 and sum(c.isalpha() for w in kept for c in w.text) < 12:
        return []
    return [replace(w, text="-") for w in dash] + kept if kept else []


def _from_address(line: Line) -> Line:
    """The line from ``Kính gửi`` on, where a stamp beside it was read into its row; *line* itself for any other."""
    for n in range(1, min(6, len(line.words))):
        if KINH_GUI.match(" ".join(w.text for w in line.words[n:])):
            return cut(line, n)[-1]
    return line


def _unnamed_list(body: Sequence[Line], page: PageReading) -> int | None:
    """Index of a list of dashes set far to the right between title and text: its ``Kính gửi`` was not legible."""
    left = min((x.box[0] for x in body if len(x.words) > 5), default=0)
    for n, line in enumerate(body[:12]):
        if middle(line) > 0.5 * page.height_px or BODY_OPENS.match(line.text):
            return None
        if re.match(r"^[-–]\s*\w", line.text) and sure(line.words) > 0.5 and line.box[0] > left + 0.18 * page.width_px:
            return n
    return None


def _open(line: Line) -> bool:
    return not line.text.rstrip().endswith((";", "."))
