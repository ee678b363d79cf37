"""What a document is made of, rather than what it says: seals, digital signatures, pages, sheets, annexes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from domain.text import fold
from ocr.fields.evidence import CEILING, PageZones, value
from ocr.layout_rows import centre, middle
from ocr.model import FieldValue, Mark, PageReading, SignatureClaim

_ANNEX = re.compile(r"^phu luc(?: (?:so )?([ivxl]+|\d{1,2}|[a-h]))?\b")


def read_physical(
    pages: Sequence[PageReading], zoned: Sequence[PageZones], claims: Sequence[SignatureClaim]
) -> dict[str, FieldValue]:
    """Return ``con_dau``, ``chu_ky_so``, ``phu_luc``, ``so_trang`` and ``so_to`` as far as they are known.

    *claims*: of the signatures in the file; they are shown as claims, nobody has verified them here.
    """
    out: dict[str, FieldValue] = {}
    seal = _seal(pages)
    if seal is not None:
        page, mark = seal
        out["con_dau"] = FieldValue("có", round(min(CEILING, mark.confidence), 3), "ocr", page, mark.box)
    if claims:
        lines = [
            " ".join(filter(None, (c.signer or "?", f"{c.signed_at:%d/%m/%Y %H:%M}" if c.signed_at else "")))
            for c in claims
        ]
        out["chu_ky_so"] = FieldValue("\n".join(lines), CEILING, "signature", 0, None)
    else:
        shown = next(((p.number, b) for p in pages for b in p.signature_blocks), None)
        if shown is not None:
            out["chu_ky_so"] = FieldValue(" ".join(shown[1].text.split()), 0.6, "signature", shown[0], shown[1].box)
    annexes = _annexes(zoned)
    if annexes is not None:
        out["phu_luc"] = annexes
    written = sum(not p.blank for p in pages)
    if written:
        out["so_trang"] = FieldValue(str(written), 0.97, "derived", 0, None)
        out["so_to"] = _sheets(pages)
    return out


def _seal(pages: Sequence[PageReading]) -> tuple[int, Mark] | None:
    """The surest red seal of the document and its page; mirrored show-through stands on blank pages and is none."""
    seals = [(p.number, m) for p in pages if not p.blank for m in p.marks if m.kind == "con_dau"]
    return max(seals, key=lambda s: s[1].confidence) if seals else None


def _sheets(pages: Sequence[PageReading]) -> FieldValue:
    """Sheets of paper: certain for one page; a blank verso tells that both sides were scanned; else a guess."""
    count = len(pages)
    both = (count + 1) // 2
    if count == 1:
        return FieldValue("1", 0.97, "derived", 0, None)
    if any(p.blank and n % 2 == 1 for n, p in enumerate(pages)):
        return FieldValue(str(both), 0.8, "derived", 0, None, "", (str(both), str(count)))
    return FieldValue(str(count), 0.4, "derived", 0, None, "", (str(count), str(both)))


def _annexes(zoned: Sequence[PageZones]) -> FieldValue | None:
    """Titles ``PHỤ LỤC ...`` in capitals near the top and the middle of a page, one a line."""
    found: list[str] = []
    words = []
    page_at = 0
    for page in zoned:
        for line in page.page.lines:
            match = _ANNEX.match(fold(line.text))
            letters = [c for c in line.text if c.isalpha()]
            short = len(line.words) <= 5
            upper = middle(line) < 0.3 * page.page.height_px
            central = abs(centre(line) - page.page.width_px / 2) < 0.2 * page.page.width_px
            if match is None or not (short and upper and central) or not all(c.isupper() for c in letters):
                continue
            title = "Phụ lục" + (f" {match[1].upper()}" if match[1] else "")
            if title not in found or not match[1]:
                found.append(title)
                words += list(line.words)
                page_at = page_at or page.page.number
    if not found:
        return None
    made = value("\n".join(found), words, page_at, factor=0.97)
    return made if len(found) == 1 else FieldValue(made.value, made.confidence, made.source, page_at, None, made.raw)
