"""The six grounds on which certification is refused (NĐ 23/2015 Art. 22), and what a reading says towards them.

What is found is a warning for the officer, never a decision; nothing found proves nothing.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date

from domain.errors import Advice, BadInput
from domain.rules import Rule, rules_in_force
from domain.secrecy import secrecy_warnings
from domain.text import clean, fold

NOT_ORIGINAL = 0  # no ground of Art. 22: only an original can be certified
SECRET, FOREIGN = 3, 5
_FEW_MARKS = 0.02  # share of letters with Vietnamese marks below which a page is not Vietnamese
_ENOUGH_LETTERS = 80


@dataclass(frozen=True)
class Ground:
    """One ground: number, stable code, the text of the law."""

    number: int
    code: str
    text: str
    source: str

    @property
    def law(self) -> str:
        """The article as it is cited in a sentence: ``Điều 22 Nghị định số 23/2015/NĐ-CP``."""
        act, _, article = self.source.partition(" Điều ")
        return f"Điều {article} {act.replace('NĐ ', 'Nghị định số ', 1)}"


@dataclass(frozen=True)
class GroundWarning:
    """Something read on page *page* (from 1) that speaks for *ground* (0: the paper is not an original)."""

    ground: int
    code: str
    mark: str
    page: int
    certain: bool


def grounds(on: date) -> tuple[Ground, ...]:
    """Return the grounds in force on day *on*, in order."""
    rules = rules_in_force("refusal_grounds", on, table="ground")
    return tuple(Ground(r.integer("number"), r.text("code"), r.text("text"), r.source) for r in rules)


def ground(number: int, on: date) -> Ground:
    """Return ground *number*. Raises ``BadInput`` (``ground-unknown``)."""
    for known in grounds(on):
        if known.number == number:
            return known
    raise BadInput(
        "ground-unknown",
        f"no ground number {number}",
        Advice(
            f"Không có trường hợp từ chối số {number}.",
            "Chưa ghi nhận gì.",
            "Chọn một trong các trường hợp từ 1 đến 6.",
        ),
    )


def seizure_cause(code: str, on: date) -> str:
    """Return the words of the cause *code* for keeping a paper. Raises ``BadInput`` (``seizure-unknown``)."""
    known = {r.text("code"): r.text("text") for r in rules_in_force("refusal_grounds", on, table="seizure")}
    if code not in known:
        raise BadInput(
            "seizure-unknown",
            "no such cause of seizure",
            Advice("Căn cứ tạm giữ không đúng.", "Chưa ghi nhận gì.", f"Chọn một trong: {', '.join(known)}."),
        )
    return known[code]


def ground_warnings(text: str, on: date) -> tuple[GroundWarning, ...]:
    """Return what the text (pages parted by form feeds) says towards the grounds, in order of pages."""
    found: list[GroundWarning] = []
    legalised = any(fold(r.text("text")) in fold(text) for r in _marks("legalised", on))
    for number, page in enumerate(text.split("\f"), 1):
        found += [GroundWarning(SECRET, w.code, w.mark, number, w.certain) for w in secrecy_warnings(page, on)]
        found += _copies(page, number, on)
        if not legalised:
            found += _foreign(page, number, on)
    return tuple(found)


def _marks(table: str, on: date) -> tuple[Rule, ...]:
    return rules_in_force("copy_marks", on, table=table)


def _copies(page: str, number: int, on: date) -> list[GroundWarning]:
    whole = f" {fold(page)} "
    for rule in _marks("statement", on):
        if f" {fold(rule.text('text'))} " in whole:
            return [GroundWarning(NOT_ORIGINAL, "copy-statement", rule.text("text"), number, True)]
    stamps = {fold(rule.text("text")): rule.text("text") for rule in _marks("stamp", on)}
    for line in clean(page).split("\n"):
        folded = fold(line)
        if line == line.upper() and folded in stamps:
            return [GroundWarning(NOT_ORIGINAL, "copy-stamp", stamps[folded], number, False)]
    return []


def _foreign(page: str, number: int, on: date) -> list[GroundWarning]:
    letters = [c for c in unicodedata.normalize("NFC", page) if c.isalpha()]
    other = next((c for c in letters if not unicodedata.name(c, "").startswith("LATIN")), "")
    strange = sum(not unicodedata.name(c, "").startswith("LATIN") for c in letters)
    if len(letters) >= _ENOUGH_LETTERS and strange > len(letters) / 3:
        script = unicodedata.name(other, "").split(" ")[0].lower()
        return [GroundWarning(FOREIGN, "foreign-script", script, number, False)]
    marked = sum(ord(c) > 127 for c in letters)
    if len(letters) < _ENOUGH_LETTERS or marked > _FEW_MARKS * len(letters):
        return []
    folded = f" {fold(page)} "
    for rule in _marks("foreign", on):
        if f" {fold(rule.text('text'))} " in folded:
            return [GroundWarning(FOREIGN, "foreign-heading", rule.text("text"), number, False)]
    return []
