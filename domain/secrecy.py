"""Marks on a paper that forbid copying it: secrecy stamps, "không sao chụp" (NĐ 23/2015 art. 22 clause 3).

What is found is a warning for the officer, never a decision; nothing found is no proof that there is no mark.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from domain.rules import Rule, rules_in_force
from domain.text import clean, fold, strip_marks

_EDGE = re.compile(r"^[^\w]+|[^\w]+$")
_SHORT_LINE = 8  # words; a ban inside a longer line may be a sentence about bans


@dataclass(frozen=True)
class SecrecyWarning:
    """A mark that was found: its canonical text, the line (0-based) of the page text, and how sure it is."""

    code: str
    mark: str
    line: int
    certain: bool  # False: read without its Vietnamese marks, or a ban that may be part of running text


def secrecy_warnings(text: str, on: date) -> tuple[SecrecyWarning, ...]:
    """Return the marks found in the text of one page, lines separated by line breaks, in order of lines.

    A secrecy level counts only as a line of its own in capitals, as stamps are ("bảo mật" in a sentence is no mark),
    or after the words "độ mật"; a ban on copying counts anywhere. Marks come from ``law/secrecy_marks.toml``.
    """
    stamps = rules_in_force("secrecy_marks", on, table="stamp")
    bans = rules_in_force("secrecy_marks", on, table="ban")
    found: list[SecrecyWarning] = []
    for number, line in enumerate(clean(text).split("\n")):
        hit = _stamp(line, number, stamps) or _ban(line, number, bans)
        if hit is not None:
            found.append(hit)
    return tuple(found)


def _stamp(line: str, number: int, stamps: tuple[Rule, ...]) -> SecrecyWarning | None:
    core = _EDGE.sub("", line)
    label, colon, value = core.partition(":")
    after_label = bool(colon) and fold(label) in ("do mat", "muc do mat")
    if after_label:
        core = _EDGE.sub("", value)
    if not core or (core != core.upper() and not after_label):
        return None
    core = core.upper()
    for rule in stamps:
        mark = rule.text("mark_text")
        if " ".join(core.split()) == mark:
            return SecrecyWarning(rule.text("code"), mark, number, True)
        if "".join(strip_marks(core).split()) == "".join(strip_marks(mark).split()):
            return SecrecyWarning(rule.text("code"), mark, number, False)
    return None


def _ban(line: str, number: int, bans: tuple[Rule, ...]) -> SecrecyWarning | None:
    words = f" {fold(line)} "
    lowered = " ".join(line.casefold().split())
    for rule in bans:
        mark = rule.text("mark_text")
        if f" {fold(mark)} " in words:
            stamped = line == line.upper() or len(words.split()) <= _SHORT_LINE
            return SecrecyWarning(rule.text("code"), mark, number, stamped and mark.casefold() in lowered)
    return None
