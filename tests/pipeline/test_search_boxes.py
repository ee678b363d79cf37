"""A hit's words are shown where they stand on the page, by the stored reading."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.owners import Owner
from pipeline.search_boxes import boxes_of
from storage.catalogue.engine import open_catalogue
from storage.catalogue.search import SearchQuery
from storage.keys import blob_key
from storage.local import LocalStore
from storage.records import FieldRecord, Intake
from storage.warehouse import Warehouse
from tests.storage.conftest import OWNER_KEY, Clock

_LINES = [["Căn", "cứ", "Luật", "Đất"], ["đai", "(2024);"], ["Điều", "1."]]


def _reading() -> bytes:
    words, lines = [], []
    for n, line in enumerate(_LINES):
        lines.append({"first_word": len(words), "words": len(line), "box": [0, 100 * n, 1000, 100 * n + 40]})
        words += [
            {"text": w, "confidence": 0.9, "box": [100 * k, 100 * n, 100 * k + 90, 100 * n + 40]}
            for k, w in enumerate(line)
        ]
    empty = {"number": 1, "words": [], "lines": []}
    return json.dumps({"pages": [empty, {"number": 2, "words": words, "lines": lines}]}).encode()


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    catalogue = open_catalogue(f"sqlite:///{tmp_path}/c.db")
    yield Warehouse(LocalStore(tmp_path / "store"), catalogue, OWNER_KEY, Clock())
    catalogue.close()


@pytest.fixture
def document(warehouse: Warehouse) -> str:
    found = warehouse.receive(b"scan", Intake("H24.01", Owner("citizen", "001200000001")), agent="a").document
    warehouse.save_digitised(
        found.id,
        pdfa=b"pdf",
        reading_json=_reading(),
        text="\n\f" + "\n".join(" ".join(line) for line in _LINES),
        fields=[FieldRecord("trich_yeu", "Về rừng", 0.9, "ocr", 1, (1, 2, 3, 4))],
        agent="a",
    )
    return found.id


@pytest.mark.parametrize(
    ("query", "boxes"),
    [
        ("luat", ((200, 100 * 0, 290, 40),)),
        ('"luật đất đai"', ((200, 0, 390, 40), (0, 100, 90, 140))),
        ('"dai 2024"', ((0, 100, 190, 140),)),
        ("rung", ((1, 2, 3, 4),)),
    ],
)
def test_boxes_of_the_words_a_line_at_a_time(
    warehouse: Warehouse, document: str, query: str, boxes: tuple[tuple[int, int, int, int], ...]
) -> None:
    hits = warehouse.search(SearchQuery(query))
    assert [h.document.id for h in hits] == [document]
    assert boxes_of(warehouse, hits) == {document: boxes}


def test_nothing_is_said_where_the_reading_says_nothing(warehouse: Warehouse, document: str, tmp_path: Path) -> None:
    assert boxes_of(warehouse, warehouse.search(SearchQuery())) == {}  # listed, not found by words
    hits = warehouse.search(SearchQuery("luat"))
    view = warehouse.show(document)
    (reading,) = [o.sha256 for o in view.objects if o.role == "reading"]
    (tmp_path / "store" / blob_key(reading)).unlink()
    assert boxes_of(warehouse, hits) == {}
