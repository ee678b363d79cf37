"""Points, commas and colons that a sentence or a list rules out are put right; what was clearly read stays."""

from __future__ import annotations

import pytest

from ocr.model import Line, Word
from ocr.rerank.signs import with_signs_repaired


def lines(*texts: str, confidence: float = 0.8) -> list[Line]:
    found = []
    for n, text in enumerate(texts):
        y, words = 60 * n, []
        for k, part in enumerate(text.split()):
            words.append(Word(part, confidence, (100 * k, y, 100 * k + 90, y + 40)))
        found.append(Line(tuple(words), (0, y, 100 * len(words), y + 40), (y + 32.0, y + 32.0)))
    return found


def repaired(*texts: str, confidence: float = 0.8) -> list[str]:
    return [line.text for line in with_signs_repaired(lines(*texts, confidence=confidence))]


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("chức năng, nhiệm vụ. quyền hạn", "chức năng, nhiệm vụ, quyền hạn"),
        ("Thôn 6. xã Đức Phổ", "Thôn 6, xã Đức Phổ"),
        ("khoản 1. Điều 3", "khoản 1. Điều 3"),  # a new sentence may begin
        ("1. nội dung", "1. nội dung"),  # number of a list
        ("TP. trực thuộc, Ths. nông học, v.v. theo", "TP. trực thuộc, Ths. nông học, v.v. theo"),
    ],
)
def test_no_sentence_goes_on_in_small_letters_behind_a_stop(read: str, meant: str) -> None:
    assert repaired(read) == [meant]


def test_items_of_a_list_end_alike() -> None:
    assert repaired("Nơi nhận:", "- Như Điều 3:", "- Sở Nội vụ:", "- Lưu: VT.") == [
        "Nơi nhận:", "- Như Điều 3;", "- Sở Nội vụ;", "- Lưu: VT.",
    ]  # fmt: skip
    assert repaired("a) Một là:", "hai là:", "b) Ba là", "d) Bốn:", "a) Năm") == [
        "a) Một là:", "hai là;", "b) Ba là", "d) Bốn:", "a) Năm",
    ]  # fmt: skip


def test_grounds_end_with_semicolons() -> None:
    assert repaired("Căn cứ Luật số 1,", "Căn cứ Luật số", "63/2025:", "Theo đề nghị của Sở,", "QUYẾT ĐỊNH:") == [
        "Căn cứ Luật số 1;", "Căn cứ Luật số", "63/2025;", "Theo đề nghị của Sở,", "QUYẾT ĐỊNH:",
    ]  # fmt: skip


def test_what_was_clearly_read_stays_and_readings_are_kept() -> None:
    assert repaired("nhiệm vụ. quyền hạn", confidence=0.97) == ["nhiệm vụ. quyền hạn"]
    (line,) = with_signs_repaired(lines("nhiệm vụ. quyền hạn"))
    assert (line.words[1].text, line.words[1].raw, line.words[1].confidence) == ("vụ,", "vụ.", 0.8)
