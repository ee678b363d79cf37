"""Words of a line as the statistics count them: syllables in lower case, numbers and signs as classes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from domain.text import same_tone_placement, strip_marks

#: begin and end of a paragraph, any number, any sign
EDGE, NUMBER, SIGN = "^", "#", "."
#: the usual surnames, without marks: what follows one in capitals is a name, and no text knows how it is spelt
_SURNAME_LIST = """nguyen tran le pham huynh hoang phan vu vo dang bui do ho ngo duong ly dinh truong mai trinh dao doan
    luong luu vuong trieu ha lam ta cao chau thai quach nghiem to kieu ong"""
SURNAMES = frozenset(_SURNAME_LIST.split())
#: open oa, oe, uy: most offices print the tone on the first vowel (hòa, ủy)
_FIRST_VOWEL = dict(
    zip(
        "oà oá oả oã oạ oè oé oẻ oẽ oẹ uỳ uý uỷ uỹ uỵ".split(),  # noqa: SIM905
        "òa óa ỏa õa ọa òe óe ỏe õe ọe ùy úy ủy ũy ụy".split(),  # noqa: SIM905
        strict=True,
    )
)
_OPEN = re.compile(r"(?<!q)(" + "|".join(_FIRST_VOWEL) + r")$")
_PIECE = re.compile(r"[^\W\d_]+|\d+|[^\w\s]|_")


@dataclass(frozen=True)
class Token:
    """One piece of a word."""

    key: str  # as the statistics know it
    word: int  # index of the word it stands in
    start: int  # place in the word's text
    end: int


@lru_cache(maxsize=20_000)
def key_of(syllable: str) -> str:
    """Return *syllable* as it is counted: lower case, NFC, one tone placement (``Hòa`` -> ``hoà``)."""
    return same_tone_placement(syllable)


def usual_tone_placement(key: str) -> str:
    """Return *key* as it is usually printed: ``hoà`` -> ``hòa``."""
    return _OPEN.sub(lambda m: _FIRST_VOWEL[m[1]], key)


@lru_cache(maxsize=20_000)
def bare(key: str) -> str:
    """Return *key* without marks."""
    return strip_marks(key).lower()


def tokens(words: list[str]) -> list[Token]:
    """Return the pieces of *words* in order; several signs in a row count as one."""
    found: list[Token] = []
    for index, word in enumerate(words):
        for piece in _PIECE.finditer(word):
            text = piece[0]
            key = key_of(text) if text.isalpha() else NUMBER if text.isdigit() else SIGN
            if key == SIGN and found and found[-1].key == SIGN:
                continue
            found.append(Token(key, index, piece.start(), piece.end()))
    return found
