"""The catalogue made again from the objects alone is the same, row by row."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from domain.owners import Owner
from storage.catalogue.engine import Catalogue, open_catalogue
from storage.catalogue.search import SearchQuery
from storage.catalogue.sql import COPY_FROM
from storage.local import LocalStore
from storage.objects import ObjectStore
from storage.rebuild import RebuildReport, rebuild
from storage.warehouse import Warehouse
from tests.servers import empty_tables
from tests.storage.acts import digitise, intake, take_number, whole_way
from tests.storage.conftest import OWNER_KEY, Clock
from tests.storage.dump import REBUILT, dump


def fill(warehouse: Warehouse) -> str:
    first = whole_way(warehouse)
    for n in range(6):
        owner = Owner("citizen", f"0012000000{20 + n % 3}")
        case = f"H24.01-261122-01{n % 3:02}"
        scan = f"scan {n}".encode()
        made = warehouse.receive(
            scan, intake(owner=owner, owner_name=f"Tên {n}", case_code=case, intake_key=str(n)), agent="a"
        ).document
        if n != 4:
            digitise(warehouse, made.id, text=f"trang một {n}\ftrang hai", pixels=(f"{n:064x}", "f" * 64))
        if n == 2:
            warehouse.correct_fields(made.id, {"trich_yeu": "Đã sửa"}, officer="cb01")
            number = take_number(warehouse, made.id, "k2")
            warehouse.save_certified(made.id, b"signed 2", number=number, agent="a")
    warehouse.receive(b"broken", intake(case_code=""), agent="a", quarantine=("pdf-broken", "Tệp hỏng"))
    # a paper that is known already comes again with another case
    warehouse.receive(b"a scan", intake(case_code="H24.01-261122-0999", intake_key="again"), agent="a")
    return first


def test_rebuilt_is_the_same_on_both_databases(warehouse: Warehouse, tmp_path: Path, clock: Clock) -> None:
    fill(warehouse)
    with open_fresh(tmp_path) as fresh:
        assert rebuild(fresh, warehouse.store) == RebuildReport(8, 17)
        assert dump(fresh, REBUILT) == dump(warehouse.catalogue, REBUILT)
        assert rebuild(fresh, warehouse.store) == RebuildReport(8, 0)  # again: nothing to do
        again = Warehouse(warehouse.store, fresh, OWNER_KEY, clock)
        assert [h.match for h in again.search(SearchQuery("118/QĐ-UBND", owner_ref=again.owner_ref(intake().owner)))]


def test_rebuilt_from_either_store(store: ObjectStore, tmp_path: Path, clock: Clock) -> None:
    old = open_catalogue(f"sqlite:///{tmp_path}/old.db")
    whole_way(Warehouse(store, old, OWNER_KEY, clock))
    with open_fresh(tmp_path) as fresh:
        assert rebuild(fresh, store) == RebuildReport(1, 3)
        assert dump(fresh, REBUILT) == dump(old, REBUILT)


def test_many_at_once_are_the_same_as_one_by_one(
    local_store: LocalStore,
    tmp_path: Path,
    clock: Clock,
    postgres_catalogue_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """PostgreSQL gets many rows by COPY: the same rows, and the same words in the index, whatever stands in them."""
    old = open_catalogue(f"sqlite:///{tmp_path}/old.db")
    warehouse = Warehouse(local_store, old, OWNER_KEY, clock)
    signs = "tab\tđường\\dẫn \\N \"nháy\" 'đơn' {ngoặc, phẩy}; \r\n\x0b\fhết\x00 \\."
    for n in range(COPY_FROM + 1):
        scan = intake(owner=Owner("citizen", f"0012000000{n:02}"), owner_name=f"{signs} {n}", intake_key=str(n))
        made = warehouse.receive(f"scan {n}".encode(), replace(scan, case_code=f"H24.01-261122-{n:04}"), agent="a")
        digitise(warehouse, made.document.id, text=f"{signs} {n}" * (n + 1))
        warehouse.correct_fields(made.document.id, {"trich_yeu": f"{signs} {n}"}, officer="cb01")
    found = []
    for copy_from in (COPY_FROM, 10**9):
        monkeypatch.setattr("storage.catalogue.sql.COPY_FROM", copy_from)
        monkeypatch.setattr("storage.catalogue.text_index.COPY_FROM", copy_from)
        empty_tables(postgres_catalogue_url)
        fresh = open_catalogue(postgres_catalogue_url)
        assert rebuild(fresh, local_store) == RebuildReport(COPY_FROM + 1, 3 * (COPY_FROM + 1))
        with fresh.read() as connection:
            words = connection.exec_driver_sql("SELECT document_id, chunk, tokens_tsv::text FROM document_text").all()
        found.append((dump(fresh), sorted(map(tuple, words)), dump(fresh, REBUILT)))
        fresh.close()
    assert found[0] == found[1]
    assert len(found[0][1]) == COPY_FROM + 1
    assert found[0][2] == dump(old, REBUILT)
    old.close()


@pytest.mark.parametrize("damage", ["truncated", "removed", "swapped", "moved"])
def test_a_damaged_manifest_is_named_and_the_others_go_on(
    local_store: LocalStore, tmp_path: Path, clock: Clock, damage: str
) -> None:
    old = open_catalogue(f"sqlite:///{tmp_path}/old.db")
    warehouse = Warehouse(local_store, old, OWNER_KEY, clock)
    first = fill(warehouse)
    versions = warehouse.show(first).versions
    file = local_store.root / versions[1].manifest_key
    if damage == "truncated":
        file.write_bytes(file.read_bytes()[:-5])
    elif damage == "removed":
        file.unlink()
    elif damage == "swapped":
        file.write_bytes(file.read_bytes().replace(b"2026-01-02", b"2027-01-02"))
    else:
        file.rename(file.with_name("v0009.json"))
    with open_fresh(tmp_path) as fresh:
        report = rebuild(fresh, local_store)
        assert report.documents == 7
        ((where, what),) = report.problems
        assert where == file.parent.relative_to(local_store.root).as_posix()
        assert what
        assert first not in {row["id"] for row in dump(fresh)["documents"]}


class open_fresh:  # noqa: N801 - reads as a function
    """An empty SQLite catalogue, closed at the end."""

    def __init__(self, folder: Path) -> None:
        self.catalogue = open_catalogue(f"sqlite:///{folder}/fresh.db")

    def __enter__(self) -> Catalogue:
        return self.catalogue

    def __exit__(self, *_: object) -> None:
        self.catalogue.close()
