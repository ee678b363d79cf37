from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from domain.errors import NotReady
from domain.retention import Paper, kept_until, term_of

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def test_by_the_rule_in_force() -> None:
    assert kept_until("case-papers", NOW) - NOW > timedelta(days=98 * 365)
    assert timedelta(days=365) <= kept_until("audit-log", NOW) - NOW < timedelta(days=400)
    with pytest.raises(NotReady):
        kept_until("audit-log", datetime(2020, 1, 1, tzinfo=UTC))
    with pytest.raises(NotReady):
        kept_until("nothing", NOW)


OWN = """
effective_from = 2020-01-01
source = "Danh mục của cơ quan"
mark = "SRC"

[[rule]]
what = "case-papers"
years = 2

[[term]]
name = "thành phần"
kind = "component"
years = 5
maintenance = "07"

[[term]]
name = "thành phần của thủ tục"
kind = "component"
procedure = "2.000815"
years = 20
counts_from = "issued"
maintenance = "05"
"""


def test_the_term_that_names_most_goes_first(tmp_path: Path) -> None:
    table = tmp_path / "own.toml"
    table.write_text(OWN, "utf-8")
    on, stored = date(2026, 11, 22), date(2026, 3, 1)
    plain = Paper("component", "1.000001", "Quyết định", stored)
    term = term_of(plain, on, table)
    assert (term.name, term.over_after(plain)) == ("thành phần", date(2031, 12, 31))
    asked = Paper("component", "2.000815", "", stored, issued=date(1999, 5, 6))
    term = term_of(asked, on, table)
    assert (term.maintenance, term.over_after(asked)) == ("05", date(2019, 12, 31))
    unknown = Paper("component", "2.000815", "", stored)
    assert term_of(unknown, on, table).over_after(unknown) is None  # its day is not known for certain
    result = Paper("result", "2.000815", "", stored)
    law = term_of(result, on, table)
    assert law.permanent and law.over_after(result) is None and law.mark == "MEM med"
    assert term_of(plain, on).permanent  # without a table of one's own everything is kept


def test_the_length_of_locks_may_be_ones_own(tmp_path: Path) -> None:
    table = tmp_path / "own.toml"
    table.write_text(OWN, "utf-8")
    assert timedelta(days=700) < kept_until("case-papers", NOW, table) - NOW < timedelta(days=760)
    assert kept_until("audit-log", NOW, table) == kept_until("audit-log", NOW)


@pytest.mark.parametrize("years", ["years = 0", "years = -1", 'years = "5"', ""])
def test_a_term_without_length_is_refused(tmp_path: Path, years: str) -> None:
    table = tmp_path / "own.toml"
    table.write_text(OWN.replace("years = 5", years), "utf-8")
    with pytest.raises(NotReady):
        term_of(Paper("component", "x", "", date(2026, 1, 1)), date(2026, 11, 22), table)
