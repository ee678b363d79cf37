"""Digits as a person writes them: pen paths with many habits, drawn by a pen of some width.

A digit is a few strokes; a stroke is a list of points in a box one unit high (0 top, 1 foot) and about 0.6 wide,
joined by a smooth curve. A point given twice is a corner. The habits are those taught in Vietnamese schools and seen
in offices: 1 with a long flag, 7 with a bar, open 4, looped 2, the bar of 5 as a stroke of its own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Point = tuple[float, float]
Stroke = list[Point]
Path = NDArray[np.float64]  # (n, 2): x, y
Canvas = NDArray[np.float32]  # 0 paper, 1 ink


def _oval(cx: float, cy: float, rx: float, ry: float, start_deg: float, turn_deg: float, count: int = 9) -> Stroke:
    """Points on an oval from *start_deg* (0 right, 90 top) over *turn_deg*, counter-clockwise when positive."""
    angles = [math.radians(start_deg + turn_deg * i / (count - 1)) for i in range(count)]
    return [(cx + rx * math.cos(a), cy - ry * math.sin(a)) for a in angles]


def _zero(rng: np.random.Generator) -> list[Stroke]:
    wide = rng.uniform(0.17, 0.31)
    start = rng.uniform(40, 130)
    turn = rng.uniform(335, 400) * (1 if rng.random() < 0.9 else -1)
    oval = _oval(0.3, 0.5, wide, 0.5, start, turn)
    kind = rng.random()
    if kind < 0.12:  # a hook where the pen came down
        oval = [(0.3 + wide * 0.2, 0.16), *oval]
    elif kind < 0.24:  # the end runs over the start
        oval = [*oval, (oval[-1][0] + rng.uniform(-0.1, 0.2), oval[-1][1] + rng.uniform(-0.1, 0.12))]
    strokes = [oval]
    if kind > 0.985:
        strokes.append([(0.48, 0.12), (0.1, 0.92)])
    return strokes


def _one(rng: np.random.Generator) -> list[Stroke]:
    kind = rng.random()
    top = (0.34, rng.uniform(-0.03, 0.06))
    foot = (0.34 + rng.uniform(-0.06, 0.06), 1.0)
    if kind < 0.14:
        return [[top, (0.34 + rng.uniform(-0.03, 0.03), 0.5), foot]]
    reach, fall = rng.uniform(0.1, 0.42), rng.uniform(0.14, 0.75)
    flag = (top[0] - reach, top[1] + fall)
    middle = ((flag[0] + top[0]) / 2 + rng.uniform(-0.03, 0.06), (flag[1] + top[1]) / 2 + rng.uniform(-0.03, 0.07))
    stroke = [flag, middle, top, top, (0.34 + rng.uniform(-0.03, 0.03), 0.5), foot]
    if kind > 0.92:
        return [stroke, [(0.34 - rng.uniform(0.12, 0.25), 1.0), (0.34 + rng.uniform(0.12, 0.25), 1.0)]]
    return [stroke]


def _two(rng: np.random.Generator) -> list[Stroke]:
    start = (rng.uniform(0.02, 0.14), rng.uniform(0.14, 0.34))
    bow = [start, (0.16, 0.05), (0.32, 0.0), (0.5, 0.1), (0.53, 0.26), (0.43, 0.46)]
    kind = rng.random()
    if kind < 0.36:  # corner at the foot, level base
        corner = (rng.uniform(0.0, 0.1), rng.uniform(0.93, 1.0))
        return [[*bow, (0.24, 0.72), corner, corner, (0.3, 0.97), (rng.uniform(0.48, 0.66), rng.uniform(0.9, 1.02))]]
    if kind < 0.86:  # a loop at the foot, then a wave
        size = rng.uniform(0.05, 0.13)
        loop = [(0.26, 0.74), (0.12, 0.97), (0.0, 0.97 - size), (0.1, 0.97 - 2 * size), (0.26, 0.92 - size * 0.4)]
        return [[*bow, *loop, (0.42, 0.99), (rng.uniform(0.54, 0.72), rng.uniform(0.84, 0.99))]]
    return [[*bow, (0.2, 0.78), (0.05, 0.97), (0.22, 0.96), (0.4, 0.98), (0.6, 0.95)]]


def _three(rng: np.random.Generator) -> list[Stroke]:
    waist = rng.uniform(0.4, 0.5)
    belly = [
        (0.5, waist + 0.14),
        (0.56, 0.72),
        (0.44, 0.96),
        (0.22, 1.0),
        (rng.uniform(0.0, 0.1), rng.uniform(0.8, 0.95)),
    ]
    kind = rng.random()
    if kind < 0.3:  # flat top
        corner = (0.5, rng.uniform(0.0, 0.05))
        inner = (rng.uniform(0.2, 0.3), waist)
        return [[(0.05, rng.uniform(0.0, 0.08)), (0.28, 0.02), corner, corner, inner, inner, *belly]]
    head = [(rng.uniform(0.02, 0.12), rng.uniform(0.08, 0.24)), (0.24, 0.0), (0.46, 0.08), (0.46, 0.27)]
    if kind < 0.5:  # small loop at the waist
        return [[*head, (0.32, waist), (0.2, waist + 0.04), (0.22, waist - 0.05), (0.34, waist + 0.02), *belly]]
    inner = (rng.uniform(0.18, 0.28), waist)
    return [[*head, (0.36, waist - 0.04), inner, inner, *belly]]


def _four(rng: np.random.Generator) -> list[Stroke]:
    bar = rng.uniform(0.56, 0.74)
    stem_x = rng.uniform(0.32, 0.46)
    end = rng.uniform(0.52, 0.78)
    corner = (rng.uniform(-0.02, 0.06), bar + rng.uniform(-0.03, 0.03))
    kind = rng.random()
    if kind < 0.22:  # closed, one stroke
        tip = (stem_x, 0.0)
        return [[(stem_x, 1.0), (stem_x + 0.01, 0.5), tip, tip, (0.2, 0.36), corner, corner, (0.3, bar), (end, bar)]]
    start = (rng.uniform(0.1, 0.32), rng.uniform(-0.04, 0.1))
    stem_top = rng.uniform(0.12, 0.5) if kind < 0.8 else rng.uniform(-0.06, 0.12)
    stem = [(stem_x + rng.uniform(0.0, 0.1), stem_top), (stem_x + 0.02, 0.7), (stem_x + rng.uniform(-0.08, 0.03), 1.0)]
    angle = [start, ((start[0] + corner[0]) / 2 - rng.uniform(0, 0.05), bar * 0.55), corner, corner]
    if kind > 0.92:  # the left side bends into the bar
        angle = [start, (start[0] - 0.1, bar * 0.6), (corner[0] + 0.03, bar - 0.03)]
    return [[*angle, (0.3, bar + rng.uniform(-0.03, 0.02)), (end, bar + rng.uniform(-0.09, 0.04))], stem]


def _five(rng: np.random.Generator) -> list[Stroke]:
    left = rng.uniform(0.08, 0.2)
    waist = rng.uniform(0.36, 0.48)
    belly = [(0.3, waist - 0.05), (0.5, waist + 0.12), (0.53, 0.74), (0.38, 0.98), (0.16, 1.0)]
    belly.append((rng.uniform(-0.04, 0.06), rng.uniform(0.82, 0.96)))
    turn = (left - 0.03, waist)
    end = (rng.uniform(0.45, 0.85), rng.uniform(-0.1, 0.08))
    kind = rng.random()
    if kind < 0.6:  # the bar is a stroke of its own, often long and rising
        gap = rng.uniform(-0.04, 0.06)
        return [
            [(left, rng.uniform(0.0, 0.08)), turn, turn, *belly],
            [(left + gap, rng.uniform(-0.03, 0.1)), ((left + end[0]) / 2, 0.04 + end[1] * 0.4), end],
        ]
    if kind < 0.88:  # from the bar down in one go
        top = (left, rng.uniform(0.0, 0.05))
        return [[(min(end[0], 0.62), end[1]), (left + 0.2, 0.02), top, top, turn, turn, *belly]]
    return [[(0.5, 0.02), (0.26, 0.03), (left, 0.16), (left + 0.02, 0.36), *belly]]


def _six(rng: np.random.Generator) -> list[Stroke]:
    loop_top = rng.uniform(0.44, 0.6)
    start = (rng.uniform(0.3, 0.56), rng.uniform(-0.04, 0.08))
    down = [start, (0.16, 0.3), (0.04, 0.62), (0.1, 0.92), (0.28, 1.0)]
    close = [(0.46, 0.9), (0.5, loop_top + 0.16), (0.36, loop_top), (0.18, loop_top + 0.1)]
    tail = (rng.uniform(0.06, 0.14), loop_top + rng.uniform(0.12, 0.3))
    return [[*down, *close, tail] if rng.random() < 0.85 else [*down, *close]]


def _seven(rng: np.random.Generator) -> list[Stroke]:
    corner = (rng.uniform(0.44, 0.58), rng.uniform(-0.02, 0.08))
    foot = (rng.uniform(0.08, 0.34), 1.0)
    bend = ((corner[0] + foot[0]) / 2 + rng.uniform(-0.07, 0.03), 0.5)
    head: Stroke = [(rng.uniform(-0.02, 0.1), rng.uniform(0.0, 0.1)), (0.25, rng.uniform(0.0, 0.08)), corner, corner]
    kind = rng.random()
    if kind < 0.4:  # a leaf or hook on the left
        head = [
            (rng.uniform(0.0, 0.08), rng.uniform(0.14, 0.3)),
            (0.08, 0.04),
            (0.25, rng.uniform(0.05, 0.14)),
            corner,
            corner,
        ]
    elif kind < 0.55:  # a round shoulder
        head = [head[0], (0.25, 0.0), (corner[0] - 0.04, 0.04), (corner[0], 0.14)]
    strokes: list[Stroke] = [[*head, bend, foot]]
    if rng.random() < 0.72:
        y, x = rng.uniform(0.38, 0.6), bend[0]
        left, right = rng.uniform(0.08, 0.28), rng.uniform(0.1, 0.34)
        strokes.append([(x - left, y + rng.uniform(-0.04, 0.06)), (x, y), (x + right, y + rng.uniform(-0.1, 0.03))])
    return strokes


def _eight(rng: np.random.Generator) -> list[Stroke]:
    waist = rng.uniform(0.4, 0.52)
    top, low = rng.uniform(0.13, 0.22), rng.uniform(0.19, 0.28)
    start = (0.3 + top * rng.uniform(0.2, 1.1), rng.uniform(0.06, 0.2))
    left_top = [start, (0.28, 0.0), (0.3 - top, waist * 0.48), (0.3, waist)]
    right_low = [(0.3 + low, (waist + 1) / 2), (0.28, 1.0), (0.3 - low, (waist + 1) / 2 + 0.02), (0.28, waist + 0.02)]
    kind = rng.random()
    if kind < 0.8:
        end = (0.3 + top * rng.uniform(0.5, 1.2), rng.uniform(0.06, 0.2))
        return [[*left_top, *right_low, (0.3 + top * 0.8, waist * 0.5), end]]
    if kind < 0.9:
        oval = _oval(0.3, waist / 2, top, waist / 2, -80, 370)
        return [oval, _oval(0.3, (waist + 1) / 2, low, (1 - waist) / 2, 95, rng.choice([-370.0, 370.0]))]
    mirrored = [(0.6 - x, y) for x, y in (*left_top, *right_low)]
    return [[*mirrored, (0.3 - top * 0.8, waist * 0.5), (0.3, 0.02)]]


def _nine(rng: np.random.Generator) -> list[Stroke]:
    loop = rng.uniform(0.22, 0.3)
    wide = rng.uniform(0.17, 0.25)
    ring = _oval(0.28, loop, wide, loop, rng.uniform(10, 70), rng.uniform(310, 350))
    right = 0.28 + wide
    kind = rng.random()
    if kind < 0.4:  # straight tail
        tail = [(right, loop * 0.9), (right - 0.02, 0.6), (right + rng.uniform(-0.12, 0.03), 1.0)]
    elif kind < 0.85:  # tail that curls to the left
        tail = [(right, loop * 0.9), (right, 0.65), (right - 0.1, 0.94), (0.2, 1.0), (rng.uniform(-0.02, 0.1), 0.9)]
    else:
        tail = [(right, loop), (right - 0.06, 0.6), (right - 0.22, 1.0)]
    if rng.random() < 0.3:  # ring and tail as two strokes
        return [ring, [(right + 0.01, rng.uniform(-0.02, 0.12)), *tail[1:]]]
    return [[*ring, *tail]]


_SHAPES = (_zero, _one, _two, _three, _four, _five, _six, _seven, _eight, _nine)


@dataclass(frozen=True)
class Hand:
    """What the digits of one writing have in common. Lengths in heights of a digit."""

    slant: float  # shift of the top to the right per unit of height
    aspect: float  # width against the taught shape
    shake: float  # standard deviation of each point
    pen: float  # width of the line
    pressure: float  # share by which the width swings along a stroke
    spacing: float  # white between digits; negative: they touch
    wander: float  # up and down from digit to digit
    tie: float  # chance that a digit is joined to the next

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Hand:
        """Draw a writer."""
        return cls(
            slant=float(rng.normal(0.16, 0.17)),
            aspect=float(rng.uniform(0.72, 1.3)),
            shake=float(rng.uniform(0.008, 0.045)),
            pen=float(rng.choice([rng.uniform(0.035, 0.07), rng.uniform(0.06, 0.11), rng.uniform(0.1, 0.16)])),
            pressure=float(rng.uniform(0.0, 0.45)),
            spacing=float(max(-0.06, rng.normal(0.1, 0.1))),
            wander=float(rng.uniform(0.0, 0.07)),
            tie=float(rng.choice([0.0, 0.0, 0.0, 0.35])),
        )


_STEPS = 6
_T = np.arange(1, _STEPS + 1)[:, None] / _STEPS
_BASIS = np.hstack([2 * _T**3 - 3 * _T**2 + 1, _T**3 - 2 * _T**2 + _T, -2 * _T**3 + 3 * _T**2, _T**3 - _T**2])


def smooth(points: Stroke) -> Path:
    """Return a curve through *points* (Catmull-Rom), six samples a segment; a point given twice stays a corner."""
    given = np.asarray(points, np.float64)
    first = np.ones(len(given), bool)
    first[1:] = np.abs(np.diff(given, axis=0)).sum(axis=1) > 1e-9
    knots = given[first]
    if len(knots) < 2:
        return knots
    corner = np.zeros(len(knots), bool)
    corner[np.cumsum(first)[~first] - 1] = True
    step = np.diff(knots, axis=0)
    tangent = np.empty_like(knots)
    tangent[1:-1] = (knots[2:] - knots[:-2]) / 2
    tangent[0], tangent[-1] = step[0] / 2, step[-1] / 2
    leave = np.where(corner[:-1, None], step, tangent[:-1])
    arrive = np.where(corner[1:, None], step, tangent[1:])
    curve = np.einsum("tk,ksd->std", _BASIS, np.stack([knots[:-1], leave, knots[1:], arrive]))
    return np.concatenate([knots[:1], curve.reshape(-1, 2)])


def digit_paths(digit: int, hand: Hand, rng: np.random.Generator) -> list[Path]:
    """Return the pen paths of *digit* as *hand* writes it: x to the right from about 0, y from 0 (top) to 1 (foot)."""
    strokes = _SHAPES[digit](rng)
    turn = math.radians(float(rng.normal(0, 3.5)))
    c, s = math.cos(turn), math.sin(turn)
    slant = hand.slant + float(rng.normal(0, 0.03))
    aspect = hand.aspect * float(rng.uniform(0.88, 1.12))
    low = rng.normal(0, 1.0, (2, 2)) * hand.shake * 1.5  # a slow bend over the whole digit
    paths = []
    for stroke in strokes:
        same = {p: (float(rng.normal(0, hand.shake)), float(rng.normal(0, hand.shake))) for p in stroke}
        shaken = [(x + same[(x, y)][0], y + same[(x, y)][1]) for x, y in stroke]
        path = smooth(shaken)
        path = path + np.sin(path[:, ::-1] * np.pi * 1.3) @ low
        x = (path[:, 0] - 0.3) * aspect
        y = path[:, 1] - 0.5
        x, y = c * x - s * y, s * x + c * y
        paths.append(np.stack([x - slant * y, y + 0.5], axis=1))
    left = min(float(p[:, 0].min()) for p in paths)
    return [p - np.array([left, 0.0]) for p in paths]


def number_paths(digits: str, hand: Hand, rng: np.random.Generator) -> tuple[list[Path], float]:
    """Return the paths of *digits* side by side and their whole width, both in heights of a digit."""
    paths: list[Path] = []
    at, last = 0.0, None
    for character in digits:
        size = float(rng.uniform(0.9, 1.1))
        drop = float(rng.normal(0, hand.wander))
        own = [p * size + np.array([at, 1 - size + drop]) for p in digit_paths(int(character), hand, rng)]
        if last is not None and rng.random() < hand.tie:
            paths.append(np.stack([last, own[0][0]]))
        paths += own
        last = own[-1][-1]
        at = max(float(p[:, 0].max()) for p in own) + hand.spacing + float(np.clip(rng.normal(0, 0.04), -0.05, 0.2))
    return paths, max((float(p[:, 0].max()) for p in paths), default=0.0)


def draw_paths(
    canvas: Canvas, paths: list[Path], origin: Point, height: float, hand: Hand, rng: np.random.Generator
) -> None:
    """Draw *paths* on *canvas*: *origin* is where (0, 0) falls, *height* the height of a digit, both in pixels."""
    ink = np.zeros(canvas.shape, np.uint8)
    for path in paths:
        points = path * height + np.asarray(origin)
        count = len(points)
        phase, waves = rng.uniform(0, 2 * np.pi), rng.uniform(0.6, 1.6)
        swing = 1 + hand.pressure * 0.5 * np.sin(phase + np.linspace(0, waves * 2 * np.pi, count))
        widths = np.maximum(1, np.round(hand.pen * height * swing)).astype(int)
        fixed = np.round(points * 16).astype(np.int32)
        for i in range(count - 1):
            a, b = (int(fixed[i, 0]), int(fixed[i, 1])), (int(fixed[i + 1, 0]), int(fixed[i + 1, 1]))
            cv2.line(ink, a, b, 255, int(widths[i]), cv2.LINE_AA, 4)
    np.maximum(canvas, ink.astype(np.float32) / 255, out=canvas)
