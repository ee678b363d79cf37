"""Ruled tables: found and taken out of the OCR copy; their cells come row by row."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ocr.layout import arrange
from ocr.layout_grid import Grid, Rule
from ocr.model import Line, Word
from ocr.prepare.ruling import take_out_rules

DPI = 175
XS, YS = (200, 300, 800, 1200), (400, 460, 560, 620)


def paper() -> NDArray[np.uint8]:
    return np.full((2000, 1450), 250, np.uint8)


def with_table(page: NDArray[np.uint8], slant: float = 0.0) -> NDArray[np.uint8]:
    for y in YS:
        cv2.line(page, (XS[0], y), (XS[-1], round(y + slant * (XS[-1] - XS[0]))), 40, 2)
    for x in XS:
        cv2.line(page, (x, YS[0]), (x, round(YS[-1] + slant * (x - XS[0]))), 40, 2)
    cv2.putText(page, "cell text", (320, 445), cv2.FONT_HERSHEY_SIMPLEX, 1.0, 0, 2)
    return page


@pytest.mark.parametrize("slant", [0.0, 0.004])
def test_table_is_found_and_its_lines_go_while_letters_stay(slant: float) -> None:
    page = with_table(paper(), slant)
    cleared, (grid,) = take_out_rules(page, DPI)
    assert (len(grid.upright), len(grid.level)) == (4, 4)
    assert grid.box == pytest.approx((XS[0], YS[0], XS[-1], YS[-1]), abs=6)
    assert (cleared[500:540, 195:210] > 200).all()
    assert np.array_equal(cleared[420:450, 322:480], page[420:450, 322:480])


def test_underlines_are_no_tables_and_the_frame_of_a_stamp_goes() -> None:
    page = paper()
    cv2.line(page, (300, 300), (600, 300), 30, 2)
    same, grids = take_out_rules(page, DPI)
    assert grids == ()
    assert same is page
    cv2.rectangle(page, (700, 300), (960, 370), 30, 2)
    cleared, (frame,) = take_out_rules(page, DPI)
    assert frame.is_frame
    assert (cleared[320:350, 690:970] > 200).all()
    assert (cleared[295:305, 320:580] < 200).any()


def test_framed_stamp_of_arrival_stands_apart_and_a_framed_mark_keeps_its_place() -> None:
    def frame(x0: int, y0: int, x1: int, y1: int) -> Grid:
        return Grid((Rule(x0, 0, y0, y1), Rule(x1, 0, y0, y1)), (Rule(y0, 0, x0, x1), Rule(y1, 0, x0, x1)))

    across = words("Ngày 3 Kính gửi: Bộ Tài chính", 110, 560)
    lines = (
        words("ĐẾN", 110, 470),
        words("Số: 4951", 110, 515),
        across,
        words("KHẨN", 400, 300),
        words("Các đơn vị tổ chức thực hiện theo đúng quy định này", 200, 700),
    )
    edge = across.words[1].box[2] + 5
    found = arrange(lines, 1450, 2000, grids=(frame(100, 450, edge, 610), frame(380, 290, 560, 340)))
    texts = [x.text for x in found.lines]
    assert texts[:3] == ["ĐẾN", "Số: 4951", "Ngày 3"]
    assert "Kính gửi: Bộ Tài chính" in texts
    assert "KHẨN" in texts


def test_a_sentence_under_the_frame_of_a_stamp_stays_whole() -> None:
    frame = Grid((Rule(100, 0, 450, 620), Rule(420, 0, 450, 620)), (Rule(450, 0, 100, 420), Rule(620, 0, 100, 420)))
    sentence = words("Phạm nhân được chia thành các tổ, đội để lao động", 110, 580)
    lines = (words("ĐẾN", 110, 470), words("Chuyển:", 110, 515), sentence, words("và học tập.", 110, 640))
    found = [x.text for x in arrange(lines, 1450, 2000, grids=(frame,)).lines]
    assert found.index("ĐẾN") < found.index("Chuyển:")
    assert sentence.text in found


def test_cell_of_a_point_and_of_merged_cells() -> None:
    tall = Grid(
        (Rule(0, 0, 0, 200), Rule(100, 0, 0, 200), Rule(300, 0, 0, 200)),
        (Rule(0, 0, 0, 300), Rule(100, 0, 100, 300), Rule(200, 0, 0, 300)),  # the first column has one cell only
    )
    assert tall.cell(50, 50, 5) == tall.cell(50, 150, 5) == (0, 0)
    assert tall.cell(200, 150, 5) == (1, 1)
    assert tall.cell(400, 150, 5) is None
    assert tall.moved(2.0, 10, 20).cell(2 * 200 + 10, 2 * 150 + 20, 5) == (1, 1)


def words(text: str, x: int, y: int) -> Line:
    made = []
    for part in text.split():
        made.append(Word(part, 0.9, (x, y, x + 18 * len(part), y + 30)))
        x += 18 * len(part) + 12
    box = (made[0].box[0], y, made[-1].box[2], y + 30)
    return Line(tuple(made), box, (y + 30.0, y + 30.0))


def test_cells_row_by_row_though_the_recogniser_read_across() -> None:
    def across(*parts: Line) -> Line:
        joined = tuple(w for part in parts for w in part.words)
        box = (joined[0].box[0], parts[0].box[1], joined[-1].box[2], parts[0].box[3])
        return Line(joined, box, parts[0].baseline)

    grid = Grid(
        tuple(Rule(x, 0, YS[0], YS[-1]) for x in XS),
        tuple(Rule(y, 0, XS[0], XS[-1]) for y in (YS[0], YS[1], YS[3])),
    )
    lines = (
        words("Danh sách kèm theo như sau đây của các đơn vị thuộc tỉnh", 200, 300),
        across(words("TT", 210, 415), words("Đơn vị", 320, 415), words("Ghi chú", 820, 415)),
        across(words("1", 230, 520), words("Trung tâm hành", 310, 480), words("Đã nộp", 820, 480)),
        words("chính công", 310, 540),
        words("Các đơn vị tổ chức thực hiện theo đúng quy định này", 200, 700),
    )
    found = arrange(lines, 1450, 2000, grids=(grid,))
    assert [x.text for x in found.lines] == [
        "Danh sách kèm theo như sau đây của các đơn vị thuộc tỉnh",
        *("TT", "Đơn vị", "Ghi chú", "1", "Trung tâm hành", "chính công", "Đã nộp"),
        "Các đơn vị tổ chức thực hiện theo đúng quy định này",
    ]
