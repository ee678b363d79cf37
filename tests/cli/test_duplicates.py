"""duplicates, waiting: the same paper again is proposed, looked at, decided, undone, and never merged."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.cli.conftest import Said
from tests.pipeline.bench import CITIZEN, TablePool, run, scan, workplace


@pytest.fixture
def again(stored: str, data_dir: Path, tmp_path: Path) -> str:
    """The id of a second scan of the paper that is ``stored``."""
    scan(tmp_path / "lai" / "quet-lai.tif", "again", 2)
    with workplace(data_dir) as place:
        return run(place, TablePool(), tmp_path / "lai", owner=CITIZEN)[0].document_id


def test_a_rescan_is_proposed_decided_and_never_merged(sohoa: Callable[..., Said], stored: str, again: str) -> None:
    assert sohoa("duplicates", "find", "--json").json["rescans"] == 0  # found when it was digitised
    (waiting,) = sohoa("duplicates", "list", "--json").json
    assert (waiting["kind"], waiting["first_id"], waiting["second_id"]) == ("rescan", stored, again)
    assert waiting["papers"][1]["file"] == "quet-lai.tif"
    assert waiting["papers"][0]["fields"]["number"]["box"]
    told = sohoa("duplicates", "list").out
    assert "quét lại cùng một giấy tờ" in told and "1 đề xuất đang chờ" in told
    decide = ("duplicates", "decide", "rescan", stored, again, "--accept", "--by", "cb01")
    assert sohoa(*decide).code == 0
    assert "[wrong-state]" in sohoa(*decide).err
    assert sohoa("duplicates", "list", "--json").json == []
    (accepted,) = sohoa("duplicates", "list", "--state", "accepted", "--json").json
    assert accepted["decided_by"] == "cb01"
    assert sohoa("duplicates", "undo", "rescan", stored, again, "--by", "cb02").code == 0
    assert len(sohoa("duplicates", "list", "--json").json) == 1
    assert sohoa("search", "--json").json["total"] == 2
    assert sohoa("audit-log", "verify").code == 0


def test_both_papers_are_shown_with_frames_where_the_fields_stand(
    sohoa: Callable[..., Said], stored: str, again: str, tmp_path: Path
) -> None:
    shape = sohoa("duplicates", "show", again, stored, "--pictures", tmp_path / "pictures", "--json").json
    assert (shape["first_id"], shape["contradictions"]) == (stored, [])
    pictures = [Path(p) for p in shape["pictures"]]
    assert [p.name for p in pictures] == [f"{d}-{n:03d}.png" for d in (stored, again) for n in (1, 2)]
    field = shape["papers"][0]["fields"]["number"]
    with Image.open(pictures[field["page"] - 1]) as picture:
        shown = np.asarray(picture.convert("RGB")).astype(int)
    scale = shown.shape[1] / 620
    left, top, _, bottom = (round(v * scale) for v in field["box"])
    edge = shown[(top + bottom) // 2, left - 6 : left]
    assert (edge[:, 1] - edge[:, 0] > 60).any()  # green: it agrees
    assert "[wrong-state]" in sohoa("duplicates", "show", stored, "nowhere").err


def test_one_queue_for_an_officer(sohoa: Callable[..., Said], stored: str, again: str, tmp_path: Path) -> None:
    (tmp_path / "hong").mkdir()
    (tmp_path / "hong" / "x.pdf").write_bytes(b"not a scan")
    sohoa("digitize", tmp_path / "hong" / "x.pdf", "--owner", CITIZEN, "--json")
    counted = sohoa("waiting", "--all", "--json").json
    assert counted == {"H24.01": {"rescan": 1, "fields": counted["H24.01"]["fields"], "quarantined": 1}}
    assert sohoa("waiting", "--agency", "H26", "--json").json == {}
    (pair,) = sohoa("waiting", "--kind", "rescan", "--json").json
    assert (pair["document_id"], pair["other_id"]) == (stored, again)
    (broken,) = sohoa("waiting", "--kind", "quarantined", "--json").json
    assert broken["detail"]
    assert "Không có việc nào" in sohoa("waiting", "--kind", "split").out
    assert "việc đang chờ" in sohoa("waiting").out
