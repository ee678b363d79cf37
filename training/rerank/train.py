"""Count syllables, pairs and triples in official texts and write ``ocr/rerank/statistics.bin.xz``.

    python -m training.rerank.train TEXTS.jsonl.xz

TEXTS: one JSON object a line with ``id`` and ``text``. One text in five (:func:`held_out`) is left out, so that what
the table does can be measured on texts that it has not seen.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import lzma
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np

from domain.text import clean
from ocr.rerank.statistics import FILE, MAGIC, STEP
from ocr.rerank.tokens import EDGE, NUMBER, SIGN, tokens

_FEWEST = {1: 2, 2: 2, 3: 2}
_MOST_PAIRS_AFTER = 65535
#: letters of a Vietnamese text that only Vietnamese has, at the least
_VIETNAMESE = 0.05


def held_out(text_id: str) -> bool:
    """Tell whether the text *text_id* is kept for measuring."""
    return int(hashlib.sha256(text_id.encode()).hexdigest(), 16) % 5 == 0


def texts(source: Path, held: bool) -> Iterator[str]:
    """Return the Vietnamese texts of *source* that are (*held*) or are not kept for measuring."""
    with lzma.open(source, "rt", encoding="utf-8") as lines:
        for line in lines:
            entry = json.loads(line)
            text = clean(entry["text"])
            if held_out(str(entry["id"])) == held and sum("ạ" <= c <= "ỹ" for c in text) > _VIETNAMESE * len(text):
                yield text


def count(source: Path) -> tuple[Counter[str], Counter[tuple[str, str]], Counter[tuple[str, str, str]], int]:
    """Return how often syllables, pairs and triples occur, and in how many texts."""
    ones: Counter[str] = Counter()
    twos: Counter[tuple[str, str]] = Counter()
    threes: Counter[tuple[str, str, str]] = Counter()
    number = 0
    for text in texts(source, held=False):
        number += 1
        for paragraph in text.split("\n"):
            keys = [EDGE, EDGE, *(t.key for t in tokens(paragraph.split())), EDGE]
            ones.update(keys[1:])
            twos.update(pairwise(keys))
            threes.update(zip(keys, keys[1:], keys[2:], strict=False))
    return ones, twos, threes, number


def pack(
    ones: Counter[str], twos: Counter[tuple[str, str]], threes: Counter[tuple[str, str, str]]
) -> tuple[bytes, tuple[int, int, int]]:
    """Return the table as bytes, and how many syllables, pairs and triples it holds."""
    for sign in (EDGE, NUMBER, SIGN):
        ones[sign] += _FEWEST[1]
    words = sorted(w for w, n in ones.items() if n >= _FEWEST[1])
    index = {w: i for i, w in enumerate(words)}
    pairs = sorted(
        (index[a], index[b], n) for (a, b), n in twos.items() if n >= _FEWEST[2] and a in index and b in index
    )
    place = {(a, b): i for i, (a, b, _) in enumerate(pairs)}
    triples = []
    for (a, b, c), n in threes.items():
        at = place.get((index.get(a, -1), index.get(b, -1)))
        if n >= _FEWEST[3] and at is not None and c in index:
            triples.append((at, index[c], n))
    triples.sort()

    def steps(numbers: list[int]) -> bytes:
        return np.round(np.log2(np.array(numbers, np.float64)) * STEP).clip(0, 255).astype(np.uint8).tobytes()

    after = np.bincount([a for a, _, _ in pairs], minlength=len(words))
    follow = np.bincount([p for p, _, _ in triples], minlength=len(pairs))
    listed = "\n".join(words).encode()
    raw = b"".join(
        (
            MAGIC,
            np.array([len(listed), len(pairs), len(triples), 0], np.uint32).tobytes(),
            listed,
            steps([ones[w] for w in words]),
            after.clip(0, _MOST_PAIRS_AFTER).astype(np.uint16).tobytes(),
            np.array([b for _, b, _ in pairs], np.uint16).tobytes(),
            steps([n for _, _, n in pairs]),
            follow.astype(np.uint16).tobytes(),
            np.array([c for _, c, _ in triples], np.uint16).tobytes(),
            steps([n for _, _, n in triples]),
        )
    )
    packed = lzma.compress(raw, format=lzma.FORMAT_XZ, preset=9 | lzma.PRESET_EXTREME)
    return packed, (len(words), len(pairs), len(triples))


def main() -> int:
    """Make the table."""
    parser = argparse.ArgumentParser(description="Make the table of syllables from official texts.")
    parser.add_argument("texts", type=Path)
    parser.add_argument("--out", type=Path, default=FILE)
    asked = parser.parse_args()
    ones, twos, threes, number = count(asked.texts)
    packed, sizes = pack(ones, twos, threes)
    asked.out.write_bytes(packed)
    print(
        f"{number} texts, {sum(ones.values())} tokens: {sizes[0]} syllables, {sizes[1]} pairs, {sizes[2]} triples, "
        f"{len(packed)} bytes"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
