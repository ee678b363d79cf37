from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from domain.errors import NotReady
from domain.retention import kept_until

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def test_by_the_rule_in_force() -> None:
    assert kept_until("case-papers", NOW) - NOW > timedelta(days=98 * 365)
    assert timedelta(days=365) <= kept_until("audit-log", NOW) - NOW < timedelta(days=400)
    with pytest.raises(NotReady):
        kept_until("audit-log", datetime(2020, 1, 1, tzinfo=UTC))
    with pytest.raises(NotReady):
        kept_until("nothing", NOW)
