"""From pages to documents with their fields. One document a file for now; annexes inside it are not documents."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from domain.numbering import parse
from ocr.fields.evidence import PageZones
from ocr.fields.foot import has_foot, read_noi_nhan, read_signature
from ocr.fields.head import motto_seen, read_agencies, read_place_and_date, read_so_ky_hieu, sign_by_title
from ocr.fields.hints import NOTHING, Evidence
from ocr.fields.repair import Pairs
from ocr.fields.title import find_title, read_kinh_gui, read_marks, read_subject, read_type
from ocr.layout import find_zones
from ocr.model import FIELD_NAMES, DocumentReading, FieldValue, PageReading

_SIGNED = re.compile(r"\b(\d{1,2})[./](\d{1,2})[./]((?:19|20)\d\d)\b")


def read_documents(pages: Sequence[PageReading], evidence: Evidence = NOTHING) -> tuple[DocumentReading, ...]:
    """Read the fields of the documents on *pages* of one file, in page order. *evidence*: what else is known of it.

    Fields that are not on the page are absent; nothing is guessed without evidence. Two values may be incomplete and
    say so by a confidence under 0.2: ``so_ky_hieu`` beginning with ``/`` (number empty or not legible) and
    ``ngay_ban_hanh`` with an empty value (day or month empty or not legible; ``raw`` holds the line). Keys are those
    of :data:`ocr.model.FIELD_NAMES`, in that order.
    """
    return tuple(_read_one(part, evidence) for part in split_documents(pages) if part)


def split_documents(pages: Sequence[PageReading]) -> tuple[tuple[PageReading, ...], ...]:
    """Cut a file into documents. One for now: a stack is cut by the people who scan it."""
    return (tuple(pages),) if pages else ()


def _read_one(pages: Sequence[PageReading], evidence: Evidence) -> DocumentReading:
    zoned = [PageZones(p, find_zones(p.lines, p.width_px, p.height_px)) for p in pages]
    fields: dict[str, FieldValue] = {}
    start = _first_page(zoned)
    if start is not None:
        first = zoned[start]
        main = _own_pages(zoned[start:])
        own = Pairs(([w.text for w in line.words], _trust(line.words)) for z in main for line in z.page.lines)
        _read_first(first, own, fields)
        fields.update(read_signature(main, own))
        noi_nhan = read_noi_nhan(main, own)
        if noi_nhan is not None:
            fields["noi_nhan"] = noi_nhan
    ordered = {name: fields[name] for name in FIELD_NAMES if name in fields}
    return DocumentReading(pages[0].number, pages[-1].number, ordered)


def _trust(words: Sequence[object]) -> float:
    confidences = [getattr(w, "confidence", 0.0) for w in words]
    mean = sum(confidences) / len(confidences) if confidences else 0.0
    return 1.0 if mean > 0.85 else 0.5 if mean > 0.6 else 0.0


def _read_first(first: PageZones, own: Pairs, fields: dict[str, FieldValue]) -> None:
    title = find_title(first)
    number = read_so_ky_hieu(first)
    if number is not None and title is not None:
        number = sign_by_title(number, title.match.type.abbreviation)
    sign = parse(number.value) if number is not None else None
    if number is not None:
        fields["so_ky_hieu"] = number
    fields.update(read_place_and_date(first, _signed_on(first)))
    fields.update(read_agencies(first, own))
    kind = read_type(first, title, sign.loai if sign is not None else "")
    if kind is not None:
        fields["loai_van_ban"] = kind
    subject = read_subject(first, title, own)
    if subject is not None:
        fields["trich_yeu"] = subject
    address = read_kinh_gui(first, own)
    if address is not None:
        fields["kinh_gui"] = address
    fields.update(read_marks(first))


def _first_page(zoned: Sequence[PageZones]) -> int | None:
    """Index of the page that opens the document: the first with a head, a title or a signature; not a blank one."""
    for n, page in enumerate(zoned):
        if page.page.lines and (page.zones.head_left or motto_seen(page)):
            return n
    return next((n for n, page in enumerate(zoned) if page.page.lines), None)


def _own_pages(zoned: Sequence[PageZones]) -> list[PageZones]:
    """The document's pages up to its annexes: to the next head, and no further than the page of the recipients."""
    own = [zoned[0]]
    for page in zoned[1:]:
        if has_foot(own[-1]) or (motto_seen(page) and page.zones.head_left):
            break
        own.append(page)
    return own


def _signed_on(first: PageZones) -> date | None:
    """Earliest day in the visible digital signature above the head (``Thời gian ký: 07/01/2025``): a hint only."""
    days: list[date] = []
    for line in first.zones.above:
        for day, month, year in _SIGNED.findall(line.text):
            try:
                days.append(date(int(year), int(month), int(day)))
            except ValueError:
                continue
    return min(days, default=None)
