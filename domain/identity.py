"""Are two scans the same paper? Decided on what the papers say of themselves, never on how they look.

Forms of different people look alike to every image or text hash; số, ký hiệu with issuer, day and subject do not. What
follows is a proposal for an officer, never an act. Scope (one agency, one owner) is the caller's.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from domain.likeness import Likeness
from domain.text import fold

Verdict = Literal["rescan", "conflict"]

SAME_SUBJECT = 0.80  # similarity of folded subjects, 0 to 1, from which they are one
SAME_WITHOUT_NUMBER = 0.95  # papers without number must agree in all the rest
_BEGINS = 4  # words of a subject that stand at the beginning of a longer one
_MISREAD = 0.6  # similarity of two words from which one may be the other misread
_MISREAD_NAME = 0.8  # in a name of an agency: An Bình is not An Minh
_MISREAD_SIGN = 2  # letters of a sign that may be misread at once; of the figures before it one
_MISREAD_ALL = 0.88  # of a whole name, its spaces apart: from here on it may be the same, and the rest has to decide


@dataclass(frozen=True)
class Identity:
    """What a paper says of itself; "" where it was not read. ``number``: comparable form; ``day``: ISO date.

    ``sure``: which of these were read surely or said by an officer; two sure values that differ are no slip.
    """

    type: str
    number: str
    day: str
    issuer: str
    subject: str
    sure: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Comparison:
    """``rescan``: the same paper again. ``conflict``: same issuer and number, other content or day: to be looked at."""

    verdict: Verdict
    agree: tuple[str, ...]
    differ: tuple[str, ...]


def compare(first: Identity, second: Identity, texts: Likeness | None = None) -> Comparison | None:
    """Return what *second* is to *first*, or None where nothing is to be proposed.

    With *texts*, how their whole texts compare, one misread field is forgiven where the texts are the same, and papers
    whose fields agree are a conflict where the texts say otherwise.
    """
    agree, differ = _seen(first, second)
    known, apart = frozenset(agree), frozenset(differ)
    verdict = _by_fields(first, second, known, apart)
    if texts is not None:
        verdict = _by_texts(first, second, known, apart, texts, verdict)
    return None if verdict is None else Comparison(verdict, agree, differ)


def worth_reading(first: Identity, second: Identity) -> bool:
    """Tell whether the texts of two papers can still decide something: their fields are not plainly another paper's."""
    one, other = first.number, second.number
    two_numbers = one != other and one and other  # by far the most of one day: told before anything costly is asked
    if two_numbers and ("number" in first.sure & second.sure or not _near_numbers(one, other)):
        return False
    agree, differ = (frozenset(names) for names in _seen(first, second))
    return _by_fields(first, second, agree, differ) is not None or _one_slip(first, second, agree, differ)


