"""Separator sheets: patch codes, bar codes and QR codes on a sheet that carries little else.

Patch codes after Kodak's "Patch Code Information" (A-61599): four bars, two of them wide (5.1 mm) and two narrow
(2 mm), three narrow spaces (2 mm) between. Bar codes are read by zxing-cpp.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.model import Code, Line

Gray = NDArray[np.uint8]
#: more words than this and a sheet is a paper that happens to bear a code
MOST_WORDS = 40
PATCH = "patch"
_DPI = 100
_NARROW_MM, _WIDE_MM = 2.03, 5.08
_SLACK = 0.45  # of the narrow width: print and scan spread bars
_LEAST_LENGTH_MM = 15.0  # of the bars, across the pattern
#: wide and narrow bars in the order of reading; read from the other end, T and 3 are each other
_PATCHES = {"WNNW": "2", "WNWN": "3", "NWNW": "T"}
#: bar codes that carry a case code or a sheet's purpose
_FORMATS = "Code128,Code39,ITF,PDF417,DataMatrix,QRCode"
_LONGEST = 200


def all_codes(gray: Gray, dpi: float, known: tuple[Code, ...], lines: Sequence[Line]) -> tuple[Code, ...]:
    """Return *known* codes of a page, and on a sheet with few words the patch and bar codes too (once each)."""
    if sum(len(line.words) for line in lines) > MOST_WORDS:
        return known
    texts = {code.text for code in known}
    return (*known, *(code for code in find_separator_codes(gray, dpi) if code.text not in texts))


def find_separator_codes(gray: Gray, dpi: float) -> tuple[Code, ...]:
    """Return patch and bar codes on a sheet, boxes in pixels of *gray*.

    Meant for sheets with few words: it costs about as much as recognising one.

    Args:
        gray: (height, width) samples, 0 black, upright or not.
        dpi: of *gray*.
    """
    return (*_patches(gray, dpi), *_bar_codes(gray))


def _bar_codes(gray: Gray) -> tuple[Code, ...]:
    import zxingcpp

    found = []
    for code in zxingcpp.read_barcodes(np.ascontiguousarray(gray), formats=zxingcpp.barcode_formats_from_str(_FORMATS)):
        text = code.text.strip()
        if not code.valid or not text or len(text) > _LONGEST or not text.isprintable():
            continue
        corners = [code.position.top_left, code.position.top_right, code.position.bottom_left]
        corners.append(code.position.bottom_right)
        xs, ys = [p.x for p in corners], [p.y for p in corners]
        kind = "qr" if code.format == zxingcpp.BarcodeFormat.QRCode else "bar"
        found.append(Code(kind, text, (min(xs), min(ys), max(xs) + 1, max(ys) + 1)))
    return tuple(sorted(found, key=lambda c: (c.box[1], c.box[0], c.text)))


def _patches(gray: Gray, dpi: float) -> tuple[Code, ...]:
    zoom = min(1.0, _DPI / dpi)
    size = (max(1, round(gray.shape[1] * zoom)), max(1, round(gray.shape[0] * zoom)))
    small = np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA), np.uint8)
    ink = small < 128
    unit = min(dpi, _DPI) / 25.4
    for picture, lying in ((ink, False), (ink.T, True)):
        found = _patch_in(picture, unit)
        if found is not None:
            name, (left, top, right, bottom) = found
            box = (top, left, bottom, right) if lying else (left, top, right, bottom)
            scaled = tuple(round(v / zoom) for v in box)
            return (Code(PATCH, name, (scaled[0], scaled[1], scaled[2], scaled[3])),)
    return ()


def _patch_in(ink: NDArray[np.bool_], unit: float) -> tuple[str, tuple[int, int, int, int]] | None:
    """Return the patch whose bars stand upright in *ink* and its box; *unit*: pixels a millimetre."""
    step = max(1, round(unit))
    seen: dict[str, list[tuple[int, int, int]]] = {}
    for row in range(0, ink.shape[0], step):
        for name, left, right in _patterns(ink[row], unit):
            seen.setdefault(name, []).append((row, left, right))
    for name, hits in sorted(seen.items()):
        for run in _together(hits, 3 * step, 2 * unit):
            if (run[-1][0] - run[0][0]) / unit >= _LEAST_LENGTH_MM:
                return name, (min(h[1] for h in run), run[0][0], max(h[2] for h in run), run[-1][0] + 1)
    return None


def _patterns(row: NDArray[np.bool_], unit: float) -> Iterator[tuple[str, int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([False], row, [False])).astype(np.int8)))
    bars = edges.reshape(-1, 2)
    narrow, wide, slack = _NARROW_MM * unit, _WIDE_MM * unit, _SLACK * _NARROW_MM * unit
    for n in range(len(bars) - 3):
        four = bars[n : n + 4]
        gaps = four[1:, 0] - four[:-1, 1]
        if (np.abs(gaps - narrow) > slack).any():
            continue
        widths = four[:, 1] - four[:, 0]
        letters = "".join(
            "N" if abs(w - narrow) <= slack else "W" if abs(w - wide) <= 2 * slack else "?" for w in widths
        )
        if letters in _PATCHES:
            yield _PATCHES[letters], int(four[0, 0]), int(four[3, 1])


def _together(hits: list[tuple[int, int, int]], most_gap: float, drift: float) -> Iterator[list[tuple[int, int, int]]]:
    """Cut *hits* (row, left, right) into runs of neighbouring rows at one place."""
    run: list[tuple[int, int, int]] = []
    for hit in hits:
        if run and (hit[0] - run[-1][0] > most_gap or abs(hit[1] - run[-1][1]) > drift):
            yield run
            run = []
        run.append(hit)
    if run:
        yield run
