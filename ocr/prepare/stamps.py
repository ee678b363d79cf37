"""Stamps that are not round: of arrival, of urgency, names. Where they lie over print, the two inks are parted.

Inks take light away one after another: the darkness (minus the logarithm of what is left) of a pixel is that of the
stamp's ink times how much of it lies there, plus that of black print. Both follow from the three channels. What is
parted is two pictures, the print without the stamp and the stamp without the print, and each is read by itself:
nothing of either is lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.model import Box, Mark
from ocr.prepare.marks import Rgb
from ocr.recognizer import Gray

Plane = NDArray[np.float32]

_MM_PER_INCH = 25.4
#: sides of stamps in use, the decree's urgency marks the smallest (Decree 30/2020, Appendix I, box 10b: 20 x 8 mm)
_WIDE_MM, _HIGH_MM = (12.0, 100.0), (4.5, 60.0)
#: letters, and letters and frame, stand closer than this
_REACH_MM = 2.6
#: pieces of a stamp: how long at least, how many are looked at, and how alike in colour (cosine)
_PIECE_MM, _MOST_PIECES, _ONE_HUE = 2.5, 40, 0.96
#: share of a stamp's box that is ink
_FILL = (0.05, 0.75)
#: difference of channels, in parts of the paper's light, from which a pixel is coloured
_COLOURED = 0.1
#: and on a coarse copy, where thin lines pale; with less of it than this there is no stamp
_TINTED, _LEAST_MM2 = 0.08, 12.0
#: share of a frame's edge that is seen where it is one
_EDGE_SEEN = 0.6
#: within this of its box a turned edge still lies
_EDGE_MM, _EDGE_SHARE = 1.6, 0.12
#: darkness of print (natural logarithm), and how much of it under a stamp makes it lie over print
_PRINT, _PRINT_MM2 = 0.8, 1.5
_NEAR_PRINT = 0.45
#: a frame that print has cut may go on this far outside the box that was found
_AROUND_MM = 10.0
#: darker than this nothing is known of the stamp's ink there
_TOO_DARK = 1.5
#: difference of the channels' darkness from which a pixel is a stamp's; from the other side of the sheet less comes
_STRONG = 0.4
#: less ink than this is the colour of the paper and the noise of the scanner
_NOISE = 0.08
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


@dataclass(frozen=True)
class Parted:
    """A stamp over print: where, and what is known of its pixels, on planes that are smaller than the place itself."""

    box: Box  # pixels of the page
    passed: Plane  # share of light that the stamp's ink lets through, 0.0 to 1.0
    alone: Plane  # 1.0 where the stamp's ink lies on paper and no print is near
    ink: Plane  # how much of the stamp's ink is there, 0.0 none, 1.0 its usual strength


def maybe_stamped(small: Rgb, dpi: float, taken: Sequence[Mark]) -> bool:
    """Say whether *small*, a colour copy of the page at *dpi*, has enough colour beside the seals *taken*."""
    return int(_coloured(small, taken, _TINTED).sum()) > _LEAST_MM2 * (dpi / _MM_PER_INCH) ** 2


def find_stamps(small: Rgb, dpi: float, taken: Sequence[Mark]) -> tuple[Box, ...]:
    """Return boxes of coloured stamps on *small* (rows, columns, 3), in its pixels.

    Args:
        small: colour copy of the page, 75 to 150 dpi.
        dpi: of *small*.
        taken: seals, which are treated by themselves; pixels of *small*.
    """
    coloured = _coloured(small, taken, _COLOURED)
    mm = dpi / _MM_PER_INCH
    found = []
    for left, top, right, bottom in _groups(coloured, small, mm):
        wide, high = right - left, bottom - top
        if not (_WIDE_MM[0] * mm <= wide <= _WIDE_MM[1] * mm and _HIGH_MM[0] * mm <= high <= _HIGH_MM[1] * mm):
            continue
        part = (slice(top, bottom), slice(left, right))
        mask = coloured[part] > 0
        if not _FILL[0] <= float(mask.mean()) <= _FILL[1] or wide < 1.1 * high:
            continue
        # A pen writes in blue and without a frame; what it says is not print's, and not ours to take away.
        if _reddish(small[part][mask]) or _framed(mask, mm):
            found.append((left, top, right, bottom))
    return tuple(found)


def _groups(coloured: NDArray[np.uint8], small: Rgb, mm: float) -> list[Box]:
    """Return boxes of pieces of one colour that lie close together: print across a stamp cuts it into several."""
    reach = max(3, round(_REACH_MM * mm))
    joined = cv2.morphologyEx(coloured, cv2.MORPH_CLOSE, np.ones((reach, reach), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    groups: list[tuple[Box, Plane]] = []
    order = sorted(range(1, count), key=lambda n: (-int(stats[n, 4]), n))
    for index in order[:_MOST_PIECES]:
        left, top, wide, high = (int(v) for v in stats[index, :4])
        if max(wide, high) < _PIECE_MM * mm:
            continue
        part = (slice(top, top + high), slice(left, left + wide))
        own = (coloured[part] > 0) & (labels[part] == index)
        if not own.any():
            continue
        darkness = 255.0 - np.median(small[part][own], axis=0).astype(np.float32)
        groups.append(((left, top, left + wide, top + high), darkness / float(np.linalg.norm(darkness) + 1e-6)))
    merged = True
    while merged:
        merged = False
        for i, (a, hue) in enumerate(groups):
            near = next(
                (j for j in range(i) if _close(groups[j][0], a, 2 * reach) and groups[j][1] @ hue > _ONE_HUE), None
            )
            if near is not None:
                b, kept = groups[near]
                groups[near] = ((min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])), kept)
                del groups[i]
                merged = True
                break
    return [box for box, _ in groups]


def _close(a: Box, b: Box, reach: int) -> bool:
    return a[0] - reach < b[2] and b[0] - reach < a[2] and a[1] - reach < b[3] and b[1] - reach < a[3]


def _coloured(small: Rgb, taken: Sequence[Mark], least: float) -> NDArray[np.uint8]:
    """Return 1 where the channels differ by more than *least* of the paper's light, seals left out."""
    red, green, blue = cv2.split(small)
    spread = cv2.subtract(cv2.max(cv2.max(red, green), blue), cv2.min(cv2.min(red, green), blue))
    paper = np.percentile(small[::5, ::5].reshape(-1, 3), 85, axis=0)
    limit = float(paper.max() - paper.min()) + least * float(paper.max())
    coloured = np.asarray((spread > min(limit, 250.0)).view(np.uint8))
    for mark in taken:
        if mark.kind == "con_dau":
            left, top, right, bottom = mark.box
            coloured[max(0, top - 2) : bottom + 2, max(0, left - 2) : right + 2] = 0
    return coloured


