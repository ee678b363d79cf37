"""Values beside their labels on forms, cards and certificates: after the label, to the right of it, or under it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from domain.text import fold
from ocr.layout_rows import cut_at_gaps, height_of, middle, typical_height
from ocr.model import Line, PageReading, Word

#: labels that may follow a value on the same line
_NEXT = (
    "gioi tinh", "dan toc", "quoc tich", "nam sinh", "ngay sinh", "sinh ngay", "cccd so", "cmnd so", "cmnd", "cccd",
    "noi sinh", "que quan", "noi cu tru", "to ban do so", "hang", "ngay cap", "noi cap", "chuc danh", "dien tich",
    "ho ten", "ho va ten", "ho chu dem ten",
)  # fmt: skip


@dataclass(frozen=True)
class Segment:
    """A run of words without a wide gap, with its folded tokens and the word each belongs to."""

    line: Line
    tokens: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Labelled:
    """The words of a value, and the page they stand on."""

    words: tuple[Word, ...]
    page: int

    @property
    def text(self) -> str:
        """The words with one space between them, without punctuation at the ends."""
        return re.sub(r"^[\s:;.,_*/-]+|[\s:;,_*]+$", "", " ".join(w.text for w in self.words))


def segments(page: PageReading) -> list[Segment]:
    """Return the runs of words of *page*, from the top down."""
    unit = typical_height(page.lines) if page.lines else 1.0
    parts = [part for line in page.lines for part in cut_at_gaps(line, 2.2 * unit)]
    parts.sort(key=lambda p: (middle(p), p.box[0]))
    return [Segment(p, tuple((t, n) for n, w in enumerate(p.words) for t in fold(w.text).split())) for p in parts]


def values_of(
    page: PageReading, labels: Sequence[str], *, known: Sequence[Segment] | None = None
) -> Iterator[Labelled]:
    """Yield the values of every place where one of the folded *labels* stands on *page*, from the top down."""
    segs = list(known) if known is not None else segments(page)
    for seg in segs:
        at = _end_of_label(seg, labels)
        if at is None:
            continue
        first, last = at
        rest = _until_next(seg, last + 1)
        if not any(c.isalnum() for w in rest for c in w.text):
            rest = _beside_or_below(segs, seg, first)
        if rest:
            yield Labelled(tuple(rest), page.number)


def first_value(page: PageReading, labels: Sequence[str], *, known: Sequence[Segment] | None = None) -> Labelled | None:
    """Return the first of :func:`values_of`, trying *labels* in their order."""
    for label in labels:
        found = next(values_of(page, (label,), known=known), None)
        if found is not None:
            return found
    return None


def _end_of_label(seg: Segment, labels: Sequence[str]) -> tuple[int, int] | None:
    """Return the words (first, last) of the label in *seg*; it begins the run or follows punctuation."""
    for label in labels:
        wanted = label.split()
        for n in range(len(seg.tokens) - len(wanted) + 1):
            if [t for t, _ in seg.tokens[n : n + len(wanted)]] != wanted:
                continue
            first, last = seg.tokens[n][1], seg.tokens[n + len(wanted) - 1][1]
            lead = [w for w in seg.line.words[:first] if sum(c.isalpha() for c in w.text) > 1]
            if not lead or seg.line.words[first - 1].text[-1:] in ":,;./)":
                return first, last
    return None


def _until_next(seg: Segment, start: int) -> list[Word]:
    words = list(seg.line.words[start:])
    # the rest of a bilingual label: "/ Full name:", "(if any):"
    colon = next((n for n, w in enumerate(words[:6]) if w.text.endswith(":")), None)
    if colon is not None and seg.line.words[start - 1].text[-1:] != ":":
        words = words[colon + 1 :]
        start += colon + 1
    for n in range(1, len(words)):
        tokens = [t for t, at in seg.tokens if at >= start + n]
        for label in _NEXT:
            wanted = label.split()
            if tokens[: len(wanted)] == wanted:
                return words[:n]
    return words


def _beside_or_below(segs: Sequence[Segment], seg: Segment, first: int) -> list[Word]:
    """The value that a label without one on its run stands beside or above."""
    height = height_of(seg.line)
    left = seg.line.words[first].box[0]
    level = [s for s in segs if s is not seg and abs(middle(s.line) - middle(seg.line)) < 0.6 * height]
    right = [s for s in level if s.line.box[0] >= seg.line.box[2]]
    beside = min(right, key=lambda s: s.line.box[0], default=None)
    if beside is not None and beside.line.box[0] - seg.line.box[2] < 8 * height and ":" not in beside.line.text:
        return list(beside.line.words)
    limit = min((s.line.box[0] for s in right), default=10**9)
    below = [
        s
        for s in segs
        if 0.5 * height < middle(s.line) - middle(seg.line) < 3.2 * height
        and left - 2 * height < s.line.box[0] < limit - height
    ]
    under = min(below, key=lambda s: (middle(s.line), s.line.box[0]), default=None)
    if under is None or under.line.text.rstrip().endswith(":"):
        return []
    return [w for w in under.line.words if w.box[0] < limit]