def _seen(first: Identity, second: Identity) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of the fields that agree and of those that differ."""
    seen = {
        "type": _same(fold(first.type), fold(second.type)),
        "number": _same(first.number, second.number),
        "day": _same(first.day, second.day),
        "issuer": _same_issuer(first.issuer, second.issuer),
        "subject": _same_subject(first.subject, second.subject),
    }
    agree = tuple(name for name, same in seen.items() if same is True)
    differ = tuple(name for name, same in seen.items() if same is False)
    return agree, differ


def _by_fields(first: Identity, second: Identity, agree: frozenset[str], differ: frozenset[str]) -> Verdict | None:
    if not first.number and not second.number:
        all_the_rest = {"type", "day", "issuer", "subject"} <= agree
        return "rescan" if all_the_rest and similarity(first.subject, second.subject) >= SAME_WITHOUT_NUMBER else None
    if "number" not in agree or "issuer" in differ:
        return None
    if "day" in differ:  # numbers begin anew each year; within one they are given once (NĐ 30/2020, Phụ lục I)
        return "conflict" if first.day[:4] == second.day[:4] and "subject" in agree else None
    if not differ:
        return "rescan" if len(agree & {"day", "issuer", "subject"}) >= 2 else None
    return "conflict" if {"day", "issuer"} <= agree else None


def _by_texts(
    first: Identity,
    second: Identity,
    agree: frozenset[str],
    differ: frozenset[str],
    texts: Likeness,
    verdict: Verdict | None,
) -> Verdict | None:
    if texts.same and (verdict == "rescan" or _one_slip(first, second, agree, differ)):
        return "rescan"
    if texts.other and {"number", "day"} <= agree and "issuer" not in differ:
        return "conflict"
    bare = not first.number and not second.number
    return None if verdict == "rescan" and (texts.other or bare) else verdict


def _one_slip(first: Identity, second: Identity, agree: frozenset[str], differ: frozenset[str]) -> bool:
    """Whether at most one field speaks against one paper, and that one may have been misread."""
    if len(differ) > 1 or len(agree) < 2 or not agree & {"number", "day"} or differ & first.sure & second.sure:
        return False
    if not first.number and not second.number:  # forms filled in by hand: the print of one is the print of all
        return False
    if "number" in differ:
        return _near_numbers(first.number, second.number)
    if "day" in differ:  # often no other word of the text says it: one scan has to be sure
        return ("day" in first.sure) != ("day" in second.sure) and _near(first.day, second.day, 1)
    return bool(agree - {"type"} - {"issuer"}) and "issuer" not in differ


def _near_numbers(one: str, other: str) -> bool:
    """Whether one number in comparable form may be the other misread: one figure, and two letters of its sign.

    Not the number after it: so the same form is numbered for the next person, or for the same one again.
    """
    (figures, sign), (other_figures, other_sign) = (_parted(number) for number in (one, other))
    if not _near(figures, other_figures, 1) or not _near(sign, other_sign, _MISREAD_SIGN):
        return False
    return not (figures and other_figures and abs(int(figures[-9:]) - int(other_figures[-9:])) == 1)


def _parted(number: str) -> tuple[str, str]:
    sign = number.lstrip("0123456789")
    return number[: len(number) - len(sign)], sign


def _near(one: str, other: str, most: int) -> bool:
    """Whether one text may be the other misread: at most so many letters or figures apart."""
    if one == other or abs(len(one) - len(other)) > most:
        return one == other
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    lost = max(len(one), len(other)) - sum(block.size for block in matcher.get_matching_blocks())
    return lost <= most


def similarity(first: str, second: str) -> float:
    """Return how alike two texts are without marks and case, 0 to 1; misread letters cost little, other words much."""
    one, other = fold(first), fold(second)
    if not one or not other:
        return 0.0
    common, _ = _matched(one, other, _MISREAD)
    return 2 * common / (len(one.split()) + len(other.split()))


def _same(first: str, second: str) -> bool | None:
    """True or False where both are known, else None."""
    return first == second if first and second else None


def _same_subject(first: str, second: str) -> bool | None:
    """None too where one goes on behind the end of the other: one of them was read beyond its end."""
    one, other = sorted((fold(first), fold(second)), key=len)
    if not one:
        return None
    if similarity(one, other) >= SAME_SUBJECT:
        return True
    begins = one.split()
    if len(begins) >= _BEGINS and similarity(one, " ".join(other.split()[: len(begins)])) >= SAME_WITHOUT_NUMBER:
        return None
    return False


def _same_issuer(first: str, second: str) -> bool | None:
    """None too where one word may be misread or may be another commune's: then the rest has to decide."""
    one, other = fold(first), fold(second)
    if not one or not other:
        return None
    if one.replace(" ", "") == other.replace(" ", ""):
        return True
    _, apart = _matched(one, other, _MISREAD_NAME, shortest=4)
    if not apart:
        return True
    whole = SequenceMatcher(None, one.replace(" ", ""), other.replace(" ", ""), autojunk=False).ratio()
    return None if apart == 1 or whole >= _MISREAD_ALL else False


def _matched(one: str, other: str, least: float, shortest: int = 1) -> tuple[int, int]:
    """Return how many words two folded texts share and how many not; a word of *shortest* letters may be misread."""
    words, others = Counter(one.split()), Counter(other.split())
    left, right = sorted((words - others).elements()), sorted((others - words).elements())
    common, apart = (words & others).total(), 0
    for word in left:
        long_enough = [w for w in right if min(len(word), len(w)) >= shortest]
        near = next((w for w in long_enough if SequenceMatcher(None, word, w, autojunk=False).ratio() >= least), None)
        if near is None:
            apart += 1
        else:
            right.remove(near)
            common += 1
    return common, max(apart, len(right))
