"""The incremental writer used for everything after the base file is finished."""

from __future__ import annotations

from io import BytesIO

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError

from domain.errors import Advice, BadInput


class QuietWriter(IncrementalPdfFileWriter):
    """Appends revisions without touching metadata.

    pyHanko rewrites XMP in every revision (renaming namespace prefixes), which breaks PDF/A extension schemas and looks
    like a change of content to a verifier.
    """

    def _update_meta(self) -> None:
        pass


def open_writer(pdf: bytes) -> tuple[QuietWriter, BytesIO]:
    """Return a writer over a private copy of *pdf* and the stream it writes to in place.

    Raises:
        BadInput: not a PDF that can be extended (broken, encrypted).
    """
    stream = BytesIO()
    stream.write(pdf)  # BytesIO(pdf) would share and then copy at the first write
    stream.seek(0)
    try:
        writer = QuietWriter(stream)
        _ = writer.root
    except (PdfError, ValueError, TypeError, KeyError) as error:
        raise BadInput(
            "pdf-unusable",
            f"PDF cannot be extended: {type(error).__name__}",
            Advice("Tệp PDF bị hỏng hoặc có cấu trúc không hỗ trợ nên không ký được.", todo="Tạo lại bản PDF."),
        ) from error
    if writer.prev.encrypted:
        raise BadInput(
            "pdf-encrypted",
            "PDF is encrypted",
            Advice("Tệp PDF có mật khẩu nên không ký được.", todo="Bỏ mật khẩu rồi nộp lại."),
        )
    return writer, stream
