from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageOps

from ocr.model import PageReading
from ocr.options import ReadOptions
from ocr.pages import read_page
from ocr.prepare.frame import canvas_size, map_box, scan_to_frame
from ocr.recognizer import Recognizer
from tests.ocr.engine_need import opened
from tests.ocr.page_drawing import LINES, DrawnImage, red_seal, typed_page

PAPER = (243, 242, 238)


@pytest.fixture(scope="module")
def recognizer() -> Iterator[Recognizer]:
    engine = opened()
    yield engine
    engine.close()


def share_read(reading: PageReading) -> float:
    got = [w.text for w in reading.words]
    wanted = [w for line in LINES for w in line.split()]
    return sum(w in got for w in wanted) / len(wanted)


def place_of(reading: PageReading, text: str) -> tuple[int, int, int, int]:
    return next(w.box for w in reading.words if w.text == text)


def test_level_page_keeps_the_scan_as_frame(recognizer: Recognizer) -> None:
    reading = read_page(DrawnImage(typed_page()), 4, ReadOptions(), recognizer)
    assert (reading.number, reading.rotation, reading.skew_deg, reading.blank) == (4, 0, 0.0, False)
    assert (reading.width_px, reading.height_px) == (reading.image_width_px, reading.image_height_px) == (1240, 900)
    assert share_read(reading) >= 0.93
    assert reading.mean_confidence > 0.85
    assert reading.text.split() == [w.text for w in reading.words]
    assert reading.engine == recognizer.name_and_version and reading.image_source == "png"


def test_same_page_same_reading(recognizer: Recognizer) -> None:
    image = DrawnImage(typed_page().rotate(1.7, expand=True, fillcolor=PAPER))
    assert read_page(image, 1, ReadOptions(), recognizer) == read_page(image, 1, ReadOptions(), recognizer)


@pytest.mark.parametrize("clockwise", [2.0, -3.5])
def test_skewed_page_is_read_in_its_straight_frame(recognizer: Recognizer, clockwise: float) -> None:
    level = typed_page()
    scan = level.rotate(-clockwise, resample=Image.Resampling.BICUBIC, expand=True, fillcolor=PAPER)
    reading = read_page(DrawnImage(scan), 1, ReadOptions(), recognizer)
    assert reading.skew_deg == pytest.approx(clockwise, abs=0.1)
    assert share_read(reading) >= 0.9
    assert (reading.width_px, reading.height_px) == canvas_size(*scan.size, 0, reading.skew_deg)
    # The drawn page stands in the middle of the frame, whatever was added around it on the two turns.
    plain = place_of(read_page(DrawnImage(level), 1, ReadOptions(), recognizer), "Luật")
    dx, dy = (reading.width_px - level.width) / 2, (reading.height_px - level.height) / 2
    expected = (plain[0] + dx, plain[1] + dy, plain[2] + dx, plain[3] + dy)
    assert place_of(reading, "Luật") == pytest.approx(expected, abs=5)


@pytest.mark.parametrize("to_apply", [90, 180, 270])
def test_page_on_its_side_or_upside_down_is_turned(recognizer: Recognizer, to_apply: int) -> None:
    scan = typed_page(LINES * 2).rotate(to_apply, expand=True)  # Pillow turns counter-clockwise
    reading = read_page(DrawnImage(scan), 1, ReadOptions(), recognizer)
    assert reading.rotation == to_apply
    assert (reading.width_px, reading.height_px) == (1240, 900)
    assert (reading.image_width_px, reading.image_height_px) == scan.size
    assert share_read(reading) >= 0.93
    corner = map_box((0, 0, 1, 1), scan_to_frame(*scan.size, to_apply, 0.0), 1240, 900)
    assert corner in {(1239, 0, 1240, 1), (1239, 899, 1240, 900), (0, 899, 1, 900)}


def test_rotation_asked_by_the_file_is_followed(recognizer: Recognizer) -> None:
    scan = typed_page().rotate(90, expand=True)
    reading = read_page(DrawnImage(scan, pdf_rotate=90), 1, ReadOptions(find_rotation=False), recognizer)
    assert reading.rotation == 90 and share_read(reading) >= 0.93


def test_fine_scan_is_reduced_and_boxes_stay_in_scan_pixels(recognizer: Recognizer) -> None:
    page = typed_page(size=(2480, 1800), dpi=300, top=240, left=280)
    reading = read_page(DrawnImage(page, dpi=300), 1, ReadOptions(), recognizer)
    assert share_read(reading) >= 0.93
    ink = np.asarray(page.convert("L")) < 100
    left, top, right, bottom = place_of(reading, "Luật")
    assert ink[top:bottom, left:right].mean() > 0.08
    assert not ink[top - 12 : bottom + 12, left - 5].any()


def test_coarse_scan_is_enlarged(recognizer: Recognizer) -> None:
    page = typed_page(dpi=90, size=(800, 500), top=60, left=60)
    reading = read_page(DrawnImage(page, dpi=90), 1, ReadOptions(), recognizer)
    assert (reading.width_px, reading.height_px, reading.dpi) == (800, 500, 90.0)
    assert share_read(reading) >= 0.85


