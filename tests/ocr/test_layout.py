from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr.layout import arrange, find_zones
from ocr.layout_rows import cut, join
from ocr.model import Line, Mark, SignatureBlock, Word
from tests.ocr.letters import HEIGHT, LEFT, WIDTH, Letter, Sheet, foot, head, typeset

CONG_VAN = Letter(
    chu_quan=("UBND TỈNH BÌNH ĐỊNH",),
    co_quan=("SỞ TÀI CHÍNH",),
    so="Số: 1204/STC-QLNS",
    ten_loai="",
    v_v=("V/v báo cáo tình hình giải ngân", "vốn đầu tư công quý I"),
    kinh_gui=("Các sở, ban, ngành", "UBND các xã, phường"),
    ky=("KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC"),
    dau="KHẨN",
)


def text_of(lines: tuple[Line, ...]) -> list[str]:
    return [x.text for x in lines]


def words_of(lines: tuple[Line, ...]) -> Counter[Word]:
    return Counter(w for x in lines for w in x.words)


@pytest.mark.parametrize("across", [True, False], ids=["columns merged by the recogniser", "columns apart"])
def test_head_left_cell_before_right_cell(across: bool) -> None:
    (page,) = typeset(CONG_VAN, across=across)
    lines = text_of(arrange(page.lines, WIDTH, HEIGHT).lines)
    assert lines[:10] == [
        "UBND TỈNH BÌNH ĐỊNH",
        "SỞ TÀI CHÍNH",
        "Số: 1204/STC-QLNS",
        "V/v báo cáo tình hình giải ngân",
        "vốn đầu tư công quý I",
        "KHẨN",
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "Bình Định, ngày 05 tháng 02 năm 2025",
        "Kính gửi:",
    ]


@pytest.mark.parametrize("across", [True, False])
def test_foot_left_cell_before_right_cell(across: bool) -> None:
    (page,) = typeset(Letter(), across=across)
    lines = text_of(arrange(page.lines, WIDTH, HEIGHT).lines)
    assert lines[-8:] == [
        "Nơi nhận:",
        "- Như Điều 3;",
        "- Sở Tài chính;",
        "- Lưu: VT, TH.",
        "TM. ỦY BAN NHÂN DÂN",
        "KT. CHỦ TỊCH",
        "PHÓ CHỦ TỊCH",
        "Võ Thị Minh Hạnh",
    ]


def test_foot_whose_heading_was_not_legible() -> None:
    letter = Letter(noi_nhan=tuple(f"- Sở số {n};" for n in "ABCDE"))
    (page,) = typeset(letter, across=False)
    lines = tuple(x for x in page.lines if not x.text.startswith("Nơi nhận"))
    zones = find_zones(lines, WIDTH, HEIGHT)
    assert text_of(zones.foot_left) == list(letter.noi_nhan)
    assert text_of(zones.foot_right)[-1] == letter.nguoi_ky


def test_body_lines_stay_whole_and_in_order() -> None:
    (page,) = typeset(Letter())
    sheet = Sheet()
    y = 200.0
    for text in Letter().body * 3:
        y = sheet.paragraph(text, y)
    alone = sheet.recognised()
    assert arrange(tuple(reversed(alone)), WIDTH, HEIGHT).lines == alone
    printed = [x.text for x in page.lines if x.text.startswith(("Căn cứ", "Điều", "Theo", "tướng"))]
    zones = find_zones(page.lines, WIDTH, HEIGHT)
    assert [t for t in text_of(zones.body) if t in printed] == printed


