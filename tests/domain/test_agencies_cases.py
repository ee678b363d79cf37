from datetime import date

import pytest

from domain.agencies import AgencyCode, group_name, level_1_name, parse_agency_code
from domain.cases import parse_case_code, parse_procedure_code
from domain.errors import BadInput


@pytest.mark.parametrize(
    ("text", "code", "alias"),
    [
        ("H24.01", "H24.01", "000.00.01.H24"),
        ("000.00.01.H24", "H24.01", "000.00.01.H24"),
        ("000.00.00.G09", "G09", "000.00.00.G09"),
        ("g09", "G09", "000.00.00.G09"),
        ("123.AB.01.H24", "H24.01.AB.123", "123.AB.01.H24"),
        ("H55.242", "H55.242", None),
        ("H49.64.33", "H49.64.33", "000.33.64.H49"),
        ("000.05.00.H24", "H24.00.05", "000.05.00.H24"),
        ("Z01.CONGTY", "Z01.CONGTY", None),
    ],
)
def test_both_styles_meet_in_one_code(text: str, code: str, alias: str | None) -> None:
    assert parse_agency_code(text) == AgencyCode(code, alias)
    assert parse_agency_code(code) == AgencyCode(code, alias)


@pytest.mark.parametrize("text", ["", "H2", "H24.", "H24..01", "H24,01", "24.H", "Z01", "H24." + "1" * 33, "Đ24.01"])
def test_other_strings_are_no_agency(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_agency_code(text)
    assert caught.value.code == "agency-code-invalid"


def test_names_by_date() -> None:
    on = date(2026, 11, 22)
    assert level_1_name(parse_agency_code("H24.01"), on) == "Ủy ban nhân dân thành phố Hải Phòng"
    assert level_1_name(parse_agency_code("G09.01"), on) == "Bộ Nội vụ"
    assert level_1_name(parse_agency_code("H99"), on) is None
    assert level_1_name(parse_agency_code("H24"), date(2019, 1, 1)) is None
    assert group_name(parse_agency_code("K24"), on) == "Hội đồng nhân dân cấp tỉnh"


def test_case_codes() -> None:
    case = parse_case_code("H24.01-230427-0001")
    assert (str(case.agency), case.received, case.ordinal) == ("H24.01", date(2023, 4, 27), 1)
    assert case.warnings == ()
    assert str(parse_case_code("000.00.01.H24-230427-0001").agency) == "H24.01"
    assert parse_case_code("h24.01-240229-12345").text == "H24.01-240229-12345"


@pytest.mark.parametrize("text", ["H24.01-230229-0001", "H24.01-231301-0001", "H24.01-230400-0001"])
def test_case_days_must_exist(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_case_code(text)
    assert caught.value.code == "case-code-date"


def test_free_case_codes() -> None:
    assert parse_case_code("HS/2026/17").warnings == ("case-code-free",)
    assert parse_case_code("ABC-230427-0001").warnings == ("case-code-agency",)
    assert parse_case_code("x" * 50).text == "x" * 50
    for bad in ("", "   ", "x" * 51, "a\nb", "a\u202eb"):
        with pytest.raises(BadInput):
            parse_case_code(bad)


def test_procedure_codes() -> None:
    assert parse_procedure_code(" 2.000815 ") == "2.000815"
    assert parse_procedure_code("1.001193.000.00.00.h24") == "1.001193.000.00.00.H24"
    for bad in ("", "2.00081", "2.000815.", "2000815"):
        with pytest.raises(BadInput):
            parse_procedure_code(bad)
