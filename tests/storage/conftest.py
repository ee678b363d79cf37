"""The same tests over both object stores and both databases."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from storage.catalogue.engine import Catalogue, open_catalogue
from storage.local import LocalStore
from storage.objects import ObjectStore
from storage.warehouse import Warehouse
from tests.servers import empty_tables, minio_server, postgres_catalogue_url, postgres_server

__all__ = ["minio_server", "postgres_catalogue_url", "postgres_server"]

OWNER_KEY = b"a key for tests, 32 bytes long.."


class Clock:
    """A clock that a test turns; every look moves it on by a millisecond, so that order shows."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now

    def turn(self, by: timedelta) -> None:
        """Let *by* pass."""
        self.now += by


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test pulls the plug, and fsync is most of their time; ``test_objects`` looks that it is called."""
    monkeypatch.setattr("os.fsync", lambda _handle: None)


def hurry(catalogue: Catalogue) -> Catalogue:
    """Let SQLite not wait for the disk either; ``test_engine`` looks at the real setting."""
    if catalogue.dialect == "sqlite":
        catalogue.close()
        event.listen(catalogue.engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous = OFF"))
    return catalogue


@pytest.fixture
def retries_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests that failed are tried again as often as ever, and without waiting in between."""
    monkeypatch.setattr("urllib3.util.retry.Retry.get_backoff_time", lambda _retry: 0.0)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["local", "encrypted", "minio"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    if request.param == "local":
        return LocalStore(tmp_path / "store")
    if request.param == "encrypted":
        from storage.encrypted import EncryptedStore

        return EncryptedStore(LocalStore(tmp_path / "store"), [b"k" * 32])
    from storage.minio_store import MinioStore

    server = request.getfixturevalue("minio_server")
    bucket = f"test-{secrets.token_hex(6)}"
    return MinioStore(server.endpoint, server.access_key, server.secret_key, bucket, secure=False)


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of a database without any table."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/catalogue.db"
    return str(request.getfixturevalue("postgres_server").new_database())


@pytest.fixture(params=["sqlite", "postgres"])
def catalogue(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Catalogue]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/catalogue.db"
    else:
        url = request.getfixturevalue("postgres_catalogue_url")
        empty_tables(url)
    opened = hurry(open_catalogue(url))
    yield opened
    opened.close()


@pytest.fixture
def local_store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "store")


@pytest.fixture
def warehouse(local_store: LocalStore, catalogue: Catalogue, clock: Clock) -> Warehouse:
    """Both databases over the local store; ``test_warehouse_minio`` runs the whole way over MinIO."""
    return Warehouse(local_store, catalogue, OWNER_KEY, clock)
