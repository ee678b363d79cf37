"""Words run together are parted where official texts know both halves; all else stays."""

from __future__ import annotations

import pytest

from ocr.model import Line, Word
from ocr.rerank.apart import with_words_apart


def line(text: str) -> Line:
    words, x = [], 100
    for part in text.split():
        words.append(Word(part, 0.95, (x, 200, x + 20 * len(part), 240)))
        x += 20 * len(part) + 14
    return Line(tuple(words), (100, 200, x, 240), (238.0, 238.0))


@pytest.mark.parametrize(
    ("read", "meant", "whole"),
    [
        ("Về việc đềnghị cho ý kiến", "Về việc đề nghị cho ý kiến", "đềnghị"),
        ("từ ngân sách nhà-nước, theo phân cấp", "từ ngân sách nhà nước, theo phân cấp", "nhà-nước,"),
        ("hồ sơ, trong-đó giải quyết", "hồ sơ, trong đó giải quyết", "trong-đó"),
    ],
)
def test_two_words_read_as_one(read: str, meant: str, whole: str) -> None:
    (parted,) = with_words_apart([line(read)])
    assert parted.text == meant
    halves = [w for w in parted.words if w.raw]
    assert [w.raw for w in halves] == [whole, whole] and all(w.confidence <= 0.9 for w in halves)
    before = next(w for w in line(read).words if w.text == whole)
    assert (halves[0].box[0], halves[1].box[2]) == (before.box[0], before.box[2])
    assert halves[0].box[2] == halves[1].box[0]


@pytest.mark.parametrize(
    "text",
    [
        "phát triển kinh tế-xã hội",
        "tuyến Bắc-Nam và Mác-Lênin",
        "giáo viên-học sinh toàn trường",
        "nghiêng nghiêng khuyến nghị",  # long syllables are none of two
        "cột bêtông, bulông, ximăng và vắc-xin",
        "số 12/QĐ-UBND giai đoạn 2026-2030",
        "UBNDtỉnh ĐỀNGHỊ karaoke email Facebook",
        "xã Krông Pắc, Đắk Lắk, Kbuôr",
    ],
)
def test_what_is_one_word_stays(text: str) -> None:
    assert with_words_apart([line(text)]) == [line(text)]


def test_a_page_that_writes_with_hyphens_keeps_them() -> None:
    old = [line("chính-phủ và nhà-nước"), line("trong-đó có nhân-dân và hội-đồng")]
    assert with_words_apart(old) == old
    assert with_words_apart(old[:1]) != old[:1]
