"""Opening the engine that the options name, and saying what is missing when it cannot be opened."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from importlib.util import find_spec

from domain.errors import Advice, NotReady
from ocr.engines.tessdata import find_tessdata, packs_name, tessdata_folders
from ocr.options import ENGINES, ReadOptions
from ocr.recognizer import Recognizer


@dataclass(frozen=True)
class EngineState:
    """One engine as ``sohoa doctor`` shows it."""

    name: str
    usable: bool
    #: version when usable, else what to install
    detail: str
    languages: tuple[str, ...]


def open_recognizer(options: ReadOptions) -> Recognizer:
    """Open the engine that *options* name; the caller closes it.

    Raises:
        NotReady: ``engine-missing`` or ``language-pack-missing``.
    """
    require_ready(options)
    tessdata = find_tessdata(options.languages, options.tessdata)
    try:
        if options.engine == "tesserocr":
            from ocr.engines.tesserocr_engine import TesserocrRecognizer

            return TesserocrRecognizer(tessdata, options.languages, options.page_timeout_s)
        from ocr.engines.pytesseract_engine import PytesseractRecognizer

        return PytesseractRecognizer(tessdata, options.languages, options.page_timeout_s)
    except (ImportError, RuntimeError, OSError) as error:
        raise NotReady(
            "engine-missing",
            f"{options.engine} cannot be opened: {error}",
            Advice(
                f"Không mở được bộ nhận dạng chữ {options.engine}.",
                "Chưa tệp nào bị xử lý.",
                "Chạy `sohoa doctor`; cài lại bằng: apt-get install tesseract-ocr tesseract-ocr-vie.",
            ),
        ) from error


def require_ready(options: ReadOptions) -> None:
    """Check without loading anything that engine and language packs are there.

    Raises:
        NotReady: ``engine-missing`` or ``language-pack-missing``.
    """
    lacking = _lacking(options.engine)
    if lacking:
        raise NotReady(
            "engine-missing",
            f"{options.engine} is not usable: {lacking}",
            Advice(
                f"Máy chưa có bộ nhận dạng chữ {options.engine}.",
                "Chưa tệp nào bị xử lý.",
                f"Cài đặt bằng lệnh: {lacking}.",
            ),
        )
    find_tessdata(options.languages, options.tessdata)


def engine_name(options: ReadOptions) -> str:
    """Return what ``open_recognizer(options).name_and_version`` would be, without loading the model.

    Raises:
        NotReady: ``engine-missing`` or ``language-pack-missing``.
    """
    require_ready(options)
    tessdata = find_tessdata(options.languages, options.tessdata)
    return f"{_versions(options.engine)} / {packs_name(options.languages, tessdata)}"


def available_engines() -> list[EngineState]:
    """Return the state of every engine this program knows, the preferred one first."""
    folders = tessdata_folders()
    languages = tuple(sorted(p.stem for p in folders[0].glob("*.traineddata"))) if folders else ()
    states = []
    for name in ENGINES:
        lacking = _lacking(name)
        states.append(EngineState(name, not lacking and bool(languages), lacking or _version(name), languages))
    return states


def _lacking(engine: str) -> str:
    """Return the command that installs what *engine* lacks, or nothing."""
    if find_spec(engine) is None:
        return f"pip install {engine}"
    if engine == "pytesseract" and shutil.which("tesseract") is None:
        return "apt-get install tesseract-ocr tesseract-ocr-vie"
    return ""


def _version(engine: str) -> str:
    try:
        return _versions(engine)
    except (ImportError, OSError, RuntimeError) as error:
        return f"cannot be loaded: {error}"


def _versions(engine: str) -> str:
    if engine == "tesserocr":
        from ocr.engines import tesserocr_engine

        return tesserocr_engine.versions()
    from ocr.engines import pytesseract_engine

    return pytesseract_engine.versions()
