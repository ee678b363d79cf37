"""Search: with and without marks, đ too, the same on both databases."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import pytest
from sqlalchemy import Connection, event
from sqlalchemy import text as sql

from domain.owners import Owner
from storage.catalogue import search as search_module
from storage.catalogue import text_gin, text_index, text_shares, text_tiers, windows
from storage.catalogue.engine import open_catalogue
from storage.catalogue.numbers import number_key
from storage.catalogue.search import Answer, Hit, SearchQuery
from storage.catalogue.text_query import parse
from storage.catalogue.text_tiers import NO_FILTER, tiers
from storage.catalogue.tokens import SCOPE
from storage.local import LocalStore
from storage.records import FieldRecord
from storage.warehouse import Warehouse
from tests.storage.acts import intake
from tests.storage.conftest import OWNER_KEY, Clock, hurry

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


def fill(warehouse: Warehouse) -> dict[str, str]:
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


class Library(NamedTuple):
    """A filled warehouse that tests only read, and the names of its papers."""

    warehouse: Warehouse
    names: dict[str, str]


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def library(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    folder = tmp_path_factory.mktemp("library")
    if request.param == "sqlite":
        url = f"sqlite:///{folder}/c.db"
    else:
        url = request.getfixturevalue("postgres_server").new_database()
    catalogue = hurry(open_catalogue(url))
    warehouse = Warehouse(LocalStore(folder / "store"), catalogue, OWNER_KEY, Clock())
    yield Library(warehouse, fill(warehouse))
    catalogue.close()


def look(library: Library, text: str, **more: object) -> list[tuple[str, str]]:
    query = SearchQuery(text, **more)  # type: ignore[arg-type]
    hits = library.warehouse.search(query)
    assert library.warehouse.count(query) == len(hits)
    assert library.warehouse.answer(query) == Answer(hits, len(hits))
    return [(library.names[h.document.id], h.match) for h in hits]


def found(library: Library, text: str, **more: object) -> set[str]:
    return {name for name, _ in look(library, text, **more)}


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
def test_words(library: Library, query: str, expected: set[str]) -> None:
    assert found(library, query) == expected
    assert found(library, unicodedata.normalize("NFD", query)) == expected


def test_exact_marks_come_first(library: Library) -> None:
    assert look(library, "Đắk Lắk") == [("land", "exact"), ("plain", "folded")]
    assert look(library, "giao đất") == [("land", "exact"), ("plain", "folded")]
    assert look(library, "hoà giải") == look(library, "hòa giải") == [("report", "exact")]
    assert {match for _, match in look(library, "dak lak")} == {"folded"}


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
def test_number_in_any_spelling(library: Library, spelling: str) -> None:
    assert look(library, spelling)[0] == ("land", "number")


def test_number_quoted_elsewhere_comes_after(library: Library) -> None:
    assert look(library, "1040/QĐ-UBND") == [("land", "number"), ("quoting", "exact")]
    assert found(library, "1040/QDUBND đất ở") == {"land"}
    assert look(library, "118/BC-UBND") == [("report", "number")]
    assert found(library, "118/BC-UBND thuỷ lợi") == {"report"}


def test_filters(library: Library) -> None:
    warehouse = library.warehouse
    owner_ref = warehouse.owner_ref(intake().owner)
    assert found(library, "", owner_ref=owner_ref) == set(PAPERS)
    assert found(library, "", owner_ref=warehouse.owner_ref(Owner("org", "0100109106"))) == set()
    assert found(library, "giao dat", agency="H24.02") == set()
    assert found(library, "1040/QĐ-UBND", agency="H24.02") == set()
    assert found(library, "", type="Thông báo") == {"plain", "quoting"}
    assert found(library, "", date_from="2025-06-01", date_to="2026-01-15") == {"report", "plain"}
    assert found(library, "", date_to="2025-03-04") == {"land"}
    assert found(library, "", status="received") == set()
    assert found(library, "", kind="component", case_code=intake().case_code) == set(PAPERS)
    assert found(library, "", case_code="other") == set()


def test_pages_of_hits(library: Library) -> None:
    warehouse = library.warehouse
    everything = [h.document.id for h in warehouse.search(SearchQuery(limit=100))]
    paged = [warehouse.search(SearchQuery(limit=2, offset=n))[0:] for n in (0, 2, 4)]
    assert [h.document.id for page in paged for h in page] == everything
    assert warehouse.count(SearchQuery(limit=2)) == len(PAPERS)


def snippet(library: Library, query: str) -> Hit:
    return library.warehouse.search(SearchQuery(query))[0]


def test_snippet_shows_the_original_text_and_its_page(library: Library) -> None:
    hit = snippet(library, "nguyen van duom")
    assert "Nguyễn Văn Đượm" in hit.snippet
    assert hit.page == 2
    assert snippet(library, "dak lak dat o").page == 1


def test_words_of_a_field_are_shown_with_its_page_and_box(warehouse: Warehouse) -> None:
    document = warehouse.receive(b"boxed", intake(), agent="a").document
    fields = [
        FieldRecord("so_ky_hieu", "7/TB-SNV", 0.9, "ocr", 1, (10, 20, 90, 40)),
        FieldRecord("trich_yeu", "Về cây xanh", 0.9, "ocr", 2, (100, 200, 900, 240)),
    ]
    warehouse.save_digitised(document.id, pdfa=b"", reading_json=b"{}", text="đầu\fđất đai", fields=fields, agent="a")
    (hit,) = warehouse.search(SearchQuery("cay"))
    assert (hit.snippet, hit.page, hit.box, hit.phrase) == ("Về cây xanh", 2, (100, 200, 900, 240), ("cay",))
    (hit,) = warehouse.search(SearchQuery("dat cay"))  # in the text first
    assert ("đất đai" in hit.snippet, hit.page, hit.box, hit.phrase) == (True, 2, None, ("dat",))
    (hit,) = warehouse.search(SearchQuery("dat dai"))  # as one phrase, if it stands so
    assert hit.phrase == ("dat", "dai")
    (hit,) = warehouse.search(SearchQuery("7 tb snv"))
    assert (hit.match, hit.page, hit.box) == ("number", 0, None)


def test_long_documents_are_searched_to_the_end(warehouse: Warehouse) -> None:
    document = warehouse.receive(b"long", intake(), agent="a").document
    pages = [f"trang {n} " + "chữ " * 300 for n in range(60)]
    pages[57] += "kim cương "
    warehouse.save_digitised(document.id, pdfa=b"", reading_json=b"{}", text="\f".join(pages), fields=[], agent="a")
    (hit,) = warehouse.search(SearchQuery("kim cuong"))
    assert (hit.document.id, hit.page) == (document.id, 58)
    assert "kim cương" in hit.snippet


def test_indexed_anew_not_twice(warehouse: Warehouse) -> None:
    library = Library(warehouse, fill(warehouse))
    document = warehouse.receive(b"land", intake(), agent="a").document
    warehouse.correct_fields(document.id, {"trich_yeu": "Về việc thu hồi rừng"}, officer="cb01")
    assert found(library, "thu hoi rung") == {"land"}
    assert found(library, '"ve viec giao dat"') == set()
    assert look(library, "Đắk Lắk")[0] == ("land", "exact")
    with warehouse.catalogue.read() as connection:
        rows = connection.exec_driver_sql("SELECT count(*) FROM document_text").scalar()
        assert rows == len(PAPERS) - 1  # one is empty


def test_chunks_lose_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_index, "_CHUNK_WORDS", 5)
    body = "a b c\fd e f g\f\fh i j k l m\n"
    pieces = list(text_index.chunks(body))
    assert "".join(piece for _, piece in pieces) == body
    for first_page, piece in pieces:
        position = body.index(piece)
        assert first_page == 1 + body.count("\f", 0, position)
    assert list(text_index.chunks("")) == [(1, "")]


def test_text_without_white_space_is_cut_too(warehouse: Warehouse) -> None:
    """A tsvector holds one megabyte; a broken text layer must not stop its document."""
    document = warehouse.receive(b"odd", intake(), agent="a").document
    odd = ".".join(f"{n:07x}" for n in range(150_000)) + " cuối cùng"
    warehouse.save_digitised(document.id, pdfa=b"", reading_json=b"{}", text=odd, fields=[], agent="a")
    assert len(warehouse.search(SearchQuery("cuoi cung"))) == 1


def test_number_key() -> None:
    assert number_key("0118/BC-UBND") == number_key("118 bc ubnd") == "118bcubnd"
    assert number_key("45/2020/NĐ-CP") == "452020ndcp"
    assert number_key("") == number_key(" - ") == ""
    assert number_key("000") == "0"


def test_only_what_the_asker_may_see(library: Library) -> None:
    mine = intake().agency
    assert found(library, "giao dat", agencies=(mine, "H24.02")) == {"land", "plain"}
    assert found(library, "giao dat", agencies=("H24.02",)) == set()
    for text in ("", "giao dat", "1040/QĐ-UBND", "Đắk Lắk"):
        assert found(library, text, agencies=()) == set()
        assert found(library, text, agency=mine, agencies=("H24.02",)) == set()


def test_a_paper_cannot_claim_an_agency(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    """Scope words written into a text are words like any other."""
    word = text_index.scope_word("ag", "H24.02")
    document = warehouse.receive(b"spoof", intake(), agent="a").document
    body = f"giao dat {word} ={word} {SCOPE}{word}"
    warehouse.save_digitised(document.id, pdfa=b"", reading_json=b"{}", text=body, fields=[], agent="a")
    with warehouse.catalogue.read() as connection:
        query = SearchQuery("giao dat", agency="H24.02")
        asked = list(tiers(parse(query.text)))
        assert len(asked) == 3
        # the index alone keeps it out, even without the filter behind it
        monkeypatch.setattr(search_module, "_filters", lambda _query, _values: NO_FILTER)
        index = search_module._index(connection, query)
        assert [(index.newest(tier, 10), index.count(tier, 10)) for tier in asked] == [([], 0)] * 3
        monkeypatch.setattr(search_module, "_scopes", lambda _query: ())
        assert search_module._index(connection, query).count(asked[-1], 10) == 1


def test_fields_come_before_text(warehouse: Warehouse) -> None:
    for name, title, body in (("a", "Về cây xanh", "không"), ("b", "Về đường phố", "có cây rất xanh"), ("c", "", "")):
        document = warehouse.receive(name.encode(), intake(), agent="a").document
        field = [FieldRecord("trich_yeu", title, 0.9, "ocr", 1)] if title else []
        warehouse.save_digitised(document.id, pdfa=b"", reading_json=b"{}", text=body, fields=field, agent="a")
    titles = [h.document.title for h in warehouse.search(SearchQuery("xanh cay"))]
    assert titles == ["Về cây xanh", "Về đường phố"]


def test_a_phrase_comes_before_scattered_words(warehouse: Warehouse) -> None:
    for name, body in (("a", "thu hồi đất"), ("b", "đất chưa thu mà hồi phục")):
        document = warehouse.receive(name.encode(), intake(), agent="a").document
        warehouse.save_digitised(document.id, pdfa=b"", reading_json=b"{}", text=body, fields=[], agent="a")
    best, _ = warehouse.search(SearchQuery("thu hoi dat"))
    assert best.snippet == "thu hồi đất"


@pytest.mark.parametrize("query", ["giao dat", "Đắk Lắk", "1040/QĐ-UBND", '"giao đất" Đượm', "quyết định", "thủy lợi"])
def test_reading_the_few_that_there_are_gives_what_the_tiers_give(
    library: Library, query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hits = look(library, query)
    monkeypatch.setattr(text_tiers, "_READ_ROWS", 0)
    assert hits == look(library, query) != []


@pytest.fixture
def stretches(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """The windows of the stretches that PostgreSQL is asked of, which are of a few rows here."""
    asked: list[tuple[str, ...]] = []

    def noted(top: int, rows: int) -> tuple[tuple[str, ...], int]:
        words, lowest = windows.stretch(top, rows)
        asked.append(words)
        return words, lowest

    monkeypatch.setattr(windows, "_SMALLEST", 1)
    monkeypatch.setattr(text_gin, "_AT_FIRST", 2)
    monkeypatch.setattr(text_gin, "_FURTHER", 2)
    monkeypatch.setattr(text_gin, "_FEW", 2)
    monkeypatch.setattr(text_gin, "stretch", noted)
    return asked


def test_postgres_looks_at_the_newest_rows_first(warehouse: Warehouse, stretches: list[tuple[str, ...]]) -> None:
    """Windows of a few rows: whatever they hold, the answer is the same, newest first."""
    for n in range(40):
        document = warehouse.receive(f"scan {n}".encode(), intake(intake_key=str(n)), agent="a").document
        text = "cây xanh" if n % 2 else "cây khô" if n else "cây lạ"
        warehouse.save_digitised(document.id, pdfa=b"", reading_json=b"{}", text=text, fields=[], agent="a")
    newest = [h.document.created_at for h in warehouse.search(SearchQuery("cay", limit=15))]
    assert len(newest) == 15 and newest == sorted(newest, reverse=True)
    assert len(warehouse.search(SearchQuery("cay xanh", limit=100))) == 20
    assert [h.snippet for h in warehouse.search(SearchQuery("lạ"))] == ["cây lạ"]
    assert [warehouse.count(SearchQuery(q)) for q in ("cay", "cay kho", "la")] == [40, 19, 1]
    if warehouse.catalogue.dialect == "postgresql":
        assert any(stretches) and () in stretches  # some of windows, some of all that was left


@pytest.mark.parametrize("read_rows", [0, 60])
def test_a_page_and_the_count_at_once_are_what_they_are_apart(
    warehouse: Warehouse, stretches: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch, read_rows: int
) -> None:
    """Wherever the page ends: within a tier, at the end of all, behind it; few to be read or many to be asked of."""
    monkeypatch.setattr(text_tiers, "_READ_ROWS", read_rows)
    for n in range(16):
        document = warehouse.receive(f"scan {n}".encode(), intake(intake_key=str(n)), agent="a").document
        text = ("cây xanh", "xanh cay", "cây khô", "1040/QĐ-UBND")[n % 4]
        number = [FieldRecord("so_ky_hieu", "1040/QĐ-UBND", 0.9, "ocr", 1)] if n in (1, 2) else []
        warehouse.save_digitised(document.id, pdfa=b"", reading_json=b"{}", text=text, fields=number, agent="a")
    for words in ("cây", "cay", "cây xanh", '"xanh cay"', "1040/QĐ-UBND", "khác", "!", ""):
        for offset in (0, 3, 9, 40):
            query = SearchQuery(words, limit=5, offset=offset)
            answer = warehouse.answer(query)
            assert answer == Answer(warehouse.search(query), warehouse.count(query))
            assert len(answer.hits) == min(5, max(0, answer.count - offset))
            for most in (2, 7, 8, 15):  # of 1, 2, 4, 8, 12 or 16 papers
                monkeypatch.setattr(search_module, "COUNT_LIMIT", most)
                assert warehouse.answer(query) == Answer(answer.hits, min(answer.count, most + 1))
            monkeypatch.setattr(search_module, "COUNT_LIMIT", 1000)
    assert any(stretches) == (warehouse.catalogue.dialect == "postgresql")


def test_words_of_a_phrase_that_stand_apart_are_no_phrase(
    warehouse: Warehouse, stretches: list[tuple[str, ...]]
) -> None:
    """All its pairs stand in the text, even at the right distance from another; filters hold beside it."""
    texts = ("hộ nghèo bền vững", "nghèo bền vững mà hộ nghèo", "hộ nghèo và nghèo bền rồi bền vững")
    for n, text in enumerate(texts * 4):
        document = warehouse.receive(f"scan {n}".encode(), intake(intake_key=str(n)), agent="a").document
        kind = [FieldRecord("loai_van_ban", "Báo cáo" if n < 6 else "Tờ trình", 0.9, "ocr", 1)]
        warehouse.save_digitised(document.id, pdfa=b"", reading_json=b"{}", text=text, fields=kind, agent="a")
    for phrase in ('"hộ nghèo bền vững"', '"ho ngheo ben vung"'):
        hits = warehouse.search(SearchQuery(phrase))
        assert [h.snippet for h in hits] == ["hộ nghèo bền vững"] * 4
        answer = warehouse.answer(SearchQuery(phrase, type="Báo cáo"))
        assert [h.document.type for h in answer.hits] == ["Báo cáo"] * 2 and answer.count == 2
    assert warehouse.count(SearchQuery("ho ngheo ben vung")) == 12


@pytest.mark.parametrize("top", [1, 2, 1023, 1024, 1025, 2047, 2048, 5001, 1_000_001, 987_654_321])
@pytest.mark.parametrize("rows", [1, 1000, 20_000, 400_000, 1 << 62])
def test_windows_hold_the_rows_that_are_asked_of(top: int, rows: int) -> None:
    """As many rows as asked for, and of all of them one word; stretch after stretch to the first row."""
    while True:
        words, lowest = windows.stretch(top, rows)
        assert bool(words) == bool(lowest) and lowest <= max(0, top - rows)
        if not words:
            break
        assert len(words) <= 5
        for row in {lowest, lowest + (top - lowest) // 2, top - 1}:
            assert set(words) & set(windows.windows_of(row))
        assert not set(words) & set(windows.windows_of(lowest - 1))
        top = lowest


def test_facets(library: Library) -> None:
    with library.warehouse.catalogue.read() as connection:
        facets = search_module.facets(connection, SearchQuery("quyet dinh"))
    assert facets.of == 3
    assert facets.types == {"Báo cáo": 1, "Quyết định": 1, "Thông báo": 1}
    assert facets.years == {"2025": 2, "2026": 1}
    assert facets.agencies == {intake().agency: 3}


def test_counting_stops(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_module, "COUNT_LIMIT", 2)
    assert library.warehouse.count(SearchQuery("quyet dinh")) == 3  # one more than the limit: "more"
    assert library.warehouse.count(SearchQuery()) == 3
    assert library.warehouse.count(SearchQuery("nguyen")) == 1


def test_many_pieces_of_one_document_hide_no_other(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_index, "_CHUNK_WORDS", 2)
    for name, body in (("old", "kim cương"), ("long", "kim cương " * 200)):
        document = warehouse.receive(name.encode(), intake(), agent="a").document
        warehouse.save_digitised(document.id, pdfa=b"", reading_json=b"{}", text=body, fields=[], agent="a")
    assert len(warehouse.search(SearchQuery("kim cuong", limit=2))) == 2
    assert warehouse.count(SearchQuery("kim cuong")) == 2


def test_agency_type_and_year_are_one_word_of_the_index() -> None:
    """Together as long as it takes few words; what is too many stands apart."""
    agencies = tuple(f"H{n:02}.01" for n in range(1, 6))

    def sizes(**bounds: object) -> list[int]:
        return sorted(len(words) for words in search_module._scopes(SearchQuery("x", **bounds)))  # type: ignore[arg-type]

    years = {"date_from": "2022-01-01", "date_to": "2025-12-31"}
    assert sizes(agency="H01.01") == sizes(type="Báo cáo") == [1]
    assert sizes(agency="H01.01", type="Báo cáo") == [1]
    assert sizes(agency="H01.01", type="Báo cáo", owner_ref="o", kind="result") == [1, 1, 1]
    assert sizes(agency="H01.01", type="Báo cáo", **years) == sizes(type="Báo cáo", **years) == [4]
    assert sizes(agencies=agencies[:4], type="Báo cáo", **years) == [16]
    assert sizes(agencies=agencies, type="Báo cáo", **years) == [4, 5]  # agencies and type together, years apart
    assert sizes(agencies=agencies, **years) == [4, 5]
    assert sizes(agency="H01.01", agencies=agencies, **years) == [4]


BOUNDS: list[dict[str, object]] = [
    {"agencies": ("H24.01",)},
    {"agencies": ("H24.01", "H24.02")},
    {"agency": "H24.02", "agencies": ("H24.01", "H24.02")},
    {"type": "Báo cáo"},
    {"date_from": "2024-02-01", "date_to": "2025-06-30"},
    {"date_from": "2024-02-01"},
]


def test_bounds_together_find_what_the_filters_let_pass(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever facts a paper has or lacks, with each pair of bounds and all of them; also after an officer's word."""
    changed = ""
    for n, agency in enumerate(("H24.01", "H24.02", "H24.03") * 6):
        document = warehouse.receive(f"scan {n}".encode(), intake(agency=agency, intake_key=str(n)), agent="a").document
        kind = ("Báo cáo", "Quyết định", "Báo cáo", "")[n % 4]
        values = {"loai_van_ban": kind, "ngay_ban_hanh": f"{2023 + n % 4}-0{1 + n % 9}-15" if n % 5 else ""}
        fields = [FieldRecord(name, value, 0.9, "ocr", 1) for name, value in values.items() if value]
        warehouse.save_digitised(document.id, pdfa=b"", reading_json=b"{}", text="Giao đất", fields=fields, agent="a")
        changed = document.id if kind == "Quyết định" else changed
    warehouse.correct_fields(changed, {"loai_van_ban": "Báo cáo"}, officer="An")

    def asked(scopes: bool, **bounds: object) -> tuple[list[str], int]:
        query = SearchQuery("giao dat", **bounds)  # type: ignore[arg-type]
        with monkeypatch.context() as patched:
            if not scopes:
                patched.setattr(search_module, "_scopes", lambda _query: ())
            told = warehouse.answer(query)
        return [h.document.id for h in told.hits], told.count

    found_some = 0
    for n, first in enumerate(BOUNDS):
        for second in BOUNDS[n:]:
            for third in BOUNDS[3:]:
                bounds = first | second | third
                assert asked(True, **bounds) == asked(False, **bounds), bounds
                found_some += asked(True, **bounds)[1] > 0
    assert found_some > 20
    assert changed in asked(True, agencies=("H24.01", "H24.02", "H24.03"), type="Báo cáo")[0]


