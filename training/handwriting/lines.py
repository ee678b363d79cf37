"""Training pictures: a typed line of a head with pen strokes in its gap, printed, scanned and cut as the reader does.

A line is ``Số: 47 /QĐ-UBND`` or ``Quảng Ngãi, ngày 05 tháng 02 năm 2025``; the window that is cut begins and ends
anywhere in the typed neighbours, so that the recogniser learns to leave them alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ocr.handwriting.alphabet import AFTER_DAY, AFTER_MONTH, BEFORE_DAY, BEFORE_MONTH, BEFORE_NUMBER, SEPARATOR, encode
from ocr.handwriting.strip import EM, cut_strip, normalise
from training.handwriting.damage import scan
from training.handwriting.strokes import Canvas, Hand, draw_paths, number_paths

#: pixels per em while drawing
DRAW = 40
_MARGIN = 2.0  # em drawn left of the line
_TALL = 4.0  # em drawn, baseline at 2.33 from the top
_BASE = 2.33


def _listed(text: str) -> list[str]:
    return [" ".join(part.split()) for part in text.split("|")]


_KINDS = _listed("QĐ|TTr|CT|BC|KH|TB|CV|NQ|CTr|TT|PA|ĐA|HD|QC|GM|BB|GP|CĐ")
_AGENCIES = _listed(
    """UBND|HĐND|SNV|STC|STP|SXD|SYT|BCĐ|BTNMT|BTC|BNV|VP|VPUBND|SGDĐT|TTg|CP|BQL|CCT|CA|BHXH|TTPVHCC|PNV|SNNMT|LĐLĐ
    |UBMTTQ|ĐTN|KTTH|NC|KGVX|TH|TNMT|CNXD|BCĐ138|HĐ"""
)
_PLACES = _listed("Hà Nội|Quảng Ngãi|Đà Nẵng|Bắc Ninh|Cần Thơ|Lào Cai|Phú Thọ|Cà Mau|Huế|An Giang|Thanh Hóa|Nghệ An")
_NEAR = _listed(
    "ỦY BAN NHÂN DÂN|TỈNH|V/v đăng ký bổ sung|Độc lập - Tự do - Hạnh phúc|về việc triển khai|V/v góp ý dự thảo"
)


@dataclass(frozen=True)
class Fonts:
    """Typefaces to draw with: pairs (upright, italic) of text faces, and faces that look like handwriting."""

    text: tuple[tuple[str, str], ...]
    hand: tuple[str, ...]


@dataclass
class _Line:
    """A line under construction; x in em from its start."""

    canvas: Canvas
    x: float = 0.0
    #: token, left and right edge of the letter that carries it, em
    tokens: list[tuple[str, float, float]] = field(default_factory=list)


@dataclass(frozen=True)
class Sample:
    """One training picture."""

    picture: NDArray[np.uint8]  # (HEIGHT, width): ink, 255 the darkest
    label: tuple[int, ...]


@lru_cache(maxsize=4000)
def _face(font: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(font, size, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=20000)
def _typed(font: str, size: int, text: str) -> tuple[NDArray[np.uint8], int, int, float]:
    """Return the mask of *text*, its offset from the pen point (x, y from the baseline), and its advance in pixels."""
    face = _face(font, size)
    left, top, right, bottom = face.getbbox(text, anchor="ls")
    picture = Image.new("L", (max(1, int(right - left) + 2), max(1, int(bottom - top) + 2)), 0)
    ImageDraw.Draw(picture).text((-left, -top), text, font=face, fill=255, anchor="ls")
    return np.asarray(picture, np.uint8), int(left), int(top), float(face.getlength(text))


def _put(canvas: Canvas, mask: NDArray[np.uint8], x: int, y: int, strength: float) -> None:
    height, width = canvas.shape
    x0, y0, x1, y1 = max(0, x), max(0, y), min(width, x + mask.shape[1]), min(height, y + mask.shape[0])
    if x0 >= x1 or y0 >= y1:
        return
    part = mask[y0 - y : y1 - y, x0 - x : x1 - x].astype(np.float32) * np.float32(strength / 255)
    np.maximum(canvas[y0:y1, x0:x1], part, out=canvas[y0:y1, x0:x1])


class LineMaker:
    """Draws samples. The same *seed* and *fonts* give the same samples."""

    def __init__(self, seed: int, fonts: Fonts) -> None:
        self.rng = np.random.default_rng(seed)
        self.fonts = fonts

    def sample(self, wide: bool) -> Sample:
        """Draw one sample, of at most 128 columns, or 224 when *wide*."""
        most = (224 if wide else 128) / EM
        while True:
            made = self._number(most) if self.rng.random() < 0.5 else self._date(most)
            if made is not None:
                return made

    # --- what is written -----------------------------------------------------------------------------------------

    def _digits(self) -> str:
        length = int(self.rng.choice([1, 2, 3, 4, 5], p=[0.07, 0.36, 0.32, 0.2, 0.05]))
        text = "".join(str(d) for d in self.rng.integers(0, 10, length))
        if length == 1:
            return text if text != "0" else "7"
        if text[0] == "0" and length > 2:
            return str(self.rng.integers(1, 10)) + text[1:]
        return text

    def _start(self) -> _Line:
        self.size = round(DRAW * float(self.rng.uniform(0.9, 1.1)))
        self.strength = float(self.rng.uniform(0.7, 1.0))
        self.face = self.fonts.text[int(self.rng.integers(len(self.fonts.text)))]
        self.hand = Hand.draw(self.rng)
        self.hand_font = (
            self.fonts.hand[int(self.rng.integers(len(self.fonts.hand)))]
            if self.fonts.hand and self.rng.random() < 0.25
            else ""
        )
        self.height = float(np.clip(self.rng.normal(0.92, 0.16), 0.6, 1.35))
        self.pen_strength = float(self.rng.uniform(0.6, 1.0))
        self.drop = float(self.rng.normal(0.0, 0.09))
        return _Line(np.zeros((round(_TALL * DRAW), round(26 * DRAW)), np.float32))

    def _type(self, line: _Line, text: str, italic: bool, y: float = 0.0) -> tuple[float, float]:
        """Type *text* at the line's x; return its left and right edge in em."""
        mask, dx, dy, advance = _typed(self.face[int(italic)], self.size, text)
        x = round((line.x + _MARGIN) * DRAW) + dx
        _put(line.canvas, mask, x, round((_BASE + y) * DRAW) + dy, self.strength)
        start = line.x
        line.x += advance / DRAW
        return start, line.x

    def _write(self, line: _Line, digits: str) -> None:
        """Write *digits* by pen at the line's x."""
        left = (line.x + _MARGIN) * DRAW
        foot = (_BASE + self.drop) * DRAW
        height = self.height * DRAW
        if self.hand_font:
            width = self._hand_font(line, digits, left, foot, height)
        else:
            paths, width = number_paths(digits, self.hand, self.rng)
            lean = float(self.rng.normal(0, 0.04))
            paths = [p + np.stack([np.zeros(len(p)), lean * p[:, 0]], axis=1) for p in paths]
            room = round(width * height + 2.4 * DRAW)
            x0 = max(0, round(left - DRAW))
            part = np.zeros((line.canvas.shape[0], room), np.float32)
            draw_paths(part, paths, (left - x0, foot - height), height, self.hand, self.rng)
            target = line.canvas[:, x0 : x0 + room]
            np.maximum(target, part[:, : target.shape[1]] * np.float32(self.pen_strength), out=target)
            width *= height
        line.x += width / DRAW

    def _hand_font(self, line: _Line, digits: str, left: float, foot: float, height: float) -> float:
        """Write with a typeface that looks like handwriting, bent a little; return the width in pixels."""
        _, _, top, _ = _typed(self.hand_font, 64, "8")
        size = max(12, round(64 * height / max(1, -top)))
        at = left
        slant = float(self.rng.normal(0.05, 0.12))
        for digit in digits:
            mask, dx, dy, advance = _typed(self.hand_font, size, digit)
            thick = int(self.rng.integers(0, 4))
            pad = 8
            mask = np.asarray(cv2.copyMakeBorder(mask, pad, pad, pad, pad, cv2.BORDER_CONSTANT, value=0), np.uint8)
            if thick:
                mask = np.asarray(
                    cv2.dilate(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (thick, thick))), np.uint8
                )
            turn = float(self.rng.normal(0, 0.06))
            matrix = np.array([[1.0, -slant - turn, (slant + turn) * mask.shape[0] / 2], [turn, 1.0, 0.0]])
            mask = np.asarray(cv2.warpAffine(mask, matrix, (mask.shape[1], mask.shape[0])), np.uint8)
            drop = float(self.rng.normal(0, 0.04)) * height
            _put(line.canvas, mask, round(at + dx) - pad, round(foot + dy + drop) - pad, self.pen_strength)
            at += advance * float(self.rng.uniform(0.85, 1.15)) + self.hand.spacing * 0.3 * height
        return at - left

    # --- the two lines -------------------------------------------------------------------------------------------

    def _fill(self, line: _Line, digits: str, italic: bool, room: tuple[float, float]) -> tuple[float, float]:
        """Fill a gap: pen, type or nothing. *room*: most white before and after, em. Return edges of the writing."""
        kind = self.rng.random()
        start = line.x
        if kind < 0.05:
            line.x += float(self.rng.uniform(0.4, 3.0))
            return start, line.x
        line.x += float(self.rng.uniform(-0.13, room[0])) if kind < 0.87 else float(self.rng.uniform(0.0, 0.4))
        begin = line.x
        if kind < 0.87:
            self._write(line, digits)
            line.tokens += [(d, begin, line.x) for d in digits]
        else:
            self._type(line, digits, italic)
            line.tokens += [(f"t{d}", begin, line.x) for d in digits]
        end = line.x
        line.x += float(self.rng.uniform(-0.2, room[1])) if kind < 0.87 else float(self.rng.uniform(0.0, 0.5))
        if self.rng.random() < 0.13:
            self._leader(line, start, line.x)
        return min(begin, start), max(end, begin)

    def _leader(self, line: _Line, start: float, end: float) -> None:
        """A dotted or ruled leader under the gap."""
        y = round((_BASE + float(self.rng.uniform(-0.02, 0.1))) * DRAW)
        x0, x1 = round((start + _MARGIN) * DRAW), round((end + _MARGIN) * DRAW)
        if self.rng.random() < 0.75:
            step = round(DRAW * float(self.rng.uniform(0.2, 0.4)))
            for x in range(x0, x1, max(3, step)):
                cv2.circle(line.canvas, (x, y), round(DRAW * float(self.rng.uniform(0.02, 0.05))), self.strength, -1)
        else:
            cv2.line(line.canvas, (x0, y), (x1, y), self.strength, max(1, round(DRAW * 0.03)))

    def _number(self, most: float) -> Sample | None:
        line = self._start()
        self._type(line, self._pick(["Số", "Số", "Số", "SỐ"]), italic=False)
        label = self._type(line, self._pick([":", ":", ":", ":", " :", "."]), italic=False)
        line.tokens.append((BEFORE_NUMBER, label[1] - 0.2, label[1]))
        begin, end = self._fill(line, self._digits(), False, (0.9, 1.6))
        slash = self._pick(["/"] * 12 + ["-"])
        left, _ = self._type(line, slash, italic=False)
        line.tokens.append((SEPARATOR, left, left + 0.26))
        if self.rng.random() < 0.12:
            at = line.x
            year = str(self.rng.integers(1996, 2031))
            self._type(line, f"{year}/", italic=False)
            after = [(f"t{d}", at + 0.5 * i, at + 0.5 * i + 0.5) for i, d in enumerate(year)]
            after.append((SEPARATOR, at + 2.0, at + 2.26))
        else:
            after = []
        sign = [self._pick(_KINDS), self._pick(_AGENCIES)]
        if self.rng.random() < 0.15:
            sign = [sign[1], self._pick(_AGENCIES)]
        tail = line.x
        self._type(line, "-".join(sign), italic=False)
        x0 = (
            float(self.rng.uniform(-0.6, begin + 0.02))
            if self.rng.random() < 0.6
            else float(self.rng.uniform(begin - 0.5, begin))
        )
        reach = self.rng.random()
        if after:  # the year stays whole, or out
            x1 = float(self.rng.uniform(end, left + 0.3)) if reach < 0.6 else float(self.rng.uniform(tail, tail + 2.5))
            line.tokens += after if reach >= 0.6 else []
        else:
            x1 = end + float(self.rng.uniform(0.02, 1.2)) if reach < 0.4 else left + float(self.rng.uniform(0.1, 4.5))
        return self._cut(line, x0, max(x1, end + 0.02), most)

    def _date(self, most: float) -> Sample | None:
        line = self._start()
        italic = bool(self.rng.random() < 0.9)
        self._type(line, self._pick(_PLACES) + ", ", italic)
        _, day_word = self._type(line, "ngày", italic)
        word_left = day_word - 1.9
        line.tokens.append((BEFORE_DAY, day_word - 0.42, day_word))
        day = int(self.rng.integers(1, 32))
        begin, end = self._fill(line, self._two_digits(day, 0.12), italic, (0.5, 0.7))
        month_left, month_right = self._type(line, "tháng", italic)
        line.tokens += [(AFTER_DAY, month_left, month_left + 0.26), (BEFORE_MONTH, month_right - 0.45, month_right)]
        month = self._two_digits(int(self.rng.integers(1, 13)), 0.3)
        if self.rng.random() < 0.65:
            line.x += float(self.rng.uniform(0.15, 0.4))
            at = line.x
            self._type(line, month, italic)
            line.tokens += [(f"t{d}", at, line.x) for d in month]
            month_begin, month_end = at, line.x
            line.x += float(self.rng.uniform(0.15, 0.5))
        else:
            month_begin, month_end = self._fill(line, month, italic, (0.5, 0.6))
        year_left, _ = self._type(line, "năm", italic)
        line.tokens.append((AFTER_MONTH, year_left, year_left + 0.48))
        year_right = line.x
        line.x += 0.25
        self._type(line, str(self.rng.integers(1990, 2032)), italic)
        what = self.rng.random()
        if what < 0.55:  # the day
            x0 = (
                float(self.rng.uniform(word_left - 1.5, begin + 0.02))
                if self.rng.random() < 0.4
                else begin - float(self.rng.uniform(0.0, 0.9))
            )
            x1 = (
                min(end + float(self.rng.uniform(0.02, 1.5)), month_right)
                if self.rng.random() < 0.6
                else float(self.rng.uniform(month_left + 0.2, month_right + 0.05))
            )
            x1 = min(max(x1, end + 0.02), max(month_begin - 0.03, end + 0.02))
        elif what < 0.8:  # the month
            x0 = min(float(self.rng.uniform(month_left, month_right + 0.05)), month_begin - 0.02)
            x0 = max(x0, end + 0.02)
            x1 = max(month_end + 0.02, float(self.rng.uniform(month_end, year_right + 0.1)))
        else:  # both
            x0 = min(float(self.rng.uniform(word_left - 0.2, day_word)), begin - 0.02)
            x1 = max(month_end + 0.02, float(self.rng.uniform(month_end, year_right + 0.1)))
        return self._cut(line, x0, x1, most)

    def _two_digits(self, value: int, single: float) -> str:
        return str(value) if self.rng.random() < single else f"{value:02d}"

    def _pick(self, choices: list[str]) -> str:
        return choices[int(self.rng.integers(len(choices)))]

    # --- scanned and cut -----------------------------------------------------------------------------------------

    def _cut(self, line: _Line, x0: float, x1: float, most: float) -> Sample | None:
        if x1 - x0 > most or x1 - x0 < 0.5:
            return None
        inside: list[tuple[float, str]] = []
        for order, (token, left, right) in enumerate(line.tokens):
            shown = (min(right, x1) - max(left, x0)) / (right - left)
            if token.lstrip("t") in "0123456789" and token:
                if shown > 0.95:
                    inside.append((order, token))
                elif shown > 0.02:
                    return None
            elif shown > 0.55:
                inside.append((order, token))
        self._around(line, x0, x1)
        left, right = round((x0 - 0.5 + _MARGIN) * DRAW), round((x1 + 0.5 + _MARGIN) * DRAW)
        gray, zoom = scan(line.canvas[:, max(0, left) : right], DRAW, self.rng)
        em = DRAW * zoom
        # the reader's own measures of size and baseline are a little off
        seen = em * float(self.rng.uniform(0.9, 1.12)) * self.size / DRAW
        base = (_BASE + float(self.rng.normal(0, 0.05))) * em
        start = (x0 + _MARGIN) * em - max(0, left) * zoom
        strip = cut_strip(gray, start, start + (x1 - x0) * em, base, seen)
        picture = np.round(normalise(strip) * 255).astype(np.uint8)
        if picture.shape[1] > round(most * EM):
            return None
        return Sample(picture, encode([t for _, t in inside]))

    def _around(self, line: _Line, x0: float, x1: float) -> None:
        """What stands about the gap on a real page: the lines above and below, rules, dirt."""
        rng = self.rng
        for side in (-1, 1):
            if rng.random() < 0.35:
                mask, _, dy, _ = _typed(self.face[0], self.size, self._pick(_NEAR))
                y = _BASE + side * float(rng.uniform(1.1, 1.6))
                x = float(rng.uniform(x0 - 4, x1))
                _put(line.canvas, mask, round((x + _MARGIN) * DRAW), round(y * DRAW) + dy, self.strength)
        if rng.random() < 0.15:
            y = round((_BASE - float(rng.uniform(0.95, 1.5))) * DRAW)
            a, b = sorted(float(v) for v in rng.uniform(x0 - 2, x1 + 2, 2))
            cv2.line(line.canvas, (round((a + _MARGIN) * DRAW), y), (round((b + _MARGIN) * DRAW), y), 1.0, 2)
        if rng.random() < 0.04:
            x = round((float(rng.uniform(x0, x1)) + _MARGIN) * DRAW)
            cv2.line(
                line.canvas,
                (x, 0),
                (x + int(rng.integers(-2, 3)), line.canvas.shape[0]),
                float(rng.uniform(0.2, 0.6)),
                1,
            )
        if rng.random() < 0.05:  # what is left of a seal
            part = np.zeros_like(line.canvas)
            centre = (
                round((float(rng.uniform(x0 - 2, x1 + 2)) + _MARGIN) * DRAW),
                round(float(rng.uniform(0, _TALL)) * DRAW),
            )
            cv2.circle(
                part,
                centre,
                round(DRAW * float(rng.uniform(1.5, 4))),
                float(rng.uniform(0.1, 0.35)),
                round(DRAW * float(rng.uniform(0.05, 0.25))),
            )
            np.maximum(line.canvas, part, out=line.canvas)
        for _ in range(int(rng.poisson(0.25))):
            centre = (round((float(rng.uniform(x0, x1)) + _MARGIN) * DRAW), round(float(rng.uniform(1, 3.2)) * DRAW))
            cv2.circle(line.canvas, centre, int(rng.integers(1, 4)), float(rng.uniform(0.3, 1.0)), -1)


