"""Words of headings that were run together or cut."""

import pytest

from ocr.fields.glue import rejoined, unglued
from ocr.model import Word


def words(text: str, confidence: float = 0.9) -> list[Word]:
    return [Word(w, confidence, (60 * n, 0, 60 * n + 50, 20)) for n, w in enumerate(text.split())]


@pytest.mark.parametrize(
    ("read", "cut"),
    [
        ("TỈNHQUẢNGNINH", ["TỈNH", "QUẢNG", "NINH"]),
        ("BAN-NHÂN", ["BAN", "NHÂN"]),
        ("CHÍNH-KẾ", ["CHÍNH-KẾ"]),  # TÀI CHÍNH - KẾ HOẠCH: its own sign
        ("THCS-THPT", ["THCS-THPT"]),
    ],
)
def test_what_was_run_together_is_cut(read: str, cut: list[str]) -> None:
    assert [w.text for w in unglued(words(read)[0])] == cut


@pytest.mark.parametrize(
    ("read", "joined"),
    [
        ("PHƯỜNG PHƯỚC T HẮNG", "PHƯỜNG PHƯỚC THẮNG"),
        ("ĐỘI C ẢNH SÁT", "ĐỘI CẢNH SÁT"),
        ("KHU PHỐ A HÒA", "KHU PHỐ A HÒA"),  # a letter that stands for itself
        ("XÃ T RƯNG", "XÃ TRƯNG"),
        ("TỈNH TT HUẾ", "TỈNH TT HUẾ"),
        ("TỔ T 12", "TỔ T 12"),
    ],
)
def test_a_beginning_that_was_cut_off_is_put_back(read: str, joined: str) -> None:
    assert " ".join(w.text for w in rejoined(words(read))) == joined


def test_what_was_put_together_is_a_guess_that_says_what_was_read() -> None:
    word = rejoined(words("T HẮNG", 0.99))[0]
    assert (word.raw, word.box) == ("T HẮNG", (0, 0, 110, 20))
    assert word.confidence <= 0.5
