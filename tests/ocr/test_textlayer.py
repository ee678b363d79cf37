"""A file's own text: used where it is sound and what one sees, and only there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ocr.fields.documents import read_documents
from ocr.model import PageReading
from ocr.options import ReadOptions
from ocr.pages import read_page
from ocr.recognizer import Recognizer
from ocr.source.pages import PageImages
from ocr.textlayer.judge import REASONS, encoding_fault
from ocr.textlayer.lines import TextWord, lines_of
from ocr.textlayer.provenance import with_sources
from ocr.textlayer.syllables import is_syllable
from tests.ocr.born_digital import LETTER, BornDigital, Text, Widget, letter, scanned
from tests.ocr.engine_need import opened

# TCVN 5712 and VNI as they look when their codes are taken for Latin-1
TCVN3 = "Céng hoµ x· héi chñ nghÜa ViÖt Nam §éc lËp Tù do H¹nh phóc Uû ban nh©n d©n tØnh Qu¶ng Ng·i QuyÕt ®Þnh"
VNI = "Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam Ñoäc laäp Töï do Haïnh phuùc UÛy ban nhaân daân tænh Quaûng Ngaõi"
SOUND = (
    "Cộng hòa xã hội chủ nghĩa Việt Nam Độc lập Tự do Hạnh phúc Uỷ ban nhân dân tỉnh Đắk Lắk Quyết định số 12/QĐ-UBND"
)
SHIFTED = "Dộog hòb xậ iộj diủ oginb Vjệu Obm Độd mbp Tự ep Hạoi qiúd Vỷ cbo ôioâo eâo ùạỉoi Rvảoh Ohảj ờịôi"


@pytest.fixture(scope="module")
def recognizer() -> Iterator[Recognizer]:
    engine = opened()
    yield engine
    engine.close()


def read(file: Path, recognizer: Recognizer) -> PageReading:
    with PageImages(file, "application/pdf") as images:
        return read_page(images.page(1), 1, ReadOptions(), recognizer)


def words(text: str, font: str = "Times New Roman", *, whole: bool = True) -> list[TextWord]:
    return [
        TextWord(word, (n * 50.0, 0.0, n * 50.0 + 40, 10.0), 10.0, 12.0, frozenset({font}), whole)
        for n, word in enumerate(text.split())
    ]


def wanted() -> list[str]:
    return [word for _, _, line in LETTER for word in line.split()]


# --- spelling and encodings


@pytest.mark.parametrize("word", ["Quảng", "nghĩa", "GIẾT", "gìn", "quốc", "thuyền", "khuỷu", "ỷ", "Đắk", "hoà", "hòa"])
def test_syllables_are_known_by_their_spelling(word: str) -> None:
    assert is_syllable(word)


@pytest.mark.parametrize("word", ["Céng", "hoµ", "Vieät", "gê", "các̀", "nướć", "đc", "zả", "hac"])
def test_what_cannot_be_a_syllable_is_none(word: str) -> None:
    assert not is_syllable(word)


@pytest.mark.parametrize(
    ("text", "font", "fault"),
    [
        (SOUND, "Times New Roman", ""),
        ("This page is in English and proves nothing either way, 2025", "Arial", ""),
        (TCVN3, ".VnTime", "tcvn3"),
        (TCVN3, "Helvetica", "tcvn3"),
        (VNI, "VNI-Times", "vni"),
        (VNI, "Helvetica", "vni"),
        (SHIFTED, "Times New Roman", "garbled"),
        ("\ue012\ue034\ue055 \ue012 \ue099\ue012 Uỷ ban", "Arial", "garbled"),
    ],
)
def test_text_of_before_unicode_is_recognised_as_such(text: str, font: str, fault: str) -> None:
    assert encoding_fault(words(text, font)) == fault
    assert not fault or fault in REASONS


def test_codes_without_a_meaning_are_no_text() -> None:
    assert encoding_fault(words(SOUND, whole=False)) == "garbled"


def test_columns_part_lines_but_blanks_for_number_and_day_do_not() -> None:
    def at(text: str, left: float, right: float) -> TextWord:
        return TextWord(text, (left, 0.0, right, 10.0), 10.0, 12.0, frozenset(), True)

    row = [at("Số:", 0, 20), at("/QĐ-UBND", 90, 150), at("Minh", 300, 330), at("Tân", 333, 350)]
    assert [[w.text for w in line] for line in lines_of(row)] == [["Số:", "/QĐ-UBND"], ["Minh", "Tân"]]


# --- pages


def test_sound_text_is_taken_as_it_is(tmp_path: Path, recognizer: Recognizer) -> None:
    reading = read(BornDigital(letter()).write(tmp_path / "a.pdf"), recognizer)
    assert (reading.text_layer, reading.image_source) == ("used", "rendered")
    assert sorted(w.text for w in reading.words) == sorted(wanted())
    assert reading.mean_confidence > 0.98
    number = next(w for w in reading.words if w.text == "/QĐ-UBND")
    assert 736 - 10 < (842 - number.box[3] * 72 / reading.dpi) + 8 < 736 + 12  # where it stands, in points
    assert all(0 <= w.box[0] < w.box[2] <= reading.width_px for w in reading.words)


def test_number_and_day_come_from_the_signature_widgets(tmp_path: Path, recognizer: Recognizer) -> None:
    widgets = [
        Widget("Signature1", (78, 728, 104, 750), "507"),
        Widget("Signature2", (388, 728, 404, 750), "24"),
        Widget("Signature3", (340, 795, 560, 835), "TRUNG TÂM CÔNG BÁO\n24.06.2025 20:01:14"),
        Widget("Hidden", (60, 500, 260, 520), "không ai thấy dòng này", flags=2),
    ]
    reading = read(BornDigital(letter(), widgets).write(tmp_path / "a.pdf"), recognizer)
    assert reading.text_layer == "used"
    assert [(b.field, b.text) for b in reading.signature_blocks] == [
        ("Signature1", "507"),
        ("Signature2", "24"),
        ("Signature3", "TRUNG TÂM CÔNG BÁO\n24.06.2025 20:01:14"),
    ]
    (document,) = with_sources(read_documents([reading]), [reading])
    number, day, kind = (document.fields[n] for n in ("so_ky_hieu", "ngay_ban_hanh", "loai_van_ban"))
    assert (number.value, number.source) == ("507/QĐ-UBND", "signature")
    assert (day.value, day.source) == ("2025-06-24", "signature")
    assert (kind.value, kind.source) == ("Quyết định", "text-layer")


def test_turned_page_is_read_as_it_is_shown(tmp_path: Path, recognizer: Recognizer) -> None:
    reading = read(BornDigital(letter(), rotate=90).write(tmp_path / "a.pdf"), recognizer)
    assert reading.text_layer == "turned"  # shown lying on its side: the recogniser finds the way up
    assert reading.rotation in (90, 270)


def test_text_turned_with_its_page_is_level_as_shown(tmp_path: Path, recognizer: Recognizer) -> None:
    turned = read(BornDigital(letter(), rotate=90, upright=True).write(tmp_path / "a.pdf"), recognizer)
    level = read(BornDigital(letter()).write(tmp_path / "b.pdf"), recognizer)
    assert turned.text_layer == "used"
    assert turned.text == level.text
    for a, b in zip(turned.words, level.words, strict=True):
        assert max(abs(x - y) for x, y in zip(a.box, b.box, strict=True)) <= 2


def shifted(char: str) -> str:
    return chr(ord(char) + 1) if char.isalpha() and char.isascii() else char


def other_digits(char: str) -> str:
    return str((int(char) + 3) % 10) if char.isdigit() else char


@pytest.mark.parametrize(
    ("texts", "verdict"),
    [
        (letter(shifted), {"contradicts", "garbled"}),
        (letter(other_digits), {"contradicts"}),
        (letter(lambda c: "\ue000" if c.isalpha() else c), {"garbled"}),
        ([*letter(), Text(60, 300, "Điều 3. Dòng chữ này viết bằng mực trắng trên giấy trắng", grey=1.0)], {"hidden"}),
        ([*letter(), Text(60, 300, "Điều 3. Dòng chữ này không được vẽ ra trang giấy", mode=3)], {"hidden"}),
        ([*letter(), Text(82, 736, "943", mode=3)], {"used"}),
        ([*letter(), Text(150, 600, "không phải", grey=1.0)], {"hidden"}),
        ([*letter(), Text(60, -300, "Điều 3. Dòng chữ này nằm ở ngoài trang giấy hẳn")], {"hidden", "used"}),
    ],
    ids=["wrong-table", "wrong-digits", "no-meaning", "white", "invisible", "number", "over-another", "outside"],
)
def test_text_that_is_not_what_one_sees_is_not_believed(
    tmp_path: Path, recognizer: Recognizer, texts: list[Text], verdict: set[str]
) -> None:
    reading = read(BornDigital(texts).write(tmp_path / "a.pdf"), recognizer)
    assert reading.text_layer in verdict
    got = [w.text for w in reading.words]
    assert sum(w in got for w in wanted()) >= 0.85 * len(wanted())
    assert "19/6/2025;" in got
    assert "Điều 3." not in reading.text and "943" not in reading.text and "không phải" not in reading.text


def test_a_recognisers_text_under_a_scan_is_not_believed(tmp_path: Path, recognizer: Recognizer) -> None:
    picture = scanned(letter(), tmp_path)
    visible = [Text(200, 30, "Trang 1 của 1 trang")]
    wrong = [Text(t.x, t.y, t.text.replace("ư", "u"), mode=3) for t in letter()]
    reading = read(BornDigital([*wrong, *visible], picture=picture).write(tmp_path / "a.pdf"), recognizer)
    assert reading.text_layer == "over-scan"
    assert reading.engine == recognizer.name_and_version
    assert "lưu trữ" in reading.text


def test_what_is_drawn_but_not_in_the_text_is_recognised_too(tmp_path: Path, recognizer: Recognizer) -> None:
    printed = [Text(t.x, t.y, t.text) for t in letter()]
    picture = scanned([Text(60, 300, "Người nhận hồ sơ ký tên vào ô bên phải", size=22)], tmp_path)
    file = BornDigital(printed, picture=picture).write(tmp_path / "a.pdf")
    with PageImages(file, "application/pdf") as images:
        page = images.page(1)
        text = page.text()
        assert text is not None and text.pictured > 0.9
        from dataclasses import replace

        from ocr.textlayer.read import read_text_layer

        layer = read_text_layer(replace(text, pictured=0.2), page.gray(), page.dpi, (), recognizer)
    assert layer.verdict == "mixed"
    assert "hồ sơ ký tên" in "\n".join(line.text for line in layer.lines)


def test_widget_text_stands_for_its_small_print_over_a_scan(tmp_path: Path, recognizer: Recognizer) -> None:
    widget = Widget("Signature1", (340, 795, 560, 835), "Ký bởi: ỦY BAN NHÂN DÂN XÃ MINH TÂN\n07/06/2025 10:09:57")
    picture = scanned(letter(), tmp_path)
    reading = read(BornDigital([], [widget], picture=picture).write(tmp_path / "a.pdf"), recognizer)
    assert (reading.image_source, reading.text_layer) == ("jpeg", "")
    assert [b.text for b in reading.signature_blocks] == [widget.text]
    said = [line.text for line in reading.lines]
    assert sum("07/06/2025 10:09:57" in text for text in said) == 1
    assert sum("Ký bởi" in text for text in said) == 1
    assert "lưu trữ" in reading.text


def test_same_file_same_reading(tmp_path: Path, recognizer: Recognizer) -> None:
    file = BornDigital(letter(), [Widget("Signature1", (78, 728, 104, 750), "507")]).write(tmp_path / "a.pdf")
    assert read(file, recognizer) == read(file, recognizer)
