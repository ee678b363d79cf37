"""Training pictures of the filter: typed lines with seals and signatures over them, printed, stamped and scanned.

A picture is (rows, columns) of ink as ``ocr.prepare.overprint`` gives it to the filter; its answer is how far each
pixel is typed ink, and its weights say where telling the two apart matters: where something lies over or beside type.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from training.seals.drawings import DRAW, Cover, Faces, seal, signature, typed

ROWS, COLUMNS = 64, 160
_TWICE = 2
#: three pictures in five are black and white: there nothing but shapes parts a seal from print
_BILEVEL = 0.6
#: pixels per em of 14 points in scans of 150, 200, 240 and 300 dots per inch, and in the part that is read again
_SCANS, _READ = (29.0, 38.0, 38.0, 46.0, 57.0, 57.0), 57.0
Picture = tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]


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


def picture(pool: Pool, rng: np.random.Generator) -> Picture:
    """Return ink, how far it is typed, and weights, each (ROWS, COLUMNS) float32."""
    text, over = _laid(pool, rng)
    print_dark = float(rng.uniform(0.55, 0.97))
    if rng.uniform() < _BILEVEL:
        light = _black_and_white(text, over, print_dark, rng)
        black = 0.0
    else:
        light = _grey(text, over, print_dark, rng)
        black = 1 - print_dark
    light = cv2.resize(light, (COLUMNS, ROWS), interpolation=cv2.INTER_AREA)
    black += float(rng.normal(0, 0.04))
    paper = 1 + float(rng.normal(0, 0.02))
    ink = np.clip((paper - light) / max(0.2, paper - black), 0, 1.25).astype(np.float32)
    answer = cv2.resize(cv2.GaussianBlur(text, (0, 0), 0.8), (COLUMNS, ROWS), interpolation=cv2.INTER_AREA)
    answer = np.clip(answer * 1.15, 0, 1).astype(np.float32)
    cover = cv2.resize(np.maximum(*over), (COLUMNS, ROWS), interpolation=cv2.INTER_AREA)
    near = cv2.dilate(answer, np.ones((7, 7), np.uint8)) * cv2.dilate(cover, np.ones((5, 5), np.uint8))
    return ink, answer, np.asarray((np.clip(ink, 0, 1) + 0.03) * (1 + 2 * near), np.float32)


def _laid(pool: Pool, rng: np.random.Generator) -> tuple[Cover, tuple[Cover, Cover]]:
    """Return typed lines, and the seal and the signature over them, all as coverage at twice the size."""
    high, wide = ROWS * _TWICE, COLUMNS * _TWICE
    text = np.zeros((high, wide), np.float32)
    line, baseline = pool.lines[int(rng.integers(len(pool.lines)))]
    foot = int(rng.integers(int(0.3 * high), high + 6))
    first = rng.uniform() < 0.7  # the seal over the first letters, as clerks set it
    left = int(rng.integers(10, wide // 2)) if first else int(rng.integers(-line.shape[1] // 2, wide - 40))
    if first or rng.uniform() < 0.9:
        _lay(text, line, foot - baseline, left)
    if rng.uniform() < 0.25:
        other, base = pool.lines[int(rng.integers(len(pool.lines)))]
        gap = DRAW * float(rng.uniform(1.2, 4.0)) * (1 if rng.uniform() < 0.5 else -1)
        _lay(text, other, round(foot + gap) - base, int(rng.integers(-other.shape[1] // 2, wide - 40)))
    stamped, pen = np.zeros_like(text), np.zeros_like(text)
    if first or rng.uniform() < 0.8:
        one = pool.seals[int(rng.integers(len(pool.seals)))]
        half = one.shape[0] / 2
        # its rim or its words go through the picture, where names are
        reach = float(rng.uniform(0.6, 1.0) if first else rng.uniform(0.35, 1.0)) * half
        angle = float(rng.uniform(-0.1, 0.75) * np.pi if first or rng.uniform() < 0.4 else rng.uniform(0, 2 * np.pi))
        at_x = left + float(rng.uniform(-0.5, 3.5)) * DRAW if first else float(rng.uniform(0.1, 0.9)) * wide
        at_y = foot - 0.3 * DRAW + float(rng.normal(0, 20))
        _lay(stamped, one, round(at_y - reach * np.sin(angle) - half), round(at_x - reach * np.cos(angle) - half))
    if rng.uniform() < 0.5:
        hand = pool.hands[int(rng.integers(len(pool.hands)))]
        _lay(pen, hand, int(rng.integers(-hand.shape[0], high)), int(rng.integers(-hand.shape[1] // 2, wide - 20)))
    return text, (stamped, pen)


def _light(text: Cover, over: tuple[Cover, Cover], darks: tuple[float, float, float]) -> Cover:
    stamped, pen = over
    return (1 - darks[0] * text) * (1 - darks[1] * stamped) * (1 - darks[2] * pen)


def _grey(text: Cover, over: tuple[Cover, Cover], print_dark: float, rng: np.random.Generator) -> Cover:
    """Return paper and ink as a grey scanner sees them, 0.0 to 1.0."""
    light = _light(text, over, (print_dark, float(rng.uniform(0.15, 0.95)), float(rng.uniform(0.5, 0.95))))
    light = cv2.GaussianBlur(light, (0, 0), float(rng.uniform(0.4, 1.7)))
    high, wide = light.shape
    share = float(rng.uniform(0.55, 1.0))
    if share < 0.9:
        small = cv2.resize(light, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
        light = cv2.resize(small, (wide, high), interpolation=cv2.INTER_LINEAR)
    light = light + rng.normal(0, float(rng.uniform(0.0, 0.045)), light.shape).astype(np.float32)
    if rng.uniform() < 0.5:
        coded = cv2.imencode(".jpg", _bytes(light), [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(40, 90))])[1]
        light = cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE).astype(np.float32) / 255
    return light


def _black_and_white(text: Cover, over: tuple[Cover, Cover], print_dark: float, rng: np.random.Generator) -> Cover:
    """Return what a scanner set to black and white gives, at the size of the part that is read again."""
    light = _light(text, over, (print_dark, float(rng.uniform(0.5, 0.95)), float(rng.uniform(0.5, 0.95))))
    size = float(rng.choice(_SCANS)) / DRAW
    light = cv2.resize(light, None, fx=size, fy=size, interpolation=cv2.INTER_AREA if size < 1 else cv2.INTER_LINEAR)
    light = cv2.GaussianBlur(light, (0, 0), float(rng.uniform(0.35, 1.5)) * size)
    light = light + rng.normal(0, float(rng.uniform(0.0, 0.045)), light.shape).astype(np.float32)
    black = _thresholded(light, rng)
    if rng.uniform() < 0.3:
        black = _specked(black, rng)
    grown = _READ / DRAW / size
    if grown > 1.05:
        return np.clip(cv2.resize(black, None, fx=grown, fy=grown, interpolation=cv2.INTER_CUBIC), 0, 1)
    return black


def _thresholded(light: Cover, rng: np.random.Generator) -> Cover:
    """Make black and white as scanners do: by a fixed or a found level, one that follows the paper, or by dots."""
    how = rng.uniform()
    if how < 0.6:
        return (light > float(rng.uniform(0.4, 0.82))).astype(np.float32)
    grey = _bytes(light)
    if how < 0.75:
        return cv2.threshold(grey, 0, 1, cv2.THRESH_BINARY | cv2.THRESH_OTSU)[1].astype(np.float32)
    if how < 0.92:
        side, kind = 2 * int(rng.integers(6, 30)) + 1, int(rng.integers(2))
        return cv2.adaptiveThreshold(grey, 1, kind, cv2.THRESH_BINARY, side, int(rng.integers(8, 40))).astype(
            np.float32
        )
    return np.asarray(Image.fromarray(grey).convert("1"), np.float32)


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
