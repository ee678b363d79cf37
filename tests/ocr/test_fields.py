from __future__ import annotations

from dataclasses import replace

import pytest

from ocr.fields.documents import read_documents, score_documents
from ocr.fields.repair import Pairs, restore_text
from ocr.model import FIELD_NAMES, FieldValue, Line, PageReading, Word
from tests.ocr.letters import HEIGHT, LEFT, WIDTH, Letter, Sheet, foot, head, noise, page, typeset

CONG_VAN = Letter(
    chu_quan=("UBND TỈNH LÂM ĐỒNG",),
    co_quan=("SỞ TÀI CHÍNH",),
    so="Số: 1204/STC-QLNS",
    dia_danh_ngay="Lâm Đồng, ngày 19 tháng 3 năm 2025",
    ten_loai="",
    v_v=("V/v báo cáo tình hình giải ngân", "vốn đầu tư công quý I"),
    kinh_gui=("Các sở, ban, ngành", "Ủy ban nhân dân các xã, phường"),
    ky=("KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC"),
    nguoi_ky="Kpă Y Thoại",
    noi_nhan=("- Như trên;", "- Giám đốc (b/c);", "- Lưu: VT, QLNS."),
    dau="HỎA TỐC",
)
DANG = Letter(
    chu_quan=("ĐẢNG BỘ TỈNH ĐẮK LẮK",),
    co_quan=("BAN TUYÊN GIÁO TỈNH ỦY",),
    so="Số: 35-TB/BTGTU",
    dia_danh_ngay="Đắk Lắk, ngày 02 tháng 01 năm 2024",
    ten_loai="THÔNG BÁO",
    trich_yeu=("kết luận hội nghị giao ban quý IV",),
    can_cu_chu_the="",
    ky=("KT. TRƯỞNG BAN", "PHÓ TRƯỞNG BAN"),
    nguoi_ky="Hoàng Thị Mỹ Lệ",
)
CASES = {
    "decision of a province": (
        Letter(),
        {
            "so_ky_hieu": "118/QĐ-UBND",
            "ngay_ban_hanh": "2025-02-05",
            "loai_van_ban": "Quyết định",
            "trich_yeu": "Về việc phê duyệt kế hoạch số hóa hồ sơ, tài liệu năm 2025",
            "co_quan_ban_hanh": "ỦY BAN NHÂN DÂN TỈNH BÌNH ĐỊNH",
            "dia_danh": "Bình Định",
            "nguoi_ky": "Võ Thị Minh Hạnh",
            "chuc_vu": "PHÓ CHỦ TỊCH",
            "quyen_han": "TM. ỦY BAN NHÂN DÂN / KT. CHỦ TỊCH",
            "noi_nhan": "Như Điều 3\nSở Tài chính\nLưu: VT, TH",
        },
    ),
    "công văn of a department": (
        CONG_VAN,
        {
            "so_ky_hieu": "1204/STC-QLNS",
            "ngay_ban_hanh": "2025-03-19",
            "loai_van_ban": "Công văn",
            "trich_yeu": "V/v báo cáo tình hình giải ngân vốn đầu tư công quý I",
            "co_quan_ban_hanh": "SỞ TÀI CHÍNH",
            "co_quan_chu_quan": "UBND TỈNH LÂM ĐỒNG",
            "dia_danh": "Lâm Đồng",
            "nguoi_ky": "Kpă Y Thoại",
            "chuc_vu": "PHÓ GIÁM ĐỐC",
            "quyen_han": "KT. GIÁM ĐỐC",
            "kinh_gui": "Các sở, ban, ngành\nỦy ban nhân dân các xã, phường",
            "noi_nhan": "Như trên\nGiám đốc (b/c)\nLưu: VT, QLNS",
            "do_khan": "HỎA TỐC",
        },
    ),
    "notice of the Party": (
        DANG,
        {
            "so_ky_hieu": "35-TB/BTGTU",
            "ngay_ban_hanh": "2024-01-02",
            "loai_van_ban": "Thông báo",
            "trich_yeu": "kết luận hội nghị giao ban quý IV",
            "co_quan_ban_hanh": "BAN TUYÊN GIÁO TỈNH ỦY",
            "co_quan_chu_quan": "ĐẢNG BỘ TỈNH ĐẮK LẮK",
            "dia_danh": "Đắk Lắk",
            "nguoi_ky": "Hoàng Thị Mỹ Lệ",
            "chuc_vu": "PHÓ TRƯỞNG BAN",
            "quyen_han": "KT. TRƯỞNG BAN",
            "noi_nhan": "Như Điều 3\nSở Tài chính\nLưu: VT, TH",
        },
    ),
    "by order, three levels of authority": (
        Letter(
            co_quan=("BỘ TƯ PHÁP",),
            so="Số: 07/2025/TT-BTP",
            dia_danh_ngay="Hà Nội, ngày 28 tháng 11 năm 2025",
            ten_loai="THÔNG TƯ",
            trich_yeu=("Quy định chi tiết một số điều của Luật Hộ tịch",),
            can_cu_chu_the="",
            ky=("TUQ. BỘ TRƯỞNG", "KT. CỤC TRƯỞNG", "PHÓ CỤC TRƯỞNG"),
            nguoi_ky="Nguyễn Văn Đắc",
        ),
        {
            "so_ky_hieu": "07/2025/TT-BTP",
            "ngay_ban_hanh": "2025-11-28",
            "loai_van_ban": "Thông tư",
            "trich_yeu": "Quy định chi tiết một số điều của Luật Hộ tịch",
            "co_quan_ban_hanh": "BỘ TƯ PHÁP",
            "dia_danh": "Hà Nội",
            "nguoi_ky": "Nguyễn Văn Đắc",
            "chuc_vu": "PHÓ CỤC TRƯỞNG",
            "quyen_han": "TUQ. BỘ TRƯỞNG / KT. CỤC TRƯỞNG",
            "noi_nhan": "Như Điều 3\nSở Tài chính\nLưu: VT, TH",
        },
    ),
}


