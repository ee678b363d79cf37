"""store init, and a store that has to lock."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Said
from tests.servers import MinioServer, minio_server

__all__ = ["minio_server"]


def test_a_local_store_is_refused_where_locks_are_required(
    sohoa: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = sohoa("store", "init", "--json")
    assert (said.code, said.json["new"], said.json["object_lock"]) == (0, False, None)
    assert sohoa("store", "lock", "--json").json == {"locked": 0, "held": 0}
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


def test_policies_are_printed_written_and_asked_for(
    sohoa: Callable[..., Said], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert "[store-no-bucket]" in sohoa("store", "policies").err  # a local store
    values = {"KIND": "minio", "BUCKET": "kho", "ACCESS_KEY": "a" * 8, "SECRET_KEY": "b" * 8}
    for name, value in values.items():
        monkeypatch.setenv(f"SOHOA_STORE__{name}", value)
    printed = sohoa("store", "policies").json
    assert set(printed) == {"writer", "disposer", "reader", "auditor", "replica"}
    assert sohoa("store", "policies", "--to", tmp_path / "p").code == 0
    assert json.loads((tmp_path / "p" / "reader.json").read_text()) == printed["reader"]
    for wrong in (["--user", "a=reader"], ["--apply", "--user", "a=king"], ["--apply", "--user", "=reader"]):
        assert "[store-role]" in sohoa("store", "policies", *wrong).err


def test_a_store_moved_under_a_new_key(
    sohoa: Callable[..., Said], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, data_dir: Path
) -> None:
    assert "[store-not-encrypted]" in sohoa("store", "rekey").err
    keys = tmp_path / "keys"
    keys.write_text("11" * 32 + "\n")
    monkeypatch.setenv("SOHOA_STORE__ENCRYPTION_KEY_FILE", str(keys))
    from pipeline.settings import load_settings
    from pipeline.workplace import open_workplace

    with open_workplace(load_settings()) as opened:
        opened.store.put("owner/x", b"kept")
    keys.write_text("22" * 32 + "\n" + "11" * 32 + "\n")
    assert sohoa("store", "rekey", "--dry-run", "--json").json["moved"] == 0
    moved = sohoa("store", "rekey", "--json").json
    assert (moved["moved"], len(moved["under"])) == (1, 1)
    keys.write_text("22" * 32 + "\n")
    with open_workplace(load_settings()) as opened:
        assert opened.store.get("owner/x") == b"kept"
