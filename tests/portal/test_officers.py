"""What acts in an officer's name over the API wants the officer's proof, as on the command line."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from domain.owners import parse_owner
from pipeline.officers import _SCRYPT, MOST_FAILURES, add_officer, disable_officer
from pipeline.reuse import record_validity
from pipeline.settings import CertifySettings, ServeSettings
from pipeline.workplace import Workplace
from portal.api import create_app
from storage.catalogue import audit
from storage.records import Intake
from tests.pipeline.bench import AGENCY, CITIZEN, workplace
from tests.portal.conftest import CASE, TOKEN, URL
from tests.portal.test_access import save

SECRET = "mật-khẩu-của-cán-bộ"
NEXT = f"{AGENCY}-260102-0077"
LOCAL, AWAY = ("127.0.0.1", 50000), ("192.0.2.7", 50000)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workplace]:
    monkeypatch.setitem(_SCRYPT, "n", 16)  # what a digest costs is no part of this
    strict = CertifySettings(officers="required")
    with workplace(tmp_path / "data", serve=ServeSettings(max_case_bytes=100_000), certify=strict) as opened:
        add_officer(opened, AGENCY, "cb01", ["attest"], SECRET.encode())
        add_officer(opened, "H24.02", "cb02", ["attest"], SECRET.encode())
        yield opened


def caller(place: Workplace, *, client: tuple[str, int] = LOCAL, base: str = "http://testserver") -> TestClient:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    return TestClient(create_app(place, TOKEN), headers=headers, client=client, base_url=base)


@pytest.fixture
def document(place: Workplace) -> str:
    taken = Intake(AGENCY, parse_owner(CITIZEN), case_code=CASE)
    made = place.warehouse.receive(b"mot", taken, agent="test").document.id
    save(place.warehouse, made, "quyết định")
    record_validity(place, made, officer="cb01", until=date(2099, 1, 1))
    return made


def acts(document: str, **more: Any) -> tuple[tuple[str, str, dict[str, Any]], ...]:
    """The two ways, each with what it is asked with."""
    closing = {"closed_on": "2026-01-05", "officer": "cb01"}
    taking = {"document_id": document, "agency": AGENCY, "case": NEXT, "officer": "cb01"}
    return (("PATCH", URL, closing | more), ("POST", "/api/v1/reuse", taking | more))


def done(place: Workplace) -> list[dict[str, Any]]:
    """What was done in officers' names, as the audit log has it."""
    with place.catalogue.read() as connection:
        found = audit.events(connection, AGENCY)
    details = [(e.event_type, json.loads(e.detail)) for e in found]
    return [d for kind, d in details if kind == "reuse" or d.get("act") == "case closed"]


def test_without_proof_nothing_is_done(place: Workplace, document: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    wrong: tuple[tuple[dict[str, Any], int, str], ...] = (
        ({}, 422, "officer-secret"),
        ({"proof": None}, 422, "officer-secret"),
        ({"proof": SECRET[:-1]}, 403, "officer-not-proven"),
        ({"proof": ""}, 403, "officer-not-proven"),
        ({"proof": SECRET, "officer": "cb02"}, 403, "officer-not-proven"),  # another agency's
        ({"proof": SECRET, "officer": "cb99"}, 403, "officer-not-proven"),
        ({"proof": SECRET + "x" * 2000}, 422, "request-invalid"),
        ({"proof": SECRET + "\ud800", "officer": "cb99"}, 403, "officer-not-proven"),  # no text at all
        ({"proof": SECRET, "officer": "001200000019"}, 422, "officer-id"),  # it would stay in the audit log
        ({"proof": SECRET, "officer": "cb\ud800"}, 422, "request-invalid"),
        ({"proof": SECRET, "officer": "cb\n01"}, 422, "officer-id"),
        ({"proof": [SECRET]}, 422, "request-invalid"),
    )
    with caller(place) as api:
        for more, status, code in wrong:
            for method, url, order in acts(document, **more):
                answer = api.request(
                    method, url, content=json.dumps(order), headers={"Content-Type": "application/json"}
                )
                assert (answer.status_code, answer.json()["code"]) == (status, code), more
                assert SECRET[:-1] not in answer.text
        assert done(place) == []
        assert api.get(URL).json()["closed_on"] is None
        assert api.get(URL.replace("0001", "0077")).status_code == 404
    with place.catalogue.read() as connection:
        refused = [e for a in (AGENCY, "H24.02") for e in audit.events(connection, a)]
    assert SECRET[:-1] not in "".join(e.detail + e.agent for e in refused)
    assert SECRET[:-1] not in caplog.text


def test_who_is_proven_acts_and_is_written_down(place: Workplace, document: str) -> None:
    with caller(place) as api:
        for method, url, order in acts(document, proof=SECRET):
            assert api.request(method, url, json=order).status_code == 200
    assert [(d["officer"], d["officer_proof"]) for d in done(place)] == [("cb01", "secret")] * 2
    disable_officer(place, AGENCY, "cb01")
    with caller(place) as api:
        answer = api.patch(URL, json={"closed_on": None, "officer": "cb01", "proof": SECRET})
        assert (answer.status_code, answer.json()["code"]) == (403, "officer-not-proven")
        assert "mật khẩu" in answer.json()["message"]
        assert api.get(URL).json()["closed_on"] == "2026-01-05"


def test_guessing_is_stopped_over_both_ways_together(place: Workplace, document: str) -> None:
    now = place.clock()
    object.__setattr__(place, "clock", lambda: now)
    closing, taking = acts(document, proof="mot-mat-khau-khac")
    with caller(place) as api:
        for turn in range(MOST_FAILURES):
            method, url, order = (closing, taking)[turn % 2]
            assert api.request(method, url, json=order).json()["code"] == "officer-not-proven"
        for method, url, order in (closing, taking):
            answer = api.request(method, url, json=order | {"proof": SECRET})
            assert (answer.status_code, answer.json()["code"]) == (403, "officer-locked")
        assert done(place) == []
        object.__setattr__(place, "clock", lambda: now + timedelta(minutes=16))
        method, url, order = closing
        assert api.request(method, url, json=order | {"proof": SECRET}).status_code == 200


def test_a_secret_is_taken_over_a_closed_line_only(place: Workplace, document: str) -> None:
    order = {"closed_on": "2026-01-05", "officer": "cb01", "proof": SECRET}
    with caller(place, client=AWAY) as api:
        answer = api.patch(URL, json=order)
        assert (answer.status_code, answer.json()["code"]) == (403, "officer-channel")
    assert done(place) == []
    for client, base in (
        (AWAY, "https://kho.test"),
        (("::1", 1), "http://kho.test"),
        (("::ffff:127.0.0.1", 1), "http://k"),
    ):
        with caller(place, client=client, base=base) as api:
            assert api.patch(URL, json=order).status_code == 200


def test_where_officers_are_named_a_proof_counts_all_the_same(place: Workplace, document: str) -> None:
    named = place.settings.model_copy(update={"certify": CertifySettings()})
    object.__setattr__(place, "settings", named)
    with caller(place) as api:
        (method, url, order), _ = acts(document)
        assert api.request(method, url, json=order).status_code == 200
        wrong = api.request(method, url, json=order | {"closed_on": None, "proof": "khong-phai-mat-khau"})
        assert (wrong.status_code, wrong.json()["code"]) == (403, "officer-not-proven")
        assert api.get(URL).json()["closed_on"] == "2026-01-05"
        assert api.request(method, url, json=order | {"proof": SECRET}).status_code == 200
    assert [d.get("officer_proof") for d in done(place)] == [None, "secret"]
