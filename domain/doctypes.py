"""Types of documents (tên loại văn bản): a closed list with its sources, and how a printed title is matched to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from functools import cache

from domain.rules import rules_in_force
from domain.text import fold, same_tone_placement

#: arrays of ``law/document_types.toml``
GROUPS = ("administrative", "copy", "legal_act", "result")

#: a type that Decree 30/2020 prints no title for: known by ``V/v`` under the number and ``Kính gửi``
CONG_VAN = "Công văn"


@dataclass(frozen=True)
class DocumentType:
    """One type: ``Quyết định``, ``QĐ``."""

    name: str
    abbreviation: str  # "" where the law gives none
    group: str  # one of GROUPS
    effective_from: date
    effective_to: date | None
    source: str


@dataclass(frozen=True)
class TitleMatch:
    """A printed title matched to a type. ``score`` is 1.0 for letter equality, less where marks or letters differ."""

    type: DocumentType
    score: float
    rest: str  # what follows the type on the same line, as printed


@cache
def document_types(on: date = date.max) -> tuple[DocumentType, ...]:
    """Types in force on day *on* (default: all not withdrawn), in the order of the list, Decree 30/2020 first.

    Raises ``NotReady`` (``law-table-broken``) when the table cannot be read.
    """
    return tuple(
        DocumentType(
            name=rule.text("name"),
            abbreviation=str(rule.values.get("abbreviation", "")),
            group=group,
            effective_from=rule.effective_from,
            effective_to=rule.effective_to,
            source=rule.source,
        )
        for group in GROUPS
        for rule in rules_in_force("document_types", on, table=group)
    )


@cache
def by_name(name: str) -> DocumentType | None:
    """The type of that name; marks count, case and tone placement do not."""
    wanted = same_tone_placement(name)
    return next((t for t in document_types() if same_tone_placement(t.name) == wanted), None)


@cache
def by_abbreviation(abbreviation: str) -> DocumentType | None:
    """The type of an abbreviation as printed in a sign (``TTr``, ``QĐ``); exact letters first, then without marks.

    ``QD``, ``QÐ`` and ``TTR`` are found too; ``HD`` stays Hướng dẫn and ``HĐ`` Hợp đồng.
    """
    known = [t for t in document_types() if t.abbreviation]
    for t in known:
        if t.abbreviation == abbreviation:
            return t
    wanted = fold(abbreviation)
    loose = [t for t in known if fold(t.abbreviation) == wanted]
    return loose[0] if loose and wanted else None


@cache
def _spelled() -> tuple[tuple[str, DocumentType], ...]:
    """Folded names without spaces, longest first, so that ``Giấy chứng nhận kết hôn`` wins over its beginning."""
    pairs = [(fold(t.name).replace(" ", ""), t) for t in document_types()]
    return tuple(sorted(pairs, key=lambda p: -len(p[0])))


def by_title(title: str, least: float = 0.84) -> TitleMatch | None:
    """Match a printed title line (``QUYẾT ĐỊNH``, ``GIẤY PHÉP XÂY DỰNG``) to the list.

    The type must stand at the beginning, in capitals; letters may be misread (*least*: similarity 0 to 1 asked for).
    Returns None for anything else, so running text (``Quyết định số ...``) never names a type.
    """
    words = title.split()
    letters = [c for c in title if c.isalpha()]
    if not words or not letters:
        return None
    best: TitleMatch | None = None
    for target, kind in _spelled():
        count = len(kind.name.split())
        for taken in {count, count - 1, count + 1}:
            if not 0 < taken <= len(words):
                continue
            head = words[:taken]
            shown = [c for w in head for c in w if c.isalpha()]
            if not shown or sum(c.isupper() for c in shown) < 0.8 * len(shown):
                continue
            seen = fold("".join(head)).replace(" ", "")
            if abs(len(seen) - len(target)) > 2:
                continue
            score = 1.0 if seen == target else SequenceMatcher(None, seen, target, autojunk=False).ratio() * 0.97
            if seen == target and taken == count:
                same = same_tone_placement(" ".join(head)).strip(" :.") == same_tone_placement(kind.name)
                score = 1.0 if same else 0.98
            if score >= least and (best is None or (score, len(target)) > (best.score, len(fold(best.type.name)))):
                best = TitleMatch(kind, score, " ".join(words[taken:]))
        if best is not None and best.score >= 0.97:
            break
    return best
