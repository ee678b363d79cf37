"""Papers that citizens bring: kinds, fields and owner numbers, from pages laid out as the forms are."""

from __future__ import annotations

from datetime import date
from functools import cache

import cv2
import numpy as np
import pytest

from domain.errors import NotReady
from domain.owners import personal_number_doubts
from domain.papers import paper_codes
from ocr.fields.documents import read_documents
from ocr.fields.owners import find_owners, read_identity_code
from ocr.layout_rows import join, rows
from ocr.model import Code, Line, PageReading, Word
from ocr.prepare.codes import find_codes
from samples import citizen
from samples.fonts import face_path, width
from tests.ocr.letters import HEIGHT, WIDTH, Letter, Sheet, page, typeset
from tests.require import need

_SCALE = 300 / 72
KINDS = ("can-cuoc", "khai-sinh", "ket-hon", "quyen-su-dung-dat", "bang-tot-nghiep", "giay-phep-lai-xe",
         "dang-ky-kinh-doanh")  # fmt: skip


@cache
def _fonts() -> None:
    try:
        face_path("")
        found = True
    except NotReady:
        found = False
    need("tinos", found, "Tinos is not installed (apt-get install fonts-croscore)")


def as_read(made: citizen.CitizenPage, *, confidence: float = 0.95) -> PageReading:
    """The page as a recogniser would give it: runs of one row joined, every word with its box."""
    lines: list[Line] = []
    for run in made.runs:
        words: list[Word] = []
        x = run.x
        for part in run.text.split(" "):
            wide = width(part, run.face, run.size)
            if part:
                box = (x, run.y - 0.72 * run.size, x + wide, run.y + 0.2 * run.size)
                words.append(Word(part, confidence, tuple(round(v * _SCALE) for v in box)))  # type: ignore[arg-type]
            x += wide + width(" ", run.face, run.size)
        if words:
            box = (words[0].box[0], words[0].box[1], words[-1].box[2], words[-1].box[3])
            lines.append(Line(tuple(words), box, (float(box[3]), float(box[3]))))
    return page(tuple(join(row) for row in rows(lines)))


def pages_of(kind: str, count: int = 3) -> list[citizen.CitizenPage]:
    _fonts()
    found = [made for n in range(8 * count) if (made := citizen.make_page(7, n)).kind == kind]
    assert len(found) == count
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_known_with_its_fields(kind: str) -> None:
    for made in pages_of(kind):
        (document,) = read_documents([as_read(made)])
        found = {name: value.value for name, value in document.fields.items()}
        assert found["loai_giay_to"] == kind
        assert document.fields["loai_giay_to"].confidence > 0.6
        expected = dict(made.fields)
        if kind == "can-cuoc" and not any("Đặc điểm" in run.text for run in made.runs):
            expected.pop("ngay_ban_hanh", None)  # only its QR code says it
        assert {name: found.get(name, "").casefold() for name in expected} == {
            name: value.casefold() for name, value in expected.items()
        }
        assert all(value.review for name, value in document.fields.items() if name in expected)
        assert set(made.owners) <= {clue.number for clue in document.owners}


def test_forms_that_ask_for_such_papers_are_none_of_them() -> None:
    for made in pages_of("khac", 6):
        (document,) = read_documents([as_read(made)])
        assert document.fields["loai_giay_to"].value == "khac", made.runs[2].text
        assert "ho_ten" not in document.fields


def test_a_title_without_the_words_of_its_form_is_not_believed() -> None:
    sheet = Sheet()
    sheet.put("GIẤY PHÉP LÁI XE", 600, middle=WIDTH / 2, size=16)
    sheet.paragraph("Bài này nói về lịch sử của giấy phép lái xe ở nước ta trong thế kỷ trước và sau này.", 800)
    (document,) = read_documents([page(sheet.recognised())])
    assert document.fields["loai_giay_to"].value == "khac"


def test_an_administrative_paper_that_speaks_of_certificates_stays_one() -> None:
    about = Letter(trich_yeu=("Về việc cấp Giấy chứng nhận quyền sử dụng đất", "cho các hộ gia đình"))
    (document,) = read_documents(typeset(about))
    assert document.fields["loai_giay_to"].value == "van-ban-hanh-chinh"
    assert document.fields["loai_van_ban"].value == "Quyết định"


def test_an_extract_is_of_its_own_day_and_not_of_the_register_that_it_quotes() -> None:
    letter = Letter(
        co_quan=("ỦY BAN NHÂN DÂN", "PHƯỜNG HÒA AN"),
        so="Số: 1385/TLKS-BS",
        dia_danh_ngay="Hòa An, ngày 26 tháng 9 năm 2025",
        ten_loai="TRÍCH LỤC KHAI SINH",
        trich_yeu=("(Bản sao)",),
        can_cu_chu_the="",
        body=(
            "Họ, chữ đệm, tên: NGUYỄN HOÀNG BẢO UYÊN",
            "Ngày, tháng, năm sinh: 17/3/2000 Giới tính: Nữ",
            "Dân tộc: Tày Quốc tịch: Việt Nam",
            "Họ, chữ đệm, tên người mẹ: HOÀNG THỊ THU NGUYỆT",
            "Số đăng ký: 48, ngày 29 tháng 3 năm 2000",
        ),
    )
    fields = read_documents(typeset(letter))[0].fields
    assert fields["loai_giay_to"].value == "khai-sinh"
    assert fields["ngay_ban_hanh"].value == "2025-09-26"


def test_all_kinds_are_in_the_vocabulary() -> None:
    assert set(KINDS) < set(paper_codes())


