"""The statistics of official texts put marks right, and leave alone what they do not know."""

from __future__ import annotations

import pytest

from ocr.model import Line, Word
from ocr.rerank.chains import chains
from ocr.rerank.rerank import rerank
from ocr.rerank.statistics import Statistics, statistics
from ocr.rerank.tokens import NUMBER, SIGN, tokens, usual_tone_placement

#: right of the margin to left, as official papers speak
PARAGRAPH = (
    "Căn cứ Luật Tổ chức chính quyền địa phương ngày 19 tháng 6 năm 2015; Luật sửa đổi, bổ sung",
    "một số điều của Luật Tổ chức Chính phủ và Luật Tổ chức chính quyền địa phương ngày 22 tháng 11",
    "năm 2019; theo đề nghị của Giám đốc Sở Tài chính về việc quản lý và sử dụng kinh phí thực hiện",
)
POEM = (
    "Trăm năm trong cõi người ta, chữ tài chữ mệnh khéo là ghét nhau. Trải qua một cuộc bể dâu,",
    "những điều trông thấy mà đau đớn lòng. Lạ gì bỉ sắc tư phong, trời xanh quen thói má hồng đánh",
    "ghen. Cảo thơm lần giở trước đèn, phong tình có lục còn truyền sử xanh.",
)


def page(rows: tuple[str, ...], confidence: float = 0.95, *, wrong: dict[str, str] | None = None) -> list[Line]:
    lines = []
    for n, row in enumerate(rows):
        words, x = [], 100
        for text in row.split():
            width = 18 * len(text)
            read = (wrong or {}).get(text, text)
            words.append(Word(read, confidence, (x, 100 + 60 * n, x + width, 140 + 60 * n)))
            x += width + 14
        box = (100, 100 + 60 * n, 1800, 140 + 60 * n)
        lines.append(Line(tuple(words), box, (130.0 + 60 * n, 130.0 + 60 * n)))
    return lines


def texts(lines: list[Line]) -> list[str]:
    return [line.text for line in lines]


WRONG = {
    "chức": "chưc",
    "quyền": "quyên",
    "số": "sô",
    "bổ": "bồ",
    "đề": "đê",
    "thực": "thưc",
    "Sở": "Sờ",
    "đổi,": "đôi,",
}


def test_lost_and_wrong_marks_come_back_and_the_reading_is_kept() -> None:
    lines, changes = rerank(page(PARAGRAPH, wrong=WRONG), statistics())
    assert texts(lines) == list(PARAGRAPH)
    assert {(c.before, c.after) for c in changes} == {(b, a) for a, b in WRONG.items()}
    for word in (w for line in lines for w in line.words):
        assert word.raw == WRONG.get(word.text, "")
        assert word.confidence <= (0.9 if word.raw else 0.95)


def test_what_is_right_stays() -> None:
    for rows in (PARAGRAPH, POEM):
        lines, changes = rerank(page(rows), statistics())
        assert texts(lines) == list(rows) and changes == []


@pytest.mark.parametrize(
    "text",
    [
        "Số: 12/QĐ-UBND của Ủy ban nhân dân tỉnh về việc ban hành quy chế",
        "theo Công văn số 143/STC-HCSN ngày 15/01/2025 của Sở Tài chính tỉnh",
        "Giám đốc Sở Tài chính Trần Thị Trân báo cáo Ủy ban nhân dân tỉnh",
        "Ông Nguyễn Văn Mình, Chủ tịch Ủy ban nhân dân tỉnh, chủ trì cuộc họp",
        "gửi về hộp thư điện tử vanthu@thongtin.gov.vn của Văn phòng Ủy ban nhân dân",
    ],
)
def test_numbers_codes_addresses_and_names_are_never_touched(text: str) -> None:
    lines, _ = rerank(page((*PARAGRAPH, text), confidence=0.5), statistics())
    assert lines[-1].text == text


def test_capitals_stay_capitals() -> None:
    lines, _ = rerank(page(("ỦY BAN NHÂN DÂN TỈNH QUẢNG NGÃI", *PARAGRAPH), wrong={"NHÂN": "NHẤN"}), statistics())
    assert lines[0].text == "ỦY BAN NHÂN DÂN TỈNH QUẢNG NGÃI"


def test_end_of_a_line_speaks_for_the_begin_of_the_next_of_its_paragraph_only() -> None:
    lines = page(PARAGRAPH)
    assert list(chains(lines)) == [[0, 1, 2]]
    ended = page(("Điều 1. Ban hành Quy chế kèm theo Quyết định này.", *PARAGRAPH))
    assert list(chains(ended)) == [[0], [1, 2, 3]]
    far = [lines[0], Line(lines[1].words, (100, 900, 1800, 940), (930.0, 930.0))]
    assert list(chains(far)) == [[0], [1]]


def test_words_are_counted_by_pieces() -> None:
    assert [t.key for t in tokens(["Hòa", "giải:", "31/2024,"])] == ["hoà", "giải", SIGN, NUMBER, SIGN, NUMBER, SIGN]
    assert usual_tone_placement("hoà") == "hòa" and usual_tone_placement("quý") == "quý"


def test_chances_of_what_may_follow_add_up_to_one() -> None:
    table = statistics()
    for a, b in (("uỷ", "ban"), ("^", "^"), ("không", "xyz"), ("nhân", "dân")):
        total = sum(2.718281828459045 ** table.log_chance(a, b, c) for c in table.words)
        assert total == pytest.approx(1.0, abs=0.06)


def test_a_foreign_file_is_refused() -> None:
    import lzma

    with pytest.raises(ValueError, match="not a table"):
        Statistics(lzma.compress(b"something else entirely"))
