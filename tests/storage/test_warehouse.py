"""The warehouse: received once, digitised once, certified once, found again."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from domain.errors import BadInput, Refused, Unavailable
from domain.owners import Owner
from storage.blobs import blob_key
from storage.catalogue import audit, cases, documents, outbox, register
from storage.catalogue.engine import Catalogue
from storage.errors import BlobMissing, DocumentUnknown, FixityError
from storage.local import LocalStore
from storage.manifest import Event, decode
from storage.minio_store import MinioStore
from storage.objects import ObjectStore
from storage.records import FieldRecord, Intake, RegisterNumber
from storage.warehouse import Saved, Warehouse
from tests.servers import running_minio
from tests.storage.conftest import OWNER_KEY, Clock
from tests.storage.dump import dump

NUMBER = "001200000019"
CITIZEN = Owner("citizen", NUMBER)
CASE = "H24.01-261122-0001"


def intake(**more: Any) -> Intake:
    values: dict[str, Any] = {
        "agency": "H24.01",
        "owner": CITIZEN,
        "owner_name": "Nguyễn Thị Đào",
        "case_code": CASE,
        "procedure": "2.000815",
        "original_name": "Giấy khai sinh.pdf",
        "media_type": "application/pdf",
        "pages": 2,
        "intake_key": "batch-1/0001",
    }
    return Intake(**(values | more))


def fields(number: str = "0118/QĐ-UBND", title: str = "Về việc giao đất") -> list[FieldRecord]:
    return [
        FieldRecord("so_ky_hieu", number, 0.97, "ocr", 1, (10, 20, 30, 40), raw="0118/QD-UBND", candidates=("a", "b")),
        FieldRecord("loai_van_ban", "Quyết định", 0.99, "ocr", 1, (1, 2, 3, 4)),
        FieldRecord("ngay_ban_hanh", "2026-01-02", 0.9, "derived"),
        FieldRecord("trich_yeu", title, 0.8, "ocr", 1),
    ]


def digitise(warehouse: Warehouse, document_id: str, **more: Any) -> Saved:
    values: dict[str, Any] = {
        "pdfa": b"%PDF searchable",
        "reading_json": b"{}",
        "text": "CỘNG HÒA XÃ HỘI\fĐiều 1. Giao đất ở Đắk Lắk",
        "fields": fields(),
        "pages": 2,
        "agent": "sohoa 0.1",
        "tools": {"tesseract": "5.5"},
    }
    return warehouse.save_digitised(document_id, **(values | more))


def take_number(warehouse: Warehouse, document_id: str, key: str = "k") -> RegisterNumber:
    with warehouse.catalogue.begin() as connection:
        return register.reserve(
            connection,
            agency="H24.01",
            book="SCT/BS",
            year=2026,
            document_id=document_id,
            idempotency_key=key,
            at="2026-11-22T01:00:00.000000Z",
        ).ref


def whole_way(warehouse: Warehouse, source: Path | bytes = b"a scan", **more: Any) -> str:
    document = warehouse.receive(source, intake(**more), agent="sohoa 0.1").document
    digitise(warehouse, document.id)
    number = take_number(warehouse, document.id, key=document.id)
    warehouse.save_certified(
        document.id,
        b"%PDF signed",
        number=number,
        number_details={"fee": 4000},
        evidence=[b"tsr", b"ocsp"],
        report=b"{}",
        agent="officer cb01",
        tools={"pyhanko": "0.38"},
    )
    return document.id


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


def test_a_refused_intake_does_not_stand_in_the_way_later(warehouse: Warehouse) -> None:
    warehouse.receive(b"a scan", intake(), agent="a")
    other = Owner("citizen", "001200000020")
    for _ in range(2):
        with pytest.raises(Refused):
            warehouse.receive(b"other", intake(owner=other), agent="a")
    own = warehouse.receive(b"other", intake(owner=other, case_code=""), agent="a").document
    with pytest.raises(Refused):
        warehouse.receive(b"other", intake(owner=other), agent="a")
    assert warehouse.show(own.id).cases == ()
    assert len(list(warehouse.store.list("owner/"))) == 2


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"agency": "../x"}, "bad-agency"),
        ({"agency": ""}, "bad-agency"),
        ({"kind": "paper"}, "bad-intake"),
        ({"pages": -1}, "bad-intake"),
        ({"case_code": "a\x00b"}, "bad-intake"),
        ({"procedure": "2.000815\n"}, "bad-intake"),
        ({"case_code": "x" * 501}, "bad-intake"),
    ],
)
def test_what_cannot_be_kept_is_refused_before_anything_is_written(
    warehouse: Warehouse, more: dict[str, Any], code: str
) -> None:
    with pytest.raises(BadInput) as caught:
        warehouse.receive(b"a scan", intake(**more), agent="a")
    assert caught.value.code == code
    assert list(warehouse.store.list("")) == []


def test_broken_characters_do_not_stop_a_document(warehouse: Warehouse) -> None:
    half = "\udcff"  # what a file name that is not UTF-8 looks like
    document = warehouse.receive(b"a scan", intake(original_name=f"a{half}.pdf"), agent="a").document
    digitise(warehouse, document.id, text=f"một{half}hai\x00ba", fields=fields(title=f"a{half}\x00b"))
    view = warehouse.show(document.id)
    assert view.document.original_name == "a\ufffd.pdf"
    assert view.document.title == "a\ufffdb"
    assert warehouse.open_role(document.id, "text").decode() == "một\ufffdhai\x00ba"


def test_a_file_that_changes_while_it_is_stored(
    warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = warehouse.receive(b"a scan", intake(), agent="a").document
    pdfa = tmp_path / "out.pdf"
    pdfa.write_bytes(b"%PDF first")
    looked_up = documents.version_with_content

    def meddle(*args: Any) -> Any:
        pdfa.write_bytes(b"%PDF second")
        return looked_up(*args)

    monkeypatch.setattr(documents, "version_with_content", meddle)
    with pytest.raises(RuntimeError):
        digitise(warehouse, document.id, pdfa=pdfa)
    assert warehouse.show(document.id).document.version == 1


def test_quarantine(warehouse: Warehouse) -> None:
    at_once = warehouse.receive(b"broken", intake(pages=0), agent="a", quarantine=("pdf-broken", "Tệp PDF bị hỏng"))
    assert (at_once.document.status, at_once.document.quarantine_code) == ("quarantined", "pdf-broken")
    later = warehouse.receive(b"encrypted", intake(), agent="a").document
    for new in (True, False):
        saved = warehouse.quarantine(later.id, "pdf-encrypted", "Tệp PDF có mật khẩu", agent="a")
        assert (saved.new, saved.version, saved.document.status) == (new, 2, "quarantined")
    assert warehouse.open_role(later.id, "original") == b"encrypted"
    released = digitise(warehouse, later.id)
    assert (released.document.status, released.document.quarantine_code) == ("digitised", "")
    again = warehouse.quarantine(later.id, "pdf-encrypted", "Tệp PDF có mật khẩu", agent="a")
    assert (again.new, again.document.status) == (True, "quarantined")


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


def test_certified_with_a_number_that_is_not_its_own(warehouse: Warehouse) -> None:
    one = warehouse.receive(b"one", intake(), agent="a").document
    two = warehouse.receive(b"two", intake(), agent="a").document
    digitise(warehouse, one.id)
    number = take_number(warehouse, two.id)
    for wrong in (number, RegisterNumber("H24.01", "SCT/BS", 2026, 99)):
        with pytest.raises(Refused):
            warehouse.save_certified(one.id, b"signed", number=wrong, agent="a")
    own = take_number(warehouse, one.id, "k1")
    with warehouse.catalogue.begin() as connection:
        register.void(connection, own, reason="Huỷ", at="t")
    with pytest.raises(Refused):
        warehouse.save_certified(one.id, b"signed", number=own, agent="a")
    assert warehouse.show(one.id).document.status == "digitised"
    assert warehouse.show(one.id).document.version == 2


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


def test_changed_or_missing_bytes_are_not_handed_out(warehouse: Warehouse, local_store: LocalStore) -> None:
    document_id = whole_way(warehouse)
    sha256 = {o.role: o.sha256 for o in warehouse.show(document_id).objects}["certified"]
    file = local_store.root / blob_key(sha256)
    file.write_bytes(b"%PDF forged")
    with pytest.raises(FixityError):
        warehouse.open_role(document_id, "certified")
    file.unlink()
    with pytest.raises(BlobMissing):
        warehouse.open_role(document_id, "certified")


def test_unknown_things(warehouse: Warehouse) -> None:
    for act in (
        lambda: warehouse.show("none"),
        lambda: warehouse.open_role("none", "original"),
        lambda: digitise(warehouse, "none"),
        lambda: warehouse.quarantine("none", "c", "m", agent="a"),
    ):
        with pytest.raises(DocumentUnknown):
            act()
    document = warehouse.receive(b"a scan", intake(), agent="a").document
    with pytest.raises(DocumentUnknown):
        warehouse.open_role(document.id, "certified")


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


def test_store_that_dies_and_comes_back(tmp_path: Path, clock: Clock) -> None:
    from storage.catalogue.engine import open_catalogue

    catalogue = open_catalogue(f"sqlite:///{tmp_path}/c.db")
    with running_minio() as server:
        store = MinioStore(server.endpoint, server.access_key, server.secret_key, "dies", secure=False, timeout_s=60)
        warehouse = Warehouse(store, catalogue, OWNER_KEY, clock)
        document = warehouse.receive(b"a scan", intake(), agent="a").document
        server.process.kill()
        server.process.wait()
        with pytest.raises(Unavailable):
            digitise(warehouse, document.id)
        with pytest.raises(Unavailable):
            warehouse.open_role(document.id, "original")
    assert warehouse.show(document.id).document.status == "received"
    catalogue.close()


def test_catalogue_that_is_gone(local_store: LocalStore, clock: Clock) -> None:
    from sqlalchemy import create_engine

    from tests.servers import free_port

    nowhere = create_engine(f"postgresql+psycopg://u:p@127.0.0.1:{free_port()}/x", hide_parameters=True)
    warehouse = Warehouse(local_store, Catalogue(nowhere), OWNER_KEY, clock)
    with pytest.raises(Unavailable) as caught:
        warehouse.receive(b"a scan", intake(), agent="a")
    assert caught.value.code == "catalogue-unavailable"


def test_nothing_is_laid_on_top_of_a_manifest_that_was_altered(warehouse: Warehouse, local_store: LocalStore) -> None:
    document = warehouse.receive(b"a scan", intake(), agent="a").document
    digitise(warehouse, document.id)
    key = warehouse.show(document.id).versions[-1].manifest_key
    whole = local_store.get(key)
    local_store.replace(key, whole.replace(b"0118", b"0119"))  # still a manifest, and another one
    before = {o.key for o in local_store.list("owner/")}
    with pytest.raises(Refused, match="manifest-broken"):
        warehouse.correct_fields(document.id, {"trich_yeu": "Khác"}, officer="cb01")
    assert {o.key for o in local_store.list("owner/")} == before
    local_store.replace(key, whole)
    warehouse.correct_fields(document.id, {"trich_yeu": "Khác"}, officer="cb01")
    assert warehouse.show(document.id).document.version == 3
