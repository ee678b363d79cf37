"""A paper whose text was lost from the store: no act ends half-way, and search has it again once it is mended."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from domain.errors import Unavailable
from storage.catalogue import audit, lost_texts, waiting
from storage.catalogue.engine import Catalogue, open_catalogue
from storage.catalogue.search import SearchQuery
from storage.catalogue.waiting import Doubts
from storage.commit import index_found_texts
from storage.errors import store_unavailable
from storage.keys import blob_key
from storage.local import LocalStore
from storage.minio_store import MinioStore
from storage.objects import ObjectStore
from storage.rebuild import rebuild
from storage.replicate import replicate
from storage.scrub import scrub
from storage.warehouse import Warehouse
from tests.servers import empty_tables
from tests.storage.acts import digitise, intake, take_number
from tests.storage.conftest import OWNER_KEY, Clock
from tests.storage.dump import REBUILT, dump
from tests.storage.fresh import fresh_catalogue

TEXT = "Điều 1. Giao đất cho hợp tác xã"
WORD = "hợp tác xã"


@pytest.fixture(params=["sqlite", "postgres", "minio"])
def over(request: pytest.FixtureRequest, clock: Clock, tmp_path: Path) -> Iterator[Warehouse]:
    """Both databases over the local store, and SQLite over MinIO."""
    store: ObjectStore = LocalStore(tmp_path / "store")
    if request.param == "minio":
        server = request.getfixturevalue("minio_server")
        bucket = f"test-{secrets.token_hex(6)}"
        store = MinioStore(server.endpoint, server.access_key, server.secret_key, bucket, secure=False)
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_catalogue_url")
        empty_tables(url)
        catalogue = open_catalogue(url)
    else:
        catalogue = fresh_catalogue(tmp_path / "c.sqlite")
    yield Warehouse(store, catalogue, OWNER_KEY, clock)
    catalogue.close()


def lose(store: ObjectStore) -> None:
    store.delete(key())


def alter(store: ObjectStore) -> None:
    store.replace(key(), bytes([TEXT.encode()[0] ^ 1]) + TEXT.encode()[1:])


def key() -> str:
    return blob_key(hashlib.sha256(TEXT.encode()).hexdigest())


def paper(warehouse: Warehouse) -> str:
    document = warehouse.receive(b"a scan", intake(), agent="a").document
    digitise(warehouse, document.id, text=TEXT)
    return document.id


def certify(warehouse: Warehouse, document_id: str) -> None:
    number = take_number(warehouse, document_id)
    warehouse.save_certified(document_id, b"%PDF signed", agent="a", number=number, evidence=[b"e"])


def found(warehouse: Warehouse, words: str = WORD) -> list[str]:
    return [hit.document.id for hit in warehouse.search(SearchQuery(text=words))]


def lost(catalogue: Catalogue) -> list[str]:
    with catalogue.read() as connection:
        return [one.document_id for one in lost_texts.listed(connection)]


def told(warehouse: Warehouse, act: str) -> list[dict[str, str]]:
    with warehouse.catalogue.read() as connection:
        details = [json.loads(event.detail) for event in audit.events(connection, "H24.01")]
    return [detail for detail in details if detail.get("act") == act]


@pytest.mark.parametrize("damage", [lose, alter])
def test_an_act_on_a_paper_without_its_text_is_done_to_the_end(
    over: Warehouse, damage: Callable[[ObjectStore], None]
) -> None:
    document = paper(over)
    damage(over.store)
    certify(over, document)
    assert over.show(document).document.status == "certified"
    assert [e.state for e in over.show(document).register] == ["issued"]
    over.correct_fields(document, {"trich_yeu": "Sửa tiêu đề"}, officer="cb01")
    # what search had of it stays, with the fields as they are now
    assert found(over) == [document] and found(over, "sửa tiêu đề") == [document]
    assert lost(over.catalogue) == []
    (first, second) = told(over, "indexed with the text that search had")
    assert first == second and first["key"] == key()
    assert first["found"] == ("missing" if damage is lose else "altered")


@pytest.mark.parametrize("damage", [lose, alter])
def test_a_catalogue_made_again_names_it_and_scrubbing_brings_the_text_back(
    over: Warehouse, clock: Clock, tmp_path: Path, damage: Callable[[ObjectStore], None]
) -> None:
    document = paper(over)
    other = over.receive(b"another", intake(intake_key="2"), agent="a").document.id
    replica = LocalStore(tmp_path / "replica")
    replicate(over.store, replica)
    damage(over.store)
    fresh = fresh_catalogue(tmp_path / "fresh.sqlite")
    report = rebuild(fresh, over.store)
    assert (report.documents, len(report.problems)) == (2, 1)
    assert document in report.problems[0][0] and "text is lost" in report.problems[0][1]
    again = Warehouse(over.store, fresh, OWNER_KEY, clock)
    assert {again.show(one).document.id for one in (document, other)} == {document, other}
    assert lost(fresh) == [document] and found(again) == []
    with fresh.read() as connection:
        nothing = Doubts({}, frozenset())
        assert waiting.counts(connection, nothing)["H24.01"]["text-lost"] == 1
        assert [w.document_id for w in waiting.listed(connection, nothing, "H24.01", "text-lost")] == [document]
    certify(again, document)  # still without: done to the end, and remembered
    assert lost(fresh) == [document]
    assert len(told(again, "indexed without text")) == 1
    assert index_found_texts(over.store, fresh, agent="a", now=clock()) == (0, 1)

    copies: dict[str, ObjectStore] = {"main": over.store, "replica": replica}
    scrub(fresh, copies, clock=clock, agent="a", monotonic=lambda: 0.0, sleep=lambda _s: None)
    assert index_found_texts(over.store, fresh, agent="a", now=clock()) == (1, 0)
    assert lost(fresh) == [] and found(again) == [document]
    assert len(told(again, "text indexed again")) == 1
    assert index_found_texts(over.store, fresh, agent="a", now=clock()) == (0, 0)
    third = fresh_catalogue(tmp_path / "third.sqlite")
    assert rebuild(third, over.store).problems == ()
    assert dump(third, REBUILT) == dump(fresh, REBUILT)


def test_the_next_act_that_can_read_the_text_ends_it(over: Warehouse, clock: Clock, tmp_path: Path) -> None:
    document = paper(over)
    over.store.delete(key())
    fresh = fresh_catalogue(tmp_path / "fresh.sqlite")
    rebuild(fresh, over.store)
    over.store.put(key(), TEXT.encode())
    again = Warehouse(over.store, fresh, OWNER_KEY, clock)
    again.correct_fields(document, {"trich_yeu": "Khác"}, officer="cb01")
    assert lost(fresh) == [] and found(again) == [document]


def test_a_store_that_does_not_answer_has_lost_nothing(over: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    document = paper(over)
    whole = over.store.get

    def silent(asked: str) -> bytes:
        if asked == key():
            raise store_unavailable("get", OSError())
        return whole(asked)

    monkeypatch.setattr(over.store, "get", silent)
    with pytest.raises(Unavailable):
        over.correct_fields(document, {"trich_yeu": "Khác"}, officer="cb01")
    monkeypatch.undo()
    assert lost(over.catalogue) == []
    over.correct_fields(document, {"trich_yeu": "Khác"}, officer="cb01")
    assert over.show(document).document.version == 3
