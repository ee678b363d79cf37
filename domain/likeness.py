"""Do two readings say the same? Word by word, and only what was surely read on both sides counts as a difference.

Two scans of one paper are read with different slips, nearly all of them where one side was not sure. Papers of one form
differ in a name or a sum that both sides read surely: that is what `contradictions` are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from domain.text import fold

SURE_WORD = 0.90  # confidence from which a word is what stands on the paper
SURE_FIGURE = 0.60  # figures are seldom taken for other figures; letters are
SURE_SHORT = 0.90  # but one or two within the text are: 1 for 11 at 150 dpi
_LIKELY = 0.80  # from which a word beside a sure one counts too: the rest of another name
_HEARD = 0.50  # below this a word is left out: seals, crumbs, signatures
_MISREAD = 0.60  # similarity of two runs of words from which one may be the other misread
_LETTERS = 4  # that have to differ in sure words
_FOOT = 12  # words at the end of a page that prove nothing: the signer's, under seal and signature
_SHORT = 3  # figures below which they are easily taken for others
_LONG = 4  # figures from which one more or less is a slip
_ENOUGH = 30  # words from which a text says enough
_SAME, _OTHER = 0.80, 0.50  # share of the words
_MOST = 1500  # words of a page that are compared


@dataclass(frozen=True)
class ReadWord:
    """A word as it was read, and how sure the reader was (0 to 1). ``blank``: the field in whose blank it stands."""

    text: str
    confidence: float
    blank: str = ""


@dataclass(frozen=True)
class Likeness:
    """How far two papers say the same.

    Attributes:
        shared: share of the words that agree, in order, 0 to 1.
        words: words compared, of the longer one.
        contradictions: what stands here and what there, surely read on both sides, in folded form.
    """

    shared: float
    words: int
    contradictions: tuple[tuple[str, str], ...]

    @property
    def same(self) -> bool:
        """Enough was read on both sides, nearly all of it agrees, and nothing contradicts."""
        return self.words >= _ENOUGH and self.shared >= _SAME and not self.contradictions

    @property
    def other(self) -> bool:
        """Something contradicts, or hardly half of the text is there."""
        return bool(self.contradictions) or (self.words >= _ENOUGH and self.shared < _OTHER)


_Pair = tuple[bool, tuple[str, str]]  # whether figures, and what stands here and there


@dataclass(frozen=True)
class _Token:
    text: str
    confidence: float
    blank: str

    @property
    def sure(self) -> bool:
        if self.text.isdigit():
            return self.confidence >= (SURE_SHORT if len(self.text) < _SHORT and not self.blank else SURE_FIGURE)
        return self.confidence >= SURE_WORD and len(self.text) > 1


def likeness(first: Sequence[Sequence[ReadWord]], second: Sequence[Sequence[ReadWord]]) -> Likeness:
    """Compare two papers page by page, as far as both go; pages without words are left out."""
    ours, others = ([tokens for page in paper if (tokens := _tokens(page))] for paper in (first, second))
    matched = left = right = 0
    found: list[_Pair] = []
    for one, other in zip(ours, others, strict=False):
        same, apart = _page(one, other)
        matched, left, right = matched + same, left + len(one), right + len(other)
        found += apart
    letters = sum(min(map(len, pair)) for figures, pair in found if not figures)
    kept = tuple(pair for figures, pair in found if figures or letters >= _LETTERS)
    return Likeness(2 * matched / (left + right) if left + right else 0.0, max(left, right), kept)


def _tokens(page: Sequence[ReadWord]) -> list[_Token]:
    found = []
    for word in page[:_MOST]:
        text = fold(word.text).replace(" ", "")
        if word.confidence >= _HEARD and (len(text) > 1 or text.isdigit()):
            found.append(_Token(text, word.confidence, word.blank))
    return found


def _page(one: list[_Token], other: list[_Token]) -> tuple[int, list[_Pair]]:
    """Return how many words of a page agree, and the contradictions."""
    matcher = SequenceMatcher(None, [t.text for t in one], [t.text for t in other], autojunk=False)
    same = 0
    apart = []
    for what, a0, a1, b0, b1 in matcher.get_opcodes():
        if what == "equal":
            same += a1 - a0
        elif what == "replace":
            foot = a0 >= len(one) - _FOOT or b0 >= len(other) - _FOOT
            found = _contradictions(one[a0:a1], other[b0:b1])
            apart += [(figures, pair) for figures, pair in found if figures or not foot]
    return same, apart


def _contradictions(one: list[_Token], other: list[_Token]) -> list[_Pair]:
    """Return what a run of words contradicts in the run that stands in its place."""
    found = []
    ours, others = ([t.text for t in run if t.sure and t.text.isdigit()] for run in (one, other))
    missing, instead = [t for t in ours if t not in others], [t for t in others if t not in ours]
    all_ours, all_others = ([t.text for t in run if t.text.isdigit()] for run in (one, other))
    if missing and instead and not _slip(missing, instead) and not _slip(all_ours, all_others):
        found.append((True, (" ".join(missing), " ".join(instead))))
    if all(any(t.sure and not t.text.isdigit() for t in run) for run in (one, other)):
        left, right = ("".join(t.text for t in run if not t.text.isdigit()) for run in (one, other))
        if SequenceMatcher(None, left, right, autojunk=False).ratio() < _MISREAD:
            found.append((False, (_likely(one), _likely(other))))
    return found


def _likely(run: list[_Token]) -> str:
    return " ".join(t.text for t in run if not t.text.isdigit() and (t.sure or t.confidence >= _LIKELY))


def _slip(one: list[str], other: list[str]) -> bool:
    """Whether two runs of figures are one: parted otherwise (85 492 000), or a long one with a figure lost or added."""
    short, long = sorted(("".join(one), "".join(other)), key=len)
    if short == long:
        return True
    if len(short) < _LONG or len(long) - len(short) != 1:
        return False
    return any(short == long[:at] + long[at + 1 :] for at in range(len(long)))
