"""From pages to documents with their fields. One document a file for now; annexes inside it are not documents."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from domain.doctypes import by_name
from domain.numbering import parse
from ocr.fields.addressees import read_kinh_gui
from ocr.fields.agencies import read_agencies
from ocr.fields.calibration import calibrated
from ocr.fields.checks import cross_check
from ocr.fields.evidence import PageZones
from ocr.fields.foot import has_foot, read_signature
from ocr.fields.head import motto_seen, read_place_and_date, read_so_ky_hieu, sign_by_title
from ocr.fields.hints import NOTHING, Evidence
from ocr.fields.owners import find_owners
from ocr.fields.paper_fields import read_paper
from ocr.fields.papers import PaperClass, classify
from ocr.fields.pen import date_with_pen, number_with_pen
from ocr.fields.physical import read_physical
from ocr.fields.recipients import read_noi_nhan
from ocr.fields.repair import Pairs
from ocr.fields.same_place import with_one_place
from ocr.fields.subject import read_subject
from ocr.fields.title import find_title, read_type
from ocr.fields.urgency import read_marks
from ocr.layout import find_zones
from ocr.model import FIELD_NAMES, DocumentReading, FieldValue, PageReading

_SIGNED = re.compile(r"\b(\d{1,2})[./](\d{1,2})[./]((?:19|20)\d\d)\b")


def read_documents(
    pages: Sequence[PageReading], evidence: Evidence = NOTHING, thresholds: Mapping[str, float] | None = None
) -> tuple[DocumentReading, ...]:
    """Read the fields of the documents on *pages* of one file, in page order.

    Fields that are not on the page are absent; nothing is guessed without evidence. Two values may be incomplete and
    say so by a confidence under 0.2: ``so_ky_hieu`` beginning with ``/`` (number empty or not legible) and
    ``ngay_ban_hanh`` with an empty value (day or month empty or not legible; ``raw`` holds the line). Keys are those
    of :data:`ocr.model.FIELD_NAMES`, in that order.

    Args:
        pages: of one file, in order.
        evidence: what else is known of the file; of a file with several documents, only the known names count.
        thresholds: of the installation, by field name: from which confidence a value needs no reviewer.
    """
    return tuple(
        replace(document, fields=calibrated(document.fields, thresholds))
        for document in score_documents(pages, evidence)
    )


def score_documents(pages: Sequence[PageReading], evidence: Evidence = NOTHING) -> tuple[DocumentReading, ...]:
    """Return the documents with the scores that :func:`ocr.fields.calibration.calibrated` starts from."""
    parts = [part for part in split_documents(pages) if part]
    if len(parts) > 1:
        evidence = Evidence(known=evidence.known)
    return tuple(_read_one(part, evidence) for part in parts)


def split_documents(pages: Sequence[PageReading]) -> tuple[tuple[PageReading, ...], ...]:
    """Cut a file into documents. One for now: a stack is cut by the people who scan it."""
    return (tuple(pages),) if pages else ()


def _read_one(pages: Sequence[PageReading], evidence: Evidence) -> DocumentReading:
    zoned = [PageZones(p, find_zones(p.lines, p.width_px, p.height_px, stamped=p.stamped)) for p in pages]
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
    if start is None:
        return DocumentReading(pages[0].number, pages[-1].number, {})
    kind = classify(pages, _administrative(fields, zoned))
    if kind.kind is not None:
        fields = _of_paper(kind, fields, pages)
    fields["loai_giay_to"] = kind.value()
    fields.update(read_physical(pages, zoned, evidence.signatures))
    fields = with_one_place(cross_check(fields, zoned, evidence))
    ordered = {name: fields[name] for name in FIELD_NAMES if name in fields}
    licence = fields["so_ky_hieu"].value if kind.code == "giay-phep-lai-xe" and "so_ky_hieu" in fields else ""
    owners = find_owners(pages, _day_of(fields), apart=licence)
    return DocumentReading(pages[0].number, pages[-1].number, ordered, owners)


def _administrative(fields: Mapping[str, FieldValue], zoned: Sequence[PageZones]) -> float:
    """How sure it is that the paper follows Decree 30/2020: its type, its number and its two-column head."""
    kind = fields.get("loai_van_ban")
    known = by_name(kind.value) if kind is not None else None
    printed = kind.confidence if kind is not None and known is not None and known.group != "result" else 0.0
    sign = parse(fields["so_ky_hieu"].value) if "so_ky_hieu" in fields else None
    head = any(page.zones.head_left and motto_seen(page) for page in zoned)
    signed = 0.3 if sign is not None and len(sign.groups) > 1 else 0.0
    return min(0.99, max(printed, 0.35 * head + signed + 0.2 * (known is not None and known.group != "result")))


_KEPT = ("co_quan_ban_hanh", "co_quan_chu_quan", "dia_danh", "nguoi_ky", "chuc_vu", "quyen_han", "do_mat")


def _of_paper(
    kind: PaperClass, fields: Mapping[str, FieldValue], pages: Sequence[PageReading]
) -> dict[str, FieldValue]:
    """Fields of a paper of the table: its own, and of the administrative ones those that mean the same on it."""
    assert kind.kind is not None
    out = {name: fields[name] for name in _KEPT if name in fields}
    named = fields.get("loai_van_ban")
    printed = by_name(named.value) if named is not None else None
    if named is not None and printed is not None and printed.group == "result" and len(printed.name.split()) > 2:
        out["loai_van_ban"] = named
    else:
        out["loai_van_ban"] = replace(kind.value(), value=kind.kind.name, candidates=())
    return out | read_paper(kind.kind, pages)


def _day_of(fields: Mapping[str, FieldValue]) -> date | None:
    at = fields.get("ngay_ban_hanh")
    try:
        return date.fromisoformat(at.value) if at is not None and at.value else None
    except ValueError:
        return None


def _trust(words: Sequence[object]) -> float:
    confidences = [getattr(w, "confidence", 0.0) for w in words]
    mean = sum(confidences) / len(confidences) if confidences else 0.0
    return 1.0 if mean > 0.85 else 0.5 if mean > 0.6 else 0.0


def _read_first(first: PageZones, own: Pairs, fields: dict[str, FieldValue]) -> None:
    title = find_title(first)
    number = read_so_ky_hieu(first)
    if number is not None and title is not None:
        number = sign_by_title(number, title.match.type.abbreviation)
    number = number_with_pen(number, first.page)
    sign = parse(number.value) if number is not None else None
    if number is not None:
        fields["so_ky_hieu"] = number
    signed_on = _signed_on(first)
    fields.update(read_place_and_date(first, signed_on))
    issued = date_with_pen(fields.get("ngay_ban_hanh"), first.page, signed_on)
    if issued is not None:
        fields["ngay_ban_hanh"] = issued
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
