"""The manifest keeps everything and its bytes are canonical."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest

from domain.owners import Owner
from storage.manifest import Event, Manifest, content_key, decode, digest, encode
from storage.records import FieldRecord, RegisterEntry, StoredObject

FULL = Manifest(
    document_id="doc",
    version=2,
    created="2026-11-22T01:00:00.000000Z",
    message="digitised",
    previous_sha256="1" * 64,
    stage_key="key",
    agency="H24.01",
    owner_ref="ref",
    owner=Owner("citizen", "001200000019"),
    owner_name="Nguyễn Thị Đào",
    case_code="H24.01-261122-0001",
    kind="component",
    procedure="2.000815",
    original_sha256="a" * 64,
    original_size=5,
    original_name="Giấy khai sinh.pdf",
    media_type="application/pdf",
    pages=2,
    part=0,
    intake_key="batch/1",
    status="digitised",
    fields=(
        FieldRecord("so_ky_hieu", "1/QĐ", 0.9, "ocr", 1, (1, 2, 3, 4), "1/QD", ("1/QĐ", "7/QĐ"), "1/QĐ", "cb01", "t"),
    ),
    objects=(
        StoredObject("evidence", "c" * 64, 1, "application/octet-stream", 1),
        StoredObject("original", "a" * 64, 5, "application/pdf"),
        StoredObject("pdfa", "a" * 64, 5, "application/pdf"),
    ),
    tools={"tesseract": "5.5"},
    events=(Event("ingestion", "t", "sohoa 0.1", detail={"size": 5}),),
    register=(RegisterEntry("H24.01", "SCT/BS", 2026, 1, "issued", "doc", "", "k", {"pages": 2}),),
)


def test_round_trip() -> None:
    assert decode(encode(FULL)) == FULL
    assert encode(decode(encode(FULL))) == encode(FULL)


def test_digests_of_page_images_are_kept_and_older_manifests_stay_as_they_were() -> None:
    scanned = replace(FULL, pixels=("d" * 64, "e" * 64))
    assert decode(encode(scanned)) == scanned
    assert b"pixels" not in encode(FULL)


def test_shape_is_ocfl_like_and_canonical() -> None:
    data = encode(FULL)
    record = json.loads(data)
    assert record["digestAlgorithm"] == "sha256"
    assert record["manifest"]["a" * 64] == [f"blob/sha256/aa/aa/{'a' * 64}"]
    assert [entry["role"] for entry in record["state"]["a" * 64]] == ["original", "pdfa"]
    assert data == json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    assert digest(FULL) == hashlib.sha256(data).hexdigest()
    assert FULL.key == "owner/H24.01/ref/doc/v0002.json"
    assert content_key(FULL) == "digitised:key"


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[]", b"\xff", encode(FULL)[:-10], encode(FULL).replace(b"sohoa-", b"other-")]
)
def test_broken_manifests_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError):
        decode(data)
