"""A migration that indexes all texts anew: in many commits, gone on with after a kill, shared by all who come."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterable
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, inspect
from sqlalchemy import text as sql

import storage.catalogue.engine as engine_module
from storage.catalogue.engine import HEAD, open_catalogue
from storage.catalogue.migrations import texts
from storage.catalogue.search import SearchQuery
from storage.catalogue.text_index import Findable, index_new
from storage.records import FieldRecord
from storage.warehouse import Warehouse
from tests.storage.acts import intake

PAPERS = 7

#: indexes two papers a transaction and dies in the middle of the third, when they are written and not committed
DIES = """
import os, signal, sys
from storage.catalogue.migrations import texts

index_new, calls = texts.index_new, []

def dying(connection, documents):
    index_new(connection, documents)
    calls.append(documents)
    if len(calls) == 3:
        os.kill(os.getpid(), signal.SIGKILL)

texts.index_new, texts._DOCUMENTS_AT_A_TIME = dying, 2
from storage.catalogue.engine import open_catalogue
open_catalogue(sys.argv[1])
"""


@pytest.fixture(params=["0006", "0012"])
def older(request: pytest.FixtureRequest, warehouse: Warehouse) -> list[str]:
    """Documents, oldest first, of a catalogue as an older version left it: before tokens, and before joint words."""
    ids = []
    for n in range(PAPERS):
        document = warehouse.receive(f"scan {n}".encode(), intake(intake_key=str(n)), agent="a").document
        fields = [FieldRecord("so_ky_hieu", f"{n}/QĐ-UBND", 0.9, "ocr", 1)]
        body = f"Giao đất thửa số {n}"
        warehouse.save_digitised(document.id, pdfa=b"", reading_json=b"{}", text=body, fields=fields, agent="a")
        ids.append(document.id)
    warehouse.receive(b"without a text", intake(intake_key="none"), agent="a")
    config = Config()
    config.set_main_option("script_location", str(Path(engine_module.__file__).parent / "migrations"))
    with warehouse.catalogue.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, request.param)
        if request.param == "0006":
            add = (
                "INSERT INTO document_text (document_id, chunk, first_page, body, folded, marked) "
                "VALUES (:id, 0, 1, :body, '', '')"
            )
            rows = [{"id": key, "body": f"Giao đất thửa số {n}"} for n, key in enumerate(ids)]
            connection.execute(sql(add), rows)
    return ids


def _url(warehouse: Warehouse) -> str:
    return warehouse.catalogue.engine.url.render_as_string(hide_password=False)


def _noted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Index two papers a transaction and note which."""
    noted: list[str] = []

    def noting(connection: Connection, documents: Iterable[Findable]) -> None:
        some = list(documents)
        index_new(connection, some)
        noted.extend(d.document_id for d in some)

    monkeypatch.setattr(texts, "index_new", noting)
    monkeypatch.setattr(texts, "_DOCUMENTS_AT_A_TIME", 2)
    return noted


def _all_is_there(warehouse: Warehouse, ids: list[str]) -> None:
    hits = warehouse.search(SearchQuery("giao đất"))
    assert [h.document.id for h in hits] == ids[::-1] and {h.match for h in hits} == {"exact"}
    assert warehouse.count(SearchQuery("giao dat", agencies=(intake().agency,))) == PAPERS
    for n, document_id in enumerate(ids):
        assert [h.document.id for h in warehouse.search(SearchQuery(f"{n} qd ubnd"))] == [document_id]
    with warehouse.catalogue.read() as connection:
        assert connection.execute(sql("SELECT version_num FROM alembic_version")).scalars().all() == [HEAD]
        assert not {"old_document_text", "texts_indexed"} & set(inspect(connection).get_table_names())
        assert connection.execute(sql("SELECT count(*) FROM document_text")).scalar() == PAPERS


def test_killed_in_the_middle_it_goes_on(
    warehouse: Warehouse, older: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    died = subprocess.run([sys.executable, "-c", DIES, _url(warehouse)], check=False)
    assert died.returncode == -signal.SIGKILL
    with warehouse.catalogue.read() as connection:
        done = connection.execute(sql("SELECT document_id FROM document_text ORDER BY row_id")).scalars().all()
        assert done == older[:4]  # the third transaction left nothing
        assert connection.execute(sql("SELECT count(*) FROM old_document_text")).scalar() == PAPERS
    noted = _noted(monkeypatch)
    open_catalogue(_url(warehouse)).close()
    assert noted == older[4:]
    _all_is_there(warehouse, older)


def test_those_who_come_meanwhile_take_turns(
    warehouse: Warehouse, older: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    noted = _noted(monkeypatch)
    failures: list[BaseException] = []

    def opening() -> None:
        try:
            open_catalogue(_url(warehouse)).close()
        except BaseException as exc:
            failures.append(exc)

    threads = [threading.Thread(target=opening) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert noted == older
    _all_is_there(warehouse, older)
