"""Pure functions of the libraries, remembered or done at once: the same answers, less time.

A verification compares the same few names hundreds of times, reads signature values of 30 kB digit by digit and looks
through the head of an object stream for each object in it. Each replacement gives exactly what the original gives: it
either proves that it may answer, or it asks the original.
"""

from __future__ import annotations

import binascii
import io
import re
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any

from asn1crypto import x509
from pyhanko.pdf_utils import generic, misc
from pyhanko.pdf_utils.decode_limits import DecodePurpose
from pyhanko.pdf_utils.reader import PdfFileReader

_HEX = frozenset(b"0123456789abcdefABCDEF")
_CHUNK = 4096
_MOST_PAIRS = 4096
_LONGEST_NUMBER = 10  # digits
_HEAD = re.compile(rb"[0-9 \t\r\n\x0c]*[ \t\r\n\x0c]")


@cache
def apply() -> None:
    """Put the replacements in place, once per process."""
    _remember_name_preparation()
    _compare_names_by_bytes()
    _read_hex_at_once()
    _find_by_the_head()


def _remember_name_preparation() -> None:
    """RFC 4518 preparation is a function of its string alone; it costs 0.3 ms for a name in Vietnamese."""
    original: Callable[[Any, str], str] = x509.NameTypeAndValue._ldap_string_prep
    remembered = lru_cache(4096)(lambda string: original(None, string))
    x509.NameTypeAndValue._ldap_string_prep = lambda _self, string: remembered(string)


def _compare_names_by_bytes() -> None:
    """Whether two names are equal (RFC 5280, 7.1) is a function of their DER; the original decides each pair once."""
    original: Callable[[Any, Any], bool] = x509.Name.__eq__
    decided: dict[tuple[bytes, bytes], bool] = {}

    def equal(self: Any, other: Any) -> bool:
        if not isinstance(other, x509.Name):
            return original(self, other)
        pair = self.dump(), other.dump()
        answer = decided.get(pair)
        if answer is None:
            if len(decided) >= _MOST_PAIRS:
                decided.clear()
            answer = decided[pair] = original(self, other)
        return answer

    x509.Name.__eq__ = equal


def _read_hex_at_once() -> None:
    """A hexadecimal string without white space in it is read in pieces; any other is left to the original."""
    original: Callable[[Any], Any] = generic.read_hex_string_from_stream

    def read(stream: Any) -> Any:
        start = stream.tell()
        stream.read(1)
        digits = bytearray()
        while True:
            piece = stream.read(_CHUNK)
            end = piece.find(b">")
            digits += piece if end < 0 else piece[:end]
            if end >= 0:
                break
            if not piece or not _HEX.issuperset(piece):
                stream.seek(start)
                return original(stream)
        if not _HEX.issuperset(digits):
            stream.seek(start)
            return original(stream)
        stream.seek(start + 1 + len(digits) + 1)
        return generic.pdf_string(binascii.unhexlify(digits + (b"0" if len(digits) % 2 else b"")))

    generic.read_hex_string_from_stream = read


def _find_by_the_head() -> None:
    """An object is found in an object stream by the stream's head, read once; all that is unusual is the original's."""
    original: Callable[..., Any] = PdfFileReader._get_object_from_stream

    def get(self: Any, idnum: int, stmnum: int, idx: int) -> Any:
        stream = generic.Reference(stmnum, 0, self).get_object()
        head = _head_of(stream)
        if head is None or head[1].get(idnum, (-1, 0))[0] != idx:
            return original(self, idnum, stmnum, idx)
        inside = io.BytesIO(head[0])
        inside.seek(head[1][idnum][1])
        try:
            found = generic.read_object(inside, generic.Reference(idnum, 0, self))
        except (misc.PdfStreamError, misc.PdfReadError):
            return original(self, idnum, stmnum, idx)
        if isinstance(found, generic.StreamObject | generic.IndirectObject):
            return original(self, idnum, stmnum, idx)
        return found

    PdfFileReader._get_object_from_stream = get  # type: ignore[method-assign]


def _head_of(stream: Any) -> tuple[bytes, dict[int, tuple[int, int]]] | None:
    """Return the data of an object stream and, by object number, place and offset of its first entry; None if odd."""
    if not isinstance(stream, generic.StreamObject) or stream.get("/Type") != "/ObjStm":
        return None
    data, known = stream.read_data(DecodePurpose.OBJECT_STREAM), stream.__dict__.get("_head_read")
    if known is not None and known[0] is data:
        return known  # type: ignore[no-any-return]
    count, first = stream.get("/N"), stream.get("/First")
    if not isinstance(count, int) or not isinstance(first, int) or first < 0:
        return None
    head = data[:first]
    written = head.split() if _HEAD.fullmatch(head) else []
    if len(head) != first or len(written) != 2 * count or any(len(one) > _LONGEST_NUMBER for one in written):
        return None
    numbers = [int(one) for one in written]
    entries: dict[int, tuple[int, int]] = {}
    for place, (number, offset) in enumerate(zip(numbers[::2], numbers[1::2], strict=True)):
        entries.setdefault(number, (place, first + offset))
    stream.__dict__["_head_read"] = data, entries
    return data, entries
