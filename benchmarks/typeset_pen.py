"""Pen and stamp: figures written by hand, signatures, the round red seal, the stamp of arrival.

All are drawn as strokes: the figures are short curves of our own, bent and joined a little differently each time.
"""

from __future__ import annotations

import math
import random
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Pixels = NDArray[Any]
BLUE, BLACK_INK, RED, VIOLET = (35, 45, 150), (30, 30, 40), (205, 40, 45), (90, 40, 130)
#: strokes of each figure in a box of width 0.6 and height 1; y grows downwards
FIGURES: dict[str, tuple[tuple[tuple[float, float], ...], ...]] = {
    "0": (((0.34, 0.02), (0.08, 0.2), (0.06, 0.7), (0.26, 1.0), (0.5, 0.8), (0.54, 0.3), (0.36, 0.03)),),
    "1": (((0.12, 0.26), (0.34, 0.02), (0.32, 0.5), (0.3, 1.0)),),
    "2": (((0.08, 0.22), (0.24, 0.02), (0.5, 0.16), (0.42, 0.5), (0.08, 0.96), (0.3, 0.93), (0.56, 0.97)),),
    "3": (((0.1, 0.1), (0.36, 0.02), (0.48, 0.22), (0.26, 0.46), (0.52, 0.66), (0.4, 0.94), (0.08, 0.9)),),
    "4": (((0.34, 0.02), (0.06, 0.62), (0.56, 0.6)), ((0.42, 0.34), (0.38, 1.0))),
    "5": (((0.5, 0.04), (0.16, 0.05), (0.12, 0.44), (0.42, 0.44), (0.52, 0.72), (0.34, 0.98), (0.06, 0.9)),),
    "6": (((0.46, 0.04), (0.16, 0.36), (0.08, 0.78), (0.3, 1.0), (0.5, 0.78), (0.32, 0.58), (0.1, 0.76)),),
    "7": (((0.06, 0.08), (0.54, 0.05), (0.34, 0.5), (0.24, 1.0)),),
    "8": (
        ((0.46, 0.16), (0.26, 0.02), (0.12, 0.22), (0.44, 0.62), (0.42, 0.94), (0.16, 0.96), (0.12, 0.7), (0.48, 0.2)),
    ),
    "9": (((0.46, 0.28), (0.26, 0.46), (0.1, 0.26), (0.28, 0.03), (0.48, 0.2), (0.42, 0.7), (0.3, 1.0)),),
}


def _curve(points: list[tuple[float, float]], steps: int = 12) -> list[tuple[float, float]]:
    """Points along a Catmull-Rom curve through *points*."""
    ends = [points[0], *points, points[-1]]
    out = []
    for n in range(1, len(ends) - 2):
        p0, p1, p2, p3 = ends[n - 1 : n + 3]
        for s in range(steps):
            t = s / steps
            out.append(
                tuple(
                    0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t + (3 * b - a - 3 * c + d) * t**3)
                    for a, b, c, d in zip(p0, p1, p2, p3, strict=True)
                )
            )
    return [*((x, y) for x, y in out), points[-1]]


def write_figures(
    page: Pixels, text: str, left: float, base: float, height: float, colour: tuple[int, int, int], rng: random.Random
) -> float:
    """Write *text* by pen on *page* with its foot on *base*; return the x behind it. Pixels."""
    slant, width = rng.uniform(-0.05, 0.3), rng.uniform(0.85, 1.15)
    pen = max(2, round(height * rng.uniform(0.055, 0.085)))
    x = left
    for c in text:
        tall = height * rng.uniform(0.9, 1.1)
        drop = height * rng.uniform(-0.08, 0.1)
        for stroke in FIGURES.get(c, ()):
            bent = [(px + rng.gauss(0, 0.025), py + rng.gauss(0, 0.025)) for px, py in stroke]
            placed = [(x + (px * width + (1 - py) * slant) * tall, base + drop - (1 - py) * tall) for px, py in bent]
            _ink(page, _curve(placed), pen, colour)
        x += (0.6 * width + rng.uniform(0.02, 0.2)) * tall
    return x


def sign_name(
    page: Pixels, centre: tuple[float, float], size: float, colour: tuple[int, int, int], rng: random.Random
) -> None:
    """Scribble a signature about *size* pixels wide around *centre*."""
    points = []
    for n in range(rng.randint(9, 15)):
        x = centre[0] + size * (n / 14 - 0.45) + rng.gauss(0, size * 0.1)
        points.append((x, centre[1] + rng.choice((-1, 1)) * rng.uniform(0.05, 0.32) * size))
    points.append((centre[0] + size * 0.75, centre[1] + rng.uniform(-0.2, 0.05) * size))
    _ink(page, _curve(points, 20), max(3, round(size * 0.013)), colour)


