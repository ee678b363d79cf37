"""What is decided in the catalogue stands in the object store too, and comes back from there row by row."""

from __future__ import annotations

from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from domain.errors import Unavailable
from storage import ledger
from storage.catalogue import register, relations, requests
from storage.catalogue.engine import Catalogue, open_catalogue
from storage.catalogue.holds import Hold, place
from storage.catalogue.register_closing import close_book
from storage.catalogue.relations import Relation
from storage.local import LocalStore
from storage.rebuild import rebuild
from storage.warehouse import Warehouse
from tests.storage.conftest import Clock
from tests.storage.dump import REBUILT, dump
from tests.storage.fresh import fresh_catalogue
from tests.storage.test_rebuild import fill

AT = "2026-11-22T03:00:00.000000Z"
DECIDED = (*REBUILT, "certification_requests", "certification_steps", "relations", "holds")


def decide(warehouse: Warehouse, first: str) -> None:
    """Requests at several steps, numbers reserved and voided, a closed book, decisions on duplicates."""
    second = next(d for d in sorted(row["id"] for row in dump(warehouse.catalogue)["documents"]) if d != first)
    with warehouse.catalogue.begin() as connection:
        made = requests.create(
            connection,
            document_id=first,
            agency="H24.01",
            requester="Nguyễn Thị Đào",
            certifier="ct01",
            agent="cb01",
            due_day="2026-11-23",
            fee_vnd=4000,
            at=AT,
        )
        seen = requests.move(connection, made, "original_seen", agent="cb01", at=AT, answers={"1": "no"})
        later = requests.put_off(connection, seen, "2026-11-25", agent="ct01", at=AT, detail="nhiều trang")
        requests.move(connection, later, "refused", agent="ct01", at=AT, reason="Bản chính bị tẩy xóa")
    with warehouse.catalogue.begin() as connection:
        numbers = [
            register.reserve(
                connection,
                agency="H24.01",
                book="SCT/BS",
                year=2026,
                document_id=second,
                idempotency_key=f"late {n}",
                occasion=str(n),
                at=AT,
            ).ref
            for n in range(3)
        ]
        register.void(connection, numbers[0], reason="Ký không thành", at=AT)
        register.reserve(
            connection, agency="H24.01", book="SY", year=2025, document_id=second, idempotency_key="x", at=AT
        )
        register.void(
            connection, register.entries(connection, agency="H24.01", book="SY", year=2025)[0].ref, reason="x", at=AT
        )
        close_book(
            connection, agency="H24.01", book="SY", year=2025, by="cb02", at=AT, totals=lambda lines: {"n": len(lines)}
        )
        for kind in ("rescan", "conflict"):
            proposal = Relation(kind, first, second, "H24.01", "proposed", {"agree": ["number"], "differ": []}, AT)
            relations.propose(connection, proposal)
        relations.decide(connection, "H24.01", "rescan", first, second, accept=True, officer="cb01", at=AT)
        relations.decide(connection, "H24.01", "conflict", first, second, accept=False, officer="cb01", at=AT)
        place(connection, Hold("h1", "H24.01", "document", first, "Khiếu nại", "cb01", AT))


def test_what_was_decided_comes_back_row_by_row(warehouse: Warehouse, tmp_path: Path) -> None:
    warehouse.catalogue.after_records = partial(ledger.flush, warehouse.store, warehouse.catalogue)
    decide(warehouse, fill(warehouse))
    assert dump(warehouse.catalogue, ("records_pending",)) == {"records_pending": []}
    with closing(fresh_catalogue(tmp_path / "fresh.sqlite")) as fresh:
        report = rebuild(fresh, warehouse.store)
        assert report.problems == () and report.records > 5
        assert dump(fresh, DECIDED) == dump(warehouse.catalogue, DECIDED)
        assert dump(fresh, ("records_pending",)) == {"records_pending": []}
        again = rebuild(fresh, warehouse.store)
        assert (again.versions, again.problems) == (0, ())
        assert dump(fresh, DECIDED) == dump(warehouse.catalogue, DECIDED)
        with fresh.begin() as connection:  # a number is never given twice
            taken = register.reserve(
                connection, agency="H24.01", book="SCT/BS", year=2026, document_id="n", idempotency_key="n", at=AT
            )
            before = [e.number for e in register.all_entries(connection, agency="H24.01", book="SCT/BS", year=2026)]
        assert taken.number == max(n for n in before) and before.count(taken.number) == 1


