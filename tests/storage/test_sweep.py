"""Orphans go after their grace; what a manifest, an open signing job or an unfinished reading names never does."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.errors import Refused
from storage.blobs import blob_key, put_blob
from storage.catalogue import signing_jobs
from storage.catalogue.engine import Catalogue, open_catalogue
from storage.commit import commit
from storage.local import LocalStore
from storage.manifest import Manifest
from storage.objects import ObjectStore
from storage.scrub import scrub
from storage.sweep import sweep
from storage.warehouse import Warehouse
from tests.storage.acts import digitise, intake, whole_way
from tests.storage.conftest import OWNER_KEY, Clock, hurry

AT = "2026-11-22T01:00:00.000000Z"


def later() -> datetime:
    """A time at which all that was written until now is past its grace."""
    return datetime.now(UTC) + timedelta(days=8)


@pytest.fixture
def sqlite(tmp_path: Path) -> Catalogue:
    return hurry(open_catalogue(f"sqlite:///{tmp_path}/c.db"))


def whole(warehouse: Warehouse, clock: Clock) -> bool:
    copies = {"main": warehouse.store}
    run = scrub(warehouse.catalogue, copies, clock=clock, agent="a", monotonic=lambda: 0.0, sleep=lambda _s: None)
    return not run.incidents


def job(warehouse: Warehouse, prepared: str, **extra: str) -> str:
    with warehouse.catalogue.begin() as connection:
        return signing_jobs.create(
            connection,
            document_id="d",
            role="person",
            prepared_sha256=prepared,
            document_digest=b"",
            reserved=(0, 1),
            at=AT,
            extra=dict(extra),
        ).id


def test_only_old_orphans_go(store: ObjectStore, sqlite: Catalogue, clock: Clock) -> None:
    warehouse = Warehouse(store, sqlite, OWNER_KEY, clock)
    whole_way(warehouse)
    orphan = blob_key(put_blob(store, b"left behind by a killed act").sha256)
    prepared, named = (put_blob(store, data).sha256 for data in (b"prepared", b"named in extra"))
    signing = job(warehouse, prepared, evidence=named)
    before = {o.key for o in store.list("")}

    fresh = sweep(sqlite, store, now=datetime.now(UTC))
    assert (fresh.removed, fresh.young) == ((), 1)
    dry = sweep(sqlite, store, now=later(), dry_run=True)
    assert dry.removed == (orphan,) and dry.bytes == len(b"left behind by a killed act")
    assert {o.key for o in store.list("")} == before
    assert sweep(sqlite, store, now=later()).removed == (orphan,)
    assert {o.key for o in store.list("")} == before - {orphan}
    assert whole(warehouse, clock)

    with sqlite.begin() as connection:
        signing_jobs.move(connection, signing, expected="PREPARED", state="FAILED", at=AT)
    assert set(sweep(sqlite, store, now=later()).removed) == {blob_key(prepared), blob_key(named)}


def test_manifests_that_the_catalogue_lost_still_name_their_blobs(
    warehouse: Warehouse, tmp_path: Path, clock: Clock
) -> None:
    document_id = whole_way(warehouse)
    empty = hurry(open_catalogue(f"sqlite:///{tmp_path}/empty.db"))
    assert sweep(empty, warehouse.store, now=later()).removed == ()
    (manifest,) = [o.key for o in warehouse.store.list("owner/") if o.key.endswith("v0002.json")]
    warehouse.store.replace(manifest, b"{")
    orphan = put_blob(warehouse.store, b"orphan").sha256
    with pytest.raises(Refused, match="manifest"):
        sweep(empty, warehouse.store, now=later())
    assert warehouse.store.stat(blob_key(orphan)) is not None
    assert warehouse.open_role(document_id, "pdfa")


def test_pages_of_unfinished_documents_stay(local_store: LocalStore, sqlite: Catalogue, clock: Clock) -> None:
    warehouse = Warehouse(local_store, sqlite, OWNER_KEY, clock)
    waiting = warehouse.receive(b"waiting", intake(), agent="a").document
    done = warehouse.receive(b"done", intake(intake_key="2"), agent="a").document
    digitise(warehouse, done.id)
    gone = hashlib.sha256(b"of no document").hexdigest()
    keys = [f"page/{sha256}/0001-x" for sha256 in (waiting.original_sha256, done.original_sha256, gone)]
    for key in keys:
        local_store.replace(key, b"{}")
    assert sweep(sqlite, local_store, now=datetime.now(UTC)).pages == 0
    assert sweep(sqlite, local_store, now=later()).pages == 2
    assert [o.key for o in local_store.list("page/")] == keys[:1]


class Interrupted(LocalStore):
    """Lets another writer act just before or after an orphan is removed."""

    before: Callable[[], object] | None = None
    after: Callable[[], object] | None = None

    def delete(self, key: str) -> None:
        act, self.before = self.before, None
        if act:
            act()
        super().delete(key)
        act, self.after = self.after, None
        if act:
            act()


@pytest.mark.parametrize("moment", ["before", "after"])
def test_an_act_that_takes_up_an_orphan_at_that_moment_loses_nothing(
    tmp_path: Path, sqlite: Catalogue, clock: Clock, moment: str
) -> None:
    store = Interrupted(tmp_path / "store")
    put_blob(store, b"a scan")
    warehouse = Warehouse(store, sqlite, OWNER_KEY, clock)
    setattr(store, moment, lambda: warehouse.receive(b"a scan", intake(), agent="a"))
    assert sweep(sqlite, store, now=later()).removed == ()
    assert whole(warehouse, clock)


def test_an_orphan_swept_between_the_put_and_the_commit_is_put_again(
    tmp_path: Path, sqlite: Catalogue, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = LocalStore(tmp_path / "store")
    orphans = [blob_key(put_blob(store, data).sha256) for data in (b"a scan", b"%PDF searchable")]
    old = (datetime.now(UTC) - timedelta(days=8)).timestamp()
    for key in orphans:
        os.utime(store.root / key, (old, old))
    warehouse = Warehouse(store, sqlite, OWNER_KEY, clock)
    swept: list[str] = []

    def swept_before(store: ObjectStore, catalogue: Catalogue, manifest: Manifest, now: datetime, written: Any) -> bool:
        swept.extend(sweep(catalogue, store, now=datetime.now(UTC)).removed)
        return commit(store, catalogue, manifest, now, written)

    monkeypatch.setattr("storage.acts.depot.commit", swept_before)
    document = warehouse.receive(b"a scan", intake(), agent="a").document
    put_blob(store, b"%PDF searchable")
    os.utime(store.root / orphans[1], (old, old))
    digitise(warehouse, document.id)
    assert set(swept) == set(orphans)
    assert whole(warehouse, clock)
