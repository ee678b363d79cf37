"""Access copies: the searchable PDF/A with "BẢN SAO" at the top right of every page, for whoever asks to read.

TT 05/2025/TT-BNV, annex: copies supplied to users carry that label. Not a certified copy: nobody signs it, and the
stored files stay as they are.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from domain.errors import Advice, BadInput
from pipeline.handover import give
from pipeline.pdfa.check import require_pdfa_2u
from pipeline.workplace import Workplace

if TYPE_CHECKING:
    import pikepdf

    from signing.appearance.copy_mark import PageInk

LABEL = "BẢN SAO"
_SIZE, _EDGE, _AIR = 13.0, 12.0, 4.0  # points
_LOOK_DPI = 60
_COLOUR = "#c00000"


def access_copy(workplace: Workplace, document_id: str, target: Path, *, agent: str = "") -> None:
    """Write the labelled copy of a digitised document to *target* and record it.

    Raises ``DocumentUnknown`` (also where there is no PDF/A yet), ``FixityError``, ``BadInput``, ``Unavailable``.
    """
    view = workplace.warehouse.show(document_id)
    content = labelled(workplace.warehouse.open_role(document_id, "pdfa"))

    def make(hidden: Path) -> None:
        hidden.write_bytes(content)
        require_pdfa_2u(hidden)

    give(workplace, [view.document], target, make, "access copy", workplace.clock(), agent, over=True)


def labelled(pdf: bytes) -> bytes:
    """Return *pdf* (PDF/A-2) with :data:`LABEL` in a frame at the top of each page as it is shown.

    It stands where there is no ink, as far right as can be.

    Raises ``BadInput`` (``copy-signed``): a signed file would lose its signature.
    """
    import pikepdf
    from pikepdf import Dictionary, Name

    from signing.appearance.block import FONT_NAMES, text_operators
    from signing.appearance.copy_mark import PageInk
    from signing.appearance.embed import embed_font
    from signing.appearance.typeface import characters, face

    used = face("bold")
    with pikepdf.open(io.BytesIO(pdf)) as document:
        if "/AcroForm" in document.Root and "/SigFlags" in document.Root.AcroForm:
            raise _signed()
        font = embed_font(document, used, characters([LABEL]))
        wide, high = used.width(LABEL, _SIZE) + 2 * _AIR, _SIZE + _AIR
        for page, picture in zip(document.pages, _pictures(pdf), strict=True):
            x, y = _place(PageInk(picture, *_shown_size(page)), wide, high)
            red, green, blue = (int(_COLOUR[i : i + 2], 16) / 255 for i in (1, 3, 5))
            drawn = b"q %s %.3f %.3f %.3f RG 1 w %.2f %.2f %.2f %.2f re S %s Q" % (
                _to_shown(page),
                red,
                green,
                blue,
                x,
                y,
                wide,
                high,
                text_operators(used, LABEL, _SIZE, x + _AIR, y + _AIR, _COLOUR),
            )
            if "/Resources" not in page:
                page.Resources = Dictionary()
            fonts = page.Resources.get("/Font", Dictionary())
            fonts[Name(f"/{FONT_NAMES[used.style]}")] = font
            page.Resources.Font = fonts
            page.contents_add(b"q\n", prepend=True)
            page.contents_add(b"\nQ\n" + drawn)
        out = io.BytesIO()
        document.save(out, deterministic_id=True)
    return out.getvalue()


def _pictures(pdf: bytes) -> Iterator[bytes]:
    import pypdfium2

    with pypdfium2.PdfDocument(pdf) as document:
        document.init_forms()
        for page in document:
            out = io.BytesIO()
            page.render(scale=_LOOK_DPI / 72, may_draw_forms=True).to_pil().save(out, "BMP")
            yield out.getvalue()


def _place(ink: PageInk, wide: float, high: float) -> tuple[float, float]:
    """Return the lower left corner of a free place at the top, as far right as can be; the corner without one."""
    for leftmost in (ink.width / 2, _EDGE):
        box = ink.free_box(wide, high, leftmost)
        if box is not None:
            return box[0], box[1]
    return ink.width - _EDGE - wide, ink.height - _EDGE - high


def _turn(page: pikepdf.Page) -> int:
    return int(page.obj.get("/Rotate", 0)) % 360


def _shown_size(page: pikepdf.Page) -> tuple[float, float]:
    x1, y1, x2, y2 = (float(value) for value in page.cropbox)
    return (y2 - y1, x2 - x1) if _turn(page) in (90, 270) else (x2 - x1, y2 - y1)


def _to_shown(page: pikepdf.Page) -> bytes:
    """Return the matrix from the page as it is shown (origin bottom left) to its own space."""
    x1, y1, x2, y2 = (float(value) for value in page.cropbox)
    turn = _turn(page)
    a, b, c, d, e, f = {
        0: (1, 0, 0, 1, x1, y1),
        90: (0, 1, -1, 0, x2, y1),
        180: (-1, 0, 0, -1, x2, y2),
        270: (0, -1, 1, 0, x1, y2),
    }[turn]
    return b"%d %d %d %d %.2f %.2f cm" % (a, b, c, d, e, f)


def _signed() -> BadInput:
    return BadInput(
        "copy-signed",
        "a signed file is not labelled",
        Advice(
            "Tệp đã ký số không thể ghi thêm chữ mà vẫn còn nguyên chữ ký.",
            "Tệp giữ nguyên.",
            "Dùng `sohoa get` để lấy đúng tệp đã ký.",
        ),
    )
