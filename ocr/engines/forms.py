"""What figures, signs of papers and markers of lists look like: which of several spellings is one at all.

A network that sees letters one by one writes ``I30.242.000``, ``3I``, ``199S`` or ``dđ)``. No paper does.
"""

from __future__ import annotations

import re

_CLOSED = r"(?:[.,;:)”\"]|\)[.,;:]|%[.,;:)]?|/\.|\./\.)?"
_FIGURES = re.compile(rf"[(“\"]?\d+(?:[.,/:x–-]\d+)*{_CLOSED}")
#: number, year, kind and issuer: Decree 30/2020, Appendix III; laws and resolutions of the Assembly
_SIGN = re.compile(rf"[(“\"]?\d+/(?:(?:19|20)\d\d/)?[A-ZĐ][A-Za-zĐ]{{0,7}}(?:1\d)?(?:[-–][A-ZĐ][A-Za-zĐ&]*)*{_CLOSED}")
_DAY = re.compile(r"\D*(\d+)/(\d+)/((?:19|20)\d\d)\D*")
_LETTER_OF_LIST = re.compile(r"[a-zđ]\)")
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
