"""The copy of a page that is read: upright, level, at reading resolution, even in light, without ruled lines.

Boxes read on it are brought into the frame of the page here, and boxes of the frame onto it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from ocr.layout_grid import Grid
from ocr.model import Box, Line, Word
from ocr.options import ReadOptions
from ocr.prepare.frame import cut_box, scaled_size, straighten, turn
from ocr.prepare.ink import Ink, reduced
from ocr.prepare.light import flattened
from ocr.prepare.ruling import take_out_rules
from ocr.prepare.skew import Slant
from ocr.recognizer import Gray

#: Tesseract reads lines that slope less than this as well as level ones; turning would only blur them.
_LEVEL_ENOUGH_DEG = 0.25
#: Below this the profile shows no lines to go by (pictures, a few words).
_CLEAR_DIRECTION = 1.2
#: resolution of a second look
FINE_DPI = 300


@dataclass(frozen=True)
class OcrCopy:
    """The OCR copy in one position: upright as believed, straightened, at reading resolution."""

    gray: Gray
    rotation: int
    skew_deg: float
    zoom: float  # reading pixels per scan pixel
    dpi: int


def zoom_of(dpi: float, options: ReadOptions) -> tuple[float, int]:
    """Return the factor from scan to reading resolution, and the latter."""
    if dpi > options.reading_dpi * 1.1:
        return options.reading_dpi / dpi, options.reading_dpi
    if dpi < options.min_reading_dpi * 0.9:
        return options.min_reading_dpi / dpi, options.min_reading_dpi
    return 1.0, round(dpi)


def skew_of(slant: Slant, options: ReadOptions) -> float:
    """Return the turn (degrees, counter-clockwise) that makes lines of *slant* level; 0.0 in doubt too."""
    if not options.straighten or slant.contrast < _CLEAR_DIRECTION or abs(slant.skew_deg) < _LEVEL_ENOUGH_DEG:
        return 0.0
    return slant.skew_deg


def make_copy(gray: Gray, rotation: int, skew_deg: float, zoom: float, dpi: int, ink: Ink) -> OcrCopy:
    """Make the OCR copy.

    Args:
        gray: the scan, 0 black.
        rotation: clockwise turn that makes it upright: 0, 90, 180, 270.
        skew_deg: as :func:`skew_of` gives it.
        zoom: reading pixels per scan pixel.
        dpi: of the copy.
        ink: of the scan; its paper fills the corners.

    Whole multiples are averaged away first; the rest of the scaling, at most by half, is one linear interpolation
    together with the turn. (Averaging by broken factors costs ten times as much and reads no better.)
    """
    upright = turn(gray, rotation)
    factor = int(1 / zoom + 1e-6) if zoom < 1 else 1
    picture = reduced(np.ascontiguousarray(upright), factor)
    rest = zoom * factor if factor > 1 and picture is not upright else zoom
    if skew_deg:
        picture = straighten(picture, skew_deg, ink.paper, rest)
    elif rest != 1.0:
        size = scaled_size(picture.shape[1], picture.shape[0], rest)
        how = cv2.INTER_LINEAR if rest < 1 else cv2.INTER_CUBIC
        picture = np.asarray(cv2.resize(picture, size, interpolation=how), np.uint8)
    picture = flattened(picture, dpi)
    return OcrCopy(np.ascontiguousarray(picture), rotation, skew_deg, zoom, dpi)


def without_rules(copy: OcrCopy) -> tuple[OcrCopy, tuple[Grid, ...]]:
    """Return the copy without the ruled lines of tables, and these in pixels of the copy."""
    cleared, grids = take_out_rules(copy.gray, copy.dpi)
    return (replace(copy, gray=cleared), grids) if grids else (copy, ())


def grid_in_frame(grid: Grid, copy: OcrCopy, frame_w: int, frame_h: int) -> Grid:
    """Return *grid* in frame pixels instead of pixels of the OCR copy."""
    rows, columns = copy.gray.shape
    factor = 1 / copy.zoom
    return grid.moved(factor, frame_w / 2 - columns / 2 * factor, frame_h / 2 - rows / 2 * factor)


def finer(gray: Gray, copy: OcrCopy, dpi: float, ink: Ink) -> tuple[Gray, float]:
    """Return *copy* made anew from the scan *gray* (*dpi*) at ``FINE_DPI``, and its pixels per pixel of *copy*."""
    fine = make_copy(gray, copy.rotation, copy.skew_deg, FINE_DPI / dpi, FINE_DPI, ink)
    return fine.gray, fine.zoom / copy.zoom


def in_frame(lines: list[Line], copy: OcrCopy, frame_w: int, frame_h: int) -> list[Line]:
    """Return *lines* with boxes in frame pixels instead of pixels of the OCR copy."""
    rows, columns = copy.gray.shape
    factor = 1 / copy.zoom
    dx, dy = frame_w / 2 - columns / 2 * factor, frame_h / 2 - rows / 2 * factor
    framed = []
    for line in lines:
        words = tuple(
            Word(
                w.text,
                round(w.confidence, 4),
                cut_box(
                    (
                        round(w.box[0] * factor + dx),
                        round(w.box[1] * factor + dy),
                        round(w.box[2] * factor + dx),
                        round(w.box[3] * factor + dy),
                    ),
                    frame_w,
                    frame_h,
                ),
                w.raw,
            )
            for w in line.words
        )
        left, top = min(w.box[0] for w in words), min(w.box[1] for w in words)
        right, bottom = max(w.box[2] for w in words), max(w.box[3] for w in words)
        baseline = (round(line.baseline[0] * factor + dy, 2), round(line.baseline[1] * factor + dy, 2))
        framed.append(Line(words, (left, top, right, bottom), baseline))
    return framed


def in_copy(box: Box, copy: OcrCopy, frame_w: int, frame_h: int) -> Box:
    """Return *box* of the frame in pixels of the OCR copy."""
    rows, columns = copy.gray.shape
    left, top, right, bottom = box
    return (
        round((left - frame_w / 2) * copy.zoom + columns / 2),
        round((top - frame_h / 2) * copy.zoom + rows / 2),
        round((right - frame_w / 2) * copy.zoom + columns / 2),
        round((bottom - frame_h / 2) * copy.zoom + rows / 2),
    )
