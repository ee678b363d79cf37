"""Real servers for tests: MinIO and PostgreSQL, started once a session on loopback, killed at its end.

Every xdist worker starts its own. Import the fixtures into a ``conftest.py``; a missing program skips visibly, or
fails where ``SOHOA_REQUIRE`` names it (``tests.require``).
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from tests.ports import own_share
from tests.require import need

SCRIPTS = Path(__file__).resolve().parent.parent / "scripts"


@dataclass(frozen=True)
class MinioServer:
    """Where the test MinIO listens, and its keys."""

    endpoint: str
    access_key: str
    secret_key: str
    process: subprocess.Popen[bytes] = field(repr=False)


@dataclass(frozen=True)
class PostgresServer:
    """Where the test PostgreSQL listens."""

    port: int
    password: str = field(repr=False)

    def url(self, database: str) -> str:
        """Return the SQLAlchemy URL of *database*."""
        return f"postgresql+psycopg://sohoa:{self.password}@127.0.0.1:{self.port}/{database}"

    def connect(self, database: str = "postgres") -> psycopg.Connection[tuple[object, ...]]:
        """Return an autocommit connection, past SQLAlchemy."""
        return psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user="sohoa",
            password=self.password,
            dbname=database,
            autocommit=True,
            connect_timeout=30,
        )

    def new_database(self) -> str:
        """Make an empty database and return its URL. Costs 7 MB and 300 files: not for each test."""
        name = f"t{secrets.token_hex(6)}"
        with self.connect() as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.url(name)


#: below those that outgoing connections take; every process of a run has its own, and none is given twice
_PORTS = own_share(range(10_000, 20_000))


def free_port() -> int:
    """Return a TCP port that is free and stays so until it is used."""
    for port in _PORTS:
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("no free port left")


@contextmanager
def running_minio() -> Iterator[MinioServer]:
    """Run a MinIO server of one's own (for tests that stop it)."""
    found = subprocess.run([SCRIPTS / "minio", "path"], capture_output=True, check=False).returncode == 0
    need("minio", found, "MinIO is not built (scripts/minio build)")
    folder = Path(tempfile.mkdtemp(prefix="sohoa-minio-"))
    port, secret = free_port(), secrets.token_hex(16)
    environment = os.environ | {"MINIO_ROOT_USER": "sohoa-test", "MINIO_ROOT_PASSWORD": secret}
    with _process([SCRIPTS / "minio", "start", folder, port], folder, environment) as process:
        _wait(process, lambda: _answers(f"http://127.0.0.1:{port}/minio/health/ready"), folder)
        yield MinioServer(f"127.0.0.1:{port}", "sohoa-test", secret, process)


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """Run a PostgreSQL server of one's own (for tests that stop it)."""
    found = subprocess.run([SCRIPTS / "postgres", "path"], capture_output=True, check=False).returncode == 0
    need("postgres", found, "PostgreSQL is not installed (apt install postgresql)")
    # not pytest's tmp_path: its parents are closed to the user that root hands the server to
    folder = Path(tempfile.mkdtemp(prefix="sohoa-postgres-"))
    folder.chmod(0o755)
    server = PostgresServer(free_port(), secrets.token_hex(16))
    fast = ["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=60"]
    command = [SCRIPTS / "postgres", "start", folder, server.port, *fast]
    with _process(command, folder, os.environ | {"PGPASSWORD": server.password}) as process:
        _wait(process, lambda: _accepts(server), folder)
        yield server


@pytest.fixture(scope="session")
def minio_server() -> Iterator[MinioServer]:
    """The session's MinIO. Use a bucket of your own."""
    with running_minio() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """The session's PostgreSQL. Use a database of your own."""
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_catalogue_url(postgres_server: PostgresServer) -> str:
    """URL of the session's migrated catalogue, shared: empty it before use with :func:`empty_tables`."""
    from storage.catalogue.engine import open_catalogue

    url = postgres_server.new_database()
    open_catalogue(url).close()
    return url


def empty_tables(url: str) -> None:
    """Empty all tables of the catalogue at the PostgreSQL *url*: far faster than a new database for each test."""
    from storage.catalogue.schema import metadata

    names = sql.SQL(", ").join(sql.Identifier(table.name) for table in metadata.sorted_tables)
    with psycopg.connect(url.replace("+psycopg", "", 1), autocommit=True) as connection:
        connection.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY CASCADE").format(names))


@contextmanager
def _process(command: list[object], folder: Path, environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    with (folder.parent / f"{folder.name}.log").open("wb") as log:
        process = subprocess.Popen(
            [str(part) for part in command],
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            env=environment | {"SOHOA_DIE_WITH_PARENT": "1"},
        )
        try:
            yield process
        finally:
            # QUIT stops PostgreSQL at once, TERM would wait for forgotten connections; nothing here is worth a farewell
            process.send_signal(signal.SIGQUIT if "postgres" in str(command[0]) else signal.SIGKILL)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            shutil.rmtree(folder, ignore_errors=True)
            Path(log.name).unlink(missing_ok=True)


def _wait(process: subprocess.Popen[bytes], ready: Callable[[], bool], folder: Path) -> None:
    end = time.monotonic() + 600
    while not ready():
        if process.poll() is not None or time.monotonic() > end:
            said = (folder.parent / f"{folder.name}.log").read_text(errors="replace")[-2000:]
            raise RuntimeError(f"server did not start: {said}")
        time.sleep(0.05)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _accepts(server: PostgresServer) -> bool:
    try:
        server.connect().close()
    except psycopg.OperationalError:
        return False
    return True
