import csv
import hashlib
import json
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from PIL import Image

from domain.agencies import parse_agency_code
from domain.cases import parse_case_code, parse_procedure_code
from domain.owners import parse_owner
from samples.catalogue import entries
from samples.fonts import FACES, face_path
from samples.make_samples import COLUMNS, PASSWORD, make, names
from samples.typeset import BOTTOM, LEFT, PAGE, RIGHT, typeset
from tests.require import need


@pytest.fixture(scope="session", autouse=True)
def _tinos() -> None:
    from domain.errors import NotReady

    try:
        found = all(face_path(face) for face in FACES)
    except NotReady:
        found = False
    need("tinos", found, "Tinos is not installed (apt-get install fonts-croscore)")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The quick half of the archive."""
    out = tmp_path_factory.mktemp("archive")
    make(out, only=["thong-bao", "to-trinh", "khai-sinh", "huong-dan", "quet-lai", "hong", "mat-khau", "rong"])
    return out


def _truth(out: Path) -> dict[str, dict]:
    return json.loads((out / "truth.json").read_text(encoding="utf-8"))


def test_names_and_files_are_unique_and_say_what_is_there() -> None:
    assert len(set(names())) == len(names()) == len({e.file for e in entries()}) == 17
    kinds = {e.special.partition(":")[0] for e in entries()}
    assert kinds == {"", "signed", "duplicate", "corrupt", "encrypted", "empty"}
    assert {e.scan.form for e in entries()} == {"pdf", "tiff", "jpeg", "png"}


def test_identifiers_in_the_manifest_are_well_formed(small: Path) -> None:
    for entry in entries():
        parse_owner(entry.owner)
        parse_agency_code(entry.agency)
        case = parse_case_code(entry.case)
        assert case.agency is None or case.agency == parse_agency_code(entry.agency)
        assert entry.procedure == "" or parse_procedure_code(entry.procedure)
    with (small / "manifest.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    assert [r["file"] for r in rows] == [e.file for e in entries() if (small / e.file).exists()]
    assert {r["certify"] for r in rows} == {"yes", "no"}


def test_every_paper_stays_within_its_margins() -> None:
    for entry in entries():
        if entry.paper is None:
            continue
        for number, sheet in enumerate(typeset(entry.paper), 1):
            assert sheet.lines, f"{entry.name} page {number} is empty"
            for run in sheet.runs:
                assert LEFT - 12 <= run.x <= PAGE[0] - RIGHT, (entry.name, number, run)
                assert 30 < run.y <= PAGE[1] - BOTTOM + 6, (entry.name, number, run)


def test_lengths_are_as_in_life() -> None:
    pages = {e.name: len(typeset(e.paper)) for e in entries() if e.paper}
    assert pages["bao-cao"] == 5
    assert pages["quyet-dinh"] == 3
    assert set(pages.values()) == {1, 2, 3, 5}


def test_scans_have_their_resolution_and_pages(small: Path) -> None:
    truth = _truth(small)
    with pikepdf.open(small / "scan0042.pdf") as pdf:
        assert len(pdf.pages) == truth["scan0042.pdf"]["pages"] == 2
        image = pdf.pages[0].Resources.XObject.Im0
        assert image.Filter == "/DCTDecode"
        assert image.ColorSpace == "/DeviceGray"
        assert round(int(image.Width) / float(pdf.pages[0].MediaBox[2]) * 72) == 200
    with Image.open(small / "trich_luc_khai_sinh.png") as image:
        assert image.mode == "RGB"
        assert image.size == (1654, 2339)
        assert round(image.info["dpi"][0]) == 200


def test_truth_follows_the_paper(small: Path) -> None:
    truth = _truth(small)["Thông báo 112 niêm yết.pdf"]
    assert truth["so_ky_hieu"] == "112/TB-UBND"
    assert truth["ngay"] == "2025-09-09"
    assert truth["co_quan"] == "ỦY BAN NHÂN DÂN PHƯỜNG HÒA AN"
    assert truth["dau_den"] == "2187; 2025-09-11"
    text = truth["page_text"]["1"]
    assert text.startswith("ỦY BAN NHÂN DÂN\nPHƯỜNG HÒA AN\nSố: 112/TB-UBND\nCỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\n")
    assert text.endswith("TM. ỦY BAN NHÂN DÂN\nCHỦ TỊCH\nNguyễn Thị Thùy Dương")
    assert _truth(small)["scan0042.pdf"]["rotated_pages"] == [2]


def test_a_rescan_says_the_same_and_looks_different(small: Path) -> None:
    truth = _truth(small)
    one, two = truth["Thông báo 112 niêm yết.pdf"], truth["TB112_quet_lai.pdf"]
    assert one == two
    pixels = []
    for name in truth.keys() & {"Thông báo 112 niêm yết.pdf", "TB112_quet_lai.pdf"}:
        with pikepdf.open(small / name) as pdf:
            pixels.append(np.asarray(pikepdf.PdfImage(pdf.pages[0].Resources.XObject.Im0).as_pil_image().convert("L")))
    difference = np.abs(pixels[0].astype(np.int16) - pixels[1].astype(np.int16))
    assert difference.mean() > 3


def test_bad_files_are_bad_in_their_own_way(small: Path) -> None:
    assert (small / "scan_loi.pdf").read_bytes() == b""
    with pytest.raises(pikepdf.PasswordError):
        pikepdf.open(small / "XNTTHN_co_mat_khau.pdf")
    with pikepdf.open(small / "XNTTHN_co_mat_khau.pdf", password=PASSWORD) as pdf:
        assert pdf.encryption.R == 6
    corrupt = (small / "hong_0007.pdf").read_bytes()
    assert corrupt.startswith(b"%PDF-")
    assert b"%%EOF" not in corrupt
    assert not {"scan_loi.pdf", "XNTTHN_co_mat_khau.pdf", "hong_0007.pdf"} & set(_truth(small))


def test_the_signed_file_is_whole_and_signed_twice(small: Path) -> None:
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature

    with (small / "1256-STP-HCTP.signed.pdf").open("rb") as file:
        signatures = PdfFileReader(file).embedded_signatures
        assert [s.field_name for s in signatures] == ["CanBo", "CoQuan"]
        for signature in signatures:
            status = validate_pdf_signature(signature)
            assert status.intact
            assert status.valid
            assert signature.self_reported_timestamp.date().isoformat() == "2025-10-22"


def test_a_duplicate_is_the_same_bytes_and_brings_no_other_file_into_the_manifest(tmp_path: Path) -> None:
    (one,) = make(tmp_path, only=["trung"])
    original = tmp_path / "QD 1047 phe duyet KH so hoa.pdf"
    assert one.path.read_bytes() == original.read_bytes()
    assert one.truth["pages"] == 4
    assert one.truth["blank_pages"] == [4]
    assert len((tmp_path / "manifest.csv").read_text(encoding="utf-8").splitlines()) == 2


def test_same_seed_same_bytes_other_seed_other_bytes(tmp_path: Path) -> None:
    digests = []
    for number, seed in enumerate((1, 1, 2)):
        (made,) = make(tmp_path / str(number), seed=seed, only=["giay-moi"])
        digests.append(hashlib.sha256(made.path.read_bytes()).hexdigest())
    assert digests[0] == digests[1] != digests[2]


def test_unknown_names_are_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no sample named nothing"):
        make(tmp_path, only=["nothing"])