CARD = "001300012345|123456789|Nguyễn Thị Hạnh|05022000|Nữ|Thôn 3, Bình Minh|01032021"


def with_code(text: str, *lines: str) -> PageReading:
    sheet = Sheet()
    for n, line in enumerate(lines):
        sheet.put(line, 400 + 90 * n, at=400)
    read = page(sheet.recognised())
    return PageReading(**{**read.__dict__, "codes": (Code("qr", text, (10, 10, 200, 200)),)})


def test_the_code_of_a_card_is_surer_than_print_and_shows_the_difference() -> None:
    card = read_identity_code(CARD)
    assert card is not None
    assert (card.number, card.name, card.born, card.issued) == (
        "001300012345", "Nguyễn Thị Hạnh", date(2000, 2, 5), date(2021, 3, 1))  # fmt: skip
    assert read_identity_code("https://example.invalid/verify?c=1|2") is None
    read = with_code(
        CARD, "CĂN CƯỚC CÔNG DÂN", "Số / No.: 001300012346", "Họ và tên / Full name:", "NGUYỄN THỊ HẠNH",
        "Ngày sinh / Date of birth: 05/02/2000", "Giới tính / Sex: Nữ", "Quốc tịch / Nationality: Việt Nam",
    )  # fmt: skip
    (document,) = read_documents([read])
    number = document.fields["so_ky_hieu"]
    assert (number.value, number.source) == ("001300012345", "qr")
    assert number.candidates == ("001300012345", "001300012346")
    assert number.confidence < document.fields["ho_ten"].confidence
    first = document.owners[0]
    assert (first.number, first.source, first.name, first.doubts) == ("001300012345", "qr", "Nguyễn Thị Hạnh", ())
    assert "001300012345" not in repr(document.owners)
    assert "Hạnh" not in repr(document.owners)


@pytest.mark.parametrize(
    ("line", "kind", "number", "doubts"),
    [
        ("Số định danh cá nhân: 038085000123", "citizen", "038085000123", ()),
        ("Căn cước công dân số 038 085 000 123 cấp ngày 01/02/2021", "citizen", "038085000123", ()),
        ("Số định danh cá nhân: 003085000123", "citizen", "003085000123", ("citizen-place-unknown",)),
        ("Số định danh cá nhân: 038985000123", "citizen", "038985000123", ("citizen-century-unlikely",)),
        ("Liên hệ 038085000123", "citizen", "038085000123", ("no-label",)),
        ("CMND số 271234567 do Công an cấp", "cmnd", "271234567", ()),
        ("Mã số thuế: 0100109106", "org", "0100109106", ()),
        ("Mã số doanh nghiệp: 0100109106-001", "org", "0100109106001", ()),
    ],
)
def test_owner_numbers(line: str, kind: str, number: str, doubts: tuple[str, ...]) -> None:
    (clue,) = find_owners([with_code("", line)])
    assert (clue.kind, clue.number, clue.doubts) == (kind, number, doubts)
    assert (clue.confidence > 0.8) == (not doubts)
    assert clue.box is not None


@pytest.mark.parametrize(
    "line",
    [
        "Mã số thuế: 0100109107",  # check digit
        "Điện thoại: 0912345678",
        "Số tiền 999000111222 đồng",  # no label, no province
        "Lưu tại kho số 271234567",  # nine digits without the words of a card
        "Tài khoản 1234567890123",
    ],
)
def test_other_numbers_are_no_owners(line: str) -> None:
    assert find_owners([with_code("", line)]) == ()


def test_the_same_number_twice_is_surer() -> None:
    once = find_owners([with_code("", "Số định danh cá nhân: 038085000123")])
    twice = find_owners([with_code("", "Số định danh cá nhân: 038085000123", "CCCD: 038085000123")])
    assert len(twice) == 1
    assert twice[0].confidence > once[0].confidence


def test_doubts_ask_no_clock() -> None:
    assert personal_number_doubts("001285000019") == ()
    assert personal_number_doubts("001285000019", by=date(2020, 1, 1)) == ("citizen-birth-year-future",)
    assert personal_number_doubts("001185000019", born=date(1986, 1, 1)) == ("citizen-birth-year-differs",)


@pytest.mark.parametrize("turn", [None, cv2.ROTATE_90_CLOCKWISE, cv2.ROTATE_180])
def test_a_code_on_a_page_is_found_and_read(turn: int | None) -> None:
    sheet = np.full((HEIGHT // 2, WIDTH // 2), 255, np.uint8)
    for row in range(300, 900, 40):  # text-like lines beside it
        sheet[row : row + 18 : 3, 150:700:5] = 40
    sheet[200:380, 900:1080] = citizen.qr_picture(CARD, 180)
    noise = np.random.default_rng(1).normal(0, 8, sheet.shape)
    seen = np.clip(cv2.GaussianBlur(sheet, (0, 0), 0.8) + noise, 0, 255).astype(np.uint8)
    if turn is not None:
        seen = np.asarray(cv2.rotate(seen, turn), np.uint8)
    (code,) = find_codes(seen, 150.0)
    assert code.text == CARD
    left, _top, right, bottom = code.box
    assert 100 < right - left < 200
    if turn is None:
        assert left >= 890
        assert bottom <= 390


def test_a_page_without_code_gives_none() -> None:
    rng = np.random.default_rng(2)
    assert find_codes(rng.integers(0, 255, (800, 600), np.uint8), 150.0) == ()
    assert find_codes(np.full((800, 600), 255, np.uint8), 150.0) == ()
