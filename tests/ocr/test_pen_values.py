"""What the pen's readings make of number and day beside print, with their doubts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from ocr.fields.calibration import calibrated
from ocr.fields.documents import read_documents
from ocr.fields.pen import CONTRADICTED, date_with_pen, number_with_pen
from ocr.handwriting.read import _or_b
from ocr.model import FieldValue, Line, PageReading, PenCandidate, PenReading
from tests.ocr.pen_head import (
    AGENCY,
    BASE,
    BODY,
    DATE,
    HEIGHT_PX,
    MOTTO,
    SIGN,
    SO,
    WIDTH,
    line,
    word,
)


def reading(kind: str, *candidates: tuple[str, float], pen: float = 1.0) -> PenReading:
    box = (500, 510, 720, 590) if kind == "so" else (1560, 510, 1730, 590) if kind == "ngay" else (1780, 510, 1920, 590)
    return PenReading(kind, box, tuple(PenCandidate(t, p) for t, p in candidates), pen)


def page(*pen: PenReading, lines: tuple[Line, ...] = (line(*DATE),)) -> PageReading:
    return PageReading(
        number=1, width_px=WIDTH, height_px=HEIGHT_PX, image_width_px=WIDTH, image_height_px=HEIGHT_PX, dpi=300.0,
        rotation=0, skew_deg=0.0, blank=False, mean_confidence=0.9, text="", lines=lines, pen=pen,
    )  # fmt: skip


def printed(value: str, confidence: float) -> FieldValue:
    return FieldValue(value, confidence, "ocr", 1, (1, 2, 3, 4), value)


def test_pen_strokes_misread_as_print_lose_against_the_pen_reading() -> None:
    found = number_with_pen(printed("30/QĐ-UBND", 0.95), page(reading("so", ("84", 0.93), ("34", 0.04))))
    assert found is not None
    assert (found.value, found.source, found.box) == ("84/QĐ-UBND", "pen", (500, 510, 720, 590))
    assert found.confidence <= 0.9  # print disagrees
    assert found.candidates == ("84/QĐ-UBND", "34/QĐ-UBND")


def test_agreement_of_print_and_pen_raises_the_confidence() -> None:
    alone = number_with_pen(printed("/QĐ-UBND", 0.1), page(reading("so", ("84", 0.8))))
    both = number_with_pen(printed("84/QĐ-UBND", 0.5), page(reading("so", ("84", 0.8))))
    assert alone is not None and both is not None
    assert both.confidence > alone.confidence


def test_doubt_about_the_typed_sign_is_doubt_about_the_number() -> None:
    def read(confidence: float) -> FieldValue:
        lines = (line(SO, word("/QĐ-UBND", 660, 930, BASE, confidence)),)
        found = number_with_pen(printed("/QĐ-UBND", 0.1), page(reading("so", ("84", 0.95)), lines=lines))
        assert found is not None
        return found

    assert read(0.96).confidence == 0.95
    assert read(0.45).confidence < 0.5


def test_a_doubtful_pen_reading_leaves_the_number_empty_with_candidates() -> None:
    found = number_with_pen(printed("/QĐ-UBND", 0.1), page(reading("so", ("84", 0.4), ("34", 0.3))))
    assert found is not None
    assert found.value == "/QĐ-UBND" and found.confidence < 0.2
    assert found.candidates == ("84/QĐ-UBND", "34/QĐ-UBND")


def test_a_number_with_a_letter_is_left_to_a_person() -> None:
    seen = replace(reading("so", ("120", 0.7), ("12", 0.2)), letter=True)
    number = number_with_pen(printed("120/QĐ-UBND", 0.9), page(seen))
    assert number is not None and number.value == "/QĐ-UBND" and number.confidence <= 0.15
    assert number.candidates[0] == "12a/QĐ-UBND"
    assert {"120/QĐ-UBND", "12/QĐ-UBND"} <= set(number.candidates)
    told = number_with_pen(replace(printed("12/QĐ-UBND", 0.9), raw="Số: 12b /QĐ-UBND"), page(seen))
    assert told is not None and told.candidates[0] == "12b/QĐ-UBND"


def test_typed_numbers_stay_with_print() -> None:
    typed = printed("507/UBND-KGVX", 0.95)
    assert number_with_pen(typed, page(reading("so", ("507", 0.99), pen=0.1))) == typed
    other = number_with_pen(typed, page(reading("so", ("501", 0.99), pen=0.1)))
    assert other is not None
    assert other.value == typed.value and other.confidence <= 0.6 and "501/UBND-KGVX" in other.candidates
    assert other.checks == (CONTRADICTED,)
    unsure = number_with_pen(typed, page(reading("so", ("501", 0.6), pen=0.1)))
    assert unsure is not None and (unsure.value, unsure.confidence, unsure.checks) == (typed.value, 0.95, ())


def test_digits_of_print_that_were_taken_from_the_other_reader_go_to_a_person() -> None:
    typed = printed("7388/HD-BQL", 0.45)
    found = number_with_pen(typed, page(reading("so", ("738", 0.99), pen=0.0)))
    assert found is not None
    assert (found.value, found.checks) == ("738/HD-BQL", (CONTRADICTED,)) and typed.value in found.candidates
    assert calibrated({"so_ky_hieu": replace(found, confidence=0.999)})["so_ky_hieu"].review


def test_day_of_the_pen_month_and_year_of_print() -> None:
    found = date_with_pen(printed("", 0.0), page(reading("ngay", ("05", 0.95), ("06", 0.03))), None)
    assert found is not None
    assert (found.value, found.source) == ("2025-02-05", "pen")


def test_the_signature_decides_between_likely_days() -> None:
    said = page(reading("ngay", ("16", 0.48), ("15", 0.45)))
    assert date_with_pen(None, said, None).value == ""  # type: ignore[union-attr]
    found = date_with_pen(None, said, date(2025, 2, 15))
    assert found is not None
    assert found.value == "2025-02-15" and found.confidence > 0.6
    assert found.candidates[:2] == ("2025-02-15", "2025-02-16")


def test_a_day_that_the_month_does_not_have_is_no_candidate() -> None:
    found = date_with_pen(None, page(reading("ngay", ("30", 0.9), ("20", 0.08))), None)
    assert found is not None
    assert all(not c.endswith("-30") for c in (found.value, *found.candidates))


def test_without_pen_readings_nothing_changes() -> None:
    value = printed("12/QĐ-UBND", 0.9)
    assert number_with_pen(value, page()) is value
    assert date_with_pen(value, page(), None) is value


def test_documents_take_number_and_day_from_the_pen() -> None:
    lines = (AGENCY, MOTTO, line(SO, word("4†", 545, 600, BASE, 0.55), SIGN), line(*DATE), BODY)
    said = page(reading("so", ("47", 0.97)), reading("ngay", ("17", 0.96)), lines=lines)
    fields = read_documents([said])[0].fields
    assert fields["so_ky_hieu"].value == "47/QĐ-UBND"
    assert fields["ngay_ban_hanh"].value == "2025-02-17"
    assert fields["so_ky_hieu"].source == fields["ngay_ban_hanh"].source == "pen"


def test_a_number_whose_label_was_lost_is_completed_from_the_sign_beside_the_gap() -> None:
    lines = (AGENCY, MOTTO, line(word("/TTr-UBND", 660, 930, BASE)), line(*DATE), BODY)
    fields = read_documents([page(reading("so", ("22", 0.95)), lines=lines)])[0].fields
    assert fields["so_ky_hieu"].value == "22/TTr-UBND"


def test_a_number_that_may_end_in_b_is_left_to_a_person() -> None:
    doubted = _or_b(reading("so", ("126", 0.97), ("120", 0.02)))
    assert [c.text for c in doubted.candidates] == ["126", "12b", "120"]
    found = number_with_pen(printed("/QĐ-UBND", 0.1), page(doubted))
    assert found is not None and found.value == "/QĐ-UBND" and found.confidence < 0.2
    assert found.candidates[:2] == ("126/QĐ-UBND", "12b/QĐ-UBND")
