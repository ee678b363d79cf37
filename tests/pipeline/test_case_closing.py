"""The day on which the work on a case ended starts the term of its papers; without one the old rule holds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from domain.errors import BadInput, Refused
from domain.retention import InCase, term_begins
from pipeline.case_closing import close_case
from pipeline.cases import case_json
from pipeline.cli.main import main
from pipeline.disposal import carry_out, certificate_key, propose
from pipeline.settings import DatabaseSettings, RetentionSettings, Settings
from pipeline.workplace import Workplace, open_workplace
from storage.catalogue import case_closings
from tests.pipeline.old_papers import TERMS, approved, killed_at, paper, rebuilt, text_of
from tests.servers import empty_tables, postgres_catalogue_url, postgres_server
from tests.storage.acts import intake
from tests.storage.conftest import Clock, hurry
from tests.storage.dump import dump
from tests.storage.fresh import lay_catalogue

__all__ = ["postgres_catalogue_url", "postgres_server"]

CASE, OTHER = "H24.01-150301-0001", "H24.01-150301-0002"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock, monkeypatch: Any) -> Iterator[Workplace]:
    monkeypatch.setattr("os.fsync", lambda _handle: None)
    (tmp_path / "terms.toml").write_text(TERMS, "utf-8")
    more: dict[str, Any] = {}
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_catalogue_url")
        empty_tables(url)
        more["database"] = DatabaseSettings(url=SecretStr(url))
    else:
        lay_catalogue(tmp_path / "data" / "catalogue.sqlite")
    terms = RetentionSettings(terms_file=tmp_path / "terms.toml")
    with open_workplace(Settings(data_dir=tmp_path / "data", retention=terms, **more), clock) as opened:
        hurry(opened.catalogue)
        yield opened


def listed(place: Workplace) -> set[str]:
    """What a new list would have; it is withdrawn by the next test's fresh warehouse."""
    try:
        return {p.document_id for p in propose(place, "H24.01", by="cb01", basis="x").papers}
    except BadInput as error:
        assert error.code == "disposal-none"
        return set()


def test_where_a_term_begins() -> None:
    stored = "2026-11-22T01:00:00.000000Z"
    late = "2026-12-31T20:00:00.000000Z"  # the next day, and the next year, in Viet Nam
    closed, later = date(2015, 5, 6), date(2017, 8, 9)
    assert term_begins(stored, []) == (date(2026, 11, 22), False)
    assert term_begins(late, []) == (date(2027, 1, 1), False)
    assert term_begins(stored, [InCase(late)]) == (date(2027, 1, 1), False)
    assert term_begins(stored, [InCase(late, closed)]) == (closed, True)
    assert term_begins(stored, [InCase(stored, closed), InCase(late, later)]) == (later, True)
    assert term_begins(stored, [InCase(stored, closed), InCase(late)]) == (date(2027, 1, 1), False)
    future = date(2030, 1, 1)
    assert term_begins(stored, [InCase(stored, future), InCase(late)]) == (future, False)


def test_old_papers_scanned_today_are_past_their_term_once_their_case_is_known_to_be_closed(
    place: Workplace, clock: Clock
) -> None:
    one, open_, two_cases = (
        paper(place, "one", case=CASE),
        paper(place, "open", case=OTHER),
        paper(place, "both", case=CASE),
    )
    place.warehouse.receive(b"both", intake(case_code=OTHER, intake_key="x", owner_name="Tên"), agent="a")
    alone = paper(place, "alone")
    assert listed(place) == set()  # five years from today
    made = close_case(place, "H24.01", CASE, on=date(2015, 3, 20), by="cb01")
    assert (made.seq, made.closed_on) == (1, "2015-03-20")
    assert case_json(place, "H24.01", CASE)["closed_on"] == "2015-03-20"
    assert case_json(place, "H24.01", OTHER)["closed_on"] is None
    disposal = approved(place)
    assert {p.document_id for p in disposal.papers} == {one}
    (only,) = disposal.papers
    assert only.over_after == "2020-12-31" and "từ ngày hồ sơ kết thúc 20/03/2015" in only.term
    done = carry_out(place, disposal.id, by="cb01")
    assert done.destroyed == 1
    assert "từ ngày hồ sơ kết thúc" in " ".join(text_of(place.store.get(certificate_key(disposal))).split())
    assert {place.warehouse.show(d).document.id for d in (open_, two_cases, alone)} == {open_, two_cases, alone}


