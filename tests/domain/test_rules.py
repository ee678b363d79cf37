import tomllib
from datetime import date, timedelta
from pathlib import Path

import pytest

from domain.errors import NotReady
from domain.rules import LAW, rule_in_force, rules_in_force

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize("path", sorted(LAW.glob("*.toml")), ids=lambda p: p.stem)
def test_every_law_table_is_whole(path: Path) -> None:
    with path.open("rb") as file:
        raw = tomllib.load(file)
    arrays = [key for key, value in raw.items() if isinstance(value, list)]
    assert arrays
    for key in arrays:
        assert rules_in_force(path.stem, TODAY, table=key), f"nothing of {key} is in force"


def test_law_changes_on_its_day() -> None:
    before, after = date(2025, 6, 30), date(2025, 7, 1)
    assert rule_in_force("scan_requirements", before, table="digitised_copy").values["pdfa"] is False
    assert rule_in_force("scan_requirements", after, table="digitised_copy").values["pdfa"] is True
    assert "NĐ 280/2025" in rule_in_force("certification", date(2025, 11, 1), table="loi_chung").source
    assert "NĐ 280/2025" not in rule_in_force("certification", date(2025, 10, 31), table="loi_chung").source


def test_no_gap_and_no_overlap_in_forms() -> None:
    day = date(2025, 10, 1)
    while day < date(2025, 12, 1):
        assert rule_in_force("certification", day, table="loi_chung").texts("lines")  # raises on none and on two
        day += timedelta(days=1)


def test_before_the_law_there_is_no_rule() -> None:
    with pytest.raises(NotReady) as caught:
        rule_in_force("fees", date(2000, 1, 1), table="certified_copy")
    assert caught.value.code == "law-not-in-force"


def test_the_six_grounds() -> None:
    grounds = rules_in_force("refusal_grounds", TODAY, table="ground")
    assert [g.integer("number") for g in grounds] == [1, 2, 3, 4, 5, 6]
    assert [g.text("code") for g in grounds if g.values["seizure"]] == ["unlawful-content"]


@pytest.mark.parametrize(
    "content",
    [
        "[[rule]]\nx = 1\n",
        "[[rule]]\neffective_from = 2020-01-01\nmark = 'SRC'\n",
        "[[rule]]\neffective_from = 2020-01-01\neffective_to = 2019-01-01\nsource = 's'\nmark = 'SRC'\n",
        "not toml",
    ],
)
def test_broken_tables_are_told(tmp_path: Path, content: str) -> None:
    (tmp_path / "t.toml").write_text(content, encoding="utf-8")
    with pytest.raises(NotReady) as caught:
        rules_in_force("t", TODAY, folder=tmp_path)
    assert caught.value.code == "law-table-broken"


def test_entries_inherit_from_the_head_and_getters_check(tmp_path: Path) -> None:
    (tmp_path / "t.toml").write_text(
        "effective_from = 2020-01-01\nsource = 's'\nmark = 'SRC'\n[[rule]]\nn = 1\nf = 1.5\ns = 'x'\nl = ['a']\n",
        encoding="utf-8",
    )
    rule = rule_in_force("t", TODAY, folder=tmp_path)
    assert (rule.integer("n"), rule.number("f"), rule.text("s"), rule.texts("l")) == (1, 1.5, "x", ("a",))
    for getter in (rule.integer, rule.text, rule.texts, rule.number):
        with pytest.raises(NotReady):
            getter("absent")
