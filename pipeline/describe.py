"""The archive description of documents and of the file they make up: the fields of TT 05/2025/TT-BNV, as far as known.

Only what an officer confirmed or the machine read with confidence goes in; what is not known is left out, not guessed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from domain.archive import PackageRules, language_iso, name_of, type_code
from domain.certification import VIETNAM
from domain.retention import Paper, term_of
from pipeline.derivative import CERTAIN_ENOUGH
from pipeline.workplace import Workplace
from storage.eark.model import Unit, shown
from storage.records import Document, DocumentView

_VIETNAMESE = "01"
_NUMBER = re.compile(r"\s*([0-9]+[a-zđ]?)\s*[/-]\s*(\S.*)")
_UNSAFE = re.compile(r"[^0-9A-Za-z._-]+")
_FORMATS = {"application/pdf": "PDF", "image/tiff": "TIFF", "image/jpeg": "JPEG", "image/png": "PNG"}
_SIGNED = {"certified": "Bản sao chứng thực điện tử", "signed": "Ký số khi số hóa", "copy": "Sao y ký số"}


@dataclass(frozen=True)
class Described:
    """A document with its description."""

    view: DocumentView
    unit: Unit


def describe_documents(
    workplace: Workplace, documents: Sequence[Document], code: str, mode: str, rules: PackageRules, on: date
) -> list[Described]:
    """Return *documents* described, numbered from 1 within the file *code*. Raises ``NotReady``, ``Unavailable``."""
    described = []
    for number, document in enumerate(documents, 1):
        view = workplace.warehouse.show(document.id)
        unit = _document(workplace, view, f"{code}.{number:0{rules.ordinal_digits}}", mode, on)
        described.append(Described(view, _within(unit, rules)))
    return described


def describe_file(
    described: Sequence[Described], code: str, title: str, mode: str, rules: PackageRules, on: date
) -> Unit:
    """Return the file (hồ sơ) that *described* make up. Raises ``NotReady``."""
    units = [one.unit for one in described]
    days = [day for unit in units for day in (unit.start, unit.end) if day]
    pages = sum(unit.quantities["numberOfPage"][0] for unit in units if "numberOfPage" in unit.quantities)
    sheets = [sure(one.view, "so_to") for one in described]
    quantities = {"totalDoc": (len(units), "văn bản")}
    if pages:
        quantities["numberOfPage"] = (pages, "trang")
    if all(count.isdecimal() for count in sheets):
        quantities["numberOfPaper"] = (sum(map(int, sheets)), "tờ")
    kept = min(unit.terms["maintenance"][0] for unit in units)  # codes go from permanent to ten years
    origins = {unit.terms["confidenceLevel"][0] for unit in units}
    origin = origins.pop() if len(origins) == 1 else "03"
    formats = sorted({word for unit in units for word in unit.terms["format"][0].split("; ")})
    signed = sorted({unit.terms["inforSign"][0] for unit in units if "inforSign" in unit.terms})
    terms = {
        "maintenance": (kept, name_of("maintenance", kept, on)),
        "mode": (mode, name_of("mode", mode, on)),
        "confidenceLevel": (origin, name_of("confidence_level", origin, on)),
        "format": ("; ".join(formats), ""),
    }
    if signed:
        terms["inforSign"] = ("; ".join(signed), "")
    languages = {unit.language for unit in units if unit.language[0]}
    unit = Unit(
        level="file",
        code=code,
        title=title or (units[0].title if len(units) == 1 else f"Hồ sơ {code}"),
        start=min(days, default=""),
        end=max(days, default=""),
        organisation=units[0].organisation if len({u.organisation for u in units}) == 1 else "",
        quantities=quantities,
        language=languages.pop() if len(languages) == 1 else ("", "", ""),
        terms=terms,
    )
    return _within(unit, rules)


def paper_of(document: Document, begins: date | None = None, issued: str = "") -> Paper:
    """Return *document* as a table of terms sees it. *begins*: from when its term counts (default: stored)."""
    day = begins or datetime.fromisoformat(document.created_at).astimezone(VIETNAM).date()
    return Paper(
        kind=document.kind,
        procedure=document.procedure,
        type=document.type,
        stored=day,
        issued=date.fromisoformat(issued) if issued else None,
    )


def sure(view: DocumentView, name: str) -> str:
    """Return the value of a field that an officer gave or the machine read with confidence, else ""."""
    field = view.fields.get(name)
    if field is None or (field.human_value is None and field.confidence < CERTAIN_ENOUGH):
        return ""
    return field.current


def safe_name(code: str) -> str:
    """Return *code* as it may stand in a file name on any system."""
    return _UNSAFE.sub("-", code).strip(".-") or "hoso"


def _document(workplace: Workplace, view: DocumentView, code: str, mode: str, on: date) -> Unit:
    document = view.document
    kind = sure(view, "loai_van_ban")
    type_ = type_code(kind, on)
    term = term_of(paper_of(document), on, workplace.settings.retention.terms_file)
    scanned = document.media_type.startswith("image/") or all(f.source != "text-layer" for f in view.fields.values())
    origin = "02" if scanned else "01"
    terms = {
        "docId": (document.id[:25], ""),  # as long as the circular allows; 125 bits are enough to tell papers apart
        "maintenance": (term.maintenance, name_of("maintenance", term.maintenance, on)),
        "mode": (mode, name_of("mode", mode, on)),
        "confidenceLevel": (origin, name_of("confidence_level", origin, on)),
        "typeName": (type_, kind or name_of("type_name", type_, on)),
        "format": ("; ".join(_formats(view)), ""),
    }
    numbered = _NUMBER.fullmatch(sure(view, "so_ky_hieu"))
    if numbered:
        terms |= {"codeNumber": (numbered[1], ""), "codeNotation": (numbered[2], "")}
    signed = [_SIGNED[o.role] for o in view.objects if o.role in _SIGNED]
    if signed:
        terms["inforSign"] = (signed[0], "")
    day = sure(view, "ngay_ban_hanh")
    read = document.status in ("digitised", "certified")
    language = (_VIETNAMESE, language_iso(_VIETNAMESE, on), name_of("language", _VIETNAMESE, on))
    return Unit(
        level="item",
        code=code,
        title=" ".join(part for part in (kind, sure(view, "so_ky_hieu"), sure(view, "trich_yeu")) if part)
        or f"Tài liệu {code}",
        start=day,
        end=day,
        organisation=sure(view, "co_quan_ban_hanh"),
        quantities={"numberOfPage": (document.pages, "trang")} if document.pages else {},
        language=language if read else ("", "", ""),
        terms=terms,
    )


def _formats(view: DocumentView) -> list[str]:
    found = {_FORMATS.get(view.document.media_type, view.document.media_type)}
    if any(o.role == "pdfa" for o in view.objects):
        found.add("PDF/A-2u")
    return sorted(found)


def _within(unit: Unit, rules: PackageRules) -> Unit:
    """Return *unit* with every value as long as the circular allows, what was cut ending in an ellipsis."""
    title = "title" if unit.level == "file" else "subject"
    terms = {name: (_cut(value, rules.limits.get(name)), said) for name, (value, said) in unit.terms.items()}
    return replace(
        unit,
        title=_cut(unit.title, rules.limits.get(title)),
        organisation=_cut(unit.organisation, rules.limits.get("organName")),
        terms=terms,
    )


def _cut(text: str, limit: int | None) -> str:
    plain = shown(text)
    if limit is None or len(plain) <= limit:
        return plain
    return plain[: limit - 1] + "…"
