"""Lines that stand on the page but are no text of the paper: what signature widgets print, crumbs of seals and pens.

They stay among the page's lines, in the searchable layer and for the fields; only the running text leaves them out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from math import hypot
from statistics import median

from domain.text import fold, strip_marks
from ocr.layout_grid import Grid
from ocr.model import Box, Line, Mark, SignatureBlock
from ocr.rerank.statistics import statistics
from ocr.rerank.tokens import key_of

#: said by signature widgets alone
_NOTICE = re.compile(r"^(?:duoc )?(?:ky (?:boi|so boi)|nguoi ky|thoi gian ky|ngay ky|signed by|signature valid)\b")
_CLOCK = re.compile(r"\b\d{1,2}:\d\d:\d\d\b|^\W*\+\s?0?7[:.]?00\W*$")
#: a word or two that a person would still take for text when the recogniser doubts it
_PLAIN = re.compile(r"^\W{0,2}(?:\d{1,4}|[ivxlIVXL]{1,4}|[a-zđ]\)|[-+])\W{0,2}$")
#: lines of so few letters or more: less sure than this they are noise, unless they spell something
_FEW, _DOUBTED_FEW, _DOUBTED = 8, 0.68, 0.5
#: and less sure than this even beside words
_HARDLY = 0.4
#: in the cell of a table a letter or two need not be surer
_SURE_IN_CELL = 0.3
#: the letters of a seal's ring, in radii; a few letters there are less sure than this
_RING, _SURE_IN_RING = (0.45, 1.1), 0.95
#: a syllable of so many letters is one whatever stands about it
_WHOLE = 4
#: the last line of a paragraph: what may stand behind its syllables, letters of the line above, its indent (heights)
_AFTER, _LONG, _INDENT = '.,;:/”"', 24, 6.0
#: what a line of number and sign begins with, at least as sure
_NUMBER_LABEL, _SURE_LABEL = re.compile(r"Số\s?:"), 0.85
#: syllables of two letters or more
_LETTERS = re.compile(r"[^\W\d_]{2,}")


def find_aside(
    lines: Sequence[Line],
    above: Sequence[Line],
    blocks: Sequence[SignatureBlock],
    marks: Sequence[Mark],
    unit: float,
    grids: Sequence[Grid] = (),
) -> frozenset[int]:
    """Return the ``id`` of every line that is no text of the paper.

    Args:
        lines: all lines of the page; *above* are those of them that stand over the head.
        above: see *lines*.
        blocks: what signature fields show, frame pixels.
        marks: seals and pen strokes, frame pixels.
        unit: typical height of words, pixels.
        grids: ruled tables, whose cells may hold a letter only.
    """
    over = {id(line) for line in above}
    notices = [b.box for b in blocks if _is_notice(b.text)]
    aside = {
        id(line)
        for line in lines
        if (_says_notice(line) and (id(line) in over or _small(line, unit) or _inside(line.box, notices)))
        or (_inside(line.box, notices) and not _large(line, unit))
    }
    if aside:
        near = [line for line in lines if id(line) in over or _small(line, 0.9 * unit)]
        _grow(aside, near, [line for line in lines if id(line) in aside])
    tables = [g.box for g in grids if not g.is_frame]
    cells = {id(line) for line in lines if _inside(line.box, tables)}
    aside.update(id(line) for line in lines if _is_crumb(line, lines, marks, unit, in_cell=id(line) in cells))
    return frozenset(aside)


def _is_notice(text: str) -> bool:
    return any(_NOTICE.match(fold(part)) or _CLOCK.search(part) for part in text.split("\n"))


def _says_notice(line: Line) -> bool:
    return len(line.words) <= 14 and (bool(_NOTICE.match(fold(line.text))) or bool(_CLOCK.search(line.text)))


def _height(line: Line) -> float:
    return float(median(w.box[3] - w.box[1] for w in line.words))


def _small(line: Line, unit: float) -> bool:
    return _height(line) < 0.8 * unit


def _large(line: Line, unit: float) -> bool:
    """Set as large as the paper's own text: a widget may lie over it."""
    return _height(line) > 1.02 * unit and not _says_notice(line)


def _inside(box: Box, frames: Sequence[tuple[float, float, float, float]]) -> bool:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return any(f[0] <= x <= f[2] and f[1] <= y <= f[3] for f in frames)


def _grow(aside: set[int], candidates: Sequence[Line], seeds: list[Line]) -> None:
    """Take in the other lines of the same small block: below each other, of one size."""
    while seeds:
        seed = seeds.pop()
        size = _height(seed)
        for line in candidates:
            if id(line) in aside or not 0.6 * size < _height(line) < 1.6 * size:
                continue
            apart = max(line.box[1] - seed.box[3], seed.box[1] - line.box[3])
            shared = min(line.box[2], seed.box[2]) - max(line.box[0], seed.box[0])
            if apart < 0.9 * size and shared > 0:
                aside.add(id(line))
                seeds.append(line)


