"""An act on a paper in the very moment in which it is destroyed: whatever the order, nothing of it is left behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from domain.errors import Refused
from pipeline.disposal import carry_out
from pipeline.settings import DatabaseSettings
from pipeline.upkeep import open_replica, replicate_store, scrub_store, sweep_store
from pipeline.workplace import Workplace, open_workplace
from storage.catalogue import documents
from storage.errors import DocumentUnknown
from storage.keys import manifest_key
from storage.objects import ObjectStore
from tests.pipeline.bench import Killed
from tests.pipeline.old_papers import approved, keys, paper, rebuilt, with_terms, years_later
from tests.servers import empty_tables, postgres_catalogue_url, postgres_server
from tests.storage.conftest import Clock, hurry
from tests.storage.fresh import lay_catalogue

__all__ = ["postgres_catalogue_url", "postgres_server"]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite", "postgres"])
def workplace(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Workplace]:
    more: dict[str, Any] = {}
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_catalogue_url")
        empty_tables(url)
        more["database"] = DatabaseSettings(url=SecretStr(url))
    else:
        lay_catalogue(tmp_path / "data" / "catalogue.sqlite")
    with open_workplace(with_terms(tmp_path, **more), clock) as opened:
        hurry(opened.catalogue)
        yield opened


def correct(workplace: Workplace, document_id: str) -> None:
    workplace.warehouse.correct_fields(document_id, {"trich_yeu": "Sửa đúng lúc bị hủy"}, officer="cb01")


def at_manifest(store: ObjectStore, key: str, monkeypatch: pytest.MonkeyPatch, then: Callable[[], None]) -> None:
    """Let *then* happen right after the manifest *key* was put, before its act goes on."""
    put = store.put

    def watched(asked: str, data: bytes, **more: Any) -> bool:
        written = put(asked, data, **more)
        if asked == key:
            monkeypatch.undo()
            then()
        return written

    monkeypatch.setattr(store, "put", watched)


def third(workplace: Workplace, document_id: str) -> str:
    """Key of the manifest that the next act on a digitised paper puts."""
    with workplace.catalogue.read() as connection:
        document = documents.get(connection, document_id)
    assert document is not None and document.version == 2
    return manifest_key(document.agency, document.owner_ref, document.id, 3)


def nothing_is_left(workplace: Workplace, one: str) -> None:
    with pytest.raises(DocumentUnknown):
        workplace.warehouse.show(one)
    for store in (workplace.store, open_replica(workplace)):
        assert not [o.key for o in store.list("owner/") if one in o.key]
    with rebuilt(workplace) as fresh, fresh.read() as connection:
        assert documents.get(connection, one) is None
    assert scrub_store(workplace).incidents == []


def names_nothing(workplace: Workplace, one: str) -> None:
    """What stands there still counts no more: neither a rebuilt catalogue nor a replica takes it."""
    with rebuilt(workplace) as fresh, fresh.read() as connection:
        assert documents.get(connection, one) is None
    replicate_store(workplace)
    assert not [o.key for o in open_replica(workplace).list("owner/") if one in o.key]


def test_the_whole_disposal_between_manifest_and_rows_of_an_act(
    workplace: Workplace, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = paper(workplace, "one")
    years_later(clock)
    disposal = approved(workplace)
    key = third(workplace, one)
    at_manifest(workplace.store, key, monkeypatch, lambda: assert_done(workplace, disposal.id))
    with pytest.raises(Refused, match="document-disposed"):
        correct(workplace, one)
    nothing_is_left(workplace, one)


def assert_done(workplace: Workplace, disposal_id: str) -> None:
    assert carry_out(workplace, disposal_id, by="cb01").destroyed == 1


@pytest.mark.parametrize("killed", [False, True])
def test_an_act_that_puts_its_manifest_when_the_rows_are_gone(
    workplace: Workplace, clock: Clock, monkeypatch: pytest.MonkeyPatch, killed: bool
) -> None:
    """Rows go after the act looked, before it puts; it is killed at once, or goes on and is told."""
    one = paper(workplace, "one")
    years_later(clock)
    disposal = approved(workplace)
    key, begun = third(workplace, one), False
    put = workplace.store.put

    def late(asked: str, data: bytes, **more: Any) -> bool:
        nonlocal begun
        if asked == key and not begun:
            begun = True

            def die(what: str) -> None:
                if what == "bytes":
                    raise Killed

            with pytest.raises(Killed):  # tombstone and rows are done
                carry_out(workplace, disposal.id, by="cb01", step=die)
            written = put(asked, data, **more)
            if killed:
                raise Killed
            return written
        return put(asked, data, **more)

    monkeypatch.setattr(workplace.store, "put", late)
    with pytest.raises(Killed) if killed else pytest.raises(Refused, match="document-disposed"):
        correct(workplace, one)
    monkeypatch.undo()
    assert (key in keys(workplace, "owner/")) == killed
    with rebuilt(workplace) as fresh, fresh.read() as connection:
        assert documents.get(connection, one) is None
    assert_done(workplace, disposal.id)
    nothing_is_left(workplace, one)


def killed_when_all_was_over(
    workplace: Workplace, document_id: str, key: str, disposal_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kill an act on a paper right after it has put its manifest *key*; the paper was destroyed just before that."""
    put = workplace.store.put

    def last(asked: str, data: bytes, **more: Any) -> bool:
        if asked != key:
            return put(asked, data, **more)
        monkeypatch.undo()
        assert_done(workplace, disposal_id)
        put(asked, data, **more)
        raise Killed

    monkeypatch.setattr(workplace.store, "put", last)
    with pytest.raises(Killed):
        correct(workplace, document_id)


