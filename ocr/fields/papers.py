"""What kind of paper a document is, beyond Decree 30/2020: cards, certificates and diplomas that citizens bring.

A kind is believed when its title stands on the page in capitals and enough of the words that its form prints stand
there too; forms that ask for such a paper bear the same words under another title. Unsure means ``khac``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from domain.papers import ADMINISTRATIVE, OTHER, PaperKind, other_titles, paper_kinds
from domain.text import fold
from ocr.fields.evidence import box_of, sure
from ocr.layout_rows import height_of, middle
from ocr.model import FieldValue, Line, PageReading, Word

_LIKE = 0.88  # similarity from which a misread title is taken for one of the list
_MOST_LINES = 60


@dataclass(frozen=True)
class PaperClass:
    """The kind of a paper: ``code`` of domain.papers, its ``kind`` when it is one of the table, and the evidence."""

    code: str
    kind: PaperKind | None
    confidence: float
    words: tuple[Word, ...]  # of the title
    page: int
    others: tuple[str, ...] = ()

    def value(self) -> FieldValue:
        """Return the field ``loai_giay_to``."""
        source = "ocr" if self.words else "derived"
        raw = " ".join(w.text for w in self.words)
        box = box_of(self.words)
        return FieldValue(self.code, self.confidence, source, self.page if box else 0, box, raw, self.others)


def classify(pages: Sequence[PageReading], administrative: float) -> PaperClass:
    """Return the kind of the paper on *pages*.

    Args:
        pages: of one document.
        administrative: how sure it is (0 to 1) that this is an administrative paper, by its own head.
    """
    best: PaperClass | None = None
    for page in pages[:2]:
        lines = sorted(page.lines, key=lambda x: (middle(x), x.box[0]))[:_MOST_LINES]
        text = f" {fold(page.text)} "
        barred = _first_title(lines, other_titles(), exact=True)
        for kind in paper_kinds():
            found = _judge(kind, lines, text, barred, page.number)
            if found is not None and (best is None or found.confidence > best.confidence):
                best = found
    if best is not None and best.confidence >= 0.6 and best.confidence > administrative - 0.35:
        return best
    others = (best.code,) if best is not None else ()
    first = pages[0].number
    if administrative >= 0.5:
        return PaperClass(ADMINISTRATIVE, None, round(administrative, 3), (), first, others)
    certain = 0.5 if best is None else round(0.5 - 0.4 * best.confidence, 3)
    return PaperClass(OTHER, None, certain, (), first, others)


def _judge(
    kind: PaperKind, lines: Sequence[Line], text: str, barred: tuple[float, float, tuple[Word, ...]] | None, page: int
) -> PaperClass | None:
    hits = sum(f" {label} " in text for label in set(kind.labels))
    title = _first_title(lines, kind.titles)
    if title is None or hits < kind.least_labels:
        lost = title is None and barred is None and hits >= kind.least_labels + 3
        return PaperClass(kind.code, kind, 0.45, (), page) if lost else None
    score, top, words = title
    if barred is not None and barred[1] < top:
        return None
    share = min(1.0, hits / (kind.least_labels + 2))
    confidence = min(0.99, score * (0.55 + 0.25 * share + 0.2 * sure(words)))
    return PaperClass(kind.code, kind, round(confidence, 3), words, page)


def _first_title(
    lines: Sequence[Line], titles: Sequence[str], *, exact: bool = False
) -> tuple[float, float, tuple[Word, ...]] | None:
    """Return ``(score, y, words)`` of the best title among the lines of capitals; the longer of equals, then the upper.

    *exact*: the title must be letter for letter the beginning of a line (marks apart).
    """
    best: tuple[float, int, float, tuple[Word, ...]] | None = None
    capitals = [_of_capitals(line) for line in lines]
    for n, words in enumerate(capitals):
        if not words:
            continue
        whole = list(words)
        after = n + 1
        while after < len(lines) and after <= n + 2 and capitals[after]:
            if middle(lines[after]) - middle(lines[after - 1]) > 2.6 * height_of(lines[after]):
                break
            whole += capitals[after]
            after += 1
        seen = fold(" ".join(w.text for w in whole)).split()
        for title in titles:
            wanted = title.split()
            head = seen[: len(wanted)]
            if head == wanted:
                score = 1.0
            elif exact or abs(len("".join(head)) - len(title.replace(" ", ""))) > 3:
                continue
            else:
                score = SequenceMatcher(None, "".join(head), title.replace(" ", ""), autojunk=False).ratio()
                if score < _LIKE:
                    continue
                score *= 0.95
            found = (score, len(wanted), middle(lines[n]), tuple(whole[: len(wanted)]))
            if best is None or (found[0], found[1]) > (best[0], best[1]):
                best = found
    return (best[0], best[2], best[3]) if best else None


def _of_capitals(line: Line) -> list[Word]:
    """The words of a line that is printed in capitals; [] for any other line."""
    words = [w for w in line.words if any(c.isalnum() for c in w.text)]
    letters = [c for w in words for c in w.text if c.isalpha()]
    if len(letters) < 3 or sum(c.isupper() for c in letters) < 0.8 * len(letters):
        return []
    return words
