"""What lies over a signer's name, and the name itself: round seals, signatures, typed lines, as coverage 0.0 to 1.0.

Everything is drawn at :data:`DRAW` pixels per em of the typed line, twice what the filter sees. One em is 13.5 to 14
points (Decree 30/2020, Appendix I, box 7b), so a millimetre is about ten pixels.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Cover = NDArray[np.float32]

DRAW = 48
#: pixels per millimetre: an em of 13.75 points is 4.85 mm
MM = DRAW / 4.85


def _listed(text: str) -> list[str]:
    return text.split("|")


_SEAL_WORDS = _listed(
    "ỦY BAN NHÂN DÂN|HỘI ĐỒNG NHÂN DÂN|SỞ TÀI CHÍNH|SỞ NỘI VỤ|VĂN PHÒNG|SỞ GIÁO DỤC VÀ ĐÀO TẠO|CÔNG AN TỈNH|BỘ Y TẾ|"
    "TRƯỜNG TRUNG HỌC CƠ SỞ|BAN QUẢN LÝ DỰ ÁN|CHI CỤC THUẾ|TÒA ÁN NHÂN DÂN|TRUNG TÂM Y TẾ|BẢO HIỂM XÃ HỘI|KHO BẠC|"
    "CỤC THỐNG KÊ|THANH TRA|ĐẢNG BỘ|BAN TỔ CHỨC|PHÒNG TƯ PHÁP"
)
_PLACES = _listed(
    "TỈNH QUẢNG NGÃI|HÀ NỘI|TP. ĐÀ NẴNG|LÂM ĐỒNG|HUYỆN BA TƠ|XÃ HÒA BÌNH|PHƯỜNG 7|TỈNH CÀ MAU|NGHỆ AN|THANH HÓA|"
    "TỈNH HÒA BÌNH|THỊ XÃ SƠN TÂY|BẮC GIANG|QUẬN 3 - TP. HỒ CHÍ MINH|HUẾ|ĐỒNG THÁP"
)
_HEADINGS = _listed(
    "CHỦ TỊCH|PHÓ CHỦ TỊCH|KT. CHỦ TỊCH|GIÁM ĐỐC|PHÓ GIÁM ĐỐC|TM. ỦY BAN NHÂN DÂN|CHÁNH VĂN PHÒNG|TRƯỞNG PHÒNG|"
    "HIỆU TRƯỞNG|KT. BỘ TRƯỞNG|THỨ TRƯỞNG|CỤC TRƯỞNG|TL. CHỦ TỊCH|TRƯỞNG BAN"
)


@dataclass(frozen=True)
class Faces:
    """Typefaces, as paths: bold ones for names and headings, upright ones for other lines, any for seals."""

    bold: tuple[str, ...]
    plain: tuple[str, ...]


@lru_cache(maxsize=256)
def _font(path: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size)


def typed(rng: np.random.Generator, faces: Faces, names: tuple[tuple[str, ...], tuple[str, ...]]) -> tuple[Cover, int]:
    """Return a typed line and its baseline (row); mostly a name of *names* (families, other syllables)."""
    families, others = names
    draw = rng.uniform()
    if draw < 0.72:
        text = " ".join([str(rng.choice(families)), *(str(x) for x in rng.choice(others, int(rng.integers(1, 4))))])
        text = text.title()
    elif draw < 0.9:
        text = str(rng.choice(_HEADINGS))
    else:
        text = " ".join(str(x) for x in rng.choice(others, int(rng.integers(2, 7))))
    bold = rng.uniform() < 0.88
    path = str(rng.choice(faces.bold if bold else faces.plain))
    size = round(DRAW * float(rng.uniform(0.86, 1.16)))
    font = _font(path, size)
    wide = int(font.getlength(text)) + 8
    image = Image.new("L", (wide, 2 * size), 0)
    baseline = round(1.35 * size)
    ImageDraw.Draw(image).text((4, baseline), text, 255, font, anchor="ls")
    return np.asarray(image, np.float32) / 255, baseline


def seal(rng: np.random.Generator, faces: Faces) -> Cover:
    """Return a round seal of 28 to 42 mm: rings, words along them, a star or a coat of arms, worn."""
    side = round(float(rng.uniform(28, 42)) * MM)
    image = Image.new("L", (side, side), 0)
    pen = ImageDraw.Draw(image)
    half = side / 2

    def ring(radius: float, width_mm: float) -> None:
        edge = half - radius
        pen.ellipse((edge, edge, side - edge, side - edge), outline=255, width=max(1, round(width_mm * MM)))

    outer = 0.985 * half
    ring(outer, float(rng.uniform(0.35, 1.3)))
    if rng.uniform() < 0.75:
        ring(outer - float(rng.uniform(1.0, 2.2)) * MM, float(rng.uniform(0.15, 0.5)))
    inner = float(rng.uniform(0.48, 0.66)) * half
    if rng.uniform() < 0.9:
        ring(inner, float(rng.uniform(0.2, 0.6)))
        if rng.uniform() < 0.2:
            ring(inner - 1.2 * MM, 0.2)
    height = float(rng.uniform(2.1, 3.9)) * MM
    path = str(rng.choice(faces.bold if rng.uniform() < 0.75 else faces.plain))
    font = _font(path, max(8, round(height)))
    middle = (outer - 1.5 * MM + inner) / 2
    upper, lower = str(rng.choice(_SEAL_WORDS)), str(rng.choice(_PLACES))
    image = _along(image, upper, middle, font, True)
    image = _along(image, lower, middle, font, False)
    pen = ImageDraw.Draw(image)
    if rng.uniform() < 0.6:
        _star(pen, half, half, float(rng.uniform(0.5, 0.9)) * inner * 0.6)
        if rng.uniform() < 0.5:
            reach = 0.85 * inner
            box = (half - reach, half - reach, half + reach, half + reach)
            pen.arc(box, 20, 160, fill=255, width=max(1, round(0.6 * MM)))
    else:
        _arms(pen, half, 0.85 * inner, rng)
    for angle in (math.pi * 0.93, math.pi * 0.07):
        _star(pen, half + middle * math.cos(angle), half + middle * math.sin(angle), 0.9 * MM)
    if rng.uniform() < 0.15:
        _box_words(image, half, inner, font, upper)
    turned = image.rotate(float(rng.uniform(-20, 20)), Image.Resampling.BICUBIC)
    ink = np.asarray(turned, np.float32) / 255
    patches = rng.uniform(0.45, 1.1, (7, 7)).astype(np.float32)
    coarse = cv2.resize(patches, (side, side), interpolation=cv2.INTER_CUBIC)
    grain = cv2.GaussianBlur(rng.normal(0, 1, (side, side)).astype(np.float32), (0, 0), float(rng.uniform(0.6, 2.5)))
    grain = 1 - float(rng.uniform(0, 0.5)) * np.abs(grain / (grain.std() + 1e-6))
    return np.asarray(np.clip(ink * coarse * grain, 0, 1), np.float32)


def _along(image: Image.Image, text: str, radius: float, font: ImageFont.FreeTypeFont, upper: bool) -> Image.Image:
    side = image.width
    advances = [font.getlength(c) * 1.12 for c in text]
    turn = sum(advances) / radius
    shrink = min(1.0, 2.6 / turn)
    at = -turn * shrink / 2
    for letter, wide in zip(text, advances, strict=True):
        step = wide * shrink / radius
        angle = at + step / 2
        at += step
        tile = Image.new("L", (side, side), 0)
        y = side / 2 - radius if upper else side / 2 + radius
        ImageDraw.Draw(tile).text((side / 2, y), letter, 255, font, anchor="mm")
        turned = tile.rotate(-math.degrees(angle) if upper else math.degrees(angle), Image.Resampling.BILINEAR)
        image = Image.composite(Image.new("L", image.size, 255), image, turned)
    return image


def _star(pen: ImageDraw.ImageDraw, x: float, y: float, radius: float) -> None:
    points = []
    for corner in range(10):
        reach = radius if corner % 2 == 0 else radius * 0.4
        points.append((x + reach * math.sin(math.pi * corner / 5), y - reach * math.cos(math.pi * corner / 5)))
    pen.polygon(points, fill=255)


def _arms(pen: ImageDraw.ImageDraw, half: float, reach: float, rng: np.random.Generator) -> None:
    """Something of the density of the national coat of arms: star, wheel, ears of rice."""
    _star(pen, half, half - 0.25 * reach, 0.35 * reach)
    for side in (-1, 1):
        for n in range(9):
            angle = math.pi * (0.15 + 0.09 * n)
            x, y = half + side * reach * math.sin(angle) * 0.92, half - reach * math.cos(angle) * 0.92
            size = float(rng.uniform(0.06, 0.12)) * reach
            pen.ellipse((x - size, y - 2 * size, x + size, y + 2 * size), fill=255)
    for n in range(8):
        angle = math.pi * n / 4
        x, y = half + 0.18 * reach * math.cos(angle), half + 0.5 * reach + 0.18 * reach * math.sin(angle)
        pen.line((half, half + 0.5 * reach, x, y), fill=255, width=max(1, round(0.25 * MM)))


def _box_words(image: Image.Image, half: float, inner: float, font: ImageFont.FreeTypeFont, text: str) -> None:
    """Words straight across the middle, as on seals of offices."""
    pen = ImageDraw.Draw(image)
    words = text.split()
    for row, part in enumerate((" ".join(words[:2]), " ".join(words[2:4]))):
        pen.text((half, half + (row - 0.5) * 1.3 * font.size), part, 255, font, anchor="mm")


def signature(rng: np.random.Generator) -> Cover:
    """Return a pen signature: loops and a flourish, 30 to 70 mm wide."""
    wide, high = round(float(rng.uniform(30, 70)) * MM), round(float(rng.uniform(12, 32)) * MM)
    mask = np.zeros((high, wide), np.uint8)
    for _ in range(int(rng.integers(1, 4))):
        count = int(rng.integers(4, 22))
        x = np.linspace(float(rng.uniform(0.03, 0.4)), float(rng.uniform(0.6, 0.97)), count)
        if rng.uniform() < 0.4:
            x = x[::-1]
        x = x + rng.normal(0, 0.05, count)
        y = np.clip(float(rng.uniform(0.3, 0.7)) + rng.normal(0, float(rng.uniform(0.05, 0.3)), count), 0.03, 0.97)
        curve = _smooth(np.column_stack([np.clip(x, 0.02, 0.98) * wide, y * high]))
        width = float(rng.uniform(0.25, 0.95)) * MM
        for start, end in pairwise(curve):
            a, b = (tuple(int(v * 8) for v in p) for p in (start, end))
            cv2.line(mask, a, b, 255, max(1, round(width * float(rng.uniform(0.8, 1.15)))), cv2.LINE_AA, 3)
    return np.asarray(mask, np.float32) / 255


def _smooth(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points of a Catmull-Rom curve through *points*."""
    padded = np.vstack([points[:1], points, points[-1:]])
    t = np.linspace(0, 1, 10, endpoint=False)[:, None]
    parts = [
        0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
        for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False)
    ]
    return np.vstack([*parts, points[-1:]])
