"""The probe believes nothing that a store says about itself."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest
from minio import Minio

from storage.factory import StoreConfig, open_store
from storage.local import LocalStore
from storage.minio_store import MinioStore
from storage.objects import ObjectStore
from storage.probe import probe
from tests.servers import MinioServer, free_port


def test_good_stores_pass(store: ObjectStore) -> None:
    found = probe(store)
    assert found.usable and found.reachable and found.problems == ()
    assert found.versioning is (False if isinstance(store, MinioStore) else None)
    assert found.object_lock is (False if isinstance(store, MinioStore) else None)
    assert found.legal_hold is (False if isinstance(store, MinioStore) else None)
    assert list(store.list("probe/")) == []


def test_versioning_and_lock_are_read(minio_server) -> None:  # type: ignore[no-untyped-def]
    s = minio_server
    store = MinioStore(s.endpoint, s.access_key, s.secret_key, "locked", secure=False)
    store.client.make_bucket("locked", object_lock=True)
    found = probe(store)
    assert found.usable
    assert found.versioning is True
    assert found.object_lock is True
    assert found.legal_hold is True
    left = list(store.client.list_objects("locked", recursive=True, include_version=True))
    assert not any("/legal_hold" in str(one.object_name) for one in left)  # the trial took its hold away again


class AnswersAndDoesNothing(Minio):
    """Says yes to a legal hold and keeps none, or never lets go of it."""

    def enable_object_legal_hold(self, *_: object, **__: object) -> None:
        return


class NeverLetsGo(Minio):
    def disable_object_legal_hold(self, *_: object, **__: object) -> None:
        return


@pytest.mark.parametrize("kind", [AnswersAndDoesNothing, NeverLetsGo])
def test_a_legal_hold_that_does_not_hold_or_never_ends_is_found(minio_server: MinioServer, kind: type[Minio]) -> None:
    s = minio_server
    store = MinioStore(s.endpoint, s.access_key, s.secret_key, f"held-{secrets.token_hex(6)}", secure=False)
    store.make_bucket()
    assert store.holds() and store.put("blob/one", b"1") and store.hold("blob/one", True)
    assert not store.hold("blob/none", True) and not store.hold("blob/none", False)
    assert store.hold("blob/one", False)
    other = MinioStore(s.endpoint, s.access_key, s.secret_key, store.bucket, secure=False)
    other.client = kind(s.endpoint, s.access_key, s.secret_key, secure=False)
    found = probe(other)
    assert found.legal_hold is False and "legal_hold is announced and does not hold" in found.problems
    assert not other.holds() and not other.hold("blob/one", True)
    assert store.retained_until("blob/one") is None


class Overwrites(LocalStore):
    def put(self, key: str, data: bytes, *, content_type: str = "") -> bool:
        self.replace(key, data)
        return True


class SaysNoButOverwrites(LocalStore):
    def put(self, key: str, data: bytes, *, content_type: str = "") -> bool:
        new = self.stat(key) is None
        self.replace(key, data)
        return new


class Forgets(LocalStore):
    def get(self, key: str) -> bytes:
        return super().get(key)[:-1]


class KeepsDeleted(LocalStore):
    def delete(self, key: str) -> None:
        return


@pytest.mark.parametrize(
    ("kind", "lacks"),
    [
        (Overwrites, "conditional_put"),
        (SaysNoButOverwrites, "conditional_put"),
        (Forgets, "read_back"),
        (KeepsDeleted, "delete"),
    ],
)
def test_bad_stores_are_found(kind: type[LocalStore], lacks: str, tmp_path: Path) -> None:
    found = probe(kind(tmp_path / "s"))
    assert found.reachable
    assert not getattr(found, lacks)
    assert not found.usable
    assert found.problems


@pytest.mark.usefixtures("retries_at_once")
def test_no_store() -> None:
    found = probe(MinioStore(f"127.0.0.1:{free_port()}", "a", "secret-of-test", "b", secure=False))
    assert not found.reachable and not found.usable
    assert found.problems and "secret-of-test" not in str(found)


def test_factory(tmp_path: Path) -> None:
    assert isinstance(open_store(StoreConfig("local", root=tmp_path)), LocalStore)
    config = StoreConfig("minio", endpoint="127.0.0.1:1", access_key="hidden-a", secret_key="hidden-s", secure=False)
    assert isinstance(open_store(config), MinioStore)
    assert "hidden" not in repr(config)
    for bad in (StoreConfig("local"), StoreConfig("minio"), StoreConfig("ftp")):
        with pytest.raises(ValueError):
            open_store(bad)
