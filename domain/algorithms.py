"""Which signature algorithms may be used on a day, and until when (``law/algorithms.toml``): the sunset dates.

Two questions: may this key sign today (asked before a signature), and until when does a time stamp made with it carry
(asked when a renewal is decided). A key or digest that the table does not name is never allowed.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from domain.rules import Rule, all_rules

KeyKind = Literal["rsa", "ec"]


def may_sign(kind: KeyKind, bits: int, digest: str, on: date) -> bool:
    """Tell whether a key of *kind* with *bits* may sign with *digest* (``sha256``, ...) on day *on*."""
    keys = [rule for rule in _keys(kind, bits) if rule.in_force(on)]
    digests = [rule for rule in _digests(digest) if rule.in_force(on)]
    return bool(keys) and bool(digests)


def sound_until(kind: KeyKind, bits: int, digest: str) -> date | None:
    """Return the last day on which *kind*, *bits* and *digest* are all allowed; None where no end is set.

    ``date.min`` for what was never allowed.
    """
    ends: list[date] = []
    for found in (_keys(kind, bits), _digests(digest)):
        if not found:
            return date.min
        if all(rule.effective_to is not None for rule in found):
            ends.append(max(rule.effective_to for rule in found if rule.effective_to is not None))
    return min(ends, default=None)


def _keys(kind: KeyKind, bits: int) -> list[Rule]:
    return [rule for rule in all_rules("algorithms", table=kind) if bits >= rule.integer("min_bits")]


def _digests(digest: str) -> list[Rule]:
    name = digest.lower().replace("-", "")
    return [rule for rule in all_rules("algorithms", table="digest") if name in rule.texts("names")]
