"""Readings made up for tests of the PDF/A writer."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from ocr.model import Line, PageReading, Word
from pipeline.pdfa.metadata import PdfaMetadata
from tests.ocr.source_files import DPI, HEIGHT, WIDTH

#: all 134 Vietnamese letters with marks or stroke, small and capital, and the bare vowels
SMALL = "aàáảãạăằắẳẵặâầấẩẫậeèéẻẽẹêềếểễệiìíỉĩịoòóỏõọôồốổỗộơờớởỡợuùúủũụưừứửữựyỳýỷỹỵđ"
LETTERS = SMALL + SMALL.upper()
METADATA = PdfaMetadata(
    title="Quyết định 47/QĐ-UBND & <phụ lục>",
    author="ỦY BAN NHÂN DÂN TỈNH QUẢNG NGÃI",
    language="vi-VN",
    created=datetime(2026, 3, 2, 8, 30, tzinfo=UTC),
    producer="sohoa test",
    facts={
        "so_ky_hieu": "47/QĐ-UBND",
        "ngay_ban_hanh": "2025-01-24",
        "loai_van_ban": "Quyết định",
        "trich_yeu": "Ban hành “Quy định” về quản lý",
        "co_quan_ban_hanh": "ỦY BAN NHÂN DÂN TỈNH QUẢNG NGÃI",
        "converted_by": "Trung tâm Công báo và Tin học",
        "own_fact": "1",
    },
)
DIGEST = "ab" * 32


def line(text: str, left: int, top: int, height: int = 12, letter: float = 5.0, slope: float = 0.0) -> Line:
    """Return a line of words with boxes as type would have them."""
    words = []
    at = float(left)
    for part in text.split(" "):
        right = at + letter * len(part)
        drop = round(slope * (at - left))
        words.append(Word(part, 0.9, (round(at), top + drop, round(right), top + drop + height)))
        at = right + letter
    end = words[-1].box[2]
    base = top + 0.78 * height
    box = (left, min(w.box[1] for w in words), end, max(w.box[3] for w in words))
    return Line(tuple(words), box, (base, base + slope * (end - left)))


def reading(
    lines: tuple[Line, ...] = (),
    *,
    number: int = 1,
    size: tuple[int, int] = (WIDTH, HEIGHT),
    rotation: int = 0,
    skew_deg: float = 0.0,
    dpi: float = DPI,
) -> PageReading:
    """Return a reading of a page whose scan is of *size*."""
    width, height = size if rotation % 180 == 0 else size[::-1]
    angle = math.radians(skew_deg)
    cos, sin = abs(math.cos(angle)), abs(math.sin(angle))
    frame = (math.ceil(width * cos + height * sin - 1e-6), math.ceil(width * sin + height * cos - 1e-6))
    return PageReading(
        number=number,
        width_px=frame[0],
        height_px=frame[1],
        image_width_px=size[0],
        image_height_px=size[1],
        dpi=dpi,
        rotation=rotation,
        skew_deg=skew_deg,
        blank=not lines,
        mean_confidence=0.9,
        text="\n".join(part.text for part in lines),
        lines=lines,
    )


def body() -> tuple[Line, ...]:
    """Return an ordinary page of text."""
    texts = ["CỘNG HÒA XÃ HỘI", "Độc lập - Tự do", "Số: 47/QĐ-UBND", "Căn cứ Luật số 20/2023", "Nơi nhận:"]
    return tuple(line(text, 20, 80 + 30 * row) for row, text in enumerate(texts))
