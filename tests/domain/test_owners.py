from datetime import date

import pytest

from domain.errors import BadInput
from domain.owners import UNASSIGNED, Owner, mst_check_digit, parse_owner, personal_number_doubts

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize("number", ["0100109106", "0101243150", "0301464830", "0300588569", "0100686174", "0100112437"])
def test_real_tax_numbers_pass_the_check_digit(number: str) -> None:
    assert parse_owner(f"org:{number}") == Owner("org", number)
    wrong = number[:9] + str((int(number[9]) + 1) % 10)
    with pytest.raises(BadInput) as caught:
        parse_owner(f"org:{wrong}")
    assert caught.value.code == "owner-invalid"


def test_a_remainder_of_zero_is_never_issued() -> None:
    zero = next(f"{n:09d}" for n in range(1, 1000) if mst_check_digit(f"{n:09d}") is None)
    for last in range(10):
        with pytest.raises(BadInput):
            parse_owner(f"org:{zero}{last}")


def test_branches_have_one_form() -> None:
    assert parse_owner("org:0100109106-001") == parse_owner("ORG: 0100109106 001") == Owner("org", "0100109106001")
    with pytest.raises(BadInput):
        parse_owner("org:0100109106-000")


def test_household_numbers_by_date() -> None:
    text = "org:001200000019"
    assert parse_owner(text).number == "001200000019"
    assert parse_owner(text, on=date(2025, 7, 1)).kind == "org"
    with pytest.raises(BadInput):
        parse_owner(text, on=date(2025, 6, 30))


@pytest.mark.parametrize(
    "text",
    ["", "001200000019", "citizen:", "citizen:00120000001", "citizen:0012000000190", "citizen:00120000001a",
     "citizen:٠٠١٢٠٠٠٠٠٠١٩", "company:0100109106", "org:010010910", "unassigned:7"],
)  # fmt: skip
def test_bad_owners_are_refused_without_repeating_them(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_owner(text)
    said = str(caught.value) + str(caught.value.advice)
    number = text.partition(":")[2]
    assert len(number) < 5 or number not in said


def test_the_number_is_hidden_but_can_be_had() -> None:
    owner = parse_owner("citizen:001200000019")
    assert "001200000019" not in repr(owner) + str(owner) + f"{owner}"
    assert owner.masked() == "0012******19"
    assert parse_owner(owner.full()) == owner
    assert parse_owner("unassigned") == UNASSIGNED == parse_owner(UNASSIGNED.full())
    assert UNASSIGNED.masked() == ""


@pytest.mark.parametrize(
    ("number", "codes"),
    [
        ("001200000019", ()),
        ("003200000019", ("citizen-place-unknown",)),
        ("001227000019", ("citizen-birth-year-future",)),
        ("001400000019", ("citizen-century-unlikely",)),
        ("096199000019", ()),
    ],
)
def test_plausibility(number: str, codes: tuple[str, ...]) -> None:
    assert personal_number_doubts(number, by=TODAY) == codes
