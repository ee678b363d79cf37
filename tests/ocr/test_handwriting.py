"""Numbers and days written by pen: windows from mangled words, what a strip says, values with their doubts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from importlib.resources import files
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ocr.fields.documents import read_documents
from ocr.fields.pen import date_with_pen, number_with_pen
from ocr.handwriting.alphabet import TOKENS
from ocr.handwriting.decode import DATE_BOUNDS, NUMBER_BOUNDS, Spoken, days, listen, months, numbers
from ocr.handwriting.locate import Window, find_windows
from ocr.handwriting.network import STEP, class_probabilities
from ocr.handwriting.read import _or_b, letter_behind, like_b, read_gaps
from ocr.handwriting.strip import EM, HEIGHT, cut_strip, normalise
from ocr.model import FieldValue, Line, PageReading, PenCandidate, PenReading, Word
from ocr.prepare.frame import canvas_size, scan_to_frame
from tests.require import need
from training.handwriting.lines import LineMaker, system_fonts
from training.handwriting.strokes import Hand, draw_paths, number_paths

EM_PX = 56.0
WIDTH, HEIGHT_PX = 2480, 3508


def word(text: str, left: float, right: float, base: float, confidence: float = 0.96) -> Word:
    low = 0.2 * EM_PX if any(c in "gyqQ," for c in text) else 0
    return Word(text, confidence, (round(left), round(base - 0.7 * EM_PX), round(right), round(base + low)))


def line(*words: Word) -> Line:
    box = (
        min(w.box[0] for w in words),
        min(w.box[1] for w in words),
        max(w.box[2] for w in words),
        max(w.box[3] for w in words),
    )
    feet = [w.box[3] - (round(0.2 * EM_PX) if any(c in "gyqQ," for c in w.text) else 0) for w in words]
    return Line(words, box, (float(max(feet)), float(max(feet))))


BASE = 560.0
MOTTO = line(
    *(
        word(t, 1130 + 140 * i, 1130 + 140 * i + 110, 370)
        for i, t in enumerate(["CỘNG", "HÒA", "XÃ", "HỘI", "CHỦ", "NGHĨA", "VIỆT", "NAM"])
    )
)
AGENCY = line(*(word(t, 440 + 130 * i, 440 + 130 * i + 110, 370) for i, t in enumerate(["ỦY", "BAN", "NHÂN", "DÂN"])))
# Số: [gap 524..640] /QĐ-UBND ... Quảng Ngãi, ngày [1600..1690] tháng [gap] năm 2025
SO, SIGN = word("Số:", 450, 524, BASE), word("/QĐ-UBND", 660, 930, BASE)
QUANG, NGAI = word("Quảng", 1200, 1350, BASE), word("Ngãi,", 1370, 1480, BASE)
NGAY, THANG = word("ngày", 1496, 1602, BASE), word("tháng", 1690, 1816, BASE)
MONTH, NAM, YEAR = word("02", 1830, 1886, BASE), word("năm", 1900, 1994, BASE), word("2025", 2010, 2118, BASE)
BODY = line(
    *(word(t, 500 + 150 * i, 500 + 150 * i + 120, 900) for i, t in enumerate(["Căn", "cứ", "Luật", "Tổ", "chức"]))
)


def windows(number: list[Word], place: list[Word]) -> dict[str, Window]:
    lines = [AGENCY, MOTTO, *([line(*number)] if number else []), *([line(*place)] if place else []), BODY]
    return {w.kind: w for w in find_windows(lines, WIDTH, HEIGHT_PX, 300.0)}


DATE = [QUANG, NGAI, NGAY, THANG, MONTH, NAM, YEAR]


@pytest.mark.parametrize(
    "number",
    [
        [SO, SIGN],  # strokes dropped
        [SO, word("O4", 540, 600, BASE, 0.1), SIGN],  # misread
        [word("Số:04", 450, 600, BASE, 0.7), SIGN],  # glued to the label
        [SO, word("47/QĐ-UBND", 540, 930, BASE, 0.5)],  # glued to the sign
        [SIGN],  # label lost
        [SO],  # sign lost
        [SO, word("84/QĐ-UBND", 560, 930, BASE, 0.5)],
    ],
)
def test_the_gap_of_the_number_is_found_whatever_print_made_of_the_strokes(number: list[Word]) -> None:
    found = windows(number, DATE)["so"]
    assert found.left <= 535 and found.right >= 640
    assert found.right < 1150 and found.left > 200
    assert abs(found.baseline - BASE) < 0.15 * EM_PX
    assert 0.85 * EM_PX < found.em < 1.15 * EM_PX


@pytest.mark.parametrize(
    "place",
    [
        DATE,
        [QUANG, NGAI, word("ngày0Đ", 1496, 1675, BASE, 0.3), THANG, MONTH, NAM, YEAR],
        [QUANG, NGAI, NGAY, word("4Ÿ", 1615, 1680, BASE, 0.4), THANG, MONTH, NAM, YEAR],
        [QUANG, NGAI, MONTH, NAM, YEAR],  # "ngày 05 tháng" lost as a whole
        [QUANG, NGAI, THANG, MONTH, NAM, YEAR],
        [QUANG, NGAI, NGAY, word("†tháng", 1615, 1816, BASE, 0.6), MONTH, NAM, YEAR],
        [QUANG, NGAI, word("ngày05tháng", 1496, 1816, BASE, 0.3), MONTH, NAM, YEAR],
    ],
)
def test_the_gap_of_the_day_is_found_whatever_print_made_of_the_strokes(place: list[Word]) -> None:
    found = windows([SO, SIGN], place)["ngay"]
    assert found.left <= 1604 and 1680 <= found.right <= 1832
    assert found.left > 1380


def test_a_month_that_was_lost_too_is_read_in_one_window_with_the_day() -> None:
    found = windows([SO, SIGN], [QUANG, NGAI, NGAY, NAM, YEAR])
    assert set(found) == {"so", "ngay+thang"}
    assert found["ngay+thang"].left <= 1604 and found["ngay+thang"].right >= 1886


def test_the_mark_of_a_subject_is_no_sign() -> None:
    subject = line(word("V/v", 480, 540, BASE + 80), word("đăng", 560, 650, BASE + 80))
    found = find_windows([AGENCY, MOTTO, line(*DATE), subject, BODY], WIDTH, HEIGHT_PX, 300.0)
    assert all(w.kind != "so" or abs(w.baseline - BASE) < 0.3 * EM_PX for w in found)


def test_a_page_without_head_has_no_windows() -> None:
    assert find_windows([BODY], WIDTH, HEIGHT_PX, 300.0) == []


def test_a_line_run_across_both_cells_does_not_spoil_the_baseline() -> None:
    low = BASE + 40
    joined = line(SO, SIGN, *(word(w.text, w.box[0], w.box[2], low) for w in DATE))
    joined = replace(joined, baseline=(low, low))
    found = {w.kind: w for w in find_windows([AGENCY, MOTTO, joined, BODY], WIDTH, HEIGHT_PX, 300.0)}
    assert abs(found["so"].baseline - BASE) < 8
    assert abs(found["ngay"].baseline - low) < 8


# --- what a strip says -------------------------------------------------------------------------------------------


def spelled(*steps: str | dict[str, float]) -> np.ndarray:
    """Probabilities whose steps say the given tokens ("" is the blank)."""
    out = np.full((len(steps), len(TOKENS)), 1e-6, np.float32)
    for row, step in zip(out, steps, strict=True):
        for token, p in ({step: 0.999} if isinstance(step, str) else step).items():
            row[TOKENS.index(token)] = p
    return out / out.sum(axis=1, keepdims=True)


def test_a_number_stands_between_label_and_separator() -> None:
    spoken = listen(spelled("", ":", "", "0", "0", "4", "", "/", "", "t2", "t0", "t2", "t5", "/"), NUMBER_BOUNDS)
    text, p = numbers(spoken)[0]
    assert (text, spoken.strings[0][0]) == ("04", ":04/2025/")
    assert p > 0.95


def test_equal_digits_are_told_apart_by_a_blank() -> None:
    assert numbers(listen(spelled("1", "", "1"), NUMBER_BOUNDS))[0][0] == "11"
    assert numbers(listen(spelled("1", "1"), NUMBER_BOUNDS))[0][0] == "1"


def test_an_impossible_day_is_lost_probability_and_not_a_candidate() -> None:
    spoken = listen(spelled("y", "", {"3": 0.9, "2": 0.1}, "", "4", "t"), DATE_BOUNDS)
    found = dict(days(spoken))
    assert "34" not in found and "24" in found
    assert sum(found.values()) < 0.2


def test_day_and_month_of_one_window() -> None:
    spoken = listen(spelled("y", "2", "0", "t", "", "g", "t0", "t1", "n"), DATE_BOUNDS)
    assert (days(spoken)[0][0], months(spoken)[0][0]) == ("20", "01")


def test_pen_and_type_are_told_apart() -> None:
    assert listen(spelled(":", "4", "7", "/"), NUMBER_BOUNDS).pen > 0.9
    assert listen(spelled(":", "t4", "t7", "/"), NUMBER_BOUNDS).pen < 0.1


def test_an_empty_gap_says_so() -> None:
    assert numbers(listen(spelled(":", "", "", "/"), NUMBER_BOUNDS))[0][0] == ""


def test_a_strip_is_two_em_high_and_its_ink_runs_from_paper_to_black() -> None:
    gray = np.full((400, 600), 230, np.uint8)
    cv2.line(gray, (100, 180), (300, 180), 60, 6)
    strip = cut_strip(gray, 50, 50 + 4 * 48, 200, 48)
    assert strip.shape == (HEIGHT, 4 * EM)
    ink = normalise(strip)
    assert ink.min() == 0 and ink.max() == 1
    assert cut_strip(gray, -100, 60, 10, 48).shape[0] == HEIGHT  # over the edge of the page


def test_faint_noise_is_not_blown_up_to_ink() -> None:
    noise = np.random.default_rng(1).integers(236, 246, (HEIGHT, 120)).astype(np.uint8)
    assert normalise(noise).max() < 0.4


def test_the_network_is_small_and_says_the_same_every_time() -> None:
    with (files("ocr.handwriting") / "weights.npz").open("rb") as file:
        assert len(file.read()) < 500_000
    ink = np.random.default_rng(2).random((HEIGHT, 101), np.float32)
    once, again = class_probabilities(ink), class_probabilities(ink)
    assert once.shape == (-(-101 // STEP), len(TOKENS))
    assert np.allclose(once.sum(axis=1), 1, atol=1e-4)
    assert (once == again).all()
    with pytest.raises(ValueError, match="rows"):
        class_probabilities(ink[:40])


# --- generated pen strokes ---------------------------------------------------------------------------------------

_SERIF = Path("/usr/share/fonts/truetype")


def test_generated_strokes_are_read() -> None:
    try:
        fonts = system_fonts(_SERIF, None)
    except FileNotFoundError as error:
        need("fonts", False, str(error))
        raise
    maker, right, total, surely_wrong = LineMaker(777, fonts), 0, 0, 0
    while total < 100:
        sample = maker.sample(wide=False)
        tokens = [TOKENS[c] for c in sample.label]
        written = "".join(t for t in tokens if t in "0123456789")
        if ":" not in tokens or not written or any(len(t) == 2 for t in tokens):
            continue
        text, p = numbers(listen(class_probabilities(sample.picture.astype(np.float32) / 255), NUMBER_BOUNDS))[0]
        total += 1
        right += text == written
        surely_wrong += text != written and p > 0.98
    assert right >= 0.7 * total  # many are hardly legible; papers as people write them are read better
    assert surely_wrong <= 0.04 * total


def _page_with_pen(number: str, day: str) -> np.ndarray:
    faces = [p for p in (_SERIF / "croscore/Tinos-Regular.ttf", _SERIF / "dejavu/DejaVuSerif.ttf") if p.is_file()]
    need("fonts", bool(faces), "neither Tinos nor DejaVu is installed (apt-get install fonts-croscore)")
    font = ImageFont.truetype(str(faces[0]), round(EM_PX))
    page = Image.new("L", (WIDTH, 1000), 248)
    draw = ImageDraw.Draw(page)
    for w in (SO, SIGN, *DATE):
        draw.text((w.box[0], BASE), w.text, font=font, fill=25, anchor="ls")
    ink = np.zeros((1000, WIDTH), np.float32)
    hand = Hand(slant=0.12, aspect=1.0, shake=0.01, pen=0.1, pressure=0.2, spacing=0.12, wander=0.02, tie=0.0)
    rng = np.random.default_rng(11)
    for digits, left in ((number, 545), (day, 1612)):
        paths, _ = number_paths(digits, hand, rng)
        draw_paths(ink, paths, (left, BASE - 46), 46, hand, rng)
    return np.minimum(np.asarray(page), (248 - ink * 215).astype(np.uint8))


@pytest.mark.parametrize(("rotation", "skew"), [(0, 0.0), (0, 2.0), (180, -1.2)])
def test_a_page_as_it_lies_is_read_in_its_upright_frame(rotation: int, skew: float) -> None:
    upright = _page_with_pen("47", "23")
    height, width = upright.shape
    # the scan: turned back, so that the frame is the upright page
    lying = upright
    if skew:
        about = cv2.getRotationMatrix2D((width / 2, height / 2), -skew, 1.0)
        lying = cv2.warpAffine(upright, about, (width, height), borderValue=248)
    lying = np.ascontiguousarray(np.rot90(lying, rotation // 90))
    frame_w, frame_h = canvas_size(width, height, rotation, skew)
    matrix = scan_to_frame(width, height, rotation, skew)
    dx, dy = (frame_w - width) / 2, (frame_h - height) / 2
    shifted = []
    for one in (AGENCY, MOTTO, line(SO, SIGN), line(*DATE)):
        words = tuple(
            replace(w, box=(round(w.box[0] + dx), round(w.box[1] + dy), round(w.box[2] + dx), round(w.box[3] + dy)))
            for w in one.words
        )
        shifted.append(line(*words))
    gaps = read_gaps(lying, matrix, shifted, frame_w, frame_h + 2500, 300.0)
    found = {g.reading.kind: g.reading for g in gaps}
    assert found["so"].candidates[0].text == "47"
    assert found["ngay"].candidates[0].text == "23"
    assert found["so"].pen > 0.5
    written = {g.reading.kind: g.strokes for g in gaps}
    so, ngay = written["so"], written["ngay"]
    assert so is not None and SO.box[2] + dx - 10 < so[0] < so[2] < SIGN.box[0] + dx + 30
    assert ngay is not None and ngay[2] - ngay[0] < 0.5 * (DATE[-1].box[2] - DATE[0].box[0])
    assert written["thang"] is None  # typed
    assert found["thang"].candidates[0].text == "02" and found["thang"].pen < 0.5


def strip_of(*signs: tuple[str, int, int], slash: int = 88) -> tuple[np.ndarray, np.ndarray]:
    """Return ink and probabilities of signs 12 columns wide: token ("" for unread ink), left edge, top row."""
    ink = np.zeros((HEIGHT, 96), np.float32)
    steps = np.zeros((24, len(TOKENS)), np.float32)
    steps[:, 0] = 0.4
    for token, left, top in signs:
        ink[top:33, left : left + 3] = ink[top:33, left + 9 : left + 12] = ink[30:33, left : left + 12] = 1.0
        if token:
            steps[(left + 6) // STEP, TOKENS.index(token)] = 0.9
    for row in range(10, 36):  # the slanted stroke before the sign
        ink[row, slash - 8 + (36 - row) // 4 : slash - 5 + (36 - row) // 4] = 1.0
    steps[slash // STEP, TOKENS.index("/")] = 0.9
    return ink, steps


@pytest.mark.parametrize(
    ("signs", "letter"),
    [
        ((("1", 10, 12), ("2", 26, 12)), False),
        ((("1", 10, 12), ("2", 26, 12), ("0", 42, 21)), True),  # as low as an a beside digits
        ((("1", 10, 12), ("0", 26, 15)), False),  # a digit may be a little smaller
        ((("1", 10, 12), ("2", 26, 12), ("", 46, 20)), True),  # strokes that were not read
        ((("7", 10, 21),), False),  # nothing to compare with
        ((("t1", 10, 12), ("t2", 26, 21)), False),  # typed: print reads it
        ((), False),
    ],
)
def test_a_letter_behind_the_digits_is_noticed(signs: tuple[tuple[str, int, int], ...], letter: bool) -> None:
    assert letter_behind(*strip_of(*signs)) is letter


def curved(ink: np.ndarray, left: int) -> np.ndarray:
    """Return *ink* with a 6 drawn at *left* as it is taught: one bow from its top down."""
    drawn = ink.copy()
    drawn[:, left : left + 14] = 0.0
    cv2.ellipse(drawn, (left + 13, 23), (10, 12), 0, 100, 265, 1.0, 2)
    cv2.ellipse(drawn, (left + 9, 28), (6, 6), 0, 0, 360, 1.0, 2)
    return drawn


def test_a_six_with_a_straight_stem_may_be_a_letter() -> None:
    ink, steps = strip_of(("1", 10, 12), ("6", 26, 12))
    assert like_b(ink, steps)
    assert not like_b(curved(ink, 26), steps)
    assert not like_b(*strip_of(("6", 26, 12)))  # no letter stands alone
    assert not like_b(*strip_of(("t1", 10, 12), ("t6", 26, 12)))


def test_a_number_that_may_end_in_b_is_left_to_a_person() -> None:
    doubted = _or_b(reading("so", ("126", 0.97), ("120", 0.02)))
    assert [c.text for c in doubted.candidates] == ["126", "12b", "120"]
    found = number_with_pen(printed("/QĐ-UBND", 0.1), page(doubted))
    assert found is not None and found.value == "/QĐ-UBND" and found.confidence < 0.2
    assert found.candidates[:2] == ("126/QĐ-UBND", "12b/QĐ-UBND")


# --- values ------------------------------------------------------------------------------------------------------


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


def test_spoken_without_digits_has_no_pen_share() -> None:
    assert isinstance(listen(spelled(":", "/"), NUMBER_BOUNDS), Spoken)
    assert listen(spelled(":", "/"), NUMBER_BOUNDS).pen < 1.0
