"""What tests need of the machine's Tesseract."""

from __future__ import annotations

from domain.errors import NotReady
from ocr.engines.factory import open_recognizer
from ocr.options import ReadOptions
from ocr.recognizer import Recognizer
from tests.require import need


def opened(engine: str = "batch", **options: object) -> Recognizer:
    """Open *engine* with Vietnamese, or skip (fail where SOHOA_REQUIRE names ``tesseract``)."""
    try:
        return open_recognizer(ReadOptions(engine=engine, **options))  # type: ignore[arg-type]
    except NotReady as error:
        need("tesseract", False, error.log_message)
        raise
