"""Reading a page by its own text: taken where it is sound and what one sees, else left to the recogniser."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ocr.model import Box, Line, Mark, SignatureBlock, Word
from ocr.prepare.frame import around, cut_box
from ocr.recognizer import Gray, Recognizer
from ocr.source.pdf_text import PageText
from ocr.textlayer.compare import has_ink, rest_of, sample_agrees
from ocr.textlayer.judge import encoding_fault
from ocr.textlayer.lines import Rect, TextWord, lines_of, words_of
from ocr.textlayer.syllables import foreign_letters, is_syllable, letters_in

#: confidence in a word of a text layer that agrees with the picture; a word that is none keeps a doubt
_SURE, _ODD = 0.99, 0.9
#: the confidences that words of a text layer have
OWN_TEXT = frozenset({_SURE, _ODD})
#: share of the page that an image covers from which text with it is taken for a recogniser's
_SCAN_COVERS = 0.6
_LEAST_WORDS = 3
_MOST_TURNED, _MOST_HIDDEN = 0.3, 0.05
_MOST_MISSED = 0.35  # share of the page's words that only recognition finds
_SAMPLES = 8
_HEAD = 0.4  # of the page's height: number and date stand above


@dataclass(frozen=True)
class TextLayer:
    """What became of a page's own text.

    Attributes:
        verdict: "" no text; ``used``; ``mixed``: used, and the rest of the page recognised; else a key of
            `ocr.textlayer.judge.REASONS`: not believed.
        lines: of the page, in the frame of the image as shown; empty unless used.
        blocks: what signatures show, whatever became of the rest.
        block_lines: their words, to stand for what a recogniser makes of the small print.
    """

    verdict: str
    lines: tuple[Line, ...]
    blocks: tuple[SignatureBlock, ...]
    block_lines: tuple[Line, ...]


def read_text_layer(
    text: PageText,
    gray: Gray,
    dpi: float,
    marks: Sequence[Mark],
    recognizer: Recognizer,
) -> TextLayer:
    """Judge *text* against the picture *gray* of the same page as shown, and return it where it is sound.

    Args:
        text: of the page.
        gray: the page drawn, annotations with it; seals may be lifted out.
        dpi: of *gray*.
        marks: seals and pen strokes, frame of *gray*.
        recognizer: for a few sample lines and what the text does not cover.
    """
    height, width = gray.shape
    place = _Placing(text.place, (width, height))
    words, blocks, block_words = _annotation_words(text, place)
    block_lines = [place.line(group) for group in lines_of(block_words)]
    own = words_of(g for g in text.glyphs if not g.invisible)
    verdict = _fault(text, own)
    if verdict or len(own) < _LEAST_WORDS:
        return TextLayer(verdict, (), blocks, tuple(block_lines))
    seen = [w for w in [*own, *words, *block_words] if has_ink(gray, place.box(w.box))]
    hidden = 1 - len(seen) / len([*own, *words, *block_words])
    if hidden > _MOST_HIDDEN:
        return TextLayer("hidden", (), blocks, tuple(block_lines))
    grouped = lines_of(seen)
    if any(_on_another(a, b) for group in grouped for a, b in pairwise(group)):
        return TextLayer("hidden", (), blocks, tuple(block_lines))
    lines = [place.line(group) for group in grouped]
    if not sample_agrees(gray, dpi, _samples(grouped, lines, marks, height), recognizer):
        return TextLayer("contradicts", (), blocks, tuple(block_lines))
    rest = rest_of(gray, lines, marks)
    if rest is None:
        return TextLayer("used", tuple(lines), blocks, tuple(block_lines))
    more = _recognised(rest, dpi, recognizer, lines)
    if sum(len(x.words) for x in more) > _MOST_MISSED * sum(len(x.words) for x in [*lines, *more]):
        return TextLayer("incomplete", (), blocks, tuple(block_lines))
    return TextLayer("mixed" if more else "used", (*lines, *more), blocks, tuple(block_lines))


@dataclass(frozen=True)
class _Placing:
    """From points of the page as shown to pixels of the page image of *size*."""

    place: Callable[[Rect], Rect]
    size: tuple[int, int]

    def box(self, rect: Rect) -> Box:
        left, top, right, bottom = self.place(rect)
        return cut_box((round(left), round(top), round(right), round(bottom)), *self.size)

    def line(self, group: Sequence[TextWord]) -> Line:
        words = tuple(Word(w.text, _trust(w), self.box(w.box)) for w in group)
        first, last = group[0], group[-1]
        at_left = self.place((first.box[0], first.base, first.box[0], first.base))[1]
        at_right = self.place((last.box[2], last.base, last.box[2], last.base))[1]
        return Line(words, around(w.box for w in words), (round(at_left, 2), round(at_right, 2)))


def _fault(text: PageText, own: Sequence[TextWord]) -> str:
    """Return why the page's text is not believed, by itself; "" when nothing speaks against it."""
    painted = [g for g in text.glyphs if g.text.strip() and not g.generated]
    if not painted:
        return ""
    if text.pictured >= _SCAN_COVERS:
        return "over-scan"
    if sum(g.invisible for g in painted) > _MOST_HIDDEN * len(painted):
        return "hidden"
    if sum(not g.upright for g in painted) > _MOST_TURNED * len(painted):
        return "turned"
    return encoding_fault(own)


