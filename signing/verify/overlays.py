"""What came onto the pages after a signature: only signatures that somebody answers for may show themselves.

The rules of ``change_rules`` let signature fields be created and filled. Here it is asked what of them a reader sees:
an empty field or a timestamp's may show nothing, and what lay on a page keeps its order, since the topmost hides the
rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pyhanko.pdf_utils import generic

from signing.verify.model import Reason
from signing.verify.words import plain, reason

Number = tuple[int, int]
_HIDDEN = 2  # annotation flag (ISO 32000-1, table 165)


@dataclass(frozen=True)
class Widget:
    """A signature field as it shows on a page. ``numbers``: the objects of the field and of its widgets."""

    field: str
    kind: str  # "/Sig", "/DocTimeStamp" or "" for an empty field
    visible: bool
    numbers: frozenset[Number] = frozenset()


def signature_widgets(fields: Sequence[tuple[str, Any, Any]]) -> Iterator[Widget]:
    """Describe all signature *fields* (as pyHanko enumerates them), filled or not."""
    for name, value, reference in fields:
        field = reference.get_object()
        kind = plain(value.get_object().get("/Type", "/Sig")) if value is not None else ""
        kids = _array(field, "/Kids")
        numbers = {(one.idnum, one.generation) for one in (reference, *kids) if isinstance(one, generic.IndirectObject)}
        visible = any(_visible(widget) for widget in (field, *(kid.get_object() for kid in kids)))
        yield Widget(plain(name), kind, visible, frozenset(numbers))


def overlay_faults(reader: Any, revision: int, widgets: Sequence[Widget]) -> list[Reason]:
    """Return what shows on a page since *revision* and is no signature of anybody, and notes that changed places."""
    last = reader.xrefs.total_revisions - 1
    if revision >= last:
        return []
    old, new = reader.get_historical_resolver(revision), reader.get_historical_resolver(last)
    touched = {_number(r) for i in range(revision + 1, last + 1) for r in reader.xrefs.explicit_refs_in_revision(i)}
    shown = {number for number in touched if old.is_ref_unassignable(generic.Reference(*number, old))}
    faults, moved = [], False
    for number in sorted(touched - shown):
        before, now = _notes(old, number), _notes(new, number) or []
        if before is not None:
            moved = moved or [one for one in now if one in before] != before
            shown |= set(now) - set(before)
    if moved:
        faults.append(reason("notes-moved"))
    for widget in widgets:
        if widget.kind == "" and widget.visible and widget.numbers & shown:
            faults.append(reason("empty-overlay", f"({widget.field})"))
        elif widget.kind == "/DocTimeStamp" and widget.visible and widget.numbers & (shown | touched):
            faults.append(reason("timestamp-overlay", f"({widget.field})"))
    return faults


def _number(reference: Any) -> Number:
    return reference.idnum, reference.generation


def _notes(handler: Any, number: Number) -> list[Number] | None:
    """Return the annotations that a page, or a list of annotations, names in one state; None for other objects."""
    item = handler.get_object(generic.Reference(*number, handler))
    if isinstance(item, generic.DictionaryObject) and "/Type" in item and item["/Type"] == "/Page":
        held = _array(item, "/Annots")
    elif isinstance(item, generic.ArrayObject):
        held = [item.raw_get(index) for index in range(len(item))]
        if not any(_is_note(one) for one in held):
            return None
    else:
        return None
    return [_number(one) for one in held if isinstance(one, generic.IndirectObject)]


def _is_note(item: Any) -> bool:
    found = item.get_object()
    drawn = isinstance(found, generic.DictionaryObject) and not isinstance(found, generic.StreamObject)
    return drawn and "/Subtype" in found


def _array(holder: Any, key: str) -> list[Any]:
    if key not in holder:
        return []
    held = holder[key]
    return [held.raw_get(index) for index in range(len(held))]


def _visible(widget: Any) -> bool:
    """Say whether a field's dictionary has a place on a page; one whose place cannot be read counts as seen."""
    if "/Rect" not in widget:
        return False
    try:
        corners = widget["/Rect"]
        x1, y1, x2, y2 = (float(corners[index]) for index in range(4))
        flags = int(widget["/F"]) if "/F" in widget else 0
    except Exception:
        return True
    return abs((x2 - x1) * (y2 - y1)) > 0 and not flags & _HIDDEN
