"""Proposals stay within one agency and one owner, come once, and are decided once."""

from __future__ import annotations

import pytest

from domain.errors import Refused
from domain.owners import Owner
from storage.catalogue import alike, relations
from storage.catalogue.relations import Relation
from storage.records import FieldRecord
from storage.warehouse import Warehouse
from tests.storage.acts import digitise, intake

AT = "2026-11-22T01:00:00.000000Z"


def paper(
    warehouse: Warehouse,
    scan: bytes,
    number: str = "87/QĐ-UBND",
    day: str = "2026-03-05",
    pixels: tuple[str, ...] = (),
    **more: object,
) -> str:
    values = {"so_ky_hieu": number, "loai_van_ban": "Quyết định", "ngay_ban_hanh": day}
    values |= {"co_quan_ban_hanh": "UBND XÃ AN BÌNH", "trich_yeu": "Về việc giao đất"}
    sources = {"so_ky_hieu": "pen"}
    sure = {"so_ky_hieu": 0.99, "ngay_ban_hanh": 0.99}
    document = warehouse.receive(scan, intake(intake_key=scan.decode(), case_code="", **more), agent="a").document
    read = [FieldRecord(n, v, sure.get(n, 0.9), sources.get(n, "ocr")) for n, v in values.items() if v]
    digitise(warehouse, document.id, fields=read, pixels=pixels)
    return document.id


def found(warehouse: Warehouse, document_id: str, *, only_older: bool = False) -> list[str]:
    with warehouse.catalogue.read() as connection:
        _, others = alike.around(connection, document_id, only_older=only_older)
    return [other.document_id for other in others]


def test_looked_for_by_number_day_and_pixels_within_agency_and_owner(warehouse: Warehouse) -> None:
    first = paper(warehouse, b"one", pixels=("1" * 64, "2" * 64))
    numbered = paper(warehouse, b"two", "0087/qđ-ubnd", day="2026-04-05")
    dated = paper(warehouse, b"three", "88/QĐ-UBND")
    seen = paper(warehouse, b"four", "9/TB-UBND", day="2020-01-01", pixels=("1" * 64, "2" * 64))
    paper(warehouse, b"five", "9/TB-UBND", day="2020-01-01", pixels=("2" * 64, "1" * 64))
    paper(warehouse, b"six", owner=Owner("citizen", "001200000027"), pixels=("1" * 64, "2" * 64))
    paper(warehouse, b"seven", agency="H26", pixels=("1" * 64, "2" * 64))
    waiting = warehouse.receive(b"eight", intake(intake_key="8", case_code=""), agent="a").document
    assert found(warehouse, first) == [numbered, dated, seen]
    assert found(warehouse, first, only_older=True) == []
    assert found(warehouse, dated, only_older=True) == [first]
    with pytest.raises(LookupError):
        found(warehouse, waiting.id)
    with pytest.raises(LookupError):
        found(warehouse, "nowhere")


def test_what_an_officer_said_is_sure_and_what_a_pen_wrote_is_not(warehouse: Warehouse) -> None:
    document = paper(warehouse, b"one")
    warehouse.correct_fields(document, {"co_quan_ban_hanh": "UBND xã An Bình"}, officer="cb01")
    with warehouse.catalogue.read() as connection:
        mine, _ = alike.around(connection, document)
    assert (mine.identity.issuer, mine.identity.number) == ("UBND xã An Bình", "87qdubnd")
    assert mine.identity.sure == {"issuer", "day"}


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


def test_a_decision_can_be_undone(warehouse: Warehouse) -> None:
    proposal = Relation("same-pixels", "a", "b", "H24.01", "proposed", {"agree": ["day"], "differ": []}, AT)
    with warehouse.catalogue.begin() as connection:
        relations.propose(connection, proposal)
    with warehouse.catalogue.begin() as connection, pytest.raises(Refused):
        relations.reopen(connection, "H24.01", "same-pixels", "a", "b")
    with warehouse.catalogue.begin() as connection:
        relations.decide(connection, "H24.01", "same-pixels", "a", "b", accept=True, officer="cb", at=AT)
    with warehouse.catalogue.begin() as connection, pytest.raises(Refused):
        relations.reopen(connection, "H26", "same-pixels", "a", "b")
    with warehouse.catalogue.begin() as connection:
        relations.reopen(connection, "H24.01", "same-pixels", "a", "b")
        assert relations.listed(connection, "H24.01") == [proposal]


def test_found_by_document_and_counted_by_agency(warehouse: Warehouse) -> None:
    known = [
        Relation("rescan", "a", "b", "H24.01", "proposed", {}, AT),
        Relation("conflict", "b", "c", "H24.01", "proposed", {}, AT),
        Relation("rescan", "x", "y", "H26", "proposed", {}, AT),
    ]
    with warehouse.catalogue.begin() as connection:
        for relation in known:
            relations.propose(connection, relation)
    with warehouse.catalogue.read() as connection:
        assert relations.of_documents(connection, ["b"]) == known[:2]
        assert relations.of_documents(connection, ["a", "y"]) == [known[0], known[2]]
        assert relations.between(connection, "b", ["a", "c", "x"]) == {"a", "c"}
        assert relations.count(connection) == {("H24.01", "rescan"): 1, ("H24.01", "conflict"): 1, ("H26", "rescan"): 1}
        assert set(relations.count(connection, "H26")) == {("H26", "rescan")}
