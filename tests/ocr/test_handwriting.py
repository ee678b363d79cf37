"""What a strip of pen strokes says: decoded steps, normalised ink, generated strokes, letters behind the digits."""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ocr.handwriting.alphabet import TOKENS
from ocr.handwriting.decode import DATE_BOUNDS, NUMBER_BOUNDS, Spoken, days, listen, months, numbers
from ocr.handwriting.network import STEP, class_probabilities
from ocr.handwriting.read import letter_behind, like_b, read_gaps
from ocr.handwriting.strip import EM, HEIGHT, cut_strip, normalise
from ocr.prepare.frame import canvas_size, scan_to_frame
from tests.ocr.pen_head import (
    AGENCY,
    BASE,
    DATE,
    EM_PX,
    MOTTO,
    SIGN,
    SO,
    WIDTH,
    line,
)
from tests.require import need
from training.handwriting.lines import LineMaker, system_fonts
from training.handwriting.strokes import Hand, draw_paths, number_paths


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


def test_spoken_without_digits_has_no_pen_share() -> None:
    assert isinstance(listen(spelled(":", "/"), NUMBER_BOUNDS), Spoken)
    assert listen(spelled(":", "/"), NUMBER_BOUNDS).pen < 1.0
