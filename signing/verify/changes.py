"""What may change after a signature: signature fields being created or filled, form fields that the signatures leave
open, and the document security store.

pyHanko compares revisions object by object and allows only what a rule explains; the rules stand in
``signing.verify.change_rules``.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from pyhanko.pdf_utils import generic
from pyhanko.sign.diff_analysis import DiffResult, ModificationLevel, SuspiciousModification

from signing.verify.change_rules import information, policy
from signing.verify.filling import NOBODY, FilledFields, MayFill
from signing.verify.words import plain

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Change:
    """What one later revision did, judged against the state before it. ``detail`` is technical, in English.

    ``filled`` are form fields that were filled in with the signatures' permission; ``filling_only`` says that nothing
    was done besides, but for evidence.
    """

    revision: int
    allowed: bool
    evidence_only: bool
    detail: str = ""
    filled: tuple[str, ...] = ()
    filling_only: bool = False


def changes_after(reader: Any, revision: int, may_fill: MayFill = NOBODY) -> list[Change]:
    """Judge every revision after *revision* against it (each may only add what the policy allows)."""
    later = range(revision + 1, reader.xrefs.total_revisions)
    return [_judge(reader, revision, number, may_fill, signed=True) for number in later]


def change_of(reader: Any, number: int, may_fill: MayFill = NOBODY, *, signed: bool = True) -> Change:
    """Judge revision *number* against the one right before it; more strictly when no signature covers it."""
    return _judge(reader, number - 1, number, may_fill, signed=signed)


_judged: WeakKeyDictionary[Any, dict[tuple[int, int, bool, MayFill], Change]] = WeakKeyDictionary()


def _judge(reader: Any, base: int, number: int, may_fill: MayFill, *, signed: bool) -> Change:
    """Compare two revisions of one reader; each pair is compared once, since several questions ask for it."""
    known = _judged.setdefault(reader, {})
    key = base, number, signed, may_fill
    if key not in known:
        known[key] = _compared(reader, base, number, may_fill, signed)
    return known[key]


def _compared(reader: Any, base: int, number: int, may_fill: MayFill, signed: bool) -> Change:
    filling = FilledFields(may_fill)
    before, after = reader.get_historical_resolver(base), reader.get_historical_resolver(number)
    try:
        outcome = policy(filling, orphans=signed).apply(before, after)
    except SuspiciousModification as error:
        return Change(number, False, False, plain(str(error).split("\n")[0], 300) or "suspicious change")
    except Exception as error:  # a revision that cannot be compared is a revision that cannot be allowed
        return Change(number, False, False, f"comparison failed: {type(error).__name__}")
    assert isinstance(outcome, DiffResult)
    evidence = outcome.modification_level <= ModificationLevel.LTA_UPDATES
    names = tuple(sorted(set(filling.names)))
    others = {plain(name) for name in outcome.changed_form_fields} - set(names)
    return Change(number, True, evidence, filled=names, filling_only=bool(names) and not others)


def in_words(reader: Any, number: int) -> str:
    """Say in Vietnamese what revision *number* touched: pages, catalogue, information, or only object numbers."""
    try:
        before, after = reader.get_historical_resolver(number - 1), reader.get_historical_resolver(number)
        touched = {r.idnum for r in after.explicit_refs_in_revision()}
        parts = []
        for index, kid in enumerate(_pages(before), start=1):
            if _used_by(before, kid) & touched:
                parts.append(f"trang {index}")
        if len(_pages(after)) != len(_pages(before)):
            parts.append(f"số trang từ {len(_pages(before))} thành {len(_pages(after))}")
        if after.root_ref.idnum in touched:
            added = sorted(plain(k) for k in after.root.keys() - before.root.keys())
            parts.append("danh mục tài liệu" + (f" (thêm {', '.join(added)})" if added else ""))
        if information(before) != information(after):
            parts.append("thông tin tài liệu")
        numbers = ", ".join(str(n) for n in sorted(touched)[:12])
        return f"{', '.join(parts) or 'đối tượng khác'}; đối tượng số {numbers}"
    except Exception:
        return "không so sánh được với phiên bản trước"


def _used_by(handler: Any, page: Any, most: int = 500) -> set[int]:
    """Object numbers that one page is drawn from: content, resources, annotations; not its parents or siblings."""
    seen: set[int] = set()
    stack = [page]
    while stack and len(seen) < most:
        item = stack.pop()
        if isinstance(item, generic.IndirectObject):
            if item.idnum in seen:
                continue
            seen.add(item.idnum)
            item = handler.get_object(generic.Reference(item.idnum, item.generation, handler))
        if isinstance(item, generic.DictionaryObject):
            stack.extend(item.raw_get(k) for k in item.keys() - {"/Parent", "/P", "/Dest", "/A", "/V"})
        elif isinstance(item, generic.ArrayObject):
            stack.extend(item.raw_get(i) for i in range(len(item)))
    return seen


def _pages(handler: Any, most: int = 400) -> list[Any]:
    """References of the pages of one revision, in order, at most *most*."""
    found: list[Any] = []
    stack, seen = [handler.root.raw_get("/Pages")], set()
    while stack and len(found) < most:
        node = stack.pop()
        if node.idnum in seen:
            continue
        seen.add(node.idnum)
        value = handler.get_object(generic.Reference(node.idnum, node.generation, handler))
        if "/Kids" in value:
            kids = value["/Kids"]
            stack.extend(kids.raw_get(i) for i in reversed(range(len(kids))))
        else:
            found.append(node)
    return found
