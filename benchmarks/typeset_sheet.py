"""Sheets that are drawn on at 300 dpi, every line noted with its zone and box."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from benchmarks.typeset_faces import DPI, Face

MM = DPI / 25.4
WIDTH, HEIGHT = round(210 * MM), round(297 * MM)
BLACK = (22, 22, 24)


@dataclass(frozen=True)
class Noted:
    """A line of the truth: zone, text, box in millimetres of the upright sheet."""

    zone: str
    text: str
    box: tuple[float, float, float, float]


@dataclass
class Page:
    """One sheet with what stands on it; pixels are (rows, columns, 3)."""

    pixels: NDArray[np.uint8]
    lines: list[Noted] = field(default_factory=list)
    blank: bool = False

    @property
    def text(self) -> str:
        """All lines in reading order."""
        return "\n".join(line.text for line in self.lines)


class Sheets:
    """The sheets of one paper, drawn one after another; ``y`` is where the next thing stands, in pixels."""

    def __init__(self, face: Face, left: float, right: float, top: float, bottom: float) -> None:
        self.face, self.left, self.right, self.top, self.bottom = face, left, right, top, bottom
        self.pages: list[Page] = []
        self.notes_height = 0.0
        self._sheet: Image.Image | None = None
        self._lines: list[Noted] = []
        self._late: list[Noted] = []  # footnotes: read last
        self.y = 0.0

    def new_sheet(self) -> None:
        """Begin another sheet; every one but the first bears its number."""
        self.end_sheet()
        self._sheet = Image.new("RGB", (WIDTH, HEIGHT), "white")
        self.draw = ImageDraw.Draw(self._sheet)
        self.y = self.top
        self.notes_height = 0.0
        number = len(self.pages) + 1
        if number > 1:
            font = self.face.font(13)
            self.centred("page-number", str(number), font, (self.left + self.right) / 2, self.top - 9 * MM)

    def end_sheet(self) -> None:
        """Keep the sheet that is drawn on, with its lines."""
        if self._sheet is not None:
            self.pages.append(Page(np.array(self._sheet), [*self._lines, *self._late]))
        self._sheet, self._lines, self._late = None, [], []

    def pixels(self) -> NDArray[np.uint8]:
        """Return the sheet as it is, shape (rows, columns, 3)."""
        assert self._sheet is not None
        return np.array(self._sheet)

    def put_pixels(self, pixels: NDArray[np.uint8]) -> None:
        """Go on with *pixels* as the sheet."""
        self._sheet = Image.fromarray(pixels)
        self.draw = ImageDraw.Draw(self._sheet)

    def room(self) -> float:
        """Return how many pixels are free above the footnotes."""
        return self.bottom - self.notes_height - self.y

    def note(self, zone: str, text: str, x0: float, y0: float, x1: float, y1: float) -> None:
        """Note a line that stands in the box (pixels)."""
        box = (round(x0 / MM, 1), round(y0 / MM, 1), round(x1 / MM, 1), round(y1 / MM, 1))
        (self._late if zone == "footnote" else self._lines).append(Noted(zone, text, box))

    def line(
        self, zone: str, text: str, font: ImageFont.FreeTypeFont, x: float, y: float, fill: tuple[int, int, int] = BLACK
    ) -> float:
        """Draw *text* with its top at *y*; return the x behind it."""
        self.draw.text((x, y), text, font=font, fill=fill)
        end = x + font.getlength(text)
        self.note(zone, text, x, y, end, y + font.size * 1.25)
        return end

    def centred(self, zone: str, text: str, font: ImageFont.FreeTypeFont, middle: float, y: float) -> float:
        """Draw *text* around *middle*; return the y below it."""
        self.line(zone, text, font, middle - font.getlength(text) / 2, y)
        return y + font.size * 1.3

    def justified(self, zone: str, text: str, font: ImageFont.FreeTypeFont, x: float, right: float, y: float) -> None:
        """Draw *text* from *x* to *right*, its top at *y*."""
        words = text.split(" ")
        free = right - x - sum(font.getlength(w) for w in words)
        gap = free / (len(words) - 1) if len(words) > 1 else 0.0
        at = x
        for word in words:
            self.draw.text((at, y), word, font=font, fill=BLACK)
            at += font.getlength(word) + gap
        self.note(zone, text, x, y, right, y + font.size * 1.25)

    def rule(self, x0: float, x1: float, y: float, width: int = 3) -> None:
        """Draw a level line at *y*."""
        self.draw.line((x0, y, x1, y), fill=BLACK, width=width)
