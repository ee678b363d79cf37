from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from domain.errors import Advice, BadInput
from pipeline.cases import CASE_TOPIC, accept_case, run_case
from pipeline.settings import ServeSettings
from pipeline.workplace import Workplace
from portal.api import create_app
from storage.catalogue import documents, outbox
from tests.pipeline.bench import CITIZEN, Killed, TablePool, crash, reader, workplace
from tests.portal.conftest import CASE, TOKEN, URL, post


def stored(place: Workplace) -> list[str]:
    with place.catalogue.read() as connection:
        return documents.ids(connection)


def events(place: Workplace) -> int:
    with place.catalogue.begin() as connection:
        return len(outbox.claim(connection, worker="test", now=place.clock(), topics=[CASE_TOPIC]))


def shape_of_errors(answer: object) -> bool:
    return answer.keys() == {"code", "message"} and all(answer.values())  # type: ignore[attr-defined]


def test_openapi_describes_every_way_with_its_errors(api: TestClient) -> None:
    schema = api.get("/openapi.json", headers={"Authorization": ""}).json()
    assert schema["paths"].keys() == {
        "/healthz",
        "/api/v1/cases",
        "/api/v1/cases/{agency}/{case}",
        "/api/v1/documents/{document_id}",
        "/api/v1/documents",
        "/api/v1/documents/{document_id}/links",
        "/api/v1/links/{token}",
        "/api/v1/reuse",
    }
    post_ = schema["paths"]["/api/v1/cases"]["post"]
    assert {"202", "401", "409", "413", "422", "503"} <= post_["responses"].keys()
    assert post_["security"]
    assert "idempotency-key" in {part["name"] for part in post_["parameters"]}
    assert api.get("/docs").status_code == 200


def test_health_needs_no_token(api: TestClient) -> None:
    assert api.get("/healthz", headers={"Authorization": ""}).json()["status"] == "ok"


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer sai", f"Basic {TOKEN}", "Bearer khóa"])
@pytest.mark.parametrize("path", [URL, "/api/v1/documents/x", "/api/v1/documents?agency=H24.01", "/api/v1/reuse"])
def test_without_the_token_nothing_is_told(api: TestClient, header: str, path: str) -> None:
    answer = api.get(path, headers={"Authorization": header.encode()})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert shape_of_errors(answer.json())


def test_without_the_token_nothing_is_stored(api: TestClient, place: Workplace, papers: dict[str, bytes]) -> None:
    assert post(api, papers, headers={"Authorization": "Bearer sai"}).status_code == 401
    assert stored(place) == []


@pytest.mark.parametrize("code", ["HS-Đất 12", "../../etc/passwd", "a/b?c#d", "100% đúng", "-x", "😀1"])
def test_a_case_of_another_system_is_found_under_the_address_it_was_given(
    api: TestClient, papers: dict[str, bytes], code: str
) -> None:
    answer = post(api, papers, case=code)
    assert answer.status_code == 202, answer.text
    place = answer.headers["Location"]
    assert place.isascii() and place.count("/") == URL.count("/") and set("?# ").isdisjoint(place)
    assert api.get(place).json()["case"] == code


@pytest.mark.parametrize("code", ["..", ".", "/", "-", "\u0301", "hồ sơ\u3000số 1", "a\u202eb", "a\ue000"])
def test_a_code_that_no_address_can_hold_is_none(
    api: TestClient, place: Workplace, papers: dict[str, bytes], code: str
) -> None:
    answer = post(api, papers, case=code)
    assert (answer.status_code, answer.json()["code"]) == (422, "case-code-invalid")
    assert stored(place) == []