def test_one_that_is_killed_after_all_was_over_is_swept(
    workplace: Workplace, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, stays = paper(workplace, "one"), paper(workplace, "stays", kind="result")
    years_later(clock)
    disposal = approved(workplace)
    key = third(workplace, one)
    killed_when_all_was_over(workplace, one, key, disposal.id, monkeypatch)
    assert key in keys(workplace, "owner/")
    names_nothing(workplace, one)
    assert sweep_store(workplace, dry_run=True).left_behind == (key,)
    assert key in keys(workplace, "owner/")
    swept = sweep_store(workplace)
    assert (swept.left_behind, swept.refused) == ((key,), ())
    assert sweep_store(workplace).left_behind == ()
    nothing_is_left(workplace, one)
    assert workplace.warehouse.open_role(stays, "original") == b"stays"


def test_a_manifest_left_behind_does_not_stand_in_the_way_of_the_paper_taken_in_anew(
    workplace: Workplace, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = paper(workplace, "one")
    years_later(clock)
    disposal = approved(workplace)
    key = third(workplace, one)
    killed_when_all_was_over(workplace, one, key, disposal.id, monkeypatch)
    assert paper(workplace, "one") == one
    with rebuilt(workplace) as fresh, fresh.read() as connection:
        known = documents.get(connection, one)
        assert known is not None and known.version == 2
    correct(workplace, one)  # at the very key of what was left
    assert workplace.warehouse.show(one).document.version == 3
    assert sweep_store(workplace).left_behind == ()
    assert scrub_store(workplace).incidents == []
    with rebuilt(workplace) as fresh, fresh.read() as connection:
        known = documents.get(connection, one)
        assert known is not None and known.version == 3


def test_an_act_on_the_destroyed_paper_is_not_laid_on_the_one_taken_in_anew(
    workplace: Workplace, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = paper(workplace, "one")
    years_later(clock)
    disposal = approved(workplace)

    def again() -> None:
        assert_done(workplace, disposal.id)
        assert paper(workplace, "one") == one  # of the same id, with versions of its own

    at_manifest(workplace.store, third(workplace, one), monkeypatch, again)
    with pytest.raises(Refused, match="document-disposed"):
        correct(workplace, one)
    view = workplace.warehouse.show(one)
    assert view.document.version == 2 and "Sửa đúng lúc" not in view.document.title
    with rebuilt(workplace) as fresh, fresh.read() as connection:
        known = documents.get(connection, one)
        assert known is not None and known.version == 2
    correct(workplace, one)
    assert workplace.warehouse.show(one).document.version == 3
    assert scrub_store(workplace).incidents == []
