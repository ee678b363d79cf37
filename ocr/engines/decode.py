"""From the network's outputs to words: best path, and for words in doubt a search among spellings.

The network says for every step of a line how likely each character is, or that there is none (connectionist temporal
classification: repeated steps are one character). Where the likeliest path spells a word that the language pack does
not know, or where a step was unsure, the likeliest spellings are counted over all their paths, and a known word is
preferred if it is nearly as likely. Digits never gain from that: between spellings with digits, one that is written as
figures or signs of papers are (:mod:`ocr.engines.forms`) is preferred to one that is not.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import pairwise
from math import log

import numpy as np
from numpy.typing import NDArray

from domain.text import clean, same_tone_placement
from ocr.engines.forms import as_figures, cuts, is_formed, is_malformed, is_number_of_list, may_be_one
from ocr.engines.traineddata import Model

#: A known word all of whose characters are surer than this at their clearest step is not searched.
_SURE = 0.75
#: Steps that are surer than this have one reading only.
_CLEAR = 0.99
#: How much likelier (natural logarithm) an unknown spelling must be than a known one.
_KNOWN = 3.0
#: Characters tried at a step, least chance of one, prefixes kept.
_TRIED, _LEAST, _KEPT = 4, 2e-3, 8
#: Steps of one word beyond which nothing is searched.
_LONGEST = 400
#: Spellings reported for a word.
_REPORTED = 5
_REMEMBERED = 20_000
#: Probability of the least sure character -> confidence of the word: drawn by eye after the share of right
#: words on 42 typeset and rendered pages (8,245 words); below 0.5, where they are few, after tesserocr's figures.
_SURENESS = (0.0, 0.06, 0.12, 0.25, 0.4, 0.5, 0.7, 0.84, 0.89, 0.94, 0.97, 0.99, 1.0)
_CONFIDENCE = (0.0, 0.03, 0.15, 0.32, 0.45, 0.53, 0.63, 0.75, 0.82, 0.89, 0.945, 0.963, 0.97)
#: A lone figure that was put for a letter is no surer than this.
_DOUBT = 0.4
#: Chance of a space from which two known words are likelier than one unknown word: the odds that _KNOWN gives.
_LEAST_SPACE = 0.02
#: no words of Vietnamese: a 6 whose flag stands off, a 5 whose bar does
_LONE_FIGURES = {"ó": "6", "Ó": "6", "Š": "5"}
_CLOSING = ".,;:!?)"
#: Signs that Vietnamese papers do not have, and what they are: the dash of word processors, an italic g.
_PRINTED = {"—": "–", "ø": "g"}

#: A character of the best path: label, first step, step after its last, its chance at the clearest step.
_Run = tuple[int, int, int, float]


@dataclass(frozen=True)
class Spelling:
    """One way to read a word; ``chance`` is the natural logarithm of its probability."""

    text: str
    chance: float


@dataclass(frozen=True)
class Found:
    """A word found on a line.

    Attributes:
        text: as read, at least one character.
        sureness: probability of its least sure character.
        first, last: steps of the line at which its first and last character stand out.
        spellings: what it may be as well, the likeliest first; empty when it was in no doubt.
    """

    text: str
    sureness: float
    first: int
    last: int
    spellings: tuple[Spelling, ...] = ()


class Decoder:
    """Turns outputs into words with the characters and words of one model."""

    def __init__(self, model: Model) -> None:
        self._labels = tuple(_PRINTED.get(label, label) for label in map(clean, model.labels))
        self._nothing = model.nothing
        self._space = model.labels.index(" ")
        self._words = frozenset(same_tone_placement(w) for w in model.words)
        self._remembered: dict[str, bool] = {}

    @property
    def labels(self) -> tuple[str, ...]:
        """The text of every output."""
        return self._labels

    def words(self, logits: NDArray[np.float32]) -> list[Found]:
        """Return the words of one line from its outputs (steps, labels)."""
        if not len(logits):
            return []
        best = logits.argmax(axis=1)
        top = logits.max(axis=1)
        total = np.log(np.exp(logits - top[:, None]).sum(axis=1)) + top
        sure = np.exp(top - total)
        starts = np.concatenate([[0], np.flatnonzero(np.diff(best)) + 1])
        surest = np.maximum.reduceat(sure, starts).tolist()
        runs = list(zip(best[starts].tolist(), starts.tolist(), [*starts[1:].tolist(), len(best)], surest, strict=True))
        found: list[Found] = []
        word: list[_Run] = []
        begin = 0
        for run in [*runs, (self._space, len(best), len(best), 1.0)]:
            if run[0] == self._space:
                if word:
                    for part, first, last in self._apart(logits, total, word, begin, run[1]):
                        found.append(self._word(logits, total, sure, part, first, last))
                word, begin = [], run[2]
            elif run[0] != self._nothing and self._labels[run[0]]:
                word.append(run)
        if len(found) == 1:
            return [_lone(found[0])]
        return [_first(found), *found[1:]] if found else []

    def known(self, text: str) -> bool:
        """Return whether every run of letters in *text* is a word of the language pack, and there are no digits."""
        known = self._remembered.get(text)
        if known is None:
            letters = "".join(c if c.isalpha() else " " for c in same_tone_placement(text)).split()
            known = bool(letters) and not any(c.isdigit() for c in text) and all(p in self._words for p in letters)
            known = known and not is_malformed(text)
            if len(self._remembered) >= _REMEMBERED:
                self._remembered.clear()
            self._remembered[text] = known
        return known

    def _apart(
        self,
        logits: NDArray[np.float32],
        total: NDArray[np.float32],
        word: list[_Run],
        begin: int,
        end: int,
    ) -> list[tuple[list[_Run], int, int]]:
        """Return *word* with its steps, cut in two known words where the network nearly saw a space.

        Tightly set titles: the space lost against nothing by a little, and no such word is known.
        """
        text = "".join(self._labels[label] for label, *_ in word)
        if len(text) == len(word) and (places := cuts(text, self.known)):
            parts: list[tuple[list[_Run], int, int]] = []
            for low, high in pairwise([0, *places, len(word)]):
                first = begin if low == 0 else max(word[low - 1][2], word[low][1] - 1)
                last = end if high == len(word) else word[high - 1][2]
                parts += self._apart(logits, total, word[low:high], first, last)
            return parts
        if len(word) < 4 or not text.rstrip(_CLOSING).isalpha() or self.known(text):
            return [(word, begin, end)]
        best, cut, at = _LEAST_SPACE, 0, 0
        for n in range(2, len(word) - 1):
            first, last = word[n - 1][2], word[n][1]
            if first == last:
                continue
            chances = np.exp(logits[first:last, self._space] - total[first:last])
            step = int(chances.argmax())
            if chances[step] > best and self._are_words(word[:n], word[n:]):
                best, cut, at = float(chances[step]), n, first + step
        if not cut:
            return [(word, begin, end)]
        return [(word[:cut], begin, at), (word[cut:], at + 1, end)]

    def _are_words(self, *parts: list[_Run]) -> bool:
        return all(self.known("".join(self._labels[label] for label, *_ in part)) for part in parts)

    def _word(
        self,
        logits: NDArray[np.float32],
        total: NDArray[np.float32],
        sure: NDArray[np.float32],
        word: list[_Run],
        begin: int,
        end: int,
    ) -> Found:
        text = "".join(self._labels[label] for label, *_ in word)
        sureness = min(s for *_, s in word)
        first, last = word[0][1], word[-1][2] - 1
        if (sureness >= _SURE and self.known(text)) or end - begin > _LONGEST:
            return Found(text, sureness, first, last)
        if float(sure[begin:end].min()) >= _CLEAR:
            return Found(text, sureness, first, last)
        spellings = self._spellings(logits[begin:end] - total[begin:end, None])
        if not spellings:
            return Found(text, sureness, first, last)
        if any(c.isdigit() for c in text):
            if is_formed(text):
                return Found(text, sureness, first, last, spellings)
            others = [s for s in spellings if any(c.isdigit() for c in s.text)]
            others += [Spelling(f, s.chance) for s in others if (f := as_figures(s.text)) != s.text]
            best = max(others, key=lambda s: s.chance + (_KNOWN if is_formed(s.text) else 0.0), default=spellings[0])
            return Found(best.text if is_formed(best.text) else text, sureness, first, last, spellings)
        chosen = max(spellings, key=lambda s: s.chance + (_KNOWN if self._usual(s.text) else 0.0))
        return Found(chosen.text, sureness, first, last, spellings)

    def _usual(self, text: str) -> bool:
        return self.known(text) or (is_formed(text) and not any(c.isdigit() for c in text))

    def _spellings(self, chances: NDArray[np.float32]) -> tuple[Spelling, ...]:
        """Return the likeliest spellings of the steps in *chances* (natural logarithms), each over all its paths."""
        nothing = self._nothing
        tried = np.sort(np.argpartition(chances, -_TRIED, axis=1)[:, -_TRIED:], axis=1)
        odds = np.exp(np.take_along_axis(chances, tried, axis=1)).tolist()
        # Prefix -> probability of the paths that end in its last character, and of those that end in nothing.
        beams: dict[tuple[int, ...], tuple[float, float]] = {(): (0.0, 1.0)}
        spent = 0.0  # scale taken out so far, natural logarithm
        for labels, probabilities in zip(tried.tolist(), odds, strict=True):
            surest = max(probabilities)
            if surest > _CLEAR:
                k = labels[probabilities.index(surest)]
                if k == nothing:
                    beams = {prefix: (0.0, ended + free) for prefix, (ended, free) in beams.items()}
                    continue
                here = [(k, surest)] if k != self._space and self._labels[k] else []
            else:
                here = [
                    (k, p)
                    for k, p in zip(labels, probabilities, strict=True)
                    if p >= _LEAST and k != self._space and (k == nothing or self._labels[k])
                ]
            grown: defaultdict[tuple[int, ...], list[float]] = defaultdict(lambda: [0.0, 0.0])
            for prefix, (ended, free) in beams.items():
                both = ended + free
                for k, p in here:
                    if k == nothing:
                        grown[prefix][1] += both * p
                    elif prefix and prefix[-1] == k:
                        grown[prefix][0] += ended * p
                        grown[(*prefix, k)][0] += free * p
                    else:
                        grown[(*prefix, k)][0] += both * p
            kept = sorted(grown.items(), key=lambda item: (-item[1][0] - item[1][1], item[0]))[:_KEPT]
            if not kept:
                continue  # a space was all that could be here
            most = kept[0][1][0] + kept[0][1][1]
            spent += log(most)
            beams = {prefix: (ended / most, free / most) for prefix, (ended, free) in kept}
        merged: defaultdict[str, float] = defaultdict(float)
        for prefix, (ended, free) in beams.items():
            merged["".join(self._labels[k] for k in prefix)] += ended + free
        ranked = sorted(((p, t) for t, p in merged.items() if t), key=lambda item: (-item[0], item[1]))[:_REPORTED]
        return tuple(Spelling(t, log(p) + spent) for p, t in ranked if p > 0)


def _lone(only: Found) -> Found:
    """Return the only word of a line: one letter by itself is seldom one (the first column of a table)."""
    if figure := _LONE_FIGURES.get(only.text):
        return replace(only, text=figure, sureness=min(only.sureness, _DOUBT))
    if len(only.text) > 2 or not only.spellings or is_formed(only.text):
        return only
    best = only.spellings[0]
    if best.text == "l" or (only.text == "l" and best.text == "I"):
        return replace(only, text="1", sureness=min(only.sureness, _DOUBT))
    figures = [s for s in only.spellings if s.text.isdigit() and s.chance >= best.chance - _KNOWN]
    return replace(only, text=figures[0].text, sureness=min(only.sureness, _DOUBT)) if figures else only


def _first(found: list[Found]) -> Found:
    """Return the first word of a line: ``1.`` where that is nearly as likely as ``I.``, ``5.`` as ``5,``.

    A Roman number stands over a part, which is set in capitals or clearly read.
    """
    word = found[0]
    if not word.spellings or is_number_of_list(word.text):
        return word
    best = word.spellings[0]
    if may_be_one(best.text):
        if all(f.text.isupper() for f in found[1:] if f.text[:1].isalpha()):
            return word
        if best.text != "I." and best.text != "i.":
            return replace(word, text="1.")
        ones = [s for s in word.spellings if s.text == "1." and s.chance >= best.chance - _KNOWN]
        return replace(word, text="1.") if ones else word
    numbers = [s for s in word.spellings if is_number_of_list(s.text) and s.chance >= best.chance - _KNOWN / 2]
    return replace(word, text=numbers[0].text) if numbers else word


def confidence(sureness: float) -> float:
    """Return the word confidence (0 to 1) for the probability of its least sure character.

    It means about what tesserocr's figures mean, so that the thresholds of junk, layout, second look, preparation and
    fields suit both engines.
    """
    return float(np.interp(sureness, _SURENESS, _CONFIDENCE))
