from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from ocr.model import Line, Mark, Word
from ocr.prepare.frame import canvas_size, map_box, scan_to_frame, straighten, turn
from ocr.prepare.ink import find_ink
from ocr.prepare.junk import is_blank, without_junk
from ocr.prepare.light import flattened
from ocr.prepare.marks import clear_seal, find_marks
from ocr.prepare.rotation import best_rotation, in_doubt
from ocr.prepare.skew import lines_run_down, measure_slant
from tests.ocr.page_drawing import LINES, red_seal, typed_page


def gray_of(page: Image.Image) -> np.ndarray:
    return np.asarray(page.convert("L"))


def skewed(degrees_clockwise: float) -> Image.Image:
    page = typed_page(LINES * 3, size=(1240, 1600))
    return page.rotate(-degrees_clockwise, resample=Image.Resampling.BICUBIC, expand=True, fillcolor=(243, 242, 238))


@pytest.mark.parametrize("degrees", [0.0, 0.3, -0.6, 1.5, -2.35, 4.8, -6.5])
def test_skew_is_measured_to_a_twentieth_of_a_degree(degrees: float) -> None:
    slant = measure_slant(find_ink(gray_of(skewed(degrees)), 150).mask)
    assert slant.skew_deg == pytest.approx(degrees, abs=0.06)
    assert slant.contrast > 1.5


def test_straightening_by_the_measured_skew_leaves_none() -> None:
    gray = gray_of(skewed(3.2))
    skew = measure_slant(find_ink(gray, 150).mask).skew_deg
    level = straighten(gray, skew, 240)
    assert level.shape[::-1] == canvas_size(gray.shape[1], gray.shape[0], 0, skew)
    assert abs(measure_slant(find_ink(level, 150).mask).skew_deg) < 0.06


def test_noise_has_no_direction() -> None:
    noise = np.random.default_rng(3).random((800, 600)) < 0.03
    assert measure_slant(noise).contrast < 1.2


def test_uneven_light_is_not_ink() -> None:
    shade = np.linspace(110, 250, 1240)[None, :].repeat(900, 0).astype(np.uint8)
    assert find_ink(shade, 150).ratio < 0.001
    page = gray_of(typed_page()).astype(np.float32) * shade / 250
    plain = find_ink(gray_of(typed_page()), 150).ratio
    assert find_ink(page.astype(np.uint8), 150).ratio == pytest.approx(plain, rel=0.25)


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("skew", [0.0, 2.5, -4.0])
def test_frame_matrix_agrees_with_the_pixels(rotation: int, skew: float) -> None:
    scan = np.full((300, 460), 255, np.uint8)
    scan[60:90, 300:350] = 0
    frame = straighten(turn(scan, rotation), skew, 255) if skew else turn(scan, rotation)
    width, height = canvas_size(460, 300, rotation, skew)
    assert frame.shape == (height, width)
    box = map_box((300, 60, 350, 90), scan_to_frame(460, 300, rotation, skew), width, height)
    rows, columns = np.nonzero(frame < 128)
    seen = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    assert box == pytest.approx(seen, abs=1.01)


def test_no_corner_is_lost() -> None:
    scan = np.full((300, 460), 255, np.uint8)
    scan[:6, :6] = scan[-6:, -6:] = scan[:6, -6:] = scan[-6:, :6] = 0
    level = straighten(scan, 5.0, 255)
    assert int((level < 128).sum()) == pytest.approx(4 * 36, abs=30)


def test_writing_on_its_side_is_noticed() -> None:
    upright = find_ink(gray_of(typed_page(LINES * 3, size=(1240, 1600))), 150).mask
    assert not lines_run_down(upright, measure_slant(upright))
    side = np.rot90(upright)
    assert lines_run_down(side, measure_slant(side))


def line(text: str, confidence: float, box: tuple[int, int, int, int] = (100, 100, 160, 120)) -> Line:
    return Line((Word(text, confidence, box),), box, (120.0, 120.0))


def test_rotation_is_believed_only_when_it_reads_clearly_better() -> None:
    page = np.tile(np.arange(200, dtype=np.uint8), (400, 1))

    def reads_best_upside_down(sample: np.ndarray) -> list[Line]:
        return [line("một hai ba bốn năm sáu", 0.95 if sample[0, 0] > sample[0, -1] else 0.3)]

    assert best_rotation(page, [0, 180], reads_best_upside_down) == 180
    assert best_rotation(page, [0, 180], lambda _: [line("nhoè nhoẹt không rõ", 0.4)]) == 0
    assert in_doubt([line("những chữ lộn ngược", 0.4)])
    assert not in_doubt([line("những chữ đứng thẳng", 0.9)])
    assert not in_doubt([line("ít", 0.1)])


