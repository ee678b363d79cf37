"""What decides a reading besides the pixels, and the stable keys under which a reading is kept."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

#: Raised whenever the code of this room would read the same pixels differently, so that old records are not taken
#: for new ones.
READING_VERSION = 15

ENGINES = ("batch", "tesserocr", "pytesseract")


@dataclass(frozen=True)
class ReadOptions:
    """How pages are read.

    Attributes:
        engine: ``batch`` (all lines of a page at once through the network of one language pack), ``tesserocr``
            (Tesseract in process) or ``pytesseract`` (one process a page).
        languages: Tesseract language packs, ``+`` between them.
        tessdata: folder of the ``*.traineddata`` files; None looks in ``TESSDATA_PREFIX`` and the usual places.
        page_timeout_s: seconds of recognition after which a page is given up.
        reading_dpi: finer scans are reduced to this resolution for the recogniser (boxes stay in scan pixels). The
            recogniser scales every line to 36 pixels anyway; 175 dpi reads typed pages as well as 300 (measured:
            line-aligned CER 1.7 against 2.2 % on real scans) and costs a fifth less.
        min_reading_dpi: coarser scans are enlarged to this resolution for the recogniser.
        straighten: measure and correct the skew of the OCR copy.
        find_rotation: look for pages that lie on their side or upside down.
        clear_seals: take round red seals out of the OCR copy.
        adapt: try other preparations of the OCR copy where a page reads badly (``ocr/prepare/choice.py``).
        second_look: read gaps and doubtful words of a line once more, at 300 dpi (``ocr/second_look.py``).
        rerank: put wrong marks right by the statistics of official texts (``ocr/rerank``); the reading stays in
            ``Word.raw``.
    """

    engine: str = "batch"
    languages: str = "vie"
    tessdata: Path | None = None
    page_timeout_s: float = 120.0
    reading_dpi: int = 175
    min_reading_dpi: int = 150
    straighten: bool = True
    find_rotation: bool = True
    clear_seals: bool = True
    adapt: bool = True
    second_look: bool = True
    rerank: bool = True

    def __post_init__(self) -> None:
        if self.engine not in ENGINES:
            raise ValueError(f"engine must be one of {', '.join(ENGINES)}, not {self.engine!r}")
        if self.page_timeout_s <= 0:
            raise ValueError("page_timeout_s must be positive")
        if not 70 <= self.min_reading_dpi <= self.reading_dpi <= 1200:
            raise ValueError("resolutions must satisfy 70 <= min_reading_dpi <= reading_dpi <= 1200")

    def digest(self, engine_version: str) -> str:
        """Return 16 hex digits that change with everything that can change a reading.

        Args:
            engine_version: ``Recognizer.name_and_version``.

        The place of the language pack and the time limit are left out: they decide whether a page is read,
        not what is read.
        """
        parts = asdict(self)
        del parts["tessdata"], parts["page_timeout_s"]
        text = json.dumps([READING_VERSION, engine_version, parts], sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def page_key(file_sha256: str, number: int, options_digest: str) -> str:
    """Return the key of one page's durable record: file bytes, 1-based page number, engine and options."""
    return f"{file_sha256}/{number:05d}/{options_digest}"
