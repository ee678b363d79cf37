"""The running text is that of the print: what a pen wrote into a line is covered and the line read again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ocr.model import Box, Line, Word
from ocr.pen_cover import without_pen
from ocr.recognizer import Gray

PAGE = np.full((400, 1200), 250, np.uint8)


def line(*words: tuple[str, int, int, float], y: int = 200) -> Line:
    made = tuple(Word(text, sure, (left, y, right, y + 40)) for text, left, right, sure in words)
    return Line(made, (made[0].box[0], y, made[-1].box[2], y + 40), (y + 32.0, y + 32.0))


GLUED = line(("ÌŨ", 100, 260, 0.4), ("/BC-SXD", 265, 420, 0.96))
OTHER = line(("BÁO", 500, 580, 0.97), ("CÁO", 590, 680, 0.97), y=300)
STROKES: Box = (170, 180, 262, 260)


def read_with(found: Sequence[Line]) -> str:
    text = "\n".join((GLUED.text, OTHER.text))
    return without_pen(text, (GLUED, OTHER), [STROKES], PAGE, lambda box: box, lambda _: found)


def test_a_line_is_read_again_with_the_strokes_covered() -> None:
    page = PAGE.copy()
    page[205:235, 100:420] = 10
    seen: list[Gray] = []

    def read(picture: Gray) -> Sequence[Line]:
        seen.append(picture)
        return [line(("Số:", 40, 100, 0.95), ("/BC-SXD", 205, 360, 0.97), ("ˆ", 380, 384, 0.2), y=14)]

    found = without_pen("\n".join((GLUED.text, OTHER.text)), (GLUED, OTHER), [STROKES], page, lambda box: box, read)
    assert found == "Số: /BC-SXD\nBÁO CÁO"
    (picture,) = seen
    dark = np.flatnonzero((picture < 100).any(axis=0))
    gap = np.flatnonzero(np.diff(dark) > 1)
    assert len(gap) == 1 and dark[gap[0] + 1] - dark[gap[0]] == STROKES[2] - STROKES[0] + 1
    assert page[220, 200] == 10  # the copy itself stays as it is


def test_a_reading_that_lost_print_is_not_taken() -> None:
    assert read_with([line(("Số:", 40, 100, 0.95), y=14)]) == "/BC-SXD\nBÁO CÁO"
    assert read_with([]) == "/BC-SXD\nBÁO CÁO"


def test_lines_without_strokes_are_left_alone() -> None:
    def read(picture: Gray) -> Sequence[Line]:
        raise AssertionError("nothing to read again")

    assert without_pen(OTHER.text, (OTHER,), [STROKES], PAGE, lambda box: box, read) == OTHER.text


def test_a_sign_that_covering_lost_stays_as_first_read() -> None:
    first = line(("Số:", 100, 160, 0.97), ("94", 180, 255, 0.89), ("/UBND-VX", 265, 420, 0.73))
    again = [line(("Số:", 40, 100, 0.96), y=14), line(("IUBND-VX", 205, 360, 0.37), y=14)]
    assert without_pen(first.text, (first,), [STROKES], PAGE, lambda box: box, lambda _: again) == "Số: /UBND-VX"


def test_month_whose_first_letter_was_under_the_day_is_whole() -> None:
    words = [("ngày", 40, 100, 0.9), ("háng", 205, 260, 0.9), ("01", 270, 290, 0.9), ("năm", 300, 340, 0.9)]
    first = line(("ngày", 100, 160, 0.97), ("2Ôtháng", 180, 320, 0.54), ("01", 330, 350, 0.97), ("năm", 360, 400, 0.97))
    again = [line(*words, ("2024", 350, 400, 0.9), y=14)]
    read = without_pen(first.text, (first,), [STROKES], PAGE, lambda box: box, lambda _: again)
    assert read == "ngày tháng 01 năm 2024"
