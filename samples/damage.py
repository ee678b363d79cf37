"""From a clean page to what a scanner gives: skew, blur, uneven light, paper tint, noise, specks, show-through."""

from __future__ import annotations

import cv2
import numpy as np

from samples.marks import Pixels
from samples.model import Scan


def show_through(front: Pixels, strength: float = 0.07) -> Pixels:
    """Return the empty back side on which *front* shines through, mirrored and soft."""
    mirrored = cv2.GaussianBlur(cv2.flip(front, 1), (0, 0), 3.0)
    return cv2.addWeighted(mirrored, strength, np.full_like(mirrored, 255), 1 - strength, 0)


def scanned(page: Pixels, scan: Scan, number: int, rng: np.random.Generator) -> Pixels:
    """Return *page* (rows, columns, 3; white paper) as the scanner would give sheet *number* (0-based)."""
    page = _specks(page, scan, rng)
    if scan.holes:
        _holes(page, scan.dpi)
    blur = scan.blur_px * scan.dpi / 300
    if blur > 0:
        page = cv2.GaussianBlur(page, (0, 0), blur)
    page = _turned(page, scan.skew_deg[number % len(scan.skew_deg)], rng)
    return _lit(page, scan, rng)


def _specks(page: Pixels, scan: Scan, rng: np.random.Generator) -> Pixels:
    page = page.copy()
    for _ in range(scan.specks):
        centre = (int(rng.integers(0, page.shape[1])), int(rng.integers(0, page.shape[0])))
        shade = int(rng.integers(70, 200))
        cv2.circle(page, centre, int(rng.integers(1, 3)), (shade, shade, shade), -1, cv2.LINE_AA)
    return page


def _holes(page: Pixels, dpi: int) -> None:
    for y in (0.5 - 40 / 297, 0.5 + 40 / 297):
        centre = (round(11 / 25.4 * dpi), round(page.shape[0] * y))
        cv2.circle(page, centre, round(3 / 25.4 * dpi), (120, 120, 122), -1, cv2.LINE_AA)
        cv2.circle(page, centre, round(3 / 25.4 * dpi), (70, 70, 72), 3, cv2.LINE_AA)


def _turned(page: Pixels, degrees: float, rng: np.random.Generator) -> Pixels:
    high, wide = page.shape[:2]
    matrix = cv2.getRotationMatrix2D((wide / 2, high / 2), degrees, 1.0)
    matrix[:, 2] += rng.uniform(-0.004, 0.004, 2) * wide
    return cv2.warpAffine(page, matrix, (wide, high), flags=cv2.INTER_LINEAR, borderValue=(255, 255, 255))


def _lit(page: Pixels, scan: Scan, rng: np.random.Generator) -> Pixels:
    """Light, tint and noise; the noise is a tile laid at a random offset, which no eye can tell."""
    high, wide = page.shape[:2]
    corners = 1 - rng.uniform(0, scan.shade, (3, 3)).astype(np.float32)
    corners[1, 1] = 1.0
    light = cv2.resize(corners, (wide, high), interpolation=cv2.INTER_LINEAR)
    if scan.shadow:
        edge = np.linspace(0.62, 1.0, round(wide * 0.03), dtype=np.float32)
        light[:, : len(edge)] = light[:, : len(edge)] * edge
    tile = rng.normal(0, scan.noise, (512, 512)).round().astype(np.int16)
    tile = np.roll(tile, tuple(int(v) for v in rng.integers(0, 512, 2)), (0, 1))
    noise = cv2.repeat(tile, high // 512 + 1, wide // 512 + 1)[:high, :wide]
    planes = []
    for plane, tint in zip(cv2.split(page), scan.paper, strict=True):
        # Eight bits of light are enough under the noise, and several times faster than floating point.
        shaded = cv2.multiply(plane, cv2.convertScaleAbs(light, alpha=tint), scale=1 / 255)
        planes.append(cv2.add(shaded, noise, dtype=cv2.CV_8U))
    return cv2.merge(planes)
