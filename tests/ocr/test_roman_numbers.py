from __future__ import annotations

from dataclasses import replace

import pytest

from ocr.model import Line, Word
from ocr.roman_numbers import with_roman_numbers_repaired

#: advances of Times in thousandths of an em, as the page has them
_WIDE = {"I": 333, "V": 722, "X": 722, "q": 500, "u": 500, "ý": 500, "n": 500, "ă": 444, "m": 778, "c": 444, "h": 500,
         "o": 500, "ạ": 444, "k": 500, "ế": 444, "ỳ": 500, "p": 500, "ọ": 500, "t": 278, "ứ": 550, "ó": 500, ";": 278,
         "á": 444, "a": 444, "K": 722, "2": 500, "0": 500, "5": 500, "1": 500, "4": 500, "/": 278, "H": 722, "N": 722,
         ")": 333, "]": 333, ",": 250, "i": 278, "ệ": 444, "v": 500, "ụ": 500, "ủ": 500, "ự": 550, "ẫ": 444, "ơ": 550,
         "U": 722, "B": 667, "D": 722, "Đ": 722, "ô": 500, "y": 500}  # fmt: skip


def line(text: str, printed: dict[str, str], em: float = 60.0, confidence: float = 0.9) -> Line:
    """A line read as *text*, with words as wide as what is *printed* in their place."""
    words, x = [], 100.0
    for read in text.split():
        wide = sum(_WIDE[c] for c in printed.get(read, read)) * em / 1000
        words.append(Word(read, confidence, (round(x), 200, round(x + wide), 240)))
        x += wide + 0.25 * em
    return Line(tuple(words), (100, 200, round(x), 240), (238.0, 238.0))


@pytest.mark.parametrize(
    ("read", "printed"), [("II", "III"), ("I", "III"), ("III", "II"), ("II", "I"), ("XI", "XIII"), ("XII;", "XIII;")]
)
def test_strokes_are_counted_by_the_room_they_take(read: str, printed: str) -> None:
    (mended,) = with_roman_numbers_repaired([line(f"kế hoạch quý {read} năm 2025", {read: printed})])
    assert mended.words[3].text == printed and mended.words[3].raw == read
    assert mended.text == f"kế hoạch quý {printed} năm 2025"


@pytest.mark.parametrize("right", ["I", "II", "III", "VI", "XII", "XIII;", "IV", "năm"])
def test_what_fits_stays(right: str) -> None:
    whole = line(f"kế hoạch khóa {right} năm 2025", {})
    assert with_roman_numbers_repaired([whole]) == [whole]


@pytest.mark.parametrize(("read", "meant"), [("XIH", "XIII"), ("IH", "III"), ("IHI", "III"), ("IIH;", "III;")])
def test_strokes_run_together_are_parted(read: str, meant: str) -> None:
    for text in (f"kế hoạch khóa {read} năm 2025", f"khóa {read}"):
        (mended,) = with_roman_numbers_repaired([line(text, {read: meant})])
        assert mended.text == text.replace(read, meant)


@pytest.mark.parametrize(
    ("text", "read", "printed"),
    [
        ("nhiệm vụ quý 11/2025 của", "11/2025", "III/2025"),
        ("nhiệm vụ quý 111/2025 của", "111/2025", "III/2025"),
        ("nhiệm vụ quý HH, của", "HH,", "II,"),
        ("thu khu vực XINH; của", "XINH;", "XIII;"),
        ("thu khu vực XIN]; của", "XIN];", "XIII;"),
        ("thu khóa XH) của", "XH)", "XII)"),
    ],
)
def test_strokes_where_a_number_has_to_stand(text: str, read: str, printed: str) -> None:
    (mended,) = with_roman_numbers_repaired([line(f"kế hoạch {text}", {read: printed})])
    assert mended.text == f"kế hoạch {text}".replace(read, printed)
    assert read in [w.raw for w in mended.words]


@pytest.mark.parametrize(
    "text", ["quý 1/2025", "quý 4", "khóa 11", "khu vực 111", "mẫu XIN", "khóa XIX", "thứ 11/2025"]
)
def test_figures_and_other_words_are_no_strokes(text: str) -> None:
    words = line(f"kế hoạch thu cho {text}", {"111": "III", "11": "II", "11/2025": "II/2025", "1/2025": "I/2025"})
    assert with_roman_numbers_repaired([words]) == [words]


def test_three_strokes_are_not_two_however_narrow_they_stand() -> None:
    (mended,) = with_roman_numbers_repaired([line("kế hoạch thu quý 111/2025 cho", {"111/2025": "II/2025"})])
    assert mended.words[4].text == "III/2025"


def test_first_reading_counts_where_a_second_made_a_word_of_it() -> None:
    whole = line("thu khu thu cho XINH;", {"XINH;": "XIII;"})
    words = (*whole.words[:-1], replace(whole.words[-1], raw="XIH;"))
    (mended,) = with_roman_numbers_repaired([replace(whole, words=words)])
    assert mended.words[-1].text == "XIII;"


def test_capitals_of_the_page_tell_how_wide_its_strokes_are() -> None:
    """A face whose small letters are a fifth wider than those of Times beside its capitals."""

    def wide(text: str, printed: dict[str, str]) -> Line:
        parts = [
            line(word, printed, em=60 if word.isupper() or word in printed else 72).words[0] for word in text.split()
        ]
        return Line(tuple(parts), (100, 200, 900, 240), (238.0, 238.0))

    read = wide("cơ quan thuế khu vực XII;", {"XII;": "XIII;"})
    (alone,) = with_roman_numbers_repaired([read])
    told = with_roman_numbers_repaired([wide("các cơ quan UBND", {}), wide("các thôn HĐND", {}), read])
    assert (alone.words[-1].text, told[-1].words[-1].text) == ("XII;", "XIII;")


@pytest.mark.parametrize("letters", ["KH", "TH", "XH", "VH", "H", "HI-X"])
def test_abbreviations_are_no_roman_numbers(letters: str) -> None:
    whole = line(f"kế hoạch {letters} năm 2025", {letters: "XX"})
    assert with_roman_numbers_repaired([whole]) == [whole]


def test_lines_that_tell_too_little_stay() -> None:
    short = line("quý II", {"II": "III"})
    unsure = line("kế hoạch quý II năm 2025", {"II": "III"}, confidence=0.4)
    strange = line("kế hoạch quý II năm 2025", {"II": "mmmm"})
    assert with_roman_numbers_repaired([short, unsure, strange]) == [short, unsure, strange]
