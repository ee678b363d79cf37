"""Where number and day were written by pen: windows found among words that print made of the strokes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ocr.handwriting.locate import Window, find_windows
from ocr.model import Word
from tests.ocr.pen_head import (
    AGENCY,
    BASE,
    BODY,
    DATE,
    EM_PX,
    HEIGHT_PX,
    MONTH,
    MOTTO,
    NAM,
    NGAI,
    NGAY,
    QUANG,
    SIGN,
    SO,
    THANG,
    WIDTH,
    YEAR,
    line,
    word,
)


def windows(number: list[Word], place: list[Word]) -> dict[str, Window]:
    lines = [AGENCY, MOTTO, *([line(*number)] if number else []), *([line(*place)] if place else []), BODY]
    return {w.kind: w for w in find_windows(lines, WIDTH, HEIGHT_PX, 300.0)}


@pytest.mark.parametrize(
    "number",
    [
        [SO, SIGN],  # strokes dropped
        [SO, word("O4", 540, 600, BASE, 0.1), SIGN],  # misread
        [word("Số:04", 450, 600, BASE, 0.7), SIGN],  # glued to the label
        [SO, word("47/QĐ-UBND", 540, 930, BASE, 0.5)],  # glued to the sign
        [SIGN],  # label lost
        [SO],  # sign lost
        [SO, word("84/QĐ-UBND", 560, 930, BASE, 0.5)],
    ],
)
def test_the_gap_of_the_number_is_found_whatever_print_made_of_the_strokes(number: list[Word]) -> None:
    found = windows(number, DATE)["so"]
    assert found.left <= 535 and found.right >= 640
    assert found.right < 1150 and found.left > 200
    assert abs(found.baseline - BASE) < 0.15 * EM_PX
    assert 0.85 * EM_PX < found.em < 1.15 * EM_PX


@pytest.mark.parametrize(
    "place",
    [
        DATE,
        [QUANG, NGAI, word("ngày0Đ", 1496, 1675, BASE, 0.3), THANG, MONTH, NAM, YEAR],
        [QUANG, NGAI, NGAY, word("4Ÿ", 1615, 1680, BASE, 0.4), THANG, MONTH, NAM, YEAR],
        [QUANG, NGAI, MONTH, NAM, YEAR],  # "ngày 05 tháng" lost as a whole
        [QUANG, NGAI, THANG, MONTH, NAM, YEAR],
        [QUANG, NGAI, NGAY, word("†tháng", 1615, 1816, BASE, 0.6), MONTH, NAM, YEAR],
        [QUANG, NGAI, word("ngày05tháng", 1496, 1816, BASE, 0.3), MONTH, NAM, YEAR],
    ],
)
def test_the_gap_of_the_day_is_found_whatever_print_made_of_the_strokes(place: list[Word]) -> None:
    found = windows([SO, SIGN], place)["ngay"]
    assert found.left <= 1604 and 1680 <= found.right <= 1832
    assert found.left > 1380


def test_a_month_that_was_lost_too_is_read_in_one_window_with_the_day() -> None:
    found = windows([SO, SIGN], [QUANG, NGAI, NGAY, NAM, YEAR])
    assert set(found) == {"so", "ngay+thang"}
    assert found["ngay+thang"].left <= 1604 and found["ngay+thang"].right >= 1886


def test_the_mark_of_a_subject_is_no_sign() -> None:
    subject = line(word("V/v", 480, 540, BASE + 80), word("đăng", 560, 650, BASE + 80))
    found = find_windows([AGENCY, MOTTO, line(*DATE), subject, BODY], WIDTH, HEIGHT_PX, 300.0)
    assert all(w.kind != "so" or abs(w.baseline - BASE) < 0.3 * EM_PX for w in found)


def test_a_page_without_head_has_no_windows() -> None:
    assert find_windows([BODY], WIDTH, HEIGHT_PX, 300.0) == []


def test_a_line_run_across_both_cells_does_not_spoil_the_baseline() -> None:
    low = BASE + 40
    joined = line(SO, SIGN, *(word(w.text, w.box[0], w.box[2], low) for w in DATE))
    joined = replace(joined, baseline=(low, low))
    found = {w.kind: w for w in find_windows([AGENCY, MOTTO, joined, BODY], WIDTH, HEIGHT_PX, 300.0)}
    assert abs(found["so"].baseline - BASE) < 8
    assert abs(found["ngay"].baseline - low) < 8
