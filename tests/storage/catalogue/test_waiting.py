"""What waits is counted by agency and listed oldest first; what an officer has seen waits no more."""

from __future__ import annotations

from storage.catalogue import relations, waiting
from storage.catalogue.relations import Relation
from storage.catalogue.waiting import Doubts
from storage.records import FieldRecord
from storage.warehouse import Warehouse
from tests.storage.acts import digitise, intake

DOUBTS = Doubts({"so_ky_hieu": 0.9, "ngay_ban_hanh": 0.9}, frozenset({"ocr"}))


def paper(warehouse: Warehouse, scan: bytes, *found: FieldRecord, agency: str = "H24.01") -> str:
    arrived = intake(intake_key=scan.decode(), case_code="", agency=agency)
    document = warehouse.receive(scan, arrived, agent="a").document
    digitise(warehouse, document.id, fields=found)
    return document.id


def test_counted_listed_and_done(warehouse: Warehouse) -> None:
    sure = paper(warehouse, b"1", FieldRecord("so_ky_hieu", "1/QĐ", 0.95, "ocr"))
    unsure = paper(warehouse, b"2", FieldRecord("so_ky_hieu", "2/QĐ", 0.5, "ocr"))
    pen = paper(warehouse, b"3", FieldRecord("ngay_ban_hanh", "2026-01-02", 0.99, "pen"))
    stack = paper(warehouse, b"4", FieldRecord("de_xuat_tach", "1-2; 3", 0.9, "derived"))
    paper(warehouse, b"5", FieldRecord("trich_yeu", "Về việc", 0.1, "ocr"))
    other = paper(warehouse, b"6", FieldRecord("so_ky_hieu", "", 0.0, "ocr"), agency="H26")
    broken = intake(intake_key="7", case_code="")
    warehouse.receive(b"7", broken, agent="a", quarantine=("corrupt", "Tệp hỏng"))
    related = Relation("rescan", sure, unsure, "H24.01", "proposed", {}, "2026-11-22T01:00:00.000000Z")
    with warehouse.catalogue.begin() as connection:
        relations.propose(connection, related)
    with warehouse.catalogue.read() as connection:
        assert waiting.counts(connection, DOUBTS) == {
            "H24.01": {"rescan": 1, "split": 1, "fields": 2, "quarantined": 1},
            "H26": {"fields": 1},
        }
        assert set(waiting.counts(connection, DOUBTS, "H26")) == {"H26"}
        found = waiting.listed(connection, DOUBTS, "H24.01", "fields")
        assert [(w.document_id, w.detail) for w in found] == [(unsure, "so_ky_hieu"), (pen, "ngay_ban_hanh")]
        assert [w.document_id for w in waiting.listed(connection, DOUBTS, "H24.01", "fields", offset=1)] == [pen]
        (cut,) = waiting.listed(connection, DOUBTS, "H24.01", "split")
        assert (cut.document_id, cut.detail) == (stack, "1-2; 3")
        (pair,) = waiting.listed(connection, DOUBTS, "H24.01", "rescan")
        assert (pair.document_id, pair.other_id) == (sure, unsure)
        (aside,) = waiting.listed(connection, DOUBTS, "H24.01", "quarantined")
        assert aside.detail == "corrupt"
        assert [w.document_id for w in waiting.listed(connection, DOUBTS, "H26", "fields")] == [other]
    warehouse.correct_fields(unsure, {"so_ky_hieu": "2/QĐ"}, officer="cb01")
    with warehouse.catalogue.read() as connection:
        assert waiting.counts(connection, DOUBTS, "H24.01")["H24.01"]["fields"] == 1