def test_the_originals_are_safe_before_the_answer(api: TestClient, place: Workplace, papers: dict[str, bytes]) -> None:
    answer = post(api, papers, kind="result", procedure="2.000815")
    assert answer.status_code == 202
    assert answer.headers["Location"] == URL
    case = answer.json()
    assert (case["agency"], case["case"], case["state"], case["procedure"]) == ("H24.01", CASE, "received", "2.000815")
    found = {document["id"]: document for document in case["documents"]}
    assert len(found) == 2
    assert {document["status"] for document in found.values()} == {"received"}
    originals = {hashlib.sha256(place.warehouse.open_role(one, "original")).hexdigest() for one in found}
    assert originals == {hashlib.sha256(content).hexdigest() for content in papers.values()}
    assert {document["owner"] for document in found.values()} == {"citizen:0012******19"}
    assert "001200000019" not in answer.text
    assert events(place) == 1


def test_the_same_key_and_content_is_the_same_case(api: TestClient, place: Workplace, papers: dict[str, bytes]) -> None:
    first = post(api, papers)
    again = post(api, papers)
    assert (again.status_code, again.json()) == (202, first.json())
    assert len(stored(place)) == 2
    assert [len(place.warehouse.show(one).versions) for one in stored(place)] == [1, 1]
    assert events(place) == 1


@pytest.mark.parametrize("change", [{"case": "H24.01-260102-0002"}, {"kind": "result"}, {"owner": "org:0100109106"}])
def test_the_same_key_for_something_else_is_a_conflict(
    api: TestClient, place: Workplace, papers: dict[str, bytes], change: dict[str, str]
) -> None:
    post(api, papers)
    answer = post(api, papers, **change)
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency-conflict")
    fewer = dict(list(papers.items())[:1])
    assert post(api, fewer).status_code == 409
    assert len(stored(place)) == 2


def test_the_case_of_another_owner_is_a_conflict(api: TestClient, place: Workplace, papers: dict[str, bytes]) -> None:
    post(api, papers)
    answer = post(api, papers, key="khoa-0002", owner="citizen:001200000022")
    assert (answer.status_code, answer.json()["code"]) == (409, "case-of-another-owner")
    assert "001200000022" not in answer.text
    assert len(stored(place)) == 2
    # the key is free: the request was refused, not done
    assert post(api, papers, key="khoa-0002").status_code == 202


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"owner": "citizen:00120000001"}, "owner-invalid"),
        ({"agency": "?"}, "agency-code-invalid"),
        ({"case": "a\nb"}, "case-code-invalid"),
        ({"kind": "paper"}, "request-invalid"),
        ({"procedure": "x"}, "procedure-code-invalid"),
    ],
)
def test_a_wrong_value_is_named_and_not_repeated(
    api: TestClient, place: Workplace, papers: dict[str, bytes], form: dict[str, str], code: str
) -> None:
    answer = post(api, papers, **form)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert shape_of_errors(answer.json())
    assert "00120000001" not in answer.text
    assert stored(place) == []


def test_missing_parts_are_named(api: TestClient) -> None:
    answer = api.post("/api/v1/cases", data={"owner": CITIZEN})
    assert answer.status_code == 422
    assert shape_of_errors(answer.json())
    for part in ("agency", "case", "files", "idempotency-key"):
        assert part in answer.json()["message"]
    assert "001200000019" not in answer.text


def test_a_request_that_is_too_large_is_refused_unread(api: TestClient, place: Workplace) -> None:
    answer = post(api, {"to.tif": b"x" * 100_001})
    assert answer.status_code == 413
    assert shape_of_errors(answer.json())
    assert stored(place) == []


def test_a_large_request_that_hides_its_length_is_refused_too(api: TestClient, place: Workplace) -> None:
    boundary = "ranh-gioi"
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="a.tif"\r\n\r\n'.encode()

    def chunks() -> object:
        yield head
        for _ in range(20):
            yield b"x" * 10_000
        yield f"\r\n--{boundary}--\r\n".encode()

    answer = api.post(
        "/api/v1/cases",
        content=chunks(),  # type: ignore[arg-type]
        headers={"Idempotency-Key": "khoa-0001", "Content-Type": f"multipart/form-data; boundary={boundary}"},
    )
    assert answer.status_code == 413
    assert shape_of_errors(answer.json())
    assert stored(place) == []


