"""Electronic identifier codes of agencies (mã định danh điện tử), QĐ 20/2020/QĐ-TTg as amended by QĐ 09/2025/QĐ-TTg.

New style, high level first: ``H24.01``. Old style (QCVN 102:2016), low level first, 13 characters:
``000.00.01.H24``. Other organisations: ``Z01`` with up to 32 characters. The new form is the one stored.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from domain.errors import Advice, BadInput
from domain.rules import rules_in_force

MAX_LENGTH = 35
_NEW = re.compile(r"[A-Y][0-9]{2}(?:\.[0-9A-Z]+)*")
_OTHER = re.compile(r"Z[0-9]{2}\.?[0-9A-Z]{1,32}")
_OLD = re.compile(r"([0-9]{3})\.([0-9A-Z]{2})\.([0-9A-Z]{2})\.([A-Y][0-9]{2})")


@dataclass(frozen=True)
class AgencyCode:
    """Canonical new-style ``code``; ``alias`` is the 13-character old style where the code has one."""

    code: str
    alias: str | None = None

    def __str__(self) -> str:
        return self.code

    @property
    def level_1(self) -> str:
        """The first group: a ministry, a province's People's Committee, ..."""
        return self.code[:3]


def parse_agency_code(text: str) -> AgencyCode:
    """Read an agency code of either style, small letters allowed.

    Raises ``BadInput`` (``agency-code-invalid``).
    """
    code = text.strip().upper()
    old = _OLD.fullmatch(code)
    if old is not None:
        groups = [old.group(4), old.group(3), old.group(2), old.group(1)]
        # Empty low levels are dropped; a zero group with something below it stays, or two codes would become one.
        while set(groups[-1]) == {"0"}:
            groups.pop()
        return AgencyCode(".".join(groups), code)
    if len(code) <= MAX_LENGTH and (_NEW.fullmatch(code) or _OTHER.fullmatch(code)):
        return AgencyCode(code, _old_style(code))
    raise BadInput(
        "agency-code-invalid",
        "not an agency code of QD 20/2020",
        Advice(
            "Mã định danh cơ quan chưa đúng quy định.",
            "Tệp gốc được giữ nguyên.",
            "Ghi lại mã theo Quyết định 20/2020/QĐ-TTg, ví dụ H24.01 hoặc 000.00.01.H24.",
        ),
    )


def _old_style(code: str) -> str | None:
    groups = code.split(".")
    widths = (3, 2, 2, 3)
    if code.startswith("Z") or len(groups) > 4:
        return None
    padded = groups + ["0" * width for width in widths[len(groups) :]]
    old = ".".join(reversed(padded))
    return old if _OLD.fullmatch(old) else None


def level_1_name(code: AgencyCode, on: date) -> str | None:
    """Return the Vietnamese name of the first level on day *on*, or None when the table does not know it."""
    for rule in rules_in_force("agencies", on, table="level_1"):
        if rule.text("code") == code.level_1:
            return rule.text("name")
    return None


def group_name(code: AgencyCode, on: date) -> str | None:
    """Return what kind of body the first letter stands for (``H``: Ủy ban nhân dân cấp tỉnh), or None."""
    for rule in rules_in_force("agencies", on, table="group"):
        if rule.text("letter") == code.code[0]:
            return rule.text("name")
    return None
