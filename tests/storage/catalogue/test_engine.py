"""Opening, migrating, and what is set on every connection."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

import storage.catalogue.engine as engine_module
from domain.errors import Unavailable
from storage.catalogue import schema
from storage.catalogue.engine import HEAD, Catalogue, open_catalogue, utc_text
from tests.servers import free_port


def test_head_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(engine_module.__file__).parent / "migrations"))
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_migrations_make_the_schema(catalogue: Catalogue) -> None:
    from alembic.autogenerate import compare_metadata

    def ours(_object: object, name: str | None, kind: str, _reflected: bool, _other: object) -> bool:
        # the full-text index is the migrations' own
        return not (name or "").startswith("document_fts") and not (name or "").endswith("_tsv")

    with catalogue.read() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": ours})
        assert compare_metadata(context, schema.metadata) == []


def _open(url: str) -> None:
    open_catalogue(url).close()


def test_many_processes_open_a_new_database_at_once(database_url: str) -> None:
    program = "import sys; from storage.catalogue.engine import open_catalogue; open_catalogue(sys.argv[1])"
    processes = [subprocess.Popen([sys.executable, "-c", program, database_url]) for _ in range(2)]
    assert [p.wait(600) for p in processes] == [0, 0]
    with open_catalogue(database_url).read() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all() == [HEAD]


def test_many_threads_open_a_new_database_at_once(database_url: str) -> None:
    failures: list[BaseException] = []

    def run() -> None:
        try:
            _open(database_url)
        except BaseException as exc:
            failures.append(exc)

    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert "documents" in inspect(open_catalogue(database_url).engine).get_table_names()


def test_sqlite_is_set_for_safety(tmp_path: Path) -> None:
    catalogue = open_catalogue(f"sqlite:///{tmp_path}/new/folder/c.db")
    with catalogue.read() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 30_000


def test_a_failed_transaction_leaves_nothing(catalogue: Catalogue) -> None:
    with pytest.raises(RuntimeError), catalogue.begin() as connection:
        connection.execute(schema.audit_heads.insert().values(agency="a", seq=0, hash="x"))
        raise RuntimeError("in the middle")
    with catalogue.read() as connection:
        assert connection.execute(schema.audit_heads.select()).all() == []


def test_errors_hide_what_was_to_be_written(catalogue: Catalogue) -> None:
    with pytest.raises(Exception) as caught, catalogue.begin() as connection:
        row = {"owner_ref": "r", "kind": "citizen", "number": "001200000019", "created_at": "t"}
        connection.execute(schema.owners.insert().values(**row))
        connection.execute(schema.owners.insert().values(**row))
    assert "001200000019" not in str(caught.value)


def test_no_database_is_a_typed_error(tmp_path: Path) -> None:
    for url in (
        f"postgresql+psycopg://u:secret-word@127.0.0.1:{free_port()}/x",
        f"sqlite:///{tmp_path}",  # a folder
    ):
        with pytest.raises(Unavailable) as caught:
            open_catalogue(url)
        assert caught.value.code == "catalogue-unavailable"
        assert "secret-word" not in str(caught.value)


def test_times_have_one_width() -> None:
    from datetime import UTC, datetime, timedelta, timezone

    assert utc_text(datetime(2026, 1, 2, tzinfo=UTC)) == "2026-01-02T00:00:00.000000Z"
    assert utc_text(datetime(2026, 1, 2, 7, tzinfo=timezone(timedelta(hours=7)))) == "2026-01-02T00:00:00.000000Z"
    with pytest.raises(ValueError):
        utc_text(datetime(2026, 1, 2))
