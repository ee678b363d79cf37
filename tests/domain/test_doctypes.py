from __future__ import annotations

from datetime import date

import pytest

from domain.doctypes import by_abbreviation, by_name, by_title, document_types


def test_decree_30_has_29_types_and_3_copies() -> None:
    groups = [t.group for t in document_types()]
    assert groups.count("administrative") == 29
    assert groups.count("copy") == 3


def test_names_are_unique_and_abbreviations_lead_back() -> None:
    names = [t.name for t in document_types()]
    assert len(set(names)) == len(names)
    for kind in document_types():
        if kind.abbreviation and kind.abbreviation not in ("L", "TL"):
            found = by_abbreviation(kind.abbreviation)
            assert found is not None and found.abbreviation == kind.abbreviation


def test_list_of_a_day_before_the_decree_lacks_its_types() -> None:
    assert "Quyết định" not in {t.name for t in document_types(date(2019, 1, 1))}
    assert "Quyết định" in {t.name for t in document_types(date(2025, 1, 1))}


@pytest.mark.parametrize(
    ("title", "name", "rest"),
    [
        ("QUYẾT ĐỊNH", "Quyết định", ""),
        ("QUYÉT ĐỊNH", "Quyết định", ""),
        ("TỜ TRÌNH", "Tờ trình", ""),
        ("CHÍ THỊ", "Chỉ thị", ""),
        ("THÔNG B ÁO", "Thông báo", ""),
        ("GIẤY PHÉP XÂY DỰNG", "Giấy phép xây dựng", ""),
        ("GIẤY PHÉP THI CÔNG", "Giấy phép", "THI CÔNG"),
        ("GIẤY CHỨNG NHẬN QUYỀN SỬ DỤNG ĐẤT", "Giấy chứng nhận quyền sử dụng đất", ""),
        ("TRÍCH LỤC KHAI SINH (BẢN SAO)", "Trích lục khai sinh", "(BẢN SAO)"),
        ("BẢN THOẢ THUẬN", "Bản thỏa thuận", ""),
    ],
)
def test_printed_titles(title: str, name: str, rest: str) -> None:
    found = by_title(title)
    assert found is not None
    assert (found.type.name, found.rest) == (name, rest)


@pytest.mark.parametrize(
    "text", ["Quyết định số 12", "CHỦ TỊCH", "CHÍNH PHỦ", "DỰ THẢO", "", "12/2024", "ỦY BAN NHÂN DÂN", "KÍNH GỬI"]
)
def test_other_lines_name_no_type(text: str) -> None:
    assert by_title(text) is None


def test_misread_title_scores_less() -> None:
    clean, worn = by_title("QUYẾT ĐỊNH"), by_title("QUYẾT ĐỊMH")
    assert clean is not None and worn is not None
    assert worn.type == clean.type
    assert worn.score < clean.score


def test_name_ignores_tone_placement() -> None:
    assert by_name("bản thoả thuận") is by_name("Bản thỏa thuận") is not None
