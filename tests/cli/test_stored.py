"""search, show, get and the errors of the command line, over a small warehouse."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.cli.main import main
from tests.cli.conftest import Said
from tests.pipeline.bench import CITIZEN, workplace


@pytest.mark.parametrize(
    ("query", "match"), [("phê duyệt kế hoạch", "exact"), ("phe duyet ke hoach", "folded"), ("1/QĐ-UBND", "number")]
)
def test_search_with_marks_without_and_by_number(
    sohoa: Callable[..., Said], stored: str, query: str, match: str
) -> None:
    said = sohoa("search", query, "--json")
    assert said.code == 0
    assert said.json["total"] == 1
    hit = said.json["hits"][0]
    assert (hit["document_id"], hit["so_ky_hieu"]) == (stored, "1/QĐ-UBND")
    assert hit["match"] == match
    table = sohoa("search", query)
    assert stored in table.out
    assert "1 kết quả" in table.out


@pytest.mark.parametrize(
    ("options", "total"),
    [
        (("--owner", CITIZEN), 1),
        (("--owner", "org:0100109106"), 0),
        (("--agency", "H24.01"), 1),
        (("--agency", "H26"), 0),
        (("--from", "2099-01-01"), 0),
        (("--limit", "1", "--offset", "1"), 1),
    ],
)
def test_search_by_owner_agency_and_date(
    sohoa: Callable[..., Said], stored: str, options: tuple[str, ...], total: int
) -> None:
    said = sohoa("search", "--json", *options)
    assert said.code == 0
    assert said.json["total"] == total


def test_nothing_found_is_no_error(sohoa: Callable[..., Said], stored: str) -> None:
    said = sohoa("search", "khinh khí cầu")
    assert (said.code, said.out.strip()) == (0, "0 kết quả")


def test_show_tells_all_and_masks_the_owner(sohoa: Callable[..., Said], stored: str) -> None:
    said = sohoa("show", stored, "--json")
    assert said.code == 0
    shape = said.json
    assert (shape["id"], shape["status"], shape["pages"], shape["owner"]) == (
        stored,
        "digitised",
        2,
        "citizen:0012******19",
    )
    field = shape["fields"]["so_ky_hieu"]
    assert field["value"] == "1/QĐ-UBND"
    assert field["page"] == 1
    assert 0 < field["confidence"] <= 1
    for people in (sohoa("show", stored).out, said.out):
        assert "001200000019" not in people
        assert "1/QĐ-UBND" in people


def test_get_gives_the_very_bytes(sohoa: Callable[..., Said], stored: str, tmp_path: Path) -> None:
    said = sohoa("get", stored, "--to", tmp_path / "ra", "--json")
    assert said.code == 0
    files = {one["role"]: Path(one["path"]) for one in said.json}
    assert files.keys() == {"original", "pdfa", "reading", "text"}
    assert files["original"].read_bytes() == (tmp_path / "quet" / "quyet-dinh.tif").read_bytes()
    assert files["pdfa"].read_bytes().startswith(b"%PDF-1.7")
    only = sohoa("get", stored, "--to", tmp_path / "chi", "--role", "text")
    assert only.code == 0
    assert [p.suffix for p in (tmp_path / "chi").iterdir()] == [".txt"]


def test_get_never_gives_bytes_that_were_changed_in_the_store(
    sohoa: Callable[..., Said], stored: str, data_dir: Path, tmp_path: Path
) -> None:
    with workplace(data_dir) as place:
        (pdfa,) = [s for s in place.warehouse.show(stored).objects if s.role == "pdfa"]
    blob = data_dir / "store" / "blob" / "sha256" / pdfa.sha256[:2] / pdfa.sha256[2:4] / pdfa.sha256
    content = bytearray(blob.read_bytes())
    content[len(content) // 2] ^= 1
    blob.chmod(0o644)
    blob.write_bytes(content)
    said = sohoa("get", stored, "--to", tmp_path / "ra")
    assert said.code == 4
    assert "[fixity]" in said.err
    digests = [hashlib.sha256(p.read_bytes()).digest() for p in (tmp_path / "ra").iterdir()]
    assert hashlib.sha256(content).digest() not in digests


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (("show", "nope"), "document-unknown"),
        (("certify-step", "show", "nope"), "document-unknown"),
        (("get", "nope", "--to", "/tmp"), "document-unknown"),
        (("search", "--owner", "citizen:123", "x"), "owner-invalid"),
        (("search", "--agency", "?", "x"), "agency-code-invalid"),
        (("batch", "run", "/nowhere", "--local"), "batch-empty"),
        (("digitize", "/nowhere-folder", "--owner", "citizen:99"), "owner-invalid"),
    ],
)
def test_an_act_that_cannot_be_done_says_what_happened_what_was_kept_and_what_to_do(
    sohoa: Callable[..., Said], line: tuple[str, ...], code: str
) -> None:
    plain = sohoa(*line)
    assert plain.code == 4
    assert plain.out == ""
    assert plain.err.startswith(f"sohoa: [{code}] ")
    assert plain.err.count(". ") >= 2 or plain.err.count(".") >= 3  # three sentences
    assert "Traceback" not in plain.err
    machine = sohoa(*line, "--json")
    assert machine.code == 4
    assert machine.json["error"]["code"] == code
    assert machine.json["error"]["message"]


def test_a_role_that_the_paper_has_no_file_of_is_told(sohoa: Callable[..., Said], stored: str, tmp_path: Path) -> None:
    said = sohoa("get", stored, "--to", tmp_path / "ra", "--role", "pdfa", "--role", "evidence")
    assert said.code == 4
    assert "[role-unknown]" in said.err and "evidence" in said.err
    assert not (tmp_path / "ra").exists()


@pytest.mark.parametrize(
    "line",
    [
        ("search", "--from", "2026"),
        ("search", "--to", "31/12/2026"),
        ("case", "close", "H24.01-261122-0001", "--by", "cb01", "--on", "2026-02-30"),
        ("validity", "abc", "--until", "mai"),
        ("serve", "--port", "65536"),
        ("serve", "--port", "0"),
    ],
)
def test_a_day_or_a_port_that_is_none_is_wrong_usage(line: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(line)
    assert ended.value.code == 2
    assert f"'{line[-1]}' is no " in capsys.readouterr().err


def test_wrong_settings_end_before_anything_is_made(
    sohoa: Callable[..., Said], data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOHOA_STORE__KIND", "tape")
    said = sohoa("search", "x", "--json")
    assert said.code == 4
    assert said.json["error"]["code"] == "settings-invalid"
    assert not data_dir.exists()


def test_a_data_folder_that_cannot_be_made_is_told(
    sohoa: Callable[..., Said], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "tep").touch()
    monkeypatch.setenv("SOHOA_DATA_DIR", str(tmp_path / "tep" / "kho"))
    said = sohoa("search", "x")
    assert said.code == 4
    assert "[data-dir]" in said.err


def test_a_store_that_does_not_answer_is_told(sohoa: Callable[..., Said], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOHOA_DATABASE__URL", "postgresql+psycopg://sohoa:rat-bi-mat@127.0.0.1:1/kho")
    said = sohoa("search", "x")
    assert said.code == 4
    assert "rat-bi-mat" not in said.err
    assert "Traceback" not in said.err
