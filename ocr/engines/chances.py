"""How likely a line says each of several texts, by the network's outputs: over all paths that spell it.

The network says for every step how likely each character is, or that there is none; a text may be spread over the
steps in many ways (connectionist temporal classification: Graves and others, 2006, forward and backward variables).
Texts that end alike are reckoned from both sides: their beginnings each, their common end once.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log

import numpy as np
from numpy.typing import NDArray

#: of a text with a character that the network does not know, or too long for the line
NEVER = -1e3
#: texts reckoned together; they stay in the processor's cache
_TOGETHER = 256
Numbers = NDArray[np.float64]


class Chances:
    """Reckons with the characters of one model.

    Args:
        labels: text of every output; several outputs may stand for one character.
        nothing: the output that says that there is no character.
    """

    def __init__(self, labels: Sequence[str], nothing: int) -> None:
        self._nothing = nothing
        self._at: dict[str, list[int]] = {}
        for n, label in enumerate(labels):
            if len(label) == 1 and n != nothing:
                self._at.setdefault(label, []).append(n)

    def of(self, logits: NDArray[np.float32], beginnings: Sequence[str], end: str = "") -> list[float]:
        """Return for each of *beginnings*, followed by *end*, the natural logarithm of its chance.

        Args:
            logits: of the line, (steps, labels).
            beginnings: at least one character each, NFC.
            end: what all texts end with.
        """
        used = sorted({c for text in (*beginnings, end) for c in text if c in self._at})
        column = {c: n for n, c in enumerate(used, 1)}
        if not len(logits) or any(c not in column for c in end):
            return [NEVER] * len(beginnings)
        each = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
        each /= each.sum(axis=1, keepdims=True)
        steps = np.stack([each[:, self._nothing], *(each[:, self._at[c]].sum(axis=1) for c in used)], axis=1)
        after = _ends(steps, [column[c] for c in end])
        out: list[float] = []
        for first in range(0, len(beginnings), _TOGETHER):
            texts = beginnings[first : first + _TOGETHER]
            out += _joined(steps, [[column.get(c, -1) for c in text] for text in texts], after, column.get(end[:1], -1))
        return out


def _ends(steps: Numbers, text: Sequence[int]) -> Numbers:
    """Return for every step, and one past the last, the logarithm of the chance that *text* begins there and is all."""
    out = np.full(len(steps) + 1, -np.inf)
    if not text:
        out[-1] = 0.0
        return out
    # Characters, and nothing behind each.
    spelled = np.zeros(2 * len(text), np.intp)
    spelled[::2] = text
    leap = np.zeros(len(spelled))
    leap[:-2:2] = spelled[:-2:2] != spelled[2::2]
    rest = np.zeros(len(spelled) + 2)
    rest[-4:-2] = 1.0
    spent = 0.0
    for n in range(len(steps) - 1, -1, -1):
        here = rest[:-2] if n == len(steps) - 1 else rest[:-2] + rest[1:-1] + rest[2:] * leap
        rest[:-2] = here * steps[n, spelled]
        most = float(rest.max())
        if most <= 0:
            break
        rest /= most
        spent += log(most)
        if rest[0] > 0:
            out[n] = log(rest[0]) + spent
    return out


def _joined(steps: Numbers, texts: Sequence[Sequence[int]], after: Numbers, following: int) -> list[float]:
    """Return the logarithms of the chances of *texts* (columns of *steps*, 0 for nothing) with what comes *after*.

    *following* is the first character of what comes after; -1 for none.
    """
    places = 2 * max(len(text) for text in texts) + 1
    spelled = np.zeros((len(texts), places), np.intp)
    for n, text in enumerate(texts):
        spelled[n, 1 : 2 * len(text) : 2] = np.maximum(text, 0)
    # From a character to the next one without nothing between, where the two differ.
    leap = np.zeros(spelled.shape)
    leap[:, 2:] = (spelled[:, 2:] != 0) & (spelled[:, 2:] != spelled[:, :-2])
    rows, last = np.arange(len(texts)), np.array([2 * len(text) - 1 for text in texts])
    from_last = spelled[rows, last] != following
    state = np.zeros(spelled.shape)
    state[:, 0] = 1.0
    ended, scale = np.zeros((len(steps), len(texts))), np.full(len(steps), -np.inf)
    spent = 0.0
    for n, step in enumerate(steps):
        grown = state.copy()
        grown[:, 1:] += state[:, :-1]
        grown[:, 2:] += state[:, :-2] * leap[:, 2:]
        grown *= step[spelled]
        most = float(grown.max())
        if most <= 0:
            break
        state = grown / most
        spent += log(most)
        ended[n], scale[n] = state[rows, last] * from_last + state[rows, last + 1], spent + after[n + 1]
    top = float(scale.max())
    if top == -np.inf:
        return [NEVER] * len(texts)
    total = np.exp(scale - top) @ ended
    known = [min(text) >= 0 for text in texts]
    return [log(t) + top if ok and t > 0 else NEVER for t, ok in zip(total.tolist(), known, strict=True)]
