"""What small specks, stamps and near readings do to fields, and what must not be changed for it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ocr.fields.documents import read_documents
from ocr.fields.repair import Pairs, restore_text
from ocr.fields.same_place import with_one_place
from ocr.fields.sayings import with_sayings
from ocr.model import FieldValue, Line, PageReading, Word
from tests.ocr.letters import LEFT, RIGHT, Letter, Sheet, foot, head, page, typeset


def fields(*pages: PageReading) -> dict[str, FieldValue]:
    (document,) = read_documents(pages)
    return dict(document.fields)


def doubted(reading: PageReading, confidences: dict[str, float]) -> PageReading:
    """*reading* with the confidence of single words changed."""
    lines = [
        replace(x, words=tuple(replace(w, confidence=confidences.get(w.text, w.confidence)) for w in x.words))
        for x in reading.lines
    ]
    return replace(reading, lines=tuple(lines))


# --- subjects ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("Kết luận của Chủ tịch tại - buổi tiếp công dân", "Kết luận của Chủ tịch tại buổi tiếp công dân"),
        ("Về phát triển kinh tế - xã hội năm 2025", "Về phát triển kinh tế - xã hội năm 2025"),
        ("Về chức năng, nhiệm vụ của “Trung tâm Dịch vụ", "Về chức năng, nhiệm vụ của Trung tâm Dịch vụ"),
        ("Về phong trào “Dân vận khéo” năm 2025", "Về phong trào “Dân vận khéo” năm 2025"),
        ("Về viê trả lời kiến nghị của cử tri", "Về việc trả lời kiến nghị của cử tri"),
        ("Về viên chức ngành giáo dục", "Về viên chức ngành giáo dục"),
        ("Về Quyết định số 214/QĐ-UBND ngày: 09/02/2024", "Về Quyết định số 214/QĐ-UBND ngày 09/02/2024"),
        ("Về phong trào thi đua “Đân vận khéo”", "Về phong trào thi đua “Dân vận khéo”"),
        ("Về phê bình theo tỉnh thần Nghị quyết Trung ương", "Về phê bình theo tinh thần Nghị quyết Trung ương"),
        ("Về việc phân bố 45,6 tỷ đồng cho các xã", "Về việc phân bổ 45,6 tỷ đồng cho các xã"),
        ("Về áp thấp nhiệt đới trên Biến Đông", "Về áp thấp nhiệt đới trên Biển Đông"),
    ],
)  # fmt: skip
def test_summary_without_specks_and_near_words(read: str, meant: str) -> None:
    assert fields(*typeset(Letter(trich_yeu=(read,))))["trich_yeu"].value == meant


@pytest.mark.parametrize(
    "text",
    [
        "Về việc phân bố dân cư",
        "Về tính thân thiện của dịch vụ",
        "Về biến động giá đất",
        "trên biến động",
        "vùng biên giới và hải đảo",
        "thực hiện trang trí lễ đài",
        "chỉ dẫn vận hành thiết bị",
        "tỉnh, thần",
        "PHÂN BỐ 45 TỶ",
    ],
)
def test_words_that_make_no_saying_stay(text: str) -> None:
    assert with_sayings(text.split()) == (text.split(), 0)


def test_language_does_not_spell_a_persons_name() -> None:
    text = "Kết luận của Phó Chủ tịch UBND tỉnh Lê Mỹ Nhã tại buổi tiếp công dân"
    words = text.split()
    assert restore_text(words, [0.97] * len(words), Pairs()) == (words, 0)


def test_indented_line_to_the_margin_is_text_whatever_it_begins_with() -> None:
    letter = Letter(
        ten_loai="BIÊN BẢN",
        so="Số: 7/BB-UBND",
        trich_yeu=("Nghiệm thu công trình đường giao thông nông thôn",),
        can_cu_chu_the="",
    )
    sheet = Sheet()
    y = head(sheet, letter) - 20  # 110 pixels from line to line; the summary stands 75 under its type
    for n in range(9):  # first lines only: the column's middle is theirs
        text = "Người đứng đầu cơ quan, đơn vị chịu trách nhiệm toàn diện về tiến độ, chất"
        sheet.put(text, y + 160 * n, right=RIGHT, size=14)
        sheet.put("được giao.", y + 160 * n + 75, at=LEFT, size=14)
    foot(sheet, letter, y + 1500)
    found = fields(page(sheet.recognised()))["trich_yeu"].value
    assert found == "Nghiệm thu công trình đường giao thông nông thôn"


def _with_line(letter: Letter, text: str, near: str, *, at: float = LEFT + 60) -> PageReading:
    """*letter* with *text* a little over the line that says *near*, its left edge *at*."""
    (reading,) = typeset(letter, across=False)
    beside = next(x for x in reading.lines if near in x.text)
    sheet = Sheet()
    sheet.put(text, beside.box[1] - 20, at=at)
    lines = sorted((*reading.lines, *sheet.lines), key=lambda x: (x.box[1], x.box[0]))
    return replace(reading, lines=tuple(lines))


def test_a_number_at_the_beginning_of_a_line_goes_on_with_the_summary() -> None:
    letter = Letter(trich_yeu=("Điều chỉnh giải ngân vốn đầu tư công theo Nghị quyết", "số 57-NQ/TW"))
    assert fields(*typeset(letter))["trich_yeu"].value.endswith("Nghị quyết số 57-NQ/TW")


@pytest.mark.parametrize("between", ["HỎA TỐC", ":"])
def test_a_mark_or_a_speck_beside_the_summary_does_not_end_it(between: str) -> None:
    letter = Letter(trich_yeu=("Về việc họp thẩm định giá đất cụ thể dự án Khu đô", "thị mới phía Nam"))
    read = _with_line(letter, between, "thị mới phía Nam")
    wanted = "Về việc họp thẩm định giá đất cụ thể dự án Khu đô thị mới phía Nam"
    assert fields(read)["trich_yeu"].value == wanted


def test_programme_under_a_mark_of_urgency_is_a_title() -> None:
    letter = Letter(
        ten_loai="CHƯƠNG TRÌNH", so="Số: 12/CTr-UBND", trich_yeu=("Về việc bổ nhiệm công chức lãnh đạo", "và quản lý")
    )
    found = fields(_with_line(letter, "HỎA TỐC", "CHƯƠNG TRÌNH", at=1900))
    assert found["loai_van_ban"].value == "Chương trình" and found["loai_van_ban"].source == "ocr"
    assert found["trich_yeu"].value == "Về việc bổ nhiệm công chức lãnh đạo và quản lý"


def test_name_of_a_road_ends_the_summary_under_a_number() -> None:
    letter = Letter(
        ten_loai="",
        so="Số: 84/UBND-VP",
        v_v=("V/v quyết toán dự án nâng cấp đường", ". ĐT.624"),
        kinh_gui=("Bộ Nội vụ",),
    )
    assert fields(*typeset(letter))["trich_yeu"].value.endswith("nâng cấp đường ĐT.624")


# --- recipients --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("printed", "meant"),
    [
        ("- Như Điều 4 (Uh);", "Như Điều 4 (t/h)"),
        ("- Như Điều 4 (0h);", "Như Điều 4 (t/h)"),
        ("- Như Điều 4 (h);", "Như Điều 4 (t/h)"),
        ("- Như Điều 4 (/h);", "Như Điều 4 (t/h)"),
        ("- Bộ Tư pháp (b/);", "Bộ Tư pháp (b/c)"),
        ("- Quốc hội; Chính phủ .(b/c);", "Quốc hội; Chính phủ (b/c)"),
        ("- Phòng VHXH,'Phòng KT xã;", "Phòng VHXH, Phòng KT xã"),
        ("- Cục Kiểm tra văn bản và: Quản lý;", "Cục Kiểm tra văn bản và Quản lý"),
        ("- Trung ương (để bí€);", "Trung ương (để b/c)"),
        ("- VP: PCVP, các phòng;", "VP: PCVP, các phòng"),
        ("- Trung ương (đề b/c);", "Trung ương (để b/c)"),
        ("- Trung ương (để bc);", "Trung ương (để b/c)"),
        ("- Trung ương (để b/€);", "Trung ương (để b/c)"),
        ("- Lưu hồ .sơ dự án;", "Lưu hồ sơ dự án"),
        ("- Chi cục. Thuế khu vực;", "Chi cục Thuế khu vực"),
        ("- LĐVP, P. NC, KTTH;", "LĐVP, P. NC, KTTH"),
        ("- TP. Hồ Chí Minh;", "TP. Hồ Chí Minh"),
        ("- Bộ Chỉ-huy Quân sự tỉnh;", "Bộ Chỉ huy Quân sự tỉnh"),
        ("- Thường trực HĐNDItinh;", "Thường trực HĐND tỉnh"),
        ("- Các PCT UBÑD tnh;", "Các PCT UBND tỉnh"),
    ],
)
def test_specks_in_recipients(printed: str, meant: str) -> None:
    letter = Letter(noi_nhan=("- Như Điều 3;", printed, "- Lưu: VT, TH(T.04b)."))
    found = fields(*typeset(letter))["noi_nhan"].value.split("\n")
    assert found == ["Như Điều 3", meant, "Lưu: VT, TH (T.04b)"]


def test_a_note_in_a_line_of_its_own_belongs_to_the_item_above() -> None:
    letter = Letter(noi_nhan=("- Ủy ban Thường vụ Quốc hội; Chính phủ;", "(b/c);", "- Sở Tài chính;", "- Lưu: VT, TH."))
    found = fields(*typeset(letter))["noi_nhan"].value.split("\n")
    assert found == ["Ủy ban Thường vụ Quốc hội; Chính phủ (b/c)", "Sở Tài chính", "Lưu: VT, TH"]


def test_initials_of_the_typist_stay_as_printed() -> None:
    letter = Letter(noi_nhan=("- Như Điều 3;", "- Lưu: VT, KTTH(HTL)."))
    assert fields(*typeset(letter))["noi_nhan"].value.endswith("KTTH(HTL)")


def test_what_stands_far_behind_an_item_is_none_of_it() -> None:
    letter = Letter(noi_nhan=("- Như Điều 4 (t/h);", "- Sở Tài chính;", "- Lưu: VT, TH."))
    (reading,) = typeset(letter)
    lines = []
    for line in reading.lines:
        if "(t/h);" in line.text:
            last = next(w for w in line.words if w.text == "(t/h);")
            n = line.words.index(last) + 1
            x, y = last.box[2] + 90, last.box[1]
            name = (
                Word("Hoàng", 0.97, (x, y, x + 90, last.box[3])),
                Word("Lan", 0.97, (x + 100, y, x + 160, last.box[3])),
            )
            line = Line((*line.words[:n], *name, *line.words[n:]), line.box, line.baseline)
        lines.append(line)
    found = fields(replace(reading, lines=tuple(lines)))["noi_nhan"].value
    assert found.split("\n")[:2] == ["Như Điều 4 (t/h)", "Sở Tài chính"]


# --- number, agency, position ------------------------------------------------------------------------------------


def test_sign_of_several_branches_is_no_misread_one() -> None:
    found = fields(*typeset(Letter(ten_loai="KẾ HOẠCH", so="Số: 5014/KHLN-STP-STC")))
    assert found["so_ky_hieu"].value == "5014/KHLN-STP-STC"
    assert fields(*typeset(Letter(ten_loai="CHƯƠNG TRÌNH", so="Số: 14/CIr-UBND")))["so_ky_hieu"].value == "14/CTr-UBND"


def test_two_agencies_that_end_and_begin_alike() -> None:
    letter = Letter(
        chu_quan=("TỔNG CỤC THI HÀNH ÁN", "DÂN SỰ"),
        co_quan=("CỤC THI HÀNH ÁN DÂN", "SỰ TỈNH LÂM ĐỒNG"),
        so="Số: 9/TB-CTHADS",
    )
    found = fields(*typeset(letter))
    assert found["co_quan_chu_quan"].value == "TỔNG CỤC THI HÀNH ÁN DÂN SỰ"
    assert found["co_quan_ban_hanh"].value == "CỤC THI HÀNH ÁN DÂN SỰ TỈNH LÂM ĐỒNG"


@pytest.mark.parametrize("name", [("ỦY BAN NHÂN DÂN]", "TỈNH BÌNH ĐỊNH"), ("ỦY BAN NHÂN: DÂN", "-TỈNH BÌNH ĐỊNH")])
def test_a_speck_at_a_word_is_no_part_of_the_agency(name: tuple[str, str]) -> None:
    found = fields(*typeset(Letter(co_quan=name)))
    assert found["co_quan_ban_hanh"].value == "ỦY BAN NHÂN DÂN TỈNH BÌNH ĐỊNH"


@pytest.mark.parametrize("line", ["Zr CHỦ TỊCH", "GHỦ TỊCH"])
def test_crumbs_of_the_seal_before_a_position(line: str) -> None:
    (reading,) = typeset(Letter(ky=("TM. ỦY BAN NHÂN DÂN", line)))
    found = fields(doubted(reading, {"Zr": 0.4, "GHỦ": 0.3}))
    assert (found["quyen_han"].value, found["chuc_vu"].value) == ("TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH")


def test_unsound_place_of_an_agency_is_told_by_the_line_of_the_day() -> None:
    letter = Letter(
        co_quan=("ỦY BAN NHÂN DÂN", "XÃ MƯỜNG THANE"), dia_danh_ngay="Mường Thanh, ngày 05 tháng 02 năm 2025"
    )
    agency = fields(*typeset(letter))["co_quan_ban_hanh"]
    assert agency.value == "ỦY BAN NHÂN DÂN XÃ MƯỜNG THANH" and agency.raw.endswith("THANE")
    assert agency.candidates == (agency.value, "ỦY BAN NHÂN DÂN XÃ MƯỜNG THANE")
    assert agency.review and agency.confidence <= 0.5 and "-dia-danh-co-quan" in agency.checks


def test_place_that_begins_small_is_told_by_the_agency() -> None:
    letter = Letter(co_quan=("ỦY BAN NHÂN DÂN", "XÃ IA PA"), dia_danh_ngay="la Pa, ngày 05 tháng 02 năm 2025")
    place = fields(*typeset(letter))["dia_danh"]
    assert (place.value, place.review) == ("Ia Pa", True)


@pytest.mark.parametrize(
    ("agency", "place"),
    [
        ("UBND XÃ HÒA AN", "Hòa An"),
        ("UBND XÃ HÒA AN", "Hóa An"),  # both are words: nobody knows which
        ("UBND XÃ HÒA AM", "Hòa An"),
        ("UBND XÃ THANE", "Hà Nội"),
        ("UBND XÃ TRÀ THANE", "Trà Thanhx"),
        ("SỞ Y TẾ", "Sở Y Tế Huế"),
    ],
)
def test_places_that_do_not_tell_stay(agency: str, place: str) -> None:
    read = {
        name: FieldValue(text, 0.9, "ocr", 1, None)
        for name, text in (("co_quan_ban_hanh", agency), ("dia_danh", place))
    }
    assert with_one_place(read) == read
