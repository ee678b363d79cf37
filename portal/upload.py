"""One PDF out of a form, streamed to a file: nothing of it is held in memory, logged, or left behind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect, Request

from domain.errors import Advice, BadInput
from signing.verify.words import plain

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

_MOST_PARTS, _MOST_FIELD = 8, 200  # parts of a form; bytes of a field that is no file
_HEAD = 1024  # a PDF says within so many bytes that it is one (ISO 32000-1, Annex H.3, note 13)
_DISCARDED_AT_ONCE, _DISCARD_S = 8, 10.0
_discarding = asyncio.Semaphore(_DISCARDED_AT_ONCE)


class UploadFault(Exception):
    """The form cannot be taken. ``status`` is that of HTTP."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@dataclass(frozen=True)
class Upload:
    """A PDF as it came. ``name`` is what the sender's machine calls it, without folders; ``fields`` the rest."""

    path: Path
    name: str
    fields: dict[str, str] = field(default_factory=dict)


async def take_pdf(request: Request, folder: Path, *, part: str, most_bytes: int, seconds: float) -> Upload:
    """Write the file named *part* of a multipart form to *folder*.

    Raises ``UploadFault``: 400 (no such form), 408 (slower than *seconds*), 413 (larger than *most_bytes*);
    ``BadInput``: ``check-no-file``, ``check-not-pdf``.
    """
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get(b"boundary", b"")
    if kind != b"multipart/form-data" or not 1 <= len(boundary) <= 200:
        raise UploadFault(400)
    path = folder / "tep.pdf"
    with path.open("wb") as target:
        form = _Form(part, target.write, most_bytes)
        parser = MultipartParser(boundary, form.callbacks())
        try:
            async with asyncio.timeout(seconds):
                async for chunk in request.stream():
                    parser.write(chunk)
                    if form.too_large:
                        raise UploadFault(413)
            parser.finalize()
        except TimeoutError:
            raise UploadFault(408) from None
        except FormParserError:
            raise UploadFault(400) from None
    if not form.ended:
        raise UploadFault(400)
    if form.size == 0:
        raise _no_file()
    if not form.is_pdf:
        raise _no_pdf()
    name = plain(PurePosixPath(form.file_name.replace("\\", "/")).name, 120)
    return Upload(path, name, form.fields)


async def discard(request: Request) -> None:
    """Read what a browser is still sending, within bounds: many show an answer only after they have sent all."""
    if _discarding.locked():
        return
    async with _discarding:
        try:
            async with asyncio.timeout(_DISCARD_S):
                async for _ in request.stream():
                    continue
        except (TimeoutError, ClientDisconnect, RuntimeError):  # RuntimeError: already read
            return


class _Form:
    """What the parser calls back: the one file goes to *write*, small fields are kept, the rest falls."""

    def __init__(self, part: str, write: Callable[[bytes], object], most_bytes: int) -> None:
        self._part, self._write, self._most = part, write, most_bytes
        self._parts = 0
        self._key, self._value = b"", b""
        self._name, self._in_file, self._seen_file = "", False, False
        self._field = b""
        self._head = b""
        self.size, self.too_large, self.ended = 0, False, False
        self.file_name = ""
        self.fields: dict[str, str] = {}

    @property
    def is_pdf(self) -> bool:
        """Whether the file says at its beginning that it is a PDF."""
        return b"%PDF-" in self._head

    def callbacks(self) -> MultipartCallbacks:
        """Return what the parser is to call."""
        return {
            "on_part_begin": self._part_begin,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_part_data": self._part_data,
            "on_part_end": self._part_end,
            "on_end": self._end,
        }

    def _part_begin(self) -> None:
        self._parts += 1
        if self._parts > _MOST_PARTS:
            raise UploadFault(400)
        self._name, self._in_file, self._field = "", False, b""

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._key += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        if self._key.lower() == b"content-disposition":
            _, options = parse_options_header(self._value)
            self._name = options.get(b"name", b"").decode("utf-8", "replace")
            if self._name == self._part and b"filename" in options and not self._seen_file:
                self._in_file = self._seen_file = True
                self.file_name = options[b"filename"].decode("utf-8", "replace")
        self._key = self._value = b""

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        piece = data[start:end]
        if not self._in_file:
            self._field = (self._field + piece)[: _MOST_FIELD + 1]
            return
        self.size += len(piece)
        if self.size > self._most:
            self.too_large = True
            return
        if len(self._head) < _HEAD:
            self._head += piece[: _HEAD - len(self._head)]
        if len(self._head) < _HEAD or self.is_pdf:  # what is none is not even written
            self._write(piece)

    def _part_end(self) -> None:
        if self._name and not self._in_file and len(self._field) <= _MOST_FIELD:
            self.fields[self._name] = self._field.decode("utf-8", "replace")

    def _end(self) -> None:
        self.ended = True


def _no_file() -> BadInput:
    return BadInput(
        "check-no-file",
        "no file in the form",
        Advice("Chưa chọn tệp, hoặc tệp rỗng.", "Chưa có gì được kiểm tra.", "Chọn tệp PDF của bản sao rồi gửi lại."),
    )


def _no_pdf() -> BadInput:
    return BadInput(
        "check-not-pdf",
        "the file is no PDF",
        Advice(
            "Tệp vừa chọn không phải PDF nên không kiểm tra được chữ ký số.",
            "Tệp không được lưu lại.",
            "Chọn đúng tệp PDF đã nhận; ảnh chụp màn hình, ảnh scan hoặc bản in không có chữ ký số để kiểm tra.",
        ),
    )