SECOND = "thực hiện dự án sử dụng vốn ngoài ngân sách nhà nước tại tỉnh Bình Định và các huyện"
#: of every document, whatever it says
OF_THE_WHOLE = ("loai_giay_to", "con_dau", "so_trang", "so_to")


def fields(*pages: PageReading) -> dict[str, FieldValue]:
    """What the head, the title and the foot say."""
    (document,) = read_documents(pages)
    return {name: value for name, value in document.fields.items() if name not in OF_THE_WHOLE}


def values(*pages: PageReading) -> dict[str, str]:
    return {name: found.value for name, found in fields(*pages).items()}


def respell(pages: tuple[PageReading, ...], changes: dict[str, str], confidence: float) -> tuple[PageReading, ...]:
    """The same pages with words read otherwise, and how surely."""

    def word(w: Word) -> Word:
        return Word(changes[w.text], confidence, w.box) if w.text in changes else w

    def line(x: Line) -> Line:
        return replace(x, words=tuple(word(w) for w in x.words))

    return tuple(replace(p, lines=tuple(line(x) for x in p.lines)) for p in pages)


@pytest.mark.parametrize("across", [True, False], ids=["columns merged", "columns apart"])
@pytest.mark.parametrize("name", CASES)
def test_clean_typed_papers(name: str, across: bool) -> None:
    letter, expected = CASES[name]
    found = fields(*typeset(letter, across=across))
    assert {k: v.value for k, v in found.items()} == expected
    assert all(v.confidence > 0.85 and v.page == 1 and v.box is not None and v.source == "ocr" for v in found.values())
    assert [n for n in FIELD_NAMES if n in found] == list(found)


def test_box_is_where_the_value_stands() -> None:
    pages = typeset(Letter())
    number = next(w for x in pages[0].lines for w in x.words if w.text == "118/QĐ-UBND")
    assert fields(*pages)["so_ky_hieu"].box == number.box


def test_worse_evidence_gives_less_confidence() -> None:
    (one,), (other,) = (score_documents(typeset(Letter(), confidence=c)) for c in (0.95, 0.55))
    clean, worn = ({k: v for k, v in d.fields.items() if k not in OF_THE_WHOLE} for d in (one, other))
    assert {k: v.value for k, v in clean.items()} == {k: v.value for k, v in worn.items()}
    lower = [k for k in clean if worn[k].confidence < clean[k].confidence]
    assert set(clean) - set(lower) <= {"loai_van_ban"}  # type and sign agree: two witnesses
    assert worn["so_ky_hieu"].confidence <= 0.35
    assert worn["ngay_ban_hanh"].confidence <= 0.35


@pytest.mark.parametrize("so", ["Số:        /QĐ-UBND", "Số: #3 /QĐ-UBND", "Số: O{_ /QĐ-UBND"])
def test_number_that_is_not_legible_is_left_out(so: str) -> None:
    found = fields(*typeset(Letter(so=so)))["so_ky_hieu"]
    assert found.value == "/QĐ-UBND"
    assert found.confidence < 0.2


