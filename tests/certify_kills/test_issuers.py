"""Sixteen issuers at one book, processes that die and fail: no gap, no duplicate, no number lost."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from pydantic import SecretStr

from domain.owners import UNASSIGNED
from pipeline.settings import DatabaseSettings
from pipeline.workplace import open_workplace
from storage.catalogue import audit, register, requests
from storage.records import Intake
from tests.pipeline.bench import AGENCY, catalogue_made, settings
from tests.pipeline.processes import ROOT
from tests.servers import PostgresServer, empty_tables, postgres_catalogue_url, postgres_server

__all__ = ["postgres_catalogue_url", "postgres_server"]

DOCUMENTS = 16  # one for each issuer


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """Where the catalogue is; empty for the file of the data folder."""
    if request.param == "sqlite":
        return ""
    server: PostgresServer = request.getfixturevalue("postgres_server")
    assert server.port
    found: str = request.getfixturevalue("postgres_catalogue_url")
    empty_tables(found)
    return found


def test_no_gap_and_no_duplicate(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.fsync", lambda _handle: None)
    data = tmp_path / "data"
    catalogue_made(data)
    chosen = settings(data, database=DatabaseSettings(url=SecretStr(url)) if url else DatabaseSettings())
    with open_workplace(chosen) as place:
        for number in range(DOCUMENTS):
            intake = Intake(AGENCY, UNASSIGNED, original_name=f"{number}.tif", media_type="image/tiff", pages=1)
            document = place.warehouse.receive(f"paper {number}".encode(), intake, agent="test").document
            made = f"%PDF {number}".encode()
            place.warehouse.save_digitised(
                document.id, pdfa=made, reading_json=b"{}", text="", fields=[], agent="test", pages=1
            )
    url_file = tmp_path / "url"
    url_file.write_text(url)
    command = [sys.executable, "-m", "tests.certify_kills.issuers", str(data), "7", *([str(url_file)] if url else [])]
    done = subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, text=True, timeout=800, check=False)
    assert done.returncode == 0, done.stderr[-2000:]

    struck = Counter((data / "struck").read_text().split("\n"))
    for kind in ("kill in transaction", "exception in transaction", "database in transaction", "kill", "voided"):
        assert struck[kind] >= 3, (kind, struck)
    with open_workplace(chosen) as place, place.catalogue.read() as connection:
        ((agency, book, year),) = register.books(connection)
        entries = register.all_entries(connection, agency=agency, book=book, year=year)
        assert [entry.number for entry in entries] == list(range(1, len(entries) + 1))
        assert register.gaps(connection, agency=agency, book=book, year=year) == []
        states = Counter(entry.state for entry in entries)
        assert (states["issued"], states["reserved"]) == (DOCUMENTS, 0) and states["voided"] == struck["voided"]
        issued = [entry for entry in entries if entry.state == "issued"]
        assert len({entry.document_id for entry in issued}) == DOCUMENTS
        assert all(entry.void_reason for entry in entries if entry.state == "voided")
        found = requests.of_agency(connection, AGENCY)
        assert {(r.document_id, r.number) for r in found} == {(e.document_id, e.number) for e in issued}
        assert {r.state for r in found} == {"issued"}
        assert audit.verify_chain(connection, AGENCY).intact
        for entry in issued:  # the copy that stands in the warehouse bears the number that the register says
            copy = place.warehouse.open_role(entry.document_id, "certified")
            assert copy.endswith(f" {entry.number}".encode())
