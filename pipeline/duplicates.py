"""The same paper again: told by its pixels or by what it says, proposed to an officer, never acted upon.

Each paper is compared when it has been digitised, with those of its agency and owner only. ``same-pixels``: every page
image is the same, the file another. ``rescan``: number, day, issuer, subject and text agree, one misread field
forgiven. ``conflict``: one number for two contents or two days. Both papers stay in every case.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from domain.errors import SohoaError
from domain.identity import Comparison, Identity, compare, worth_reading
from domain.likeness import Likeness, ReadWord, likeness
from ocr.model import FileReading
from pipeline.derivative import software
from pipeline.workplace import Workplace
from storage.catalogue import alike, audit, documents, relations
from storage.catalogue.alike import Candidate
from storage.catalogue.engine import utc_text
from storage.catalogue.relations import Relation

log = logging.getLogger(__name__)

_PAGES = 12  # of a paper whose words are compared: what tells two papers apart stands at the beginning
_READ = 30  # papers whose words are looked at for one, those of the same number first
_KEPT = 200  # papers whose words are held in memory
_BLANKS = {"so": "number", "ngay": "day", "thang": "day"}  # kind of a blank -> what identity calls it
_COVERED = 0.55  # how sure a word under a seal or signature is at most
_IDS_AT_A_TIME = 1000

Words = tuple[tuple[ReadWord, ...], ...]


class _Word(msgspec.Struct):
    text: str
    confidence: float
    box: tuple[float, float, float, float]


class _Mark(msgspec.Struct):
    box: tuple[float, float, float, float]


class _Blank(_Mark):
    """A blank of number, day or month that a reader of strokes was asked about."""

    kind: str = ""


class _Page(msgspec.Struct):
    words: list[_Word] = []
    marks: list[_Mark] = []
    pen: list[_Blank] = []


class _Reading(msgspec.Struct):
    pages: list[_Page] = []


@dataclass
class Found:
    """What was proposed anew, and how many pairs were compared."""

    compared: int = 0
    same_pixels: int = 0
    rescans: int = 0
    conflicts: int = 0


@dataclass
class Finder:
    """Compares papers of one workplace; keeps the words of those it saw last. For one thread."""

    workplace: Workplace
    found: Found = field(default_factory=Found)
    _words: OrderedDict[str, Words] = field(default_factory=OrderedDict)

    def propose_for(self, document_id: str, *, only_older: bool = False) -> list[Relation]:
        """Compare a digitised paper with its neighbours and return what is proposed anew. Raises ``Unavailable``.

        Safe to repeat: pairs that were proposed or decided before stay as they are.
        """
        with self.workplace.catalogue.read() as connection:
            try:
                mine, others = alike.around(connection, document_id, only_older=only_older)
            except LookupError:
                return []
            known = relations.between(connection, document_id, [c.document_id for c in others])
            document = documents.get(connection, document_id)
        assert document is not None
        made = []
        for other, kind, basis in self._compared(mine, [c for c in others if c.document_id not in known]):
            first, second = sorted((mine, other), key=lambda c: c.order)
            at = utc_text(self.workplace.clock())
            relation = Relation(kind, first.document_id, second.document_id, document.agency, "proposed", basis, at)
            if self._propose(relation):
                made.append(relation)
        return made

    def _compared(self, mine: Candidate, others: list[Candidate]) -> Iterable[tuple[Candidate, str, dict[str, Any]]]:
        self.found.compared += len(others)
        to_read: list[Candidate] = []
        for other in others:
            if mine.pixels and mine.pixels == other.pixels:
                outcome = compare(mine.identity, other.identity)
                agree, differ = (list(outcome.agree), list(outcome.differ)) if outcome else ([], [])
                yield other, "same-pixels", {"agree": agree, "differ": differ}
            elif worth_reading(mine.identity, other.identity):
                to_read.append(other)
        to_read.sort(key=lambda c: (c.identity.number != mine.identity.number, c.order))
        for other in to_read[:_READ]:
            texts = self._texts(mine, other)
            outcome = compare(mine.identity, other.identity, texts)
            if outcome is not None:
                yield other, outcome.verdict, _basis(outcome, texts)

    def _texts(self, first: Candidate, second: Candidate) -> Likeness | None:
        ours, others = self.words(first.document_id), self.words(second.document_id)
        return texts_of(ours, others, first.identity, second.identity) if ours and others else None

    def words(self, document_id: str) -> Words:
        """Return the words of a digitised paper page by page, those under seals as unsure; empty if they are lost."""
        if document_id not in self._words:
            self._words[document_id] = self._read(document_id)
            if len(self._words) > _KEPT:
                self._words.popitem(last=False)
        return self._words[document_id]

    def _read(self, document_id: str) -> Words:
        try:
            reading = msgspec.json.decode(self.workplace.warehouse.open_role(document_id, "reading"), type=_Reading)
        except msgspec.MsgspecError:
            return ()
        except SohoaError as error:
            if error.code.endswith("-unavailable"):
                raise
            log.warning("document %s: its reading cannot be compared: %s", document_id, error.code)
            return ()
        return tuple(tuple(_words_of(page)) for page in reading.pages[:_PAGES])

    def _propose(self, relation: Relation) -> bool:
        with self.workplace.catalogue.begin() as connection:
            if not relations.propose(connection, relation):
                return False
            audit.append(
                connection,
                agency=relation.agency,
                event_type="duplicate proposal",
                agent=software(),
                at=relation.created_at,
                document_id=relation.second_id,
                detail={"relation": relation.kind, "to": relation.first_id, **relation.basis},
            )
        if relation.kind == "same-pixels":
            self.found.same_pixels += 1
        elif relation.kind == "rescan":
            self.found.rescans += 1
        else:
            self.found.conflicts += 1
        return True


def find_duplicates(workplace: Workplace, agency: str) -> Found:
    """Compare every digitised paper of *agency* with the older ones of its owner. Raises ``Unavailable``.

    For papers that were corrected since, or digitised by an older version: new ones are compared as they come.
    """
    finder = Finder(workplace)
    after = ""
    while True:
        with workplace.catalogue.read() as connection:
            ids = documents.ids(connection, agency=agency, after=after, limit=_IDS_AT_A_TIME)
        for document_id in ids:
            finder.propose_for(document_id, only_older=True)
        if not ids:
            return finder.found
        after = ids[-1]


def decide(
    workplace: Workplace, agency: str, kind: str, first_id: str, second_id: str, *, accept: bool, officer: str
) -> None:
    """Keep what an officer decided; both documents stay as they are. Raises ``Refused`` (``wrong-state``)."""
    at = utc_text(workplace.clock())
    with workplace.catalogue.begin() as connection:
        relations.decide(connection, agency, kind, first_id, second_id, accept=accept, officer=officer, at=at)
        audit.append(
            connection,
            agency=agency,
            event_type="metadata modification",
            agent=officer,
            at=at,
            document_id=second_id,
            detail={"relation": kind, "to": first_id, "decision": "accepted" if accept else "rejected"},
        )


def undo(workplace: Workplace, agency: str, kind: str, first_id: str, second_id: str, *, officer: str) -> None:
    """Let a decided proposal wait again, as *officer* wants it. Raises ``Refused`` (``wrong-state``)."""
    with workplace.catalogue.begin() as connection:
        relations.reopen(connection, agency, kind, first_id, second_id)
        audit.append(
            connection,
            agency=agency,
            event_type="metadata modification",
            agent=officer,
            at=utc_text(workplace.clock()),
            document_id=second_id,
            detail={"relation": kind, "to": first_id, "decision": "undone"},
        )


def page_digests(reading: FileReading) -> tuple[str, ...]:
    """Return the digests of a paper's page images; none where all are blank (empty sheets are nobody's paper)."""
    digests = tuple(page.pixel_digest for page in reading.pages)
    return digests if all(digests) and not all(page.blank for page in reading.pages) else ()


def _basis(outcome: Comparison, texts: Likeness | None) -> dict[str, Any]:
    basis: dict[str, Any] = {"agree": list(outcome.agree), "differ": list(outcome.differ)}
    if texts is not None:  # how far, not what: the basis goes into the audit log
        basis |= {"shared": round(texts.shared, 3), "apart": len(texts.contradictions)}
    return basis


def _words_of(page: _Page) -> Iterable[ReadWord]:
    for word in page.words:
        covered = any(_holds(mark, word) for mark in page.marks)
        blank = next((_BLANKS.get(b.kind, "") for b in page.pen if _holds(b, word)), "")
        yield ReadWord(word.text, min(word.confidence, _COVERED) if covered else word.confidence, blank)


def _holds(mark: _Mark, word: _Word) -> bool:
    """Whether the middle of *word* lies in *mark*."""
    x, y = (word.box[0] + word.box[2]) / 2, (word.box[1] + word.box[3]) / 2
    return mark.box[0] <= x <= mark.box[2] and mark.box[1] <= y <= mark.box[3]


def texts_of(ours: Words, others: Words, first: Identity, second: Identity) -> Likeness:
    """Return how the words of two papers compare.

    Where number or day agree as fields, what print the reader made of the strokes in their blanks contradicts nothing.
    """
    agree = {
        name for name in _BLANKS.values() if getattr(first, name) and getattr(first, name) == getattr(second, name)
    }
    one, other = (tuple(tuple(w for w in page if w.blank not in agree) for page in words) for words in (ours, others))
    return likeness(one, other)