def _paper_share(rgb: Rgb) -> Plane:
    """Return *rgb* in parts of the paper's light in each channel, at most 1.0."""
    paper = np.percentile(rgb[::3, ::3].reshape(-1, 3), 85, axis=0).astype(np.float32)
    return np.asarray(np.minimum(rgb.astype(np.float32) / np.maximum(paper, 60.0), 1.0), np.float32)


def _reddish(colours: Rgb) -> bool:
    red, green, _ = (float(v) for v in np.median(colours, axis=0))
    return red > green + 15


def _framed(mask: NDArray[np.bool_], mm: float) -> bool:
    """Tell whether ink runs along all four edges of *mask*, a little turned or not."""
    high, wide = mask.shape
    bands = (max(2, round(_EDGE_MM * mm + _EDGE_SHARE * high)), max(2, round(_EDGE_MM * mm + _EDGE_SHARE * wide / 3)))
    edges = (mask[: bands[0]].any(0), mask[high - bands[0] :].any(0), mask[:, : bands[1]].any(1))
    return all(float(e.mean()) >= _EDGE_SEEN for e in (*edges, mask[:, wide - bands[1] :].any(1)))


def part_inks(colour: Rgb, box: Box, scale: int, dpi: float) -> Parted | None:
    """Return the stamp in *box* parted from the print under it; None where hardly any print lies there.

    Args:
        colour: colour copy of the whole page at 1 / *scale* of its size.
        box: the stamp, pixels of the page.
        scale: whole number.
        dpi: of the page.
    """
    margin = round(_AROUND_MM * dpi / _MM_PER_INCH)
    left, top = (max(0, v - margin) // scale for v in box[:2])
    right, bottom = (-(-(v + margin) // scale) for v in box[2:])
    part = colour[top:bottom, left:right]
    if part.size == 0:
        return None
    dark = -np.log(np.maximum(_paper_share(part), 0.02))
    chroma = dark.max(axis=2) - dark.min(axis=2)
    strong = (chroma > max(_STRONG, 0.6 * float(np.percentile(chroma, 97)))) & (dark.min(axis=2) < 0.7)
    if int(strong.sum()) < 20:
        return None
    ink = np.median(dark[strong], axis=0)
    stamp, print_ = _solved(dark, ink.astype(np.float32))
    inner = print_[margin // scale : -(margin // scale) or None, margin // scale : -(margin // scale) or None]
    if float((inner > _PRINT).sum()) * (scale * _MM_PER_INCH / dpi) ** 2 < _PRINT_MM2:
        return None
    stamp[(stamp < _NOISE) | (print_ > _TOO_DARK)] = 0.0
    # Colour is stored coarser than light: away from print all of a stamp's letter is paper, edges and all.
    near = cv2.dilate((print_ > _NEAR_PRINT).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    alone = (cv2.dilate(stamp, np.ones((5, 5), np.uint8)) > 0) & ~near
    passed = np.exp(-stamp[..., None] * ink).astype(np.float32) @ _LUMA
    where = (left * scale, top * scale, left * scale + part.shape[1] * scale, top * scale + part.shape[0] * scale)
    return Parted(where, np.asarray(passed, np.float32), alone.astype(np.float32), np.minimum(stamp, 1.5))


def _solved(dark: Plane, ink: Plane) -> tuple[Plane, Plane]:
    """Return how much of *ink* and of black lies on each pixel of *dark*: least squares, neither below nothing."""
    aa, ab, bb = float(ink @ ink), float(ink.sum()), 3.0
    a, b = dark @ ink, dark.sum(axis=2)
    det = aa * bb - ab * ab
    stamp, black = (bb * a - ab * b) / det, (aa * b - ab * a) / det
    only_stamp, only_black = np.maximum(a / aa, 0), np.maximum(b / bb, 0)
    stamp = np.where(black < 0, only_stamp, np.maximum(stamp, 0))
    black = np.where(stamp <= 0, only_black, np.maximum(black, 0))
    return np.asarray(stamp, np.float32), np.asarray(black, np.float32)


def without_stamps(gray: Gray, parted: Sequence[Parted]) -> Gray:
    """Return a copy of *gray*, the OCR copy of the page, in which the light that the stamps took is given back."""
    out = gray.copy()
    for one in parted:
        place, passed = _placed(one, one.passed, out.shape)
        target = out[place].astype(np.float32)
        paper = float(np.percentile(target, 70))
        lit = np.minimum(target / np.maximum(passed, 0.05), np.maximum(target, paper))
        lit = np.where(_placed(one, one.alone, out.shape)[1] > 0.5, np.maximum(lit, paper), lit)
        out[place] = np.clip(lit + 0.5, 0, 255).astype(np.uint8)
    return out


def stamps_only(shape: tuple[int, ...], parted: Sequence[Parted]) -> Gray:
    """Return a white page of *shape* with nothing but the stamps, in black."""
    out = np.full(shape[:2], 255, np.uint8)
    for one in parted:
        place, ink = _placed(one, one.ink, out.shape)
        out[place] = np.minimum(out[place], np.clip(255 * np.exp(-2.0 * ink), 0, 255).astype(np.uint8))
    return out


def _placed(one: Parted, plane: Plane, shape: tuple[int, ...]) -> tuple[tuple[slice, slice], Plane]:
    """Return the place of *one* on a page of *shape* and *plane* at its size."""
    left, top, right, bottom = one.box
    full = cv2.resize(plane, (right - left, bottom - top), interpolation=cv2.INTER_LINEAR)
    rows, columns = slice(top, min(bottom, shape[0])), slice(left, min(right, shape[1]))
    return (rows, columns), np.asarray(full[: rows.stop - top, : columns.stop - left], np.float32)
