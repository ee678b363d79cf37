"""Reading all lines of a page at once with the network of an installed Tesseract language pack.

Tesseract's own engine takes the lines one by one and each line column by column; most of its time goes into moving
small vectors. Here lines are found by :mod:`ocr.engines.textlines` and go through the same network side by side.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ocr.engines.chances import Chances
from ocr.engines.common import check_size, make_line, page_timeout
from ocr.engines.decode import Decoder, Found, Spelling, confidence
from ocr.engines.linepicture import LinePicture, line_picture
from ocr.engines.network import Network
from ocr.engines.tessdata import packs_name
from ocr.engines.textlines import TextLine, find_lines
from ocr.engines.traineddata import load
from ocr.model import Box, Line, Word
from ocr.recognizer import Gray

#: Raised when this engine would read the same pixels differently.
VERSION = 5
#: Lines that go through the network together.
_TOGETHER = 60


def versions() -> str:
    """Return the version of this engine."""
    return f"batch {VERSION}"


@dataclass(frozen=True)
class ReadLine:
    """A line as read, and for each of its words what it may be as well (empty where there was no doubt)."""

    line: Line
    spellings: tuple[tuple[Spelling, ...], ...]


class WeighedLine:
    """A line as read, and how likely it says something else. Implements :class:`ocr.recognizer.Weighed`."""

    def __init__(self, line: Line, logits: NDArray[np.float32], chances: Chances) -> None:
        self.line = line
        self._logits, self._chances = logits, chances

    def chances(self, beginnings: Sequence[str], end: str = "") -> list[float]:
        """See :meth:`ocr.recognizer.Weighed.chances`."""
        return self._chances.of(self._logits, beginnings, end)


class BatchRecognizer:
    """Implements :class:`ocr.recognizer.Recognizer`; one language pack of Tesseract's fast form.

    Raises:
        RuntimeError: the pack has another form (:class:`ocr.engines.traineddata.UnknownModel`), or there are several.
    """

    def __init__(self, tessdata: Path, languages: str, page_timeout_s: float) -> None:
        try:
            model = load(tessdata / f"{languages}.traineddata")
        except ValueError as error:
            raise RuntimeError(str(error)) from error
        self._network, self._decoder = Network(model), Decoder(model)
        self._chances = Chances(self._decoder.labels, model.nothing)
        self._timeout_s = page_timeout_s
        self._name = f"{versions()} / {packs_name(languages, tessdata)}"

    @property
    def name_and_version(self) -> str:
        """Engine and language pack."""
        return self._name

    def recognise(self, gray: Gray, dpi: int) -> list[Line]:
        """See :meth:`ocr.recognizer.Recognizer.recognise`."""
        return [r.line for r in self.read(gray, dpi)]

    def weigh(self, gray: Gray, dpi: int) -> list[WeighedLine]:
        """See :meth:`ocr.recognizer.Weigher.weigh`."""
        return [WeighedLine(r.line, logits, self._chances) for r, logits in self._read(gray, dpi)]

    def read(self, gray: Gray, dpi: int) -> list[ReadLine]:
        """Return the lines of *gray* as :meth:`recognise` does, with the other spellings of words in doubt.

        Raises:
            BadInput: ``page-too-large``, ``page-timeout``.
        """
        return [r for r, _ in self._read(gray, dpi)]

    def _read(self, gray: Gray, dpi: int) -> list[tuple[ReadLine, NDArray[np.float32]]]:
        """Return the lines with the network's outputs for them."""
        check_size(gray)
        until = time.monotonic() + self._timeout_s
        pixels = np.ascontiguousarray(gray)
        lines = find_lines(pixels, dpi)
        results: list[tuple[ReadLine, NDArray[np.float32]]] = []
        for first in range(0, len(lines), _TOGETHER):
            part = lines[first : first + _TOGETHER]
            pictures = [line_picture(pixels, line) for line in part]
            outputs = self._network.run([p.pixels for p in pictures])
            for line, picture, logits in zip(part, pictures, outputs, strict=True):
                if time.monotonic() > until:
                    raise page_timeout(self._timeout_s)
                if words := self._decoder.words(logits):
                    results.append((_read_line(line, picture, words, gray.shape), logits))
        return results

    def close(self) -> None:
        """Nothing is held that needs closing."""


def _read_line(line: TextLine, picture: LinePicture, found: list[Found], shape: tuple[int, ...]) -> ReadLine:
    words = tuple(
        Word(f.text, confidence(f.sureness), box)
        for f, box in zip(found, _boxes(line, picture, found, shape), strict=True)
    )
    ends = ((line.left, round(line.y(line.left))), (line.right, round(line.y(line.right))))
    return ReadLine(make_line(list(words), ends), tuple(f.spellings for f in found))


def _boxes(line: TextLine, picture: LinePicture, found: list[Found], shape: tuple[int, ...]) -> list[Box]:
    """Return the boxes of the words: the strokes between two spaces."""
    strokes = line.strokes[np.argsort(line.strokes[:, 0], kind="stable")]
    x = (strokes[:, 0] + strokes[:, 2]) / 2
    reach = np.maximum.accumulate(strokes[:, 2])[:-1]
    gaps = list(zip(((strokes[1:, 0] + reach) / 2).tolist(), (strokes[1:, 0] - reach).tolist(), strict=True))
    cuts = [-np.inf]
    for one, other in pairwise(found):
        after, before = picture.x(one.last), picture.x(other.first)
        # The widest gap between strokes where the network saw the space.
        inside = [(width, middle) for middle, width in gaps if after < middle < before]
        cuts.append(max(inside)[1] if inside else (after + before) / 2)
    cuts.append(np.inf)
    boxes: list[Box] = []
    for word, low, high in zip(found, cuts[:-1], cuts[1:], strict=True):
        mine = strokes[(x > low) & (x <= high)]
        if len(mine):
            (a, b), (c, d) = mine[:, :2].min(axis=0).tolist(), mine[:, 2:].max(axis=0).tolist()
        else:
            # Letters that touch those of the next word: where the network saw them.
            a, c = round(picture.x(word.first)), round(picture.x(word.last)) + 1
            b, d = round(line.y(a) - line.ascent), round(line.y(a))
        a, b = min(max(a, 0), shape[1] - 1), min(max(b, 0), shape[0] - 1)
        boxes.append((a, b, min(max(c, a + 1), shape[1]), min(max(d, b + 1), shape[0])))
    return boxes
