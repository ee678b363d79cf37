from __future__ import annotations

from pathlib import Path

import pytest

from domain.errors import NotReady
from domain.owners import UNASSIGNED
from pipeline.batch_source import read_batch


def write(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    (folder / "a.pdf").write_bytes(b"%PDF-")
    (folder / "b.pdf").write_bytes(b"%PDF-")
    manifest = folder / "lo.csv"
    manifest.write_text(text, encoding=encoding)
    return manifest


def test_a_manifest_from_excel_with_semicolons_and_byte_order_mark(tmp_path: Path) -> None:
    manifest = write(
        tmp_path,
        "file;owner;agency;case;kind;procedure;certify\r\n"
        "a.pdf;citizen:001200000019;000.00.01.H24;H24.01-230427-0001;result;2.000815;có\r\n"
        "b.pdf;;;;;;\r\n",
        "utf-8-sig",
    )
    first, second = read_batch(manifest, "H26.02")
    assert (first.owner.full(), first.agency, first.case) == ("citizen:001200000019", "H24.01", "H24.01-230427-0001")
    assert (first.kind, first.procedure, first.certify) == ("result", "2.000815", True)
    assert (second.owner, second.agency, second.kind, second.certify) == (UNASSIGNED, "H26.02", "component", False)


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("missing.pdf,,,,,,", "file-missing"),
        ("a.pdf,citizen:123,,,,,", "owner-invalid"),
        ("a.pdf,,??,,,,", "agency-code-invalid"),
        ("a.pdf,,,,paper,,", "kind-invalid"),
        ("a.pdf,,,,,abc,", "procedure-code-invalid"),
    ],
)
def test_a_wrong_row_is_named_and_the_others_go_on(tmp_path: Path, row: str, code: str) -> None:
    manifest = write(tmp_path, f"file,owner,agency,case,kind,procedure,certify\n{row}\nb.pdf,,,,,,\n")
    wrong, right = read_batch(manifest, "H24.01")
    assert wrong.problem is not None
    assert wrong.problem.code == code
    assert right.problem is None


@pytest.mark.parametrize("text", ["name,owner\na.pdf,\n", "file,colour\na.pdf,red\n"])
def test_what_is_no_manifest_is_refused_before_the_work_starts(tmp_path: Path, text: str) -> None:
    with pytest.raises(NotReady, match="manifest-invalid"):
        read_batch(write(tmp_path, text), "H24.01")


def test_a_folder_of_scans_needs_no_manifest(tmp_path: Path) -> None:
    write(tmp_path, "ignored")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "c.TIFF").write_bytes(b"II*\0")
    assert [item.name for item in read_batch(tmp_path, "H24.01")] == ["a.pdf", "b.pdf", "deep/c.TIFF"]


def test_an_empty_folder_is_an_error_that_says_so(tmp_path: Path) -> None:
    with pytest.raises(NotReady, match="batch-empty"):
        read_batch(tmp_path, "H24.01")
