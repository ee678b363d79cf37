"""The 1 that begins a column of numbers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ocr.model import Line, Word
from ocr.rerank.first_numbers import with_first_numbers
from ocr.rerank.signs import with_signs_repaired


def lone(text: str, x: int, y: int, sure: float = 0.97) -> Line:
    box = (x, y, x + 12 * len(text), y + 20)
    return Line((Word(text, sure, box),), box, (y + 20.0, y + 20.0))


@pytest.mark.parametrize("stroke", ["I", "]", "l"])
def test_a_stroke_over_a_two_is_a_one(stroke: str) -> None:
    lines = [lone(stroke, 227, 767, 0.69), lone("Bộ", 699, 768), lone("2", 224, 818), lone("3", 224, 869)]
    found = with_signs_repaired(lines)
    assert [line.text for line in found] == ["1", "Bộ", "2", "3"]
    assert found[0].words[0].raw == stroke and found[0].words[0].confidence <= 0.6
    assert found[1:] == lines[1:]


def test_cells_of_a_row_may_be_one_line() -> None:
    (stroke,), (text,) = lone("I", 227, 767, 0.69).words, lone("Kiểm", 300, 767).words
    row = Line((stroke, text), (227, 767, 348, 787), (787.0, 787.0))
    assert with_first_numbers([row, lone("2", 224, 818)])[0].text == "1 Kiểm"
    close = Line((stroke, replace(text, box=(245, 767, 293, 787))), (227, 767, 293, 787), (787.0, 787.0))
    assert with_first_numbers([close, lone("2", 224, 818)])[0].text == "I Kiểm"  # a heading


@pytest.mark.parametrize(
    "lines",
    [
        [lone("I", 400, 767), lone("2", 224, 818)],  # another column
        [lone("I", 227, 767), lone("II", 227, 818)],  # Roman numbers
        [lone("I", 227, 100), lone("2", 224, 818)],  # far away
        [lone("I", 227, 700), lone("Bộ", 224, 760), lone("2", 224, 818)],  # something stands between
        [lone("I", 227, 767), lone("2", 224, 818, 0.3)],  # the 2 is no sure one
        [lone("2", 224, 767), lone("I", 227, 818)],  # under it
        [lone("a", 227, 767), lone("2", 224, 818)],
    ],
)
def test_other_strokes_stay(lines: list[Line]) -> None:
    assert with_first_numbers(lines) == lines
