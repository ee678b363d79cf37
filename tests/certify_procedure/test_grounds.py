"""Grounds for refusal as the reading hints at them, and the working calendar."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from domain.certification import VIETNAM, due_day
from domain.errors import BadInput
from domain.grounds import FOREIGN, NOT_ORIGINAL, SECRET, ground, ground_warnings, grounds, seizure_cause
from domain.working_days import add_working_days, is_working_day

DAY = date(2026, 11, 23)
ENGLISH = (
    "SOCIALIST THINGS\nREPUBLIC OF SOMEWHERE\nThis is to certify that the bearer was born " + "and lived there " * 9
)


def found(text: str) -> list[tuple[int, str, int, bool]]:
    return [(w.ground, w.code, w.page, w.certain) for w in ground_warnings(text, DAY)]


def test_the_six_grounds_of_the_law() -> None:
    assert [g.number for g in grounds(DAY)] == [1, 2, 3, 4, 5, 6]
    assert ground(5, DAY).law == "Điều 22 Nghị định số 23/2015/NĐ-CP"
    assert "giả mạo" in seizure_cause("forged", DAY)
    with pytest.raises(BadInput):
        ground(7, DAY)
    with pytest.raises(BadInput):
        seizure_cause("other", DAY)


def test_an_ordinary_paper_gives_no_warning() -> None:
    text = "ỦY BAN NHÂN DÂN XÃ\nQUYẾT ĐỊNH\nVề bảo mật và cấp bản sao từ sổ gốc\fTrang hai có sao y nội dung"
    assert found(text) == []


def test_marks_of_the_third_ground() -> None:
    assert found("QUYẾT ĐỊNH\fMẬT\nNội dung") == [(SECRET, "secrecy-mat", 2, True)]


def test_copies_of_copies() -> None:
    lời_chứng = "Trang cuối\nCHỨNG THỰC BẢN SAO ĐÚNG VỚI BẢN CHÍNH\nSố chứng thực 12"
    assert found("Trang đầu\f" + lời_chứng) == [(NOT_ORIGINAL, "copy-statement", 2, True)]
    assert found("BẢN SAO\nTRÍCH LỤC KHAI SINH") == [(NOT_ORIGINAL, "copy-stamp", 1, False)]
    assert found("SAO Y\nỦy ban nhân dân") == [(NOT_ORIGINAL, "copy-stamp", 1, False)]
    assert found("Nộp bản sao giấy khai sinh") == []


def test_foreign_papers_without_legalisation() -> None:
    assert found(ENGLISH) == [(FOREIGN, "foreign-heading", 1, False)]
    assert found(ENGLISH + "\nCHỨNG NHẬN HỢP PHÁP HÓA LÃNH SỰ") == []
    assert [w[1] for w in found("出生医学证明 本人于二〇〇一年出生于北京市海淀区 " * 8)] == ["foreign-script"]
    assert found("REPUBLIC OF") == []  # too little text to judge


def test_working_days() -> None:
    assert is_working_day(DAY)
    assert not is_working_day(date(2026, 11, 22))  # Sunday
    assert not is_working_day(date(2026, 2, 17))  # Tết Bính Ngọ
    assert not is_working_day(date(2026, 4, 30))
    assert not is_working_day(date(2026, 9, 1))
    assert is_working_day(date(2026, 8, 22))  # a Saturday worked in exchange
    assert not is_working_day(date(2030, 5, 1)) and is_working_day(date(2030, 5, 2))
    assert add_working_days(date(2026, 2, 13), 1) == date(2026, 2, 23)
    assert add_working_days(DAY, 0) == DAY


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2026-11-23T14:59:59", "2026-11-23"),
        ("2026-11-23T15:00:00", "2026-11-23"),
        ("2026-11-23T15:00:01", "2026-11-24"),
        ("2026-11-20T16:00:00", "2026-11-23"),  # Friday afternoon
        ("2026-11-21T09:00:00", "2026-11-23"),  # Saturday
        ("2026-02-13T15:30:00", "2026-02-23"),  # before Tết
    ],
)
def test_due_days_by_the_15_o_clock_rule(received: str, due: str) -> None:
    moment = datetime.fromisoformat(received).replace(tzinfo=VIETNAM)
    assert due_day(moment, is_working_day).isoformat() == due
    assert due_day(moment.astimezone(VIETNAM) + timedelta(0), is_working_day).isoformat() == due