def find_fonts(folder: Path) -> tuple[str, ...]:
    """Return the typefaces under *folder*, sorted by name."""
    return tuple(str(p) for p in sorted(folder.rglob("*")) if p.suffix.lower() in (".ttf", ".otf"))


def system_fonts(serif: Path, hand: Path | None) -> Fonts:
    """Return the typefaces used: those of *serif* that look like the Times of official papers, those under *hand*.

    Args:
        serif: ``/usr/share/fonts/truetype`` (Debian fonts-liberation2, fonts-freefont-ttf, fonts-noto-core).
        hand: folder of faces that look like handwriting; None for strokes only.

    Raises:
        FileNotFoundError: none of the text faces is there.
    """
    pairs = [
        ("liberation2/LiberationSerif-Regular.ttf", "liberation2/LiberationSerif-Italic.ttf"),
        ("liberation2/LiberationSerif-Regular.ttf", "liberation2/LiberationSerif-Italic.ttf"),
        ("freefont/FreeSerif.ttf", "freefont/FreeSerifItalic.ttf"),
        ("noto/NotoSerif-Regular.ttf", "noto/NotoSerif-Italic.ttf"),
    ]
    text = tuple((str(serif / a), str(serif / b)) for a, b in pairs if (serif / a).exists() and (serif / b).exists())
    if not text:
        raise FileNotFoundError(f"no serif typeface under {serif}")
    return Fonts(text, find_fonts(hand) if hand else ())