def test_a_decision_taken_back_is_not_brought_back(warehouse: Warehouse, tmp_path: Path) -> None:
    warehouse.catalogue.after_records = partial(ledger.flush, warehouse.store, warehouse.catalogue)
    first = fill(warehouse)
    decide(warehouse, first)
    second = next(r["second_id"] for r in dump(warehouse.catalogue)["relations"])
    with warehouse.catalogue.begin() as connection:
        relations.reopen(connection, "H24.01", "rescan", first, second)
    with closing(fresh_catalogue(tmp_path / "fresh.sqlite")) as fresh:
        rebuild(fresh, warehouse.store)
        assert [r["kind"] for r in dump(fresh)["relations"]] == ["conflict"]


def test_nothing_is_noted_of_what_was_rolled_back(catalogue: Catalogue, local_store: LocalStore) -> None:
    flushed: list[int] = []
    catalogue.after_records = lambda: flushed.append(ledger.flush(local_store, catalogue))
    with pytest.raises(RuntimeError), catalogue.begin() as connection:
        ledger.note(connection, "H24.01", "hold", "h", 1, {})
        raise RuntimeError
    with catalogue.begin():
        pass
    assert flushed == [] and list(local_store.list("record/")) == []
    with catalogue.begin() as connection:
        ledger.note(connection, "H24.01", "hold", "h", 1, {"a": "đ"})
    assert flushed == [1]
    (stored,) = local_store.list("record/")
    assert stored.key == "record/H24.01/hold/h/000001.json"
    assert ledger.decode(local_store.get(stored.key)).body == {"a": "đ"}


class Refusing(LocalStore):
    """Fails while it is told to."""

    failing = False

    def put(self, key: str, data: bytes, *, content_type: str = "") -> bool:
        if self.failing:
            from storage.errors import store_unavailable

            raise store_unavailable("put", OSError())
        return super().put(key, data)


def test_a_store_that_fails_keeps_the_act_from_being_answered_and_loses_nothing(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    store = Refusing(tmp_path / "s")
    catalogue.after_records = partial(ledger.flush, store, catalogue)
    store.failing = True
    with pytest.raises(Unavailable), catalogue.begin() as connection:
        ledger.note(connection, "H24.01", "hold", "h", 1, {})
    store.failing = False
    with catalogue.begin() as connection:
        ledger.note(connection, "H24.01", "hold", "g", 1, {})
    assert [o.key for o in store.list("record/")] == [
        "record/H24.01/hold/g/000001.json",
        "record/H24.01/hold/h/000001.json",
    ]


def test_another_record_under_the_same_key_is_put_beside(catalogue: Catalogue, local_store: LocalStore) -> None:
    for body in ({"n": 1}, {"n": 2}, {"n": 2}):
        with catalogue.begin() as connection:
            ledger.note(connection, "H24.01", "hold", "h", 1, body)
        ledger.flush(local_store, catalogue)
    assert sorted(r.body["n"] for _, r in ledger.records(local_store) if r) == [1, 2]


def test_broken_records_are_named_and_the_others_go_on(warehouse: Warehouse, tmp_path: Path) -> None:
    warehouse.catalogue.after_records = partial(ledger.flush, warehouse.store, warehouse.catalogue)
    decide(warehouse, fill(warehouse))
    assert isinstance(warehouse.store, LocalStore)
    broken = next(o.key for o in warehouse.store.list("record/H24.01/closing/"))
    (warehouse.store.root / broken).write_bytes(b"{")
    warehouse.store.put("record/H24.01/strange/x/000001.json", ledger.canonical({"type": ledger.FORMAT}))
    with closing(fresh_catalogue(tmp_path / "fresh.sqlite")) as fresh:
        report = rebuild(fresh, warehouse.store)
        assert {key for key, _ in report.problems} == {broken, "record/H24.01/strange/x/000001.json"}
        assert dump(fresh)["certification_requests"]


def test_what_stood_before_there_were_records_becomes_records(tmp_path: Path, clock: Clock) -> None:
    """The migration notes requests, numbers, closings and decisions of an older catalogue."""
    from alembic import command
    from alembic.config import Config

    url = f"sqlite:///{tmp_path}/old.db"
    store = LocalStore(tmp_path / "s")
    old = open_catalogue(url)
    decide(Warehouse(store, old, b"k" * 32, clock), fill(Warehouse(store, old, b"k" * 32, clock)))
    expected = dump(old, ("certification_requests", "certification_steps", "register_books", "register_entries"))
    config = Config()
    config.set_main_option("script_location", str(Path(ledger.__file__).parent / "catalogue" / "migrations"))
    with old.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0010")
    old.close()
    again = open_catalogue(url)
    assert ledger.flush(store, again) > 5
    again.close()
    with closing(fresh_catalogue(tmp_path / "fresh.sqlite")) as fresh:
        assert rebuild(fresh, store).problems == ()
        tables = ("certification_requests", "certification_steps", "register_books", "register_entries")
        assert dump(fresh, tables) == expected