def _annotation_words(
    text: PageText, place: _Placing
) -> tuple[list[TextWord], tuple[SignatureBlock, ...], list[TextWord]]:
    """Return words of annotations, what signatures show, and the words of those."""
    others: list[TextWord] = []
    signed: list[TextWord] = []
    blocks: list[SignatureBlock] = []
    for annotation in text.annotations:
        found = words_of((g for g in annotation.glyphs if not g.invisible), signature=annotation.signature)
        if encoding_fault(found):
            found = []
        if annotation.signature:
            shown = "\n".join(" ".join(w.text for w in line) for line in lines_of(found))
            blocks.append(SignatureBlock(annotation.field, place.box(annotation.rect), shown))
            signed += found
        else:
            others += found
    return others, tuple(blocks), signed


def _on_another(a: TextWord, b: TextWord) -> bool:
    """Tell whether two words lie on one another, so that only one of them is what one sees there."""
    if not (any(c.isalnum() for c in a.text) and any(c.isalnum() for c in b.text)):
        return False  # dots and rules under a number
    shared = min(a.box[2], b.box[2]) - max(a.box[0], b.box[0])
    across = min(a.box[3], b.box[3]) - max(a.box[1], b.box[1])
    return shared > 0.5 * min(a.box[2] - a.box[0], b.box[2] - b.box[0]) and across > 0


def _samples(
    grouped: Sequence[Sequence[TextWord]], lines: Sequence[Line], marks: Sequence[Mark], height: int
) -> list[Line]:
    """Choose lines to be recognised: for each font the one with most of it, and the head's lines with digits.

    A font with a wrong table lies about all its letters, so one line a font tells.
    """
    free = [
        n
        for n, line in enumerate(lines)
        if len(line.text) >= 6 and not any(_meet(line.box, mark.box) for mark in marks)
    ]
    weight: dict[str, Counter[int]] = {}
    for n in free:
        for word in grouped[n]:
            for font in word.fonts:
                weight.setdefault(font, Counter())[n] += len(word.text)
    ranked = sorted(weight.items(), key=lambda item: (-item[1].total(), item[0]))
    chosen = [min(counts.items(), key=lambda c: (-c[1], c[0]))[0] for _, counts in ranked]
    head = [n for n in free if lines[n].box[3] < _HEAD * height and any(c.isdigit() for c in lines[n].text)]
    wanted = list(dict.fromkeys([*chosen[: _SAMPLES - 2], *head, *chosen]))[:_SAMPLES]
    return [lines[n] for n in sorted(wanted)]


def _meet(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _recognised(rest: Gray, dpi: float, recognizer: Recognizer, lines: Sequence[Line]) -> list[Line]:
    """Return the lines that are in *rest* only, as far as they are words."""
    found = []
    for line in recognizer.recognise(rest, round(dpi)):
        words = tuple(
            w
            for w in line.words
            if w.confidence >= 0.6 and (w.text.isdigit() or any(is_syllable(s) for s in letters_in(w.text)))
        )
        if words and not any(_meet(w.box, known.box) for w in words for known in lines):
            found.append(Line(words, around(w.box for w in words), line.baseline))
    return found


def _trust(word: TextWord) -> float:
    odd = any(foreign_letters(part) for part in letters_in(word.text))
    return _ODD if odd or not word.whole else _SURE
