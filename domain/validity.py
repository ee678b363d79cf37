"""Hiệu lực of a stored paper, as far as it is known: a paper that nobody has judged is never called valid.

Fields that decide, each given by an officer or read with confidence: ``thoi_han_hieu_luc`` (an ISO day, the last one
in force, or ``vô thời hạn``), ``bi_thay_the_boi`` (số, ký hiệu of the paper that replaced it), ``bi_thu_hoi`` (what
withdrew or cancelled it). The four states are those of the warehouses in use (NĐ 118/2025/NĐ-CP, reuse of digitised
papers); ``chua-ro`` is ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from domain.text import same_tone_placement

State = Literal["con-hieu-luc", "het-han", "bi-thay-the", "bi-thu-hoi", "chua-ro"]

TERM, REPLACED, WITHDRAWN = "thoi_han_hieu_luc", "bi_thay_the_boi", "bi_thu_hoi"
WITHOUT_END = "vô thời hạn"

#: state -> what an officer reads; the order is that of use: best first
WORDS: dict[State, str] = {
    "con-hieu-luc": "còn hiệu lực",
    "chua-ro": "chưa rõ hiệu lực",
    "het-han": "hết hạn",
    "bi-thay-the": "bị thay thế",
    "bi-thu-hoi": "bị thu hồi hoặc hủy bỏ",
}


@dataclass(frozen=True)
class Validity:
    """What is known. ``until`` is the last day in force, None where there is none or it is not known."""

    state: State
    until: date | None = None
    reason: str = ""  # số, ký hiệu that replaced it, or what withdrew it

    @property
    def vietnamese(self) -> str:
        """The state as an officer reads it."""
        return WORDS[self.state]


def validity(fields: Mapping[str, str], on: date) -> Validity:
    """Judge the values of *fields* on day *on* (in Việt Nam). A term that is not a day is not known."""
    until = _day(fields.get(TERM, ""))
    if withdrawn := fields.get(WITHDRAWN, "").strip():
        return Validity("bi-thu-hoi", until, withdrawn)
    if replaced := fields.get(REPLACED, "").strip():
        return Validity("bi-thay-the", until, replaced)
    if until is not None:
        return Validity("het-han" if until < on else "con-hieu-luc", until)
    without_end = same_tone_placement(fields.get(TERM, "")) == same_tone_placement(WITHOUT_END)
    return Validity("con-hieu-luc" if without_end else "chua-ro")


def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value.strip())
    except ValueError:
        return None
