"""Writes PDF objects one after another to a file: nothing is held but the table of offsets."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

_HEADER = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"  # ISO 19005-2, 6.1.2: version and a comment of four bytes above 127


@contextlib.contextmanager
def beside(out: Path) -> Iterator[Path]:
    """Give a scratch file in the folder of *out*, to be moved into place; remove it if it is left."""
    handle, name = tempfile.mkstemp(prefix=".pdfa-", suffix=".part", dir=out.parent)
    os.close(handle)
    draft = Path(name)
    try:
        yield draft
    finally:
        draft.unlink(missing_ok=True)


class PdfFileWriter:
    """One PDF file being written. Object numbers are given out in order, so equal input makes equal bytes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offsets: dict[int, int] = {}
        self._next = 1
        self._at = 0
        self._digest = hashlib.sha256()

    def __enter__(self) -> Self:
        self._file = self._path.open("wb")
        self._write(_HEADER)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def _write(self, data: bytes) -> None:
        self._file.write(data)
        self._digest.update(data)
        self._at += len(data)

    def reserve(self) -> int:
        """Return a number for an object to be written later."""
        number = self._next
        self._next += 1
        return number

    def add(self, body: bytes, number: int | None = None) -> int:
        """Write an object and return its number."""
        number = self.reserve() if number is None else number
        self._offsets[number] = self._at
        self._write(b"%d 0 obj\n%b\nendobj\n" % (number, body))
        return number

    def add_stream(self, entries: bytes, data: bytes, number: int | None = None, *, deflate: bool = False) -> int:
        """Write a stream with the dictionary *entries* (without ``/Length``) and return its number."""
        if deflate:
            data, entries = zlib.compress(data, 9), entries + b" /Filter /FlateDecode"
        return self.add(b"<<%b /Length %d>>\nstream\n%b\nendstream" % (entries, len(data), data), number)

    def finish(self, root: int, info: int) -> str:
        """Write cross-references and trailer; return the SHA-256 of the whole file, hex.

        The file identifier is drawn from the content, not from clock or chance.
        """
        identifier = self._digest.hexdigest()[:32].encode()
        start = self._at
        table = [b"xref\n0 %d\n0000000000 65535 f \n" % self._next]
        table += [b"%010d 00000 n \n" % self._offsets[number] for number in range(1, self._next)]
        self._write(b"".join(table))
        self._write(
            b"trailer\n<</Size %d /Root %d 0 R /Info %d 0 R /ID [<%b> <%b>]>>\nstartxref\n%d\n%%%%EOF\n"
            % (self._next, root, info, identifier, identifier, start)
        )
        self._file.flush()
        os.fsync(self._file.fileno())
        return self._digest.hexdigest()


def text_string(text: str) -> bytes:
    """Return *text* as a PDF text string, ASCII as it is, else UTF-16 with mark, in hexadecimal."""
    raw = text.encode("ascii") if text.isascii() else b"\xfe\xff" + text.encode("utf-16-be")
    return b"<" + raw.hex().encode() + b">"


def number(value: float) -> bytes:
    """Return a PDF number with at most five decimals, never in exponent form."""
    text = f"{value:.5f}".rstrip("0").rstrip(".")
    return (text if text not in ("-0", "") else "0").encode()


def numbers(values: tuple[float, ...]) -> bytes:
    """Return PDF numbers, one space between."""
    return b" ".join(number(v) for v in values)