def test_a_case_becomes_done(api: TestClient, place: Workplace, papers: dict[str, bytes]) -> None:
    post(api, papers)
    assert api.get(URL).json()["state"] == "received"
    pool = TablePool()
    assert run_case(place, reader(pool), "H24.01", CASE) == "done"
    case = api.get(URL).json()
    assert case["state"] == "done"
    assert {document["so_ky_hieu"] for document in case["documents"]} == {"1/QĐ-UBND"}
    assert run_case(place, reader(pool), "H24.01", CASE) == "done"
    assert len(pool.read) == 2


def test_a_case_with_a_bad_file_waits_for_an_officer(
    api: TestClient, place: Workplace, papers: dict[str, bytes]
) -> None:
    post(api, papers | {"hong.pdf": b"%PDF-1.7\n"})
    assert run_case(place, reader(TablePool()), "H24.01", CASE) == "waiting"
    case = api.get(URL).json()
    assert case["state"] == "waiting"
    assert case["message"]
    bad = [document for document in case["documents"] if document["status"] == "quarantined"]
    assert len(bad) == 1
    assert bad[0]["quarantine"]["code"]
    assert bad[0]["quarantine"]["message"]


def test_a_case_with_a_fault_of_ours_fails_and_a_new_request_tries_again(
    api: TestClient, place: Workplace, papers: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    post(api, papers)
    with monkeypatch.context() as patch:
        patch.setattr("pipeline.digitise.write_derivative", lambda *_a, **_k: 1 / 0)
        assert run_case(place, reader(TablePool()), "H24.01", CASE) == "failed"
    assert api.get(URL).json()["message"]
    assert post(api, papers, key="khoa-0002").json()["state"] == "received"
    assert run_case(place, reader(TablePool()), "H24.01", CASE) == "done"


def test_papers_handed_in_later_are_digitised_too(api: TestClient, place: Workplace, papers: dict[str, bytes]) -> None:
    first, second = ({name: content} for name, content in papers.items())
    post(api, first)
    run_case(place, reader(TablePool()), "H24.01", CASE)
    assert post(api, second, key="khoa-0002").json()["state"] == "received"
    assert run_case(place, reader(TablePool()), "H24.01", CASE) == "done"
    assert {document["status"] for document in api.get(URL).json()["documents"]} == {"digitised"}


def test_papers_handed_in_while_the_case_runs_are_digitised_too(
    api: TestClient, place: Workplace, papers: dict[str, bytes]
) -> None:
    first, second = ({name: content} for name, content in papers.items())
    post(api, first)

    def meanwhile() -> None:
        if len(stored(place)) == 1:
            assert post(api, second, key="khoa-0002").status_code == 202

    run_case(place, reader(TablePool()), "H24.01", CASE, on_page=meanwhile)
    run_case(place, reader(TablePool()), "H24.01", CASE)  # the second request's own turn
    case = api.get(URL).json()
    assert [document["status"] for document in case["documents"]] == ["digitised", "digitised"]
    assert case["state"] == "done"


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(
    "moment",
    [
        "storage.catalogue.inbox.receive",
        "storage.warehouse.Warehouse.receive",
        "storage.catalogue.outbox.add",
        "storage.catalogue.inbox.answer",
        "pipeline.cases.case_json",
    ],
)
def test_a_request_that_was_cut_off_is_done_once_when_it_comes_again(
    place: Workplace,
    papers: dict[str, bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    moment: str,
    after: bool,
) -> None:
    from domain.owners import parse_owner
    from pipeline.cases import CaseOrder, FileOfCase

    order = CaseOrder("H24.01", CASE, parse_owner(CITIZEN))
    files = [FileOfCase(tmp_path / name, name) for name in papers]
    with monkeypatch.context() as patch, pytest.raises(Killed):
        crash(patch, moment, after=after)
        accept_case(place, order, files, "khoa-0001")
    case = accept_case(place, order, files, "khoa-0001")
    assert len(case["documents"]) == len(stored(place)) == 2
    assert events(place) == 1
    assert run_case(place, reader(TablePool()), "H24.01", CASE) == "done"


def test_a_case_that_was_cut_off_goes_on(
    api: TestClient, place: Workplace, papers: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    post(api, papers)
    pool = TablePool()
    with monkeypatch.context() as patch, pytest.raises(Killed):
        crash(patch, "storage.warehouse.Warehouse.save_digitised", after=True)
        run_case(place, reader(pool), "H24.01", CASE)
    assert api.get(URL).json()["state"] == "running"
    assert run_case(place, reader(pool), "H24.01", CASE) == "done"
    assert len(pool.read) == 2
    assert list(place.store.list("page/")) == []


def test_a_document_by_id_and_by_words(api: TestClient, place: Workplace, papers: dict[str, bytes]) -> None:
    ids = [document["id"] for document in post(api, papers).json()["documents"]]
    run_case(place, reader(TablePool()), "H24.01", CASE)
    document = api.get(f"/api/v1/documents/{ids[0]}").json()
    assert (document["id"], document["cases"], document["owner"]) == (ids[0], [CASE], "citizen:0012******19")
    found = api.get("/api/v1/documents", params={"agency": "H24.01", "q": "phe duyet"}).json()
    assert {hit["document_id"] for hit in found["hits"]} == set(ids)
    assert found["total"] == 2
    elsewhere = api.get("/api/v1/documents", params={"agency": "H26", "q": "phe duyet"}).json()
    assert elsewhere == {"total": 0, "more": False, "hits": []}
    assert api.get("/api/v1/documents", params={"q": "x"}).status_code == 422


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/cases/H24.01/H24.01-260102-0999", 404),
        ("GET", "/api/v1/documents/khong-co", 404),
        ("GET", "/api/v1/nothing", 404),
        ("GET", "/nothing", 404),
        ("DELETE", "/api/v1/cases", 405),
        ("GET", "/api/v1/cases/%3F/x", 422),
    ],
)
def test_every_error_has_one_shape(api: TestClient, method: str, path: str, status: int) -> None:
    answer = api.request(method, path)
    assert answer.status_code == status
    assert shape_of_errors(answer.json()), answer.text


def test_a_fault_of_ours_tells_no_secret(place: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object, **_more: object) -> object:
        raise RuntimeError("001200000019")

    monkeypatch.setattr("portal.api.case_json", broken)
    with TestClient(create_app(place, TOKEN), raise_server_exceptions=False) as client:
        answer = client.get(URL, headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 500
    assert "001200000019" not in answer.text
    assert shape_of_errors(answer.json())


def test_a_store_that_does_not_answer_is_503(place: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    from domain.errors import Unavailable

    def away(*_args: object, **_more: object) -> object:
        raise Unavailable("catalogue-unavailable", "no answer", Advice("Cơ sở dữ liệu không trả lời."))

    monkeypatch.setattr("portal.api.case_json", away)
    with TestClient(create_app(place, TOKEN)) as client:
        answer = client.get(URL, headers={"Authorization": f"Bearer {TOKEN}"})
    assert (answer.status_code, answer.json()["code"]) == (503, "catalogue-unavailable")


def test_a_page_that_cannot_be_read_makes_the_case_wait(
    api: TestClient, place: Workplace, papers: dict[str, bytes]
) -> None:
    post(api, papers)
    pool = TablePool()
    pool.failing[1] = BadInput("page-failed", "page 1", Advice("Không đọc được trang 1."))
    assert run_case(place, reader(pool), "H24.01", CASE) == "waiting"


def test_the_limit_holds_for_all_files_together(tmp_path: Path, papers: dict[str, bytes]) -> None:
    size = max(map(len, papers.values())) + 1000
    with (
        workplace(tmp_path / "eng", serve=ServeSettings(max_case_bytes=size)) as place,
        TestClient(create_app(place, TOKEN), headers={"Authorization": f"Bearer {TOKEN}"}) as client,
    ):
        assert post(client, papers).status_code == 413
        assert stored(place) == []
