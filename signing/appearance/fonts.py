"""Fonts that are set like Times New Roman and have every Vietnamese letter."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from domain.errors import Advice, NotReady

Style = Literal["regular", "bold", "italic"]

# Decree 30/2020 asks for Times New Roman. Tinos has its widths and its letters; Liberation Serif of some releases lacks
# Vietnamese ones, so it is not here. A real Times New Roman is taken when the machine has it.
_FILES: dict[Style, tuple[str, ...]] = {
    "regular": ("Tinos-Regular.ttf", "Times_New_Roman.ttf", "times.ttf"),
    "bold": ("Tinos-Bold.ttf", "Times_New_Roman_Bold.ttf", "timesbd.ttf"),
    "italic": ("Tinos-Italic.ttf", "Times_New_Roman_Italic.ttf", "timesi.ttf"),
}
_FOLDERS = (
    "/usr/share/fonts/truetype/croscore",
    "/usr/share/fonts/truetype/msttcorefonts",
    "/usr/local/share/fonts",
    "/usr/share/fonts/google-croscore-fonts",
    "~/.local/share/fonts",
)


def find_font(style: Style, folders: Iterable[str | os.PathLike[str]] = _FOLDERS) -> Path:
    """Return the font file of *style*.

    Raises:
        NotReady: none of the known files stands in *folders*.
    """
    for name in _FILES[style]:
        for folder in folders:
            file = Path(folder).expanduser() / name
            if file.is_file():
                return file
    raise NotReady(
        "font-missing",
        f"no {style} font with Times New Roman metrics and Vietnamese letters",
        Advice(
            "Máy chưa có phông chữ tiếng Việt để ghi lời chứng (Tinos, tương đương Times New Roman).",
            "Chưa có gì thay đổi.",
            "Cài gói phông: apt-get install fonts-croscore.",
        ),
    )
