"""Every attack and every honest file: importing the modules below registers theirs."""

from __future__ import annotations

from tests.signing_verify import differing, enveloped, forms, gazettes, habits, hybrids, unfinished
from tests.signing_verify.attacks import ATTACKS, Case
from tests.signing_verify.honest import HONEST, Honest

__all__ = [
    "ATTACKS",
    "HONEST",
    "Case",
    "Honest",
    "differing",
    "enveloped",
    "forms",
    "gazettes",
    "habits",
    "hybrids",
    "unfinished",
]
