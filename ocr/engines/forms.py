"""What figures, signs of papers and markers of lists look like: which of several spellings is one at all.

A network that sees letters one by one writes ``I30.242.000``, ``3I``, ``199S`` or ``dđ)``. No paper does.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

from domain.text import strip_marks

_CLOSED = r"(?:[.,;:)”\"]|\)[.,;:]|%[.,;:)]?|/\.|\./\.)?"
_FIGURES = re.compile(rf"[(“\"]?\d+(?:[.,/:x–-]\d+)*{_CLOSED}")
#: number, year, kind and issuer: Decree 30/2020, Appendix III; laws and resolutions of the Assembly
_SIGN = re.compile(rf"[(“\"]?\d+/(?:(?:19|20)\d\d/)?[A-ZĐ][A-Za-zĐ]{{0,7}}(?:1\d)?(?:[-–][A-ZĐ][A-Za-zĐ&]*)*{_CLOSED}")
_DAY = re.compile(r"\D*(\d+)/(\d+)/((?:19|20)\d\d)\D*")
_LETTER_OF_LIST = re.compile(r"[“\"]?[a-zđ]\)|\([ivx]{1,5}\)")
_NUMBER_OF_LIST = re.compile(r"[“\"]?\d{1,2}\.")
_ROMAN_ONE = re.compile(r"[Il\[\]|!¡1i]{1,2}\.")
_DOUBLED = re.compile(r"(?<![.…])[.,;:]{2,}$")
_STROKE_TWICE = re.compile(r"dđ|đd|DĐ|ĐD|Dđ|dĐ")
#: one figure seen as two: itself and the letter that looks like it
_TWICE = re.compile(r"5[SŠ]|[SŠ]5|6[óÓ]|[óÓ]6|0O|O0")
#: what stands in figures for one of them
_FOR_FIGURES = str.maketrans("IlJ[]¡óÓŠSO", "11111166550")
_MIXED = re.compile(r"[(“\"]?[\dIlJ\[\]¡óÓŠSO.,/:-]*[.,;:)]?")


def is_formed(text: str) -> bool:
    """True for figures and signs as papers have them: ``1.250,5``, ``13/07/1978;``, ``58/2024/QH15``, ``a)``."""
    if _LETTER_OF_LIST.fullmatch(text):
        return True
    if day := _DAY.fullmatch(text):
        return int(day[1]) <= 31 and int(day[2]) <= 12
    return bool(_FIGURES.fullmatch(text) or _SIGN.fullmatch(text))


def is_malformed(text: str) -> bool:
    """True for what no word has: two signs at its end, a d and a đ for one letter."""
    return bool(_DOUBLED.search(text) or _STROKE_TWICE.search(text))


def as_figures(text: str) -> str:
    """Return *text* with letters that look like figures replaced where that makes figures of it, else *text*.

    Two figures at least must stand in it as they are, one beside what is taken for a 1.
    """
    seen = sum(c.isdigit() for c in text)
    if not seen or not _MIXED.fullmatch(text) or (seen == 1 and set(text) & set("óÓŠSO")):
        return text
    figures = _TWICE.sub(lambda m: m[0].translate(_FOR_FIGURES)[0], text).translate(_FOR_FIGURES)
    return figures if is_formed(figures) else text


def is_number_of_list(text: str) -> bool:
    """True for ``12.``, maybe behind a quotation mark."""
    return bool(_NUMBER_OF_LIST.fullmatch(text))


def may_be_one(text: str) -> bool:
    """True for what ``1.`` is taken for: ``I.``, ``l.``, ``[.``."""
    return bool(_ROMAN_ONE.fullmatch(text))


_VOWELS = frozenset("aeiouy")
_RUN = re.compile(r"[^\W\d_]+|\d+|\W")


def cuts(text: str, known: Callable[[str], bool]) -> list[int]:
    """Return where spaces were lost in *text*: ``số63/2025``, ``Thôn9,xã``, ``VạnNinh``.

    No word of Vietnamese goes on in a figure, behind a comma or in a capital; *known* tells which words there are.
    """
    found: list[int] = []
    runs = [(m[0], m.start()) for m in _RUN.finditer(text)]
    for (before, _), (after, at) in pairwise(runs):
        if before.isalpha() and after[0].isdigit():
            # Units have no vowel: km2.
            if len(before) > 1 and _has_vowel(before) and not before.isupper() and known(before):
                found.append(at)
        elif before in (",", ";") and len(after) > 1 and after.isalpha() and at > 1:
            found.append(at)
    for word, at in runs:
        if not word.isalpha() or known(word):
            continue
        borders = [k for k in range(1, len(word)) if word[k - 1].islower() and word[k].isupper()]
        parts = [word[a:b] for a, b in zip([0, *borders], [*borders, len(word)], strict=True)]
        if borders and all(part[1:].islower() and _has_vowel(part) and known(part) for part in parts):
            found += [at + k for k in borders]
    return sorted(found)


def _has_vowel(letters: str) -> bool:
    return bool(_VOWELS & set(strip_marks(letters).lower()))
