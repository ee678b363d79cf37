"""Damage of every kind is found by scrubbing and mended from the replica, on both kinds of store."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import func, select
from sqlalchemy.event import listen

from storage.blobs import blob_key
from storage.catalogue import audit, engine, fixity
from storage.catalogue import schema as t
from storage.catalogue.engine import Catalogue, open_catalogue
from storage.catalogue.search import SearchQuery
from storage.local import LocalStore
from storage.objects import ObjectStore
from storage.rebuild import rebuild
from storage.replicate import replicate
from storage.scrub import ScrubReport, scrub
from storage.warehouse import Warehouse
from tests.storage.acts import digitise, intake, whole_way
from tests.storage.conftest import OWNER_KEY, Clock, hurry
from tests.storage.dump import REBUILT, dump


@pytest.fixture
def sqlite(tmp_path: Path) -> Catalogue:
    return hurry(open_catalogue(f"sqlite:///{tmp_path}/c.db"))


@pytest.fixture
def whole(store: ObjectStore, sqlite: Catalogue, clock: Clock) -> Warehouse:
    """Two documents over either store."""
    warehouse = Warehouse(store, sqlite, OWNER_KEY, clock)
    whole_way(warehouse)
    digitise(warehouse, warehouse.receive(b"another scan", intake(intake_key="2"), agent="a").document.id)
    return warehouse


def look(warehouse: Warehouse, clock: Clock, replica: ObjectStore | None = None) -> ScrubReport:
    copies = {"main": warehouse.store} | ({"replica": replica} if replica is not None else {})
    return scrub(warehouse.catalogue, copies, clock=clock, agent="sohoa", monotonic=lambda: 0.0, sleep=lambda _s: None)


def first_of(warehouse: Warehouse) -> str:
    """The id of the certified document."""
    return warehouse.search(SearchQuery(status="certified"))[0].document.id


def flip(warehouse: Warehouse, key: str) -> None:
    data = bytearray(warehouse.store.get(key))
    data[len(data) // 2] ^= 1
    warehouse.store.replace(key, bytes(data))


def truncate(warehouse: Warehouse, key: str) -> None:
    warehouse.store.replace(key, warehouse.store.get(key)[:-7])


def remove(warehouse: Warehouse, key: str) -> None:
    warehouse.store.delete(key)


@pytest.mark.parametrize(
    ("damage", "what"), [(flip, "original"), (remove, "certified"), (truncate, "manifest"), (remove, "manifest")]
)
def test_damage_is_found_recorded_and_mended(
    whole: Warehouse, tmp_path: Path, clock: Clock, damage: Callable[[Warehouse, str], None], what: str
) -> None:
    replica = LocalStore(tmp_path / "replica")
    replicate(whole.store, replica)
    assert look(whole, clock, replica).incidents == []
    document = whole.show(first_of(whole))
    stored = next((o for o in document.objects if o.role == what), None)
    key = blob_key(stored.sha256) if stored else document.versions[1].manifest_key
    good = whole.store.get(key)
    damage(whole, key)
    bad = None if damage is remove else whole.store.get(key)

    (incident,) = look(whole, clock, replica).incidents
    assert (incident.copy, incident.key, incident.mended_from) == ("main", key, "replica")
    assert incident.documents == (("H24.01", document.document.id),)
    assert (incident.found == "missing") == (damage is remove)
    assert whole.store.get(key) == good
    if bad is not None:
        assert whole.store.get(f"damaged/{incident.found}") == bad
    with whole.catalogue.read() as connection:
        told = [e for e in audit.events(connection, "H24.01") if e.event_type == "fixity check"]
        assert [(e.document_id, e.outcome) for e in told] == [(document.document.id, "failure")]
        assert key in told[0].detail
        assert fixity.damaged(connection) == []
    assert look(whole, clock, replica).incidents == []


def test_without_a_good_copy_damage_stays_known_and_nothing_is_overwritten(whole: Warehouse, clock: Clock) -> None:
    original = blob_key(whole.show(first_of(whole)).document.original_sha256)
    flip(whole, original)
    bad = whole.store.get(original)
    for _ in range(2):
        report = look(whole, clock)
        assert [i.key for i in report.open] == [original]
        assert whole.store.get(original) == bad
    with whole.catalogue.read() as connection:
        assert [(f.key, f.outcome) for f in fixity.damaged(connection)] == [(original, "altered")]


def test_a_lost_store_and_a_lost_catalogue_come_back_from_the_replica(
    whole: Warehouse, store: ObjectStore, tmp_path: Path, clock: Clock
) -> None:
    replica = LocalStore(tmp_path / "replica")
    replicate(store, replica)
    keys = [o.key for p in ("blob/", "owner/") for o in store.list(p)]
    for key in keys:
        store.delete(key)
    fresh = hurry(open_catalogue(f"sqlite:///{tmp_path}/fresh.db"))
    assert rebuild(fresh, replica).problems == ()
    assert dump(fresh, REBUILT) == dump(whole.catalogue, REBUILT)
    report = look(Warehouse(store, fresh, OWNER_KEY, clock), clock, replica)
    assert len(report.incidents) == len(keys) and report.open == []
    assert {k: store.get(k) for k in keys} == {k: replica.get(k) for k in keys}


def test_scrub_brings_the_replica_up_and_mends_it_too(whole: Warehouse, tmp_path: Path, clock: Clock) -> None:
    replica = LocalStore(tmp_path / "replica")
    report = look(whole, clock, replica)
    assert report.incidents == [] and report.copied * 2 == report.checked
    original = blob_key(whole.show(first_of(whole)).document.original_sha256)
    replica.delete(original)
    (incident,) = look(whole, clock, replica).incidents
    assert (incident.copy, incident.found, incident.mended_from) == ("replica", "missing", "main")
    assert replica.get(original) == whole.store.get(original)


def test_what_is_new_stands_in_the_queue_and_a_late_copy_gets_all(
    warehouse: Warehouse, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On both databases: no scrub looks for work in the whole catalogue."""
    whole_way(warehouse)
    with warehouse.catalogue.read() as connection:
        queued = set(connection.execute(select(t.fixity_queue.c.key)).scalars())
    assert queued == {o.key for prefix in ("blob/", "owner/") for o in warehouse.store.list(prefix)}
    monkeypatch.setitem(fixity.take_up.__kwdefaults__, "limit", 2)  # more than one turn
    first = look(warehouse, clock)
    assert first.checked == len(queued)
    warehouse.receive(b"one more", intake(intake_key="2"), agent="a")
    with warehouse.catalogue.begin() as connection:
        assert connection.execute(select(func.count()).select_from(t.fixity_queue)).scalar() == 2  # scan and manifest
        while fixity.take_up(connection, ["main"]):
            pass
        assert connection.execute(select(func.count()).select_from(t.fixity_queue)).scalar() == 0
    replica = LocalStore(tmp_path / "replica")
    late = look(warehouse, clock, replica)
    assert late.copied == first.checked + 2
    assert queued < {key for key, _ in replicated(warehouse, replica)}
    warehouse.receive(b"and one", intake(intake_key="3"), agent="a")
    look(warehouse, clock)  # without the replica: its rows are made all the same
    assert look(warehouse, clock, replica).copied == 2


