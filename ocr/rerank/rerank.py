"""Put wrong marks right where official texts leave hardly a doubt what was printed.

For every word that the statistics find unlikely where it stands, spellings are tried that differ from it in marks only
(or, where the reading is no syllable at all, in one letter of a like shape). The most likely row of spellings is
searched (Viterbi over triples); what it would change is then judged one by one (:func:`weight`): by what the change
gains, how sure the reading was, how usual the words around are, and how much the whole page speaks the language of
official texts. A poem is left alone. Never touched: digits, words with digits, codes (``12/QĐ-UBND``), addresses;
names (words capitalised within a sentence) need far more.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import log

from ocr.model import Line, Word
from ocr.rerank.chains import chains
from ocr.rerank.statistics import Statistics
from ocr.rerank.tokens import EDGE, SIGN, SURNAMES, Token, bare, tokens, usual_tone_placement

#: A word is looked at when its chance, or that of a neighbour because of it, is below this.
_UNLIKELY = log(4e-3)
#: natural logarithm: what the search asks for a change
_PRICE = 1.5
_PRICE_OF_CERTAINTY = 2.0
_PRICE_OF_SHAPE = 3.0
_PRICE_OF_NAME = 2.0
_TRIED = 4  # spellings of a word
_STATES = 6
#: Tokens of average speech that every page is thought to have besides its own: a short page says little of itself.
_PRIOR_TOKENS, _PRIOR_FIT, _LEAST_CHANCE = 15, -7.0, -12.0
#: a changed word is no surer than this
_AT_MOST = 0.9
_CODE = re.compile(r"[\d/@\\_]|\w\.\w|[A-ZĐ]{2,}-|-[A-ZĐ]{2,}")
_PLAIN_WORD = re.compile(r"^[\"“(\[]?[^\W\d_]+[.,;:!?)\]\"”]*$")
_VOWELS = frozenset("aeiouy")
#: letters that recognisers take for one another, both ways
_SHAPES = ("yv", "ce", "li", "lt", "it", "ft", "hb", "un", "gq", "mn", "rt", "ao", "xn", "kr", "cg", "fi")


@dataclass(frozen=True)
class Change:
    """One spelling proposed for one word, and what speaks for it. Chances are natural logarithms."""

    line: int
    word: int
    before: str
    after: str
    confidence: float  # of the reading
    gain: float  # of the three chances that the word has a part in, against those of the reading
    around: float  # mean of those three chances after the change
    fit: float  # mean chance of the words of the page after all changes
    share: float  # of the reading's spelling among all words of the texts
    name: bool
    shape: bool  # a letter differs, not only its marks


#: weights of :func:`weight`, found by ``training/rerank/judge.py``; see ``CARD.md``
WEIGHTS = {
    "one": 1.858,
    "gain": 0.456,
    "confidence": -1.261,
    "around": 0.155,
    "fit": 0.89,
    "share": 0.045,
    "name": -2.0,
    "shape": -1.921,
}


def features(change: Change) -> dict[str, float]:
    """Return what :func:`weight` weighs."""
    return {
        "one": 1.0,
        "gain": min(change.gain, 15.0),
        "confidence": change.confidence,
        "around": max(change.around, _LEAST_CHANCE),
        "fit": change.fit,
        "share": max(change.share, -17.0),
        "name": float(change.name),
        "shape": float(change.shape),
    }


def weight(change: Change) -> float:
    """Return how much speaks for *change*: it is made when this is above 0."""
    return sum(WEIGHTS[name] * value for name, value in features(change).items())


@dataclass
class _State:
    score: float
    choice: tuple[int, ...]  # per token of the chain: index of its candidate
    last: tuple[str, str]


@dataclass(frozen=True)
class _Option:
    key: str
    price: float
    name: bool = False
    shape: bool = False


def rerank(lines: Sequence[Line], table: Statistics) -> tuple[list[Line], list[Change]]:
    """Return *lines* with marks put right, and the changes. Changed words keep their reading in ``Word.raw``.

    Args:
        lines: in reading order, as far as it is known.
        table: the statistics.
    """
    changes = [change for change in proposals(lines, table) if weight(change) > 0]
    out = list(lines)
    for change in changes:
        line = out[change.line]
        word = line.words[change.word]
        raw = word.raw or word.text
        # A word may hold two tokens that change; each proposal was made for the whole word.
        changed = replace(word, text=change.after, raw=raw, confidence=min(word.confidence, _AT_MOST))
        out[change.line] = replace(line, words=(*line.words[: change.word], changed, *line.words[change.word + 1 :]))
    return out, changes


def proposals(lines: Sequence[Line], table: Statistics) -> list[Change]:
    """Return what the search would change in *lines*, at most one change a word."""
    found: list[Change] = []
    total, count = _PRIOR_FIT * _PRIOR_TOKENS, _PRIOR_TOKENS
    for group in chains(lines):
        places = [(i, j) for i in group for j in range(len(lines[i].words))]
        changes, chances = _chain([lines[i].words[j] for i, j in places], places, table)
        found += changes
        total += sum(max(c, _LEAST_CHANCE) for c in chances)
        count += len(chances)
    return [replace(change, fit=total / count) for change in found]


def _chain(
    read: Sequence[Word], places: Sequence[tuple[int, int]], table: Statistics
) -> tuple[list[Change], list[float]]:
    """Return the changes proposed for one chain of words, and the chances of its syllables after them."""
    found = tokens([w.text for w in read])
    if not found:
        return [], []
    options = _options(found, read, table)
    best = _best_row(options, table) if any(len(o) > 1 for o in options) else (0,) * len(found)
    row = [EDGE, EDGE, *(own[i].key for own, i in zip(options, best, strict=True)), EDGE, EDGE]
    chances = [table.log_chance(*row[i : i + 3]) for i in range(len(row) - 2)]
    made: dict[int, Change] = {}
    for start, end in _runs(best):
        # Neighbours that change together stand or fall together: two words that agree were hardly both misread.
        as_read = [*row[start : start + 2], *(t.key for t in found[start:end]), *row[end + 2 : end + 4]]
        before = sum(table.log_chance(*as_read[i : i + 3]) for i in range(len(as_read) - 2))
        gain = (sum(chances[start : end + 2]) - before) / (end - start)
        for at in range(end - 1, start - 1, -1):
            token, chosen, word = found[at], options[at][best[at]], read[found[at].word]
            around = sum(chances[at : at + 3]) / 3
            earlier = made.get(token.word)
            text = earlier.after if earlier else word.text
            piece = _dressed(text[token.start : token.end], chosen.key)
            made[token.word] = Change(
                *places[token.word],
                before=word.text,
                after=text[: token.start] + piece + text[token.end :],
                confidence=word.confidence,
                gain=min(gain, earlier.gain) if earlier else gain,
                around=min(around, earlier.around) if earlier else around,
                fit=0.0,
                share=log(max(table.share(token.key), 1e-9)),
                name=chosen.name,
                shape=chosen.shape or (earlier is not None and earlier.shape),
            )
    plain = [c for c, t in zip(chances, found, strict=False) if t.key.isalpha()]
    return [made[word] for word in sorted(made)], plain


def _runs(best: Sequence[int]) -> list[tuple[int, int]]:
    """Return begin and end of the rows of tokens that change, the last one first."""
    runs: list[tuple[int, int]] = []
    for at, choice in enumerate(best):
        if choice and runs and runs[-1][1] == at:
            runs[-1] = (runs[-1][0], at + 1)
        elif choice:
            runs.append((at, at + 1))
    return runs[::-1]


def _options(found: Sequence[Token], read: Sequence[Word], table: Statistics) -> list[list[_Option]]:
    """Return per token what it may be, with the price of it; the reading itself first and free."""
    keys = [EDGE, EDGE, *(t.key for t in found), EDGE, EDGE]
    chances = [table.log_chance(keys[i], keys[i + 1], keys[i + 2]) for i in range(len(keys) - 2)]
    options = []
    for at, token in enumerate(found):
        own = [_Option(token.key, 0.0)]
        options.append(own)
        if min(chances[at : at + 3]) > _UNLIKELY or not token.key.isalpha():
            continue
        word = read[token.word]
        if (len(token.key) == 1 and len(word.text) <= 2) or _CODE.search(word.text):
            continue
        if not _VOWELS & set(bare(token.key)) or _of_a_person(found, read, at):
            continue
        name = _is_name(found, read, at)
        price = _PRICE + _PRICE_OF_CERTAINTY * word.confidence + (_PRICE_OF_NAME if name else 0.0)
        letters = bare(token.key)
        others = [_Option(k, price, name) for k in table.alike(letters) if k != token.key]
        if not table.share(token.key) and _PLAIN_WORD.match(word.text):
            dear = price + _PRICE_OF_SHAPE
            others += [_Option(k, dear, name, True) for near in _near(letters) for k in table.alike(near)]
        if len(others) > _TRIED:
            before, last, following = keys[at], keys[at + 1], keys[at + 3]

            def promise(other: _Option, a: str = before, b: str = last, d: str = following) -> float:
                return table.log_chance(a, b, other.key) + table.log_chance(b, other.key, d) - other.price

            others = sorted(others, key=promise, reverse=True)[:_TRIED]
        own += others
    return options


def _is_name(found: Sequence[Token], read: Sequence[Word], at: int) -> bool:
    """Tell whether the token is capitalised within a sentence, in a line that is not all capitals."""
    token = found[at]
    piece = read[token.word].text[token.start : token.end]
    if not piece[:1].isupper() or (piece.isupper() and len(piece) > 1):
        return False
    return at > 0 and found[at - 1].key != SIGN


def _of_a_person(found: Sequence[Token], read: Sequence[Word], at: int) -> bool:
    """Tell whether the token stands in a row of capitalised words that begins like a person's name."""

    def capital(i: int) -> bool:
        return 0 <= i < len(found) and read[found[i].word].text[found[i].start : found[i].start + 1].isupper()

    first = at
    while capital(first - 1) and at - first < 5:
        first -= 1
    for start in range(first, at + 1):
        if bare(found[start].key) in SURNAMES and capital(start + 1):
            return at - start < 5
    return False


