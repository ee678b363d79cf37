"""The mark of an official copy: form, agency and time at the top right of page 1, inside the agency's signature field.

NĐ 30/2020 annex I, 1.6 c and TT 05/2025/TT-BNV Art. 8: Times New Roman, upright, size 10, black; no image of a seal.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import replace

from domain.errors import Advice, BadInput
from signing.appearance.block import MM, Line, SignatureBlock
from signing.appearance.typeface import face
from signing.fields import Box, FieldPlan, add_signature_fields

COPY_FIELD = "ChuKySaoVanBan"

_EDGE = 10.0  # points kept from the edges of the page
_LOWEST = 45 * MM  # the mark belongs to the top of the page: it does not go deeper
_AIR = 3.0  # points kept free around the mark
_NARROWER = (1.0, 0.75, 0.55)
_SMALLER = (1.0, 0.9, 0.8)
_LEADING = 1.2
_STEP = 2.0
_PAPER = 0.75  # of the page's own brightness: darker is ink
_SPECKS = 2  # pixels of dust that do not count
_A_TIME = "2026-11-22T11:12:13+07:00"


def mark_copy(pdf: bytes, lines: Sequence[Line], page_image: bytes) -> tuple[bytes, SignatureBlock]:
    """Return *pdf* with the empty field :data:`COPY_FIELD` on page 1, and the block to sign it with.

    Args:
        pdf: unsigned PDF/A-2 with an RGB OutputIntent.
        lines: from top to bottom, ``{time}`` for the signing time.
        page_image: page 1 rendered (PNG, BMP): the mark is put where that has no ink.

    Raises:
        BadInput: ``copy-no-room``: no free place at the top, even for a narrower and smaller mark. Else as
            :func:`signing.fields.add_signature_fields`.
    """
    import pikepdf

    with pikepdf.open(io.BytesIO(pdf)) as document:
        x1, y1, x2, y2 = (float(value) for value in document.pages[0].cropbox)
    ink = PageInk(page_image, x2 - x1, y2 - y1)
    # first the right half; where another mark stands there already (a gazette's, a sender's), the place beside it
    for leftmost in (ink.width / 2, _EDGE):
        for tried, wide, high in _layouts(lines):
            box = ink.free_box(wide, high, leftmost)
            if box is not None:
                block = SignatureBlock(tried)
                placed = (box[0] + x1, box[1] + y1, box[2] + x1, box[3] + y1)
                return add_signature_fields(pdf, [FieldPlan(COPY_FIELD, 0, placed, block)]), block
    raise BadInput(
        "copy-no-room",
        "no free place at the top of page 1",
        Advice(
            "Phần trên trang đầu không còn chỗ trống để ghi hình thức sao.",
            "Chưa ký, văn bản giữ nguyên.",
            "Quét lại trang đầu với lề trên rộng hơn.",
        ),
    )


def _layouts(lines: Sequence[Line]) -> Iterator[tuple[tuple[Line, ...], float, float]]:
    """Yield the lines with the width and height they need: narrower before smaller."""
    for scale in _SMALLER:
        tried = tuple(replace(line, size=line.size * scale) for line in lines)
        texts = [(line, line.text.replace("{time}", _A_TIME)) for line in tried]
        natural = max(face(line.style).width(text, line.size) for line, text in texts)
        for share in _NARROWER:
            rows = [
                (row, line) for line, text in texts for row in face(line.style).wrap(text, line.size, natural * share)
            ]
            wide = max(face(line.style).width(row, line.size) for row, line in rows)
            yield tried, wide + 0.5, sum(line.size * _LEADING for _, line in rows) + 0.5


class PageInk:
    """Where a page is dark; asks for rectangles are answered from a summed table."""

    def __init__(self, image: bytes, width: float, height: float) -> None:
        import numpy as np
        from PIL import Image

        with Image.open(io.BytesIO(image)) as opened:
            pixels = np.asarray(opened.convert("RGB")).min(axis=2)  # colour counts as ink as black does
        self.width, self.height = width, height
        self._scale = pixels.shape[0] / height
        dark = pixels < float(np.percentile(pixels, 90)) * _PAPER
        self._sum = np.pad(dark.cumsum(axis=0, dtype=np.int64).cumsum(axis=1), ((1, 0), (1, 0)))

    def free_box(self, wide: float, high: float, leftmost: float) -> Box | None:
        """Return the highest free box right of *leftmost*, of those at one height the rightmost; None without one."""
        top = _EDGE
        while top + high <= _LOWEST:
            right = self.width - _EDGE
            while right - wide >= leftmost:
                if self._specks(right - wide - _AIR, top - _AIR, right + _AIR, top + high + _AIR) <= _SPECKS:
                    return (right - wide, self.height - top - high, right, self.height - top)
                right -= _STEP
            top += _STEP
        return None

    def _specks(self, left: float, top: float, right: float, bottom: float) -> int:
        rows, columns = self._sum.shape
        x1, y1 = (max(0, int(value * self._scale)) for value in (left, top))
        x2, y2 = min(columns - 1, int(right * self._scale) + 1), min(rows - 1, int(bottom * self._scale) + 1)
        return int(self._sum[y2, x2] - self._sum[y1, x2] - self._sum[y2, x1] + self._sum[y1, x1])
