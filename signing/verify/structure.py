"""The file as bytes: ByteRange and its gap, revisions, tables, and bytes that nothing covers."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.decode_limits import DecodePurpose
from pyhanko.pdf_utils.xref import XRefSectionType, parse_xref_table, read_object_header

_BYTE_RANGE = re.compile(rb"/ByteRange\s*\[\s*(\d{1,12})\s+(\d{1,12})\s+(\d{1,12})\s+(\d{1,12})\s*\]")
_OBJECT = re.compile(rb"(?<![0-9])(\d{1,10})[ \t\r\n\f\0]+(\d{1,5})[ \t\r\n\f\0]+obj\b")
_HEX = re.compile(rb"<[0-9A-Fa-f]*>\Z")  # one class, so that matching is linear; nobody breaks lines inside
_WHITE = b"\r\n"


@dataclass(frozen=True)
class Span:
    """One revision as bytes; ``index`` is pyHanko's number, ``end`` lies behind its ``%%EOF`` line."""

    index: int
    start: int
    end: int


def gap_fault(data: bytes, byte_range: Sequence[Any], contents: bytes) -> str:
    """Return why the ByteRange is not ``[0 a b c]`` around exactly this /Contents string; empty when it is."""
    try:
        start, first, second, length = (int(v) for v in byte_range)
    except (TypeError, ValueError):
        return "not four numbers"
    if start != 0 or first <= 0 or length <= 0 or second <= first:
        return "not of the form [0 a b c]"
    if second + length > len(data):
        return "reaches beyond the end of the file"
    gap = data[first:second]
    if not _HEX.match(gap) or len(gap) % 2:
        return "the gap is not a hexadecimal string"
    digits = gap[1:-1]
    if digits not in (digits.lower(), digits.upper()):
        return "the gap mixes upper and lower case"
    if bytes.fromhex(digits.decode("ascii")) != contents:
        return "the gap is not this signature's value"
    return ""


def padding_fault(contents: bytes, der_length: int) -> bool:
    """Say whether anything but zeros follows the DER value inside /Contents."""
    return any(contents[der_length:])


def declared_byte_ranges(data: bytes) -> set[tuple[int, int, int, int]]:
    """All ByteRange values written anywhere in the raw bytes."""
    found = set()
    for match in _BYTE_RANGE.finditer(data):
        a, b, c, d = (int(g) for g in match.groups())
        found.add((a, b, c, d))
    return found


def spans(reader: Any, data: bytes) -> list[Span]:
    """Return the revisions in file order. The two cross-reference sections of a linearised file are one revision."""
    result: list[Span] = []
    start = 0
    for index in range(reader.xrefs.total_revisions):
        located = reader.xrefs.get_xref_container_info(index).end_location
        end = _after_eof(data, located)
        if result and end <= result[-1].end:
            continue  # the first-page section of a linearised file lies inside the revision before
        result.append(Span(index, start, end))
        start = end
    return result


def _after_eof(data: bytes, position: int) -> int:
    at = data.find(b"%%EOF", position)
    if at < 0:
        return len(data)
    end = at + 5
    for white in (b"\r\n", b"\n", b"\r"):
        if data.startswith(white, end):
            return end + len(white)
    return end


def tail(data: bytes, revisions: Sequence[Span]) -> bytes:
    """Return what follows the last revision, line ends stripped."""
    end = revisions[-1].end if revisions else 0
    return data[end:].strip(_WHITE)


def foreign_objects(reader: Any, data: bytes, span: Span) -> bool:
    """Say whether the bytes of *span* define an object that its cross-reference does not own, or one of its own twice.

    A lenient viewer that rebuilds the table by scanning would show such an object, a strict one would not. What is the
    inside of a stream is decided by the parser: a comment may say "stream" as well.
    """
    section = reader.xrefs.get_xref_data(span.index)
    own = ((_header_at(data, offset), (number, told)) for number, (told, offset) in section.standard_xrefs.items())
    places = dict(own)
    text = bytearray(data[span.start : span.end])
    for offset, (number, _) in places.items():
        try:
            at, size, packed = _stream_inside(reader, data, offset)
        except Exception:  # whatever cannot be read where its own table puts it
            return True
        if span.start <= at and at + size <= span.end:
            text[at - span.start : at - span.start + size] = b" " * size
        if any(section.xrefs_in_objstm.get(inside) != (number, index) for index, inside in enumerate(packed)):
            return True
    found = [(m.start() + span.start, (int(m[1]), int(m[2]))) for m in _OBJECT.finditer(bytes(text))]
    return any(places.get(offset) != named for offset, named in found)


def _header_at(data: bytes, offset: int) -> int:
    """Return where the object begins whose table points at white space before it, as some programs' tables do."""
    while data[offset : offset + 1] in (b" ", b"\t", b"\r", b"\n", b"\f", b"\0"):
        offset += 1
    return offset


def _stream_inside(reader: Any, data: bytes, offset: int) -> tuple[int, int, list[int]]:
    """Return place and length of the data of the stream object at *offset*, and the objects packed in it."""
    stream = io.BytesIO(data)
    stream.seek(offset)
    number, generation = read_object_header(stream, strict=True)  # type: ignore[no-untyped-call]
    item = generic.read_object(stream, generic.Reference(number, generation, reader))
    if not isinstance(item, generic.StreamObject):
        return offset, 0, []
    encoded = item.encoded_data
    packed: list[int] = []
    if "/Type" in item and item["/Type"] == "/ObjStm":
        head = item.read_data(DecodePurpose.OBJECT_STREAM)[: int(item["/First"])].split()
        packed = [int(one) for one in head[::2]]
    return data.rindex(encoded, offset, stream.tell()), len(encoded), packed


def twofold_object(reader: Any, data: bytes) -> bool:
    """Say whether one table puts an object in two places, or frees it and keeps it: readers take the first or the last.

    Streams of references are read in rising order only, so that no number comes twice (ISO 32000-1, 7.5.8.2).
    """
    for index in range(reader.xrefs.total_revisions):
        info = reader.xrefs.get_xref_container_info(index)
        if info.xref_section_type not in (XRefSectionType.STANDARD, XRefSectionType.HYBRID_MAIN):
            continue
        stream = io.BytesIO(data)
        stream.seek(info.start_location)
        told: dict[int, Any] = {}
        for entry in parse_xref_table(stream, strict=True):
            if entry.idnum and told.setdefault(entry.idnum, entry) != entry:
                return True
    return False


def uncovered(size: int, ranges: Iterable[Sequence[int]]) -> tuple[tuple[int, int], ...]:
    """Return the byte ranges ``(start, end)`` that no signature covers, the signature values themselves left out."""
    covered = sorted((int(r[0]), int(r[2]) + int(r[3])) for r in ranges)
    result, at = [], 0
    for start, end in covered:
        if start > at:
            result.append((at, start))
        at = max(at, end)
    if at < size:
        result.append((at, size))
    return tuple(result)
