"""Stand-ins for ``ocr.pages.read_page`` inside the pool's processes: they crash, hang and wait on command.

What happens to a page depends on its number; files beside the document are the signals between test and process.
"""

from __future__ import annotations

import ctypes
import os
import time
from pathlib import Path
from typing import Any

from domain.errors import Advice, BadInput
from ocr.model import PageReading
from ocr.pool import PagePool

CRASHES, CRASHES_ONCE, HANGS, RAISES_BAD_INPUT, RAISES_BUG, WAITS_FOR_GATE = 2, 3, 4, 5, 6, 7


def scripted(image: Any, number: int, options: Any, recognizer: Any) -> PageReading:
    signals = Path(os.environ["SOHOA_TEST_SIGNALS"])
    if number == CRASHES:
        ctypes.string_at(0)
    if number == CRASHES_ONCE and not (signals / "crashed").exists():
        (signals / "crashed").touch()
        os._exit(7)
    if number == HANGS:
        (signals / f"hangs-{os.getpid()}").touch()
        while True:
            time.sleep(60)
    if number == RAISES_BAD_INPUT:
        raise BadInput("made-up", "for the test", Advice("Đã thử."))
    if number == RAISES_BUG:
        raise KeyError("text of the document")
    if number == WAITS_FOR_GATE:
        while not (signals / "gate").exists():
            time.sleep(0.005)
    return reading(image, number)


def worker_pids(pool: PagePool) -> list[int]:
    """Return the process ids of the workers of *pool* that are alive."""
    return [worker.process.pid for worker in list(pool._workers) if worker.process.poll() is None]


def reading(image: Any, number: int) -> PageReading:
    return PageReading(
        number=number,
        width_px=image.width,
        height_px=image.height,
        image_width_px=image.width,
        image_height_px=image.height,
        dpi=150.0,
        rotation=0,
        skew_deg=0.0,
        blank=False,
        mean_confidence=0.0,
        text="",
        lines=(),
        engine=str(os.getpid()),
    )
