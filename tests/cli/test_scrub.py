"""replicate and scrub, as the nightly job runs them."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Said


def test_copied_damaged_found_mended_lost_restored(
    sohoa: Callable[..., Said], stored: str, data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "[no-replica]" in sohoa("replicate").err
    monkeypatch.setenv("SOHOA_REPLICA__PATH", str(data_dir / "store"))
    assert "[replica-is-store]" in sohoa("replicate").err
    monkeypatch.setenv("SOHOA_REPLICA__PATH", str(tmp_path / "second"))
    first = sohoa("replicate", "--json")
    assert first.code == 0 and first.json["copied"] > 4
    assert sohoa("replicate", "--json").json["copied"] == 0

    (manifest,) = (data_dir / "store" / "owner").rglob("v0002.json")
    good = manifest.read_bytes()
    manifest.write_bytes(good[:-3])
    said = sohoa("scrub")
    assert said.code == 0
    assert "sai mã băm; đã khôi phục từ kho bản sao" in said.out and stored in said.out
    assert manifest.read_bytes() == good
    said = sohoa("scrub", "--json", "--for", "60", "--rate", "500")
    assert (said.code, said.json["incidents"], said.json["complete"]) == (0, [], True)

    for file in (*(data_dir / "store").rglob("*"), *data_dir.glob("catalogue.sqlite*")):
        if file.is_file():
            file.unlink()
    # and the report on the incident
    assert sohoa("replicate", "--restore", "--json").json["copied"] == first.json["copied"] + 1
    assert "[catalogue-lost]" in sohoa("scrub").err
    assert sohoa("catalogue", "rebuild").code == 0
    assert sohoa("scrub").code == 0


def test_damage_without_a_replica_is_an_exit_code(sohoa: Callable[..., Said], stored: str, data_dir: Path) -> None:
    (manifest,) = (data_dir / "store" / "owner").rglob("v0001.json")
    manifest.write_bytes(b"")
    said = sohoa("scrub", "--json")
    assert said.code == 1
    (incident,) = said.json["incidents"]
    assert (incident["mended_from"], incident["documents"]) == ("", [["H24.01", stored]])


def test_what_a_killed_run_left_is_swept_after_its_grace(
    sohoa: Callable[..., Said], stored: str, data_dir: Path
) -> None:
    sha256 = hashlib.sha256(b"left behind").hexdigest()
    orphan = data_dir / "store" / "blob" / "sha256" / sha256[:2] / sha256[2:4] / sha256
    orphan.parent.mkdir(parents=True, exist_ok=True)
    orphan.write_bytes(b"left behind")
    assert sohoa("store", "sweep", "--json").json["young"] == 1
    old = time.time() - 8 * 86400
    os.utime(orphan, (old, old))
    said = sohoa("store", "sweep", "--dry-run")
    assert said.code == 0 and orphan.name in said.out and orphan.exists()
    assert len(sohoa("store", "sweep", "--json").json["removed"]) == 1
    assert not orphan.exists()
    assert sohoa("scrub").code == 0
    assert sohoa("audit-log", "verify").code == 0
