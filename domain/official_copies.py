"""Sao y, sao lục, trích sao: copies that an agency makes of papers (NĐ 30/2020 Art. 25-27), no chứng thực.

One sequence of numbers a year for all forms, ``05/SY-UBND``; the agency alone signs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from domain.errors import Advice, BadInput
from domain.rules import rules_in_force
from domain.text import fold, one_line, strip_marks

_PEOPLES_COMMITTEE = "uy ban nhan dan"


@dataclass(frozen=True)
class CopyForm:
    """A form of copy: ``Sao y`` with the sign ``SY``. An extract (trích sao) has some of the pages only."""

    name: str
    sign: str

    @property
    def is_extract(self) -> bool:
        """Whether it holds some pages only."""
        return fold(self.name).startswith("trich")


def copy_form(text: str, on: date) -> CopyForm:
    """Return the form named *text* (``SAO Y``, ``sao luc``, ...). Raises ``BadInput`` (``copy-form``)."""
    known = []
    for rule in rules_in_force("document_types", on, table="copy"):
        name = rule.text("name").removeprefix("Bản ").capitalize()
        known.append(name.upper())
        if fold(name) == fold(text):
            return CopyForm(name, rule.text("abbreviation"))
    raise BadInput(
        "copy-form",
        "no such form of copy",
        Advice("Hình thức sao không đúng.", "Chưa có gì thay đổi.", f"Chọn một trong: {', '.join(known)}."),
    )


def agency_sign(name: str) -> str:
    """Return the sign of an agency in numbers: ``UBND`` for people's committees, else the words' first letters."""
    if fold(name).startswith(_PEOPLES_COMMITTEE):
        return "UBND"
    return "".join(word[0] for word in strip_marks(one_line(name)).upper().split() if word[0].isalnum())


def copy_number(number: int, form: CopyForm, agency: str) -> str:
    """Return the number as it is written, ``05/SY-UBND``; *agency* is its name."""
    return f"{number:02d}/{form.sign}-{agency_sign(agency)}"


def page_numbers(text: str, count: int) -> tuple[int, ...]:
    """Return the pages of ``1,3-4`` (from 1) in order. Raises ``BadInput`` (``copy-pages``) for pages that are not."""
    pages: set[int] = set()
    try:
        for part in text.split(","):
            first, dash, last = part.strip().partition("-")
            pages |= set(range(int(first), int(last if dash else first) + 1))
    except ValueError:
        pages = set()
    if not pages or min(pages) < 1 or max(pages) > count:
        raise BadInput(
            "copy-pages",
            "pages are not of this document",
            Advice(
                "Số trang cần trích không đúng.", "Chưa có gì thay đổi.", f"Nêu trang từ 1 đến {count}, ví dụ 1,3-4."
            ),
        )
    return tuple(sorted(pages))
