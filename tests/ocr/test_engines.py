from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from domain.errors import BadInput, NotReady
from domain.text import clean
from ocr.engines.factory import available_engines, engine_name, open_recognizer
from ocr.engines.tessdata import find_tessdata, tessdata_folders
from ocr.model import Line
from ocr.options import ReadOptions, page_key
from tests.ocr.engine_need import opened
from tests.ocr.page_drawing import LINES, typed_page


def drawn() -> np.ndarray:
    return np.asarray(typed_page().convert("L"))


def share_of_words_read(lines: list[Line]) -> float:
    wanted = [w for line in LINES for w in line.split()]
    got = [w.text for line in lines for w in line.words]
    return sum(w in got for w in wanted) / len(wanted)


@pytest.mark.parametrize("engine", ["batch", "tesserocr", "pytesseract"])
def test_reads_vietnamese_with_boxes_on_the_ink(engine: str) -> None:
    recognizer = opened(engine)
    gray = drawn()
    lines = recognizer.recognise(gray, 150)
    recognizer.close()
    assert share_of_words_read(lines) >= 0.93
    assert len(lines) == len(LINES)
    assert recognizer.name_and_version == engine_name(ReadOptions(engine=engine))
    assert " / vie " in recognizer.name_and_version and engine in recognizer.name_and_version
    for line in lines:
        left, top, right, bottom = line.box
        assert 0 <= left < right <= gray.shape[1] and 0 <= top < bottom <= gray.shape[0]
        assert all(top - 25 <= y <= bottom + 5 for y in line.baseline)
        for word in line.words:
            assert 0.0 <= word.confidence <= 1.0
            assert word.text == clean(word.text) and not any(c.isspace() for c in word.text)
            assert gray[word.box[1] : word.box[3], word.box[0] : word.box[2]].min() < 100


def test_same_pixels_same_lines_whatever_was_read_before() -> None:
    fresh, used = opened(), opened()
    rng = np.random.default_rng(7)
    used.recognise(rng.integers(0, 255, (300, 400), dtype=np.uint8), 150)
    used.recognise(np.ascontiguousarray(np.rot90(drawn())), 300)
    first, second = fresh.recognise(drawn(), 150), used.recognise(drawn(), 150)
    fresh.close()
    used.close()
    assert first == second


def test_a_view_that_is_not_contiguous_is_read_as_it_looks() -> None:
    recognizer = opened()
    turned = np.rot90(np.ascontiguousarray(np.rot90(drawn())), -1)
    assert recognizer.recognise(turned, 150) == recognizer.recognise(drawn(), 150)
    recognizer.close()


def test_an_empty_page_has_no_lines() -> None:
    recognizer = opened()
    assert recognizer.recognise(np.full((400, 300), 240, np.uint8), 150) == []
    recognizer.close()


def test_time_limit_of_a_page() -> None:
    recognizer = opened(page_timeout_s=0.001)
    with pytest.raises(BadInput) as caught:
        recognizer.recognise(drawn(), 150)
    recognizer.close()
    assert caught.value.code == "page-timeout"


def test_a_side_over_the_limit_is_refused() -> None:
    recognizer = opened()
    with pytest.raises(BadInput) as caught:
        recognizer.recognise(np.zeros((4, 40000), np.uint8), 300)
    recognizer.close()
    assert caught.value.code == "page-too-large"


def test_missing_language_pack_names_the_package() -> None:
    with pytest.raises(NotReady) as caught:
        open_recognizer(ReadOptions(languages="vie+xyz"))
    assert caught.value.code == "language-pack-missing"
    assert "tesseract-ocr-xyz" in str(caught.value.advice)


def test_tessdata_is_found_by_prefix_first(tmp_path: Path) -> None:
    (tmp_path / "vie.traineddata").write_bytes(b"")
    assert tessdata_folders({"TESSDATA_PREFIX": str(tmp_path)})[0] == tmp_path
    assert find_tessdata("vie", tmp_path) == tmp_path


def test_doctor_sees_every_engine() -> None:
    opened("tesserocr").close()
    states = {s.name: s for s in available_engines()}
    assert set(states) == {"batch", "tesserocr", "pytesseract"}
    assert states["tesserocr"].usable and "vie" in states["tesserocr"].languages
    assert states["batch"].usable


def test_digest_follows_what_changes_a_reading_only() -> None:
    base = ReadOptions()
    same = ReadOptions(tessdata=Path("/elsewhere"), page_timeout_s=5)
    assert base.digest("e 1") == same.digest("e 1")
    others = [
        ReadOptions(engine="pytesseract"),
        ReadOptions(languages="vie+eng"),
        ReadOptions(reading_dpi=300),
        ReadOptions(straighten=False),
    ]
    assert len({o.digest("e 1") for o in [base, *others]} | {base.digest("e 2")}) == len(others) + 2
    assert page_key("ab", 3, base.digest("e 1")) != page_key("ab", 4, base.digest("e 1"))


def test_options_are_checked() -> None:
    for bad in ({"engine": "other"}, {"page_timeout_s": 0}, {"reading_dpi": 100, "min_reading_dpi": 200}):
        with pytest.raises(ValueError):
            ReadOptions(**bad)  # type: ignore[arg-type]
