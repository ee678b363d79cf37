"""Papers that come again: told when they are digitised, within one agency and one owner, and never merged."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from domain.identity import Identity
from domain.likeness import ReadWord
from pipeline import duplicates
from pipeline.duplicates import Finder, Words, find_duplicates, texts_of
from pipeline.workplace import Workplace
from storage.catalogue import relations
from storage.catalogue.relations import Relation
from tests.pipeline.bench import AGENCY, CITIZEN, Killed, TablePool, crash, office_page, run, scan, workplace

OTHER = "citizen:001200000027"
PARAGRAPH = (
    "Điều 1. Giao cho hộ {who} trú tại thôn 5 xã Tân Uyên diện tích 375 mét vuông đất ở nông thôn.",
    "Vị trí khu đất theo thửa đất số 358 tờ bản đồ số 87 của bản đồ địa chính đã được duyệt.",
    "Điều 2. Tiền sử dụng đất phải nộp là {money} đồng trong thời hạn ba mươi ngày kể từ ngày ký.",
)


def paper(
    who: str = "ông Đặng Thuý Khoẻ", money: str = "85.492.000", number: int = 87, day: str = "05"
) -> tuple[str, ...]:
    issuer, code, *rest = office_page(number)
    head = (f"{issuer} | CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", " | Độc lập - Tự do - Hạnh phúc")
    place = f"Thử Nghiệm, ngày {day} tháng 3 năm 2026"
    return (*head, f"{code} | {place}", *rest, *(line.format(who=who, money=money) for line in PARAGRAPH))


def rewrapped(source: Path, target: Path, **options: object) -> Path:
    """Write the page images of a TIFF into another file."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with Image.open(source) as image:
        sheets = []
        for number in range(image.n_frames):  # type: ignore[attr-defined]
            image.seek(number)
            sheets.append(image.copy())
    sheets[0].save(target, save_all=True, append_images=sheets[1:], **options)  # type: ignore[arg-type]
    return target


def proposals(place: Workplace, agency: str = AGENCY) -> list[Relation]:
    with place.catalogue.read() as connection:
        return relations.listed(connection, agency)


def take_in(place: Workplace, folder: Path, name: str, text: tuple[str, ...], **more: str) -> str:
    """Digitise one scan that says *text*; return its document's id."""
    scan(folder / name / f"{name}.tif", name)
    (row,) = run(place, TablePool(lambda _sha256, _number: text), folder / name, **more)
    return row.document_id


def test_a_scan_in_another_wrapping_is_known_by_its_pixels(tmp_path: Path) -> None:
    first = scan(tmp_path / "one" / "a.tif", "a", 2)
    rewrapped(first, tmp_path / "two" / "flate.tif", compression="tiff_deflate", software="another scanner")
    rewrapped(first, tmp_path / "two" / "g4.pdf", resolution=75)
    with workplace(tmp_path / "data") as place:
        (one,) = run(place, TablePool(pixels=True), tmp_path / "one", owner=CITIZEN)
        others = run(place, TablePool(pixels=True), tmp_path / "two", owner=CITIZEN)
        found = proposals(place)
        assert {(r.kind, r.first_id) for r in found[:2]} == {("same-pixels", one.document_id)}
        assert len(found) == 3 and {row.outcome for row in (one, *others)} == {"digitised"}  # all stay
        assert all(f"same-pixels:{one.document_id}" in row.alike for row in others)
        originals = {place.warehouse.show(row.document_id).document.original_sha256 for row in (one, *others)}
        assert len(originals) == 3


