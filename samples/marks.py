"""What hands and stamps leave on paper: seals, signatures, pen-written figures, arrival and urgency stamps.

Each mark is an ink mask (0 to 255) laid on the page by multiplication, so that print shows through, as ink does.
"""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from samples.fonts import font
from samples.model import Arrival, Stamp

Pixels = npt.NDArray[Any]
RED = (214, 32, 44)
BLUE = (28, 48, 150)
BLACK = (24, 24, 34)
SEAL_MM = 35.0


def stamp(page: Pixels, mask: Pixels, colour: tuple[int, int, int], left: int, top: int) -> None:
    """Multiply *colour* ink through *mask* into *page* (rows, columns, 3), cutting off what falls outside."""
    y0, x0 = max(top, 0), max(left, 0)
    y1, x1 = min(top + mask.shape[0], page.shape[0]), min(left + mask.shape[1], page.shape[1])
    if y1 <= y0 or x1 <= x0:
        return
    cover = mask[y0 - top : y1 - top, x0 - left : x1 - left, None].astype(np.float32) / 255
    ink = 1 - cover * (1 - np.asarray(colour, np.float32) / 255)
    part = page[y0:y1, x0:x1]
    part[:] = (part * ink + 0.5).astype(np.uint8)


def _arc_text(image: Image.Image, text: str, radius: float, size: float, upper: bool) -> Image.Image:
    middle = image.width / 2
    letters = font("b", size)
    gap = size * 0.1
    widths = [letters.getlength(c) + gap for c in text]
    squeeze = min(1.0, radius * math.radians(225 if upper else 110) / sum(widths))
    angle = -sum(widths) * squeeze / radius / 2
    for char, wide in zip(text, widths, strict=True):
        step = wide * squeeze / radius
        angle += step / 2
        tile = Image.new("L", (int(size * 2), int(size * 2)), 0)
        ImageDraw.Draw(tile).text((size, size), char, fill=255, font=letters, anchor="mm")
        if upper:
            x, y, turn = middle + radius * math.sin(angle), middle - radius * math.cos(angle), -math.degrees(angle)
        else:
            x, y, turn = middle + radius * math.sin(angle), middle + radius * math.cos(angle), math.degrees(angle)
        tile = tile.rotate(turn, Image.Resampling.BICUBIC)
        layer = Image.new("L", image.size, 0)
        layer.paste(tile, (round(x - size), round(y - size)))
        image = ImageChops.lighter(image, layer)
        angle += step / 2
    return image


def _star(pen: ImageDraw.ImageDraw, middle: float, centre_y: float, radius: float) -> None:
    points = []
    for corner in range(10):
        reach = radius if corner % 2 == 0 else radius * 0.4
        turn = math.pi * corner / 5
        points.append((middle + reach * math.sin(turn), centre_y - reach * math.cos(turn)))
    pen.polygon(points, fill=255)


def seal_mask(words: tuple[str, str], dpi: int, rng: np.random.Generator | None) -> Pixels:
    """Return the ink of a round seal of true size; *rng* wears it (None: the even red of an electronic seal)."""
    side = round(SEAL_MM / 25.4 * dpi)
    big = side * 2
    image = Image.new("L", (big, big), 0)
    pen = ImageDraw.Draw(image)
    for inset, wide in ((0.012, 0.026), (0.052, 0.009), (0.215, 0.011)):
        edge = inset * big
        pen.ellipse((edge, edge, big - edge, big - edge), outline=255, width=round(wide * big))
    _star(pen, big / 2, big / 2, big * 0.17)
    pen.arc((big * 0.27, big * 0.27, big * 0.73, big * 0.73), 20, 160, fill=255, width=round(0.02 * big))
    image = _arc_text(image, words[0], big * 0.37, big * 0.088, True)
    image = _arc_text(image, words[1], big * 0.37, big * 0.088, False)
    _star(ImageDraw.Draw(image), big * 0.13, big * 0.62, big * 0.03)
    _star(ImageDraw.Draw(image), big * 0.87, big * 0.62, big * 0.03)
    if rng is None:
        return np.asarray(image.resize((side, side), Image.Resampling.LANCZOS))
    image = image.rotate(float(rng.uniform(-12, 12)), Image.Resampling.BICUBIC)
    ink = np.asarray(image.resize((side, side), Image.Resampling.LANCZOS), np.float32)
    coarse = cv2.resize(rng.uniform(0.7, 1.05, (9, 9)).astype(np.float32), (side, side), interpolation=cv2.INTER_CUBIC)
    grain = cv2.GaussianBlur(rng.uniform(0, 1, (side, side)).astype(np.float32), (0, 0), dpi / 260)
    grain = np.clip((grain - grain.mean()) / (grain.std() + 1e-6) * 0.22 + 0.92, 0.25, 1.0)
    worn: Pixels = np.clip(ink * coarse * grain * 0.95, 0, 255).astype(np.uint8)
    return worn


