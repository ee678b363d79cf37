"""A person's name in a line of which letters were hurt by what lay over them: syllables run together, a lost letter."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from ocr.fields.people import PersonName, begins_late, family_like, find_name
from ocr.model import Word

#: a syllable of which a letter was put right is no surer than this
MENDED = 0.5
_EDGE = re.compile(r"^[\W_]+|[\W_]+$")


def name_in(words: Sequence[Word]) -> PersonName | None:
    """Return the name in the *words* of a strip; its first syllable is put right where one letter of it was hurt."""
    parts = [part for word in words for part in parted(word)]
    name = find_name(parts)
    if name is not None and not begins_late(name) and name.words[0] is _first_syllable(parts):
        return name
    first = _first_syllable(parts)
    family = family_like(_EDGE.sub("", first.text)) if first is not None else ""
    if first is None or not family:
        return name
    put = [replace(w, text=family, confidence=min(w.confidence, MENDED)) if w is first else w for w in parts]
    mended = find_name(put)
    if mended is None or mended.words[0].text != family:
        return name
    return replace(mended, changed=mended.changed + 1, raw=" ".join(w.text for w in parts))


def _first_syllable(words: Sequence[Word]) -> Word | None:
    """The first of *words* that has two letters; None without."""
    return next((w for w in words if sum(c.isalpha() for c in w.text) > 1), None)


def parted(word: Word) -> list[Word]:
    """Cut a word of two syllables run together (``DươngHữu``); a second capital (``PHan``) is made small."""
    text = word.text
    if len(text) > 2 and text[:2].isalpha() and text[:2].isupper() and text[2:].islower():
        return [replace(word, text=text[0] + text[1:].lower())]
    cuts = [
        n
        for n in range(2, len(text) - 1)
        if text[n].isupper() and text[n + 1].islower() and any(c.islower() for c in text[:n])
    ]
    pieces = [text[a:b] for a, b in pairwise([0, *cuts, len(text)])]
    if len(pieces) < 2:
        return [word]
    left, top, right, bottom = word.box
    out, at = [], 0
    for piece in pieces:
        begin, end = (round(left + (right - left) * n / len(text)) for n in (at, at + len(piece)))
        out.append(Word(piece, word.confidence, (begin, top, max(begin + 1, end), bottom), word.raw))
        at += len(piece)
    return out
