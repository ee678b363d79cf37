"""Tesseract as a program, one process a page: slower, for machines where the binding cannot be had."""

from __future__ import annotations

import os
from itertools import groupby
from pathlib import Path
from typing import Any

import pytesseract
from PIL import Image

from domain.errors import Advice, BadInput
from domain.text import clean
from ocr.engines.common import check_size, make_line, page_timeout
from ocr.engines.tessdata import packs_name
from ocr.model import Line, Word
from ocr.recognizer import Gray

_WORD_LEVEL = 5


def versions() -> str:
    """Return the versions of binding and program."""
    return f"pytesseract {pytesseract.__version__} / tesseract {pytesseract.get_tesseract_version()}"


class PytesseractRecognizer:
    """Implements :class:`ocr.recognizer.Recognizer` with the ``tesseract`` program."""

    def __init__(self, tessdata: Path, languages: str, page_timeout_s: float) -> None:
        # With OpenMP every process takes all cores, and several at once slow each other down many times over.
        os.environ["OMP_THREAD_LIMIT"] = "1"
        self._config = f'--oem 1 --psm 3 --tessdata-dir "{tessdata}"'
        self._languages = languages
        self._timeout_s = page_timeout_s
        self._name = f"{versions()} / {packs_name(languages, tessdata)}"

    @property
    def name_and_version(self) -> str:
        """Binding, program and language pack."""
        return self._name

    def recognise(self, gray: Gray, dpi: int) -> list[Line]:
        """See :meth:`ocr.recognizer.Recognizer.recognise`. Lines carry the bottom of their box as baseline."""
        check_size(gray)
        try:
            table = pytesseract.image_to_data(
                Image.fromarray(gray),
                lang=self._languages,
                config=f"{self._config} --dpi {min(max(dpi, 70), 2400)}",
                output_type=pytesseract.Output.DICT,
                timeout=self._timeout_s,
            )
        except pytesseract.TesseractError as error:
            raise BadInput(
                "page-failed",
                f"tesseract ended with status {error.status}",
                Advice("Không nhận dạng được một trang.", todo="Kiểm tra trang quét rồi chạy lại."),
            ) from None
        except RuntimeError as error:
            if "timeout" in str(error).lower():
                raise page_timeout(self._timeout_s) from None
            raise
        return _lines(table)

    def close(self) -> None:
        """Nothing is held between pages."""


def _lines(table: dict[str, list[Any]]) -> list[Line]:
    """Group Tesseract's table of words by block, paragraph and line."""
    rows = [i for i, level in enumerate(table["level"]) if level == _WORD_LEVEL]

    def line_of(i: int) -> tuple[int, ...]:
        return (table["block_num"][i], table["par_num"][i], table["line_num"][i])

    lines = []
    for _, group in groupby(rows, key=line_of):
        words = []
        for i in group:
            text = "".join(clean(str(table["text"][i])).split())
            if text:
                left, top = int(table["left"][i]), int(table["top"][i])
                box = (left, top, left + int(table["width"][i]), top + int(table["height"][i]))
                words.append(Word(text, min(max(float(table["conf"][i]) / 100.0, 0.0), 1.0), box))
        if words:
            lines.append(make_line(words, None))
    return lines
