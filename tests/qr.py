"""QR codes as the readers of people's phones read them."""

from __future__ import annotations

from typing import Any

import numpy as np


def read_qr(picture: np.ndarray[Any, Any]) -> str:
    """Return what the one QR code in *picture* says, "" where there is none.

    ZXing, whose code phones run: the reader of OpenCV misses one sound code in some dozens, and a copy's code is new in
    every run.
    """
    import zxingcpp

    found = zxingcpp.read_barcodes(np.ascontiguousarray(picture), formats=zxingcpp.BarcodeFormat.QRCode)
    return str(found[0].text) if found else ""
