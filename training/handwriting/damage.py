"""From drawn ink to scanned grey: toner, optics, resolution, thresholds, JPEG."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from training.handwriting.strokes import Canvas


def scan(ink: Canvas, em: float, rng: np.random.Generator) -> tuple[NDArray[np.uint8], float]:
    """Scan *ink* (0 paper, 1 ink; *em* pixels per em of type, 13 to 14 pt) at 100 to 220 dpi.

    Finer scans look the same once they are reduced to the strip's 24 pixels an em, and take longer to make.

    Returns:
        Grey samples, and scanned pixels per pixel of *ink*.
    """
    dpi = float(rng.choice([100, 130, 160, 200, 220, 220, 220]))
    zoom = float(rng.uniform(13, 14.2)) / 72 * dpi / em
    tilt = float(np.clip(rng.normal(0, 0.35), -1, 1))
    height, width = ink.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), tilt, 1.0)
    picture = np.asarray(cv2.warpAffine(ink, matrix, (width, height), flags=cv2.INTER_LINEAR), np.float32)
    if rng.random() < 0.35:  # strokes run out or break
        speck = rng.normal(0, 1, (height // 3 + 1, width // 3 + 1)).astype(np.float32)
        cloud = cv2.resize(speck, (width, height), interpolation=cv2.INTER_LINEAR)
        picture = np.clip(picture - np.clip(cloud - 1.2, 0, 1) * float(rng.uniform(0.2, 0.9)) * (picture > 0), 0, 1)
    blur = float(rng.uniform(0.2, 0.8)) / zoom
    if blur > 0.35:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), blur), np.float32)
    size = (max(8, round(width * zoom)), max(8, round(height * zoom)))
    picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA if zoom < 1 else cv2.INTER_LINEAR))
    paper = float(rng.uniform(205, 255))
    black = float(rng.uniform(0, 80))
    gray = paper - picture * (paper - black)
    if rng.random() < 0.3:
        slope = np.linspace(-1, 1, size[0], dtype=np.float32)[None] * float(rng.uniform(-14, 14))
        gray = gray + slope
    gray = gray + rng.normal(0, float(rng.uniform(0.5, 9)), gray.shape).astype(np.float32)
    kind = rng.random()
    if kind < 0.22:  # black and white scanner
        level = paper - (paper - black) * float(rng.uniform(0.3, 0.62))
        return np.where(gray < level, 0, 255).astype(np.uint8), zoom
    sharp = np.clip(gray, 0, 255).astype(np.uint8)
    if kind < 0.4:  # scanners sharpen
        soft = cv2.GaussianBlur(sharp, (0, 0), 1.2)
        sharp = np.asarray(cv2.addWeighted(sharp, 1.8, soft, -0.8, 0), np.uint8)
    if kind < 0.9:
        ok, data = cv2.imencode(".jpg", sharp, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(18, 92))])
        if ok:
            sharp = np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)
    return sharp, zoom
