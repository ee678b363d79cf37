"""Each client sees its own agencies' papers, a citizens' portal its user's, and what else there is nobody learns."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from domain.errors import NotReady
from domain.owners import parse_owner
from pipeline.settings import ApiClient, ServeSettings
from pipeline.workplace import Workplace
from portal.api import create_app
from portal.server import api_token
from storage.catalogue import audit
from storage.records import FieldRecord, Intake
from storage.warehouse import Warehouse
from tests.pipeline.bench import CITIZEN, scan, workplace
from tests.portal.conftest import TOKEN

OTHER = "citizen:001200000029"
MINE, THEIRS = "H24.01", "H24.02"


def key_of(name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer key-of-{name}"}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Workplace]:
    clients = []
    for name, agencies, acts, one_owner in (
        ("mine", (MINE,), ("hand-in", "read", "reuse", "take"), False),
        ("theirs", (THEIRS,), ("hand-in", "read", "reuse", "take"), False),
        ("reader", (MINE,), ("read",), False),
        ("citizens", (), ("read", "take"), True),
    ):
        (tmp_path / name).write_text(f"key-of-{name}\n")
        clients.append(
            ApiClient(name=name, token_file=tmp_path / name, agencies=agencies, acts=acts, one_owner=one_owner)
        )
    with workplace(tmp_path / "data", serve=ServeSettings(max_case_bytes=100_000, clients=tuple(clients))) as opened:
        yield opened


@pytest.fixture
def api(place: Workplace) -> Iterator[TestClient]:
    with TestClient(create_app(place, TOKEN, place.settings.serve.clients)) as client:
        yield client


@pytest.fixture
def papers(place: Workplace) -> dict[str, str]:
    """One paper of each of two owners in each of two agencies; "agency owner" -> id."""
    ids = {}
    for agency in (MINE, THEIRS):
        for owner in (CITIZEN, OTHER):
            case = f"{agency}-260102-{owner[-4:]}"
            taken = Intake(agency, parse_owner(owner), case_code=case)
            document = place.warehouse.receive(f"{agency} {owner}".encode(), taken, agent="test").document
            save(place.warehouse, document.id, f"quyết định giao đất {agency}")
            ids[f"{agency} {owner}"] = document.id
    return ids


def save(warehouse: Warehouse, document_id: str, text: str) -> None:
    field = FieldRecord("trich_yeu", "Về việc giao đất", 0.9, "ocr", 1)
    warehouse.save_digitised(
        document_id, pdfa=b"%PDF " + text.encode(), reading_json=b"{}", text=text, fields=[field], agent="test"
    )


def seen(api: TestClient, headers: dict[str, str], agency: str) -> set[str]:
    found = api.get("/api/v1/documents", params={"agency": agency, "q": "giao dat"}, headers=headers).json()
    assert found["total"] == len(found["hits"])
    return {hit["document_id"] for hit in found["hits"]}


def test_an_agency_never_sees_another(api: TestClient, papers: dict[str, str]) -> None:
    own = {i for key, i in papers.items() if key.startswith(MINE)}
    assert seen(api, key_of("mine"), MINE) == own
    assert seen(api, key_of("mine"), THEIRS) == set()
    assert seen(api, {"Authorization": f"Bearer {TOKEN}"}, THEIRS) == set(papers.values()) - own
    for key, document_id in papers.items():
        status = 200 if key.startswith(MINE) else 404
        assert api.get(f"/api/v1/documents/{document_id}", headers=key_of("mine")).status_code == status
        order = {"document_id": document_id, "agency": MINE, "case": f"{MINE}-260102-9{key[-3:]}", "officer": "cb1"}
        answer = api.post("/api/v1/reuse", json=order, headers=key_of("mine"))
        assert answer.status_code == status


def test_what_is_not_seen_looks_like_what_is_not_there(api: TestClient, papers: dict[str, str]) -> None:
    theirs = api.get(f"/api/v1/documents/{papers[f'{THEIRS} {CITIZEN}']}", headers=key_of("mine"))
    nobodys = api.get("/api/v1/documents/khong-co", headers=key_of("mine"))
    assert (theirs.status_code, theirs.json()) == (nobodys.status_code, nobodys.json())


def test_a_citizen_sees_only_their_own(api: TestClient, papers: dict[str, str]) -> None:
    me = key_of("citizens") | {"X-Owner": CITIZEN}
    assert seen(api, me, MINE) == {papers[f"{MINE} {CITIZEN}"]}
    assert seen(api, me, THEIRS) == {papers[f"{THEIRS} {CITIZEN}"]}
    for key, document_id in papers.items():
        status = 200 if key.endswith(CITIZEN) else 404
        assert api.get(f"/api/v1/documents/{document_id}", headers=me).status_code == status
        agency, owner = key.split(" ")
        case = f"/api/v1/cases/{agency}/{agency}-260102-{owner[-4:]}"
        assert api.get(case, headers=me).status_code == status
    assert api.get("/api/v1/documents/x", headers=key_of("citizens")).status_code == 422  # whose?


def test_what_a_client_may_do_is_bounded(api: TestClient, papers: dict[str, str], tmp_path: Path) -> None:
    def hand_in(name: str, agency: str) -> int:
        content = scan(tmp_path / f"{name}{agency}.tif", name).read_bytes()
        answer: Any = api.post(
            "/api/v1/cases",
            data={"owner": CITIZEN, "agency": agency, "case": f"{agency}-260102-0001"},
            files=[("files", ("a.tif", io.BytesIO(content), "image/tiff"))],
            headers=key_of(name) | {"Idempotency-Key": f"khoa-{name}-{agency}"},
        )
        return int(answer.status_code)

    assert hand_in("mine", MINE) == 202
    assert hand_in("mine", THEIRS) == 403
    assert hand_in("reader", MINE) == 403
    mine = papers[f"{MINE} {CITIZEN}"]
    assert api.post(f"/api/v1/documents/{mine}/links", json={}, headers=key_of("reader")).status_code == 403
    refused = api.get("/api/v1/reuse", params={"agency": THEIRS}, headers=key_of("mine") | {"X-Owner": CITIZEN})
    assert (refused.status_code, refused.json()["code"]) == (403, "not-allowed")


def test_keys_change_without_a_pause(api: TestClient, place: Workplace) -> None:
    file = place.settings.serve.clients[0].token_file

    def status(key: str) -> int:
        headers = {"Authorization": f"Bearer {key}"}
        return int(api.get("/api/v1/documents", params={"agency": MINE}, headers=headers).status_code)

    assert (status("key-of-mine"), status("new")) == (200, 401)
    file.write_text("key-of-mine\nnew-key\n")
    assert (status("key-of-mine"), status("new-key")) == (200, 200)
    file.write_text("new-key\n")
    assert (status("key-of-mine"), status("new-key")) == (401, 200)
    file.unlink()
    assert (status("new-key"), status("")) == (401, 401)


def test_a_missing_key_file_is_told_at_the_start(place: Workplace, tmp_path: Path) -> None:
    settings = place.settings.model_copy(update={"serve": ServeSettings(token_file=tmp_path / "none")})
    with pytest.raises(NotReady, match="key file"):
        api_token(settings)


def test_a_link_gives_the_file_once_written_down(api: TestClient, place: Workplace, papers: dict[str, str]) -> None:
    mine = papers[f"{MINE} {CITIZEN}"]
    made = api.post(f"/api/v1/documents/{mine}/links", json={"role": "pdfa", "seconds": 60}, headers=key_of("mine"))
    assert made.status_code == 201
    with place.catalogue.read() as connection:
        last = audit.events(connection, MINE)[-1]
    assert (last.event_type, last.agent, last.document_id) == ("access", "mine", mine)
    assert made.json()["sha256"] in last.detail
    got = api.get(made.json()["url"])  # no key: the link is the key
    assert got.content == place.warehouse.open_role(mine, "pdfa")
    assert got.headers["content-type"] == "application/pdf"
    assert made.json()["file_name"] in got.headers["content-disposition"]
    assert list((place.settings.data_dir / "scratch").iterdir()) == []
    later = place.clock() + timedelta(seconds=61)
    object.__setattr__(place, "clock", lambda: later)
    over = api.get(made.json()["url"])
    assert (over.status_code, over.json()["code"]) == (410, "link-over")


def test_a_link_cannot_be_made_up(api: TestClient, papers: dict[str, str]) -> None:
    mine, theirs = papers[f"{MINE} {CITIZEN}"], papers[f"{THEIRS} {CITIZEN}"]
    url = api.post(f"/api/v1/documents/{mine}/links", json={}, headers=key_of("mine")).json()["url"]
    body, _, seal = url.rpartition("/")[2].partition(".")
    other = "1" if seal.endswith("0") else "0"
    for token in (f"{body}.{seal[:-1]}{other}", f"{body[:-4]}AAAA.{seal}", body, "khóa.khóa"):
        assert api.get(f"/api/v1/links/{token}").status_code == 410
    assert api.post(f"/api/v1/documents/{theirs}/links", json={}, headers=key_of("mine")).status_code == 404
    assert api.post(f"/api/v1/documents/{mine}/links", json={"role": "none"}, headers=key_of("mine")).status_code == 404
    longer = api.post(f"/api/v1/documents/{mine}/links", json={"seconds": 301}, headers=key_of("mine"))
    assert longer.status_code == 422


def test_a_damaged_file_is_not_handed_out(api: TestClient, place: Workplace, papers: dict[str, str]) -> None:
    mine = papers[f"{MINE} {CITIZEN}"]
    made = api.post(f"/api/v1/documents/{mine}/links", json={}, headers=key_of("mine")).json()
    digest = made["sha256"]
    path = place.settings.data_dir / "store" / "blob" / "sha256" / digest[:2] / digest[2:4] / digest
    path.chmod(0o644)
    path.write_bytes(b"%PDF something else")
    assert api.get(made["url"]).status_code >= 400


def test_only_an_office_records_the_end_of_the_work_on_its_cases(
    api: TestClient, place: Workplace, papers: dict[str, str]
) -> None:
    case = f"{MINE}-260102-{CITIZEN[-4:]}"
    url, body = f"/api/v1/cases/{MINE}/{case}", {"closed_on": "2026-01-05", "officer": "cb01"}
    for name in ("theirs", "reader"):
        assert api.patch(url, json=body, headers=key_of(name)).status_code == 403
    assert api.patch(url, json=body, headers=key_of("citizens") | {"X-Owner": CITIZEN}).status_code == 403
    assert api.get(url, headers=key_of("mine")).json()["closed_on"] is None
    answer = api.patch(url, json=body, headers=key_of("mine"))
    assert (answer.status_code, answer.json()["closed_on"]) == (200, "2026-01-05")
    assert api.patch(url, json=body | {"closed_on": "2999-01-01"}, headers=key_of("mine")).status_code == 422
    assert api.patch(url, json={"officer": "cb01"}, headers=key_of("mine")).status_code == 422
    assert api.patch(url + "9", json=body, headers=key_of("mine")).status_code == 404
    assert api.get(url, headers=key_of("mine")).json()["closed_on"] == "2026-01-05"
    again = api.patch(url, json=body | {"closed_on": None}, headers=key_of("mine")).json()
    assert again["closed_on"] is None
    with place.catalogue.read() as connection:
        acts = [e.agent for e in audit.events(connection, MINE) if "case clos" in e.detail]
    assert acts == ["cb01", "cb01"]
