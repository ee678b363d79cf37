"""Slips of reading are no differences; names and figures that both sides read surely are."""

from __future__ import annotations

from typing import Any

import pytest

from domain.identity import Identity, compare, worth_reading
from domain.likeness import Likeness, ReadWord, likeness

TEXT = (
    "Điều 1. Giao cho hộ ông Đặng Thuý Khoẻ, địa chỉ thường trú tại thôn 5, xã Tân Uyên, 375,1 m2 đất ở. Vị trí, ranh "
    "giới khu đất được xác định theo thửa đất số 358, tờ bản đồ số 87. Điều 2. Tiền sử dụng đất phải nộp là 85.492.000 "
    "đồng. Điều 3. Chi nhánh Văn phòng Đăng ký đất đai và hộ gia đình có tên tại Điều 1 chịu trách nhiệm thi hành."
)
PAPER = Identity("Quyết định", "60qdubnd", "2024-08-27", "UBND XÃ CHỢ ĐỒN", "Về việc giao đất ở cho hộ gia đình")
SAME, OTHER = Likeness(0.97, 100, ()), Likeness(0.96, 100, (("85492000", "85502000"),))


def words(text: str, confidence: float = 0.97, **unsure: float) -> tuple[tuple[ReadWord, ...], ...]:
    """Return a page of words; a word named in *unsure* has that confidence."""
    return (tuple(ReadWord(w, unsure.get(w.strip(".,"), confidence)) for w in text.split()),)


def test_the_same_text_is_the_same() -> None:
    found = likeness(words(TEXT), words(TEXT))
    assert (found.shared, found.contradictions) == (1.0, ())
    assert found.same and not found.other


@pytest.mark.parametrize(
    ("read", "unsure"),
    [
        (TEXT.replace("375,1", "375,i"), {"375,i": 0.58}),
        (TEXT.replace("Khoẻ", "Khơ"), {"Khơ": 0.7}),
        (TEXT.replace("Đăng ký", "Đăngký"), {}),
        (TEXT.replace("85.492.000", "85. 492.000"), {}),
        (TEXT.replace("ông Đặng", "ông Dặng"), {}),
        (TEXT.replace("85.492.000", "851.492.000"), {}),  # a speck taken for a figure
        (TEXT.replace("thi hành", "tích giang"), {}),  # at the foot, beside the seal
        (TEXT.replace("thôn", "tàn"), {}),  # one short word
        (TEXT + " jz xng am 0i z", {"jz": 0.4, "xng": 0.84, "am": 0.31, "0i": 0.63, "z": 0.7}),
        (TEXT.replace("thi hành.", ""), {}),
        (TEXT.replace("thôn 5", "thôn 55"), {"55": 0.74}),  # one or two figures are soon taken for others
        (TEXT.replace("số 358", "số 3 58"), {"3": 0.58, "58": 0.95}),  # parted, and one part unsure
    ],
)
def test_slips_do_not_count(read: str, unsure: dict[str, float]) -> None:
    for found in (likeness(words(TEXT), words(read, **unsure)), likeness(words(read, **unsure), words(TEXT))):
        assert found.same and not found.contradictions


@pytest.mark.parametrize(
    "other",
    [
        TEXT.replace("85.492.000", "85.502.000"),
        TEXT.replace("358", "359"),
        TEXT.replace("thôn 5", "thôn 6"),
        TEXT.replace("ông Đặng Thuý Khoẻ", "bà Lý Minh Giang"),
        TEXT.replace("xã Tân Uyên", "xã Mường Khương"),
        TEXT.replace("ông Đặng Thuý Khoẻ", "ông Lê Đức Khoẻ"),  # a short surname beside a name read less surely
    ],
)
def test_names_and_figures_do(other: str) -> None:
    found = likeness(words(TEXT), words(other))
    assert found.contradictions and found.other and not found.same
    assert likeness(words(other), words(TEXT)).contradictions


def test_the_rest_of_a_name_counts_beside_a_sure_word() -> None:
    other = TEXT.replace("Đặng Thuý", "Lê Đức")
    assert likeness(words(TEXT), words(other, Đức=0.82)).contradictions == (("dang thuy", "le duc"),)
    assert not likeness(words(TEXT), words(other, Đức=0.7)).contradictions  # two letters alone may be a slip
    assert not likeness(words(TEXT), words(other, Lê=0.85, Đức=0.82)).contradictions  # nothing sure at all


def test_figures_in_a_blank_of_number_or_day_need_no_more_than_others() -> None:
    def dated(day: str, blank: str) -> tuple[tuple[ReadWord, ...], ...]:
        return ((ReadWord(day, 0.75, blank), *words(TEXT)[0]),)

    assert likeness(dated("13", "day"), dated("17", "day")).contradictions == (("13", "17"),)
    assert not likeness(dated("13", ""), dated("17", "")).contradictions


