"""How often syllables follow one another in official texts: a trigram table in a compact file.

``statistics.bin.xz`` (``CARD.md`` says of what it is made, ``training/rerank/train.py`` makes it). Probabilities are
interpolated with absolute discounting: a sequence that was never seen falls back on the shorter one.
"""

from __future__ import annotations

import lzma
from array import array
from bisect import bisect_left
from collections import defaultdict
from functools import cache
from math import log
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ocr.rerank.tokens import bare

FILE = Path(__file__).with_name("statistics.bin.xz")
MAGIC = b"syllables1"
_DISCOUNT = 0.75
#: counts are kept as steps of a quarter of a power of two
STEP = 4.0
#: chance of a syllable that was never seen
_UNSEEN = 2e-8
_REMEMBERED = 60_000


def counts_of(steps: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return the counts that *steps* stand for: ``2 ** (step / 4)``."""
    return np.exp2(steps.astype(np.float64) / STEP)


class Statistics:
    """The table, opened."""

    def __init__(self, packed: bytes) -> None:
        raw = lzma.decompress(packed)
        if not raw.startswith(MAGIC):
            raise ValueError("not a table of syllables")
        sizes = np.frombuffer(raw, np.uint32, 4, len(MAGIC))
        place = len(MAGIC) + 16
        words = raw[place : place + int(sizes[0])].decode().split("\n")
        place += int(sizes[0])

        def take(kind: type[np.generic], count: int) -> NDArray[np.generic]:
            nonlocal place
            part = np.frombuffer(raw, kind, count, place)
            place += part.nbytes
            return part

        n, pairs, triples = len(words), int(sizes[1]), int(sizes[2])
        ones = counts_of(take(np.uint8, n).astype(np.uint8))
        after = take(np.uint16, n).astype(np.int64)  # pairs that begin with each syllable
        second = take(np.uint16, pairs).astype(np.int64)
        twos = counts_of(take(np.uint8, pairs).astype(np.uint8))
        follow = take(np.uint16, pairs).astype(np.int64)  # triples that begin with each pair
        third = take(np.uint16, triples).astype(np.int64)
        threes = counts_of(take(np.uint8, triples).astype(np.uint8))

        self.words = words
        self.index = {word: i for i, word in enumerate(words)}
        first = np.repeat(np.arange(n), after)
        pair = np.repeat(np.arange(pairs), follow)
        self._one: array[float] = array("d", ones / ones.sum())
        self._pair_key: array[int] = array("q", first * n + second)
        self._triple_key: array[int] = array("q", pair * n + third)
        # share of each context that is left for what was not seen in it
        seen_twos = np.bincount(first, twos - _DISCOUNT, n)
        self._pair_rest: array[float] = array("d", np.clip(1 - seen_twos / ones, 0.02, 1.0))
        self._pair: array[float] = array("d", (twos - _DISCOUNT) / ones[first])
        seen_threes = np.bincount(pair, threes - _DISCOUNT, pairs)
        self._triple_rest: array[float] = array("d", np.clip(1 - seen_threes / twos, 0.02, 1.0))
        self._triple: array[float] = array("d", (threes - _DISCOUNT) / twos[pair])
        self._size = n
        self._told: dict[tuple[str, str, str], float] = {}
        self._alike: dict[str, list[str]] = defaultdict(list)
        for word in words:
            if word.isalpha():
                self._alike[bare(word)].append(word)

    def share(self, key: str) -> float:
        """Return the share of all tokens that are *key*; 0.0 when it was never seen."""
        i = self.index.get(key)
        return self._one[i] if i is not None else 0.0

    def alike(self, letters: str) -> list[str]:
        """Return the syllables that are *letters* when their marks are taken away."""
        return self._alike.get(letters, [])

    def log_chance(self, a: str, b: str, c: str) -> float:
        """Return the natural logarithm of the chance of *c* after *a*, *b*."""
        key = (a, b, c)
        known = self._told.get(key)
        if known is None:
            if len(self._told) >= _REMEMBERED:
                self._told.clear()
            known = self._told[key] = log(self._chance(a, b, c))
        return known

    def _chance(self, a: str, b: str, c: str) -> float:
        k = self.index.get(c, -1)
        if k < 0:
            return _UNSEEN
        p = self._one[k]
        j = self.index.get(b, -1)
        if j < 0:
            return p
        key = j * self._size + k
        at = bisect_left(self._pair_key, key)
        hit = at < len(self._pair_key) and self._pair_key[at] == key
        p = self._pair_rest[j] * p + (self._pair[at] if hit else 0.0)
        i = self.index.get(a, -1)
        if i < 0:
            return p
        key = i * self._size + j
        at = bisect_left(self._pair_key, key)
        if at == len(self._pair_key) or self._pair_key[at] != key:
            return p
        key = at * self._size + k
        found = bisect_left(self._triple_key, key)
        hit = found < len(self._triple_key) and self._triple_key[found] == key
        return self._triple_rest[at] * p + (self._triple[found] if hit else 0.0)


@cache
def statistics() -> Statistics:
    """Return the table that comes with the program, opened once a process."""
    return Statistics(FILE.read_bytes())
