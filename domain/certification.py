"""Chứng thực bản sao điện tử từ bản chính: numbers, lời chứng, fee and due day, by the law in force.

NĐ 45/2020/NĐ-CP art. 10; NĐ 23/2015/NĐ-CP with NĐ 280/2025/NĐ-CP; forms and figures stand in ``domain/law``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone

from domain.people import Certifier
from domain.rules import rule_in_force

VIETNAM = timezone(timedelta(hours=7))


@dataclass(frozen=True, order=True)
class CertificateNumber:
    """Số chứng thực: the ordinal within a year and the book it stands in.

    One number belongs to one original, however many copies; the ordinal goes on when a new book is opened within
    the year and starts again at 1 on 1 January (NĐ 23/2015 art. 13-14, TT 01/2020 art. 4).
    """

    year: int
    ordinal: int
    book_number: int
    symbol: str

    def __post_init__(self) -> None:
        if self.ordinal < 1 or self.book_number < 1 or not self.symbol:
            raise ValueError("ordinal and book number start at 1, the book has a symbol")

    @property
    def number_text(self) -> str:
        """``01``, ``02``, ... ``118``."""
        return f"{self.ordinal:02d}"

    @property
    def book_text(self) -> str:
        """``01/2026 - SCT/BS``."""
        return f"{self.book_number:02d}/{self.year} - {self.symbol}"

    def __str__(self) -> str:
        return f"{self.number_text}, quyển số: {self.book_text}"


def book_symbol(on: date) -> str:
    """Return the symbol of the register of certified copies in force on day *on* (``SCT/BS``)."""
    return rule_in_force("certification", on, table="book").text("symbol")


def first_ordinal(on: date) -> int:
    """Return the ordinal with which a register year starts."""
    return rule_in_force("certification", on, table="book").integer("first_ordinal")


def book_name(year: int, book_number: int = 1, *, symbol: str | None = None) -> str:
    """Return the name on the register's cover: ``01/2026 - SCT/BS``; *symbol* defaults to that of the year's end."""
    return CertificateNumber(year, 1, book_number, symbol or book_symbol(date(year, 12, 31))).book_text


def loi_chung(number: int, book: str, on: date, certifier: Certifier, agency_name: str) -> tuple[str, ...]:
    """Return the lines of the lời chứng, first the heading, in the form in force on day *on*.

    *number* is the ordinal in the register, *book* its name (:func:`book_name`), *agency_name* the certifying agency
    as it stands on its seal. Raises ``NotReady`` when no form is known for the day.
    """
    form = rule_in_force("certification", on, table="loi_chung")
    facts = {
        "so": f"{number:02d}",
        "quyen_so": book,
        "ngay": on.day,
        "thang": on.month,
        "nam": on.year,
        "chuc_danh": certifier.position,
        "ho_ten": certifier.name,
        "co_quan": agency_name,
    }
    return tuple(line.format_map(facts) for line in form.texts("lines"))


def fee(pages: int, on: date, *, copies: int = 1) -> int:
    """Return the fee in đồng for *copies* certified copies of an original of *pages* pages (TT 226/2016/TT-BTC).

    Pages are those of the original, not sheets. Raises ``ValueError`` on less than one page or copy.
    """
    if pages < 1 or copies < 1:
        raise ValueError("a copy has at least one page")
    rule = rule_in_force("fees", on, table="certified_copy")
    first = min(pages, rule.integer("first_pages"))
    amount = first * rule.integer("first_rate_vnd") + (pages - first) * rule.integer("next_rate_vnd")
    return min(amount, rule.integer("ceiling_vnd")) * copies


def due_day(received: datetime, is_working_day: Callable[[date], bool]) -> date:
    """Return the day on which a certified copy is due: the day of receipt, or the next working day after 15:00.

    *received* is an aware time; *is_working_day* knows week-ends and holidays. NĐ 23/2015 art. 7.
    """
    local = _in_vietnam(received)
    rule = rule_in_force("deadlines", local.date(), table="certified_copy")
    day = local.date()
    if not is_working_day(day):
        return _next_working_day(day, is_working_day)
    if local.time() > time.fromisoformat(rule.text("same_day_until")):
        for _ in range(rule.integer("late_adds_working_days")):
            day = _next_working_day(day, is_working_day)
    return day


def _next_working_day(day: date, is_working_day: Callable[[date], bool]) -> date:
    day += timedelta(days=1)
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


def vietnam_time(moment: datetime) -> str:
    """Return *moment* as signing time: ISO 8601 to the second, Vietnamese zone, ``2025-09-04T15:23:11+07:00``.

    NĐ 30/2020 Phụ lục I. Raises ``ValueError`` for a time without zone.
    """
    return _in_vietnam(moment).isoformat(timespec="seconds")


def _in_vietnam(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("the time has no zone")
    return moment.astimezone(VIETNAM)
