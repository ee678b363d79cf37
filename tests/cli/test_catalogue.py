"""catalogue rebuild and audit-log verify, as an administrator uses them after a loss."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

from storage.catalogue.engine import open_catalogue
from tests.cli.conftest import Said
from tests.storage.dump import REBUILT, dump


def test_a_lost_catalogue_comes_back_from_the_store(
    sohoa: Callable[..., Said], stored: str, data_dir: Path, tmp_path: Path
) -> None:
    files = list(data_dir.glob("catalogue.sqlite*"))
    for file in files:
        file.rename(tmp_path / file.name)
    assert sohoa("search", "--json").json["total"] == 0
    said = sohoa("catalogue", "rebuild", "--json")
    assert said.code == 0
    assert said.json == {"documents": 1, "versions": 2, "records": 0, "problems": []}
    assert sohoa("search", "phe duyet ke hoach", "--json").json["total"] == 1
    before = open_catalogue(f"sqlite:///{tmp_path}/catalogue.sqlite")
    after = open_catalogue(f"sqlite:///{data_dir}/catalogue.sqlite")
    assert dump(after, REBUILT) == dump(before, REBUILT)


def test_a_document_that_cannot_be_made_again_is_named(sohoa: Callable[..., Said], stored: str, data_dir: Path) -> None:
    (newest,) = (data_dir / "store" / "owner").rglob("v0002.json")
    newest.write_bytes(newest.read_bytes()[:-9])
    for file in data_dir.glob("catalogue.sqlite*"):
        file.unlink()
    said = sohoa("catalogue", "rebuild")
    assert said.code == 1
    assert stored in said.out


def test_an_edited_row_of_the_log_is_named(sohoa: Callable[..., Said], stored: str, data_dir: Path) -> None:
    said = sohoa("audit-log", "verify", "--json")
    assert said.code == 0
    (whole,) = said.json
    assert (whole["agency"], whole["broken_seq"]) == ("H24.01", None)
    assert whole["checked"] >= 2
    with sqlite3.connect(data_dir / "catalogue.sqlite") as connection:
        connection.execute("UPDATE audit_events SET agent = 'nobody' WHERE seq = 2")
    said = sohoa("audit-log", "verify")
    assert said.code == 1
    assert "H24.01: SAI LỆCH tại dòng 2: nội dung bị sửa" in said.out
    assert sohoa("audit-log", "verify", "--json").json[0]["broken_seq"] == 2
    assert sohoa("audit-log", "verify", "--agency", "H26").code == 0