def test_other_order_of_pages_is_another_scan(tmp_path: Path) -> None:
    first = scan(tmp_path / "one" / "a.tif", "a", 2)
    with Image.open(first) as image:
        image.seek(1)
        second = image.copy()
        image.seek(0)
        second.save(tmp_path / "b.tif", save_all=True, append_images=[image.copy()], compression="group4")
    (tmp_path / "two").mkdir()
    (tmp_path / "b.tif").rename(tmp_path / "two" / "b.tif")
    said = {"one": "ông Đặng Thuý Khoẻ", "two": "bà Lý Minh Giang"}
    with workplace(tmp_path / "data") as place:
        for number, (folder, who) in enumerate(said.items(), 1):
            pool = TablePool(lambda _sha256, _page, w=who, n=number: paper(w, number=n), pixels=True)
            run(place, pool, tmp_path / folder, owner=CITIZEN)
        assert proposals(place) == []


def test_empty_sheets_are_nobodys_paper(tmp_path: Path) -> None:
    with workplace(tmp_path / "data") as place:
        for name in ("a", "b"):
            (tmp_path / name).mkdir()
            compression = {"a": "group4", "b": "tiff_lzw"}[name]
            Image.new("1", (620, 877), 1).save(tmp_path / name / "x.tif", compression=compression, dpi=(75, 75))
            run(place, _Blank(), tmp_path / name, owner=CITIZEN)
        assert proposals(place) == []


class _Blank(TablePool):
    def __init__(self) -> None:
        super().__init__(lambda _sha256, _number: (), pixels=True)

    def submit(self, path: Path, media_type: str, number: int) -> object:  # type: ignore[override]
        from concurrent.futures import Future
        from dataclasses import replace

        future: Future[object] = Future()
        future.set_result(replace(super().submit(path, media_type, number).result(), blank=True))
        return future


def test_a_rescan_is_told_when_it_is_digitised(tmp_path: Path) -> None:
    with workplace(tmp_path / "data") as place:
        one = take_in(place, tmp_path, "one", paper(), owner=CITIZEN)
        two = take_in(place, tmp_path, "two", paper(), owner=CITIZEN)
        (found,) = proposals(place)
        assert (found.kind, found.first_id, found.second_id) == ("rescan", one, two)
        assert found.basis["differ"] == [] and found.basis["shared"] == 1.0
        assert find_duplicates(place, AGENCY).compared == 0  # known already


def test_a_number_that_was_not_read_is_forgiven_where_all_the_rest_agrees(tmp_path: Path) -> None:
    head, motto, code, *rest = paper()
    unnumbered = " | " + code.partition(" | ")[2]
    with workplace(tmp_path / "data") as place:
        one = take_in(place, tmp_path, "one", paper(), owner=CITIZEN)
        two = take_in(place, tmp_path, "two", (head, motto, unnumbered, *rest), owner=CITIZEN)
        assert place.warehouse.show(two).document.so_ky_hieu == ""
        (found,) = proposals(place)
        assert (found.kind, found.first_id, "number" in found.basis["agree"]) == ("rescan", one, False)


def test_two_sure_numbers_are_two_papers(tmp_path: Path) -> None:
    with workplace(tmp_path / "data") as place:
        for name, number in (("one", 87), ("two", 81)):
            document = take_in(place, tmp_path, name, paper(number=number), owner=CITIZEN)
            place.warehouse.correct_fields(document, {"so_ky_hieu": f"{number}/QĐ-UBND"}, officer="cb01")
        assert proposals(place) == []
        assert find_duplicates(place, AGENCY).rescans == 0


@pytest.mark.parametrize(
    "other",
    [
        paper(who="bà Lý Minh Giang", number=88),  # the same form, another person
        paper(money="85.502.000", number=88),  # successive decisions that differ in a sum
        paper(number=9, day="21"),
    ],
)
def test_neighbours_are_left_alone(tmp_path: Path, other: tuple[str, ...]) -> None:
    with workplace(tmp_path / "data") as place:
        take_in(place, tmp_path, "one", paper(), owner=CITIZEN)
        take_in(place, tmp_path, "two", other, owner=CITIZEN)
        assert proposals(place) == []


