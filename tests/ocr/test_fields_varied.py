"""Fields of papers that are not the usual letter: joint ones, the Party's, mass organisations', misread summaries."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ocr.fields.documents import read_documents
from ocr.fields.repair import Pairs, restore_text
from ocr.model import FieldValue
from ocr.roman_numbers import em_of, too_wide
from tests.ocr.letters import Letter, typeset


def fields(letter: Letter) -> dict[str, FieldValue]:
    (document,) = read_documents(typeset(letter))
    return dict(document.fields)


@pytest.mark.parametrize(
    ("over", "lines", "above", "issuer"),
    [
        (
            ("SỞ NÔNG NGHIỆP VÀ MÔI", "TRƯỜNG"),
            ("CHI CỤC TRỒNG TRỌT VÀ", "BẢO VỆ THỰC VẬT"),
            "SỞ NÔNG NGHIỆP VÀ MÔI TRƯỜNG",
            "CHI CỤC TRỒNG TRỌT VÀ BẢO VỆ THỰC VẬT",
        ),
        (("UBND TỈNH LÂM ĐỒNG",), ("SỞ Y TẾ -", "CÔNG AN TỈNH"), "UBND TỈNH LÂM ĐỒNG", "SỞ Y TẾ - CÔNG AN TỈNH"),
        ((), ("BỘ TÀI CHÍNH -", "BỘ NỘI VỤ"), "", "BỘ TÀI CHÍNH - BỘ NỘI VỤ"),
        (
            ("HỘI NÔNG DÂN VIỆT NAM",),
            ("BAN CHẤP HÀNH TỈNH CÀ", "MẪU"),
            "HỘI NÔNG DÂN VIỆT NAM",
            "BAN CHẤP HÀNH TỈNH CÀ MAU",
        ),
    ],
)  # fmt: skip
def test_agencies_on_several_lines(over: tuple[str, ...], lines: tuple[str, ...], above: str, issuer: str) -> None:
    found = fields(Letter(chu_quan=over, co_quan=lines, so="Số: 12/KH-SYT"))
    assert found["co_quan_ban_hanh"].value == issuer
    assert (found["co_quan_chu_quan"].value if above else "") == above


def test_agency_whose_first_letter_was_lost_is_not_believed() -> None:
    whole = fields(
        Letter(chu_quan=("ỦY BAN NHÂN DÂN", "TỈNH BÌNH ĐỊNH"), co_quan=("THANH TRA TỈNH",), so="Số: 9/TB-TTT")
    )
    lost = fields(Letter(chu_quan=("ỦY BAN NHÂN DÂN", "TỈNH BÌNH ĐỊNH"), co_quan=("HANH TRA TỈNH",), so="Số: 9/TB-TTT"))
    assert whole["co_quan_ban_hanh"].value == "THANH TRA TỈNH"
    assert lost["co_quan_ban_hanh"].review and lost["co_quan_ban_hanh"].confidence < 0.7


def test_speck_behind_a_line_joins_no_agencies() -> None:
    found = fields(Letter(co_quan=("ỦY BAN NHÂN DÂN -", "PHƯỜNG HỮU LŨNG")))
    assert found["co_quan_ban_hanh"].value == "ỦY BAN NHÂN DÂN PHƯỜNG HỮU LŨNG"


def test_place_that_is_nearly_the_agencys_is_doubted() -> None:
    head = {"co_quan": ("ỦY BAN NHÂN DÂN", "XÃ IA HRUNG")}
    same = fields(Letter(**head, dia_danh_ngay="Ia Hrung, ngày 05 tháng 02 năm 2025"))  # type: ignore[arg-type]
    near = fields(Letter(**head, dia_danh_ngay="La Hrung, ngày 05 tháng 02 năm 2025"))  # type: ignore[arg-type]
    other = fields(Letter(**head, dia_danh_ngay="Hà Nội, ngày 05 tháng 02 năm 2025"))  # type: ignore[arg-type]
    assert "+dia-danh-co-quan" in same["dia_danh"].checks
    assert "-dia-danh-co-quan" in near["dia_danh"].checks and near["dia_danh"].review
    assert "-dia-danh-co-quan" in near["co_quan_ban_hanh"].checks and near["co_quan_ban_hanh"].review
    assert not any("dia-danh" in c for c in other["dia_danh"].checks)


def test_family_name_of_two_syllables_with_other_marks_is_doubted() -> None:
    assert fields(Letter(nguoi_ky="Rơ Châm Thị Đông"))["nguoi_ky"].checks == ()
    wrong = fields(Letter(nguoi_ky="Rơ Chấm Thị Đông"))["nguoi_ky"]
    assert wrong.review and "-chu-la" in wrong.checks


@pytest.mark.parametrize(
    ("block", "unsure"),
    [
        (("TL. CHỦ TỊCH", "VĂN PHÒNG"), True),  # of CHÁNH VĂN PHÒNG
        (("TL. CHỦ TỊCH", "CHÁNH VĂN PHÒNG"), False),
        (("TM. ỦY BAN NHÂN DÂN", "TỈNH BÌNH ĐỊNH", "CHỦ TỊCH"), False),
    ],
)
def test_an_authority_that_may_have_taken_in_the_position_is_looked_at(block: tuple[str, ...], unsure: bool) -> None:
    found = fields(Letter(ky=block))["quyen_han"]
    assert (found.checks == ("-mot-phan",)) == unsure
    assert found.review or not unsure


def test_signature_as_the_partys_papers_have_it() -> None:
    found = fields(Letter(ky=("T/M BAN THƯỜNG VỤ", "PHÓ BÍ THƯ"), nguoi_ky="Lê Văn Bình"))
    assert (found["quyen_han"].value, found["chuc_vu"].value) == ("T/M BAN THƯỜNG VỤ", "PHÓ BÍ THƯ")
    assert found["nguoi_ky"].value == "Lê Văn Bình"


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("Về việc làm việc của Ban. Chỉ đạo chuyển đổi số", "Về việc làm việc của Ban Chỉ đạo chuyển đổi số"),
        ("Về việc giải quyết thủ tục hành - chính năm 2025", "Về việc giải quyết thủ tục hành chính năm 2025"),
        ("Xề việc chấn chỉnh kinh tế - xã hội, quốc phòng", "Về việc chấn chỉnh kinh tế - xã hội, quốc phòng"),
        ("Về vi àc chấn chỉnh công tác tiếp công dân", "Về việc chấn chỉnh công tác tiếp công dân"),
        ("Về việc thi đua “Dân vận khéo” năm 2025”", "Về việc thi đua “Dân vận khéo” năm 2025"),
        ("Về phong trào thi đua “Dân vận khéo”", "Về phong trào thi đua “Dân vận khéo”"),
        ("Về việc thu lệ 'phí đăng ký cư trú", "Về việc thu lệ phí đăng ký cư trú"),
        ("Về nhiệm vụ quý 111/2025 của tỉnh", "Về nhiệm vụ quý III/2025 của tỉnh"),
        ("Về nhiệm vụ quý 1/2025 của tỉnh", "Về nhiệm vụ quý 1/2025 của tỉnh"),
        ("Về việc bãi bỏ các Nghị quyết: Số 39/2011/NQ-HĐND", "Về việc bãi bỏ các Nghị quyết: Số 39/2011/NQ-HĐND"),
        ("Về việc phối hợp với TP. Huế và các tỉnh", "Về việc phối hợp với TP. Huế và các tỉnh"),
        ("Về Tết Nguyên đán Ất Ty - năm 2025", "Về Tết Nguyên đán Ất Tỵ - năm 2025"),
        ("Về việc thành lập Tố công tác liên ngành", "Về việc thành lập Tổ công tác liên ngành"),
        ("Về việc ban hành Nghị quyết đỗi tên cơ quan", "Về việc ban hành Nghị quyết đổi tên cơ quan"),
    ],
)
def test_summary_is_put_right(read: str, meant: str) -> None:
    assert fields(Letter(trich_yeu=(read,)))["trich_yeu"].value == meant


def test_rare_words_of_summaries_stay() -> None:
    for text in ("phòng, chống đuối nước cho trẻ em", "khắc phục hậu quả bão lũ", "trợ cấp người già cô đơn"):
        assert restore_text(text.split(), [0.97] * len(text.split()), Pairs()) == (text.split(), 0)


@pytest.mark.parametrize(
    ("printed", "meant"),
    [
        ("- Bộ Nội vụ (l/€);", "Bộ Nội vụ (b/c)"),
        ("- Bộ Nội vụ (œ/©);", "Bộ Nội vụ (b/c)"),
        ("- Các PCT UBND tỉnh);", "Các PCT UBND tỉnh"),
        ("- Thường trực HĐNDitỉnh;", "Thường trực HĐND tỉnh"),
        ("- Lưu hồ sơ dự án;", "Lưu hồ sơ dự án"),
        ("- Như Điều 4 (t/h);", "Như Điều 4 (t/h)"),
        ("- Sở Tài chính;*", "Sở Tài chính"),
        ("- Cục Kiểm tra (Bộ Tư pháp);", "Cục Kiểm tra (Bộ Tư pháp)"),
    ],
)
def test_recipients_are_put_right(printed: str, meant: str) -> None:
    found = fields(Letter(noi_nhan=("- Như Điều 3;", printed, "ệ", "- Lưu VT, TH (T.04)).")))["noi_nhan"].value
    assert found.split("\n") == ["Như Điều 3", meant, "Lưu: VT, TH (T.04b)"]


def test_note_that_stands_alone_in_its_line_is_kept() -> None:
    found = fields(Letter(noi_nhan=("- Ủy ban Thường vụ Quốc hội, Chính phủ", "(b/€);", "- Lưu: VT, TH.")))[
        "noi_nhan"
    ].value
    assert found.split("\n")[0] == "Ủy ban Thường vụ Quốc hội, Chính phủ (b/c)"


@pytest.mark.parametrize(("room", "meant"), [("(t/h);", "Như Điều 4 (t/h)"), ("(th);", "Như Điều 4 (th)")])
def test_lost_stroke_of_a_note_is_told_by_the_room_it_left(room: str, meant: str) -> None:
    (reading,) = typeset(
        Letter(noi_nhan=("- Như Điều 4 (th);", "- Công ty Điện lực, Viễn thông tỉnh;", "- Lưu: VT, TH."))
    )
    em = em_of([x for x in reading.lines if "Viễn thông" in x.text])
    assert em is not None
    lines = []
    for line in reading.lines:
        words = list(line.words)
        for n, word in enumerate(words):
            if word.text == "(th);":
                size = round(
                    (word.box[2] - word.box[0]) / (1 + too_wide(word, room, em))
                )  # as what stands on the paper
                words[n] = replace(word, box=(word.box[0], word.box[1], word.box[0] + size, word.box[3]))
        lines.append(replace(line, words=tuple(words)))
    (document,) = read_documents((replace(reading, lines=tuple(lines)),))
    assert document.fields["noi_nhan"].value.split("\n")[0] == meant