def test_rarest_words_are_asked_first(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    """As PostgreSQL's statistics have it; whatever they say, the answer is the same."""
    for n in range(12):
        document = warehouse.receive(f"scan {n}".encode(), intake(intake_key=str(n)), agent="a").document
        text = "cây xanh" if n % 4 else "cây khô"
        warehouse.save_digitised(document.id, pdfa=b"", reading_json=b"{}", text=text, fields=[], agent="a")
    query = SearchQuery("cay kho")
    before = warehouse.answer(query)
    assert before.count == len(before.hits) == 3
    if warehouse.catalogue.dialect == "sqlite":
        return
    with warehouse.catalogue.begin() as connection:
        connection.execute(sql("ANALYZE document_text"))
    monkeypatch.setattr(text_shares, "_known", WeakKeyDictionary())
    with warehouse.catalogue.read() as connection:
        known = text_shares.shares(connection, 12)
    assert known.of("'cay'") == 1.0 and known.of("'kho'") == known.of("('kho')") == pytest.approx(0.25)
    assert known.of("('cay' | 'kho')") == 1.0 and 0 < known.of("'nothing'") == known.least <= known.of("'kho'")
    for frequent in ({}, {"cay": 0.1, "kho": 0.9}, {"cay": 0.9, "kho": 0.1, "cay_kho": 1.0}):
        known = text_shares.Shares(frequent, 0.01)
        monkeypatch.setattr(text_gin, "shares", lambda _connection, _newest, known=known: known)
        assert warehouse.answer(query) == before


def test_the_first_condition_is_the_stretch_and_then_the_rarest_word(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    if library.warehouse.catalogue.dialect == "sqlite":
        return
    sent: list[list[str]] = []
    with library.warehouse.catalogue.read() as connection:
        index = search_module._index(connection, SearchQuery("giao dat nguyen"))
        index._gin._shares = text_shares.Shares({"giao": 0.5, "dat": 0.9, "nguyen": 0.1}, 0.01)
        monkeypatch.setattr(text_gin, "stretch", lambda _top, _rows: (("#0.0",), 0))

        def noting(_connection: Connection, _cursor: object, _statement: str, values: Any, *_rest: object) -> None:
            sent.append([values[f"key{n}"] for n in range(4)])

        event.listen(connection, "before_cursor_execute", noting)
        found = index.newest(list(tiers(parse("giao dat nguyen")))[-1], 5)
    assert [library.names[row.id] for row in found] == ["land"]
    assert sent == [["'#0.0'", "'nguyen'", "'giao'", "'dat'"]]


def test_statistics_are_asked_for_again_when_the_archive_has_grown(
    postgres_catalogue_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_shares, "_known", WeakKeyDictionary())
    catalogue = open_catalogue(postgres_catalogue_url)
    with catalogue.read() as connection:
        first = text_shares.shares(connection, 100)
        assert text_shares.shares(connection, 125) is first
        grown = text_shares.shares(connection, 126)
        assert grown is not first and text_shares.shares(connection, 126) is grown
        assert text_shares.shares(connection, 90) is not grown  # made anew
    catalogue.close()
