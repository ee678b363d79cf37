"""``sohoa batch run --local`` and ``sohoa digitize``, with the real recogniser on tiny scans."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Said
from tests.ocr.engine_need import opened
from tests.pipeline.bench import scan


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two scans of one page, one of them twice, and a broken file."""
    opened()
    root = tmp_path / "lo"
    scan(root / "a.tif", "a")
    scan(root / "b.tif", "b")
    (root / "c.tif").write_bytes((root / "a.tif").read_bytes())
    (root / "hong.pdf").write_bytes(b"%PDF-1.7\n")
    return root


def outcomes(said: Said) -> dict[str, str]:
    return {row["file"]: row["outcome"] for row in said.json["documents"]}


def test_a_folder_twice(sohoa: Callable[..., Said], folder: Path) -> None:
    first = sohoa("batch", "run", folder, "--local", "--json")
    assert first.code == 0, first.err
    assert outcomes(first) == {
        "a.tif": "digitised",
        "b.tif": "digitised",
        "c.tif": "duplicate",
        "hong.pdf": "quarantined",
    }
    assert first.json["counts"] == {
        "digitised": 2,
        "certified": 0,
        "known": 0,
        "duplicate": 1,
        "quarantined": 1,
        "failed": 0,
    }
    again = sohoa("batch", "run", folder, "--local", "--json", "--strict")
    assert again.code == 1  # something is in quarantine
    assert outcomes(again) == {"a.tif": "known", "b.tif": "known", "c.tif": "duplicate", "hong.pdf": "quarantined"}
    assert again.json["batch"] == first.json["batch"]
    ids = [[row["document_id"] for row in said.json["documents"]] for said in (first, again)]
    assert ids[0] == ids[1]
    people = sohoa("batch", "run", folder, "--local")
    assert people.code == 0
    for words in ("đã có sẵn: 2", "cách ly", "Thử tiếp:", f" show {ids[0][0]}"):
        assert words in people.out


def test_strict_is_content_when_all_went_well(sohoa: Callable[..., Said], folder: Path) -> None:
    (folder / "hong.pdf").unlink()
    assert sohoa("batch", "run", folder, "--local", "--strict").code == 0


def test_digitize_for_one_owner(sohoa: Callable[..., Said], folder: Path) -> None:
    line = ("digitize", folder / "a.tif", "--owner", "citizen:001200000019", "--case", "H24.01-260102-0001", "--json")
    said = sohoa(*line, "--kind", "result")
    assert said.code == 0, said.err
    (row,) = said.json["documents"]
    assert (row["outcome"], row["owner"]) == ("digitised", "citizen:0012******19")
    shape = sohoa("show", row["document_id"], "--json").json
    assert (shape["kind"], shape["cases"]) == ("result", ["H24.01-260102-0001"])
    assert outcomes(sohoa(*line, "--kind", "result")) == {"a.tif": "known"}
    assert outcomes(sohoa("digitize", folder, "--owner", "org:0100109106", "--json"))["hong.pdf"] == "quarantined"
    assert sohoa("digitize", folder, "--owner", "org:0100109106", "--strict").code == 1


def test_files_of_one_name_in_two_folders_are_two_rows(sohoa: Callable[..., Said], folder: Path) -> None:
    scan(folder / "them" / "a.tif", "khác")
    said = sohoa("batch", "run", folder, "--local", "--json")
    assert outcomes(said)["a.tif"] == outcomes(said)["them/a.tif"] == "digitised"


def test_a_second_run_beside_the_first_is_refused_and_changes_nothing(
    sohoa: Callable[..., Said], folder: Path, data_dir: Path
) -> None:
    from pipeline.batch import batch_id_of, only_run
    from tests.pipeline.bench import workplace

    with workplace(data_dir) as place, only_run(place, batch_id_of(str(folder.resolve()))):
        said = sohoa("batch", "run", folder, "--local", "--json")
        assert said.code == 4
        assert said.json["error"]["code"] == "batch-running"
        with place.catalogue.read() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM batch_items").scalar() == 0


def test_limits_quarantine_with_a_reason(
    sohoa: Callable[..., Said], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened()
    scan(tmp_path / "lo" / "dai.tif", "dai", 3)
    monkeypatch.setenv("SOHOA_INTAKE__MAX_PAGES", "2")
    said = sohoa("batch", "run", tmp_path / "lo", "--local", "--json")
    (row,) = said.json["documents"]
    assert (row["outcome"], row["code"]) == ("quarantined", "too-many-pages")


def test_a_missing_language_pack_ends_it_before_anything_is_taken_in(
    sohoa: Callable[..., Said], folder: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOHOA_OCR__LANGUAGES", "xyz")
    said = sohoa("batch", "run", folder, "--local", "--json")
    assert said.code == 4
    assert said.json["error"]["code"] == "language-pack-missing"
    assert not (data_dir / "store").exists()


def test_no_file_is_touched(sohoa: Callable[..., Said], folder: Path) -> None:
    before = {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}
    sohoa("batch", "run", folder, "--local")
    assert {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()} == before
