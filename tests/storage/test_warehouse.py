"""The warehouse: received once, digitised once, certified once, found again."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from domain.errors import Refused
from domain.owners import Owner
from storage.catalogue import audit, cases, documents, outbox
from storage.manifest import Event, decode
from storage.objects import ObjectStore
from storage.warehouse import Warehouse
from tests.storage.acts import CASE, CITIZEN, NUMBER, digitise, fields, intake, whole_way
from tests.storage.conftest import OWNER_KEY, Clock
from tests.storage.dump import dump


@pytest.fixture
def either_store(store: ObjectStore, tmp_path: Path, clock: Clock) -> Warehouse:
    """The whole way over each store (SQLite; both databases are tried over the local store)."""
    from storage.catalogue.engine import open_catalogue

    return Warehouse(store, open_catalogue(f"sqlite:///{tmp_path}/c.db"), OWNER_KEY, clock)


def test_whole_way_on_both_stores(either_store: Warehouse, tmp_path: Path) -> None:
    scan = tmp_path / "scan.pdf"
    scan.write_bytes(b"a scan")
    document_id = whole_way(either_store, scan)
    assert either_store.open_role(document_id, "original") == b"a scan"
    assert either_store.open_role(document_id, "certified") == b"%PDF signed"
    assert either_store.open_role(document_id, "evidence", ordinal=1) == b"ocsp"
    assert either_store.export_role(document_id, "pdfa", tmp_path / "out.pdf") == len(b"%PDF searchable")
    assert not either_store.receive(scan, intake(), agent="a").duplicate
    keys = [o.key for o in either_store.store.list("")]
    assert sum(k.startswith("owner/") for k in keys) == 3
    assert not any(NUMBER in k or NUMBER[2:] in k for k in keys)


def test_whole_way_on_both_databases(warehouse: Warehouse) -> None:
    document_id = whole_way(warehouse)
    view = warehouse.show(document_id)
    assert view.document.status == "certified"
    assert (view.document.version, view.document.pages, view.document.case_code) == (3, 2, CASE)
    assert (view.document.so_ky_hieu, view.document.type) == ("0118/QĐ-UBND", "Quyết định")
    assert (view.document.ngay_ban_hanh, view.document.title) == ("2026-01-02", "Về việc giao đất")
    assert (view.owner, view.owner_name) == (CITIZEN, "Nguyễn Thị Đào")
    assert view.fields["so_ky_hieu"] == fields()[0]
    assert [(o.role, o.ordinal) for o in view.objects] == [
        ("certified", 0),
        ("evidence", 0),
        ("evidence", 1),
        ("original", 0),
        ("pdfa", 0),
        ("reading", 0),
        ("report", 1),
        ("text", 0),
    ]
    assert [v.message for v in view.versions] == ["received", "digitised", "certified"]
    assert view.cases == (CASE,)
    (entry,) = view.register
    assert (entry.number, entry.state, entry.details) == (1, "issued", {"fee": 4000})
    with warehouse.catalogue.read() as connection:
        assert documents.count_by_status(connection) == {"certified": 1}
        assert documents.references(connection, view.document.original_sha256) == 3
        assert cases.documents(connection, "H24.01", CASE) == [document_id]
        chain = audit.events(connection, "H24.01")
        assert [e.event_type for e in chain] == [
            "ingestion",
            "message digest calculation",
            "normalization",
            "digital signature generation",
        ]
        assert {e.document_id for e in chain} == {document_id}
        assert audit.verify_chain(connection, "H24.01").intact
        assert outbox.pending(connection) == 3
    manifests = [decode(warehouse.store.get(v.manifest_key)) for v in view.versions]
    assert manifests[1].previous_sha256 == view.versions[0].manifest_sha256
    assert manifests[2].tools == {"tesseract": "5.5", "pyhanko": "0.38"}


def test_the_same_bytes_again_answer_with_the_old_record(warehouse: Warehouse) -> None:
    first = warehouse.receive(b"a scan", intake(), agent="a")
    resumed = warehouse.receive(b"a scan", intake(), agent="a")
    brought_again = warehouse.receive(b"a scan", intake(intake_key="batch-2/0007"), agent="a")
    assert (first.duplicate, resumed.duplicate, brought_again.duplicate) == (False, False, True)
    assert first.document == resumed.document == brought_again.document
    with warehouse.catalogue.read() as connection:
        outcomes = [e.outcome for e in audit.events(connection, "H24.01") if e.event_type == "ingestion"]
        assert outcomes == ["success", "duplicate"]
    assert len(list(warehouse.store.list("blob/"))) == 1


def test_other_agencies_owners_and_parts_have_their_own_records(warehouse: Warehouse) -> None:
    ids = {
        warehouse.receive(b"a scan", i, agent="a").document.id
        for i in (
            intake(),
            intake(agency="H24.02"),
            intake(owner=Owner("org", "0100109106"), case_code=""),
            intake(part=1),
        )
    }
    assert len(ids) == 4
    assert len(list(warehouse.store.list("blob/"))) == 1


def test_a_known_document_joins_a_second_case(warehouse: Warehouse) -> None:
    document = warehouse.receive(b"a scan", intake(), agent="a").document
    for _ in range(2):
        assert warehouse.receive(b"a scan", intake(case_code="H24.01-261123-0002", intake_key="z"), agent="a").duplicate
    assert warehouse.show(document.id).cases == (CASE, "H24.01-261123-0002")


def test_a_case_belongs_to_one_owner(warehouse: Warehouse) -> None:
    warehouse.receive(b"a scan", intake(), agent="a")
    with pytest.raises(Refused) as caught:
        warehouse.receive(b"other", intake(owner=Owner("citizen", "001200000020")), agent="a")
    assert caught.value.code == "case-of-another-owner"


def test_saving_the_same_again_makes_no_version(warehouse: Warehouse) -> None:
    document = warehouse.receive(b"a scan", intake(), agent="a").document
    assert [digitise(warehouse, document.id).new for _ in range(2)] == [True, False]
    assert digitise(warehouse, document.id, text="khác").version == 3
    assert digitise(warehouse, document.id).version == 2
    assert digitise(warehouse, document.id, stage_key="s1").version == 4
    same_stage = digitise(warehouse, document.id, stage_key="s1", pdfa=b"%PDF other bytes of the same work")
    assert (same_stage.version, same_stage.new) == (4, False)


def test_certified_only_after_digitised_and_not_undone(warehouse: Warehouse) -> None:
    document = warehouse.receive(b"a scan", intake(), agent="a").document
    with pytest.raises(Refused) as caught:
        warehouse.save_certified(document.id, b"signed", agent="a")
    assert caught.value.code == "wrong-state"
    digitise(warehouse, document.id)
    first = warehouse.save_certified(document.id, b"signed", agent="a")
    again = warehouse.save_certified(document.id, b"signed", agent="a")
    assert (first.new, again.new, first.version, again.version) == (True, False, 3, 3)
    assert not digitise(warehouse, document.id).new  # a repeat of what was done is fine
    with pytest.raises(Refused):
        digitise(warehouse, document.id, text="khác")
    with pytest.raises(Refused):
        warehouse.quarantine(document.id, "c", "m", agent="a")


def test_an_officers_value_stands_beside_the_machines(warehouse: Warehouse) -> None:
    document = warehouse.receive(b"a scan", intake(), agent="a").document
    digitise(warehouse, document.id)
    corrections = {"so_ky_hieu": "118/QĐ-UBND", "nguoi_ky": "Trần Văn Đức"}
    assert warehouse.correct_fields(document.id, corrections, officer="cb01").version == 3
    assert not warehouse.correct_fields(document.id, corrections, officer="cb01").new
    view = warehouse.show(document.id)
    field = view.fields["so_ky_hieu"]
    assert (field.value, field.human_value, field.current) == ("0118/QĐ-UBND", "118/QĐ-UBND", "118/QĐ-UBND")
    assert (field.human_by, field.human_at != "") == ("cb01", True)
    assert view.document.so_ky_hieu == "118/QĐ-UBND"
    digitise(warehouse, document.id, fields=fields("0119/QĐ-UBND"))
    view = warehouse.show(document.id)
    assert (view.fields["so_ky_hieu"].value, view.document.so_ky_hieu) == ("0119/QĐ-UBND", "118/QĐ-UBND")
    assert view.fields["nguoi_ky"].current == "Trần Văn Đức"


def test_further_events_reach_manifest_and_chain(warehouse: Warehouse) -> None:
    document = warehouse.receive(b"a scan", intake(), agent="a").document
    event = Event("validation", "2026-11-22T01:00:00.000000Z", "veraPDF 1.28.2", "success", {"flavour": "2u"})
    digitise(warehouse, document.id, events=[event])
    manifest = decode(warehouse.store.get(warehouse.show(document.id).versions[1].manifest_key))
    assert manifest.events[-1] == event
    with warehouse.catalogue.read() as connection:
        assert audit.events(connection, "H24.01")[-1].agent == "veraPDF 1.28.2"


def test_personal_numbers_stand_in_one_table_only(warehouse: Warehouse) -> None:
    whole_way(warehouse)
    for table, rows in dump(warehouse.catalogue).items():
        for row in rows:
            if table == "owners":
                row.pop("number")
            assert NUMBER not in repr(row), table
    assert NUMBER not in repr(warehouse.show(next(iter(dump(warehouse.catalogue)["documents"]))["id"]))


def test_writers_of_one_document_lose_nothing(warehouse: Warehouse) -> None:
    document = warehouse.receive(b"a scan", intake(), agent="a").document
    failures: list[BaseException] = []
    start = threading.Barrier(6)

    def work(who: int) -> None:
        start.wait()
        try:
            warehouse.receive(b"another scan", intake(), agent="a")
            digitise(warehouse, document.id, text=f"bản {who % 3}")
        except BaseException as exc:
            failures.append(exc)

    threads = [threading.Thread(target=work, args=(who,)) for who in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    view = warehouse.show(document.id)
    assert [v.version for v in view.versions] == [1, 2, 3, 4]
    with warehouse.catalogue.read() as connection:
        assert documents.count_by_status(connection) == {"digitised": 1, "received": 1}
        assert audit.verify_chain(connection, "H24.01").intact
        assert len(audit.events(connection, "H24.01")) == 2 + 2 + 3
        assert outbox.pending(connection) == 5