@pytest.mark.parametrize(
    "line",
    [
        "Bình Định, ngày     tháng     năm 2025",
        "Bình Định, ngày     tháng 02 năm 2025",
        "Bình Định, ngày 0ÿ tháng 02 năm 2025",
        "Bình Định, ngày {5 tháng 02 năm 2025",
        "Bình Định, ngày 31 tháng 02 năm 2025",
        "Bình Định, ngày 05 tháng ? năm 2025",
    ],
)
def test_date_that_is_not_complete_is_not_guessed(line: str) -> None:
    found = fields(*typeset(Letter(dia_danh_ngay=line)))
    assert (found["ngay_ban_hanh"].value, found["ngay_ban_hanh"].confidence) == ("", 0.0)
    assert found["ngay_ban_hanh"].raw.startswith("Bình Định, ngày")
    assert found["dia_danh"].value == "Bình Định"


def test_lone_digits_are_doubted() -> None:
    found = fields(*typeset(Letter(so="Số: 5/QĐ-UBND", dia_danh_ngay="Bình Định, ngày 5 tháng 02 năm 2025")))
    assert found["so_ky_hieu"].confidence <= 0.3
    assert found["ngay_ban_hanh"].confidence <= 0.3


def test_capitals_without_marks_are_restored() -> None:
    lost = {"BÌNH": "BINH", "ĐỊNH": "ĐINH", "ỦY": "UY", "PHÓ": "PHO", "CHỦ": "CHU", "TỈNH": "TINH"}
    pages = respell(typeset(Letter()), lost, 0.5)
    found = fields(*pages)
    assert found["co_quan_ban_hanh"].value == "ỦY BAN NHÂN DÂN TỈNH BÌNH ĐỊNH"
    assert found["co_quan_ban_hanh"].raw == "UY BAN NHÂN DÂN TINH BINH ĐINH"
    assert found["quyen_han"].value == "TM. ỦY BAN NHÂN DÂN / KT. CHỦ TỊCH"
    assert found["chuc_vu"].value == "PHÓ CHỦ TỊCH"
    assert found["co_quan_ban_hanh"].confidence < 0.6


def test_repair_never_changes_base_letters() -> None:
    odd = {"BÌNH": "BÌMH", "phê": "phể", "duyệt": "duyêt", "kế": "kê", "hoạch": "hoach"}
    letter = Letter(dia_danh_ngay="Quy Nhơn, ngày 05 tháng 02 năm 2025")  # which says nothing of the agency's place
    found = values(*respell(typeset(letter), odd, 0.6))
    assert found["co_quan_ban_hanh"].endswith("BÌMH ĐỊNH")
    assert found["trich_yeu"] == "Về việc phê duyệt kế hoạch số hóa hồ sơ, tài liệu năm 2025"


def test_signer_name_with_a_lost_mark_is_a_marked_guess() -> None:
    letter = Letter(nguoi_ky="Trần Hoàng Tuấn")
    clean = fields(*typeset(letter))["nguoi_ky"]
    worn = fields(*respell(typeset(letter), {"Tuấn": "Tuần", "Trần": "Trân"}, 0.8))["nguoi_ky"]
    assert (clean.value, worn.value) == ("Trần Hoàng Tuấn", "Trần Hoàng Tuấn")
    assert worn.raw == "Trân Hoàng Tuần"
    assert worn.confidence < min(0.71, clean.confidence)
    assert "Trân Hoàng Tuần" in worn.candidates


@pytest.mark.parametrize("name", ["Y Thoại Niê", "K'Bôi Liêng", "H' Mông Ksor", "Lò Văn Ún", "Tôn Nữ Thị Ninh"])
def test_names_of_all_peoples(name: str) -> None:
    found = values(*typeset(Letter(nguoi_ky=name)))
    assert found.get("nguoi_ky", name) == name


def test_title_of_rank_is_no_part_of_the_name() -> None:
    assert values(*typeset(Letter(nguoi_ky="Đại tá Phan Công Bình")))["nguoi_ky"] == "Phan Công Bình"


def test_no_signature_no_signer() -> None:
    found = values(*typeset(Letter(nguoi_ky="")))
    assert "nguoi_ky" not in found
    assert found["chuc_vu"] == "PHÓ CHỦ TỊCH"


def test_second_position_under_the_signature_is_not_taken() -> None:
    sheet = Sheet()
    letter = Letter(ky=("TRƯỞNG BAN",))
    y = head(sheet, letter)
    foot(sheet, letter, y + 200)
    name = sheet.lines[-1].box[1]
    sheet.put("CHỦ TỊCH UBND TỈNH", name - 70, middle=1780)
    assert values(page(sheet.recognised()))["chuc_vu"] == "TRƯỞNG BAN"


