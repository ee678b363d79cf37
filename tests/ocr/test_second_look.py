"""Gaps with ink in them and doubtful words are read once more; what is not clearly better stays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np
import pytest

from ocr.model import Line, Word
from ocr.options import ReadOptions
from ocr.pages import read_page
from ocr.recognizer import Gray, Recognizer
from ocr.second_look import find_spots, look_again
from tests.ocr.engine_need import opened
from tests.ocr.page_drawing import LINES, DrawnImage, typed_page

#: blocks of ink that stand for words, by their width
BLOCKS = {"một": 100, "hai": 120, "ba": 80, "bốn": 140}
HIGH, TOP, SCALE = 40, 100, 1.5


def drawn(*names: str, without: str = "") -> tuple[Gray, list[Word]]:
    """A row of blocks; the picture leaves *without* white."""
    picture: Gray = np.full((300, 900), 240, np.uint8)
    words, x = [], 100
    for name in names:
        width = BLOCKS[name]
        if name != without:
            picture[TOP : TOP + HIGH, x : x + width] = 20
        words.append(Word(name, 0.95, (x, TOP, x + width, TOP + HIGH)))
        x += width + 30
    return picture, words


def line(words: list[Word]) -> Line:
    return Line(tuple(words), (words[0].box[0], TOP, words[-1].box[2], TOP + HIGH), (TOP + HIGH, TOP + HIGH))


def blocks_read(sheet: Gray, confidence: float = 0.9) -> list[Line]:
    """Read blocks by their width, at SCALE."""
    _, _, stats, _ = cv2.connectedComponentsWithStats((sheet < 128).astype(np.uint8))
    found = []
    for left, top, width, height, _ in stats[1:]:
        name = next((n for n, w in BLOCKS.items() if abs(w * SCALE - width) < 8), "?")
        box = (int(left), int(top), int(left + width), int(top + height))
        found.append(Line((Word(name, confidence, box),), box, (box[3], box[3])))
    return found


def again(lines: list[Line], picture: Gray, confidence: float = 0.9) -> list[Line]:
    def fine() -> tuple[Gray, float]:
        return cv2.resize(picture, None, fx=SCALE, fy=SCALE, interpolation=cv2.INTER_LINEAR), SCALE

    return look_again(lines, picture, fine, lambda sheet: blocks_read(sheet, confidence))


def test_a_word_that_was_dropped_inside_its_line_comes_back() -> None:
    picture, words = drawn("một", "hai", "ba", "bốn")
    (found,) = again([line([words[0], *words[2:]])], picture)
    assert found.text == "một hai ba bốn"
    assert found.words[1].box == pytest.approx(words[1].box, abs=3)
    assert found.words[1].confidence == 0.9 and found.words[1].raw == ""


def test_a_doubtful_word_is_replaced_by_a_surer_reading_and_kept_as_raw() -> None:
    picture, words = drawn("một", "hai", "ba", "bốn")
    doubtful = replace(words[1], text="hal", confidence=0.4)
    (found,) = again([line([words[0], doubtful, *words[2:]])], picture)
    assert found.text == "một hai ba bốn" and found.words[1].raw == "hal"
    (kept,) = again([line([words[0], doubtful, *words[2:]])], picture, confidence=0.45)
    assert kept.text == "một hal ba bốn" and kept.words[1].confidence == 0.4


def test_marks_alone_are_left_to_the_language() -> None:
    picture, words = drawn("một", "hai", "ba", "bốn")
    doubtful = replace(words[1], text="hài", confidence=0.4)
    (kept,) = again([line([words[0], doubtful, *words[2:]])], picture)
    assert kept.text == "một hài ba bốn"


def test_a_piece_whose_neighbours_are_read_otherwise_is_not_believed() -> None:
    picture, words = drawn("một", "hai", "ba", "bốn")
    before = line([replace(words[0], text="năm"), replace(words[2], text="sáu"), words[3]])
    assert again([before], picture) == [before]


@pytest.mark.parametrize("drawing", ["nothing", "rule", "dots", "other row"])
def test_where_no_word_is_missing_nothing_is_read_again(drawing: str) -> None:
    picture, words = drawn("một", "hai", "ba", "bốn", without="hai")
    left, right = words[1].box[0], words[1].box[2]
    if drawing == "rule":
        picture[TOP + 20 : TOP + 22, 80:800] = 20
    if drawing == "dots":
        picture[TOP + 34 : TOP + 37, left:right:9] = 20
    if drawing == "other row":
        picture[TOP + HIGH + 12 : TOP + 2 * HIGH, left:right] = 20
    before = [line([words[0], *words[2:]])]
    assert find_spots(before, picture) == []

    def never() -> tuple[Gray, float]:
        raise AssertionError("looked again for nothing")

    assert look_again(before, picture, never, blocks_read) == before


def test_noise_amid_noise_is_not_worth_a_look() -> None:
    picture, words = drawn("một", "hai", "ba", "bốn")
    assert find_spots([line([replace(w, confidence=0.3) for w in words])], picture) == []


def test_only_so_much_is_read_again() -> None:
    picture, words = drawn("một", "hai", "ba", "bốn")
    rows = [line([words[0], replace(words[1], text="hal", confidence=0.4), *words[2:]])] * 60
    areas = []

    def read(sheet: Gray) -> list[Line]:
        areas.append(sheet.shape[0] / SCALE / (2 * HIGH))
        return []

    look_again(rows, picture, lambda: (picture, 1.0), read)
    assert len(areas) == 1 and areas[0] < 13


class Forgetful:
    """An engine whose first reading of a page drops one word."""

    def __init__(self, engine: Recognizer, word: str) -> None:
        self.engine, self.word, self.calls = engine, word, 0
        self.name_and_version = engine.name_and_version

    def recognise(self, gray: Gray, dpi: int) -> list[Line]:
        self.calls += 1
        lines = self.engine.recognise(gray, dpi)
        if self.calls > 1:
            return lines
        return [replace(x, words=tuple(w for w in x.words if w.text != self.word)) for x in lines]

    def close(self) -> None:
        self.engine.close()


@pytest.fixture(scope="module")
def recognizer() -> Iterator[Recognizer]:
    engine = opened()
    yield engine
    engine.close()


def test_a_page_gets_back_the_word_that_the_engine_dropped(recognizer: Recognizer) -> None:
    page = typed_page(LINES, size=(2480, 1800), dpi=300, top=240, left=280)
    image = DrawnImage(page, dpi=300)
    whole = read_page(image, 1, ReadOptions(), recognizer)
    assert "chuyên" in [w.text for w in whole.words]
    plain = read_page(image, 1, ReadOptions(second_look=False), Forgetful(recognizer, "chuyên"))
    assert "chuyên" not in [w.text for w in plain.words]
    engine = Forgetful(recognizer, "chuyên")
    found = read_page(image, 1, ReadOptions(), engine)
    assert engine.calls == 2 and found.text == whole.text
    box = next(w.box for w in found.words if w.text == "chuyên")
    assert box == pytest.approx(next(w.box for w in whole.words if w.text == "chuyên"), abs=8)