def test_a_paper_that_joins_after_the_closing_was_recorded_counts_from_then(place: Workplace, clock: Clock) -> None:
    paper(place, "one", case=CASE)
    close_case(place, "H24.01", CASE, on=date(2015, 3, 20), by="cb01")
    late = paper(place, "late", case=CASE)
    assert late not in listed(place)
    close_case(place, "H24.01", CASE, on=date(2015, 3, 20), by="cb01")  # recorded again: for all that is in it now
    assert listed(place) == {late}


def test_the_newest_record_counts_and_may_be_taken_back(place: Workplace, clock: Clock) -> None:
    one = paper(place, "one", case=CASE)
    close_case(place, "H24.01", CASE, on=date(2015, 3, 20), by="cb01")
    disposal = approved(place)
    assert [p.document_id for p in disposal.papers] == [one]
    assert close_case(place, "H24.01", CASE, on=None, by="cb02").seq == 2  # a mistake: found before it was carried out
    assert dict(carry_out(place, disposal.id, by="cb01").left) == {one: "chưa hết thời hạn lưu trữ"}
    assert close_case(place, "H24.01", CASE, on=date(2024, 1, 2), by="cb02").seq == 3
    assert listed(place) == set()
    with place.catalogue.read() as connection:
        before = case_closings.known(connection, "H24.01", [CASE, OTHER])
    assert before[CASE].closed_on == "2024-01-02" and before.keys() == {CASE}
    with rebuilt(place) as fresh:
        assert dump(fresh, ("case_closings",)) == dump(place.catalogue, ("case_closings",))
    clock.turn(timedelta(days=366 * 5))
    assert listed(place) == {one}


def test_what_cannot_be_recorded(place: Workplace, clock: Clock) -> None:
    one = paper(place, "one", case=CASE)
    with pytest.raises(Refused, match="case-unknown"):
        close_case(place, "H24.01", OTHER, on=date(2015, 3, 20), by="cb01")
    today = date(2026, 11, 22)
    # the code says 1 March 2015: an earlier day would let terms run out that have not
    for day, by in ((today + timedelta(days=1), "cb01"), (today, " "), (date(2015, 2, 28), "cb01"), (date.min, "cb01")):
        with pytest.raises(BadInput, match="case-closing"):
            close_case(place, "H24.01", CASE, on=day, by=by)
    close_case(place, "H24.01", CASE, on=date(2015, 3, 1), by="cb01")
    close_case(place, "H24.01", CASE, on=date(2015, 3, 20), by="cb01")
    disposal = approved(place)
    killed_at(place, disposal, "tombstone")
    with pytest.raises(Refused, match="disposal-under-way"):
        close_case(place, "H24.01", CASE, on=None, by="cb01")
    assert [p.document_id for p in disposal.papers] == [one]


def test_the_command(place: Workplace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    paper(place, "one", case=CASE)
    monkeypatch.setattr("pipeline.settings.load_settings", lambda: place.settings)
    assert main(["case", "close", CASE, "--on", "2015-03-20", "--by", "cb01"]) == 0
    assert main(["case", "show", CASE]) == 0
    assert "kết thúc ngày 2015-03-20" in capsys.readouterr().out
    assert main(["case", "close", CASE, "--undo", "--by", "cb01"]) == 0
    assert main(["case", "close", OTHER, "--on", "2015-03-20", "--by", "cb01"]) == 4
