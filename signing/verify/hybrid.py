"""Files with a cross-reference table and a stream beside it (ISO 32000-1, 7.5.8.4), as word processors write them.

A reader that knows streams and one that does not may find different objects. Such a file is accepted only where nobody
can see the difference: every object that is drawn, asked or shown has one single place, whichever way it is looked up;
what only some readers find is reached through the structure tree alone.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.xref import read_object_header

MOST_OBJECTS = 200_000
# what a reader may lack without showing anything else (ISO 32000-1, 14.7 and 14.5): tags, and data of other programs
_NOT_SHOWN = frozenset({"/StructTreeRoot", "/PieceInfo"})

Place = tuple[str, int, int]
_NOWHERE: Place = ("", 0, 0)


def hybrid_fault(reader: Any, data: bytes, signed: Iterable[int]) -> str:
    """Return why readers may show this hybrid file differently, in Vietnamese; empty where they cannot.

    Args:
        reader: pyHanko's strict reader.
        data: the whole file.
        signed: the revisions that bear a signature or timestamp. They and the newest state are looked at.
    """
    count = reader.xrefs.total_revisions
    sections = [reader.xrefs.get_xref_data(i) for i in range(count)]
    hybrids = [i for i, section in enumerate(sections) if section.hybrid is not None]
    states = sorted({*signed, count - 1})
    if not hybrids:
        return ""
    if hybrids[-1] > states[0]:
        return "luồng tham chiếu được thêm sau khi ký"
    for index in hybrids:
        fault = _section_fault(reader, data, sections[index], index)
        if fault:
            return fault
    for state in states:
        if not _one_content(reader, sections[: state + 1], state):
            return f"đối tượng hiển thị ở phiên bản {state + 1} không cùng vị trí theo mọi cách đọc"
    return ""


def _section_fault(reader: Any, data: bytes, section: Any, index: int) -> str:
    """Compare the table of one section with the stream beside it."""
    table = reader.xrefs.get_xref_container_info(index)
    stream, info = section.hybrid.xref_data, section.hybrid.meta_info
    if info.end_location > table.start_location:
        return "luồng tham chiếu không nằm trước bảng của nó"
    if any(offset >= table.start_location for _, offset in stream.standard_xrefs.values()):
        return "luồng tham chiếu trỏ ra sau bảng của nó"
    for number in _numbers(stream):
        here = _in(section, number)
        if here[0] and here != _in(stream, number):
            return "bảng và luồng tham chiếu đặt một đối tượng ở hai nơi"
    if any(_in(section, number)[0] for number in stream.freed):
        return "luồng tham chiếu bỏ một đối tượng mà bảng còn dùng"
    told = _dictionary_at(reader, data, info.start_location)
    trailer = reader.get_historical_resolver(index).trailer_view
    for key in ("/Root", "/Info", "/Encrypt", "/Prev"):
        if key in told and (key not in trailer or repr(told.raw_get(key)) != repr(trailer.raw_get(key))):
            return "bảng và luồng tham chiếu có phần cuối khác nhau"
    return ""


def _dictionary_at(reader: Any, data: bytes, start: int) -> Any:
    stream = io.BytesIO(data)
    stream.seek(start)
    number, generation = read_object_header(stream, strict=True)  # type: ignore[no-untyped-call]
    return generic.StreamObject.read_from_stream(stream, generic.Reference(number, generation, reader))


def _numbers(section: Any) -> Iterator[int]:
    yield from section.standard_xrefs
    yield from section.xrefs_in_objstm


def _in(section: Any, number: int) -> Place:
    """Return where *section* itself puts an object in use; nowhere where it frees it or does not speak of it."""
    if number in section.xrefs_in_objstm:
        packed = section.xrefs_in_objstm[number]
        return "packed", packed.obj_stream_id, packed.ix_in_stream
    if number in section.standard_xrefs:
        generation, offset = section.standard_xrefs[number]
        return "plain", offset, generation
    return _NOWHERE


def _places(sections: list[Any], number: int) -> set[Place]:
    """Return every place an object has for some reader: streams unknown, asked after the table, asked before it."""
    found = set()
    for streams in ("none", "after", "before"):
        found.add(_first(sections, number, streams))
    return found


def _first(sections: list[Any], number: int, streams: str) -> Place:
    for section in reversed(sections):
        parts = [section]
        if section.hybrid is not None and streams != "none":
            parts.insert(1 if streams == "after" else 0, section.hybrid.xref_data)
        for part in parts:
            place = _in(part, number)
            if place[0]:
                return place
        if any(number in part.freed for part in parts):
            return _NOWHERE
    return _NOWHERE


def _one_content(reader: Any, sections: list[Any], state: int) -> bool:
    """Walk everything that can show in one state; every object on the way must have one single place."""
    view = reader.get_historical_resolver(state)
    seen: set[int] = set()
    stack: list[Any] = [view.trailer_view.raw_get(k) for k in ("/Root", "/Info") if k in view.trailer_view]
    while stack:
        item = stack.pop()
        if isinstance(item, generic.IndirectObject):
            if item.idnum in seen:
                continue
            seen.add(item.idnum)
            places = _places(sections, item.idnum)
            if len(places) != 1 or len(seen) > MOST_OBJECTS:
                return False
            kind, holder, _ = next(iter(places))
            if kind == "packed" and len(_places(sections, holder)) != 1:
                return False
            item = view.get_object(generic.Reference(item.idnum, item.generation, view))
        if isinstance(item, generic.DictionaryObject):
            stack.extend(item.raw_get(key) for key in item if key not in _NOT_SHOWN)
        elif isinstance(item, generic.ArrayObject):
            stack.extend(item.raw_get(i) for i in range(len(item)))
    return True
