"""duplicates: a rescan is proposed and stays a document of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.cli.conftest import Said
from tests.pipeline.bench import CITIZEN, TablePool, run, scan, workplace


def test_a_rescan_is_proposed_decided_and_never_merged(
    sohoa: Callable[..., Said], stored: str, data_dir: Path, tmp_path: Path
) -> None:
    assert sohoa("duplicates", "list", "--json").json == []
    scan(tmp_path / "lai" / "quet-lai.tif", "again", 2)
    with workplace(data_dir) as place:
        again = run(place, TablePool(), tmp_path / "lai", owner=CITIZEN)[0].document_id
    assert sohoa("duplicates", "find", "--json").json["rescans"] == 0  # found when it was digitised
    (waiting,) = sohoa("duplicates", "list", "--json").json
    assert (waiting["kind"], waiting["first_id"], waiting["second_id"]) == ("rescan", stored, again)
    assert "quét lại cùng một giấy tờ" in sohoa("duplicates", "list").out
    decide = ("duplicates", "decide", "rescan", stored, again, "--accept", "--by", "cb01")
    assert sohoa(*decide).code == 0
    assert "[wrong-state]" in sohoa(*decide).err
    assert sohoa("duplicates", "list", "--json").json == []
    assert sohoa("search", "--json").json["total"] == 2
    assert sohoa("audit-log", "verify").code == 0
