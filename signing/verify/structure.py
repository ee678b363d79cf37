"""The file as bytes: ByteRange and its gap, revisions, bytes that nothing covers, and content that can act."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pyhanko.pdf_utils import generic

from signing.verify.model import ActiveContent

_BYTE_RANGE = re.compile(rb"/ByteRange\s*\[\s*(\d{1,12})\s+(\d{1,12})\s+(\d{1,12})\s+(\d{1,12})\s*\]")
_OBJECT = re.compile(rb"(?<![0-9])(\d{1,10})[ \t\r\n\f\0]+(\d{1,5})[ \t\r\n\f\0]+obj\b")
_HEX = re.compile(rb"<[0-9A-Fa-f]*>\Z")  # one class, so that matching is linear; nobody breaks lines inside
_WHITE = b"\r\n"
WALK_LIMIT = 4000  # objects looked at for scripts; a signed form of a hundred pages has about a thousand


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
    """Say whether the bytes of *span* define an object that its cross-reference does not own.

    A lenient viewer that rebuilds the table by scanning would show such an object, a strict one would not.
    """
    own = {(r.idnum, r.generation) for r in reader.xrefs.explicit_refs_in_revision(span.index)}
    section = data[span.start : span.end]
    return any((int(m[1]), int(m[2])) not in own for m in _OBJECT.finditer(_without_streams(section)))


def _without_streams(section: bytes) -> bytes:
    """Cut stream bodies away: their bytes may look like anything."""
    return re.sub(rb"stream\r?\n.*?endstream", b"stream endstream", section, flags=re.DOTALL)


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


def active_content(reader: Any) -> ActiveContent:
    """Look for scripts, attachments, forms and layers, within a fixed number of objects."""
    root = reader.root
    seen: set[Any] = set()
    stack: list[Any] = [root]
    scripts = layers = dynamic = False
    attachments = 0
    while stack and len(seen) < WALK_LIMIT:
        item = stack.pop()
        if isinstance(item, generic.IndirectObject):
            if item.reference in seen:
                continue
            seen.add(item.reference)
            try:
                item = item.get_object()  # type: ignore[no-untyped-call]
            except Exception:  # noqa: S112  a damaged object acts in no viewer
                continue
        if isinstance(item, generic.DictionaryObject):
            keys = item.keys()
            scripts = scripts or "/JS" in keys or "/JavaScript" in keys or "/AA" in keys or "/Launch" in keys
            layers = layers or "/OCProperties" in keys
            dynamic = dynamic or "/XFA" in keys
            attachments += "/EF" in keys
            stack.extend(item.raw_get(k) for k in keys if k not in ("/Parent", "/P", "/V", "/Prev"))
        elif isinstance(item, generic.ArrayObject):
            stack.extend(item[i] if not hasattr(item, "raw_get") else item.raw_get(i) for i in range(len(item)))
    fields = 0
    try:
        fields = len(root["/AcroForm"]["/Fields"])
    except (KeyError, TypeError):
        fields = 0
    return ActiveContent(scripts, attachments, fields, layers, False, dynamic)
