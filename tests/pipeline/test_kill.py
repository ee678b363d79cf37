"""Kill -9 at chosen moments of a real batch (reading, certifying), run again: as if nothing had happened."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from pipeline.workplace import Workplace
from samples.make_samples import make
from signing.authority.launch import AuthorityEndpoints
from storage.catalogue import audit, documents, register
from tests.ocr.engine_need import opened
from tests.pipeline.authority import GROUP_OF_COMMANDS, join
from tests.pipeline.bench import scan, workplace
from tests.pipeline.processes import Command

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group(GROUP_OF_COMMANDS)]


def first_page_kept(data_dir: Path) -> bool:
    return file_below(data_dir / "store" / "page", "*")


def first_paper_digitised(data_dir: Path) -> bool:
    return file_below(data_dir / "store" / "owner", "v0002.json")


def first_signature_under_way(data_dir: Path) -> bool:
    with contextlib.suppress(sqlite3.OperationalError), contextlib.closing(opened_beside(data_dir)) as beside:
        return bool(beside.execute("SELECT count(*) FROM signing_jobs").fetchone()[0])
    return False


def file_below(folder: Path, name: str) -> bool:
    with contextlib.suppress(OSError):  # folders come and go
        return any(path.is_file() for path in folder.rglob(name))
    return False


def opened_beside(data_dir: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{data_dir}/catalogue.sqlite?mode=ro", uri=True, timeout=0)


#: when the batch is killed: by what stands on the disk, not by the clock, so that a kill always meets it at work
MOMENTS = (first_page_kept, first_paper_digitised, first_signature_under_way)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A notice, a certificate to be certified, three tiny scans (one twice), a broken file."""
    opened()
    folder = tmp_path_factory.mktemp("lo")
    make(folder, only=["thong-bao", "khai-sinh", "rong"])
    rows = (folder / "manifest.csv").read_text(encoding="utf-8").rstrip("\n")
    scan(folder / "nho-1.tif", "nho 1", 2)
    scan(folder / "nho-2.tif", "nho 2")
    (folder / "nho-3.tif").write_bytes((folder / "nho-2.tif").read_bytes())
    rows += "\nnho-1.tif,,,,,,yes\nnho-2.tif,,,,,,\nnho-3.tif,,,,,,\n"
    (folder / "manifest.csv").write_text(rows, encoding="utf-8")
    return folder / "manifest.csv"


def batch(data_dir: Path, source: Path) -> Command:
    return Command(data_dir, "batch", "run", source, "--local", "--json", SOHOA_OCR__JOBS="2")


def state(place: Workplace) -> dict[str, Any]:
    """Return all that must be the same: everything but identifiers and times."""
    with place.catalogue.read() as connection:
        ids = documents.ids(connection)
        books = {
            (agency, book, year): register.entries(connection, agency=agency, book=book, year=year)
            for agency, book, year in register.books(connection)
        }
        gaps = [register.gaps(connection, agency=a, book=b, year=y) for a, b, y in books]
        broken = [a for a in audit.agencies(connection) if not audit.verify_chain(connection, a).intact]
    views = {view.document.id: view for view in map(place.warehouse.show, ids)}
    names = {document_id: view.document.original_name for document_id, view in views.items()}
    return {
        "documents": {
            view.document.original_name: {
                "status": view.document.status,
                "pages": view.document.pages,
                "quarantine": view.document.quarantine_code,
                "fields": {name: (field.value, field.page, field.box) for name, field in view.fields.items()},
                "text": place.warehouse.open_role(view.document.id, "text")
                if view.document.status in ("digitised", "certified")
                else b"",
                "versions": [version.message for version in view.versions],
                "objects": sorted((stored.role, stored.ordinal) for stored in view.objects),
                "cases": view.cases,
            }
            for view in views.values()
        },
        "register": {
            book: [(entry.number, entry.state, names[entry.document_id]) for entry in entries]
            for book, entries in books.items()
        },
        "gaps": gaps,
        "broken": broken,
        "page records": [info.key for info in place.store.list("page/")],
    }


def rows(answer: str) -> dict[str, tuple[str, int, int]]:
    return {
        row["file"]: (row["document_id"] != "", row["pages"], row["signatures"])
        for row in json.loads(answer)["documents"]
    }


def test_killed_three_times_and_run_to_the_end_it_is_as_if_undisturbed(
    source: Path, tmp_path: Path, authority: AuthorityEndpoints
) -> None:
    join(tmp_path / "undisturbed", authority)
    join(tmp_path / "killed", authority)
    code, out, err = batch(tmp_path / "undisturbed", source).end()
    assert code == 0, err

    for moment in MOMENTS:
        command = batch(tmp_path / "killed", source)
        met = command.kill_when(partial(moment, tmp_path / "killed"))
        assert met, (moment.__name__, *(text[-2000:] for text in command.said))
        assert command.all_gone(), "worker processes outlive a killed batch"
    code, again, err = batch(tmp_path / "killed", source).end()
    assert code == 0, err

    assert rows(again) == rows(out)
    with workplace(tmp_path / "undisturbed") as one, workplace(tmp_path / "killed") as other:
        expected, found = state(one), state(other)
    assert found == expected
    assert expected["gaps"] and not any(expected["gaps"])
    assert expected["broken"] == expected["page records"] == []
    statuses = {name: document["status"] for name, document in expected["documents"].items()}
    assert statuses == {
        "Thông báo 112 niêm yết.pdf": "digitised",
        "trich_luc_khai_sinh.png": "certified",
        "scan_loi.pdf": "quarantined",
        "nho-1.tif": "certified",
        "nho-2.tif": "digitised",
    }
    assert list((tmp_path / "killed" / "scratch").iterdir()) == [], "copies of papers stay behind"