def test_long_agency_close_to_the_motto_is_cut_at_the_motto() -> None:
    sheet = Sheet()
    sheet.put("SỞ NÔNG NGHIỆP VÀ MÔI TRƯỜNG", 250, at=300, size=12)
    sheet.put("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 250, at=sheet.lines[0].box[2] + 30, size=12)
    sheet.put("Độc lập - Tự do - Hạnh phúc", 312, middle=1800)
    sheet.put("Số: 12/SNNMT-VP", 380, at=420)
    sheet.put("Lâm Đồng, ngày 11 tháng 7 năm 2025", 380, middle=1800)
    sheet.put("Kính gửi: Ủy ban nhân dân tỉnh", 600, middle=1300)
    zones = find_zones((join(sheet.lines[:2]), *sheet.lines[2:]), WIDTH, HEIGHT)
    assert text_of(zones.head_left) == ["SỞ NÔNG NGHIỆP VÀ MÔI TRƯỜNG", "Số: 12/SNNMT-VP"]
    assert text_of(zones.head_right)[0] == "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"


def test_motto_misread_still_splits_the_head() -> None:
    (page,) = typeset(Letter())
    worn = {"CỘNG": "CỌNG", "CHỦ": "CHÚ", "NGHĨA": "NGHIA", "lập": "lâp", "Hạnh": "Hanh"}
    lines = tuple(
        Line(tuple(Word(worn.get(w.text, w.text), 0.5, w.box) for w in x.words), x.box, x.baseline) for x in page.lines
    )
    zones = find_zones(lines, WIDTH, HEIGHT)
    assert text_of(zones.head_left) == ["ỦY BAN NHÂN DÂN", "TỈNH BÌNH ĐỊNH", "Số: 118/QĐ-UBND"]


def test_certificate_with_the_motto_alone_in_the_middle_has_one_column() -> None:
    sheet = Sheet()
    centre = WIDTH / 2
    for n, text in enumerate(["CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc", "GIẤY KHAI SINH"]):
        sheet.put(text, 250 + 80 * n, middle=centre)
    sheet.put("Họ, chữ đệm, tên: Nguyễn Thị An Nhiên", 600, at=LEFT)
    zones = find_zones(sheet.recognised(), WIDTH, HEIGHT)
    assert zones.head_left == zones.head_right == ()
    assert text_of(zones.body)[2] == "GIẤY KHAI SINH"


def test_page_number_above_and_footnote_below_keep_their_places() -> None:
    sheet = Sheet()
    sheet.put("2", 120, middle=WIDTH / 2)
    y = sheet.paragraph(" ".join(["nội dung thực hiện theo quy định"] * 12), 300)
    foot(sheet, Letter(), y + 50)
    sheet.put("1 Theo số liệu của Cục Thống kê tỉnh tính đến hết tháng 12 năm 2024 và báo cáo của các sở, ngành có "
              "liên quan đến lĩnh vực này tại địa phương.", 3200, at=LEFT, size=10)  # fmt: skip
    lines = text_of(arrange(sheet.recognised(), WIDTH, HEIGHT).lines)
    assert lines[0] == "2"
    assert lines[-1].startswith("1 Theo số liệu")
    assert lines[-2] == "Võ Thị Minh Hạnh"


def test_table_cells_come_row_by_row() -> None:
    sheet = Sheet()
    y = sheet.paragraph("Kết quả giải quyết hồ sơ của các đơn vị trong quý được tổng hợp như sau:", 300)
    cells = [
        ("TT", ["Đơn vị"], "Tiếp nhận", "Đúng hạn"),
        ("1", ["Trung tâm Phục vụ", "hành chính công"], "1.250", "1.244"),
        ("2", ["Ủy ban nhân dân", "phường Hòa An"], "310", "309"),
        ("3", ["Sở Xây dựng", "tỉnh Lam Giang"], "95", "90"),
    ]
    y += 80
    expected = []
    for number, name, received, done in cells:
        sheet.put(number, y, at=380)
        for n, part in enumerate(name):
            sheet.put(part, y + 62 * n, at=560)
        sheet.put(received, y, at=1400)
        sheet.put(done, y, at=1900)
        y += 62 * len(name) + 70
        expected += [number, *name, received, done]
    printed = " ".join(text_of(arrange(sheet.recognised(), WIDTH, HEIGHT).lines)[1:])
    assert printed == " ".join(expected)


def test_stamp_of_arrival_stands_apart_from_the_title() -> None:
    sheet = Sheet()
    y = head(sheet, Letter())
    title = next(x for x in sheet.lines if x.text == "QUYẾT ĐỊNH").box[1]
    for n, text in enumerate(["SỞ XÂY DỰNG", "ĐẾN", "Số: 2770", "Ngày: 11/9/2025", "Chuyển: ........"]):
        sheet.put(text, title - 70 + 62 * n, at=300, size=10)
    for text in Letter().body:
        y = sheet.paragraph(text, y)
    zones = find_zones(sheet.recognised(), WIDTH, HEIGHT)
    assert {"ĐẾN", "Số: 2770", "Ngày: 11/9/2025"} <= set(text_of(zones.stamp))
    assert text_of(zones.body)[:3] == ["QUYẾT ĐỊNH", *Letter().trich_yeu]


def test_what_signature_widgets_print_is_not_text_of_the_paper() -> None:
    sheet = Sheet()
    notice = ["TRUNG TÂM CÔNG BÁO", "ttcb@laocai.gov.vn", "17.01.2025 17:17:01", "+07:00"]
    for n, text in enumerate(notice):
        sheet.put(text, 50 + 36 * n, at=1300, size=7)
    y = head(sheet, Letter())
    for text in Letter().body:
        y = sheet.paragraph(text, y)
    lines = sheet.recognised()
    arranged = arrange(lines, WIDTH, HEIGHT)
    assert words_of(arranged.lines) == words_of(lines)
    assert not any(text in arranged.text for text in notice)
    assert arranged.text.startswith(Letter().co_quan[0])


def test_small_text_in_a_signature_block_is_left_out_but_a_number_shown_by_a_widget_stays() -> None:
    (page,) = typeset(Letter(), across=False)
    number = next(x for x in page.lines if x.text.startswith("Số:"))
    small = Line((Word("pctinh@laocai.gov.vn", 0.9, (1500, 2000, 1700, 2022)),), (1500, 2000, 1700, 2022), (2022, 2022))
    blocks = (
        SignatureBlock("so", number.box, number.text),
        SignatureBlock("ky", (1450, 1950, 1900, 2100), "Người ký: Uỷ ban nhân dân tỉnh\npctinh@laocai.gov.vn"),
    )
    text = arrange((*page.lines, small), WIDTH, HEIGHT, blocks).text
    assert number.text in text
    assert "pctinh" not in text


def test_crumbs_of_a_seal_are_left_out_and_lone_figures_stay() -> None:
    (page,) = typeset(Letter())
    seal = Mark("con_dau", (1500, 2600, 1900, 3000), 1.0)

    def lone(text: str, confidence: float, x: int, y: int) -> Line:
        box = (x, y, x + 30 * len(text), y + 40)
        return Line((Word(text, confidence, box),), box, (box[3], box[3]))

    lines = (
        *page.lines,
        lone("2", 0.96, WIDTH // 2, 90),
        lone("kz(/", 0.12, 200, 1200),
        lone("NHÂ", 0.9, 1600, 2950),
        lone("Dy10E$2Y/X.xi»#ei2/n6", 0.3, 300, 3300),
        lone("Bằng", 0.9, 1600, 2950),
    )
    text = arrange(lines, WIDTH, HEIGHT, (), (seal,)).text
    assert "2" in text.split() and "Bằng" in text.split()  # a figure, a part of the name over the seal's rim
    assert "kz(/" not in text
    assert "NHÂ" not in text.split()
    assert "Dy10E" not in text


def test_print_beside_strokes_and_leaders_is_no_crumb() -> None:
    (page,) = typeset(Letter())

    def doubted(y: int, *words: tuple[str, float]) -> Line:
        made = tuple(
            Word(text, sure, (200 + 160 * n, y, 330 + 160 * n, y + 40)) for n, (text, sure) in enumerate(words)
        )
        return Line(made, (200, y, made[-1].box[2], y + 40), (y + 40.0, y + 40.0))

    number, stamp = doubted(3300, ("Số:", 0.97), ("#BC-SYT", 0.48)), doubted(3200, ("„..Chuyển:.....", 0.67))
    crumb, margin = doubted(3100, ("#BC-SYT", 0.48)), doubted(3000, ("[", 0.95), ("2", 0.45))
    text = arrange((*page.lines, number, stamp, crumb, margin), WIDTH, HEIGHT).text
    assert "[" not in text
    assert "Số: #BC-SYT" in text and text.count("#BC-SYT") == 1
    assert "Chuyển:" in text


def test_last_word_of_a_paragraph_and_a_mark_without_its_tone_are_no_crumbs() -> None:
    (page,) = typeset(Letter())
    above = next(line for line in page.lines if line.text.startswith("trưởng các đơn vị"))
    high = above.box[3] - above.box[1]

    def lone(text: str, sure: float, left: int, top: int) -> Line:
        box = (left, top, left + 70, top + high)
        return Line((Word(text, sure, box),), box, (box[3], box[3]))

    tail, far = lone("độ;", 0.49, above.box[0], above.box[3] + high // 3), lone("lập;", 0.49, 1500, 3350)
    noise = lone("kzq;", 0.49, above.box[0], above.box[3] + high // 3)
    urgent = lone("KHẤN", 0.64, 300, 3300)
    text = arrange((*page.lines, tail, far, urgent), WIDTH, HEIGHT).text
    assert "độ;" in text and "KHẤN" in text and "lập;" not in text
    assert "kzq" not in arrange((*page.lines, noise), WIDTH, HEIGHT).text


def test_blank_line_between_blocks() -> None:
    (page,) = typeset(Letter())
    text = arrange(page.lines, WIDTH, HEIGHT).text
    assert "Số: 118/QĐ-UBND\n\nCỘNG HÒA" in text
    assert "- Lưu: VT, TH.\n\nTM. ỦY BAN" in text
    assert "\n\n\n" not in text and "  " not in text


def test_nothing_from_nothing() -> None:
    assert arrange((), WIDTH, HEIGHT).lines == ()
    assert arrange((), WIDTH, HEIGHT).text == ""


def test_cut_keeps_the_slope_of_the_baseline() -> None:
    words = tuple(Word(c, 0.9, (100 * n, 0, 100 * n + 50, 40)) for n, c in enumerate("abcd"))
    left, right = cut(Line(words, (0, 0, 350, 40), (30.0, 37.0)), 2)
    assert left.baseline == (30.0, 33.0)
    assert right.baseline == (34.0, 37.0)


SEEN = (
    "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM Độc lập - Tự do Hạnh phúc Nơi nhận: ngày tháng năm 2025 Số: 12/QĐ-UBND "
    "Kính gửi: TM. KT. CHỦ TỊCH văn bản | ĐẾN Chuyển: - Lưu: VT"
)
VOCABULARY = st.sampled_from(sorted(set(SEEN.split())))


@st.composite
def any_lines(draw: st.DrawFn) -> tuple[Line, ...]:
    lines = []
    for _ in range(draw(st.integers(0, 14))):
        x, y = draw(st.integers(0, 2000)), draw(st.integers(0, 3400))
        height = draw(st.integers(8, 120))
        words = []
        for text in draw(st.lists(VOCABULARY, max_size=9)):
            width = draw(st.integers(5, 300))
            words.append(Word(text, draw(st.sampled_from([0.1, 0.6, 0.95])), (x, y, x + width, y + height)))
            x += width + draw(st.integers(-5, 260))
        box = (words[0].box[0], y, max(w.box[2] for w in words), y + height) if words else (x, y, x + 1, y + height)
        lines.append(Line(tuple(words), box, (float(box[3]), float(box[3]))))
    return tuple(lines)


@settings(max_examples=80, deadline=None)
@given(any_lines())
def test_no_word_is_lost_or_doubled(lines: tuple[Line, ...]) -> None:
    arranged = arrange(lines, WIDTH, HEIGHT)
    assert words_of(arranged.lines) == words_of(lines)
    everything = iter(w.text for x in arranged.lines for w in x.words)
    assert all(word in everything for word in arranged.text.split())  # the text follows the order of the lines
    assert not any(not x.words for x in arranged.lines)


@pytest.mark.parametrize("letter", [Letter(), CONG_VAN], ids=["decision", "cong van"])
def test_arranging_twice_changes_nothing(letter: Letter) -> None:
    (page,) = typeset(letter)
    once = arrange(page.lines, WIDTH, HEIGHT)
    assert arrange(once.lines, WIDTH, HEIGHT) == once


def test_number_of_the_left_cell_is_kept_though_crumbs_were_read_beside_it() -> None:
    def put(text: str, x: int, y: int, confidence: float = 0.95) -> Line:
        words = []
        for part in text.split():
            words.append(Word(part, confidence, (x, y, x + 24 * len(part), y + 44)))
            x += 24 * len(part) + 14
        box = (words[0].box[0], y, words[-1].box[2], y + 44)
        return Line(tuple(words), box, (y + 44.0, y + 44.0))

    number, crumbs = put("Số: 81/UBND-TH", 420, 450), put("lộn Xe", 1100, 452, 0.4)
    across = Line((*number.words, *crumbs.words), (420, 450, crumbs.box[2], 496), (494.0, 496.0))
    lines = (
        put("TỈNH BẮC NINH", 430, 250),
        put("ỦY BAN NHÂN DÂN XÃ", 380, 310),
        put("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 1000, 250),
        put("Độc lập - Tự do - Hạnh phúc", 1100, 310),
        put("Yên Thành, ngày 23 tháng 4 năm 2021", 1050, 400),
        across,
        put("V/v quy định hạn ngạch", 370, 510),
        put("Kính gửi: Cục Thuế tỉnh", 1000, 760),
    )
    texts = text_of(arrange(lines, WIDTH, HEIGHT).lines)
    assert texts[:4] == ["TỈNH BẮC NINH", "ỦY BAN NHÂN DÂN XÃ", "Số: 81/UBND-TH", "V/v quy định hạn ngạch"]
