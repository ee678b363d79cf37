"""reuse and validity: nobody asks the citizen for what the warehouse has, and nothing unknown is called valid."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from storage.catalogue.engine import open_catalogue
from storage.local import LocalStore
from storage.rebuild import rebuild
from tests.cli.conftest import Said
from tests.pipeline.bench import CITIZEN
from tests.storage.dump import dump

LOOK = ("reuse", "--owner", CITIZEN, "--type", "QĐ", "--json")
CASE = "H24.01-261122-0077"


def test_a_paper_is_available_once_an_officer_knows_its_term(sohoa: Callable[..., Said], stored: str) -> None:
    said = sohoa(*LOOK)
    assert (said.code, said.json["available"]) == (1, False)
    (paper,) = said.json["papers"]
    assert (paper["document_id"], paper["validity"], paper["reused"]) == (stored, "chua-ro", 0)
    assert CITIZEN[8:] not in said.out

    assert sohoa("validity", stored, "--until", "2099-12-31").code == 4  # by nobody
    assert sohoa("validity", stored, "--until", "2099-12-31", "--by", "cb01").code == 0
    said = sohoa(*LOOK)
    assert (said.code, said.json["available"]) == (0, True)
    assert said.json["papers"][0]["valid_until"] == "2099-12-31"
    for owner, kind in (("citizen:001200000027", "QĐ"), (CITIZEN, "Giấy khai sinh")):
        assert sohoa("reuse", "--owner", owner, "--type", kind, "--json").json["papers"] == []
    assert sohoa(*LOOK, "--number", "0001/qd ubnd").json["available"]
    assert sohoa(*LOOK, "--number", "2/QĐ-UBND").json["papers"] == []
    assert sohoa(*LOOK, "--agency", "H26").json["papers"] == []


def test_reuse_is_recorded_and_counted_once_a_case(sohoa: Callable[..., Said], stored: str, data_dir: Path) -> None:
    take = ("reuse", "--take", stored, "--case", CASE, "--by", "cb01", "--json")
    assert sohoa(*take).json["new"]
    assert not sohoa(*take).json["new"]
    assert sohoa(*LOOK).json["papers"][0]["reused"] == 1
    assert CASE in sohoa("show", stored, "--json").json["cases"]
    assert sohoa("reuse", "--take", stored, "--case", CASE, "--agency", "H26").code == 4
    assert sohoa("reuse", "--take", stored).code == 4
    fresh = open_catalogue(f"sqlite:///{data_dir}/fresh.sqlite")
    assert rebuild(fresh, LocalStore(data_dir / "store")).problems == ()
    here = open_catalogue(f"sqlite:///{data_dir}/catalogue.sqlite")
    assert dump(fresh, ("case_documents",)) == dump(here, ("case_documents",))  # the store knows of it too


def test_what_is_not_in_force_is_not_taken(sohoa: Callable[..., Said], stored: str) -> None:
    for change, state in (
        (("--until", "2020-01-01"), "het-han"),
        (("--replaced-by", "12/QĐ-UBND"), "bi-thay-the"),
        (("--withdrawn", "13/QĐ-UBND"), "bi-thu-hoi"),
    ):
        assert sohoa("validity", stored, *change, "--by", "cb01", "--json").json["validity"] == state
        said = sohoa("reuse", "--take", stored, "--case", CASE)
        assert said.code == 4
        assert "[paper-not-valid]" in said.err
    undone = sohoa(
        "validity", stored, "--withdrawn", "", "--replaced-by", "", "--without-end", "--by", "cb01", "--json"
    )
    assert (undone.code, undone.json["validity"]) == (0, "con-hieu-luc")
    assert sohoa(*LOOK).json["papers"][0]["reused"] == 0