def test_round_seal_is_found_and_lifted_and_print_under_it_stays() -> None:
    page = typed_page(dpi=300, points=14, size=(1240, 900))
    before = gray_of(page)
    red_seal(page, (620, 400), 210)
    marks = find_marks(np.asarray(page.reduce(4)), 75)
    assert [m.kind for m in marks] == ["con_dau"]
    assert [v * 4 for v in marks[0].box] == pytest.approx([410, 190, 830, 610], abs=12)
    gray = gray_of(page).copy()
    clear_seal(gray, (410, 190, 832, 612), np.asarray(page.reduce(2)), 2)
    only_seal = (gray_of(page) < 150) & (before > 200)
    print_under = before[190:612, 410:832] < 60
    assert only_seal.sum() > 5000
    assert np.mean(gray[only_seal] > 165) > 0.93
    assert np.mean(gray[190:612, 410:832][print_under] < 140) > 0.95


def test_urgency_stamp_and_red_words_are_no_seal() -> None:
    page = typed_page(dpi=300)
    draw = ImageDraw.Draw(page)
    draw.rectangle((700, 500, 1050, 595), outline=(210, 40, 40), width=6)
    draw.rectangle((740, 530, 1010, 565), fill=(210, 40, 40))
    assert find_marks(np.asarray(page.reduce(4)), 75) == ()


def test_pen_signature_is_reported() -> None:
    page = typed_page(dpi=300)
    stroke = [(500 + t * 4, 600 + round(70 * np.sin(t / 6.0)) - t) for t in range(90)]
    ImageDraw.Draw(page).line(stroke, fill=(40, 60, 170), width=7)
    marks = find_marks(np.asarray(page.reduce(4)), 75)
    assert [m.kind for m in marks] == ["chu_ky"]


def test_grey_page_has_no_marks() -> None:
    assert find_marks(np.asarray(typed_page().convert("L").convert("RGB").reduce(2)), 75) == ()


def test_only_clear_junk_goes() -> None:
    words = (
        Word("Số:", 0.9, (100, 100, 160, 120)),
        Word("|", 0.2, (170, 100, 172, 120)),
        Word("-", 0.85, (180, 100, 190, 120)),
        Word("TẤN", 0.3, (200, 100, 260, 120)),
        Word("V", 0.1, (300, 0, 460, 800)),
    )
    kept = without_junk([Line(words, (100, 0, 460, 800), (120.0, 124.0)), line("~", 0.1)], 1600)
    assert [w.text for found in kept for w in found.words] == ["Số:", "-", "TẤN"]
    assert kept[0].box == (100, 100, 260, 120)
    assert kept[0].baseline == pytest.approx((120.0, 121.78), abs=0.01)


def test_a_number_that_the_recogniser_rejects_stays_in_a_sure_line() -> None:
    sure = [Word(t, 0.93, (100 + 90 * n, 100, 180 + 90 * n, 130)) for n, t in enumerate(("Quyết", "định", "số"))]
    number, wild = Word("789/QĐ-UBND", 0.0, (370, 98, 560, 132)), Word("EN", 0.0, (600, 60, 700, 160))
    whole = Line((*sure, number, wild), (100, 60, 700, 160), (130.0, 130.0))
    (kept,) = without_junk([whole], 1600)
    assert kept.text == "Quyết định số 789/QĐ-UBND"
    dashed = Line((Word("-", 0.4, (60, 113, 80, 118)), *sure), (60, 100, 360, 130), (130.0, 130.0))
    assert without_junk([dashed], 1600) == [dashed]


def test_blank_needs_no_words_no_ink_and_no_marks() -> None:
    assert is_blank([], 0.0005, ())
    assert is_blank([line("i", 0.3)], 0.001, ())
    assert not is_blank([line("Trang", 0.9)], 0.001, ())
    assert not is_blank([line("2", 0.9)], 0.0001, ())
    assert not is_blank([], 0.05, ())
    assert not is_blank([], 0.001, (Mark("con_dau", (0, 0, 9, 9), 1.0),))


def test_paper_in_shadow_becomes_as_bright_as_the_rest_and_even_paper_is_left_alone() -> None:
    page = gray_of(typed_page(LINES * 2))
    assert flattened(page, 150) is page
    shade = np.linspace(0.42, 1.0, page.shape[1], dtype=np.float32)[None, :]
    flat = flattened((page * shade).astype(np.uint8), 150)
    paper = page > 235
    assert np.percentile(flat[paper], 1) > 215
    assert flat[page < 60].mean() < 90


def test_a_dark_picture_stays_dark() -> None:
    page = np.full((1200, 900), 240, np.uint8)
    page[300:900, 200:700] = 20
    assert flattened(page, 150)[400:800, 300:600].max() < 80
