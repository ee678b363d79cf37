"""Whether a page was scanned on its side or upside down: a few of its lines are tried, the way that reads best wins."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ocr.model import Line
from ocr.prepare.frame import turn
from ocr.recognizer import Gray

#: A page whose words are surer than this stands upright; no trial is made.
SURE = 0.72
_FEWEST_LETTERS = 12


def sureness(lines: Sequence[Line]) -> float:
    """Return the letters read, each counted by the square of its word's confidence. Noise counts for little."""
    return sum(
        sum(c.isalnum() for c in word.text) * word.confidence**2
        for line in lines
        for word in line.words
        if any(c.isalpha() for c in word.text)
    )


def in_doubt(lines: Sequence[Line]) -> bool:
    """Return whether *lines* may come from a page that does not stand upright."""
    letters = sum(sum(c.isalnum() for c in word.text) for line in lines for word in line.words)
    if letters < _FEWEST_LETTERS:
        return False
    return sureness(lines) / letters < SURE**2


def best_rotation(
    upright: Gray, candidates: Sequence[int], read: Callable[[Gray], list[Line]], clear_win: float = 1.3
) -> int:
    """Return which of *candidates* (clockwise degrees) makes a sample of *upright* read best; the first one in doubt.

    Args:
        upright: the page at reading resolution, as it is believed to stand.
        candidates: turns to try, the believed one first.
        read: the recogniser.
        clear_win: how many times better another turn must read before it is believed.
    """
    rows, columns = busiest_part(upright)
    sample = upright[rows, columns]
    scores = [sureness(_across(read(np.ascontiguousarray(turn(sample, rotation))))) for rotation in candidates]
    best = int(np.argmax(scores))
    return candidates[best] if scores[best] > clear_win * scores[0] + _FEWEST_LETTERS / 2 else candidates[0]


def _across(lines: Sequence[Line]) -> list[Line]:
    """Return the lines whose words run across: Tesseract turns writing on its side by itself and reads it well."""
    return [
        line
        for line in lines
        if all(w.box[2] - w.box[0] >= w.box[3] - w.box[1] for w in line.words if len(w.text) >= 4)
    ]


def busiest_part(gray: Gray, share: float = 0.45) -> tuple[slice, slice]:
    """Return rows and columns of the part with most changes of brightness: text, not margin or photo."""
    height, width = gray.shape
    rows, columns = max(1, round(height * share)), max(1, round(width * share))
    small = gray[::8, ::8].astype(np.int16)
    busy = (np.abs(np.diff(small, axis=1))[:-1] > 40) & (np.abs(np.diff(small, axis=0))[:, :-1] > 12)
    total = np.pad(busy.astype(np.int64).cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    h, w = min(rows // 8, busy.shape[0]), min(columns // 8, busy.shape[1])
    if h < 1 or w < 1:
        return slice(None), slice(None)
    sums = total[h:, w:] - total[:-h, w:] - total[h:, :-w] + total[:-h, :-w]
    top, left = (int(v) * 8 for v in np.unravel_index(int(np.argmax(sums)), sums.shape))
    return slice(top, top + rows), slice(left, left + columns)
