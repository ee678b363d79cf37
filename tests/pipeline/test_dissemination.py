"""Dissemination packages: access copies for one request, valid, recorded as handed out, and nothing else in them."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pikepdf
import pytest

from domain.errors import BadInput
from pipeline.access_copy import LABEL
from pipeline.cli.main import main
from pipeline.dissemination import disseminate
from pipeline.handover import select
from pipeline.packages import FileFacts, import_package
from pipeline.pdfa.check import require_pdfa_2u
from pipeline.workplace import Workplace
from storage.catalogue import audit
from storage.eark.check import check_package, opened
from storage.eark.schema import parse
from tests.pipeline.authority import digitised
from tests.pipeline.bench import AGENCY, CITIZEN, workplace
from tests.pipeline.old_papers import text_of
from tests.require import need
from tests.storage.acts import intake

REQUEST = "Phiếu 12 ngày 20/11/2026"
PREMIS = {"p": "http://www.loc.gov/premis/v3"}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workplace]:
    monkeypatch.setattr("os.fsync", lambda _handle: None)
    with workplace(tmp_path / "data") as opened_:
        yield opened_


def handed_out(place: Workplace) -> list[tuple[str, dict[str, str]]]:
    with place.catalogue.read() as connection:
        events = [e for e in audit.events(connection, AGENCY) if e.event_type == "dissemination"]
    return [(event.document_id, json.loads(event.detail)) for event in events]


def test_what_is_handed_out_is_labelled_valid_and_recorded(place: Workplace, tmp_path: Path) -> None:
    ids = digitised(place, tmp_path / "lo", "mot", "hai")
    documents = select(place, ids)
    facts = FileFacts(code="H24.01.2026.07", title="Hồ sơ giao đất")
    report = disseminate(place, documents, tmp_path / "goi", facts, request=REQUEST, agent="cb01")
    found = check_package(report.path)
    assert (found.findings, found.kind, found.object_id) == ([], "DIP", report.object_id)
    files = sorted(p.relative_to(report.path).as_posix() for p in report.path.rglob("*") if p.is_file())
    data = [name for name in files if "/data/" in name]
    assert data == [f"representations/rep1/data/H24.01.2026.07.{n:07}.pdf" for n in (1, 2)]
    stored = {o.sha256 for i in ids for o in place.warehouse.show(i).objects}
    for name in data:
        copy = report.path / name
        require_pdfa_2u(copy)
        with pikepdf.open(io.BytesIO(copy.read_bytes())) as pdf:
            pages = len(pdf.pages)
        assert text_of(copy.read_bytes()).count(LABEL) == pages
        assert hashlib.sha256(copy.read_bytes()).hexdigest() not in stored
    # nothing of the archive's own: no original, no manifest, no personal number
    content = b"".join((report.path / name).read_bytes() for name in files if name.endswith((".xml", ".txt")))
    assert not [name for name in files if name.startswith("metadata/other") or "rep2" in name]
    assert CITIZEN.partition(":")[2].encode() not in content
    # the copies name the stored files that they were made from
    made = parse((report.path / "representations/rep1/metadata/preservation/PREMIS.xml").read_bytes())
    sources = made.xpath(
        "//p:relationship[p:relationshipSubType='has source']//p:relatedObjectIdentifierValue", namespaces=PREMIS
    )
    pdfa = {o.sha256 for i in ids for o in place.warehouse.show(i).objects if o.role == "pdfa"}
    assert {one.text.rpartition("/")[2] for one in sources} == pdfa
    whole = parse((report.path / "metadata/preservation/PREMIS.xml").read_bytes())
    assert [e.text for e in whole.xpath("//p:eventDetail", namespaces=PREMIS)] == [f"request: {REQUEST}"]
    expected = {"act": "DIP handed out", "package": report.object_id, "request": REQUEST, "version": 2}
    assert handed_out(place) == [(i, expected) for i in ids]
    with pytest.raises(BadInput, match="package-not-aip"):
        import_package(place, report.path)


def test_one_package_a_request(place: Workplace, tmp_path: Path) -> None:
    documents = select(place, digitised(place, tmp_path / "lo", "mot"))
    first = disseminate(place, documents, tmp_path / "a", request=REQUEST, zipped=True)
    again = disseminate(place, documents, tmp_path / "b", request=f"  {REQUEST} ", zipped=True)
    other = disseminate(place, documents, tmp_path / "c", request="Phiếu 13")
    assert first.object_id == again.object_id != other.object_id
    with zipfile.ZipFile(first.path) as one, zipfile.ZipFile(again.path) as two:
        copies = [n for n in one.namelist() if "/data/" in n]
        assert copies and [one.read(n) for n in copies] == [two.read(n) for n in copies]
    with opened(first.path) as folder:
        assert check_package(folder).findings == []
    with pytest.raises(BadInput, match="package-exists"):
        disseminate(place, documents, tmp_path / "a", request=REQUEST, zipped=True)
    assert len(handed_out(place)) == 3


def test_what_is_not_handed_out(place: Workplace, tmp_path: Path) -> None:
    (one,) = digitised(place, tmp_path / "lo", "mot")
    (marked,) = digitised(place, tmp_path / "mat", "hai", lines=("MẬT",))
    (field,) = digitised(place, tmp_path / "khac", "ba")
    place.warehouse.correct_fields(field, {"do_mat": "Mật"}, officer="cb01")
    for ids, request, code in (
        ([one], " ", "package-request"),
        ([one], "Phiếu của 001200000019", "package-request"),  # a personal number
        ([], REQUEST, "nothing-chosen"),
        ([one, marked], REQUEST, "package-secret"),
        ([one, field], REQUEST, "package-secret"),
    ):
        with pytest.raises(BadInput, match=code):
            disseminate(place, select(place, ids), tmp_path / "goi", request=request)
    unread = place.warehouse.receive(b"%PDF x", intake(agency=AGENCY), agent="a").document
    with pytest.raises(BadInput, match="package-not-digitised"):
        disseminate(place, [unread], tmp_path / "goi", request=REQUEST)
    assert not (tmp_path / "goi").exists() or list((tmp_path / "goi").iterdir()) == []
    assert handed_out(place) == []


def test_one_that_does_not_pass_is_neither_left_nor_recorded(
    place: Workplace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents = select(place, digitised(place, tmp_path / "lo", "mot"))
    monkeypatch.setattr("storage.eark.write._about", lambda _plan: "x")
    whole = Path.write_bytes

    def spoilt(path: Path, data: bytes) -> int:
        return whole(path, data + b"\n" if path.name == "README.txt" else data)

    monkeypatch.setattr(Path, "write_bytes", spoilt)  # after its digest was taken
    for zipped in (False, True):
        with pytest.raises(RuntimeError, match="does not pass"):
            disseminate(place, documents, tmp_path / "goi", request=REQUEST, zipped=zipped)
    assert list((tmp_path / "goi").iterdir()) == [] and handed_out(place) == []


def test_by_the_published_rules(place: Workplace, tmp_path: Path) -> None:
    spec = find_spec("eark_validator")
    need("eark", spec is not None, "eark-validator is not installed (pip install --no-deps eark-validator)")
    assert spec is not None and spec.origin is not None
    from lxml import etree
    from lxml.isoschematron import Schematron

    package = disseminate(
        place, select(place, digitised(place, tmp_path / "lo", "mot")), tmp_path, request=REQUEST
    ).path
    folder = Path(spec.origin).parent / "ipxml" / "resources" / "schematron" / "V2.1.0" / "CSIP"
    looked = 0
    for file in sorted(folder.glob("*.xml")):
        text = file.read_text("utf-8")
        for name, test in VOCABULARIES.items():
            text = text.replace(name, test)
        rules = Schematron(etree=etree.XML(text.encode()), store_report=True)
        assert rules.validate(etree.parse(str(package / "METS.xml"))), rules.validation_report
        looked += 1
    assert looked > 5


VOCABULARIES = {
    "@TYPE_vocabulary_test": "@TYPE = 'Mixed'",
    "@csip:CONTENTINFORMATIONTYPE_vocabulary_test": "@csip:CONTENTINFORMATIONTYPE = 'MIXED'",
    "@csip:OAISPACKAGETYPE_vocabulary_test": "@csip:OAISPACKAGETYPE = 'DIP'",
    "@STATUS_vocabulary_test": "@STATUS = 'CURRENT'",
    "@MIMETYPE_IANA_test": "contains(@MIMETYPE, '/')",
}


def test_the_command(
    place: Workplace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (one,) = digitised(place, tmp_path / "lo", "mot")
    monkeypatch.setattr("pipeline.settings.load_settings", lambda: place.settings)
    target = str(tmp_path / "goi")
    assert main(["package", "dip", one, "--to", target, "--request", REQUEST, "--by", "cb01", "--zip", "--json"]) == 0
    path = json.loads(capsys.readouterr().out)["path"]
    assert main(["package", "check", path]) == 0
    assert "DIP" in capsys.readouterr().out
