"""Opening the engine that the options name, and saying what is missing when it cannot be opened."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

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
    engine = _serving(options.engine, options.languages, tessdata)
    try:
        if engine == "batch":
            from ocr.engines.batch_engine import BatchRecognizer

            return BatchRecognizer(tessdata, options.languages, options.page_timeout_s)
        if engine == "tesserocr":
            from ocr.engines.tesserocr_engine import TesserocrRecognizer

            return TesserocrRecognizer(tessdata, options.languages, options.page_timeout_s)
        from ocr.engines.pytesseract_engine import PytesseractRecognizer

        return PytesseractRecognizer(tessdata, options.languages, options.page_timeout_s)
    except (ImportError, RuntimeError, OSError) as error:
        raise NotReady(
            "engine-missing",
            f"{engine} cannot be opened: {error}",
            Advice(
                f"Không mở được bộ nhận dạng chữ {engine}.",
                "Chưa tệp nào bị xử lý.",
                "Chạy `sohoa doctor`; cài lại bằng: apt-get install tesseract-ocr tesseract-ocr-vie.",
            ),
        ) from error


def require_ready(options: ReadOptions) -> None:
    """Check without loading anything that engine and language packs are there.

    Raises:
        NotReady: ``engine-missing`` or ``language-pack-missing``.
    """
    tessdata = find_tessdata(options.languages, options.tessdata)
    engine = _serving(options.engine, options.languages, tessdata)
    lacking = _lacking(engine)
    if lacking:
        raise NotReady(
            "engine-missing",
            f"{engine} is not usable: {lacking}",
            Advice(
                f"Máy chưa có bộ nhận dạng chữ {engine}.",
                "Chưa tệp nào bị xử lý.",
                f"Cài đặt bằng lệnh: {lacking}.",
            ),
        )


def engine_name(options: ReadOptions) -> str:
    """Return what ``open_recognizer(options).name_and_version`` would be, without loading the model.

    Raises:
        NotReady: ``engine-missing`` or ``language-pack-missing``.
    """
    require_ready(options)
    tessdata = find_tessdata(options.languages, options.tessdata)
    engine = _serving(options.engine, options.languages, tessdata)
    return f"{_versions(engine)} / {packs_name(options.languages, tessdata)}"


def _serving(engine: str, languages: str, tessdata: Path) -> str:
    """Return the engine that reads with *languages*: packs that "batch" cannot run stay with Tesseract itself."""
    if engine != "batch":
        return engine
    from ocr.engines.traineddata import can_run

    if "+" not in languages and can_run(tessdata / f"{languages}.traineddata"):
        return "batch"
    return "tesserocr"


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
    if engine == "batch":
        return ""
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
    if engine == "batch":
        from ocr.engines import batch_engine

        return batch_engine.versions()
    if engine == "tesserocr":
        from ocr.engines import tesserocr_engine

        return tesserocr_engine.versions()
    from ocr.engines import pytesseract_engine

    return pytesseract_engine.versions()