def test_blank_page_is_flagged_and_not_lost(recognizer: Recognizer) -> None:
    noise = np.random.default_rng(5).normal(238, 4, (900, 640)).clip(0, 255).astype(np.uint8)
    reading = read_page(DrawnImage(Image.fromarray(noise)), 2, ReadOptions(), recognizer)
    assert reading.blank and reading.text == "" and reading.lines == () and reading.mean_confidence == 0.0
    assert (reading.width_px, reading.height_px) == (640, 900)


def test_a_lone_page_number_is_not_blank(recognizer: Recognizer) -> None:
    reading = read_page(DrawnImage(typed_page(("Trang 2",))), 1, ReadOptions(), recognizer)
    assert not reading.blank and "2" in reading.text


def test_print_under_a_seal_is_read_and_the_seal_reported(recognizer: Recognizer) -> None:
    page = typed_page(dpi=300, points=13, size=(2480, 1500), left=500, top=300)
    red_seal(page, (900, 560), 215)
    image = DrawnImage(page, dpi=300)
    reading = read_page(image, 1, ReadOptions(), recognizer)
    assert [m.kind for m in reading.marks] == ["con_dau"]
    assert reading.marks[0].box == pytest.approx((685, 345, 1115, 775), abs=12)
    assert share_read(reading) >= 0.9
    left_alone = read_page(image, 1, ReadOptions(clear_seals=False), recognizer)
    assert reading.mean_confidence > left_alone.mean_confidence


def worn_copy(page: Image.Image, seed: int = 4) -> Image.Image:
    """A photocopy of a photocopy: black or white, ragged, specks everywhere."""
    rng = np.random.default_rng(seed)
    gray = np.asarray(page.convert("L")).astype(np.float32)
    rough = cv2.GaussianBlur(rng.normal(0, 60, gray.shape).astype(np.float32), (0, 0), 1.2)
    worn = np.where(cv2.GaussianBlur(gray, (0, 0), 1.6) + rough < 150, 0, 255).astype(np.uint8)
    specks = cv2.dilate((rng.random(gray.shape) < 0.0009).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    worn[specks] = 0
    return Image.fromarray(worn)


def test_worn_photocopy_is_read_without_its_specks(recognizer: Recognizer) -> None:
    scan = worn_copy(typed_page(LINES * 2, size=(2480, 1800), dpi=300, top=200, left=280, points=13))
    plain = read_page(DrawnImage(scan, dpi=300), 1, ReadOptions(adapt=False), recognizer)
    adapted = read_page(DrawnImage(scan, dpi=300), 1, ReadOptions(), recognizer)
    wanted = [w for line in LINES * 2 for w in line.split()]

    def surplus(reading: PageReading) -> int:
        got = [w.text for w in reading.words]
        return sum(got.count(w) < wanted.count(w) for w in set(wanted)) + sum(w not in wanted for w in got)

    assert surplus(adapted) < surplus(plain) / 2
    assert adapted.mean_confidence > plain.mean_confidence


def test_half_of_a_page_in_shadow_is_read(recognizer: Recognizer) -> None:
    page = np.asarray(typed_page(LINES * 2).convert("L")).astype(np.float32)
    shade = np.linspace(0.38, 1.0, page.shape[1], dtype=np.float32)[None, :]
    reading = read_page(DrawnImage(Image.fromarray((page * shade).astype(np.uint8))), 1, ReadOptions(), recognizer)
    assert share_read(reading) >= 0.93


@pytest.mark.parametrize("strength", [0.1, 0.22])
def test_verso_with_its_front_shining_through_is_blank_and_flagged(recognizer: Recognizer, strength: float) -> None:
    front = typed_page(LINES * 2, size=(2480, 2200), dpi=300, left=400)
    red_seal(front, (1500, 1700), 220)
    back = np.asarray(ImageOps.mirror(front)).astype(np.float32)
    paper = np.array(PAPER, np.float32)
    noise = np.random.default_rng(1).normal(0, 2, back.shape)
    verso = (paper - (paper - back) * strength + noise).clip(0, 255).astype(np.uint8)
    reading = read_page(DrawnImage(Image.fromarray(verso), dpi=300), 2, ReadOptions(), recognizer)
    assert reading.blank and reading.text == "" and reading.number == 2
    assert (reading.width_px, reading.height_px) == (2480, 2200)
    assert all(m.kind == "con_dau" and m.confidence <= 0.3 for m in reading.marks)
    whole = read_page(DrawnImage(front, dpi=300), 1, ReadOptions(), recognizer)
    assert not whole.blank and max(m.confidence for m in whole.marks) > 0.6


def test_blue_text_of_a_signature_widget_is_no_pen_signature(recognizer: Recognizer) -> None:
    page = typed_page()
    stroke = [(700 + t * 3, 700 + round(50 * np.sin(t / 6.0)) - t // 2) for t in range(90)]
    ImageDraw.Draw(page).line(stroke, fill=(40, 60, 170), width=5)
    by_hand = DrawnImage(page)
    assert [m.kind for m in read_page(by_hand, 1, ReadOptions(), recognizer).marks] == ["chu_ky"]
    by_machine = DrawnImage(page)
    by_machine.overlays = (SimpleNamespace(box=(650, 560, 1050, 800)),)
    assert read_page(by_machine, 1, ReadOptions(), recognizer).marks == ()
