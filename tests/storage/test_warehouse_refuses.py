"""What the warehouse refuses, sets aside or does not hand out, and what it does when store or catalogue are gone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from domain.errors import BadInput, Refused, Unavailable
from domain.owners import Owner
from storage.blobs import blob_key
from storage.catalogue import documents, register
from storage.catalogue.engine import Catalogue
from storage.errors import BlobMissing, DocumentUnknown, FixityError
from storage.local import LocalStore
from storage.minio_store import MinioStore
from storage.records import RegisterNumber
from storage.warehouse import Warehouse
from tests.servers import running_minio
from tests.storage.acts import digitise, fields, intake, take_number, whole_way
from tests.storage.conftest import OWNER_KEY, Clock


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
