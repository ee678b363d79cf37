"""DocInfo and XMP: equal, complete, well-formed, whatever the words in them."""

from __future__ import annotations

import dataclasses
import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from xml.etree import ElementTree

import pikepdf
import pytest

from pipeline.pdfa.metadata import DESCRIPTIONS, NAMESPACE, PdfaMetadata
from pipeline.pdfa.writer import write_pdfa
from tests.ocr.source_files import RASTER
from tests.pipeline.readings import DIGEST, METADATA, body, reading
from tests.verapdf import assert_pdfa_2u

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
DC = "{http://purl.org/dc/elements/1.1/}"


def _write(folder: Path, metadata: PdfaMetadata) -> Path:
    (folder / "a.jpg").write_bytes(RASTER["grey.jpg"][1]())
    out = folder / "o.pdf"
    write_pdfa(folder / "a.jpg", "image/jpeg", [reading(body())], out, metadata, source_sha256=DIGEST)
    return out


def _xmp(path: Path) -> ElementTree.Element:
    with pikepdf.open(path) as pdf:
        assert "/Filter" not in pdf.Root.Metadata
        return ElementTree.fromstring(pdf.Root.Metadata.read_bytes())


def _text(root: ElementTree.Element, name: str) -> str | None:
    found = root.find(f".//{name}")
    if found is None:
        return None
    item = found.find(f".//{RDF}li")
    return (item if item is not None else found).text


def test_xmp_tells_what_is_known(tmp_path: Path) -> None:
    path = _write(tmp_path, METADATA)
    xmp = _xmp(path)
    assert _text(xmp, f"{DC}title") == METADATA.title
    assert _text(xmp, f"{DC}creator") == METADATA.author
    assert _text(xmp, f"{DC}language") == "vi-VN"
    assert _text(xmp, f"{DC}date") == "2025-01-24"
    assert _text(xmp, f"{DC}description") == METADATA.facts["trich_yeu"]
    own = "{" + NAMESPACE + "}"
    for name, value in METADATA.facts.items():
        assert _text(xmp, own + name) == value
    assert _text(xmp, own + "source_sha256") == DIGEST
    assert _text(xmp, own + "source_media_type") == "image/jpeg"
    assert _text(xmp, own + "converted_at") == "2026-03-02T08:30:00Z"
    assert _text(xmp, own + "converted_by") == "Trung tâm Công báo và Tin học"
    declared = {e.text for e in xmp.iter("{http://www.aiim.org/pdfa/ns/property#}name")}
    used = {e.tag.removeprefix(own) for e in xmp.iter() if e.tag.startswith(own)}
    assert declared == used
    assert used - {"own_fact"} <= set(DESCRIPTIONS)


def test_info_equals_xmp(tmp_path: Path) -> None:
    for zone, iso, pdf_date in (
        (UTC, "2026-03-02T08:30:15Z", "D:20260302083015Z"),
        (timezone(timedelta(hours=7)), "2026-03-02T08:30:15+07:00", "D:20260302083015+07'00'"),
    ):
        moment = datetime(2026, 3, 2, 8, 30, 15, 999, tzinfo=zone)
        path = _write(tmp_path, dataclasses.replace(METADATA, created=moment))
        xmp = _xmp(path)
        with pikepdf.open(path) as pdf:
            info = {key: str(value) for key, value in pdf.docinfo.items()}
            assert str(pdf.Root.Lang) == "vi-VN"
            assert "/MarkInfo" not in pdf.Root
        assert info["/Title"] == _text(xmp, f"{DC}title")
        assert info["/Author"] == _text(xmp, f"{DC}creator")
        assert info["/Subject"] == _text(xmp, f"{DC}description")
        assert info["/Producer"] == _text(xmp, "{http://ns.adobe.com/pdf/1.3/}Producer") == "sohoa test"
        assert info["/Creator"] == _text(xmp, "{http://ns.adobe.com/xap/1.0/}CreatorTool")
        assert info["/CreationDate"] == info["/ModDate"] == pdf_date
        assert {_text(xmp, "{http://ns.adobe.com/xap/1.0/}" + n) for n in ("CreateDate", "ModifyDate")} == {iso}


def test_awkward_words(tmp_path: Path) -> None:
    made = []
    for number, facts in enumerate(
        (
            {},
            {"trich_yeu": "a < b & c > d ]]> \" ' \x00\x0b\ufffe <?xpacket end='w'?>", "ngay_ban_hanh": "không rõ"},
            {"so_ky_hieu": "", "ten_rieng": "𠀋 chữ Nôm"},
            {"trich_yeu": "dài " * 5000},
        )
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        metadata = PdfaMetadata("Tiêu đề (1) \\ & <x>", "", "vi-VN", METADATA.created, "sohoa", facts)
        made.append(_write(folder, metadata))
        xmp = _xmp(made[-1])
        assert _text(xmp, f"{DC}creator") is None
        assert _text(xmp, f"{DC}date") is None
        assert _text(xmp, f"{DC}title") == metadata.title
        assert all(re.search("[\x00\x0b\ufffe]", e.text or "") is None for e in xmp.iter())
    assert_pdfa_2u(made)


def test_mistakes_of_the_caller() -> None:
    with pytest.raises(ValueError, match="time zone"):
        dataclasses.replace(METADATA, created=datetime(2026, 1, 1))
    for name in ("số", "a b", "", "A", "x" * 65, "a>b"):
        with pytest.raises(ValueError, match="identifiers"):
            dataclasses.replace(METADATA, facts={name: "x"})
