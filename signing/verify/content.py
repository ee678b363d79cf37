"""Everything that the newest state of a file leads to: what can act, lies elsewhere, or cannot be read for sure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pyhanko.pdf_utils import generic

from signing.verify.model import ActiveContent

MOST_OBJECTS = 200_000
# a stream whose data lie in another file (ISO 32000-1, 7.3.8.2), a page of another file (8.10.4), pictures elsewhere
_OUTSIDE = frozenset({"/F", "/FFilter", "/FDecodeParms", "/Ref", "/OPI"})
_SCRIPTS = frozenset({"/JS", "/JavaScript", "/AA", "/Launch"})


@dataclass(frozen=True)
class Content:
    """What was found. ``doubtful`` counts objects that a strict reader refuses: others may show them in their own way.

    ``complete`` is False where the file leads to more objects than are looked at.
    """

    active: ActiveContent = field(default_factory=ActiveContent)
    outside: bool = False
    doubtful: int = 0
    complete: bool = True


def content_of(reader: Any) -> Content:
    """Walk through everything reachable from the trailer, once; what hangs nowhere is shown by nobody.

    A reference to what is not there is ``null`` (ISO 32000-1, 7.3.10) and no fault.
    """
    scripts = layers = dynamic = outside = False
    attachments = doubtful = 0
    seen: set[tuple[int, int]] = set()
    stack: list[Any] = [reader.trailer_view.raw_get(key) for key in ("/Root", "/Info") if key in reader.trailer_view]
    while stack:
        item = stack.pop()
        if isinstance(item, generic.IndirectObject):
            key = item.idnum, item.generation
            if key in seen or len(seen) >= MOST_OBJECTS:
                continue
            seen.add(key)
            try:
                item = _read(reader, generic.Reference(*key, reader))
            except Exception:
                doubtful += 1
                continue
        if isinstance(item, generic.DictionaryObject):
            keys = item.keys()
            scripts = scripts or not _SCRIPTS.isdisjoint(keys)
            layers = layers or "/OCProperties" in keys
            dynamic = dynamic or "/XFA" in keys
            attachments += "/EF" in keys
            outside = outside or (isinstance(item, generic.StreamObject) and not _OUTSIDE.isdisjoint(keys))
        stack.extend(_parts(item))
    fields = 0
    try:
        fields = len(reader.root["/AcroForm"]["/Fields"])
    except (KeyError, TypeError):
        fields = 0
    active = ActiveContent(scripts, attachments, fields, layers, False, dynamic)
    return Content(active, outside, doubtful, len(seen) < MOST_OBJECTS)


def _read(reader: Any, reference: Any) -> Any:
    try:
        if reader.xrefs[reference] is None:
            return generic.NullObject()
    except KeyError:
        return generic.NullObject()
    return reader.get_object(reference)


def _parts(item: Any) -> Iterator[Any]:
    """Yield what can lead on: containers and references."""
    held: Any = ()
    if isinstance(item, generic.DictionaryObject):
        held = (item.raw_get(key) for key in item)
    elif isinstance(item, generic.ArrayObject):
        held = (item.raw_get(index) for index in range(len(item)))
    for one in held:
        if isinstance(one, generic.IndirectObject | generic.DictionaryObject | generic.ArrayObject):
            yield one
