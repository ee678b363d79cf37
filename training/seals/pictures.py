"""Training pictures of the filter: typed lines with seals and signatures over them, printed, stamped and scanned.

A picture is (rows, columns) of ink as ``ocr.prepare.overprint`` gives it to the filter; its answer is how far each
pixel is typed ink.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from training.seals.drawings import DRAW, Cover, Faces, seal, signature, typed

ROWS, COLUMNS = 96, 208
_TWICE = 2


@dataclass(frozen=True)
class Pool:
    """Drawings to put together; drawing them anew for every picture would take most of the time."""

    lines: tuple[tuple[Cover, int], ...]
    seals: tuple[Cover, ...]
    hands: tuple[Cover, ...]


def make_pool(seed: int, faces: Faces, names: tuple[tuple[str, ...], tuple[str, ...]], size: int) -> Pool:
    """Return *size* seals, half as many signatures and four times as many typed lines."""
    rng = np.random.default_rng([seed, 77])
    return Pool(
        tuple(typed(rng, faces, names) for _ in range(4 * size)),
        tuple(seal(rng, faces) for _ in range(size)),
        tuple(signature(rng) for _ in range(size // 2)),
    )


def picture(pool: Pool, rng: np.random.Generator) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return ink and how far it is typed, both (ROWS, COLUMNS) float32."""
    high, wide = ROWS * _TWICE, COLUMNS * _TWICE
    text = np.zeros((high, wide), np.float32)
    line, baseline = pool.lines[int(rng.integers(len(pool.lines)))]
    foot = int(rng.integers(int(0.2 * high), high + 10))
    if rng.uniform() < 0.93:
        _lay(text, line, foot - baseline, int(rng.integers(-line.shape[1] // 2, wide - 40)))
    if rng.uniform() < 0.25:
        other, base = pool.lines[int(rng.integers(len(pool.lines)))]
        gap = DRAW * float(rng.uniform(1.2, 4.0)) * (1 if rng.uniform() < 0.5 else -1)
        _lay(text, other, round(foot + gap) - base, int(rng.integers(-other.shape[1] // 2, wide - 40)))
    stamped, pen = np.zeros_like(text), np.zeros_like(text)
    if rng.uniform() < 0.88:
        one = pool.seals[int(rng.integers(len(pool.seals)))]
        side = one.shape[0]
        # its rim goes through the picture, where names are
        angle, reach = float(rng.uniform(0, 2 * np.pi)), float(rng.uniform(0.35, 1.0)) * side / 2
        if rng.uniform() < 0.5:
            angle = float(rng.uniform(0.1, 0.75)) * np.pi
        at_x, at_y = float(rng.uniform(0.1, 0.9)) * wide, foot - 0.3 * DRAW + float(rng.normal(0, 20))
        _lay(
            stamped, one, round(at_y - reach * np.sin(angle) - side / 2), round(at_x - reach * np.cos(angle) - side / 2)
        )
    if rng.uniform() < 0.55:
        hand = pool.hands[int(rng.integers(len(pool.hands)))]
        _lay(pen, hand, int(rng.integers(-hand.shape[0], high)), int(rng.integers(-hand.shape[1] // 2, wide - 20)))
    bilevel = rng.uniform() < 0.4
    print_dark = float(rng.uniform(0.55, 0.97))
    seal_dark = float(rng.uniform(0.15, 0.95)) if not bilevel else float(rng.uniform(0.55, 0.95))
    pen_dark = float(rng.uniform(0.5, 0.95))
    light = (1 - print_dark * text) * (1 - seal_dark * stamped) * (1 - pen_dark * pen)
    light = cv2.GaussianBlur(light, (0, 0), float(rng.uniform(0.4, 1.7)))
    share = float(rng.uniform(0.55, 1.0))
    if share < 0.9:
        small = cv2.resize(light, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
        light = cv2.resize(small, (wide, high), interpolation=cv2.INTER_LINEAR)
    light = light + rng.normal(0, float(rng.uniform(0.0, 0.045)), light.shape).astype(np.float32)
    black = 1 - print_dark
    if bilevel:
        light = (light > float(rng.uniform(0.45, 0.8))).astype(np.float32)
        black = 0.0
        if rng.uniform() < 0.3:
            light = _specked(light, rng)
    elif rng.uniform() < 0.5:
        coded = cv2.imencode(".jpg", _bytes(light), [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(40, 90))])[1]
        light = cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE).astype(np.float32) / 255
    light = cv2.resize(light, (COLUMNS, ROWS), interpolation=cv2.INTER_AREA)
    black += float(rng.normal(0, 0.04))
    paper = 1 + float(rng.normal(0, 0.02))
    ink = np.clip((paper - light) / max(0.2, paper - black), 0, 1.25).astype(np.float32)
    answer = cv2.resize(cv2.GaussianBlur(text, (0, 0), 0.8), (COLUMNS, ROWS), interpolation=cv2.INTER_AREA)
    return ink, np.clip(answer * 1.15, 0, 1).astype(np.float32)


def _lay(onto: Cover, what: Cover, top: int, left: int) -> None:
    """Lay *what* on *onto*, cutting off what falls outside."""
    y0, x0 = max(top, 0), max(left, 0)
    y1, x1 = min(top + what.shape[0], onto.shape[0]), min(left + what.shape[1], onto.shape[1])
    if y1 > y0 and x1 > x0:
        part = onto[y0:y1, x0:x1]
        np.maximum(part, what[y0 - top : y1 - top, x0 - left : x1 - left], out=part)


def _specked(light: Cover, rng: np.random.Generator) -> Cover:
    """Specks of a bilevel scan, black and white."""
    out = light.copy()
    count = int(rng.integers(5, 120))
    rows, columns = rng.integers(0, light.shape[0], count), rng.integers(0, light.shape[1], count)
    out[rows, columns] = rng.integers(0, 2, count)
    return out


def _bytes(light: Cover) -> NDArray[np.uint8]:
    return np.asarray(np.clip(light * 255, 0, 255), np.uint8)
