from __future__ import annotations

from datetime import date

import pytest

from domain.validity import validity

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({}, "chua-ro"),
        ({"thoi_han_hieu_luc": "khoảng một năm"}, "chua-ro"),
        ({"thoi_han_hieu_luc": "2026-11-22"}, "con-hieu-luc"),
        ({"thoi_han_hieu_luc": "2026-11-21"}, "het-han"),
        ({"thoi_han_hieu_luc": "Vô thời hạn"}, "con-hieu-luc"),
        ({"thoi_han_hieu_luc": "vô thời hạn", "bi_thay_the_boi": "12/QĐ-UBND"}, "bi-thay-the"),
        ({"bi_thay_the_boi": "12/QĐ-UBND", "bi_thu_hoi": "13/QĐ-UBND"}, "bi-thu-hoi"),
        ({"thoi_han_hieu_luc": "2030-01-01", "bi_thay_the_boi": "", "bi_thu_hoi": " "}, "con-hieu-luc"),
    ],
)
def test_only_what_is_known_decides(fields: dict[str, str], state: str) -> None:
    assert validity(fields, TODAY).state == state
