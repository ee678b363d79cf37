"""Put lost marks back, from a closed vocabulary and from what the same document prints elsewhere.

Only marks may change (``QUANG NGAI`` -> ``QUẢNG NGÃI``, ``chuyên đổi`` -> ``chuyển đổi``): the base letters of every
word stay, so nothing can be invented. Evidence is pairs of neighbouring words.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path

from domain.text import same_tone_placement, strip_marks
from ocr.fields.of_persons import of_persons
from ocr.fields.vocabulary import BRANCHES, CALENDAR, HEADINGS, PROVINCES, RECIPIENTS, STEMS, SUBJECTS
from ocr.model import Word
from ocr.rerank.statistics import Statistics, statistics
from ocr.rerank.tokens import key_of

_COMMON = Path(__file__).with_name("word_pairs.json")
_RECIPIENTS = Path(__file__).with_name("recipient_pairs.json")
_CORE = re.compile(r"^(\W*)(.*?)(\W*)$", re.DOTALL)
# the tone of open oa, oe, uy syllables on the first vowel, as most offices print it: ỦY BAN, HÒA BÌNH
_FIRST_VOWEL = dict(
    zip(
        "oà oá oả oã oạ oè oé oẻ oẽ oẹ uỳ uý uỷ uỹ uỵ".split(),  # noqa: SIM905
        "òa óa ỏa õa ọa òe óe ỏe õe ọe ùy úy ủy ũy ụy".split(),  # noqa: SIM905
        strict=True,
    )
)
_OPEN_SYLLABLE = re.compile(r"(?<!q)(" + "|".join(_FIRST_VOWEL) + r")(?!\w)")
_SURE = 0.88  # from here on a recogniser is seldom wrong
_PLAIN = 8.0  # a pair so usual that one neighbour is enough: "chi tiết"
_STATIC = 3.0  # weight of a pair of the vocabulary, in sightings
_CLOSED = 9.0  # of a pair of a closed list: a paper that says it thrice was misread thrice
_KNOWN_PAIR = 4.0  # a pair that official texts hold often enough to go by it
_BETTER = 5.0  # and how much likelier (natural logarithm) it has to be than what was read


@lru_cache(maxsize=50_000)
def _bare(word: str) -> str:
    return strip_marks(word).casefold()


class Pairs:
    """Pairs of neighbouring words seen, by their bare letters; what a doubtful word is compared with."""

    def __init__(self, texts: Iterable[tuple[Sequence[str], float]] = ()) -> None:
        """*texts*: word sequences with a weight each."""
        self._seen: dict[tuple[str, str], dict[tuple[str, str], float]] = defaultdict(dict)
        self._before: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
        for words, weight in texts:
            self.add(words, weight)

    def add(self, words: Sequence[str], weight: float) -> None:
        """Count every pair of neighbours in *words*."""
        cores = [same_tone_placement(core(w)[1]) for w in words]
        for left, right in pairwise(cores):
            if left.isalpha() and right.isalpha():
                bucket = self._seen[_bare(left), _bare(right)]
                bucket[left, right] = bucket.get((left, right), 0.0) + weight

    def add_before(self, word: str, following: str, weight: float) -> None:
        """Know *word* before *following*: evidence for *word* alone (``tỉnh`` before ``Lâm``), not for the other."""
        word, following = same_tone_placement(word), same_tone_placement(following)
        bucket = self._before[_bare(word), _bare(following)]
        bucket[word] = max(bucket.get(word, 0.0), weight)

    def before(self, word: str, following: str) -> dict[str, float]:
        """Spellings of *word* before *following* (bare letters) with their weights."""
        return self._before.get((word, following), {})

    def seen(self, left: str, right: str) -> dict[tuple[str, str], float]:
        """Spellings of the pair *left* *right* (bare letters) with their weights."""
        return self._seen.get((left, right), {})


@cache
def heading_pairs() -> Pairs:
    """Pairs of the closed vocabulary of heads and feet, and of places with the word before them."""
    pairs = Pairs((phrase.replace(",", " ").replace(" - ", " ").split(), _STATIC) for phrase in HEADINGS)
    for province in PROVINCES:
        pairs.add_before("tỉnh", province.split()[0], _STATIC)
    return pairs


@cache
def place_pairs() -> Pairs:
    """Pairs of place names alone: for running text, where titles and mottoes would mislead."""
    pairs = Pairs((province.replace(" - ", " ").split(), _STATIC) for province in PROVINCES)
    for province in PROVINCES:
        pairs.add_before("tỉnh", province.split()[0], _STATIC)
    return pairs


@cache
def calendar_pairs() -> Pairs:
    """Pairs of names of years (``Ất Tỵ``): ten stems and twelve branches go round together, so sixty of them exist."""
    pairs = Pairs((phrase.split(), _STATIC) for phrase in CALENDAR)
    for year in range(60):
        pairs.add((STEMS[year % len(STEMS)], BRANCHES[year % len(BRANCHES)]), _CLOSED)
    return pairs


@cache
def subject_pairs() -> Pairs:
    """Pairs that summaries of papers say often, one of whose words is easily misread for another."""
    return Pairs((phrase.split(), _STATIC) for phrase in SUBJECTS)


@cache
def common_pairs() -> Pairs:
    """Pairs of the language of official texts (``word_pairs.json`` names its source)."""
    pairs = Pairs()
    for weight, seconds in json.loads(_COMMON.read_text(encoding="utf-8"))["pairs"].items():
        for first, others in seconds.items():
            for second in others.split():
                pairs.add((first, second), float(weight))
    return pairs


@cache
def recipient_pairs() -> Pairs:
    """Pairs of lists of recipients: of official texts (``recipient_pairs.json``) and of the vocabulary."""
    pairs = Pairs((phrase.replace(",", " ").replace(" - ", " ").split(), _STATIC) for phrase in RECIPIENTS)
    for pair in json.loads(_RECIPIENTS.read_text(encoding="utf-8"))["pairs"]:
        pairs.add(pair.split(), _STATIC)
    return pairs


@cache
def _heading_words() -> dict[str, str | None]:
    """Bare word -> its only spelling in the vocabulary, None where there are several."""
    found: dict[str, str | None] = {}
    for phrase in HEADINGS:
        for word in phrase.split():
            spelled = same_tone_placement(core(word)[1])
            bare = _bare(spelled)
            found[bare] = spelled if found.get(bare, spelled) == spelled else None
    return found


def core(word: str) -> tuple[str, str, str]:
    """Split a word into leading punctuation, core, trailing punctuation."""
    found = _CORE.match(word)
    return (found[1], found[2], found[3]) if found else ("", word, "")


def restore_marks(
    words: Sequence[str],
    confidences: Sequence[float],
    sources: Sequence[Pairs],
    *,
    common: Pairs | None = None,
    doubt: float = 1.0,
) -> tuple[list[str], int]:
    """Return *words* with marks put right, and how many words changed.

    *confidences*: of each word, 0 to 1; what was read surely needs more evidence against it. *sources* speak of this
    document and of heads and feet; *common* of the language in general, so it is heard only where both neighbours
    agree, or one of them and the reading was in doubt, and never on a capitalised word that was read surely (names).
    *doubt* scales the trust in the reading: 1.0 for running text, less for capitals, where most marks are lost.
    """
    parts = [core(w) for w in words]
    cores = [same_tone_placement(middle) for _, middle, _ in parts]
    bare = [_bare(c) for c in cores]
    persons = of_persons(parts)
    out = list(words)
    changed = 0
    for i, word in enumerate(cores):
        if not word.isalpha():
            continue
        votes: dict[str, float] = defaultdict(float)
        for source in sources:
            for spelled, weight in _neighbours(source, bare, i):
                # in the document's own pairs this very place was counted too: it is no witness for itself
                votes[spelled] += max(0.0, weight - 1.0) if spelled == word else weight
        if common is not None and i not in persons and (confidences[i] < _SURE or not parts[i][1][:1].isupper()):
            joined = (i > 0 and not parts[i - 1][2] and not parts[i][0]) + (
                i + 1 < len(words) and not parts[i][2] and not parts[i + 1][0]
            )
            heard: dict[str, list[float]] = defaultdict(list)
            for spelled, weight in _neighbours(common, bare, i, parts):
                heard[spelled].append(weight)
            for spelled, weights in heard.items():
                both = joined == 2 and len(weights) == 2
                plain = max(weights) >= _PLAIN and word not in heard
                if both or plain or spelled == word or confidences[i] < _SURE:
                    votes[spelled] += sum(weights)
        votes[word] += doubt * (0.5 + 1.5 * confidences[i])
        best = max(votes, key=lambda v: (votes[v], v == word))
        if best != word and votes[best] > 1.5 * votes[word]:
            out[i] = _dress(words[i], best)
            changed += 1
    return out, changed


def _neighbours(
    source: Pairs, bare: Sequence[str], i: int, parts: Sequence[tuple[str, str, str]] | None = None
) -> Iterator[tuple[str, float]]:
    """Spellings of word *i* that *source* knows beside its neighbours; with *parts*, not across punctuation."""
    if i > 0 and (parts is None or not (parts[i - 1][2] or parts[i][0])):
        for (_, right), weight in source.seen(bare[i - 1], bare[i]).items():
            yield right, weight
    if i + 1 < len(bare) and (parts is None or not (parts[i][2] or parts[i + 1][0])):
        for (left, _), weight in source.seen(bare[i], bare[i + 1]).items():
            yield left, weight
        yield from source.before(bare[i], bare[i + 1]).items()


def readable(words: Sequence[Word]) -> list[Word]:
    """Drop specks from running text: characters that no sentence holds by themselves (``|``, ``~``, ``°``)."""
    return [w for w in words if any(c.isalnum() for c in w.text) or re.fullmatch(r"[-–—&+/%.,;:()“”\"…*]+", w.text)]


def _digits(word: str) -> str:
    """``3l`` -> ``31``: a stroke beside digits is a one."""
    return re.sub(r"(?<=\d)[lI|](?!\w)|(?<!\w)[lI|](?=\d)", "1", word)


def restore_text(words: Sequence[str], confidences: Sequence[float], own: Pairs, *more: Pairs) -> tuple[list[str], int]:
    """Restore marks in running text from the language of official texts and *own*, the document's other text.

    *more*: pairs of what this part of a paper usually says.
    """
    out, changed = restore_marks(
        words, confidences, [own, place_pairs(), calendar_pairs(), *more], common=common_pairs()
    )
    fixed = [_digits(w) for w in by_language(out)]
    return fixed, changed + sum(a != b for a, b in zip(out, fixed, strict=True))


def followers(word: str, following: str) -> tuple[str, ...]:
    """Return the spellings of *following* that official texts often have right behind *word*."""
    seen = common_pairs().seen(_bare(word), _bare(following))
    wanted = same_tone_placement(word)
    return tuple(right for (left, right), weight in seen.items() if left == wanted and weight >= _KNOWN_PAIR)


def by_language(words: Sequence[str]) -> list[str]:
    """Return *words* with the marks of those changed that are no syllables of official texts (``trưyền``, ``đỗi``).

    Only where its neighbours are, a pair that such texts often hold speaks for the other spelling, and the vocabulary
    does not know the word: a rare word (``đuối nước``) stays.
    """
    known = statistics()
    parts = [core(w) for w in words]
    keys = [key_of(w) for w in words]
    bare = [_bare(c) for _, c, _ in parts]
    out = list(words)
    persons = of_persons(parts)
    for i, (before, middle, after) in enumerate(parts):
        if not middle.isalpha() or middle.isupper() or keys[i] in known.index or _in_vocabulary(parts, i):
            continue
        if i in persons:
            continue
        # a neighbour counts where no sign stands between; a figure or a name beside it says that this is no plain text
        sides = [j for j, sign in ((i - 1, before), (i + 1, after)) if 0 <= j < len(parts) and not sign]
        sides = [j for j in sides if j > i or not parts[j][2]]
        if not sides or any(keys[j] not in known.index or parts[j][0] for j in sides):
            continue
        spelled, better = _likelier(known, keys, i)
        heard = [weight for other, weight in _neighbours(common_pairs(), bare, i, parts) if other == spelled]
        if better >= _BETTER and max(heard, default=0.0) >= _KNOWN_PAIR:
            out[i] = _dress(words[i], spelled)
            keys[i] = spelled
    return out


def _in_vocabulary(parts: Sequence[tuple[str, str, str]], i: int) -> bool:
    """Tell whether the vocabulary knows word *i* beside a neighbour just as it was read."""
    word = same_tone_placement(parts[i][1])
    bare = [_bare(same_tone_placement(c)) for _, c, _ in parts]
    sources = (place_pairs(), calendar_pairs(), recipient_pairs(), heading_pairs())
    return any(spelled == word for source in sources for spelled, _ in _neighbours(source, bare, i, parts))


def _likelier(known: Statistics, keys: Sequence[str], i: int) -> tuple[str, float]:
    """Return the likeliest other spelling of word *i* between its neighbours, and how much likelier (logarithm)."""
    around = ["", "", *keys, "", ""]
    at, end = i + 2, min(i + 5, len(keys) + 2)

    def chance(key: str) -> float:
        line = [*around[:at], key, *around[at + 1 :]]
        return sum(known.log_chance(line[n - 2], line[n - 1], line[n]) for n in range(at, end))

    others = [k for k in known.alike(_bare(keys[i])) if k != keys[i]]
    if not others:
        return keys[i], 0.0
    best = max(others, key=chance)
    return best, chance(best) - chance(keys[i])


def restore_heading(
    words: Sequence[str], confidences: Sequence[float], own: Pairs | None = None
) -> tuple[list[str], int]:
    """Restore marks in a line of capitals from the vocabulary, then from *own*, the document's other text."""
    sources = [heading_pairs(), *([own] if own is not None else [])]
    out, changed = restore_marks(words, confidences, sources, doubt=0.5)
    single = _heading_words()
    for i, word in enumerate(out):
        spelled = same_tone_placement(core(word)[1])
        known = single.get(_bare(spelled))
        if known and known != spelled and spelled == _bare(spelled) != known and confidences[i] < 0.9:
            out[i] = _dress(word, known)
            changed += 1
    return out, changed


def _dress(original: str, spelled: str) -> str:
    """Give *spelled* (small letters) the capitals, the punctuation and the tone placement of *original*."""
    before, middle, after = core(original)
    spelled = _OPEN_SYLLABLE.sub(lambda m: _FIRST_VOWEL[m.group(1)], spelled)
    letters = "".join(s.upper() if m.isupper() else s for s, m in zip(spelled, middle, strict=False))
    if len(spelled) != len(middle):
        letters = spelled.upper() if middle.isupper() else spelled
    return before + letters + after