def test_annex_does_not_speak_for_the_document() -> None:
    draft = Letter(
        co_quan=("HỘI ĐỒNG NHÂN DÂN", "TỈNH BÌNH ĐỊNH"),
        so="Số:       /NQ-HĐND",
        dia_danh_ngay="Bình Định, ngày     tháng     năm 2025",
        ten_loai="NGHỊ QUYẾT",
        ky=("CHỦ TỊCH",),
        nguoi_ky="Đào Thị Bích Ngọc",
    )
    alone = values(*typeset(Letter()))
    annex = replace(typeset(draft)[0], number=2)
    assert values(*typeset(Letter()), annex) == alone


def test_signature_on_a_later_page() -> None:
    first, second = Sheet(), Sheet()
    y = head(first, Letter())
    for text in Letter().body:
        y = first.paragraph(text, y)
    second.put("2", 120, middle=WIDTH / 2)
    second.paragraph("Điều 3. Chánh Văn phòng và thủ trưởng các đơn vị chịu trách nhiệm thi hành./.", 250)
    foot(second, Letter(), 500)
    blank = page((), 3)
    found = fields(page(first.recognised()), page(second.recognised(), 2), blank)
    assert (found["nguoi_ky"].value, found["nguoi_ky"].page) == ("Võ Thị Minh Hạnh", 2)
    assert (found["so_ky_hieu"].page, found["noi_nhan"].page) == (1, 2)


def test_stamp_of_arrival_gives_neither_number_nor_day() -> None:
    sheet = Sheet()
    y = head(sheet, Letter(so="Số:        /QĐ-UBND", dia_danh_ngay="Bình Định, ngày      tháng     năm 2025"))
    title = next(x for x in sheet.lines if x.text == "QUYẾT ĐỊNH").box[1]
    for n, text in enumerate(["ĐẾN", "Số: 2770", "Ngày: 11/9/2025", "Chuyển: ........"]):
        sheet.put(text, title - 20 + 60 * n, at=300, size=10)
    for text in Letter().body:
        y = sheet.paragraph(text, y)
    found = values(page(sheet.recognised()))
    assert found["so_ky_hieu"] == "/QĐ-UBND"
    assert found["ngay_ban_hanh"] == ""
    assert found["trich_yeu"] == "Về việc phê duyệt kế hoạch số hóa hồ sơ, tài liệu năm 2025"


def test_a_stamp_in_the_margin_does_not_move_the_margin() -> None:
    # The title's second line opens as a paragraph may; it begins at the margin, a paragraph further right.
    letter = Letter(trich_yeu=("Về việc tăng cường công tác quản lý nhà nước", SECOND))
    sheet = Sheet()
    y = head(sheet, letter)
    for text in letter.body:
        y = sheet.paragraph(text, y)
    plain = values(page(sheet.recognised()))["trich_yeu"]
    for n in (1, 2):
        sheet.put("S 1 Í ẤY 0 N", y + 80 * n, at=4, size=10, confidence=0.7)
    assert values(page(sheet.recognised()))["trich_yeu"] == plain == " ".join(letter.trich_yeu)


def test_numbers_and_dates_of_the_text_are_not_the_documents() -> None:
    found = values(*typeset(Letter(so="", dia_danh_ngay="")))
    assert "so_ky_hieu" not in found
    assert "ngay_ban_hanh" not in found
    assert "dia_danh" not in found


def test_date_after_the_digital_signature_is_doubted() -> None:
    def signed(day: str) -> float:
        sheet = Sheet()
        sheet.put(f"Thời gian ký: {day} 10:09:57 +07:00", 60, at=1700, size=7)
        y = head(sheet, Letter())
        foot(sheet, Letter(), y + 200)
        return fields(page(sheet.recognised()))["ngay_ban_hanh"].confidence

    assert signed("06/02/2025") > 0.9
    assert signed("04/02/2025") < 0.6


def test_sign_and_title_that_disagree_are_doubted() -> None:
    agreed = fields(*typeset(Letter()))["loai_van_ban"]
    other = fields(*typeset(Letter(so="Số: 118/BC-UBND")))["loai_van_ban"]
    assert other.value == "Quyết định"
    assert other.candidates == ("Báo cáo",)
    assert other.confidence < agreed.confidence


