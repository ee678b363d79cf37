"""The text layer against the picture: a few lines recognised, ink under every word, what is inked but not in the text.

A file can say anything: its words are believed only as far as they are what one sees.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

import cv2
import numpy as np

from domain.text import fold, one_line
from ocr.model import Box, Line, Mark
from ocr.recognizer import Gray, Recognizer

#: grey steps between letters and paper below which nothing is to be read
_LEAST_CONTRAST = 45
#: likeness (0 to 1) of a line as recognised and as the file has it; clean print is read to 0.95 and better
_LEAST_LIKE_ALL, _LEAST_LIKE_ONE = 0.86, 0.62
#: confidence from which a recognised digit contradicts the file's
_SURE = 0.9
_DIGIT = re.compile(r"\d+")
_READING_DPI = 200
#: of the height of letters: what of the picture may be a letter
_LETTER_LOW, _LETTER_HIGH = 0.35, 1.9
_SPECKLES = 12  # so many letter-like specks without text, and the rest of the page is recognised too


def has_ink(gray: Gray, box: Box) -> bool:
    """Tell whether something is drawn within *box* of *gray*, whatever the colours."""
    part = gray[max(0, box[1] - 2) : box[3] + 2, max(0, box[0] - 2) : box[2] + 2]
    if part.size == 0:
        return False
    low, high = int(part.min()), int(part.max())
    return high - low >= _LEAST_CONTRAST


def sample_agrees(gray: Gray, dpi: float, lines: Sequence[Line], recognizer: Recognizer) -> bool:
    """Recognise *lines* in the picture and tell whether they read as the file says.

    They are set under one another on one sheet, which is recognised once.
    """
    if not lines:
        return True
    sheet, places = _sheet(gray, lines)
    zoom = min(1.0, _READING_DPI / dpi)
    if zoom < 1:
        size = (max(1, round(sheet.shape[1] * zoom)), max(1, round(sheet.shape[0] * zoom)))
        sheet = np.asarray(cv2.resize(sheet, size, interpolation=cv2.INTER_AREA), np.uint8)
    seen = recognizer.recognise(sheet, round(dpi * zoom))
    scores = []
    for line, (top, bottom) in zip(lines, places, strict=True):
        beside = sorted(
            (x for x in seen if top * zoom <= (x.box[1] + x.box[3]) / 2 < bottom * zoom), key=lambda x: x.box[0]
        )
        text = " ".join(x.text for x in beside)
        if _digits_differ(line, beside):
            return False
        scores.append(min(_like(fold(line.text), fold(text)), _like(one_line(line.text), one_line(text)) + 0.05))
    return min(scores) >= _LEAST_LIKE_ONE and sum(scores) / len(scores) >= _LEAST_LIKE_ALL


def _sheet(gray: Gray, lines: Sequence[Line]) -> tuple[Gray, list[tuple[int, int]]]:
    """Return the lines cut out and set under one another, and from where to where each stands on that sheet."""
    cuts = []
    for line in lines:
        left, top, right, bottom = line.box
        pad = max(3, (bottom - top) // 4)
        cuts.append(gray[max(0, top - pad) : bottom + pad, max(0, left - pad) : right + pad])
    wide = max(cut.shape[1] for cut in cuts)
    space = max(8, max(cut.shape[0] for cut in cuts) // 2)
    high = sum(cut.shape[0] + space for cut in cuts) + space
    sheet = np.full((high, wide + 2 * space), 255, np.uint8)
    places, at = [], space
    for cut in cuts:
        sheet[at : at + cut.shape[0], space : space + cut.shape[1]] = cut
        places.append((at - space // 2, at + cut.shape[0] + space // 2))
        at += cut.shape[0] + space
    return sheet, places


def _like(a: str, b: str) -> float:
    return SequenceMatcher(None, a, b, autojunk=False).ratio() if a or b else 1.0


def _digits_differ(line: Line, seen: Sequence[Line]) -> bool:
    """Tell whether digits were recognised with certainty that are not the file's, as many as it has."""
    said = "".join(_DIGIT.findall(line.text))
    words = [w for x in seen for w in x.words if _DIGIT.search(w.text)]
    read = "".join("".join(_DIGIT.findall(w.text)) for w in words)
    sure = all(w.confidence >= _SURE for w in words)
    return bool(said) and len(read) == len(said) and read != said and sure


def rest_of(gray: Gray, lines: Sequence[Line], marks: Sequence[Mark], paper: int = 255) -> Gray | None:
    """Return *gray* without the words of *lines*, where letter-like ink is left; None where hardly any is.

    Seals, pen strokes (*marks*) and rules are not letters.
    """
    rest = gray.copy()
    heights = sorted(w.box[3] - w.box[1] for line in lines for w in line.words if len(w.text) > 1)
    letter = heights[len(heights) // 2] if heights else gray.shape[0] / 90
    pad = max(2, round(0.25 * letter))
    for line in lines:
        for word in line.words:
            left, top, right, bottom = word.box
            rest[max(0, top - pad) : bottom + pad, max(0, left - pad) : right + pad] = paper
    for mark in marks:
        left, top, right, bottom = mark.box
        rest[max(0, top) : bottom, max(0, left) : right] = paper
    ink = (rest < paper - 2 * _LEAST_CONTRAST).astype(np.uint8)
    if not ink.any():
        return None
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    high, wide = stats[1:, cv2.CC_STAT_HEIGHT], stats[1:, cv2.CC_STAT_WIDTH]
    like = (high > _LETTER_LOW * letter) & (high < _LETTER_HIGH * letter) & (wide < 3 * letter) & (wide > 0.08 * letter)
    return rest if int(like.sum()) >= _SPECKLES else None