def _spline(points: Pixels, steps: int) -> Pixels:
    """Catmull-Rom curve through *points* (n, 2)."""
    padded = np.vstack([points[:1], points, points[-1:]])
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    parts = []
    for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        parts.append(0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3))
    return np.vstack([*parts, points[-1:]])


def _stroke(mask: Pixels, curve: Pixels, pen_px: float, rng: np.random.Generator) -> None:
    pressure = np.interp(np.linspace(0, 1, len(curve)), np.linspace(0, 1, 7), rng.uniform(0.65, 1.15, 7))
    for start, end, push in zip(curve, curve[1:], pressure[1:], strict=False):
        a, b = (tuple(int(v * 8) for v in p) for p in (start, end))
        cv2.line(mask, a, b, 235, max(1, round(pen_px * push)), cv2.LINE_AA, 3)


def signature_mask(dpi: int, rng: np.random.Generator) -> Pixels:
    """Return a made-up signature about 55 by 24 mm: a looping hand and a long flourish."""
    wide, high = round(58 / 25.4 * dpi), round(26 / 25.4 * dpi)
    mask = np.zeros((high, wide), np.uint8)
    loops, lean = int(rng.integers(3, 8)), float(rng.uniform(0.4, 1.6))
    x = np.linspace(0.1, float(rng.uniform(0.5, 0.75)), loops * 3)
    shrink = np.linspace(1.3, float(rng.uniform(0.3, 0.9)), loops * 3)
    y = 0.5 + np.tile([-0.22, 0.16, 0.02], loops) * rng.uniform(0.4, 1.6, loops * 3) * shrink
    x = x + np.tile([0.03, -0.05, 0.03], loops) * lean + rng.uniform(-0.015, 0.015, loops * 3)
    x[0], y[0] = x[0] + rng.uniform(-0.04, 0.12), rng.uniform(0.05, 0.3)
    pen_px = dpi / 300 * 6.5
    _stroke(mask, _spline(np.column_stack([x * wide, y * high]), 14), pen_px, rng)
    tail = np.array([[0.62, 0.55], [0.3, 0.8], [0.12, 0.74], [0.5, 0.6], [0.97, 0.4]])
    tail = tail + rng.uniform(-0.09, 0.09, tail.shape) * (tail < 0.9)
    _stroke(mask, _spline(tail * (wide, high), 16), pen_px * 0.8, rng)
    return mask


# Figures as a hand draws them, in a box of 1 by 1.6.
_FIGURES: dict[str, tuple[tuple[tuple[float, float], ...], ...]] = {
    "0": (((0.5, 0.0), (0.08, 0.5), (0.15, 1.2), (0.5, 1.6), (0.9, 1.1), (0.9, 0.45), (0.55, 0.02)),),
    "1": (((0.2, 0.45), (0.6, 0.0), (0.55, 0.8), (0.5, 1.6)),),
    "2": (((0.1, 0.4), (0.5, 0.0), (0.9, 0.4), (0.6, 0.95), (0.05, 1.55), (0.5, 1.45), (1.0, 1.55)),),
    "3": (((0.15, 0.15), (0.6, 0.0), (0.85, 0.4), (0.4, 0.72), (0.9, 1.1), (0.6, 1.58), (0.05, 1.4)),),
    "4": (((0.6, 0.0), (0.05, 1.0), (0.95, 0.95)), ((0.7, 0.55), (0.65, 1.1), (0.62, 1.65))),
    "5": (((0.85, 0.02), (0.25, 0.05), (0.2, 0.65), (0.7, 0.6), (0.9, 1.1), (0.5, 1.58), (0.05, 1.4)),),
    "6": (((0.8, 0.0), (0.25, 0.6), (0.12, 1.2), (0.5, 1.6), (0.88, 1.2), (0.55, 0.85), (0.18, 1.15)),),
    "7": (((0.05, 0.1), (0.5, 0.05), (0.95, 0.05), (0.6, 0.8), (0.4, 1.62)),),
    "8": (((0.85, 0.25), (0.45, 0.0), (0.2, 0.4), (0.8, 1.05), (0.5, 1.6), (0.12, 1.2), (0.6, 0.7), (0.85, 0.25)),),
    "9": (((0.85, 0.4), (0.45, 0.05), (0.15, 0.45), (0.5, 0.8), (0.88, 0.35), (0.8, 1.0), (0.45, 1.62)),),
}