def test_title_puts_a_misread_sign_right() -> None:
    letter = Letter(so="Số: 2115/CIr-UBND", ten_loai="CHƯƠNG TRÌNH")
    found = fields(*typeset(letter))["so_ky_hieu"]
    assert found.value == "2115/CTr-UBND"
    assert found.candidates == ("2115/CTr-UBND", "2115/CIr-UBND")
    assert found.confidence <= 0.6


def test_deputy_whose_line_the_seal_covers_is_a_weak_guess() -> None:
    found = fields(*typeset(Letter(ky=("TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH"))))["chuc_vu"]
    assert (found.value, found.source) == ("PHÓ CHỦ TỊCH", "derived")
    assert found.confidence <= 0.4


def test_clean_text_of_other_kinds_is_left_alone() -> None:
    body = (
        "Tôi đã thuyết phục mọi người tham gia giao ban quý IV; hai chữ tài tình đọc lúc nhàn rỗi, vẻ bên ngoài cô đơn"
    )
    words = body.split()
    assert restore_text(words, [0.95] * len(words), Pairs()) == (words, 0)


def test_place_that_only_begins_like_a_province_is_left_alone() -> None:
    letter = Letter(co_quan=("ỦY BAN NHÂN DÂN", "TỈNH LAM GIANG"), dia_danh_ngay="Lam Giang, ngày 12 tháng 9 năm 2025")
    found = values(*respell(typeset(letter), {"TỈNH": "TĨNH"}, 0.8))
    assert found["co_quan_ban_hanh"] == "ỦY BAN NHÂN DÂN TỈNH LAM GIANG"
    assert found["dia_danh"] == "Lam Giang"


def test_title_with_letters_apart() -> None:
    assert values(*typeset(Letter(so="", ten_loai="THÔNG B ÁO")))["loai_van_ban"] == "Thông báo"


def test_certificate_with_the_motto_in_the_middle() -> None:
    sheet = Sheet()
    centre = WIDTH / 2
    sheet.put("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 250, middle=centre)
    sheet.put("Độc lập - Tự do - Hạnh phúc", 320, middle=centre)
    sheet.put("GIẤY KHAI SINH", 520, middle=centre, size=16)
    sheet.put("Số: 118/2025", 620, middle=centre)
    sheet.put("Họ, chữ đệm, tên: Nguyễn Thị An Nhiên", 800, at=LEFT)
    sheet.put("Ngày, tháng, năm sinh: 05/02/2025", 880, at=LEFT)
    sheet.put("Hòa An, ngày 12 tháng 02 năm 2025", 1500, middle=1780)
    sheet.put("NGƯỜI KÝ GIẤY KHAI SINH", 1580, middle=1780)
    sheet.put("PHÓ CHỦ TỊCH", 1650, middle=1780)
    sheet.put("Đặng Ngọc Toản", 1950, middle=1780)
    found = values(page(sheet.recognised()))
    assert found["loai_van_ban"] == "Giấy khai sinh"
    assert found["nguoi_ky"] == "Đặng Ngọc Toản"
    assert "so_ky_hieu" not in found  # no sign: not a number of this kind
    assert "kinh_gui" not in found


def test_secrecy_mark_in_the_head_only() -> None:
    assert values(*typeset(Letter(dau="TỐI MẬT")))["do_mat"] == "TỐI MẬT"
    body = (*Letter().body, "Việc bảo mật thực hiện theo quy định; tài liệu mật, khẩn được gửi riêng.")
    found = values(*typeset(Letter(body=body)))
    assert "do_mat" not in found and "do_khan" not in found


@pytest.mark.parametrize("seed", range(8))
def test_noise_gives_nothing(seed: int) -> None:
    assert fields(*noise(seed)) == {}


def test_blank_page_gives_nothing() -> None:
    assert fields(page(())) == {}
    assert read_documents(()) == ()


def test_page_of_running_text_gives_no_fields_of_head_or_foot() -> None:
    sheet = Sheet()
    y = 300.0
    for text in (*Letter().body, *Letter().body):
        y = sheet.paragraph(text, y)
    assert y < HEIGHT
    assert fields(page(sheet.recognised())) == {}


@pytest.mark.parametrize("label", ["sg: $38EA-UBND", "õ: ††15T-UBND"])
def test_a_label_that_was_not_legible_is_no_part_of_the_agency(label: str) -> None:
    (document,) = read_documents(typeset(Letter(so=label)))
    assert document.fields["co_quan_ban_hanh"].value == "ỦY BAN NHÂN DÂN TỈNH BÌNH ĐỊNH"
