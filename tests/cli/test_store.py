"""store init, and a store that has to lock."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import pytest

from tests.cli.conftest import Said
from tests.servers import MinioServer, minio_server

__all__ = ["minio_server"]


def test_a_local_store_is_refused_where_locks_are_required(
    sohoa: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = sohoa("store", "init", "--json")
    assert (said.code, said.json["new"], said.json["object_lock"]) == (0, False, None)
    assert sohoa("store", "lock", "--json").json == {"locked": 0}
    monkeypatch.setenv("SOHOA_STORE__WORM", "required")
    for command in (["store", "init"], ["search"]):
        said = sohoa(*command)
        assert said.code == 4 and "[store-without-lock]" in said.err


def test_the_bucket_is_made_with_lock_or_refused(
    sohoa: Callable[..., Said], minio_server: MinioServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    s = minio_server
    values = {"KIND": "minio", "ENDPOINT": s.endpoint, "SECURE": "false", "WORM": "required"}
    values |= {"ACCESS_KEY": s.access_key, "SECRET_KEY": s.secret_key, "BUCKET": f"kho-{secrets.token_hex(6)}"}
    for name, value in values.items():
        monkeypatch.setenv(f"SOHOA_STORE__{name}", value)
    assert "[store-without-lock]" in sohoa("search").err  # no bucket yet
    said = sohoa("store", "init", "--json")
    assert (said.code, said.json["new"], said.json["versioning"], said.json["object_lock"]) == (0, True, True, True)
    assert sohoa("search").code == 0
    assert "Khóa đối tượng: có" in sohoa("store", "init").out
