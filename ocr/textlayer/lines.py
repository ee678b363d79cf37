"""From characters with places to words and lines, as a recogniser would hand them over."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from domain.text import clean
from ocr.source.pdf_text import Glyph

#: of the font size: more white than this between two characters is a blank even where the file has none
_WORD_GAP = 0.28
#: of the font size: white that parts columns
_COLUMN_GAP = 3.5
#: of the font size: how far baselines of one line lie apart (raised figures, number blocks set by signing tools)
_SAME_LINE = 0.35
#: what office programs write for list signs, in fonts of signs alone
_BULLETS = str.maketrans({"\uf0b7": "•", "\uf02d": "-", "\uf0d8": "-", "\uf0a7": "•", "\uf0fc": "-", "\uf06e": "•"})
_WAITS_FOR_MORE = ("số:", "số", "ngày", "tháng", "năm")

Rect = tuple[float, float, float, float]


@dataclass(frozen=True)
class TextWord:
    """A word with its place (same units as the glyphs')."""

    text: str
    box: Rect
    base: float  # y of the baseline
    size: float
    fonts: frozenset[str]
    whole: bool  # every character has a meaning and is painted
    signature: bool = False  # drawn by the widget of a signature


def words_of(glyphs: Iterable[Glyph], *, signature: bool = False) -> list[TextWord]:
    """Cut *glyphs* into words: at blanks, wide gaps, jumps and other baselines; what was drawn twice counts once."""
    words: list[TextWord] = []
    run: list[Glyph] = []

    def end() -> None:
        word = _word(run, signature)
        if word is not None and not _twice(word, words[-12:]):
            words.append(word)
        run.clear()

    for glyph in glyphs:
        if glyph.text.isspace() or glyph.text in "\u200b\u00ad\ufeff" or (glyph.generated and not glyph.text.strip()):
            end()
            continue
        if run and not _goes_on(run[-1], glyph):
            end()
        run.append(glyph)
    end()
    return words


def _goes_on(last: Glyph, glyph: Glyph) -> bool:
    if unicodedata.combining(glyph.text):
        return True
    size = max(last.size, glyph.size, 1e-3)
    if abs(glyph.base[1] - last.base[1]) > 0.6 * size:
        return False
    gap = glyph.box[0] - last.box[2]
    return -0.9 * size < gap < _WORD_GAP * size


def _word(run: Sequence[Glyph], signature: bool) -> TextWord | None:
    text = clean("".join(g.text for g in run).translate(_BULLETS)).strip()
    text = "".join(c for c in text if unicodedata.category(c) != "Cc")
    if not text:
        return None
    inked = [g for g in run if g.box[2] > g.box[0] or g.box[3] > g.box[1]] or list(run)
    box = (
        min(g.box[0] for g in inked),
        min(g.box[1] for g in inked),
        max(g.box[2] for g in inked),
        max(g.box[3] for g in inked),
    )
    return TextWord(
        text,
        box,
        float(median(g.base[1] for g in run)),
        max(g.size for g in run),
        frozenset(g.font for g in run if g.font),
        all(g.mapped and not g.invisible for g in run),
        signature,
    )


def _twice(word: TextWord, before: Sequence[TextWord]) -> bool:
    """Tell whether *word* was just drawn at nearly the same place: letters made bold by drawing them again."""
    for other in before:
        if other.text == word.text:
            dx, dy = abs(other.box[0] - word.box[0]), abs(other.base - word.base)
            if dx < 0.12 * word.size and dy < 0.12 * word.size:
                return True
    return False


def lines_of(words: Sequence[TextWord]) -> list[list[TextWord]]:
    """Group *words* into lines, top to bottom, left to right; a gap as wide as between columns ends a line."""
    rows: list[list[TextWord]] = []
    for word in sorted(words, key=lambda w: (w.base, w.box[0])):
        for row in reversed(rows[-6:]):
            if abs(median(w.base for w in row[-8:]) - word.base) <= _SAME_LINE * max(word.size, row[-1].size):
                row.append(word)
                break
        else:
            rows.append([word])
    lines: list[list[TextWord]] = []
    for row in rows:
        row.sort(key=lambda w: (w.box[0], w.box[2]))
        line: list[TextWord] = []
        for word in row:
            if line and _parted(line[-1], word):
                lines.append(line)
                line = []
            line.append(word)
        lines.append(line)
    return lines


def _parted(last: TextWord, word: TextWord) -> bool:
    """Tell whether a column's gap lies between; blanks left for number and day part nothing."""
    gap = word.box[0] - last.box[2]
    if gap <= _COLUMN_GAP * min(last.size, word.size):
        return False
    return not (last.text.lower() in _WAITS_FOR_MORE and gap < 3 * _COLUMN_GAP * last.size)
