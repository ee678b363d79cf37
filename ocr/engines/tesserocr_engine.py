"""Tesseract in process: one loaded model per worker, pixels handed over as they lie in memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import tesserocr

from domain.text import clean
from ocr.engines.common import Baseline, check_size, make_line, page_timeout
from ocr.engines.tessdata import packs_name
from ocr.model import Line, Word
from ocr.recognizer import Gray

#: Set once after loading. Each was measured on scanned pages with known text before it was adopted (benchmarks).
VARIABLES: dict[str, str] = {}


def versions() -> str:
    """Return the versions of binding and library."""
    return f"tesserocr {tesserocr.__version__} / tesseract {tesserocr.tesseract_version().split()[1]}"


class TesserocrRecognizer:
    """Implements :class:`ocr.recognizer.Recognizer` with the tesserocr binding."""

    def __init__(self, tessdata: Path, languages: str, page_timeout_s: float) -> None:
        self._api = tesserocr.PyTessBaseAPI(
            path=f"{tessdata}/", lang=languages, oem=tesserocr.OEM.LSTM_ONLY, psm=tesserocr.PSM.AUTO
        )
        # Its layout of a small cutting asks for boxes outside it and says so on standard error; nothing is amiss.
        tesserocr.set_leptonica_log_level(tesserocr.LeptLogLevel.NONE)
        for name, value in VARIABLES.items():
            if not self._api.SetVariable(name, value):
                raise RuntimeError(f"this Tesseract does not know {name}")
        self._timeout_ms = max(1, round(page_timeout_s * 1000))
        self._name = f"{versions()} / {packs_name(languages, tessdata)}"

    @property
    def name_and_version(self) -> str:
        """Binding, library and language pack."""
        return self._name

    def recognise(self, gray: Gray, dpi: int) -> list[Line]:
        """See :meth:`ocr.recognizer.Recognizer.recognise`."""
        height, width = check_size(gray)
        api = self._api
        pixels = np.ascontiguousarray(gray)
        # SetImage(PIL) would re-encode the picture, a JPEG even with loss; bytes go through as they are.
        api.SetImageBytes(pixels.tobytes(), width, height, 1, width)
        api.SetSourceResolution(min(max(dpi, 70), 2400))
        try:
            if not api.Recognize(self._timeout_ms):
                raise page_timeout(self._timeout_ms / 1000)
            return _lines(api.GetIterator())
        finally:
            api.Clear()

    def close(self) -> None:
        """Free model and buffers."""
        self._api.End()


def _lines(iterator: Any) -> list[Line]:
    """Walk Tesseract's result word by word and group by text line."""
    lines: list[Line] = []
    if iterator is None:
        return lines
    line_level, word_level = tesserocr.RIL.TEXTLINE, tesserocr.RIL.WORD
    words: list[Word] = []
    baseline: Baseline | None = None
    iterator.Begin()
    while not iterator.Empty(word_level):
        if iterator.IsAtBeginningOf(line_level):
            if words:
                lines.append(make_line(words, baseline))
            words = []
            baseline = iterator.Baseline(line_level)
        box = iterator.BoundingBox(word_level)
        text = "".join(clean(iterator.GetUTF8Text(word_level) or "").split())
        if text and box is not None:
            words.append(Word(text, min(max(iterator.Confidence(word_level) / 100.0, 0.0), 1.0), box))
        if not iterator.Next(word_level):
            break
    if words:
        lines.append(make_line(words, baseline))
    return lines
