"""Page space (points, y up, before /Rotate) and the page as it is shown (points, y down, origin top left)."""

from __future__ import annotations

from ocr.source.pdf_content import Rect


def shown_rect(rect: Rect, box: Rect, turn: int) -> Rect:
    """Return *rect* of page space in the page as shown: ``(left, top, right, bottom)``, points, y down.

    Args:
        rect: in page space, corners in order.
        box: the page's visible box in page space.
        turn: clockwise turn in which the page is shown: 0, 90, 180 or 270.
    """
    x0, y0, x1, y1 = box
    left, bottom, right, top = rect
    wide, high = x1 - x0, y1 - y0
    l, t, r, b = left - x0, y1 - top, right - x0, y1 - bottom  # noqa: E741
    if turn == 90:
        return high - b, l, high - t, r
    if turn == 180:
        return wide - r, high - b, wide - l, high - t
    if turn == 270:
        return t, wide - r, b, wide - l
    return l, t, r, b