def seal(page: Pixels, centre: tuple[float, float], radius: float, words: str, font: str, rng: random.Random) -> None:
    """Press a round red seal with *words* around its edge and a star in the middle."""
    size = int(radius * 2.2)
    mask = Image.new("L", (size, size), 0)
    pen = ImageDraw.Draw(mask)
    mid = size / 2
    for r, w in ((radius, 0.035), (radius * 0.94, 0.012), (radius * 0.6, 0.015)):
        pen.ellipse((mid - r, mid - r, mid + r, mid + r), outline=255, width=max(1, round(w * radius)))
    star = []
    for n in range(10):
        r = radius * (0.36 if n % 2 == 0 else 0.15)
        star.append((mid + r * math.sin(n * math.pi / 5), mid - r * math.cos(n * math.pi / 5)))
    pen.polygon(star, outline=255, width=max(1, round(0.03 * radius)))
    letters = ImageFont.truetype(font, round(radius * 0.2))
    around = min(300.0, 15.0 * len(words))
    for n, c in enumerate(words):
        angle = -around / 2 + around * (n + 0.5) / len(words)
        tile = Image.new("L", (round(radius * 0.4),) * 2, 0)
        ImageDraw.Draw(tile).text((radius * 0.2, radius * 0.2), c, font=letters, fill=255, anchor="mm")
        tile = tile.rotate(-angle, Image.Resampling.BICUBIC)
        a = math.radians(angle)
        at = (
            round(mid + 0.78 * radius * math.sin(a) - 0.2 * radius),
            round(mid - 0.78 * radius * math.cos(a) - 0.2 * radius),
        )
        mask.paste(255, at, tile)
    pressed = np.asarray(mask.rotate(rng.uniform(-12, 12), Image.Resampling.BICUBIC), np.float32) / 255
    uneven = cv2.resize(
        np.random.default_rng(rng.randrange(1 << 30)).uniform(0.35, 1.0, (9, 9)).astype(np.float32), (size, size)
    )
    _lay(page, pressed * np.clip(uneven * 1.15, 0, 1), round(centre[0] - mid), round(centre[1] - mid), RED)


def framed(
    page: Pixels, lines: list[str], font: ImageFont.FreeTypeFont, left: float, top: float, width: float,
    colour: tuple[int, int, int], rng: random.Random,
) -> float:  # fmt: skip
    """Press a framed stamp with *lines* (the first centred); return the y under it."""
    step = font.size * 1.45
    high, wide = round(step * len(lines) + font.size * 0.5), round(width)
    mask = Image.new("L", (wide, high), 0)
    pen = ImageDraw.Draw(mask)
    pen.rectangle((2, 2, wide - 3, high - 3), outline=255, width=max(2, round(font.size * 0.08)))
    for n, line in enumerate(lines):
        y = font.size * 0.25 + step * (n + 0.5)
        if n == 0:
            pen.text((wide / 2, y), line, font=font, fill=255, anchor="mm")
        else:
            pen.text((font.size * 0.4, y), line, font=font, fill=255, anchor="lm")
    turned = mask.rotate(rng.uniform(-1.2, 1.2), Image.Resampling.BICUBIC, expand=True)
    _lay(page, np.asarray(turned, np.float32) / 255 * rng.uniform(0.75, 0.95), round(left), round(top), colour)
    return top + turned.height


def _ink(page: Pixels, points: list[tuple[float, float]], pen: int, colour: tuple[int, int, int]) -> None:
    xy = np.array(points, np.float64)
    margin = pen + 2
    x0, y0 = (int(v) - margin for v in xy.min(0))
    wide, high = (int(v) + 2 * margin for v in np.ptp(xy, axis=0))
    mask = np.zeros((high + 1, wide + 1), np.uint8)
    line = np.round((xy - (x0, y0)) * 16).astype(np.int32)
    cv2.polylines(mask, [line.reshape(-1, 1, 2)], False, 255, pen, cv2.LINE_AA, 4)
    _lay(page, mask.astype(np.float32) / 255 * 0.92, x0, y0, colour)


def _lay(page: Pixels, cover: NDArray[Any], left: int, top: int, colour: tuple[int, int, int]) -> None:
    """Multiply ink into the page: print shows through it."""
    y0, x0 = max(0, top), max(0, left)
    part = page[y0 : top + cover.shape[0], x0 : left + cover.shape[1]]
    cut = cover[y0 - top : y0 - top + part.shape[0], x0 - left : x0 - left + part.shape[1], None]
    part[...] = (part * (1 - cut * (1 - np.array(colour, np.float32) / 255)) + 0.5).astype(np.uint8)
