"""What happens to a document, done by tests: received, digitised, certified."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from domain.owners import Owner
from storage.catalogue import register
from storage.records import FieldRecord, Intake, RegisterNumber
from storage.warehouse import Saved, Warehouse

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
