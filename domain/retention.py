"""How long papers are kept (``law/retention.toml``)."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain.errors import Advice, NotReady
from domain.rules import rules_in_force

#: an object lock needs a day; "permanently" is as good as this. Destruction needs an approved disposal in any case
_PERMANENT = timedelta(days=99 * 365)
_MONTH = timedelta(days=31)


def kept_until(what: str, stored: datetime) -> datetime:
    """Return until when *what* (``case-papers``) stored at that time (aware) is to be kept at least.

    Raises ``NotReady`` (``law-not-in-force``) when no rule applies on that day.
    """
    for rule in rules_in_force("retention", stored.date()):
        if rule.text("what") == what:
            if rule.values.get("permanent"):
                return stored + _PERMANENT
            months = 12 * int(rule.values.get("years", 0)) + int(rule.values.get("months", 0))
            return stored + months * _MONTH
    raise NotReady(
        "law-not-in-force",
        f"no retention rule for {what}",
        Advice(
            "Chưa có quy định thời hạn lưu trữ cho loại dữ liệu này.",
            "Chưa có gì thay đổi.",
            "Báo quản trị hệ thống kiểm tra domain/law/retention.toml.",
        ),
    )
