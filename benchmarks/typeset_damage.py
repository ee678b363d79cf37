"""What copiers, scanners and time do to a sheet. Only the words of the sheet's truth stay as they are.

Unlike the samples of this repository: ink that spreads or fades, folds, curled paper, dirty glass, copier edges, and
black-and-white pages as fax and old scanners give them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[Any]


@dataclass(frozen=True)
class Damage:
    """How one sheet suffers; sizes in millimetres of paper where not said otherwise."""

    dpi: int = 300
    skew_deg: float = 0.0
    blur: float = 0.0  # sigma
    spread: float = 0.0  # -1 faded strokes ... +1 spread ink
    noise: float = 2.0  # sigma, grey levels
    shade: float = 0.0  # share of light lost in the darkest corner
    paper: tuple[int, int, int] = (252, 251, 248)
    folds: int = 0
    curl: float = 0.0  # how far lines bend
    through: float = 0.0  # how strongly the back side shines through
    specks: int = 0
    edge: bool = False  # black copier edge
    jpeg: int = 80
    colour: str = "rgb"  # rgb, grey, bitonal
    turn: int = 0  # counter-clockwise quarter turns


def damage_of(rng: np.random.Generator, hard: bool, number: int) -> Damage:
    """Draw the damage of sheet *number* of a set: ``good`` office scans, or ``hard`` ones."""
    if not hard:
        return Damage(
            dpi=int(rng.choice((200, 300, 300, 300))),
            skew_deg=float(rng.normal(0, 0.4)),
            blur=float(rng.uniform(0.02, 0.05)),
            spread=float(rng.uniform(-0.2, 0.3)),
            noise=float(rng.uniform(1, 4)),
            shade=float(rng.uniform(0, 0.08)),
            specks=int(rng.integers(0, 12)),
            jpeg=int(rng.integers(65, 90)),
            colour=str(rng.choice(("rgb", "rgb", "grey"))),
        )
    tint = float(rng.uniform(0.86, 1.0))
    light = Damage(
        dpi=int(rng.choice((100, 150, 150, 200, 200, 300))),
        skew_deg=float(rng.uniform(-5, 5)) if number % 2 else float(rng.normal(0, 1.0)),
        blur=float(rng.uniform(0.04, 0.1)),
        spread=float(rng.uniform(-0.7, 0.8)),
        noise=float(rng.uniform(3, 11)),
        shade=float(rng.uniform(0.05, 0.4)),
        paper=(int(250 * tint), int(248 * tint), int(240 * tint**1.4)),
        specks=int(rng.integers(0, 160)),
        jpeg=int(rng.integers(30, 65)),
        colour=str(rng.choice(("rgb", "rgb", "grey", "bitonal"))),
    )
    which = int(rng.integers(0, 5))
    if which == 0:
        light = replace(light, folds=int(rng.integers(1, 3)))
    elif which == 1:
        light = replace(light, curl=float(rng.uniform(0.6, 1.8)))
    elif which == 2:
        light = replace(light, through=float(rng.uniform(0.08, 0.2)))
    elif which == 3:
        light = replace(light, edge=True)
    # Letters of ten pixels with blurred marks nobody can read: the coarse scans are at least sharp.
    if light.dpi == 100 or light.colour == "bitonal":
        light = replace(
            light, blur=0.04, spread=max(light.spread, -0.2), noise=min(light.noise, 6.0), dpi=max(light.dpi, 100)
        )
    return replace(light, dpi=max(light.dpi, 200)) if light.colour == "bitonal" else light


def damaged(page: Pixels, damage: Damage, back: Pixels | None, rng: np.random.Generator) -> Pixels:
    """Return *page* (300 dpi, rows x columns x 3) as it comes from the scanner; two dimensions when not in colour."""
    scale = damage.dpi / 300
    mm = 300 / 25.4
    work = page
    if damage.through and back is not None:
        shine = cv2.GaussianBlur(cv2.flip(back, 1), (0, 0), 0.25 * mm)
        work = cv2.multiply(
            work, cv2.addWeighted(shine, damage.through, np.full_like(shine, 255), 1 - damage.through, 0), scale=1 / 255
        )
    if damage.spread > 0.15 or damage.spread < -0.15:
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
        other = cv2.erode(work, kernel) if damage.spread > 0 else cv2.dilate(work, kernel)
        work = cv2.addWeighted(other, abs(damage.spread), work, 1 - abs(damage.spread), 0)
    work = _bent(work, damage, rng)
    if damage.blur:
        work = cv2.GaussianBlur(work, (0, 0), damage.blur * mm)
    if scale != 1:
        work = cv2.resize(work, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    work = _lit(np.asarray(work, np.uint8), damage, rng)
    if damage.colour != "rgb":
        work = cv2.cvtColor(work, cv2.COLOR_RGB2GRAY)
    if damage.colour == "bitonal":
        level = cv2.GaussianBlur(work, (0, 0), 6 * damage.dpi / 25.4)
        work = np.where(work < level.astype(np.int16) - 38, 0, 255).astype(np.uint8)
    return np.ascontiguousarray(np.rot90(work, damage.turn))


def _bent(page: Pixels, damage: Damage, rng: np.random.Generator) -> Pixels:
    """Turn, curl and fold in one resampling; the sheet lies on a slightly darker lid."""
    high, wide = page.shape[:2]
    angle = math.radians(damage.skew_deg)
    cos, sin = math.cos(angle), math.sin(angle)
    shift = rng.uniform(-0.004, 0.004, 2) * wide
    lid = (238, 238, 236)
    if not damage.curl and not damage.folds:
        if abs(damage.skew_deg) < 0.03:
            return page
        matrix = np.array(
            [
                [cos, sin, (1 - cos) * wide / 2 - sin * high / 2 + shift[0]],
                [-sin, cos, sin * wide / 2 + (1 - cos) * high / 2 + shift[1]],
            ]
        )
        return np.asarray(cv2.warpAffine(page, matrix, (wide, high), flags=cv2.INTER_LINEAR, borderValue=lid), np.uint8)
    y, x = np.mgrid[0:high, 0:wide].astype(np.float32)
    mm = 300 / 25.4
    x0, y0 = x - wide / 2 - np.float32(shift[0]), y - high / 2 - np.float32(shift[1])
    sx, sy = cos * x0 - sin * y0 + wide / 2, sin * x0 + cos * y0 + high / 2
    if damage.curl:
        sy = sy + np.float32(damage.curl * mm) * np.sin(np.pi * x / wide + np.float32(rng.uniform(0, 1.5)))
    bent = cv2.remap(page, sx.astype(np.float32), sy.astype(np.float32), cv2.INTER_LINEAR, borderValue=lid)
    for n in range(damage.folds):
        at = high * (0.33 + 0.33 * n + rng.uniform(-0.05, 0.05)) + (x[0] - wide / 2) * rng.uniform(-0.01, 0.01)
        far = np.abs(y - at[None, :]) / mm
        lift = 1 - 0.22 * np.exp(-((far / 0.7) ** 2)) + 0.10 * np.exp(-(((far - 1.2) / 0.8) ** 2))
        bent = np.clip(bent.astype(np.float32) * lift[..., None], 0, 255).astype(np.uint8)
    return np.asarray(bent, np.uint8)


def _lit(page: Pixels, damage: Damage, rng: np.random.Generator) -> Pixels:
    high, wide = page.shape[:2]
    page = page.copy()
    dot = max(1, round(damage.dpi / 200))
    for _ in range(damage.specks):
        shade = int(rng.integers(30, 190))
        centre = (int(rng.integers(0, wide)), int(rng.integers(0, high)))
        cv2.circle(page, centre, int(rng.integers(1, dot + 1)), (shade,) * 3, -1, cv2.LINE_AA)
    if damage.edge:
        width = int(rng.uniform(0.004, 0.02) * wide)
        side = slice(0, width) if rng.random() < 0.5 else slice(wide - width, wide)
        page[:, side] = (page[:, side] * 0.15).astype(np.uint8)
    corners = 1 - rng.uniform(0, max(damage.shade, 1e-6), (4, 4)).astype(np.float32)
    light = cv2.resize(corners, (wide, high), interpolation=cv2.INTER_CUBIC)
    tile = rng.normal(0, damage.noise, (499, 499)).astype(np.float32)
    noise = np.tile(tile, (high // 499 + 1, wide // 499 + 1))[:high, :wide]
    for channel, paper in enumerate(damage.paper):
        plane = page[..., channel].astype(np.float32) * light * (paper / 255) + noise
        page[..., channel] = np.clip(plane + 0.5, 0, 255).astype(np.uint8)
    return page
