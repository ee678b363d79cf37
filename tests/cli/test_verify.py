"""``sohoa verify``, ``sohoa certify`` and ``sohoa audit``: what their exit codes say."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from signing.authority.launch import AuthorityEndpoints
from tests.cli.conftest import Said
from tests.pipeline.authority import GROUP_OF_COMMANDS, digitised, join
from tests.pipeline.bench import AGENCY, workplace

pytestmark = pytest.mark.xdist_group(GROUP_OF_COMMANDS)


@pytest.fixture
def paper(data_dir: Path, tmp_path: Path, authority: AuthorityEndpoints) -> str:
    """A digitised paper in an installation that signs by the test authority."""
    join(data_dir, authority)
    with workplace(data_dir) as place:
        return digitised(place, tmp_path / "lo", "mot")[0]


@pytest.fixture
def copy(sohoa: Callable[..., Said], paper: str, tmp_path: Path) -> Path:
    """Its certified copy, taken out."""
    said = sohoa("certify", paper, "--certifier", "thu-nghiem", "--agency", AGENCY, "--json")
    assert said.code == 0, said.err
    (row,) = said.json["documents"]
    assert (row["outcome"], row["signatures"], row["level"]) == ("certified", 2, "B-LTA")
    assert row["register"]["number"] == 1
    taken = sohoa("get", paper, "--to", tmp_path / "ra", "--role", "certified", "--json")
    return Path(taken.json[0]["path"])


def test_one_code_for_each_verdict(
    sohoa: Callable[..., Said], copy: Path, paper: str, tmp_path: Path, authority: AuthorityEndpoints
) -> None:
    content = copy.read_bytes()
    (tmp_path / "sua.pdf").write_bytes(content.replace(b"/MediaBox", b"/MediaBix", 1))
    (tmp_path / "rac.pdf").write_bytes(b"khong phai pdf")
    pdfa = sohoa("get", paper, "--to", tmp_path / "ra", "--role", "pdfa", "--json").json[0]["path"]
    (tmp_path / "neo").mkdir()

    honest = sohoa("verify", copy)
    assert honest.code == 0
    assert f"{copy}: ĐẠT" in honest.out
    assert "B-LTA" in honest.out
    unsigned = sohoa("verify", copy, pdfa)  # the worst decides
    assert unsigned.code == 2
    assert f"{pdfa}: CHƯA ĐỦ CĂN CỨ" in unsigned.out
    tampered = sohoa("verify", pdfa, tmp_path / "sua.pdf", copy)
    assert tampered.code == 1
    assert f"{tmp_path}/sua.pdf: KHÔNG ĐẠT" in tampered.out
    assert sohoa("verify", tmp_path / "sua.pdf", tmp_path / "rac.pdf").code == 3
    missing = sohoa("verify", tmp_path / "khong-co.pdf")
    assert (missing.code, "KHÔNG ĐỌC ĐƯỢC" in missing.out) == (3, True)
    assert sohoa("verify", copy, "--trust", tmp_path / "neo").code == 2  # of whom we know nothing

    # a folder of anchors that holds the roots is as good as the installation's own
    for number, der in enumerate((*authority.trust_anchors, *authority.tsa_anchors)):
        (tmp_path / "neo" / f"{number}.crt").write_bytes(der)
    assert sohoa("verify", copy, "--trust", tmp_path / "neo").code == 0
    wrong = sohoa("verify", copy, "--trust", tmp_path / "khong-co")
    assert wrong.code == 4
    assert "Traceback" not in wrong.err


def test_reports_and_json(sohoa: Callable[..., Said], copy: Path, tmp_path: Path) -> None:
    said = sohoa("verify", copy, "--json", "--report", tmp_path / "bao-cao")
    assert said.code == 0
    (verdict,) = said.json
    assert (verdict["path"], verdict["file"]["name"]) == (str(copy), copy.name)
    assert verdict["status"] == "verified"
    written = {path.suffix: path for path in tmp_path.joinpath("bao-cao").iterdir()}
    machine, human = written[".json"], written[".html"]
    assert written[".pdf"].read_bytes().startswith(b"%PDF-1.7")
    assert b"mainindication:total-passed" in written[".xml"].read_bytes()
    report = json.loads(machine.read_text(encoding="utf-8"))
    for told in (report, verdict):
        told["report"].pop("time")
    assert {"path": str(copy), **report} == verdict
    assert "ĐẠT" in human.read_text(encoding="utf-8")


def test_certifying_again_and_who_may_not(sohoa: Callable[..., Said], copy: Path, paper: str) -> None:
    line = ("certify", paper, "--agency", AGENCY, "--json", "--certifier")
    again = sohoa(*line, "thu-nghiem")
    assert (again.code, again.json["documents"][0]["outcome"]) == (0, "known")
    assert again.json["documents"][0]["register"]["number"] == 1
    nobody = sohoa(*line, "ai-do")
    assert (nobody.code, nobody.json["error"]["code"]) == (4, "certifier-unknown")
    unknown = sohoa("certify", "khong-co", "--agency", AGENCY, "--certifier", "thu-nghiem", "--json")
    assert (unknown.code, unknown.json["error"]["code"]) == (4, "document-unknown")


def test_one_refused_paper_makes_it_1(sohoa: Callable[..., Said], paper: str, data_dir: Path, tmp_path: Path) -> None:
    with workplace(data_dir) as place:
        (secret,) = digitised(place, tmp_path / "mat", "mat", lines=("TUYỆT MẬT",))
    said = sohoa("certify", paper, secret, "--agency", AGENCY, "--certifier", "thu-nghiem", "--json")
    assert said.code == 1
    first, second = said.json["documents"]
    assert (first["outcome"], second["outcome"], second["code"]) == ("certified", "failed", "certify-secrecy")
    assert second["register"] is None
    assert second["message"]


def test_audit_finds_what_was_changed(sohoa: Callable[..., Said], copy: Path, paper: str, data_dir: Path) -> None:
    clean = sohoa("audit", "--json")
    assert clean.code == 0
    assert (clean.json["findings"], clean.json["certified"]) == ([], 1)
    with workplace(data_dir) as place:
        (stored,) = [s for s in place.warehouse.show(paper).objects if s.role == "text"]
    blob = data_dir / "store" / "blob" / "sha256" / stored.sha256[:2] / stored.sha256[2:4] / stored.sha256
    blob.chmod(0o644)
    blob.write_bytes(b"khac")
    said = sohoa("audit")
    assert said.code == 1
    assert "[fixity]" in said.out
    assert "1 sai lệch" in said.out