def _near(letters: str) -> list[str]:
    """Return what *letters* may be with one letter replaced by one of like shape."""
    found = []
    for at, letter in enumerate(letters):
        for pair in _SHAPES:
            if letter in pair:
                found.append(letters[:at] + pair.replace(letter, "", 1) + letters[at + 1 :])
    return found


def _best_row(options: Sequence[Sequence[_Option]], table: Statistics) -> tuple[int, ...]:
    states = [_State(0.0, (), (EDGE, EDGE))]
    for own in [*options, [_Option(EDGE, 0.0)]]:
        reached: dict[tuple[str, str], _State] = {}
        for state in states:
            a, b = state.last
            for index, option in enumerate(own):
                score = state.score + table.log_chance(a, b, option.key) - option.price
                known = reached.get((b, option.key))
                if known is None or score > known.score:
                    reached[b, option.key] = _State(score, (*state.choice, index), (b, option.key))
        states = sorted(reached.values(), key=lambda s: (-s.score, s.choice))[:_STATES]
    return states[0].choice[:-1]


def _dressed(piece: str, spelled: str) -> str:
    """Give *spelled* the capitals of *piece* and the usual place of the tone."""
    spelled = usual_tone_placement(spelled)
    if piece.isupper() and len(piece) > 1:
        return spelled.upper()
    return spelled[:1].upper() + spelled[1:] if piece[:1].isupper() else spelled
