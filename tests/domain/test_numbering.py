from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.numbering import find, parse, tidy


@pytest.mark.parametrize(
    ("text", "canonical", "so", "loai", "co_quan"),
    [
        ("1040/QĐ-UBND", "1040/QĐ-UBND", 1040, "Quyết định", "UBND"),
        ("0118/BC-UBND", "0118/BC-UBND", 118, "Báo cáo", "UBND"),
        ("03468/UBND-PVHCC", "03468/UBND-PVHCC", 3468, "", "UBND"),
        ("585/BKHCN-CĐSQG", "585/BKHCN-CĐSQG", 585, "", "BKHCN"),
        ("45/2020/NĐ-CP", "45/2020/NĐ-CP", 45, "Nghị định", "CP"),
        ("20/2023/QH15", "20/2023/QH15", 20, "", "QH15"),
        ("35-TB/TGV", "35-TB/TGV", 35, "Thông báo", "TGV"),
        ("02-KH/BCĐTW", "02-KH/BCĐTW", 2, "Kế hoạch", "BCĐTW"),
        ("05/TrS-UBND", "05/TrS-UBND", 5, "Bản trích sao", "UBND"),
        ("123/SNN&PTNT-TL", "123/SNN&PTNT-TL", 123, "", "SNN&PTNT"),
        ("15/TTLT-BTP-BCA-TANDTC", "15/TTLT-BTP-BCA-TANDTC", 15, "Thông tư liên tịch", "BTP"),
        ("123a/GP-UBND", "123a/GP-UBND", 123, "Giấy phép", "UBND"),
        ("04/QĐ-BCĐ138", "04/QĐ-BCĐ138", 4, "Quyết định", "BCĐ138"),
    ],
)
def test_spellings_of_the_law(text: str, canonical: str, so: int, loai: str, co_quan: str) -> None:
    found = parse(text)
    assert found is not None
    assert (found.text, found.so_int, found.loai, found.co_quan, found.repairs) == (canonical, so, loai, co_quan, 0)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("Số: 148/QĐ-\n\nUBND", "148/QĐ-UBND"),
        ("12 / QÐ - UBND", "12/QĐ-UBND"),
        ("12/QD-UBND", "12/QĐ-UBND"),
        ("Só: O5/TTR-UBND.", "05/TTr-UBND"),
        ("Số 574 /UBND–KTTH", "574/UBND-KTTH"),
        ("12/T'THC-VP", "12/TTHC-VP"),
        ("47/QĐĐ-UBND", "47/QĐ-UBND"),
        ("855-BC/ĐĐU", "855-BC/ĐU"),
        ("2297/BND-VP", "2297/UBND-VP"),
        ("12/NQ-ĐND", "12/NQ-HĐND"),
        ("855-BC/ĐUUB", "855-BC/ĐUUB"),
        ("31⁄2024⁄QĐ-TTg", "31/2024/QĐ-TTg"),
        ("542_ /TB-UBND", "542/TB-UBND"),
    ],
)
def test_misreadings_are_put_right(text: str, canonical: str) -> None:
    found = parse(text)
    assert found is not None
    assert found.text == canonical


def test_huong_dan_and_hop_dong_stay_apart() -> None:
    guide, contract = parse("5/HD-STC"), parse("5/HĐ-STC")
    assert guide is not None and contract is not None
    assert (guide.loai, contract.loai) == ("Hướng dẫn", "Hợp đồng")


@pytest.mark.parametrize("text", ["Số: O{_ /TTr-UBND", "Số: #3 /TTr-UBND", "Số:/‡4_ /TTr-UBND", "Số:      /TTr-UBND"])
def test_pen_strokes_give_no_number(text: str) -> None:
    found = find(text)
    assert found is not None
    assert (found.so, found.so_int, found.text) == ("", None, "/TTr-UBND")


def test_empty_number_keeps_the_year() -> None:
    found = find("Số:     /2025/NQ-HĐND")
    assert found is not None
    assert (found.so, found.nam, found.text) == ("", "2025", "/2025/NQ-HĐND")


def test_zero_is_no_number() -> None:
    found = find("Số: 0 /QĐ-UBND")
    assert found is not None and found.so == ""


@pytest.mark.parametrize(
    "text", ["Số: 2770", "12-Nguyễn Du", "Số lượng: 12 bộ", "ngày 05/02/2025", "5/2025", "CHỦ TỊCH", "", "1/2", "/"]
)
def test_other_text_is_no_number(text: str) -> None:
    assert parse(text) is None
    assert find(text) is None


@pytest.mark.parametrize("text", ["80/QĐ-UBND", "8000/QĐ-UBND", "Số: 80/QĐ-UBND", "8ố: 80/QĐ-UBND", "S0 80/QĐ-UBND"])
def test_label_takes_no_digit_of_the_number(text: str) -> None:
    found = parse(text)
    assert found is not None and found.so_int in (80, 8000)


def test_padding_does_not_count_in_comparison() -> None:
    padded, plain, other = parse("0087/QĐ-UBND"), parse("87/QD-UBND"), parse("88/QĐ-UBND")
    assert padded is not None and plain is not None and other is not None
    assert padded.same_as(plain)
    assert not padded.same_as(other)


def test_tidy_closes_up_separators() -> None:
    assert tidy("148 / QĐ –\nUBND") == "148/QĐ-UBND"


@given(
    so=st.integers(1, 99999),
    year=st.one_of(st.none(), st.integers(1976, 2030)),
    kind=st.sampled_from(["QĐ", "TTr", "NQ", "CTr", "BC", "KH", "TB", "QyĐ", "HD", "HĐ"]),
    agency=st.sampled_from(["UBND", "HĐND", "STC", "BTP", "VPCP", "BCĐ389", "SGDĐT", "ĐHCT"]),
    label=st.sampled_from(["", "Số: ", "Số ", "SỐ: "]),
)
def test_every_canonical_sign_is_read_back(so: int, year: int | None, kind: str, agency: str, label: str) -> None:
    canonical = f"{so:02d}{f'/{year}' if year else ''}/{kind}-{agency}"
    found = parse(label + canonical)
    assert found is not None
    assert found.text == canonical
    again = parse(found.text)
    assert again == found


@given(st.text(max_size=60))
def test_any_text_is_survived(text: str) -> None:
    found = find(text)
    assert found is None or found.ky_hieu
