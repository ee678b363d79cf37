"""Search: with and without marks, đ too, the same on both databases."""

from __future__ import annotations

import unicodedata

import pytest

from domain.owners import Owner
from storage.catalogue import search as search_module
from storage.catalogue.numbers import number_key
from storage.catalogue.search import Hit, SearchQuery
from storage.records import FieldRecord
from storage.warehouse import Warehouse
from tests.storage.test_warehouse import intake

PAPERS = {
    # name: (số/ký hiệu, type, date, summary, text)
    "land": (
        "1040/QĐ-UBND",
        "Quyết định",
        "2025-03-04",
        "Về việc giao đất",
        "Giao đất ở tại Đắk Lắk\fông Nguyễn Văn Đượm",
    ),
    "report": (
        "0118/BC-UBND",
        "Báo cáo",
        "2025-06-01",
        "Tình hình thuỷ lợi",
        "Đồng Đa đề nghị hoà giải; quyết định sau",
    ),
    "plain": ("7/TB-SNV", "Thông báo", "2026-01-15", "THONG BAO GIAO DAT", "dat dai o Dak Lak khong dau, dat nen"),
    "quoting": ("88/TB-UBND", "Thông báo", "2026-02-01", "Thông báo", "Căn cứ Quyết định số 1040/QĐ-UBND về chợ"),
    "empty": ("", "", "", "", ""),
}


@pytest.fixture
def filled(warehouse: Warehouse) -> dict[str, str]:
    names = {}
    for name, (number, kind, day, title, text) in PAPERS.items():
        values = {"so_ky_hieu": number, "loai_van_ban": kind, "ngay_ban_hanh": day, "trich_yeu": title}
        document = warehouse.receive(name.encode(), intake(), agent="a").document
        warehouse.save_digitised(
            document.id,
            pdfa=b"",
            reading_json=b"{}",
            text=text,
            fields=[FieldRecord(k, v, 0.9, "ocr", 1) for k, v in values.items() if v],
            agent="a",
        )
        names[document.id] = name
    return names


def look(warehouse: Warehouse, names: dict[str, str], text: str, **more: object) -> list[tuple[str, str]]:
    query = SearchQuery(text, **more)  # type: ignore[arg-type]
    hits = warehouse.search(query)
    assert warehouse.count(query) == len(hits)
    return [(names[h.document.id], h.match) for h in hits]


def found(warehouse: Warehouse, names: dict[str, str], text: str, **more: object) -> set[str]:
    return {name for name, _ in look(warehouse, names, text, **more)}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("nguyen", {"land"}),
        ("duom", {"land"}),
        ("dong da", {"report"}),
        ("quyet dinh", {"land", "report", "quoting"}),
        ("dak lak", {"land", "plain"}),
        ("Đắk Lắk", {"land", "plain"}),
        ("ĐẮK LẮK", {"land", "plain"}),
        ("giao đất", {"land", "plain"}),
        ("giao dat nguyen", {"land"}),
        ("hòa giải", {"report"}),
        ("thủy lợi", {"report"}),
        ('"dat giao"', set()),
        ('"giao đất" Đượm', {"land"}),
        ("khongcogi", set()),
        ("!!!", set()),
        ("'; DROP TABLE documents; --", set()),
        ('" OR 1=1', set()),
        ("giao AND dat", set()),
        ("NEAR(giao dat)", set()),
        ("folded : x*", set()),
        ("& | ! <->", set()),
    ],
)
def test_words(warehouse: Warehouse, filled: dict[str, str], query: str, expected: set[str]) -> None:
    assert found(warehouse, filled, query) == expected
    assert found(warehouse, filled, unicodedata.normalize("NFD", query)) == expected


def test_exact_marks_come_first(warehouse: Warehouse, filled: dict[str, str]) -> None:
    assert look(warehouse, filled, "Đắk Lắk") == [("land", "exact"), ("plain", "folded")]
    assert look(warehouse, filled, "giao đất") == [("land", "exact"), ("plain", "folded")]
    assert look(warehouse, filled, "hoà giải") == look(warehouse, filled, "hòa giải") == [("report", "exact")]
    assert {match for _, match in look(warehouse, filled, "dak lak")} == {"folded"}


@pytest.mark.parametrize(
    "spelling",
    [
        "1040/QĐ-UBND",
        "1040/QD-UBND",
        "1040 qd ubnd",
        "1040QĐUBND",
        "1040 / QÐ - UBND",
        "số 1040/qđ-ubnd",
        "01040/QĐ-UBND",
    ],
)
def test_number_in_any_spelling(warehouse: Warehouse, filled: dict[str, str], spelling: str) -> None:
    assert look(warehouse, filled, spelling)[0] == ("land", "number")


