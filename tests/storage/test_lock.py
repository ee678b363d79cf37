"""Originals and certified copies under object lock: tried, not believed; nothing locks where no lock holds."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from minio.error import S3Error

from storage.blobs import blob_key
from storage.catalogue.engine import Catalogue, open_catalogue
from storage.locking import lock_all
from storage.minio_store import MinioStore
from storage.probe import probe
from storage.warehouse import Warehouse
from tests.servers import MinioServer
from tests.storage.acts import whole_way
from tests.storage.conftest import OWNER_KEY, Clock, hurry


@pytest.fixture
def bucket(minio_server: MinioServer) -> MinioStore:
    s = minio_server
    return MinioStore(s.endpoint, s.access_key, s.secret_key, f"lock-{secrets.token_hex(6)}", secure=False)


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Catalogue]:
    opened = hurry(open_catalogue(f"sqlite:///{tmp_path}/c.db"))
    yield opened
    opened.close()


def far(stored: datetime) -> datetime:
    return stored + timedelta(days=3650)


def retained(store: MinioStore, key: str) -> datetime | None:
    try:
        found = store.client.get_object_retention(store.bucket, key)
    except S3Error:
        return None
    return found.retain_until_date if found else None


def test_originals_and_copies_cannot_be_removed(bucket: MinioStore, sqlite: Catalogue, clock: Clock) -> None:
    assert bucket.make_bucket()
    assert not bucket.make_bucket()
    warehouse = Warehouse(bucket, sqlite, OWNER_KEY, clock, far)
    view = warehouse.show(whole_way(warehouse))
    by_role = {o.role: blob_key(o.sha256) for o in view.objects}
    for role, key in by_role.items():
        until = retained(bucket, key)
        if role not in ("original", "certified"):
            assert until is None
            continue
        assert until is not None and abs(until - far(clock.now)) < timedelta(minutes=1)
        version = bucket.client.stat_object(bucket.bucket, key).version_id
        with pytest.raises(S3Error):
            bucket.client.remove_object(bucket.bucket, key, version)
    rules = bucket.client.get_bucket_lifecycle(bucket.bucket)
    assert rules is not None and {r.rule_filter.prefix for r in rules.rules if r.rule_filter} == {"export/", "probe/"}

    original = by_role["original"]
    bucket.replace(original, bucket.get(original))  # as a repair does: the new version stands without a lock
    assert retained(bucket, original) is None
    assert lock_all(sqlite, bucket, far(clock.now)) == 2
    assert retained(bucket, original) is not None
    bucket.retain(original, clock.now + timedelta(days=60))  # never shortened
    assert (retained(bucket, original) or clock.now) > clock.now + timedelta(days=3000)


def test_without_lock_nothing_is_tried(bucket: MinioStore, sqlite: Catalogue, clock: Clock) -> None:
    warehouse = Warehouse(bucket, sqlite, OWNER_KEY, clock, far)
    whole_way(warehouse)
    assert not bucket.locks()
    assert lock_all(sqlite, bucket, far(clock.now)) == 0
    assert [o.key for o in bucket.list("probe/")] == []


class Pretends(MinioStore):
    """Says that it locks and keeps versions, over a bucket that does neither."""

    def versioning(self) -> bool:
        return True

    def object_lock(self) -> bool:
        return True


def test_a_store_that_only_says_so_is_found(minio_server: MinioServer, sqlite: Catalogue, clock: Clock) -> None:
    s = minio_server
    store = Pretends(s.endpoint, s.access_key, s.secret_key, f"pretends-{secrets.token_hex(6)}", secure=False)
    found = probe(store)
    assert found.usable
    assert (found.versioning, found.object_lock, found.legal_hold, len(found.problems)) == (False, False, False, 3)
    assert not store.locks()
    whole_way(Warehouse(store, sqlite, OWNER_KEY, clock, far))
