"""What was signed, opened alone, against what the whole file now shows as that state.

Comparing revisions takes for granted that an earlier state is what it was. It need not be: a table may name an offset
behind the end of its own revision, a stream may claim to be longer than what was there, an object may be left open;
what is appended later then fills in what the signer never saw, and no revision seems to have changed anything. So
every signed state is read a second time from its own bytes only.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader

from signing.verify.structure import Span


def filled_in_later(reader: Any, data: bytes, revisions: Sequence[Span], signed: Iterable[int]) -> list[int]:
    """Return which of the *signed* revisions read otherwise from their own bytes than through the whole file.

    Every object is read once more, in the first signed state that has it.
    """
    found, before = [], -1
    for revision in sorted(set(signed)):
        end = max((s.end for s in revisions if s.index <= revision), default=len(data))
        if end >= len(data):
            break
        try:
            alone = PdfFileReader(io.BytesIO(data[:end]), strict=True)
            same = _same(alone, reader, before, revision)
        except Exception:  # bytes that cannot be read alone were no document when they were signed
            same = False
        if not same:
            found.append(revision)
        before = revision
    return found


def _same(alone: Any, reader: Any, before: int, revision: int) -> bool:
    if alone.xrefs.total_revisions < revision + 1:
        return False
    state = reader.get_historical_resolver(revision)
    seen: set[tuple[int, int]] = set()
    for number in range(before + 1, revision + 1):
        own, shown = _listed(alone, number), _listed(reader, number)
        if own != shown:
            return False
        seen |= own
    return all(_read(alone, one) == _read(state, one) for one in seen)


def _read(handler: Any, one: tuple[int, int]) -> Any:
    """Return an object as plain values that compare; None where it is free or cannot be read."""
    try:
        value = handler.get_object(generic.Reference(*one, handler))
    except Exception:  # whatever pyHanko raises: what neither reading has is equal
        return None
    if isinstance(value, generic.StreamObject):
        return {key: repr(value.raw_get(key)) for key in value}, value.encoded_data
    return repr(value)


def _listed(reader: Any, revision: int) -> set[tuple[int, int]]:
    return {(r.idnum, r.generation) for r in reader.xrefs.explicit_refs_in_revision(revision)}
