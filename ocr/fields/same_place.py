"""The place of issue and the place in the agency's name are one: of two near readings the sound one is taken.

``XÃ MƯỜNG THANE`` and ``Mường Thanh, ngày ...``: where one of both is spelt as no word of Vietnamese is and the other,
but for one letter the same, is, the paper has told what stands there. Nothing is taken from anywhere but the paper; the
value is a guess all the same, so both readings are candidates, and what spoke against either stays.
"""

from __future__ import annotations

from dataclasses import replace

from domain.text import strip_marks
from ocr.model import FieldValue
from ocr.textlayer.syllables import is_syllable

#: a value put right by the other is no surer than this
_AT_MOST = 0.5


def with_one_place(fields: dict[str, FieldValue]) -> dict[str, FieldValue]:
    """Return *fields* with ``co_quan_ban_hanh`` or ``dia_danh`` put right by the other where one is unsound."""
    agency, place = fields.get("co_quan_ban_hanh"), fields.get("dia_danh")
    if agency is None or place is None:
        return fields
    named, said = agency.value.split(), place.value.split()
    tail = len(named) - len(said)
    if tail < 1:
        return fields
    for n, word in enumerate(said):
        others = zip(named[tail:], said, strict=True)
        if any(m != n and a.casefold() != b.casefold() for m, (a, b) in enumerate(others)):
            continue
        other = named[tail + n]
        if not _one_letter_off(other, word):
            continue
        if not is_syllable(other) and _sound(word):
            return fields | {
                "co_quan_ban_hanh": _put(agency, [*named[: tail + n], word.upper(), *named[tail + n + 1 :]])
            }
        if is_syllable(other) and not _sound(word):
            spelled = other[:1].upper() + other[1:].lower()
            return fields | {"dia_danh": _put(place, [*said[:n], spelled, *said[n + 1 :]])}
    return fields


def _sound(word: str) -> bool:
    """A name on the line of the day is a syllable that begins with a capital (``la Pa`` is ``Ia Pa``)."""
    return is_syllable(word) and word[:1].isupper()


def _one_letter_off(a: str, b: str) -> bool:
    first, second = strip_marks(a).casefold(), strip_marks(b).casefold()
    return len(first) == len(second) and sum(x != y for x, y in zip(first, second, strict=True)) == 1


def _put(read: FieldValue, words: list[str]) -> FieldValue:
    better = " ".join(words)
    return replace(
        read, value=better, confidence=min(read.confidence, _AT_MOST), candidates=(better, read.value), review=True
    )
