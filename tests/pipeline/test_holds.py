"""A hold as the store's legal hold too, where the store was tried and keeps one; the rows decide all the same."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from domain.errors import BadInput, Refused
from domain.owners import Owner
from pipeline.disposal import carry_out, propose
from pipeline.holds import hold, hold_in_stores, release
from pipeline.settings import RetentionSettings, Settings, StoreSettings
from pipeline.workplace import Workplace, open_workplace
from storage.catalogue import audit
from storage.errors import DocumentUnknown, store_unavailable
from storage.keys import blob_key
from storage.minio_store import MinioStore
from storage.objects import destroy
from tests.pipeline.old_papers import TERMS, approved, paper, years_later
from tests.servers import MinioServer, minio_server
from tests.storage.conftest import Clock, hurry
from tests.storage.fresh import lay_catalogue

__all__ = ["minio_server"]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["preferred", "off"])
def place(
    request: pytest.FixtureRequest, tmp_path: Path, clock: Clock, minio_server: MinioServer, monkeypatch: Any
) -> Iterator[Workplace]:
    """A bucket with locks; ``off``: this installation uses neither locks nor the store's holds."""
    monkeypatch.setattr("os.fsync", lambda _handle: None)
    # as short as a lock can be: the term of the papers outlives it
    terms = TERMS + '\n[[rule]]\nwhat = "case-papers"\nmonths = 1\n'
    (tmp_path / "terms.toml").write_text(terms, "utf-8")
    lay_catalogue(tmp_path / "data" / "catalogue.sqlite")
    s, bucket = minio_server, f"holds-{secrets.token_hex(6)}"
    MinioStore(s.endpoint, s.access_key, s.secret_key, bucket, secure=False).make_bucket()
    store = StoreSettings(
        kind="minio",
        endpoint=s.endpoint,
        bucket=bucket,
        secure=False,
        access_key=SecretStr(s.access_key),
        secret_key=SecretStr(s.secret_key),
        worm=request.param,
    )
    settings = Settings(
        data_dir=tmp_path / "data", store=store, retention=RetentionSettings(terms_file=tmp_path / "terms.toml")
    )
    with open_workplace(settings, clock) as opened:
        hurry(opened.catalogue)
        yield opened


def held(workplace: Workplace, key: str) -> bool:
    assert isinstance(workplace.store, MinioStore)
    client, bucket = workplace.store.client, workplace.store.bucket
    return any(
        client.is_object_legal_hold_enabled(bucket, key, one.version_id)
        for one in client.list_objects(bucket, key, include_version=True)
    )


def keys_of(workplace: Workplace, document_id: str) -> set[str]:
    view = workplace.warehouse.show(document_id)
    return {blob_key(o.sha256) for o in view.objects} | {version.manifest_key for version in view.versions}


@pytest.mark.parametrize("place", ["preferred"], indirect=True)
def test_what_a_hold_covers_nobody_removes_from_the_store(place: Workplace) -> None:
    one, other = paper(place, "one"), paper(place, "other", owner=44)
    shared = keys_of(place, one) & keys_of(place, other)  # the same reading
    assert shared
    placed = hold(place, "H24.01", "document", one, by="cb01", reason="Khiếu nại")
    assert placed.complete and placed.objects == len(keys_of(place, one))
    assert all(held(place, key) for key in keys_of(place, one))
    assert not any(held(place, key) for key in keys_of(place, other) - shared)
    for key in keys_of(place, one):
        with pytest.raises(Refused, match="object-locked"):
            destroy(place.store, key)
    second = hold(place, "H24.01", "owner", place.warehouse.owner_ref(owner(44)), by="cb01", reason="x")
    # what another hold covers too stays under the store's
    assert release(place, placed.id, by="cb01", reason="Xong").objects == len(keys_of(place, one) - shared)
    assert {key for key in keys_of(place, one) if held(place, key)} == shared
    assert all(held(place, key) for key in keys_of(place, other))
    release(place, second.id, by="cb01", reason="Xong")
    assert not any(held(place, key) for key in keys_of(place, one) | keys_of(place, other))
    with place.catalogue.read() as connection:
        acts = [json.loads(e.detail)["act"] for e in audit.events(connection, "H24.01") if "hold" in e.detail]
    assert acts == ["hold placed", "hold put on objects"] * 2 + ["hold released", "hold taken from objects"] * 2


def owner(number: int) -> Owner:
    return Owner("citizen", f"0012000000{number}")


@pytest.mark.parametrize("place", ["preferred"], indirect=True)
def test_the_rows_decide_and_upkeep_makes_up_for_what_the_store_missed(
    place: Workplace, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = paper(place, "one")
    assert isinstance(place.store, MinioStore)

    def silent(_key: str, _on: bool) -> bool:
        raise store_unavailable("hold", OSError())

    monkeypatch.setattr(place.store, "hold", silent)
    placed = hold(place, "H24.01", "owner", place.warehouse.owner_ref(owner(19)), by="cb01", reason="x")
    assert not placed.complete and placed.objects == 0
    monkeypatch.undo()
    later = paper(place, "joins later")
    assert not any(held(place, key) for key in keys_of(place, one) | keys_of(place, later))
    assert hold_in_stores(place) == len(keys_of(place, one) | keys_of(place, later))
    assert all(held(place, key) for key in keys_of(place, one) | keys_of(place, later))
    # without the store's hold the paper is in no list all the same
    for key in keys_of(place, one):
        place.store.hold(key, False)
    years_later(clock)
    with pytest.raises(BadInput, match="disposal-none"):
        propose(place, "H24.01", by="cb01", basis="x")
    # released while the store does not answer: upkeep takes the hold away
    hold_in_stores(place)
    monkeypatch.setattr(place.store, "hold", silent)
    assert not release(place, placed.id, by="cb01", reason="Xong").complete
    monkeypatch.undo()
    assert held(place, blob_key(place.warehouse.show(one).document.original_sha256))
    assert hold_in_stores(place) == 0
    assert not any(held(place, key) for key in keys_of(place, one) | keys_of(place, later))


@pytest.mark.parametrize("place", ["off"], indirect=True)
def test_an_installation_without_locks_leaves_the_store_alone(place: Workplace, clock: Clock) -> None:
    one = paper(place, "one")
    placed = hold(place, "H24.01", "document", one, by="cb01", reason="x")
    assert (placed.objects, placed.complete) == (0, True)
    assert not any(held(place, key) for key in keys_of(place, one))
    release(place, placed.id, by="cb01", reason="Xong")
    years_later(clock)
    assert carry_out(place, approved(place).id, by="cb01").destroyed == 1
    with pytest.raises(DocumentUnknown):
        place.warehouse.show(one)
