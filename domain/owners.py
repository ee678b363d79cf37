"""Owners of papers: a citizen (số định danh cá nhân), an organisation (mã số thuế / mã số doanh nghiệp), or nobody yet.

The number is personal data: it is never shown by ``repr``, never repeated in an error, and masked for display.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal, cast

from domain.errors import Advice, BadInput
from domain.rules import rules_in_force

OwnerKind = Literal["citizen", "org", "unassigned"]

_SEPARATORS = re.compile(r"[\s.]")
# Circular weights of the tax number's check digit.
_MST_WEIGHTS = (31, 29, 23, 19, 17, 13, 7, 5, 3)


@dataclass(frozen=True, repr=False)
class Owner:
    """Whose paper it is. ``number`` is digits only (12; 10 or 13 for organisations), empty for ``unassigned``."""

    kind: OwnerKind
    number: str

    def __repr__(self) -> str:
        return f"Owner(kind={self.kind!r}, number=<hidden>)"

    def __str__(self) -> str:
        return self.kind if self.kind == "unassigned" else f"{self.kind}:{self.masked()}"

    def masked(self) -> str:
        """Return the number for display: first four and last two digits, ``0012******19``."""
        return self.number[:4] + "*" * (len(self.number) - 6) + self.number[-2:] if self.number else ""

    def full(self) -> str:
        """Return the text that :func:`parse_owner` reads. Personal data: for storage and forms, never for logs."""
        return self.kind if self.kind == "unassigned" else f"{self.kind}:{self.number}"


UNASSIGNED = Owner("unassigned", "")


def _invalid(why_log: str, why: str) -> BadInput:
    return BadInput(
        "owner-invalid",
        why_log,
        Advice(
            f"Chủ sở hữu giấy tờ chưa đúng: {why}.",
            "Tệp gốc được giữ nguyên.",
            "Ghi lại theo mẫu citizen:<12 chữ số>, org:<10 hoặc 13 chữ số> hoặc unassigned.",
        ),
    )


def mst_check_digit(first_nine: str) -> int | None:
    """Return the check digit of a tax number's *first_nine* digits, or None where no such number is issued.

    ``10 - (sum of digit times weight mod 11)``; a remainder of 10 gives 0, a remainder of 0 is never issued.
    """
    remainder = sum(int(d) * w for d, w in zip(first_nine, _MST_WEIGHTS, strict=True)) % 11
    return None if remainder == 0 else 10 - remainder


def parse_owner(text: str, *, on: date | None = None) -> Owner:
    """Read ``citizen:001200000019``, ``org:0100109106``, ``org:0100109106-001`` or ``unassigned``.

    *on* is the day whose law applies to 12-digit organisation numbers (household businesses use the personal number
    since 01/7/2025); without it they are accepted. Raises ``BadInput`` (``owner-invalid``); the message never holds
    the number.
    """
    kind, colon, rest = text.strip().partition(":")
    kind = kind.strip().lower()
    if kind == "unassigned" and not rest.strip():
        return UNASSIGNED
    if not colon or kind not in ("citizen", "org"):
        raise _invalid("owner kind is not citizen, org or unassigned", "không rõ là công dân hay tổ chức")
    number = _SEPARATORS.sub("", rest)
    if kind == "citizen":
        if not re.fullmatch(r"[0-9]{12}", number):
            raise _invalid("citizen number does not have 12 digits", "số định danh cá nhân phải có đúng 12 chữ số")
    else:
        number = _organisation_number(number, on)
    return Owner(cast(OwnerKind, kind), number)


def _organisation_number(number: str, on: date | None) -> str:
    if re.fullmatch(r"[0-9]{12}", number):
        if on is not None and not rules_in_force("owners", on, table="household_number"):
            raise _invalid("12-digit organisation number before it was law", "mã số thuế phải có 10 hoặc 13 chữ số")
        return number
    match = re.fullmatch(r"([0-9]{10})(?:-?([0-9]{3}))?", number)
    if match is None:
        raise _invalid("organisation number does not have 10 or 13 digits", "mã số thuế phải có 10 hoặc 13 chữ số")
    first_ten, branch = match.group(1), match.group(2) or ""
    if mst_check_digit(first_ten[:9]) != int(first_ten[9]):
        raise _invalid("organisation number has a wrong check digit", "chữ số kiểm tra của mã số thuế không khớp")
    if branch == "000":
        raise _invalid("organisation branch number is 000", "số thứ tự đơn vị trực thuộc phải từ 001 đến 999")
    return first_ten + branch


def personal_number_doubts(number: str, *, born: date | None = None, by: date | None = None) -> tuple[str, ...]:
    """Return why 12 digits read from a paper may be no personal number: warning codes for a person to look at.

    ``citizen-place-unknown``: the first three digits are no province code (people registered abroad have others);
    ``citizen-century-unlikely``: the fourth digit speaks of 2100 or later; ``citizen-birth-year-future``: after *by*,
    the day of the paper; ``citizen-birth-year-differs``: from *born*, the birthday printed beside it. None is a reason
    to refuse (numbers do get corrected). Without *by* no clock is asked: the same paper gives the same answer always.
    """
    provinces = {rule.text("code") for rule in rules_in_force("owners", by or date.max, table="place")}
    century, year = int(number[3]), 1900 + 100 * (int(number[3]) // 2) + int(number[4:6])
    checks = (
        ("citizen-place-unknown", number[:3] not in provinces),
        ("citizen-century-unlikely", century > 3),
        ("citizen-birth-year-future", century <= 3 and by is not None and year > by.year),
        ("citizen-birth-year-differs", born is not None and born.year != year),
    )
    return tuple(code for code, wrong in checks if wrong)