def test_a_text_too_short_says_neither() -> None:
    found = likeness(words("Điều 1. Giao cho hộ"), words("Điều 1. Giao cho hộ"))
    assert not found.same and not found.other
    assert not likeness((), ()).same


def test_only_pages_that_both_have_are_compared() -> None:
    assert likeness(words(TEXT), (*words(TEXT), *words("Phụ lục kèm theo một trang khác hẳn"))).same


@pytest.mark.parametrize(
    ("change", "texts", "verdict"),
    [
        ({}, SAME, "rescan"),
        ({}, OTHER, "conflict"),  # one number for two contents
        ({}, Likeness(0.3, 100, ()), "conflict"),
        ({"number": "68qdubnd"}, SAME, "rescan"),  # one figure misread
        ({"number": "60qbubnd"}, SAME, "rescan"),
        ({"number": ""}, SAME, "rescan"),
        ({"number": "61qdubnd"}, OTHER, None),  # the next in the register
        ({"number": "61qdubnd"}, SAME, None),  # even where the form says the same twice
        ({"number": "59qdubnd"}, SAME, None),
        ({"number": "1415qdubnd"}, SAME, None),  # nobody misreads so much
        ({"day": "2024-08-21"}, SAME, "conflict"),  # one number for two days: which one is right, nobody is sure
        ({"day": "2024-08-21"}, OTHER, "conflict"),
        ({"day": "2024-08-21", "sure": {"day"}}, SAME, "rescan"),
        ({"day": "2024-08-16", "sure": {"day"}}, SAME, "conflict"),  # two figures
        ({"day": "2021-08-27", "sure": {"day"}}, SAME, "rescan"),
        ({"day": "2025-08-27"}, OTHER, None),
        ({"day": ""}, SAME, "rescan"),
        ({"day": ""}, OTHER, None),  # perhaps another year's
        ({"issuer": "", "subject": ""}, SAME, "rescan"),
        ({"issuer": "", "subject": ""}, OTHER, "conflict"),
        ({"subject": "nộp tiền phạt"}, SAME, "rescan"),
        ({"subject": "nộp tiền phạt"}, OTHER, "conflict"),
        ({"subject": PAPER.subject + " Điều 1. Giao cho hộ ông Đặng Thuý Khoẻ"}, SAME, "rescan"),  # beyond its end
        ({"subject": PAPER.subject + " Điều 1. Giao cho hộ ông Đặng Thuý Khoẻ"}, OTHER, "conflict"),
        ({"issuer": "UBND XÃ EA SÚP"}, SAME, None),
        ({"number": "68qdubnd", "day": "2024-08-21"}, SAME, None),  # two slips are too many
    ],
)
def test_one_misread_field_is_forgiven(change: dict[str, Any], texts: Likeness, verdict: str | None) -> None:
    other = Identity(**{**PAPER.__dict__, **change})
    for one, two in ((PAPER, other), (other, PAPER)):
        outcome = compare(one, two, texts)
        assert (outcome.verdict if outcome else None) == verdict
        assert worth_reading(one, two) or verdict is None


@pytest.mark.parametrize(
    ("change", "texts", "verdict"),
    [
        ({}, SAME, "rescan"),
        ({}, OTHER, None),
        ({}, Likeness(0.6, 100, ()), None),  # a form filled in by hand: hardly more than its print was read
        ({"subject": ""}, SAME, None),
        ({"day": ""}, SAME, None),
    ],
)
def test_papers_without_number_must_agree_in_all_the_rest_and_in_the_text(
    change: dict[str, Any], texts: Likeness, verdict: str | None
) -> None:
    bare = {**PAPER.__dict__, "number": ""}
    outcome = compare(Identity(**bare), Identity(**{**bare, **change}), texts)
    assert (outcome.verdict if outcome else None) == verdict


@pytest.mark.parametrize(("change", "verdict"), [({"number": "68qdubnd"}, None), ({"day": "2024-08-21"}, "conflict")])
def test_two_sure_values_that_differ_are_no_slip(change: dict[str, str], verdict: str | None) -> None:
    sure = frozenset(change)
    one, other = (Identity(**{**PAPER.__dict__, **said, "sure": sure}) for said in ({}, change))
    outcome = compare(one, other, SAME)
    assert (outcome.verdict if outcome else None) == verdict
    half = Identity(**{**PAPER.__dict__, **change})
    forgiven = compare(one, half, SAME)
    assert forgiven is not None and forgiven.verdict == "rescan"
