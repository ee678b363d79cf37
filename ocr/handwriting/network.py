"""The recogniser: a small convolutional network over a strip, in plain numpy. Trained by ``training/handwriting``."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from ocr.handwriting.strip import HEIGHT

Samples = NDArray[np.float32]

#: layer, strides (rows, columns); kernels come with the weights
_CONVS = (("c1", (2, 2)), ("c2", (2, 1)), ("c3", (1, 2)), ("c4", (2, 1)), ("c5", (2, 1)))
#: layers along the line and how far apart their three taps stand
_ALONG = (("t0", 1), ("t1", 2), ("t2", 4))
#: columns of the strip per step of the answer
STEP = 4


@cache
def _weights() -> dict[str, Samples]:
    """The weights as float32, kernels as matrices of (rows x columns x channels in, channels out)."""
    with (files("ocr.handwriting") / "weights.npz").open("rb") as file, np.load(file, allow_pickle=False) as data:
        return {name: data[name].astype(np.float32) for name in data.files}


def class_probabilities(ink: Samples) -> Samples:
    """Return (steps, classes) probabilities for a strip of ink as ``strip.normalise`` gives it.

    Classes are those of ``ocr.handwriting.alphabet``; a step is :data:`STEP` columns wide.
    """
    if ink.ndim != 2 or ink.shape[0] != HEIGHT:
        raise ValueError(f"a strip has {HEIGHT} rows")
    w = _weights()
    # Round up, so that the last columns are seen; paper is 0.
    x: Samples = np.pad(ink.astype(np.float32), ((0, 0), (0, -ink.shape[1] % STEP)))[..., None]
    for name, strides in _CONVS:
        x = np.maximum(_convolve(x, w[f"{name}.w"], w[f"{name}.b"], strides), 0)
    rows, columns, channels = x.shape
    down = w["down.w"].reshape(rows * channels, -1)
    line: Samples = np.maximum(x.transpose(1, 0, 2).reshape(columns, rows * channels) @ down + w["down.b"], 0)
    for name, reach in _ALONG:
        kernel = w[f"{name}.w"][0]
        padded = np.pad(line, ((reach, reach), (0, 0)))
        taps = [padded[i * reach : i * reach + columns] @ kernel[i] for i in range(3)]
        line = line + np.maximum(taps[0] + taps[1] + taps[2] + w[f"{name}.b"], 0)
    logits = line @ w["out.w"] + w["out.b"]
    logits -= logits.max(axis=1, keepdims=True)
    odds = np.exp(logits)
    return np.asarray(odds / odds.sum(axis=1, keepdims=True), np.float32)


def _convolve(x: Samples, kernel: Samples, bias: Samples, strides: tuple[int, int]) -> Samples:
    """Convolve (rows, columns, channels) with half a kernel of zeros around."""
    high, wide, channels, out = kernel.shape
    padded = np.pad(x, ((high // 2, high // 2), (wide // 2, wide // 2), (0, 0)))
    windows = sliding_window_view(padded, (high, wide), axis=(0, 1))[:: strides[0], :: strides[1]]
    rows, columns = windows.shape[:2]
    # windows: (rows, columns, channels, high, wide)
    flat = windows.reshape(rows * columns, channels * high * wide)
    return np.asarray(
        (flat @ kernel.transpose(2, 0, 1, 3).reshape(-1, out) + bias).reshape(rows, columns, out), np.float32
    )
