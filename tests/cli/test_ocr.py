"""``sohoa ocr`` on scans of the sample archive, with the real recogniser."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from ocr.model import FIELD_NAMES
from samples.make_samples import make
from tests.cli.conftest import Said
from tests.ocr.engine_need import opened
from tests.verapdf import assert_pdfa_2u

PAGE = {
    "number": int,
    "width_px": int,
    "height_px": int,
    "image_width_px": int,
    "image_height_px": int,
    "dpi": (int, float),
    "rotation": int,
    "skew_deg": (int, float),
    "blank": bool,
    "mean_confidence": (int, float),
    "image_source": str,
    "pixel_digest": str,
    "text": str,
    "words": list,
    "lines": list,
    "marks": list,
    "text_layer": str,
    "signature_blocks": list,
    "codes": list,
    "pen": list,
}
FIELDS = set(FIELD_NAMES)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A notice (PDF, 200 dpi, one page) and its rescan, an empty file."""
    opened()
    out = tmp_path_factory.mktemp("archive")
    make(out, only=["thong-bao", "rong"])
    return out


@pytest.fixture(scope="module")
def notice(archive: Path) -> Path:
    return archive / "Thông báo 112 niêm yết.pdf"


@pytest.fixture(scope="module")
def truth(archive: Path, notice: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((archive / "truth.json").read_text(encoding="utf-8"))[notice.name]
    return found


WATCHED = """
import json, sys
from pipeline.cli.main import main
code = main(sys.argv[1:])
print(json.dumps(sorted({name.split(".")[0] for name in sys.modules})), file=sys.stderr)
sys.exit(code)
"""


def test_one_file_to_json_on_stdout_without_store_or_network(
    process: Callable[..., Said], notice: Path, truth: dict[str, Any], data_dir: Path, tmp_path: Path
) -> None:
    said = process(WATCHED, "ocr", notice, tmp_path / "ra" / "tb.pdf", "--json", "-", "--text", tmp_path / "tb.txt")
    assert said.code == 0, said.err
    loaded = set(json.loads(said.err.splitlines()[-1]))
    assert not {"prefect", "sqlalchemy", "minio", "pyhanko", "fastapi"} & loaded
    assert not data_dir.exists()

    shape = said.json
    assert list(shape) == ["source", "sha256", "engine", "pages", "documents", "signatures"]
    assert shape["source"] == notice.name
    assert shape["sha256"] == hashlib.sha256(notice.read_bytes()).hexdigest()
    assert "vie" in shape["engine"]
    (page,) = shape["pages"]
    assert page.keys() == PAGE.keys()
    for name, kind in PAGE.items():
        assert isinstance(page[name], kind), name
    assert (page["number"], page["dpi"], page["image_source"], page["blank"]) == (1, 200, "jpeg", False)
    assert 0.5 < page["mean_confidence"] <= 1
    for word in page["words"]:
        assert word.keys() == {"text", "confidence", "box"}
        left, top, right, bottom = word["box"]
        assert 0 <= left < right <= page["width_px"]
        assert 0 <= top < bottom <= page["height_px"]
        assert 0 <= word["confidence"] <= 1
        assert word["text"] == word["text"].strip() != ""
    first = 0
    for line in page["lines"]:
        assert line.keys() == {"first_word", "words", "box"}
        assert line["first_word"] == first
        first += line["words"]
    assert first == len(page["words"])
    assert {mark["kind"] for mark in page["marks"]} <= {"con_dau", "chu_ky"}
    assert "con_dau" in {mark["kind"] for mark in page["marks"]}

    (document,) = shape["documents"]
    assert (document["first_page"], document["last_page"]) == (1, 1)
    fields = document["fields"]
    assert fields.keys() <= FIELDS
    for field in fields.values():
        assert {"value", "confidence", "source", "page", "box", "review"} <= field.keys()
        assert field.keys() <= {"value", "confidence", "source", "page", "box", "review", "checks", "raw", "candidates"}
    assert fields["so_ky_hieu"]["value"] == truth["so_ky_hieu"]
    assert fields["ngay_ban_hanh"]["value"] == truth["ngay"]

    assert (tmp_path / "tb.txt").read_text(encoding="utf-8") == page["text"].rstrip("\n") + "\n"
    with pikepdf.open(tmp_path / "ra" / "tb.pdf") as made, pikepdf.open(notice) as source:
        assert len(made.pages) == 1
        image = next(iter(source.pages[0].images.values())).read_raw_bytes()
        assert [i.read_raw_bytes() for i in made.pages[0].images.values()] == [image]
    assert_pdfa_2u([tmp_path / "ra" / "tb.pdf"])


def test_the_text_stands_in_human_order(sohoa: Callable[..., Said], notice: Path) -> None:
    said = sohoa("ocr", notice, "--text", "-")
    assert said.code == 0
    places = [said.out.find(part) for part in ("THÔNG BÁO", "Nơi nhận")]
    head = said.out[: places[0]]
    assert -1 not in places
    assert places == sorted(places)
    assert head.find("ỦY BAN") < head.find("CỘNG H")  # the left cell of the head before the right one


def test_a_folder_gives_a_folder_and_one_bad_file_spoils_nothing(
    sohoa: Callable[..., Said], archive: Path, notice: Path, tmp_path: Path
) -> None:
    source = tmp_path / "quet"
    (source / "them").mkdir(parents=True)
    shutil.copy(notice, source / "a.pdf")
    shutil.copy(notice, source / "them" / "a.pdf")
    shutil.copy(archive / "scan_loi.pdf", source / "rong.pdf")
    (source / "ghi-chu.txt").write_text("không phải bản quét")
    said = sohoa("ocr", source, tmp_path / "ra", "--json", tmp_path / "ra.json", "--text", tmp_path / "ra.txt")
    assert said.code == 3
    assert said.out == ""
    assert "rong.pdf: [" in said.err
    made = sorted(str(p.relative_to(tmp_path / "ra")) for p in (tmp_path / "ra").rglob("*") if p.is_file())
    assert made == ["a.pdf", "them/a.pdf"]
    shapes = json.loads((tmp_path / "ra.json").read_text(encoding="utf-8"))
    assert [shape["source"] for shape in shapes] == ["a.pdf", "a.pdf"]
    assert (tmp_path / "ra.txt").read_text(encoding="utf-8").count("\f") == 1


def test_a_file_that_cannot_be_read_says_why_and_ends_with_3(sohoa: Callable[..., Said], archive: Path) -> None:
    said = sohoa("ocr", archive / "scan_loi.pdf", "--json", "-")
    assert said.code == 3
    assert "scan_loi.pdf: [" in said.err
    assert "Traceback" not in said.err
    assert said.json is None


def test_a_source_that_is_not_there_ends_with_4(sohoa: Callable[..., Said], tmp_path: Path) -> None:
    said = sohoa("ocr", tmp_path / "khong-co.pdf")
    assert said.code == 4
    assert "[no-input]" in said.err


def test_the_scan_itself_is_never_overwritten(sohoa: Callable[..., Said], notice: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copy(notice, tmp_path / "a.pdf"))
    assert sohoa("ocr", copy, copy).code == 4
    assert sohoa("ocr", tmp_path, tmp_path).code == 4
    assert copy.read_bytes() == notice.read_bytes()


def test_a_place_that_cannot_be_written_is_told(sohoa: Callable[..., Said], archive: Path, tmp_path: Path) -> None:
    said = sohoa("ocr", archive / "scan_loi.pdf", "--json", tmp_path / "khong-co" / "a.json")
    assert said.code == 4
    assert "[file-error]" in said.err
    assert "a.json" in said.err


def test_scans_of_one_name_do_not_overwrite_each_other(tmp_path: Path) -> None:
    from pipeline.cli.ocr import _targets

    source, out = tmp_path / "quet", tmp_path / "ra"
    source.mkdir()
    files = [source / "a.jpg", source / "a.pdf", source / "them" / "a.pdf"]
    assert list(_targets(source, out, files).values()) == [out / "a.pdf", out / "a.pdf.pdf", out / "them" / "a.pdf"]


def test_a_language_pack_that_is_missing_is_told_before_the_work(
    sohoa: Callable[..., Said], notice: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOHOA_OCR__LANGUAGES", "xyz")
    said = sohoa("ocr", notice)
    assert said.code == 4
    assert "[language-pack-missing]" in said.err
    assert "tesseract-ocr-xyz" in said.err
