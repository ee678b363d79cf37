"""One digest for one page image, however it is wrapped: what tells that a scan came again in another file.

Taken of the decoded samples in one of three canonical modes, whatever the file says of itself: ``bilevel`` (0 and 255
only; packed), ``grey8``, and ``colour`` (grey samples, and the colours at a quarter of the size: reading has both at
hand). So Group 4, LZW and Flate of the same page agree, a palette or RGB image without colour is grey, and a JPEG is
the same in a PDF and alone. The samples lie as in the file: turning by ``/Rotate`` or EXIF is no part of the image.

A colour JPEG that was unpacked into a lossless image has another digest: its grey is the JPEG's own luma there, and
computed from rounded colours here.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

_EVERY = 16  # of rows and columns: a first look at whether there is any grey


def page_digest(grey: NDArray[np.uint8], quarter: NDArray[np.uint8] | None) -> str:
    """Return the BLAKE2b-256 digest (hex) of a page image in canonical mode, its size included.

    Args:
        grey: ``(height, width)``, 8 bit.
        quarter: ``(ceil(height / 4), ceil(width / 4), 3)``; None where the image is known to have no colour.
    """
    high, wide = grey.shape
    coloured = quarter is not None and not _neutral(quarter)
    bilevel = not coloured and _bilevel(grey)
    mode = "colour" if coloured else "bilevel" if bilevel else "grey8"
    digest = hashlib.blake2b(f"sohoa-pixels/1 {mode} {wide}x{high}\n".encode(), digest_size=32)
    digest.update((np.packbits(grey > 127) if bilevel else np.ascontiguousarray(grey)).data)
    if coloured:
        digest.update(np.ascontiguousarray(quarter).data)
    return digest.hexdigest()


def _neutral(rgb: NDArray[np.uint8]) -> bool:
    red, green, blue = rgb[..., 0], rgb[..., 1], rgb[..., 2]
    return np.array_equal(red, green) and np.array_equal(green, blue)


def _bilevel(grey: NDArray[np.uint8]) -> bool:
    return all(bool(((part == 0) | (part == 255)).all()) for part in (grey[::_EVERY, ::_EVERY], grey))