def figures_mask(text: str, dpi: int, rng: np.random.Generator) -> Pixels:
    """Return pen-written figures about 5 mm high; the baseline is 5/6 down."""
    unit = 3.1 / 25.4 * dpi
    wide, high = round(unit * (1.15 * len(text) + 0.8)), round(unit * 2.1)
    mask = np.zeros((high, wide), np.uint8)
    for number, char in enumerate(text):
        base = np.array([unit * (0.3 + 1.12 * number), unit * 0.22]) + rng.uniform(-0.06, 0.06, 2) * unit
        slant, scale = float(rng.uniform(0.05, 0.18)), float(rng.uniform(0.9, 1.05))
        for strokes in _FIGURES[char]:
            points = np.array(strokes) + rng.uniform(-0.035, 0.035, (len(strokes), 2))
            points[:, 0] = points[:, 0] * 0.82 - (points[:, 1] - 1.6) * slant
            _stroke(mask, _spline(base + points * unit * scale, 10), dpi / 300 * 5.0, rng)
    return mask


def _boxed(lines: list[tuple[str, float]], dpi: int, rng: np.random.Generator, size_mm: tuple[float, float]) -> Pixels:
    wide, high = (round(v / 25.4 * dpi) for v in size_mm)
    pad = round(dpi / 12)
    image = Image.new("L", (wide + 2 * pad, high + 2 * pad), 0)
    pen = ImageDraw.Draw(image)
    pen.rectangle((pad, pad, pad + wide, pad + high), outline=240, width=max(2, round(dpi / 110)))
    step = high / len(lines)
    for number, (text, size) in enumerate(lines):
        centre = (pad + wide / 2, pad + step * (number + 0.5))
        pen.text(centre, text, fill=235, font=font("b", size * dpi / 72), anchor="mm")
    image = image.rotate(float(rng.uniform(-2.5, 2.5)), Image.Resampling.BICUBIC)
    return np.asarray(image.filter(ImageFilter.GaussianBlur(dpi / 500)))


def urgency_mask(text: str, dpi: int, rng: np.random.Generator) -> Pixels:
    """Return the boxed urgency mark in the decree's size: KHẨN 20 by 8 mm, THƯỢNG KHẨN 40 by 8, HỎA TỐC 30 by 8."""
    return _boxed([(text, 13)], dpi, rng, ({5: 20.0, 11: 40.0}.get(len(text), 30.0), 8.0))


def arrival_mask(arrival: Arrival, dpi: int, rng: np.random.Generator) -> Pixels:
    """Return the stamp ĐẾN with agency, number and day, 42 by 24 mm."""
    day = arrival.day
    lines = [
        (arrival.agency, 8.0),
        ("ĐẾN", 11.0),
        (f"Số: {arrival.number}", 9.5),
        (f"Ngày: {day.day:02d}/{day.month}/{day.year}", 9.5),
        ("Chuyển: ....................", 8.5),
    ]
    return _boxed(lines, dpi, rng, (42.0, 24.0))


def office_mask(made: Stamp, dpi: int, rng: np.random.Generator) -> Pixels:
    """Return the ink of *made*: letters evenly down its height, worn in patches as rubber stamps are."""
    wide, high = (round(v / 25.4 * dpi) for v in made.size_mm)
    pad = round(dpi / 6)
    image = Image.new("L", (wide + 2 * pad, high + 2 * pad), 0)
    pen = ImageDraw.Draw(image)
    if made.frame:
        pen.rectangle((pad, pad, pad + wide, pad + high), outline=240, width=max(2, round(dpi / 100)))
    step = high / len(made.lines)
    for number, (text, size) in enumerate(made.lines):
        centre = (pad + wide / 2, pad + step * (number + 0.5))
        pen.text(centre, text, fill=238, font=font("b", size * dpi / 72), anchor="mm")
    image = image.rotate(made.turn_deg, Image.Resampling.BICUBIC).filter(ImageFilter.GaussianBlur(dpi / 450))
    ink = np.asarray(image, np.float32)
    coarse = rng.uniform(0.6, 1.05, (5, 7)).astype(np.float32)
    worn = ink * cv2.resize(coarse, (ink.shape[1], ink.shape[0]), interpolation=cv2.INTER_CUBIC)
    made_of: Pixels = np.clip(worn, 0, 255).astype(np.uint8)
    return made_of
