"""Reuse over the API: the owner's number stands in a header, never in the address."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from pipeline.reuse import record_validity
from pipeline.workplace import Workplace
from tests.pipeline.bench import CITIZEN, TablePool, run, scan
from tests.portal.conftest import CASE


def test_look_up_and_take(api: Any, place: Workplace, tmp_path: Path) -> None:
    scan(tmp_path / "quet" / "q.tif", "q")
    document = run(place, TablePool(), tmp_path / "quet", owner=CITIZEN)[0].document_id
    look = {"url": "/api/v1/reuse", "params": {"agency": "H24.01", "type": "QĐ"}, "headers": {"X-Owner": CITIZEN}}
    assert api.get(**look).json()["available"] is False
    record_validity(place, document, officer="cb01", until=date(2099, 1, 1))
    found = api.get(**look).json()
    assert found["available"] is True
    assert [p["document_id"] for p in found["papers"]] == [document]

    order = {"document_id": document, "agency": "H24.01", "case": CASE, "officer": "cb01"}
    assert api.post("/api/v1/reuse", json=order).json()["new"] is True
    assert api.post("/api/v1/reuse", json=order).json()["new"] is False
    assert api.get(**look).json()["papers"][0]["reused"] == 1
    assert api.post("/api/v1/reuse", json=order | {"agency": "H26"}).status_code == 404
    record_validity(place, document, officer="cb01", withdrawn="13/QĐ-UBND")
    refused = api.post("/api/v1/reuse", json=order | {"case": "H24.01-260102-0009"})
    assert (refused.status_code, refused.json()["code"]) == (409, "paper-not-valid")


def test_wrong_questions(api: Any) -> None:
    assert api.get("/api/v1/reuse?agency=H24.01").status_code == 422
    wrong = api.get("/api/v1/reuse?agency=H24.01", headers={"X-Owner": "citizen:12"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "owner-invalid")
    assert api.get("/api/v1/reuse?agency=H24.01", headers={"X-Owner": CITIZEN, "Authorization": ""}).status_code == 401
