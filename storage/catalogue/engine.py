"""Opening the catalogue: SQLite or PostgreSQL by URL, migrated to the newest schema, safe when many open at once."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, ProgrammingError, TimeoutError
from sqlalchemy.pool import StaticPool

from storage.errors import catalogue_unavailable

#: newest migration; a test holds it equal to the head in ``migrations/versions``
HEAD = "0013"
_MIGRATION_LOCK = 0x50484F41  # any constant: the advisory lock that migrating processes queue on
_BUSY_MS = 30_000
#: how a transaction says that it noted records for the object store
RECORDS_NOTED = "sohoa_records_noted"


class Catalogue:
    """An open catalogue. Use ``with catalogue.begin() as connection`` for a write transaction, ``read()`` to look."""

    #: called after a transaction that noted records (``storage.ledger``), before ``begin`` returns
    after_records: Callable[[], object] | None = None

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @property
    def dialect(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self.engine.dialect.name

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """Open a write transaction (SQLite: BEGIN IMMEDIATE); commits at the end, rolls back on any exception.

        Raises ``Unavailable`` when the database does not answer or stays locked.
        """
        noted = False
        with translated(), self.engine.begin() as connection:
            connection.info.pop(RECORDS_NOTED, None)  # of a transaction that was rolled back
            yield connection
            noted = bool(connection.info.pop(RECORDS_NOTED, False))
        if noted and self.after_records is not None:
            self.after_records()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a read-only snapshot; it never waits for writers on SQLite (WAL). Raises ``Unavailable``."""
        with translated(), self.engine.connect().execution_options(sohoa_read=True) as connection:
            yield connection

    def close(self) -> None:
        """Close all pooled connections."""
        self.engine.dispose()


def open_catalogue(url: str) -> Catalogue:
    """Open the catalogue at *url*, making and migrating its tables as needed.

    *url* is ``sqlite:////absolute/file.db``, ``sqlite://`` (memory, tests only) or
    ``postgresql+psycopg://user:password@host:port/name``. Any number of processes may open a new database at once:
    one migrates, the others wait. Raises ``Unavailable``.
    """
    engine = _engine(url)
    with translated():
        if not _is_current(engine):
            _migrate(engine)
    return Catalogue(engine)


def utc_text(moment: datetime) -> str:
    """Return *moment* (aware) as it is stored: ``2026-11-22T02:40:00.123456Z``, always 27 characters."""
    if moment.tzinfo is None:
        raise ValueError("naive time")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@contextmanager
def translated() -> Iterator[None]:
    """Turn what a database that does not answer raises, within the block, into ``Unavailable``."""
    try:
        yield
    except (OperationalError, InterfaceError, TimeoutError) as exc:
        raise catalogue_unavailable(exc) from exc
    except DBAPIError as exc:
        if exc.connection_invalidated:
            raise catalogue_unavailable(exc) from exc
        raise


def _engine(url: str) -> Engine:
    # hide_parameters: otherwise every SQL error carries document text and personal numbers into the log
    common: dict[str, Any] = {"hide_parameters": True}
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        if parsed.database in (None, "", ":memory:"):
            common |= {"poolclass": StaticPool, "connect_args": {"check_same_thread": False}}
        else:
            Path(str(parsed.database)).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(parsed, **common)
        event.listen(engine, "connect", _sqlite_connect)
        event.listen(engine, "begin", _sqlite_begin)
        return engine
    return create_engine(parsed, pool_pre_ping=True, connect_args={"connect_timeout": 10}, **common)


def _sqlite_connect(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # no implicit BEGIN: ours says IMMEDIATE
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
    # Turning WAL on needs the file to itself and does not wait by busy_timeout; several processes may be opening it.
    for attempt in range(200):
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
            break
        except sqlite3.OperationalError:
            if attempt == 199:
                raise
            time.sleep(0.05)
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA cache_size = -32768")  # KB; with the usual 2 MB a large catalogue reads each page many times
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _sqlite_begin(connection: Connection) -> None:
    # A deferred transaction that reads first and writes later fails at once with "database is locked".
    read_only = connection.get_execution_options().get("sohoa_read")
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def _is_current(engine: Engine) -> bool:
    try:
        with engine.connect().execution_options(sohoa_read=True) as connection:
            return connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == HEAD
    except (ProgrammingError, OperationalError) as exc:
        if "alembic_version" in str(exc.orig):
            return False
        raise


def _migrate(engine: Engine) -> None:
    from alembic import command  # heavy, and needed once in the life of a database
    from alembic.config import Config

    from storage.catalogue.migrations.texts import Unfinished

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    while True:
        with engine.begin() as connection:  # SQLite: BEGIN IMMEDIATE is the lock
            if engine.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
            config.attributes["connection"] = connection
            try:
                command.upgrade(config, "head")
                return
            except Unfinished:
                pass  # what was done is committed, so that whoever comes next, after a kill too, goes on from there
