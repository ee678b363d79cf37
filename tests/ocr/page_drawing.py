"""Small typed pages for the tests, drawn with a Vietnamese font of the machine."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from tests.require import need

_FONTS = (
    "/usr/share/fonts/truetype/croscore/Tinos-Regular.ttf",
    "/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf",
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
)

LINES = (
    "ỦY BAN NHÂN DÂN XÃ MINH TÂN",
    "Căn cứ Luật Tổ chức chính quyền địa phương;",
    "Theo đề nghị của Văn phòng Ủy ban nhân dân xã,",
    "Điều 1. Giao phòng chuyên môn kiểm tra hồ sơ lưu trữ",
    "và báo cáo kết quả trước ngày 15 tháng 6 năm 2025.",
    "Điều 2. Quyết định này có hiệu lực kể từ ngày ký.",
)


def font_path() -> Path:
    """Return a font with all Vietnamese letters; without one the test is skipped or, where required, fails."""
    found = next((Path(p) for p in _FONTS if Path(p).is_file()), None)
    need("fonts", found is not None, "neither Tinos nor DejaVu is installed (apt-get install fonts-croscore)")
    assert found is not None
    return found


@cache
def _font(pixels: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(font_path()), pixels)


def typed_page(
    lines: tuple[str, ...] = LINES,
    size: tuple[int, int] = (1240, 900),
    dpi: int = 150,
    points: float = 14,
    top: int = 120,
    left: int = 140,
) -> Image.Image:
    """Return an RGB page with *lines* in *points* type at *dpi*, black on slightly grey paper."""
    page = Image.new("RGB", size, (243, 242, 238))
    draw = ImageDraw.Draw(page)
    pixels = round(points * dpi / 72)
    for i, line in enumerate(lines):
        draw.text((left, top + i * round(pixels * 1.7)), line, fill=(25, 25, 28), font=_font(pixels))
    return page


def red_seal(page: Image.Image, centre: tuple[int, int], radius: int) -> None:
    """Press a red round seal on *page*, under-printing stays visible through it."""
    layer = Image.new("RGB", page.size, (255, 255, 255))
    draw = ImageDraw.Draw(layer)
    x, y = centre
    for r, width in ((radius, max(3, radius // 16)), (round(radius * 0.62), 2)):
        draw.ellipse((x - r, y - r, x + r, y + r), outline=(214, 60, 70), width=width)
    r = round(radius * 0.3)
    draw.regular_polygon((x, y, r), 5, fill=(214, 60, 70))
    for angle in range(0, 360, 24):
        dx, dy = np.cos(np.radians(angle)) * radius * 0.8, np.sin(np.radians(angle)) * radius * 0.8
        draw.rectangle((x + dx - 4, y + dy - 6, x + dx + 4, y + dy + 6), fill=(214, 60, 70))
    page.paste(Image.fromarray(np.minimum(np.asarray(page), np.asarray(layer))))


class DrawnImage:
    """A drawn page in the shape of ``ocr.source``'s page image."""

    def __init__(self, page: Image.Image, dpi: float = 150.0, pdf_rotate: int = 0) -> None:
        self._page = page.convert("RGB")
        self.width, self.height = page.size
        self.dpi = dpi
        self.kind = "png"
        self.pdf_rotate = pdf_rotate
        self.overlays = ()

    def gray(self) -> NDArray[np.uint8]:
        samples = np.array(self._page.convert("L"))
        samples.flags.writeable = False
        return samples

    def rgb(self, scale: int = 1) -> NDArray[np.uint8]:
        return np.asarray(self._page.reduce(scale) if scale > 1 else self._page)

    def text(self) -> None:
        return None

    def pixel_digest(self) -> str:
        return "0" * 64