def test_number_quoted_elsewhere_comes_after(warehouse: Warehouse, filled: dict[str, str]) -> None:
    assert look(warehouse, filled, "1040/QĐ-UBND") == [("land", "number"), ("quoting", "exact")]
    assert found(warehouse, filled, "1040/QDUBND đất ở") == {"land"}
    assert look(warehouse, filled, "118/BC-UBND") == [("report", "number")]
    assert found(warehouse, filled, "118/BC-UBND thuỷ lợi") == {"report"}


def test_filters(warehouse: Warehouse, filled: dict[str, str]) -> None:
    owner_ref = warehouse.owner_ref(intake().owner)
    assert found(warehouse, filled, "", owner_ref=owner_ref) == set(PAPERS)
    assert found(warehouse, filled, "", owner_ref=warehouse.owner_ref(Owner("org", "0100109106"))) == set()
    assert found(warehouse, filled, "giao dat", agency="H24.02") == set()
    assert found(warehouse, filled, "1040/QĐ-UBND", agency="H24.02") == set()
    assert found(warehouse, filled, "", type="Thông báo") == {"plain", "quoting"}
    assert found(warehouse, filled, "", date_from="2025-06-01", date_to="2026-01-15") == {"report", "plain"}
    assert found(warehouse, filled, "", date_to="2025-03-04") == {"land"}
    assert found(warehouse, filled, "", status="received") == set()
    assert found(warehouse, filled, "", kind="component", case_code=intake().case_code) == set(PAPERS)
    assert found(warehouse, filled, "", case_code="other") == set()


def test_pages_of_hits(warehouse: Warehouse, filled: dict[str, str]) -> None:
    everything = [h.document.id for h in warehouse.search(SearchQuery(limit=100))]
    paged = [warehouse.search(SearchQuery(limit=2, offset=n))[0:] for n in (0, 2, 4)]
    assert [h.document.id for page in paged for h in page] == everything
    assert warehouse.count(SearchQuery(limit=2)) == len(PAPERS)


def snippet(warehouse: Warehouse, query: str) -> Hit:
    return warehouse.search(SearchQuery(query))[0]


def test_snippet_shows_the_original_text_and_its_page(warehouse: Warehouse, filled: dict[str, str]) -> None:
    hit = snippet(warehouse, "nguyen van duom")
    assert "Nguyễn Văn Đượm" in hit.snippet
    assert hit.page == 2
    assert snippet(warehouse, "dak lak dat o").page == 1


def test_long_documents_are_searched_to_the_end(
    warehouse: Warehouse, filled: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    document = warehouse.receive(b"long", intake(), agent="a").document
    pages = [f"trang {n} " + "chữ " * 300 for n in range(60)]
    pages[57] += "kim cương "
    warehouse.save_digitised(document.id, pdfa=b"", reading_json=b"{}", text="\f".join(pages), fields=[], agent="a")
    (hit,) = warehouse.search(SearchQuery("kim cuong"))
    assert (hit.document.id, hit.page) == (document.id, 58)
    assert "kim cương" in hit.snippet


def test_indexed_anew_not_twice(warehouse: Warehouse, filled: dict[str, str]) -> None:
    document = warehouse.receive(b"land", intake(), agent="a").document
    warehouse.correct_fields(document.id, {"trich_yeu": "Về việc thu hồi rừng"}, officer="cb01")
    assert found(warehouse, filled, "thu hoi rung") == {"land"}
    assert look(warehouse, filled, "Đắk Lắk")[0] == ("land", "exact")
    with warehouse.catalogue.read() as connection:
        rows = connection.exec_driver_sql("SELECT count(*) FROM document_text").scalar()
        assert rows == len(PAPERS)


def test_chunks_lose_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_module, "_CHUNK_WORDS", 5)
    body = "a b c\fd e f g\f\fh i j k l m\n"
    pieces = list(search_module._chunks(body))
    assert "".join(piece for _, piece in pieces) == body
    for first_page, piece in pieces:
        position = body.index(piece)
        assert first_page == 1 + body.count("\f", 0, position)
    assert list(search_module._chunks("")) == [(1, "")]


def test_number_key() -> None:
    assert number_key("0118/BC-UBND") == number_key("118 bc ubnd") == "118bcubnd"
    assert number_key("45/2020/NĐ-CP") == "452020ndcp"
    assert number_key("") == number_key(" - ") == ""
    assert number_key("000") == "0"
