"""Whoever hands in bytes that another agency or another owner has already is answered as for bytes nobody has."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from pipeline.cases import run_case
from pipeline.settings import ApiClient, ServeSettings
from pipeline.workplace import Workplace
from portal.api import create_app
from storage.catalogue import schema as t
from tests.pipeline.bench import CITIZEN, TablePool, reader, scan, workplace
from tests.portal.conftest import TOKEN, post

OTHER = "citizen:001200000029"
MINE, THEIRS = "H24.01", "H24.02"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Workplace]:
    clients = []
    for name, agency in (("mine", MINE), ("theirs", THEIRS), ("citizens", MINE)):
        (tmp_path / name).write_text(f"key-of-{name}\n")
        if name == "citizens":
            acts, file = ("hand-in", "read"), tmp_path / name
            clients.append(ApiClient(name=name, token_file=file, agencies=(agency,), acts=acts, one_owner=True))
            continue
        clients.append(ApiClient(name=name, token_file=tmp_path / name, agencies=(agency,), acts=("hand-in", "read")))
    with workplace(tmp_path / "data", serve=ServeSettings(max_case_bytes=100_000, clients=tuple(clients))) as opened:
        yield opened


@pytest.fixture
def api(place: Workplace) -> Iterator[TestClient]:
    with TestClient(create_app(place, TOKEN, place.settings.serve.clients)) as client:
        yield client


def handed_in(
    api: TestClient, place: Workplace, client: str, scan_file: Path, *, agency: str, owner: str, number: int
) -> tuple[Any, list[Any]]:
    """Hand one file in and digitise it; return the answer before and after, and what the audit log says of it."""
    case = f"{agency}-260102-{number:04d}"
    key = {"Authorization": f"Bearer key-of-{client}"}
    papers = {"giay.tif": scan_file.read_bytes()}
    first = post(api, papers, key=f"key-{number:06d}", headers=key, agency=agency, case=case, owner=owner)
    run_case(place, reader(TablePool(pixels=True)), agency, case)
    then = api.get(f"/api/v1/cases/{agency}/{case}", headers=key)
    document = first.json()["documents"][0]
    a = t.audit_events.c
    with place.catalogue.read() as connection:
        query = select(a.event_type, a.outcome).where(a.document_id == document["id"]).order_by(a.seq)
        events = [tuple(row) for row in connection.execute(query)]
    headers = [sorted(k for k in answer.headers if k != "date") for answer in (first, then)]
    answers = [(answer.status_code, shape(answer.json(), document, case)) for answer in (first, then)]
    return [*answers, *headers], events


def shape(answer: Any, document: dict[str, Any], case: str) -> Any:
    """Return *answer* without what has to differ: identifiers, digests, times, sizes."""
    text = json.dumps(answer)
    for value in (document["id"], document["original_sha256"], case, case.rpartition("-")[2]):
        text = text.replace(value, "*")

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            left_out = ("created_at", "updated_at", "sha256", "size", "manifest_key", "manifest_sha256")
            return {k: plain(v) for k, v in value.items() if k not in left_out}
        return [plain(v) for v in value] if isinstance(value, list) else value

    return plain(json.loads(text))


@pytest.mark.parametrize(("agency", "client", "owner"), [(THEIRS, "theirs", CITIZEN), (MINE, "mine", OTHER)])
def test_known_bytes_and_new_ones_are_answered_alike(
    api: TestClient, place: Workplace, tmp_path: Path, agency: str, client: str, owner: str
) -> None:
    known, fresh = scan(tmp_path / "a.tif", "a"), scan(tmp_path / "b.tif", "b")
    handed_in(api, place, "mine", known, agency=MINE, owner=CITIZEN, number=1)
    of_known, log = handed_in(api, place, client, known, agency=agency, owner=owner, number=2)
    with place.catalogue.begin() as connection:  # so that the second is nobody's neighbour either
        assert connection.execute(select(t.relations)).all() == []
    stranger = "org:0100109106"
    of_fresh, log_of_fresh = handed_in(api, place, client, fresh, agency=agency, owner=stranger, number=3)
    masked = [json.dumps(a, ensure_ascii=False).replace(mask(owner), "*") for a in of_known]
    assert masked == [json.dumps(a, ensure_ascii=False).replace(mask(stranger), "*") for a in of_fresh]
    assert log == log_of_fresh
    assert all(outcome == "success" for _, outcome in log)
    with place.catalogue.read() as connection:
        assert connection.execute(select(t.relations)).all() == []


def test_the_others_document_is_as_if_it_were_not(api: TestClient, place: Workplace, tmp_path: Path) -> None:
    known = scan(tmp_path / "a.tif", "a")
    handed_in(api, place, "mine", known, agency=MINE, owner=CITIZEN, number=1)
    handed_in(api, place, "theirs", known, agency=THEIRS, owner=CITIZEN, number=2)
    with place.catalogue.read() as connection:
        ids = dict(connection.execute(select(t.documents.c.agency, t.documents.c.id)).all())  # type: ignore[arg-type]
    theirs = {"Authorization": "Bearer key-of-theirs"}
    of_mine = api.get(f"/api/v1/documents/{ids[MINE]}", headers=theirs)
    of_nobody = api.get(f"/api/v1/documents/{'q' * 26}", headers=theirs)
    assert (of_mine.status_code, of_mine.json()["code"]) == (404, of_nobody.json()["code"])
    assert of_mine.json()["message"] == of_nobody.json()["message"]
    assert MINE not in api.get(f"/api/v1/documents/{ids[THEIRS]}", headers=theirs).text
    assert ids[MINE] not in api.get(f"/api/v1/documents/{ids[THEIRS]}", headers=theirs).text


def test_a_citizen_hands_in_for_nobody_else(api: TestClient, place: Workplace, tmp_path: Path) -> None:
    paper = {"a.tif": scan(tmp_path / "a.tif", "a").read_bytes()}
    case = {"agency": MINE, "case": f"{MINE}-260102-0001"}
    assert (
        post(api, paper, key="key-000001", headers={"Authorization": "Bearer key-of-mine"}, **case).status_code == 202
    )
    stranger = {"Authorization": "Bearer key-of-citizens", "X-Owner": OTHER}
    refused = post(api, paper, key="key-000002", headers=stranger, owner=CITIZEN, **case)
    assert (refused.status_code, refused.json()["code"]) == (403, "not-allowed")
    unused = {"agency": MINE, "case": f"{MINE}-260102-0002"}
    assert post(api, paper, key="key-000003", headers=stranger, owner=CITIZEN, **unused).json() == refused.json()
    own = {"Authorization": "Bearer key-of-citizens", "X-Owner": CITIZEN}
    assert post(api, paper, key="key-000004", headers=own, owner=CITIZEN, **case).status_code == 202


def mask(owner: str) -> str:
    """Return how answers show an owner."""
    from domain.owners import parse_owner

    return str(parse_owner(owner))
