"""SIP and AIP: valid by the published schemas and rules, every change seen, and an AIP comes back as it went."""

from __future__ import annotations

import hashlib
import os
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from domain.errors import BadInput
from pipeline.handover import select
from pipeline.packages import FileFacts, export_package, import_package
from pipeline.settings import Settings
from pipeline.workplace import Workplace, open_workplace
from storage.catalogue import audit
from storage.eark.check import check_package, opened
from storage.eark.model import shown
from storage.eark.schema import parse
from storage.eark.write import write_package
from storage.local import LocalStore
from storage.records import FieldRecord
from tests.require import need
from tests.storage.acts import CASE, NUMBER
from tests.storage.conftest import Clock, hurry
from tests.storage.dump import REBUILT, dump
from tests.storage.fresh import lay_catalogue
from tests.storage.test_rebuild import fill

EAD = {"e": "http://ead3.archivists.org/schema/"}


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.fsync", lambda _handle: None)


@pytest.fixture
def workplace(tmp_path: Path) -> Iterator[Workplace]:
    lay_catalogue(tmp_path / "data" / "catalogue.sqlite")
    with open_workplace(Settings(data_dir=tmp_path / "data"), Clock()) as opened_:
        hurry(opened_.catalogue)
        fill(opened_.warehouse)
        yield opened_


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An AIP made once, to be copied and damaged."""
    folder = tmp_path_factory.mktemp("sound")
    with open_workplace(Settings(data_dir=folder / "data"), Clock()) as opened_:
        fill(opened_.warehouse)
        return made(opened_, "aip", folder)


def made(workplace: Workplace, kind: str, folder: Path, **more: Any) -> Path:
    documents = select(workplace, agency="H24.01")
    assert len(documents) == 8
    return export_package(workplace, documents, kind, folder, FileFacts(code="H24.01.2026.01"), **more).path


@pytest.mark.parametrize("kind", ["sip", "aip"])
def test_a_package_is_valid_and_says_what_it_is(workplace: Workplace, tmp_path: Path, kind: str) -> None:
    package = made(workplace, kind, tmp_path)
    found = check_package(package)
    assert (found.findings, found.kind) == ([], kind.upper())
    assert package.name == found.object_id.replace(":", "_")
    assert (package / "representations" / "rep3").is_dir() is (kind == "aip")
    names = sorted(p.name for p in (package / "representations" / "rep1" / "data").iterdir())
    assert names[0] == "H24.01.2026.01.0000001.pdf" and len(names) == 8
    everything = "".join(p.as_posix() for p in package.rglob("*"))
    described = b"".join(p.read_bytes() for p in package.rglob("*.xml"))
    assert NUMBER not in everything and NUMBER.encode() not in described
    event = audit_events(workplace)[-1]
    assert (event.event_type, found.object_id in event.detail) == ("dissemination", True)


def audit_events(workplace: Workplace) -> list[audit.AuditEvent]:
    with workplace.catalogue.read() as connection:
        return audit.events(connection, "H24.01")


def test_by_the_published_rules(workplace: Workplace, tmp_path: Path) -> None:
    """The schematron rules of E-ARK's own validator, where it is installed, and EAD3's schema, where it lies."""
    spec = find_spec("eark_validator")
    need("eark", spec is not None, "eark-validator is not installed (pip install --no-deps eark-validator)")
    assert spec is not None and spec.origin is not None
    from lxml import etree
    from lxml.isoschematron import Schematron

    package = made(workplace, "sip", tmp_path)
    vocabularies = {
        "@TYPE_vocabulary_test": "@TYPE = 'Mixed'",
        "@csip:CONTENTINFORMATIONTYPE_vocabulary_test": "@csip:CONTENTINFORMATIONTYPE = 'MIXED'",
        "@csip:OAISPACKAGETYPE_vocabulary_test": "@csip:OAISPACKAGETYPE = 'SIP'",
        "@STATUS_vocabulary_test": "@STATUS = 'CURRENT'",
        "@MIMETYPE_IANA_test": "contains(@MIMETYPE, '/')",
    }
    folder = Path(spec.origin).parent / "ipxml" / "resources" / "schematron" / "V2.1.0" / "CSIP"
    looked = 0
    for file in sorted(folder.glob("*.xml")):
        text = file.read_text("utf-8")
        for name, test in vocabularies.items():
            text = text.replace(name, test)
        rules = Schematron(etree=etree.XML(text.encode()), store_report=True)
        assert rules.validate(etree.parse(str(package / "METS.xml"))), rules.validation_report
        looked += 1
    assert looked > 5


def test_descriptions_by_the_schema_of_ead3(workplace: Workplace, tmp_path: Path) -> None:
    schema = Path(os.environ.get("SOHOA_DATA", "")) / "schemas" / "ead3.xsd"
    need("ead3", schema.is_file(), "no ead3.xsd under SOHOA_DATA/schemas")
    assert check_package(made(workplace, "aip", tmp_path), ead_schema=schema).findings == []


def test_fields_of_the_circular_stand_in_the_description(workplace: Workplace, tmp_path: Path) -> None:
    (document,) = [d for d in select(workplace, case=CASE) if d.status == "certified"]
    facts = FileFacts(paper_code="HS 12", keywords="đất đai; giao đất", description="Hồ sơ thử")
    package = export_package(workplace, [document], "sip", tmp_path, facts).path
    file = parse((package / "metadata/descriptive/EAD.xml").read_bytes())
    item = parse((package / "representations/rep2/metadata/descriptive/EAD_doc_0000001.xml").read_bytes())

    def value(tree: Any, name: str) -> list[str]:
        places = tree.xpath(f"//*[@encodinganalog = '{name}' or @localtype = '{name}']")
        return [" ".join("".join(p.itertext()).split()) for p in places]

    assert value(file, "fileCode") == [document.id]
    assert value(file, "title") == ["Quyết định 0118/QĐ-UBND Về việc giao đất"]
    assert value(file, "startDate") == ["2026-01-02"]
    assert value(file, "maintenance") == ["01 Vĩnh viễn"]
    assert value(file, "mode") == ["02 Có điều kiện"]
    assert value(file, "numberOfPage") == ["2 trang"] and value(file, "numberOfPaper") == []  # nobody knows it
    assert value(file, "keyword") == ["đất đai", "giao đất"] and value(file, "paperFileCode") == ["HS 12"]
    assert value(item, "docCode") == [f"{document.id}.0000001"]
    assert value(item, "typeName") == ["02 Quyết định"]
    assert (value(item, "codeNumber"), value(item, "codeNotation")) == (["0118"], ["QĐ-UBND"])
    assert value(item, "inforSign") == ["Bản sao chứng thực điện tử"]
    assert value(item, "confidenceLevel") == ["02 Số hóa"]


def test_what_was_not_read_for_certain_is_left_out(workplace: Workplace, tmp_path: Path) -> None:
    document = next(d for d in select(workplace, agency="H24.01") if d.status == "received")
    workplace.warehouse.save_digitised(
        document.id,
        pdfa=b"%PDF x",
        reading_json=b"{}",
        text="x",
        fields=[
            FieldRecord("trich_yeu", "Chắc là đoán", 0.3, "ocr"),
            FieldRecord("loai_van_ban", "Thông báo cho 001200000019", 0.9, "ocr"),
        ],
        agent="a",
    )
    package = export_package(workplace, [document], "sip", tmp_path).path
    described = (package / "metadata/descriptive/EAD.xml").read_text("utf-8")
    assert "Chắc là đoán" not in described
    assert "Thông báo cho ***" in described


def test_the_same_papers_give_the_same_bytes(workplace: Workplace, tmp_path: Path) -> None:
    document = select(workplace, case=CASE)[0]
    from pipeline import packages

    plan = packages._plan(workplace, [document], "AIP", FileFacts(), "2026-11-22T00:00:00.000000Z", clock_day())
    first = write_package(workplace.store, plan, tmp_path / "1", seal=mark, zipped=True)
    second = write_package(workplace.store, plan, tmp_path / "2", seal=mark, zipped=True)
    assert first.path.read_bytes() == second.path.read_bytes()
    with opened(first.path) as folder:
        assert check_package(folder).findings == []
    with zipfile.ZipFile(first.path) as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    with pytest.raises(FileExistsError):
        write_package(workplace.store, plan, tmp_path / "1", seal=mark, zipped=True)


def mark(listing: bytes) -> str:
    return hashlib.sha256(listing).hexdigest()


def clock_day() -> Any:
    return Clock().now.date()


@pytest.mark.parametrize("zipped", [False, True])
def test_an_aip_comes_back_as_it_went(workplace: Workplace, tmp_path: Path, zipped: bool) -> None:
    package = made(workplace, "aip", tmp_path, zipped=zipped)
    fresh = tmp_path / "fresh"
    (fresh / "secrets").mkdir(parents=True)
    shutil.copy(tmp_path / "data" / "secrets" / "owner-key", fresh / "secrets" / "owner-key")
    with open_workplace(Settings(data_dir=fresh), Clock()) as again:
        report = import_package(again, package)
        assert (report.documents, report.problems) == (8, ())
        assert dump(again.catalogue, REBUILT) == dump(workplace.catalogue, REBUILT)
        assert {o.key for o in again.store.list("")} == {
            o.key for o in workplace.store.list("") if not o.key.startswith(("page/", "record/"))
        }
        assert import_package(again, package).versions == 0


def test_only_our_own_aip_is_taken_in(workplace: Workplace, tmp_path: Path) -> None:
    aip, sip = made(workplace, "aip", tmp_path), made(workplace, "sip", tmp_path)
    with open_workplace(Settings(data_dir=tmp_path / "other"), Clock()) as other:
        for package, code in ((aip, "package-of-elsewhere"), (sip, "package-not-aip")):
            with pytest.raises(BadInput) as caught:
                import_package(other, package)
            assert caught.value.code == code
        (aip / "representations" / "rep1" / "data" / "more.pdf").write_bytes(b"x")
        with pytest.raises(BadInput) as caught:
            import_package(other, aip)
        assert caught.value.code == "package-broken"
        assert list(other.store.list("owner/")) == []


@pytest.mark.parametrize(
    ("damage", "rule"),
    [
        ("flip", "checksum"),
        ("grow", "size"),
        ("remove", "missing"),
        ("add", "unlisted"),
        ("symlink", "missing"),
        ("no header", "CSIP117"),
        ("no map", "CSIP80"),
        ("category", "CSIP2"),
        ("outside", "missing"),
        ("premis", "premis-schema"),
        ("entity", "mets-schema"),
    ],
)
def test_every_change_is_seen(sound: Path, tmp_path: Path, damage: str, rule: str) -> None:
    package = tmp_path / sound.name
    shutil.copytree(sound, package)
    data = next(iter(sorted((package / "representations/rep1/data").iterdir())))
    mets = package / "METS.xml"
    text = mets.read_text("utf-8")
    if damage == "flip":
        content = data.read_bytes()
        data.write_bytes(bytes([content[0] ^ 1]) + content[1:])
    elif damage == "grow":
        data.write_bytes(data.read_bytes() + b"x")
    elif damage == "remove":
        data.unlink()
    elif damage == "add":
        (package / "documentation" / "more.txt").write_text("x")
    elif damage == "symlink":
        (tmp_path / "elsewhere").write_bytes(data.read_bytes())
        data.unlink()
        data.symlink_to(tmp_path / "elsewhere")
    elif damage == "no header":
        start, end = text.index("<mets:metsHdr"), text.index("</mets:metsHdr>")
        mets.write_text(text[:start] + text[end + len("</mets:metsHdr>") :], "utf-8")
    elif damage == "no map":
        mets.write_text(text.replace('LABEL="CSIP"', 'LABEL="Other"'), "utf-8")
    elif damage == "category":
        mets.write_text(text.replace('TYPE="Mixed"', 'TYPE="Papers"'), "utf-8")
    elif damage == "outside":
        (tmp_path / "README.txt").write_bytes((package / "documentation/README.txt").read_bytes())
        mets.write_text(text.replace("documentation/README.txt", "../README.txt"), "utf-8")
    elif damage == "premis":
        premis = package / "metadata/preservation/PREMIS.xml"
        premis.write_text(premis.read_text("utf-8").replace("eventType>", "eventKind>"), "utf-8")
    else:
        mets.write_text(text.replace("<mets:metsHdr ", '<mets:metsHdr CREATEDATEX="1" ', 1), "utf-8")
    found = check_package(package)
    assert not found.valid
    assert rule in {f.rule for f in found.findings}


def test_entities_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    (tmp_path / "METS.xml").write_text(
        f'<!DOCTYPE mets [<!ENTITY s SYSTEM "file://{tmp_path}/secret">]><mets xmlns="http://www.loc.gov/METS/">&s;</mets>'
    )
    assert not check_package(tmp_path).valid


@pytest.mark.parametrize("name", ["../evil", "/evil", "a/../../evil"])
def test_a_zip_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as archive:
        archive.writestr("a/METS.xml", "<x/>")
        archive.writestr(name, "x")
    with pytest.raises(BadInput) as caught, opened(tmp_path / "bad.zip"):
        pass
    assert caught.value.code == "not-a-package"


def test_what_cannot_be_packed(workplace: Workplace, tmp_path: Path) -> None:
    documents = select(workplace, agency="H24.01")
    other = replace(documents[0], agency="H24.02")
    for chosen, facts, code in (
        ([], FileFacts(), "nothing-chosen"),
        ([documents[0], other], FileFacts(), "package-mixed"),
        (documents, FileFacts(code="HS 001200000019"), "package-code"),
        (documents, FileFacts(fonds="../x"), "package-code"),
    ):
        with pytest.raises(BadInput) as caught:
            export_package(workplace, chosen, "sip", tmp_path, facts)
        assert caught.value.code == code


def test_a_killed_writer_leaves_nothing_that_looks_whole(
    workplace: Workplace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(*_: Any) -> bytes:
        raise Killed

    monkeypatch.setattr("storage.eark.write.package_premis", die)
    with pytest.raises(Killed):
        made(workplace, "aip", tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_blob_that_changed_is_not_packed(workplace: Workplace, tmp_path: Path) -> None:
    assert isinstance(workplace.store, LocalStore)
    blob = next(iter(workplace.store.list("blob/")))
    (workplace.store.root / blob.key).write_bytes(b"changed")
    with pytest.raises(Exception, match="fixity"):
        made(workplace, "aip", tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_shown_masks_numbers() -> None:
    assert shown("Số 001200000019 của\nông A, sổ 123456789") == "Số *** của ông A, sổ ***"
