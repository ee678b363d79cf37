"""What the recogniser can say: pen digits, typed digits, and the typed letters that bound a gap.

Everything else on the line (the rest of the words about it, rules, dirt) is the blank of CTC.
"""

from __future__ import annotations

from collections.abc import Sequence

BLANK = 0
#: the colon of ``Số:``
BEFORE_NUMBER = ":"
#: the stroke between number and sign; in Party papers a hyphen
SEPARATOR = "/"
#: the last letter of ``ngày``
BEFORE_DAY = "y"
#: the first letter of ``tháng``
AFTER_DAY = "t"
#: the last letter of ``tháng``
BEFORE_MONTH = "g"
#: the first letter of ``năm``
AFTER_MONTH = "n"

BOUNDS = (BEFORE_NUMBER, SEPARATOR, BEFORE_DAY, AFTER_DAY, BEFORE_MONTH, AFTER_MONTH)
_PEN = tuple("0123456789")
_TYPED = tuple(f"t{d}" for d in "0123456789")
TOKENS = ("", *_PEN, *_TYPED, *BOUNDS)
#: first class of the pen digits, of the typed digits, of the bounds
PEN, TYPED, BOUND = 1, 11, 21


def encode(tokens: Sequence[str]) -> tuple[int, ...]:
    """Return the classes of *tokens*: ``7`` a pen digit, ``t7`` a typed one, bounds as above."""
    return tuple(TOKENS.index(t) for t in tokens)