def test_a_catalogue_without_queue_gets_all_that_it_has_into_one(warehouse: Warehouse, clock: Clock) -> None:
    """Migration 0010 on a filled catalogue; what was seen before keeps the time of its last look."""
    whole_way(warehouse)
    look(warehouse, clock)
    warehouse.receive(b"since", intake(intake_key="2"), agent="a")
    with warehouse.catalogue.begin() as connection:
        seen = connection.execute(select(t.fixity.c.key, t.fixity.c.checked_at)).all()
        config = Config()
        config.set_main_option("script_location", str(Path(engine.__file__).parent / "migrations"))
        config.attributes["connection"] = connection
        command.downgrade(config, "0009")
        command.upgrade(config, "head")
    with warehouse.catalogue.begin() as connection:
        assert not fixity.take_up(connection, ["main"])
        rows = dict(connection.execute(select(t.fixity.c.key, t.fixity.c.checked_at)).all())
    assert {key: at for key, at in rows.items() if at} == dict(seen)
    assert set(rows) == {o.key for prefix in ("blob/", "owner/") for o in warehouse.store.list(prefix)}


def replicated(warehouse: Warehouse, replica: LocalStore) -> list[tuple[str, bytes]]:
    """What stands in both stores, the same in each."""
    keys = [o.key for prefix in ("blob/", "owner/") for o in warehouse.store.list(prefix)]
    both = [(key, replica.get(key)) for key in keys]
    assert both == [(key, warehouse.store.get(key)) for key in keys]
    return both


def test_damage_is_never_replicated(whole: Warehouse, tmp_path: Path) -> None:
    view = whole.show(first_of(whole))
    original, manifest = blob_key(view.document.original_sha256), view.versions[0].manifest_key
    flip(whole, original)
    truncate(whole, manifest)
    replica = LocalStore(tmp_path / "replica")
    report = replicate(whole.store, replica)
    assert {key for key, _ in report.problems} == {original, manifest}
    assert replica.stat(original) is None and replica.stat(manifest) is None
    again = replicate(whole.store, replica)
    assert (again.copied, again.same) == (0, report.copied)


def test_the_longest_unseen_come_first_within_time_and_rate(warehouse: Warehouse, clock: Clock) -> None:
    whole_way(warehouse)
    total = look(warehouse, clock).checked
    time, waits = [0.0], list[float]()

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        time[0] += seconds

    def run(for_seconds: float) -> ScrubReport:
        began = time[0]
        report = scrub(
            warehouse.catalogue,
            {"main": warehouse.store},
            clock=clock,
            agent="sohoa",
            monotonic=lambda: time[0],
            sleep=sleep,
            for_seconds=for_seconds,
            bytes_per_second=100,
        )
        assert report.bytes <= 100 * (time[0] - began) + 1e-6
        return report

    first = run(5)
    assert first.left and 0 < first.checked < total
    seen = first.checked
    with warehouse.catalogue.read() as connection:
        rows = fixity.least_recent(connection, ["main"], before="9", limit=total)
    newest = {r.key for r in rows[-seen:]}
    run(5)
    with warehouse.catalogue.read() as connection:
        rows = fixity.least_recent(connection, ["main"], before="9", limit=total)
    assert newest.isdisjoint({r.key for r in rows[-1:]})
    assert not run(1e9).left


def test_what_waits_longest_is_found_by_its_index(tmp_path: Path) -> None:
    """They are asked for by the hundred: who sorts all that there are each time needs an hour for a million."""
    catalogue = open_catalogue(f"sqlite:///{tmp_path}/catalogue.db")
    asked: list[tuple[str, object]] = []
    listen(catalogue.engine, "before_cursor_execute", lambda _c, _k, sql, values, *_: asked.append((sql, values)))
    with catalogue.read() as connection:
        assert fixity.least_recent(connection, ["main"], before="9", limit=100) == []
        statement, values = asked[-1]
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()  # type: ignore[arg-type]
    assert "ix_fixity_checked_at_key" in plan[0].detail
    catalogue.close()