def _is_crumb(line: Line, lines: Sequence[Line], marks: Sequence[Mark], unit: float, in_cell: bool) -> bool:
    """True for a few doubtful letters: alone in their row, or on a seal or a signature."""
    if _is_number_line(line) or _ends_paragraph(line, lines, unit):
        return False
    letters = sum(c.isalnum() for w in line.words for c in w.text)
    # A stroke that was surely read as a bracket says nothing of the figure beside it.
    said = [w for w in line.words if any(c.isalnum() for c in w.text)] or line.words
    sure = sum(w.confidence * len(w.text) for w in said) / sum(len(w.text) for w in said)
    if in_cell and sure >= _SURE_IN_CELL:
        return letters == 0
    if letters > 1 and _is_noise(line, letters, sure):
        return letters > _FEW or sure < _HARDLY or not _has_company(line, lines, unit)
    if _in_ring(line.box, marks) and sure < (_SURE_IN_RING if letters <= 4 else _SURE_IN_RING - 0.1):
        # Rings are set in capitals; a name begins with one.
        name = letters >= 4 and line.text.istitle()
        return letters <= 7 and not name and not _has_company(line, lines, unit)
    on_mark = _inside(line.box, [m.box for m in marks])
    if _PLAIN.match(line.text) and sure > 0.5 and not on_mark:
        return False
    if letters <= 1 and not any(c.isdigit() for c in line.text):
        return not _has_company(line, lines, unit)
    if sure < 0.3 or (on_mark and sure < 0.55):
        return letters <= 12 and not _has_company(line, lines, unit)
    return letters <= 4 and sure < 0.5 and not _has_company(line, lines, unit)


def _is_number_line(line: Line) -> bool:
    """True for the line of number and sign: its label is clear, what follows may be hidden under pen strokes."""
    first = line.words[0]
    return len(line.words) > 1 and bool(_NUMBER_LABEL.match(first.text)) and first.confidence >= _SURE_LABEL


def _ends_paragraph(line: Line, lines: Sequence[Line], unit: float) -> bool:
    """True for whole syllables where the last line of a paragraph stands: close under a long line, at its margin."""
    if not all(_is_syllable(w.text.strip(_AFTER)) for w in line.words):
        return False
    left, top = line.box[0], line.box[1]
    return any(
        len(other.text) >= _LONG
        and -0.4 * unit < top - other.box[3] < 0.9 * unit
        and -0.5 * unit < other.box[0] - left < _INDENT * unit
        for other in lines
    )


def _in_ring(box: Box, marks: Sequence[Mark]) -> bool:
    """True between rim and middle of a seal, where its own letters run in a circle; a name set under it runs across."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    for left, top, right, bottom in (m.box for m in marks if m.kind == "con_dau"):
        across, down = (2 * x - left - right) / (right - left), (2 * y - top - bottom) / (bottom - top)
        if _RING[0] < hypot(across, down) < _RING[1]:
            return True
    return False


def _is_noise(line: Line, letters: int, sure: float) -> bool:
    """True for doubtful letters that are mostly neither syllables nor figures: folds, edges, rings of seals."""
    if sure >= (_DOUBTED_FEW if letters <= _FEW else _DOUBTED):
        return False
    text = [c for w in line.words for c in w.text]
    if 2 * sum(c.isdigit() for c in text) >= len(text):
        return False
    spelled = sum(
        len(word.text)
        for word in line.words
        if sum(len(s) for s in _LETTERS.findall(word.text) if _is_syllable(s)) >= 0.6 * _length(word.text)
    )
    return 2 * spelled < len(text)


def _is_syllable(letters: str) -> bool:
    """True for a syllable of the language; long ones may have lost or changed their marks."""
    key = key_of(letters)
    return key in statistics().index or (len(key) >= _WHOLE and strip_marks(key) in _bare_syllables())


@lru_cache(maxsize=1)
def _bare_syllables() -> frozenset[str]:
    return frozenset(map(strip_marks, statistics().index))


def _length(word: str) -> int:
    """Return the length of *word*, that of a syllable without the leaders about it (``Chuyển:.....``)."""
    bare = word.strip("„.…,:;")
    return len(bare) if len(bare) >= _WHOLE else len(word)


def _has_company(line: Line, lines: Sequence[Line], unit: float) -> bool:
    """True when other words stand close by in the same row: a cell, a number, the end of a sentence."""
    y = (line.box[1] + line.box[3]) / 2
    for other in lines:
        if other is line or not other.box[1] <= y <= other.box[3]:
            continue
        if max(other.box[0] - line.box[2], line.box[0] - other.box[2]) < 2.5 * unit and len(other.text) > 4:
            return True
    return False
