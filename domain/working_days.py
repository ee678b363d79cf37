"""Working days of offices: week-ends, holidays and swapped days, from ``law/working_calendar.toml``."""

from __future__ import annotations

from datetime import date, timedelta

from domain.rules import rule_in_force, rules_in_force

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def is_working_day(day: date) -> bool:
    """Say whether offices work on *day*. A year whose movable holidays are not entered has the fixed ones only."""
    text = day.isoformat()
    for year in rules_in_force("working_calendar", day, table="year"):
        if text in year.texts("working"):
            return True
        if text in year.texts("off"):
            return False
    if any(text[5:] in rule.texts("days") for rule in rules_in_force("working_calendar", day, table="yearly")):
        return False
    return _WEEKDAYS[day.weekday()] not in rule_in_force("working_calendar", day, table="week").texts("off_weekdays")


def add_working_days(day: date, count: int) -> date:
    """Return the working day that is *count* working days after *day* (*day* itself for 0)."""
    for _ in range(count):
        day += timedelta(days=1)
        while not is_working_day(day):
            day += timedelta(days=1)
    return day
