"""Where the image and the words lie on the PDF page. Frame as in `ocr.model`: pixels, y down; page: points, y up."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ocr.model import PageReading

Affine = tuple[float, float, float, float, float, float]
#: PDF 32000-1, annex C.2, and ISO 19005-2, 6.1.13: sides of a page in points
SHORTEST, LONGEST = 3.0, 14400.0


def then(first: Affine, second: Affine) -> Affine:
    """Return the map that applies *first*, then *second*."""
    a, b, c, d, e, f = first
    g, h, i, j, k, m = second
    return (a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m)


def apply(m: Affine, x: float, y: float) -> tuple[float, float]:
    """Return the point that *m* makes of (x, y)."""
    return m[0] * x + m[2] * y + m[4], m[1] * x + m[3] * y + m[5]


@dataclass(frozen=True)
class PageGeometry:
    """One page.

    Attributes:
        width: points.
        height: points.
        frame_to_page: pixels of the upright frame to points.
        image_to_page: pixels of the scan, as it lies in the file, to points.
        image_size: pixels of the scan.
    """

    width: float
    height: float
    frame_to_page: Affine
    image_to_page: Affine
    image_size: tuple[int, int]

    def place(self, left: float, top: float, right: float, bottom: float) -> Affine:
        """Return the ``cm`` that lays an image XObject over a box of the scan (pixels)."""
        unit = (right - left, 0.0, 0.0, top - bottom, left, bottom)
        return then(unit, self.image_to_page)


def image_to_frame(reading: PageReading) -> Affine:
    """Return the map from pixels of the scan to pixels of the upright frame: turn, then straighten about the centre."""
    w, h = reading.image_width_px, reading.image_height_px
    turned: Affine = {
        0: (1.0, 0.0, 0.0, 1.0, 0.0, 0.0),
        90: (0.0, 1.0, -1.0, 0.0, float(h), 0.0),
        180: (-1.0, 0.0, 0.0, -1.0, float(w), float(h)),
        270: (0.0, -1.0, 1.0, 0.0, 0.0, float(w)),
    }[reading.rotation % 360]
    wide, high = (h, w) if reading.rotation % 180 else (w, h)
    angle = math.radians(reading.skew_deg)
    cos, sin = math.cos(angle), math.sin(angle)
    to_centre: Affine = (1, 0, 0, 1, -wide / 2, -high / 2)
    # counter-clockwise as seen, y down: the right-hand end goes up
    straighten: Affine = (cos, -sin, sin, cos, reading.width_px / 2, reading.height_px / 2)
    return then(then(turned, to_centre), straighten)


def page_geometry(reading: PageReading, image_size: tuple[int, int], dpi: tuple[float, float]) -> PageGeometry:
    """Return where things lie on the page of *reading*.

    The page is as large as the frame at the scan's resolution, so a straightened page loses no corner and the image's
    samples need no change.

    Args:
        reading: the page as read.
        image_size: pixels of the image that is kept.
        dpi: of that image, along its width and height.
    """
    # points a pixel of the reading's own image; it may have been read at another size than the image kept
    px = image_size[0] * 72 / dpi[0] / max(1, reading.image_width_px)
    py = image_size[1] * 72 / dpi[1] / max(1, reading.image_height_px)
    sx, sy = (py, px) if reading.rotation % 180 else (px, py)
    width, height = reading.width_px * sx, reading.height_px * sy
    fit = min(1.0, LONGEST / max(width, height))
    fit = max(fit, SHORTEST / min(width, height))
    sx, sy, width, height = sx * fit, sy * fit, width * fit, height * fit
    frame_to_page: Affine = (sx, 0.0, 0.0, -sy, 0.0, height)
    own: Affine = (reading.image_width_px / image_size[0], 0, 0, reading.image_height_px / image_size[1], 0, 0)
    image_to_page = then(then(own, image_to_frame(reading)), frame_to_page)
    return PageGeometry(width, height, frame_to_page, image_to_page, image_size)
