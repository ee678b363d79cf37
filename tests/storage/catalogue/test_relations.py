"""Proposals stay within one agency and one owner, come once, and are decided once."""

from __future__ import annotations

import pytest

from domain.errors import Refused
from domain.owners import Owner
from storage.catalogue import relations
from storage.catalogue.relations import Relation
from storage.records import FieldRecord
from storage.warehouse import Warehouse
from tests.storage.test_warehouse import digitise, intake

AT = "2026-11-22T01:00:00.000000Z"


def paper(warehouse: Warehouse, scan: bytes, number: str = "87/QĐ-UBND", **more: object) -> str:
    values = {"so_ky_hieu": number, "loai_van_ban": "Quyết định", "ngay_ban_hanh": "2026-03-05"}
    values |= {"co_quan_ban_hanh": "UBND XÃ AN BÌNH", "trich_yeu": "Về việc giao đất"}
    document = warehouse.receive(scan, intake(intake_key=scan.decode(), case_code="", **more), agent="a").document
    found = [FieldRecord(name, value, 0.9, "ocr") for name, value in values.items() if value]
    digitise(warehouse, document.id, fields=found)
    return document.id


def test_groups_by_owner_and_number_or_day(warehouse: Warehouse) -> None:
    first, second = paper(warehouse, b"one"), paper(warehouse, b"two", "0087/qđ-ubnd")
    paper(warehouse, b"three", "88/QĐ-UBND")
    paper(warehouse, b"four", owner=Owner("citizen", "001200000027"))
    paper(warehouse, b"five", agency="H26")
    bare = [paper(warehouse, scan, "") for scan in (b"six", b"seven")]
    paper(warehouse, b"eight", "", owner=Owner("unassigned", ""))
    paper(warehouse, b"nine", "", owner=Owner("unassigned", ""))
    warehouse.correct_fields(second, {"co_quan_ban_hanh": "UBND xã An Bình"}, officer="cb01")
    with warehouse.catalogue.read() as connection:
        found = [candidates for _, candidates in relations.groups(connection, "H24.01")]
    assert [[c.document_id for c in group] for group in found] == [[first, second], bare]
    assert found[0][1].identity.issuer == "UBND xã An Bình"
    assert found[0][0].identity.number == "87qdubnd"


def test_proposed_once_and_decided_once(warehouse: Warehouse) -> None:
    proposal = Relation("rescan", "a", "b", "H24.01", "proposed", {"agree": ["day"], "differ": []}, AT)
    with warehouse.catalogue.begin() as connection:
        assert relations.propose(connection, proposal)
        assert not relations.propose(connection, proposal)
        assert relations.listed(connection, "H24.01") == [proposal]
        assert relations.listed(connection, "H26") == []
    for agency in ("H26", "H24.01"):
        with warehouse.catalogue.begin() as connection:
            if agency == "H26":
                with pytest.raises(Refused):
                    relations.decide(connection, agency, "rescan", "a", "b", accept=True, officer="cb", at=AT)
                continue
            relations.decide(connection, agency, "rescan", "a", "b", accept=False, officer="cb", at=AT)
            assert not relations.propose(connection, proposal)
            assert relations.listed(connection, "H24.01") == []
            (kept,) = relations.listed(connection, "H24.01", state="rejected")
            assert (kept.decided_by, kept.decided_at) == ("cb", AT)
            with pytest.raises(Refused):
                relations.decide(connection, agency, "rescan", "a", "b", accept=True, officer="cb", at=AT)
