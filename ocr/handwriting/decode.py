"""From the recogniser's probabilities to numbers, days and months with their chances.

CTC prefix beam search over digits and bounds; what each string says is then added up per value. A string that makes
no number, no day of a month, no month is lost probability, so that nonsense lowers the confidence of what is left.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ocr.handwriting.alphabet import (
    AFTER_DAY,
    AFTER_MONTH,
    BEFORE_DAY,
    BEFORE_MONTH,
    BEFORE_NUMBER,
    BLANK,
    BOUND,
    BOUNDS,
    PEN,
    SEPARATOR,
    TYPED,
)

#: bounds that may stand in a strip of the line of the number, and of the line of place and date
NUMBER_BOUNDS = (BEFORE_NUMBER, SEPARATOR)
DATE_BOUNDS = (BEFORE_DAY, AFTER_DAY, BEFORE_MONTH, AFTER_MONTH)
_BEAMS = 24
_LEAST = 2e-4

_NUMBER = re.compile(r"(?:.*:)?(\d{0,6})(?:/.*)?", re.DOTALL)
_DAY = re.compile(r"(?:.*y)?(\d{0,2})(?:t.*)?")
_MONTH = re.compile(r"(?:.*g)?(\d{0,2})(?:n.*)?")


@dataclass(frozen=True)
class Spoken:
    """Strings of digits and bounds with their probabilities, the likeliest first."""

    strings: tuple[tuple[str, float], ...]
    pen: float  # share of the digits' probability that is pen, not type; 0.0 without digits


def listen(probabilities: NDArray[np.float32], bounds: Sequence[str]) -> Spoken:
    """Return what (steps, classes) *probabilities* say; only *bounds* can stand there, others are not heard."""
    pen, typed = probabilities[:, PEN:TYPED].astype(np.float64), probabilities[:, TYPED:BOUND].astype(np.float64)
    allowed = [BOUNDS.index(b) for b in bounds]
    others = [i for i in range(len(BOUNDS)) if i not in allowed]
    limits = probabilities[:, BOUND:].astype(np.float64)
    silence = probabilities[:, BLANK].astype(np.float64) + limits[:, others].sum(axis=1)
    written = float(pen.sum() + typed.sum())
    symbols = "0123456789" + "".join(BOUNDS[i] for i in allowed)
    strings = _beam_search(np.concatenate([pen + typed, limits[:, allowed]], axis=1), silence, symbols)
    return Spoken(strings, float(pen.sum()) / max(written, 1e-6))


def _beam_search(symbols: NDArray[np.float64], blank: NDArray[np.float64], names: str) -> tuple[tuple[str, float], ...]:
    beams: dict[str, tuple[float, float]] = {"": (1.0, 0.0)}  # string: ends in blank, ends in its last symbol
    for step in range(len(blank)):
        likely = [int(k) for k in np.nonzero(symbols[step] > _LEAST)[0]]
        silence = float(blank[step])
        grown: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
        for text, (ended, held) in beams.items():
            both = ended + held
            grown[text][0] += both * silence
            for k in likely:
                symbol, p = names[k], float(symbols[step, k])
                if text.endswith(symbol):
                    grown[text][1] += held * p
                    grown[text + symbol][1] += ended * p
                else:
                    grown[text + symbol][1] += both * p
        best = sorted(grown.items(), key=lambda item: (-(item[1][0] + item[1][1]), item[0]))[:_BEAMS]
        beams = {text: (ended, held) for text, (ended, held) in best}
    return tuple(sorted(((t, a + b) for t, (a, b) in beams.items()), key=lambda item: (-item[1], item[0])))


def numbers(spoken: Spoken) -> list[tuple[str, float]]:
    """Return numbers between ``Số:`` and the separator, as written (``04``); "" is an empty gap. Likeliest first."""
    return _values(spoken, _NUMBER, lambda digits: digits if not digits or int(digits) else None)


def days(spoken: Spoken) -> list[tuple[str, float]]:
    """Return days of a month, two digits each; "" is an empty gap."""
    return _values(spoken, _DAY, lambda digits: _within(digits, 31))


def months(spoken: Spoken) -> list[tuple[str, float]]:
    """Return months, two digits each; "" is an empty gap."""
    return _values(spoken, _MONTH, lambda digits: _within(digits, 12))


def _within(digits: str, most: int) -> str | None:
    if not digits:
        return ""
    return f"{int(digits):02d}" if 1 <= int(digits) <= most else None


def _values(spoken: Spoken, grammar: re.Pattern[str], reading: Callable[[str], str | None]) -> list[tuple[str, float]]:
    found: dict[str, float] = defaultdict(float)
    for text, p in spoken.strings:
        match = grammar.fullmatch(text)
        value = reading(match[1]) if match else None
        if value is not None:
            found[value] += p
    return sorted(found.items(), key=lambda item: (-item[1], item[0]))
