from datetime import UTC, date, datetime

import pytest

from domain.certification import CertificateNumber, book_name, due_day, fee, first_ordinal, loi_chung, vietnam_time
from domain.people import Certifier
from domain.secrecy import secrecy_warnings

TODAY = date(2026, 11, 22)
OFFICER = Certifier("tran-thi-b", "Trần Thị Bình", "Phó Chủ tịch", "H24.01", "cred-1")


def test_loi_chung_in_force() -> None:
    lines = loi_chung(1, book_name(2026), date(2026, 1, 5), OFFICER, "Ủy ban nhân dân phường Hòa An")
    assert lines == (
        "CHỨNG THỰC BẢN SAO ĐÚNG VỚI BẢN CHÍNH",
        "Số chứng thực: 01, quyển số: 01/2026 - SCT/BS",
        "Ngày 05 tháng 01 năm 2026",
        "Người thực hiện chứng thực",
        "Phó Chủ tịch",
        "Trần Thị Bình",
        "Ủy ban nhân dân phường Hòa An",
    )


def test_numbers_and_books() -> None:
    number = CertificateNumber(2026, 118, 2, "SCT/BS")
    assert (number.number_text, number.book_text) == ("118", "02/2026 - SCT/BS")
    assert str(CertificateNumber(2026, 1, 1, "SCT/BS")) == "01, quyển số: 01/2026 - SCT/BS"
    assert book_name(2026, 3, symbol="SCTĐT/BS") == "03/2026 - SCTĐT/BS"
    assert first_ordinal(TODAY) == 1
    with pytest.raises(ValueError, match="start at 1"):
        CertificateNumber(2026, 0, 1, "SCT/BS")


@pytest.mark.parametrize(
    ("pages", "vnd"), [(1, 2000), (2, 4000), (3, 5000), (10, 12000), (198, 200000), (199, 200000), (1000, 200000)]
)
def test_fee(pages: int, vnd: int) -> None:
    assert fee(pages, TODAY) == vnd
    assert fee(pages, TODAY, copies=3) == 3 * vnd


def test_fee_of_nothing() -> None:
    with pytest.raises(ValueError, match="at least one page"):
        fee(0, TODAY)


@pytest.mark.parametrize(
    ("received", "due"),
    [
        (datetime(2026, 11, 20, 7, 59, tzinfo=UTC), date(2026, 11, 20)),  # Friday 14:59 in Viet Nam
        (datetime(2026, 11, 20, 8, 0, tzinfo=UTC), date(2026, 11, 20)),  # 15:00 is not after 15:00
        (datetime(2026, 11, 20, 8, 1, tzinfo=UTC), date(2026, 11, 23)),  # 15:01: Monday
        (datetime(2026, 11, 21, 2, 0, tzinfo=UTC), date(2026, 11, 23)),  # Saturday
        (datetime(2026, 11, 19, 18, 0, tzinfo=UTC), date(2026, 11, 20)),  # 01:00 on Friday in Viet Nam
    ],
)
def test_due_day(received: datetime, due: date) -> None:
    assert due_day(received, lambda day: day.weekday() < 5) == due


def test_vietnam_time() -> None:
    assert vietnam_time(datetime(2025, 9, 4, 8, 23, 11, 999999, tzinfo=UTC)) == "2025-09-04T15:23:11+07:00"
    with pytest.raises(ValueError, match="zone"):
        vietnam_time(datetime(2025, 9, 4))


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("ỦY BAN NHÂN DÂN\nMẬT\nSố: 01/BC-UBND", ["secrecy-mat"]),
        ("|TỐI MẬT|", ["secrecy-toi-mat"]),
        ("TUYET MAT", ["secrecy-tuyet-mat"]),
        ("Độ mật: Mật", ["secrecy-mat"]),
        ("Tài liệu không được sao chụp dưới mọi hình thức.", ["copying-forbidden"]),
        ("KHÔNG SAO CHỤP", ["copying-forbidden"]),
        ("Thực hiện bảo mật thông tin\nBẢO MẬT\nbí mật nhà nước\nmật", []),
        ("", []),
    ],
)
def test_marks_that_block(text: str, codes: list[str]) -> None:
    assert [w.code for w in secrecy_warnings(text, TODAY)] == codes


def test_a_mark_read_without_its_letters_is_less_certain() -> None:
    assert secrecy_warnings("MẬT", TODAY)[0].certain
    assert not secrecy_warnings("MAT", TODAY)[0].certain
    assert secrecy_warnings("a\nb\nMẬT", TODAY)[0].line == 2
    sentence = "từ chối vì bản chính bị tẩy xóa hoặc thuộc loại không được sao chụp theo quy định"
    assert not secrecy_warnings(sentence, TODAY)[0].certain
    assert secrecy_warnings("Tài liệu này không được sao chụp", TODAY)[0].certain
