"""``sohoa split`` on a file and on a stored stack."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest

from tests.cli.conftest import Said
from tests.ocr.born_digital import LETTER, BornDigital, Text
from tests.ocr.engine_need import opened
from tests.verapdf import assert_pdfa_2u


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two one-page papers in one file."""
    opened()
    folder = tmp_path_factory.mktemp("stack")
    with pikepdf.Pdf.new() as joined:
        for n, number in enumerate(("12", "35")):
            texts = [Text(x, y, text.replace("Số:       /", f"Số: {number}/")) for x, y, text in LETTER]
            texts += [Text(60, 500, "Nơi nhận:"), Text(60, 484, "- Lưu: VT."), Text(360, 500, "CHỦ TỊCH")]
            with pikepdf.open(BornDigital(texts).write(folder / f"{n}.pdf")) as one:
                joined.pages.extend(one.pages)
        joined.save(folder / "tap.pdf", deterministic_id=True)
    return folder / "tap.pdf"


def test_a_file_is_only_proposed_to_be_cut(stack: Path, sohoa: Callable[..., Said]) -> None:
    said = sohoa("split", str(stack), "--json")
    assert said.code == 0
    assert [(p["first_page"], p["last_page"]) for p in said.json["parts"]] == [(1, 1), (2, 2)]
    assert said.json["written"] == []
    assert [d["starts"] for d in said.json["decisions"]] == [True, True]
    assert sorted(p.name for p in stack.parent.iterdir()) == ["0.pdf", "1.pdf", "tap.pdf"]


def test_an_accepted_file_is_written_paper_by_paper(stack: Path, sohoa: Callable[..., Said], tmp_path: Path) -> None:
    said = sohoa("split", str(stack), "--accept", "--out", str(tmp_path / "ra"))
    assert said.code == 0
    assert "quốc hiệu" in said.out
    made = sorted((tmp_path / "ra").iterdir())
    assert [p.name for p in made] == ["tap-01.pdf", "tap-02.pdf"]
    for path in made:
        with pikepdf.open(path) as pdf:
            assert len(pdf.pages) == 1
    assert_pdfa_2u(made)
    again = sohoa("split", str(stack), "--accept", "--out", str(tmp_path / "ra"))
    assert again.code == 4 and "output-exists" in again.err


def test_a_stored_stack_is_cut_by_an_officer(stack: Path, sohoa: Callable[..., Said]) -> None:
    row = sohoa("digitize", str(stack), "--owner", "citizen:001200000019", "--json").json["documents"][0]
    shown = sohoa("split", row["document_id"], "--json").json
    assert (shown["ranges"], shown["parts"], shown["decided_by"]) == ("1; 2", [], None)
    nobody = sohoa("split", row["document_id"], "--accept")
    assert nobody.code == 4 and "officer-missing" in nobody.err
    done = sohoa("split", row["document_id"], "--accept", "--by", "cb01", "--json")
    assert done.code == 0
    assert [(p["part"], p["status"]) for p in done.json["parts"]] == [(1, "digitised"), (2, "digitised")]
    wrong = sohoa("split", row["document_id"], "--pages", "2-1", "--accept", "--by", "cb01")
    assert wrong.code == 4 and "bad-page-ranges" in wrong.err
