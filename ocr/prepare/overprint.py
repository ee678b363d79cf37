"""Typed letters under a seal or a signature: how far each pixel is print, told by a small network of our own.

Colour parts a red seal from black print. On a grey or bilevel scan only shapes do: rings, small letters along a circle
and strokes of a pen on one hand, a typed line on the other. The network (``training/seals``) sees ink and answers per
pixel; it can only take ink away, so nothing is written that was not on the paper.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.recognizer import Gray

Samples = NDArray[np.float32]

#: pixels per em of the typed line, at which the network was trained
EM = 24
_MULTIPLE = 16
#: samples of a picture that are laid side by side at a time: they stay in the processor's cache
_BAND = 1 << 17
#: less than this between paper and print is no print
_FAINTEST = 30.0


@cache
def _weights() -> dict[str, Samples]:
    with (files("ocr.prepare") / "overprint.npz").open("rb") as file, np.load(file, allow_pickle=False) as data:
        return {name: data[name].astype(np.float32) for name in data.files}


def ink_of(gray: Gray, paper: float, black: float) -> Samples:
    """Return *gray* as ink: 0.0 is the *paper*, 1.0 the grey level *black* of the print, at most 1.25."""
    span = max(_FAINTEST, paper - black)
    return np.asarray(np.clip((paper - gray.astype(np.float32)) / span, 0.0, 1.25), np.float32)


def typed_share(ink: Samples) -> Samples:
    """Return how far each pixel of *ink* (rows, columns; :data:`EM` pixels per em) is typed, 0.0 to 1.0."""
    rows, columns = ink.shape
    w = _weights()
    x = np.pad(ink, ((0, -rows % _MULTIPLE), (0, -columns % _MULTIPLE)))[..., None]
    a = _relu(_conv(w, "a0", x, 2))
    a += _relu(_conv(w, "a1", a))
    b = _relu(_conv(w, "b0", a, 2))
    b += _relu(_conv(w, "b1", b))
    c = _relu(_conv(w, "c0", b, 2))
    c += _relu(_conv(w, "c1", c))
    c += _relu(_conv(w, "c2", c))
    d = _relu(_conv(w, "d0", c, 2))
    d += _relu(_conv(w, "d1", d))
    c = _relu(c + _twice(_conv(w, "uc", d)))
    c += _relu(_conv(w, "c3", c))
    b = _relu(b + _twice(_conv(w, "ub", c)))
    b += _relu(_conv(w, "b2", b))
    a = _relu(a + _twice(_conv(w, "ua", b)))
    a += _relu(_conv(w, "a2", a))
    four = _conv(w, "out", a)
    high, wide, _ = four.shape
    logits = four.reshape(high, wide, 2, 2).transpose(0, 2, 1, 3).reshape(2 * high, 2 * wide)[:rows, :columns]
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -30, 30))), np.float32)


def typed_only(gray: Gray, share: Samples, paper: float, least: float = 0.08, slope: float = 1.6) -> Gray:
    """Return *gray* with what is not typed lifted to *paper*.

    Args:
        gray: rows, columns; 0 black.
        share: how far each pixel is typed; scaled to the size of *gray*.
        paper: grey level of the paper.
        least: share below which a pixel is paper.
        slope: a pixel is wholly kept from 1 / slope of the way on between that and 1.
    """
    rows, columns = gray.shape
    full = cv2.resize(share, (columns, rows), interpolation=cv2.INTER_LINEAR)
    kept = np.clip((full - least) * slope / (1.0 - least), 0.0, 1.0)
    out = paper - np.maximum(paper - gray.astype(np.float32), 0.0) * kept
    return np.asarray(np.clip(out + 0.5, 0, 255), np.uint8)


def stretched(gray: Gray, paper: float, black: float, share: float) -> Gray:
    """Return *gray* with *black* as 0 and *paper* from *share* of the way on: lighter ink was stamped, not printed."""
    span = max(1.0, share * (paper - black))
    return np.asarray(np.clip((gray.astype(np.float32) - black) * (paper / span), 0, paper), np.uint8)


def _relu(x: Samples) -> Samples:
    return np.maximum(x, 0, out=x)


def _twice(x: Samples) -> Samples:
    return np.repeat(np.repeat(x, 2, axis=0), 2, axis=1)


def _conv(w: dict[str, Samples], name: str, x: Samples, stride: int = 1) -> Samples:
    """Convolve (rows, columns, channels) with half a kernel of zeros around: one product for every band of rows."""
    kernel = w[f"{name}.w"]
    size, _, before, after = kernel.shape
    pad = size // 2
    rows, columns = x.shape[0] // stride, x.shape[1] // stride
    padded = np.pad(x, ((pad, pad), (pad, pad), (0, 0))) if pad else x
    out = np.empty((rows * columns, after), np.float32)
    band = max(1, _BAND // (columns * size * size * before))
    taps = np.empty((min(band, rows), columns, size * size, before), np.float32)
    for top in range(0, rows, band):
        high = min(band, rows - top)
        for i in range(size):
            first = top * stride + i
            for j in range(size):
                part = padded[first : first + high * stride : stride, j : j + columns * stride : stride]
                taps[:high, :, i * size + j] = part
        flat = taps[:high].reshape(high * columns, -1)
        np.matmul(flat, kernel.reshape(-1, after), out=out[top * columns : (top + high) * columns])
    out += w[f"{name}.b"]
    return out.reshape(rows, columns, after)
