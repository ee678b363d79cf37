"""A proposal where to cut a stack of papers: each decision with its confidence and its reasons. Nothing is cut here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from domain.text import fold
from ocr.fields.vocabulary import AGENCY_HEADS
from ocr.model import PageReading
from ocr.splitting.cues import Cues, cues_of

#: weight of each reason, in log-odds that the page opens a paper
WEIGHTS = {
    "prior": -2.2,
    "separator": 9.0,  # a separator sheet lies before it
    "motto": 4.6,
    "head": 1.6,  # agency and sign, the motto not read
    "numbered": 0.9,
    "dated": 0.4,
    "title": 1.0,
    "first-page-number": 2.0,
    "numbering-goes-on": -5.0,  # printed number follows the page before
    "numbering-breaks": 2.2,  # it does not
    "later-page-number": -1.6,  # 2 or more, nothing to compare with
    "annex": -4.5,
    "draft": -4.5,  # marked DỰ THẢO, after a paper
    "nothing-filled-in": -1.2,  # head with neither number nor day
    "foreign-head": -1.6,  # that, and of another agency
    "no-seal": -3.0,  # that, and no seal up to the next head, after a paper that bears one
    "ended-before": 1.6,  # signature block on the page before
    "not-ended": -1.6,  # no block of signature yet
    "goes-on": -3.0,  # a sentence runs over
    "breaks-off": -1.2,
    "other-paper-size": 1.2,
    "complete": 2.0,  # "trang 5/5" before
}
_NEAR_AGENCY = 0.8
_CERTAIN = 0.998  # nothing is surer than this
_HEADS = tuple(sorted((fold(head) for head in AGENCY_HEADS), key=len, reverse=True))
_SIZE_MM = 12


@dataclass(frozen=True)
class Decision:
    """Does page *page* open a paper?

    Attributes:
        page: number in the file.
        starts: the proposal.
        confidence: in that, 0.5 to 1.
        reasons: keys of `WEIGHTS` (or ``first``, ``blank``, ``separator-sheet``) that decided, strongest first.
    """

    page: int
    starts: bool
    confidence: float
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Part:
    """A proposed paper: its pages, how sure its two ends are, the code of the separator sheet before it."""

    first_page: int
    last_page: int
    confidence: float
    code: str = ""


@dataclass(frozen=True)
class SplitProposal:
    """How a file might be cut.

    Attributes:
        parts: papers in file order; separator sheets belong to none.
        decisions: one a page.
        separators: numbers of separator sheets.
        confidence: that all of it is right: the product of the decisions' confidences.
    """

    parts: tuple[Part, ...]
    decisions: tuple[Decision, ...]
    separators: tuple[int, ...]
    confidence: float

    @property
    def is_stack(self) -> bool:
        """More than one paper, or sheets that belong to none."""
        return len(self.parts) > 1 or bool(self.separators)

    def ranges(self) -> tuple[tuple[int, int], ...]:
        """Return (first page, last page) of each part."""
        return tuple((part.first_page, part.last_page) for part in self.parts)


def propose(pages: Sequence[PageReading]) -> SplitProposal:
    """Propose how to cut the *pages* of one file, in file order. The same pages give the same proposal."""
    cues = [cues_of(page) for page in pages]
    decisions: list[Decision] = []
    codes: dict[int, str] = {}
    paper: list[Cues] = []  # pages of the paper so far
    after: Cues | None = None  # separator sheet just before
    for at, cue in enumerate(cues):
        if cue.separator:
            decisions.append(Decision(cue.number, False, _CERTAIN, ("separator-sheet",)))
            after, paper = cue, []
            continue
        decision = _decide(cue, paper, after, _sealed_ahead(cues[at:]))
        if decision.starts:
            paper = []
            codes[cue.number] = after.code if after is not None else ""
        paper.append(cue)
        decisions.append(decision)
        after = None
    separators = tuple(c.number for c in cues if c.separator)
    parts = _parts(decisions, frozenset(separators), codes)
    return SplitProposal(parts, tuple(decisions), separators, _all_right(decisions))


def _sealed_ahead(cues: Sequence[Cues]) -> bool | None:
    """Tell whether the paper that would open with the first of *cues* bears a seal; None where no colour tells."""
    unknown = False
    for n, cue in enumerate(cues):
        if n and (cue.separator or (cue.motto and not cue.annex)):
            break
        if cue.sealed:
            return True
        unknown = unknown or not (cue.colour or cue.blank)
    return None if unknown else False


def _decide(cue: Cues, paper: Sequence[Cues], after: Cues | None, sealed: bool | None) -> Decision:
    if not paper and after is None:
        return Decision(cue.number, True, 1.0, ("first",))
    if cue.blank and after is None:
        return Decision(cue.number, False, _CERTAIN, ("blank",))  # the back of the sheet before
    found = _reasons(cue, paper, after, sealed)
    score = sum(WEIGHTS[name] for name in found)
    starts = score > 0
    confidence = round(min(_CERTAIN, 1 / (1 + math.exp(-abs(score)))), 4)
    telling = [n for n in found if n != "prior" and (WEIGHTS[n] > 0) == starts]
    telling.sort(key=lambda n: -abs(WEIGHTS[n]))
    return Decision(cue.number, starts, confidence, tuple(telling))


def _reasons(cue: Cues, paper: Sequence[Cues], after: Cues | None, sealed: bool | None) -> list[str]:
    found = ["prior"]
    if after is not None:
        return [*found, "separator"]
    first = paper[0]
    read = [p for p in paper if not p.blank]
    last = read[-1] if read else first
    ended = any(p.foot for p in read)
    headed = cue.motto or (bool(cue.sign) and bool(cue.agency))
    if cue.motto:
        found.append("motto")
    elif headed:
        found.append("head")
    if cue.numbered and headed:
        found.append("numbered")
    if cue.dated and headed:
        found.append("dated")
    if cue.title and not cue.annex:
        found.append("title")
    found += _numbering(cue, last, paper)
    if cue.annex:
        found.append("annex")
    if headed:
        if cue.draft:
            found.append("draft")
        if not (cue.numbered or cue.dated or cue.written) and sealed is not True:
            found.append("nothing-filled-in")
            if _other_agency(cue.agency, first.agency):
                found.append("foreign-head")
            if sealed is False and any(p.sealed for p in paper):
                found.append("no-seal")
    if ended and last.foot:
        found.append("ended-before")
    elif not ended:
        found.append("not-ended")
    if cue.begins_within and not headed:
        found.append("goes-on")
    elif last.breaks_off and not last.foot and not headed:
        found.append("breaks-off")
    if last.size != (0, 0) and any(abs(a - b) > _SIZE_MM for a, b in zip(cue.size, last.size, strict=True)):
        turned = any(abs(a - b) > _SIZE_MM for a, b in zip(cue.size, reversed(last.size), strict=True))
        if turned:  # not merely a table across
            found.append("other-paper-size")
    return found


def _numbering(cue: Cues, last: Cues, paper: Sequence[Cues]) -> list[str]:
    if last.page_count and last.page_number == last.page_count:
        return ["complete"] if cue.page_number in (0, 1) else ["numbering-breaks"]
    if cue.page_number == 0:
        return []
    if cue.page_number == 1:
        return ["first-page-number"]
    blanks = sum(p.blank for p in paper)
    counted = len(paper) + 1
    expected = {counted, counted - blanks}
    if last.page_number:
        expected = {last.page_number + 1, last.page_number + 1 + blanks}
    if cue.page_number in expected:
        return ["numbering-goes-on"]
    return ["numbering-breaks"] if last.page_number else ["later-page-number"]


def _other_agency(one: str, other: str) -> bool:
    """Tell whether two folded names are of different agencies: by their kinds, else by their letters."""
    if not one or not other:
        return False
    kinds = [next((h for h in _HEADS if name.startswith(h + " ")), "") for name in (one, other)]
    if all(kinds) and kinds[0] != kinds[1]:
        return True
    return SequenceMatcher(None, one, other, autojunk=False).ratio() < _NEAR_AGENCY


def _parts(decisions: Sequence[Decision], separators: frozenset[int], codes: dict[int, str]) -> tuple[Part, ...]:
    parts: list[list[Decision]] = []
    open_part = False
    for decision in decisions:
        if decision.page in separators:
            open_part = False
        elif decision.starts or not open_part:
            parts.append([decision])
            open_part = True
        else:
            parts[-1].append(decision)
    starts = {part[0].page: part[0].confidence for part in parts}
    made = []
    for n, part in enumerate(parts):
        inner = math.prod(d.confidence for d in part)
        following = starts[parts[n + 1][0].page] if n + 1 < len(parts) else 1.0
        made.append(Part(part[0].page, part[-1].page, round(inner * following, 4), codes.get(part[0].page, "")))
    return tuple(made)


def _all_right(decisions: Sequence[Decision]) -> float:
    return round(math.prod(d.confidence for d in decisions), 4)