@pytest.mark.parametrize("other", [paper(who="bà Lý Minh Giang"), paper(money="85.502.000"), paper(day="21")])
def test_one_number_for_two_contents_or_days_is_a_conflict(tmp_path: Path, other: tuple[str, ...]) -> None:
    with workplace(tmp_path / "data") as place:
        take_in(place, tmp_path, "one", paper(), owner=CITIZEN)
        take_in(place, tmp_path, "two", other, owner=CITIZEN)
        assert [found.kind for found in proposals(place)] == ["conflict"]


def test_nothing_is_told_across_owners_or_agencies(tmp_path: Path) -> None:
    first = scan(tmp_path / "one" / "a.tif", "a")
    rewrapped(first, tmp_path / "two" / "a.tif", compression="tiff_lzw")
    with workplace(tmp_path / "data") as place:
        run(place, TablePool(pixels=True), tmp_path / "one", owner=CITIZEN)
        (other,) = run(place, TablePool(pixels=True), tmp_path / "two", owner=OTHER)
        assert (other.outcome, other.alike) == ("digitised", ())
        assert proposals(place) == []
        (tmp_path / "two" / "manifest.csv").write_text(f"file,owner,agency\na.tif,{CITIZEN},H26.02\n", encoding="utf-8")
        (elsewhere,) = run(place, TablePool(pixels=True), tmp_path / "two" / "manifest.csv")
        assert (elsewhere.outcome, elsewhere.alike) == ("digitised", ())
        assert proposals(place) == proposals(place, "H26.02") == []
        assert find_duplicates(place, AGENCY).compared == find_duplicates(place, "H26.02").compared == 0


def test_killed_between_digitising_and_comparing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with workplace(tmp_path / "data") as place:
        take_in(place, tmp_path, "one", paper(), owner=CITIZEN)
        with monkeypatch.context() as patch:
            crash(patch, "pipeline.duplicates.Finder.propose_for")
            with pytest.raises(Killed):
                take_in(place, tmp_path, "two", paper(), owner=CITIZEN)
        assert proposals(place) == []
        run(place, TablePool(), tmp_path / "two", owner=CITIZEN)
        assert [found.kind for found in proposals(place)] == ["rescan"]


def test_words_under_seals_are_unsure_and_a_lost_reading_is_no_hindrance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = duplicates._Page(
        [duplicates._Word("tên", 0.9, (10, 10, 20, 20)), duplicates._Word("dấu", 0.9, (60, 60, 70, 70))],
        [duplicates._Mark((50, 50, 100, 100))],
    )
    assert [(word.text, word.confidence) for word in duplicates._words_of(page)] == [("tên", 0.9), ("dấu", 0.55)]
    with workplace(tmp_path / "data") as place:
        one = take_in(place, tmp_path, "one", paper(), owner=CITIZEN)
        reading = next(o for o in place.warehouse.show(one).objects if o.role == "reading")
        monkeypatch.setattr(place.store, "get", lambda _key: b"")  # damaged on the disk
        assert reading.sha256
        assert Finder(place).words(one) == ()


def test_strokes_in_the_blanks_contradict_only_where_the_fields_do_not_agree() -> None:
    """The reader of strokes said the same day twice; the reader of print made something else of each."""

    def page(day: str) -> Words:
        text = "Điều 1. Giao cho hộ ông Đặng Thuý Khoẻ thường trú tại xã Tân Uyên diện tích đất ở nêu tại Tờ trình " * 2
        return ((ReadWord(day, 0.95, "day"), *(ReadWord(word, 0.97) for word in text.split())),)

    one, other = (Identity("Quyết định", "60qdubnd", day, "UBND XÃ", "") for day in ("2026-01-20", "2026-01-29"))
    assert texts_of(page("9"), page("29"), one, one).same
    assert texts_of(page("20"), page("29"), one, other).contradictions == (("20", "29"),)
    assert texts_of(page("20"), page("29"), one, replace(other, day="")).contradictions == (("20", "29"),)
