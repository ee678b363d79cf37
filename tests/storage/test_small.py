"""The small records beside documents are scrubbed too: damage is found, recorded and mended from the replica."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from storage.catalogue import audit, fixity, tombstones
from storage.catalogue.holds import Hold, place
from storage.catalogue.tombstones import Tombstone
from storage.ledger import flush
from storage.local import LocalStore
from storage.manifest import canonical
from storage.objects import ObjectStore
from storage.replicate import replicate
from storage.scrub import ScrubReport, scrub
from storage.small import belongs_to, check_small, is_small
from storage.warehouse import Warehouse
from tests.storage.acts import intake
from tests.storage.conftest import OWNER_KEY, Clock
from tests.storage.fresh import fresh_catalogue

AT = "2026-11-22T01:00:00.000000Z"
HEAD = canonical(
    {"type": "sohoa-log-head/1", "agency": "H24.01", "seq": 7, "hash": "0" * 64, "at": AT, "token": "AA=="}
)
HEAD_KEY = "log-head/H24.01/000000000007.json"


def tombstone() -> Tombstone:
    return Tombstone(
        "20261122-00000000",
        "d" * 26,
        "H24.01",
        "0" * 32,
        "component",
        "",
        "",
        1,
        AT,
        "1" * 64,
        {},
        (),
        {},
        (),
        "2" * 64,
        AT,
    )


@pytest.fixture
def full(store: ObjectStore, tmp_path: Path, clock: Clock) -> Warehouse:
    """A paper that serves two cases, a hold, a destroyed paper's tombstone and certificate, a head of the log."""
    catalogue = fresh_catalogue(tmp_path / "c.sqlite")
    catalogue.after_records = partial(flush, store, catalogue)
    warehouse = Warehouse(store, catalogue, OWNER_KEY, clock)
    warehouse.receive(b"a scan", intake(), agent="a")
    warehouse.receive(b"a scan", intake(case_code="H24.01-261122-0009", intake_key="2"), agent="a")
    with catalogue.begin() as connection:
        place(connection, Hold("20261122-00000001", "H24.01", "document", "x", "Khiếu nại", "cb01", AT))
        tombstones.put(connection, tombstone())
    store.put(tombstone().key, tombstone().encode())
    store.put("disposal/H24.01/20261122-00000000/certificate.pdf", b"%PDF-1.7 the certificate\n%%EOF\n")
    store.put(HEAD_KEY, HEAD)
    return warehouse


def look(warehouse: Warehouse, clock: Clock, replica: ObjectStore | None = None) -> ScrubReport:
    copies = {"main": warehouse.store} | ({"replica": replica} if replica is not None else {})
    return scrub(warehouse.catalogue, copies, clock=clock, agent="sohoa", monotonic=lambda: 0.0, sleep=lambda _s: None)


def small(store: ObjectStore) -> list[str]:
    return [o.key for o in store.list("") if is_small(o.key)]


