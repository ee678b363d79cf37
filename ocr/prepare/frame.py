"""The upright frame of a page (see ``ocr/model.py``): one matrix for the turn and the straightening.

Coordinates are pixel *edges*: a pixel in column x covers x to x + 1. A matrix ``(a, b, c, d, e, f)`` maps
``x' = a x + b y + c`` and ``y' = d x + e y + f``; y grows downwards.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import cv2
import numpy as np

from ocr.model import Box
from ocr.recognizer import Gray

Matrix = tuple[float, float, float, float, float, float]


def canvas_size(width: int, height: int, rotation: int, skew_deg: float) -> tuple[int, int]:
    """Return (width, height) of the frame of a scan of *width* x *height* pixels: no corner is lost."""
    if rotation in (90, 270):
        width, height = height, width
    angle = math.radians(skew_deg)
    c, s = abs(math.cos(angle)), abs(math.sin(angle))
    return math.ceil(width * c + height * s - 1e-6), math.ceil(width * s + height * c - 1e-6)


def scan_to_frame(width: int, height: int, rotation: int, skew_deg: float) -> Matrix:
    """Return the matrix from pixels of the scan to pixels of the frame.

    Args:
        width: of the scan as stored, pixels.
        height: of the scan as stored, pixels.
        rotation: 0, 90, 180 or 270, clockwise.
        skew_deg: counter-clockwise, degrees, after the rotation and about the centre.
    """
    turned: Matrix = {
        0: (1.0, 0.0, 0.0, 0.0, 1.0, 0.0),
        90: (0.0, -1.0, float(height), 1.0, 0.0, 0.0),
        180: (-1.0, 0.0, float(width), 0.0, -1.0, float(height)),
        270: (0.0, 1.0, 0.0, -1.0, 0.0, float(width)),
    }[rotation]
    upright_w, upright_h = (height, width) if rotation in (90, 270) else (width, height)
    canvas_w, canvas_h = canvas_size(upright_w, upright_h, 0, skew_deg)
    return _after(turned, _turn_about_centre(upright_w, upright_h, canvas_w, canvas_h, skew_deg))


def _turn_about_centre(width: float, height: float, canvas_w: float, canvas_h: float, skew_deg: float) -> Matrix:
    angle = math.radians(skew_deg)
    c, s = math.cos(angle), math.sin(angle)
    cx, cy = width / 2, height / 2
    return (c, s, canvas_w / 2 - c * cx - s * cy, -s, c, canvas_h / 2 + s * cx - c * cy)


def _after(first: Matrix, second: Matrix) -> Matrix:
    a, b, c, d, e, f = first
    p, q, r, s, t, u = second
    return (p * a + q * d, p * b + q * e, p * c + q * f + r, s * a + t * d, s * b + t * e, s * c + t * f + u)


def map_box(box: Box, matrix: Matrix, width: int, height: int) -> Box:
    """Return the upright box around *box* after *matrix*, cut to a frame of *width* x *height*."""
    a, b, c, d, e, f = matrix
    left, top, right, bottom = box
    corners = [(a * x + b * y + c, d * x + e * y + f) for x in (left, right) for y in (top, bottom)]
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    return cut_box((math.floor(min(xs)), math.floor(min(ys)), math.ceil(max(xs)), math.ceil(max(ys))), width, height)


def cut_box(box: Box, width: int, height: int) -> Box:
    """Return *box* cut to the frame, never empty."""
    left, top = min(max(box[0], 0), width - 1), min(max(box[1], 0), height - 1)
    return left, top, min(max(box[2], left + 1), width), min(max(box[3], top + 1), height)


def around(boxes: Iterable[Box]) -> Box:
    """Return the box around *boxes* (at least one)."""
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def turn(gray: Gray, rotation: int) -> Gray:
    """Return *gray* turned clockwise by *rotation* (0, 90, 180, 270)."""
    return np.rot90(gray, -(rotation // 90)) if rotation else gray


def straighten(gray: Gray, skew_deg: float, paper: int, zoom: float = 1.0) -> Gray:
    """Return *gray* scaled by *zoom* and turned counter-clockwise by *skew_deg*, in one interpolation.

    The canvas is that of :func:`canvas_size` for the scaled picture, its corners filled with *paper*.
    """
    height, width = gray.shape
    scaled_w, scaled_h = scaled_size(width, height, zoom)
    canvas_w, canvas_h = canvas_size(scaled_w, scaled_h, 0, skew_deg)
    a, b, c, d, e, f = _turn_about_centre(scaled_w, scaled_h, canvas_w, canvas_h, skew_deg)
    zx, zy = scaled_w / width, scaled_h / height
    a, b, d, e = a * zx, b * zy, d * zx, e * zy
    # OpenCV counts from pixel centres.
    centred = np.array([[a, b, c + (a + b - 1) / 2], [d, e, f + (d + e - 1) / 2]])
    turned = cv2.warpAffine(
        np.ascontiguousarray(gray),
        centred,
        (canvas_w, canvas_h),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=paper,
    )
    return np.asarray(turned, np.uint8)


def scaled_size(width: int, height: int, zoom: float) -> tuple[int, int]:
    """Return (width, height) after scaling by *zoom*, whole pixels."""
    return max(1, round(width * zoom)), max(1, round(height * zoom))
