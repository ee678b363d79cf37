"""A second look where the first one left a gap or a doubt: short pieces of lines, finer, all in one more reading.

Recognisers drop words inside a line (a number between spaces, a word in italics) without a trace: ink stands there and
no word does. Such gaps, and words that were hardly read, are cut out of the page with a neighbour on either side, put
one under the other on a clean sheet, and read again. The neighbours tell whether the piece was read as the line was;
what stands between them is taken where it fills a gap, or where it is clearly surer than the first reading.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from domain.text import fold
from ocr.model import Box, Line, Word
from ocr.prepare.frame import around
from ocr.recognizer import Gray

#: Words below this are looked at again.
DOUBTFUL = 0.6
#: what a second reading must be surer by
_BETTER_BY = 0.12
#: in a gap, where nothing was read, a word must be this sure
_SURE_ENOUGH = 0.6
#: a word that changed is no surer than this
_AT_MOST = 0.9
#: of the length of all lines, at most this share is read again, and at most so many pieces
_SHARE, _MOST_PIECES = 0.1, 12
_INK = 0.62


@dataclass(frozen=True)
class Spot:
    """A stretch of one line: words ``first`` to ``last`` (exclusive) are in doubt; none where there is a gap."""

    line: int
    first: int
    last: int
    left: int  # pixels of the OCR copy: where the doubtful stretch begins
    right: int
    need: float  # the higher, the sooner it is looked at


@dataclass(frozen=True)
class _Piece:
    """A spot with its neighbours, cut out."""

    spot: Spot
    box: Box  # pixels of the OCR copy
    picture: Gray


def look_again(
    lines: Sequence[Line],
    copy: Gray,
    fine: Callable[[], tuple[Gray, float]],
    read: Callable[[Gray], Sequence[Line]],
) -> list[Line]:
    """Return *lines* with gaps filled and doubtful words replaced where a second reading is better.

    Args:
        lines: as first read, boxes in pixels of *copy*.
        copy: the OCR copy, upright and level, 0 black.
        fine: returns the same picture at another scale, and pixels of it per pixel of *copy*; called only when needed.
        read: the recogniser at the scale of *fine*.
    """
    chosen = _within_budget(find_spots(lines, copy), lines)
    if not chosen:
        return list(lines)
    picture, scale = fine()
    pieces = [piece for spot in chosen if (piece := _cut(spot, lines, picture, scale)).picture.size]
    if not pieces:
        return list(lines)
    sheet, places = _sheet([p.picture for p in pieces])
    found = read(sheet)
    out = list(lines)
    # From right to left, so that the places of words before stay as they are.
    for piece, place in sorted(zip(pieces, places, strict=True), key=lambda x: (x[0].spot.line, -x[0].spot.first)):
        words = _words_of(piece, place, found, scale)
        out[piece.spot.line] = _settled(out[piece.spot.line], piece.spot, words)
    return out


def find_spots(lines: Sequence[Line], copy: Gray) -> list[Spot]:
    """Return the gaps with ink in them and the doubtful words of *lines*, at most one spot a stretch."""
    spots: list[Spot] = []
    paper = float(np.percentile(copy[::8, ::8], 75)) if copy.size else 255.0
    heights = [w.box[3] - w.box[1] for line in lines for w in line.words if len(w.text) > 1]
    usual = float(np.median(heights)) if heights else 0.0
    for index, line in enumerate(lines):
        if len(line.words) < 2 or not 0.5 * usual < line.box[3] - line.box[1] < 3 * usual:
            continue
        taken: set[int] = set()
        for at in range(1, len(line.words)):
            left, right = line.words[at - 1].box[2], line.words[at].box[0]
            if right - left > 0.9 * usual and _writing_in(copy, line, left, right, usual, paper):
                spots.append(Spot(index, at, at, left, right, 2.0))
                taken |= {at - 1, at}
        for at, word in enumerate(line.words):
            letters = sum(c.isalnum() for c in word.text)
            if at not in taken and word.confidence < DOUBTFUL and letters >= 2 and _near_surer(line, at):
                spots.append(Spot(index, at, at + 1, word.box[0], word.box[2], 1.0 - word.confidence))
                taken |= {at - 1, at, at + 1}
    return spots


def _near_surer(line: Line, at: int) -> bool:
    """Tell whether a neighbour was read well: words amid noise are noise."""
    return any(line.words[i].confidence > 0.8 for i in (at - 1, at + 1) if 0 <= i < len(line.words))


def _writing_in(copy: Gray, line: Line, left: int, right: int, usual: float, paper: float) -> bool:
    """Tell whether something like a word stands between *left* and *right* in the row of *line*."""
    foot = sum(line.baseline) / 2
    top, bottom = round(foot - 0.75 * usual), round(foot)
    margin = round(0.12 * usual)
    part = copy[max(0, top) : max(0, bottom), left + margin : right - margin]
    if part.size == 0:
        return False
    dark: NDArray[np.bool_] = part < paper * _INK
    columns = np.flatnonzero(dark.any(axis=0))
    wide, high = len(columns), int(dark.any(axis=1).sum())
    whole = wide > 0 and int(columns[-1] - columns[0]) < 1.3 * wide
    # A rule through the row or a leader of dots fills columns but hardly any rows; so does a dash, but a short one.
    dash = 0.2 * usual < wide < 0.9 * usual and high <= 0.25 * usual and whole
    return dash or (wide > 0.35 * usual and high > 0.3 * usual and wide > 0.15 * (right - left))


def _within_budget(spots: Sequence[Spot], lines: Sequence[Line]) -> list[Spot]:
    length = sum(line.box[2] - line.box[0] for line in lines)
    left = max(_SHARE * length, max((line.box[2] - line.box[0] for line in lines), default=0))
    chosen = []
    for spot in sorted(spots, key=lambda s: (-s.need, s.line, s.first))[:_MOST_PIECES]:
        box = _with_neighbours(spot, lines[spot.line])
        if box[2] - box[0] <= left:
            left -= box[2] - box[0]
            chosen.append(spot)
    return chosen


def _with_neighbours(spot: Spot, line: Line) -> Box:
    first, last = max(0, spot.first - 1), min(len(line.words), spot.last + 1)
    return around(w.box for w in line.words[first:last])


def _cut(spot: Spot, lines: Sequence[Line], picture: Gray, scale: float) -> _Piece:
    left, top, right, bottom = _with_neighbours(spot, lines[spot.line])
    grow = round(0.08 * (bottom - top)) + 1
    box = (max(0, left - 2 * grow), max(0, top - grow), right + 2 * grow, bottom + grow)
    a, b, c, d = (round(v * scale) for v in box)
    return _Piece(spot, box, np.ascontiguousarray(picture[b:d, a:c]))


def _sheet(pictures: Sequence[Gray]) -> tuple[Gray, list[Box]]:
    """Put *pictures* one under the other on white; return the sheet and where each lies."""
    space = round(float(np.median([p.shape[0] for p in pictures])))
    width = max(p.shape[1] for p in pictures) + 2 * space
    height = sum(p.shape[0] for p in pictures) + space * (len(pictures) + 1)
    sheet: Gray = np.full((height, width), 255, np.uint8)
    places, y = [], space
    for picture in pictures:
        paper = max(1.0, float(np.percentile(picture, 80)))
        rows, columns = picture.shape
        sheet[y : y + rows, space : space + columns] = cv2.convertScaleAbs(picture, alpha=255.0 / paper)
        places.append((space, y, space + columns, y + rows))
        y += rows + space
    return sheet, places


def _words_of(piece: _Piece, place: Box, found: Sequence[Line], scale: float) -> list[Word]:
    """Return the words read in *piece*, left to right, boxes in pixels of the OCR copy."""

    def back(box: Box) -> Box:
        x, y = piece.box[0] - place[0] / scale, piece.box[1] - place[1] / scale
        return (
            round(box[0] / scale + x),
            round(box[1] / scale + y),
            round(box[2] / scale + x),
            round(box[3] / scale + y),
        )

    slack = (place[3] - place[1]) / 4
    words = [
        replace(word, box=back(word.box))
        for line in found
        for word in line.words
        if place[1] - slack < (word.box[1] + word.box[3]) / 2 < place[3] + slack
    ]
    return sorted(words, key=lambda w: w.box)


def _settled(line: Line, spot: Spot, read: Sequence[Word]) -> Line:
    """Return *line* with the stretch of *spot* as *read* again, where that is to be believed."""

    def inside(word: Word) -> bool:
        return spot.left <= (word.box[0] + word.box[2]) / 2 <= spot.right

    new = [w for w in read if inside(w)]
    beside = {fold(w.text) for w in read if not inside(w)}
    neighbours = [line.words[i] for i in (spot.first - 1, spot.last) if 0 <= i < len(line.words)]
    if not new or not any(fold(w.text) in beside for w in neighbours if fold(w.text)):
        return line
    old = line.words[spot.first : spot.last]
    sure = _sureness(new)
    if not old:
        if sure < _SURE_ENOUGH:
            return line
    elif sure < _sureness(old) + _BETTER_BY or not 0.6 <= _letters(new) / max(1, _letters(old)) <= 1.5:
        return line
    before = " ".join(w.text for w in old)
    # Of two readings with the same letters the language decides, not the scale: marks are lost at any.
    if fold(before) == fold(" ".join(w.text for w in new)) or any(w.confidence < _SURE_ENOUGH / 2 for w in new):
        return line
    put = tuple(replace(w, confidence=round(min(w.confidence, _AT_MOST), 4), raw=before) for w in new)
    words = (*line.words[: spot.first], *put, *line.words[spot.last :])
    return replace(line, words=words, box=around(w.box for w in words))


def _letters(words: Sequence[Word]) -> int:
    return sum(c.isalnum() for w in words for c in w.text)


def _sureness(words: Sequence[Word]) -> float:
    """Return the mean confidence of *words*, by their length."""
    return sum(w.confidence * len(w.text) for w in words) / max(1, sum(len(w.text) for w in words))