def flip(store: ObjectStore, key: str) -> None:
    data = bytearray(store.get(key))
    data[len(data) // 2] ^= 1
    store.replace(key, bytes(data))


def remove(store: ObjectStore, key: str) -> None:
    store.delete(key)


@pytest.mark.parametrize("damage", [flip, remove])
def test_every_kind_is_found_and_mended(
    full: Warehouse, clock: Clock, tmp_path: Path, damage: Callable[[ObjectStore, str], None]
) -> None:
    keys = small(full.store)
    assert sorted({key.split("/")[0] for key in keys}) == ["disposal", "log-head", "owner", "record"] and len(keys) == 5
    replica = LocalStore(tmp_path / "replica")
    assert replicate(full.store, replica).problems == []
    assert set(keys) <= {o.key for o in replica.list("")}
    assert look(full, clock, replica).incidents == []
    good = {key: full.store.get(key) for key in keys}
    for key in keys:
        damage(full.store, key)
    report = look(full, clock, replica)
    assert sorted(i.key for i in report.incidents) == sorted(keys) and report.open == []
    assert {key: full.store.get(key) for key in keys} == good
    assert {i.documents for i in report.incidents} == {(belongs_to(key),) for key in keys}
    with full.catalogue.read() as connection:
        told = [
            json.loads(e.detail)["key"] for e in audit.events(connection, "H24.01") if e.event_type == "fixity check"
        ]
        # the audit log masks runs of 12 digits: a head's number
        assert sorted(told) == sorted(key.replace("000000000007", "***") for key in keys)
        assert fixity.damaged(connection) == []
    assert look(full, clock, replica).incidents == []


def test_what_was_noted_when_it_was_written_is_known_without_any_other_copy(full: Warehouse, clock: Clock) -> None:
    """Altered before any scrub saw it, so that its structure is still whole: the hold and the case link."""
    (record,) = [o.key for o in full.store.list("record/")]
    (link,) = [o.key for o in full.store.list("owner/") if is_small(o.key)]
    said = full.store.get(record)
    full.store.replace(record, said.replace(b"cb01", b"cb02"))
    check_small(record, full.store.get(record))
    remove(full.store, link)
    report = look(full, clock)
    assert {i.key: i.found == "missing" for i in report.open} == {record: False, link: True}
    assert full.store.get(record) != said  # without a good copy nothing is overwritten
    assert sorted(i.key for i in look(full, clock).open) == sorted([record, link])


def test_one_that_nobody_noted_and_that_is_broken_is_named_each_time(full: Warehouse, clock: Clock) -> None:
    flip(full.store, HEAD_KEY)
    full.store.replace(HEAD_KEY, HEAD[:-3])
    for _ in range(2):
        (incident,) = look(full, clock).open
        assert (incident.key, incident.expected) == (HEAD_KEY, "")


def test_one_that_stands_only_in_the_replica_or_differs_there(full: Warehouse, clock: Clock, tmp_path: Path) -> None:
    replica = LocalStore(tmp_path / "replica")
    replicate(full.store, replica)
    certificate = "disposal/H24.01/20261122-00000000/certificate.pdf"
    full.store.delete(HEAD_KEY)
    replica.replace(certificate, b"%PDF-1.7 another certificate\n%%EOF\n")
    report = look(full, clock, replica)
    assert {(i.key, i.found, i.mended_from) for i in report.incidents if i.mended_from} == {
        (HEAD_KEY, "missing", "replica")
    }
    assert full.store.get(HEAD_KEY) == HEAD
    (unclear,) = report.open  # whole in both, and not the same: nobody can tell which is right, so neither is touched
    assert (unclear.key, unclear.expected) == (certificate, "")
    assert full.store.get(certificate) != replica.get(certificate)


def test_a_tombstone_that_its_disposal_may_take_back_is_left_alone(full: Warehouse, clock: Clock) -> None:
    other = Tombstone(**tombstone().__dict__ | {"document_id": "e" * 26})
    full.store.put(other.key, other.encode())
    look(full, clock)
    full.store.delete(other.key)  # as ``storage.disposal`` does where another act was quicker
    assert look(full, clock).incidents == []


@pytest.mark.parametrize(
    ("key", "data"),
    [
        ("record/H24.01/hold/x/000001.json", b"{}"),
        ("log-head/H24.01/000000000008.json", HEAD),
        (tombstone().key.replace("d" * 26, "e" * 26), tombstone().encode()),
        ("disposal/H24.01/x/certificate.pdf", b"%PDF-1.7 cut off"),
        ("incident/H24.01/x.json", b'{"type": "sohoa-incident-report/1", "agency": "H24.01", "id": "y"}'),
        ("incident/H24.01/x.json.p7s", b"not DER"),
        ("owner/H24.01/" + "0" * 32 + "/d/case-1.json", b'{"type": "sohoa-case-link/1", "code": "a", "at": "b"}'),
    ],
)
def test_what_belongs_elsewhere_or_is_no_record_is_refused(key: str, data: bytes, tmp_path: Path) -> None:
    with pytest.raises(ValueError):
        check_small(key, data)
    source, target = LocalStore(tmp_path / "a"), LocalStore(tmp_path / "b")
    source.put(key, data)
    assert [k for k, _ in replicate(source, target).problems] == [key]
    assert target.stat(key) is None
