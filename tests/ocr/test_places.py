"""Look-alikes that a reference, a list or a note decides are put right; what was read otherwise stays."""

from __future__ import annotations

import pytest

from ocr.model import Line, Word
from ocr.rerank.places import with_places_repaired


def lines(*texts: str, confidence: float = 0.8, high: int = 40) -> list[Line]:
    found = []
    for n, text in enumerate(texts):
        y = 60 * n
        words = [Word(t, confidence, (100 * k, y, 100 * k + 90, y + high)) for k, t in enumerate(text.split())]
        found.append(Line(tuple(words), (0, y, 100 * len(words), y + high), (y + 32.0, y + 32.0)))
    return found


def repaired(*texts: str, confidence: float = 0.8) -> list[str]:
    return [line.text for line in with_places_repaired(lines(*texts, confidence=confidence))]


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("ngày 06 tháng II năm 2025", "ngày 06 tháng 11 năm 2025"),
        ("các khoản I, 2 và Điều § Nghị", "các khoản 1, 2 và Điều 8 Nghị"),
        ("Phụ lục II, nhóm I, Chương I", "Phụ lục II, nhóm I, Chương I"),
        ("điểm a, b, e, d", "điểm a, b, c, d"),
        ("điểm a, d, e", "điểm a, d, e"),
        ("*6. Chính phủ", "“6. Chính phủ"),
        ("(11) Sở, ban", "(ii) Sở, ban"),
        ("(1) Hồ sơ", "(1) Hồ sơ"),
        ("- Như trên;", "- Như trên;"),
    ],
)
def test_what_can_stand_there_is_read(read: str, meant: str) -> None:
    assert repaired(read) == [meant]


def test_letters_of_a_list_follow_each_other() -> None:
    assert repaired("a) Một", "b) Hai", "e) Ba", "đ) Bốn", "đ) Năm", "e) Sáu") == [
        "a) Một", "b) Hai", "c) Ba", "d) Bốn", "đ) Năm", "e) Sáu",
    ]  # fmt: skip
    # What was read surely stays, and so does what follows as it is.
    assert repaired("b) Hai", "e) Ba", confidence=0.97) == ["b) Hai", "e) Ba"]
    assert repaired("d) Bốn", "e) Năm") == ["d) Bốn", "e) Năm"]


def test_a_sentence_does_not_go_on_in_capitals() -> None:
    assert repaired("dịch vụ bưu chính nếu nộp hồ", "SƠ trực tuyến") == [
        "dịch vụ bưu chính nếu nộp hồ",
        "sơ trực tuyến",
    ]
    assert repaired("của các cơ quan.", "SƠ KẾT") == ["của các cơ quan.", "SƠ KẾT"]
    assert repaired("theo quy định của", "CSVC năm 2025") == ["theo quy định của", "CSVC năm 2025"]


def test_notes_in_small_type_have_numbers() -> None:
    body, notes = lines("Căn cứ Luật số 1", "Điều 1. Giao cho"), lines("! Căn cứ Luật", "? Được sửa đổi", high=28)
    found = with_places_repaired([*body, *notes])
    assert [line.text for line in found[2:]] == ["1 Căn cứ Luật", "2 Được sửa đổi"]
    assert found[2].words[0].raw == "!"
    assert [x.text for x in with_places_repaired([*body, *lines("? Căn cứ Luật", high=28)])][2] == "? Căn cứ Luật"
    assert repaired("! Căn cứ Luật số") == ["! Căn cứ Luật số"]
