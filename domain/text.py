"""Vietnamese text: one normal form, one fold for comparison and search.

Traps this module exists for: đ/Đ have no decomposition; Ð (U+00D0) and Ɖ (U+0189) look like Đ; both tone
placements (hoà/hòa) occur inside one official document.
"""

from __future__ import annotations

import re
import unicodedata

_LOOK_ALIKES = str.maketrans({"Ð": "Đ", "Ɖ": "Đ", "ð": "đ", "⁄": "/", "\u2010": "-", "\u2011": "-", "\u00a0": " "})
_HAS_LOOK_ALIKES = re.compile("[" + "".join(map(chr, _LOOK_ALIKES)) + "]").search
_INVISIBLE = re.compile("[\u200b-\u200d\ufeff\u00ad]")
_WHITE = re.compile(r"\s+")
_NOT_WORD = re.compile(r"[^0-9a-z]+")


def clean(text: str) -> str:
    """Return *text* in NFC with look-alike letters mapped and invisible characters removed; line breaks stay."""
    text = _INVISIBLE.sub("", text)
    if _HAS_LOOK_ALIKES(text):  # translating costs ten times as much as looking
        text = text.translate(_LOOK_ALIKES)
    return unicodedata.normalize("NFC", text)


def one_line(text: str) -> str:
    """Return cleaned *text* with every run of white space turned into one space."""
    return _WHITE.sub(" ", clean(text)).strip()


class _Bare(dict[int, str]):
    """What each character is without marks, found once for each (whole archives pass through here)."""

    def __missing__(self, code: int) -> str:
        decomposed = unicodedata.normalize("NFD", chr(code))
        bare = "".join(c for c in decomposed if not unicodedata.combining(c))
        self[code] = bare.replace("đ", "d").replace("Đ", "D")
        return self[code]


_BARE = _Bare()


def strip_marks(text: str) -> str:
    """Return *text* without Vietnamese marks, case kept: ``Đắk Lắk`` -> ``Dak Lak``."""
    return clean(text).translate(_BARE)


def fold(text: str) -> str:
    """Return the search form: no marks, lower case, everything that is not ``[a-z0-9]`` as one space."""
    return _NOT_WORD.sub(" ", strip_marks(text).casefold()).strip()


# Open syllables whose tone may stand on either vowel: oa, oe, uy (not after q).
_OLD = ("òa", "óa", "ỏa", "õa", "ọa", "òe", "óe", "ỏe", "õe", "ọe", "ùy", "úy", "ủy", "ũy", "ụy")
_NEW = ("oà", "oá", "oả", "oã", "oạ", "oè", "oé", "oẻ", "oẽ", "oẹ", "uỳ", "uý", "uỷ", "uỹ", "uỵ")
_OLD_TO_NEW = dict(zip(_OLD, _NEW, strict=True))
_OLD_PATTERN = re.compile(r"(?<!q)(" + "|".join(_OLD_TO_NEW) + r")(?![^\W\d_])")


def same_tone_placement(text: str) -> str:
    """Return lower-cased NFC *text*, the tone of open oa/oe/uy syllables on the second vowel: ``hòa`` -> ``hoà``."""
    return _OLD_PATTERN.sub(lambda m: _OLD_TO_NEW[m.group(1)], clean(text).lower())
