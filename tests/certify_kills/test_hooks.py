"""A signing service calls back: who may, what is believed of it, and that the copy is issued without a second ring."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from flows.site import Site
from flows.worker import _next
from pipeline.certify.hooks import SIGN_TOPIC, references_in
from pipeline.certify.site import SigningSite
from pipeline.workplace import Workplace
from portal.api import create_app
from signing.remote import RemotePending
from storage.catalogue import outbox
from tests.certify_kills.harness import Office, _states, _wrong
from tests.certify_kills.test_phone import _certify, _service, at, place, site

__all__ = ["at", "place", "site"]

TOKEN, HOOK = "khoa-cua-he-thong-tiep-nhan", "khoa-cua-nha-cung-cap"
PATH = "/api/v1/hooks/signing"


@pytest.fixture
def api(place: Workplace, tmp_path: Path) -> Iterator[TestClient]:
    file = tmp_path / "hook"
    file.write_text(f"{HOOK}\n")
    signing = place.settings.signing.model_copy(update={"webhook_token_file": file})
    settings = place.settings.model_copy(update={"signing": signing})
    opened = Workplace(settings, place.warehouse, place.store, place.catalogue, place.clock)
    with TestClient(create_app(opened, TOKEN)) as client:
        yield client


def call(api: TestClient, body: object, key: str = HOOK) -> int:
    return api.post(PATH, json=body, headers={"Authorization": f"Bearer {key}"}).status_code


def waiting(place: Workplace) -> int:
    with place.catalogue.read() as connection:
        return outbox.pending(connection, topics=[SIGN_TOPIC])


def test_only_the_provider_is_heard(api: TestClient, place: Workplace, caplog: pytest.LogCaptureFixture) -> None:
    assert call(api, {"transaction_id": "x"}, key="sai") == 401
    assert api.post(PATH, json={}).status_code == 401
    assert call(api, {}, key=TOKEN) == 401  # the intake system's key opens other doors
    headers = {"Authorization": f"Bearer {HOOK}"}
    assert api.post(PATH, content=b"not json", headers=headers).status_code == 400
    assert api.post(PATH, content=b"[" * 100_000, headers=headers).status_code == 400
    assert api.post(PATH, content=b'"' + b"x" * 300_000 + b'"', headers=headers).status_code == 413
    assert call(api, {"transaction_id": "unknown-here", "signature_value": "AAAA"}) == 202  # and nothing follows
    assert waiting(place) == 0
    assert "unknown-here" not in caplog.text and "AAAA" not in caplog.text
    with TestClient(create_app(place, TOKEN)) as closed:
        assert call(closed, {}) == 404


def test_what_may_be_a_reference() -> None:
    body = {
        "data": {"tran_code": "t1", "list": [{"doc_id": "0"}, ["t2", 7, None, True]]},
        "x" * 300: "t3",
        "y": "z" * 300,
    }
    assert references_in(body) == {"t1", "t2", "t3", "0"}
    assert references_in("t") == {"t"} and references_in(5) == frozenset()


def test_a_call_lets_the_worker_fetch_the_result(
    at: Office, place: Workplace, site: SigningSite, api: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def opened(*_args: object) -> Iterator[SigningSite]:
        yield site

    monkeypatch.setattr("pipeline.certify.hooks.open_signing", opened)
    ids, service = at.take_in(place, 2), _service(site)
    service.mood = "nobody"
    with pytest.raises(RemotePending):
        _certify(place, site, ids)
    office = Site(place, None)

    # a call before anybody confirmed: asked, nothing there, tried again later; nobody's phone rings twice
    assert call(api, {"tran_code": service.rang[0]}) == call(api, {"data": {"id": service.rang[0]}}) == 202
    assert waiting(place) == 1
    assert _next(office, "worker") and not _next(office, "worker")
    assert (_states(place, ids[0]), waiting(place), len(service.rang)) == ("SUBMITTED / -", 1, 1)

    service.mood = "yes"
    # signatures in the call are not looked at: these would not verify
    moved = Workplace(
        place.settings, place.warehouse, place.store, place.catalogue, lambda: place.clock() + timedelta(seconds=60)
    )
    assert (
        call(api, {"transaction_id": service.rang[0], "signatures": [{"doc_id": "0", "signature_value": "AAAA"}]})
        == 202
    )
    while _next(Site(moved, None), "worker"):
        pass
    assert waiting(place) == 0 and len(service.rang) == 2  # the person once, the agency once
    assert _wrong(place, at, ids, over=True) == []
