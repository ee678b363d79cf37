"""Case codes of the one-stop desk (mã hồ sơ) and codes of administrative procedures (mã TTHC)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from domain.agencies import AgencyCode, parse_agency_code
from domain.errors import Advice, BadInput

MAX_CASE_LENGTH = 50
_CASE = re.compile(r"(?P<agency>[0-9A-Z]+(?:\.[0-9A-Z]+)*)-(?P<day>[0-9]{6})-(?P<ordinal>[0-9]{4,})")
_PROCEDURE = re.compile(r"[0-9]\.[0-9]{6}(?:\.[0-9A-Z]+)*")


@dataclass(frozen=True)
class CaseCode:
    """A case code as text; ``agency``, ``received`` and ``ordinal`` are None for a free code of another system."""

    text: str
    agency: AgencyCode | None = None
    received: date | None = None
    ordinal: int | None = None
    warnings: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.text


def _invalid(code: str, log: str, why: str) -> BadInput:
    return BadInput(
        code,
        log,
        Advice(
            f"Mã hồ sơ chưa đúng: {why}.",
            "Tệp gốc được giữ nguyên.",
            "Ghi lại mã theo giấy tiếp nhận, ví dụ H24.01-230427-0001.",
        ),
    )


def parse_case_code(text: str) -> CaseCode:
    """Read ``H24.01-230427-0001``: agency, day of receipt (yyMMdd) and ordinal of that day.

    A code of any other shape is accepted up to 50 characters with the warning ``case-code-free``; one whose first
    part is no agency code with ``case-code-agency``. Raises ``BadInput``: ``case-code-invalid`` (empty, too long,
    control characters, no letter nor digit), ``case-code-date`` (the shape is right, the day is not in the calendar).
    """
    code = unicodedata.normalize("NFC", text).strip()
    if not code or len(code) > MAX_CASE_LENGTH:
        raise _invalid("case-code-invalid", "case code is empty or longer than 50 characters", "trống hoặc quá dài")
    if not code.isprintable():  # the warehouse takes no other
        raise _invalid("case-code-invalid", "case code holds control characters", "có ký tự không in được")
    if not any(c.isalnum() for c in code):  # "..", which no address can hold either
        raise _invalid("case-code-invalid", "case code without a letter or digit", "không có chữ, số nào")
    match = _CASE.fullmatch(code.upper())
    if match is None:
        return CaseCode(code, warnings=("case-code-free",))
    day = match["day"]
    try:
        received = date(2000 + int(day[:2]), int(day[2:4]), int(day[4:]))
    except ValueError:
        raise _invalid("case-code-date", "day in the case code is not in the calendar", "ngày không có thật") from None
    ordinal = int(match["ordinal"])
    try:
        agency = parse_agency_code(match["agency"])
    except BadInput:
        return CaseCode(match[0], None, received, ordinal, ("case-code-agency",))
    return CaseCode(match[0], agency, received, ordinal)


def parse_procedure_code(text: str) -> str:
    """Return the code of an administrative procedure: ``2.000815`` or ``1.001193.000.00.00.H24``, upper case.

    Raises ``BadInput`` (``procedure-code-invalid``).
    """
    code = text.strip().upper()
    if len(code) <= MAX_CASE_LENGTH and _PROCEDURE.fullmatch(code):
        return code
    raise BadInput(
        "procedure-code-invalid",
        "not a procedure code",
        Advice(
            "Mã thủ tục hành chính chưa đúng.",
            "Tệp gốc được giữ nguyên.",
            "Ghi lại mã theo Cơ sở dữ liệu quốc gia về thủ tục hành chính, ví dụ 2.000815.",
        ),
    )
