"""What every engine on Tesseract shares: limits, errors, and how words become a line."""

from __future__ import annotations

from domain.errors import Advice, BadInput
from ocr.model import Line, Word
from ocr.recognizer import Gray

#: Leptonica and Tesseract keep coordinates in 16 bits.
MAX_SIDE = 32767

#: Two points on a line of writing, pixels.
Baseline = tuple[tuple[int, int], tuple[int, int]]


def check_size(gray: Gray) -> tuple[int, int]:
    """Return (height, width) of *gray*.

    Raises:
        BadInput: ``page-too-large``.
    """
    height, width = gray.shape
    if max(height, width) > MAX_SIDE:
        raise BadInput(
            "page-too-large",
            f"page of {width} x {height} pixels is over the engine's limit of {MAX_SIDE} a side",
            Advice("Trang quá lớn để nhận dạng chữ.", todo="Quét lại ở độ phân giải 300 dpi rồi nộp lại."),
        )
    return height, width


def page_timeout(seconds: float) -> BadInput:
    """Return the error of a page that took longer than *seconds*."""
    return BadInput(
        "page-timeout",
        f"recognition took longer than {seconds:g} s",
        Advice(
            "Một trang mất quá nhiều thời gian để nhận dạng chữ.",
            todo="Kiểm tra trang quét (quá nhiễu hoặc là bản vẽ), quét lại hoặc tăng thời gian cho phép rồi chạy lại.",
        ),
    )


def make_line(words: list[Word], baseline: Baseline | None) -> Line:
    """Return the line of *words*; *baseline* is two points on it, or None when the engine does not tell."""
    left, top = min(w.box[0] for w in words), min(w.box[1] for w in words)
    right, bottom = max(w.box[2] for w in words), max(w.box[3] for w in words)
    start = end = float(bottom)
    if baseline is not None:
        (x1, y1), (x2, y2) = baseline
        if x2 > x1:
            slope = (y2 - y1) / (x2 - x1)
            if abs(slope) < 0.5:
                start, end = y1 + slope * (left - x1), y1 + slope * (right - x1)
    return Line(tuple(words), (left, top, right, bottom), (start, end))
