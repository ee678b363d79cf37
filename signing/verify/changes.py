"""What may change after a signature: signature fields being created or filled, and the document security store.

pyHanko compares revisions object by object and allows only what a rule explains. Its default rules are narrowed: no
filling of other form fields, and document information or XMP may change only in date and producer, which signing
programs rewrite (ISO 32000-2, 12.8.2.2: what a signature allows).
"""

from __future__ import annotations

import io
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.decode_limits import DecodePurpose
from pyhanko.pdf_utils.metadata.model import XmpArray, XmpStructure
from pyhanko.pdf_utils.metadata.xmp_xml import parse_xmp
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign.diff_analysis import (
    CatalogModificationRule,
    DiffResult,
    DocInfoRule,
    DSSCompareRule,
    FormUpdatingRule,
    MetadataUpdateRule,
    ModificationLevel,
    ObjectStreamRule,
    ReferenceUpdate,
    SigFieldCreationRule,
    SigFieldModificationRule,
    StandardDiffPolicy,
    SuspiciousModification,
    XrefStreamRule,
)

from signing.verify.words import plain

log = logging.getLogger(__name__)
INFO_MAY_CHANGE = frozenset({"/ModDate", "/Producer"})
_XMP_MAY_CHANGE = frozenset(
    {
        ("http://ns.adobe.com/xap/1.0/", "ModifyDate"),
        ("http://ns.adobe.com/xap/1.0/", "MetadataDate"),
        ("http://ns.adobe.com/pdf/1.3/", "Producer"),
        ("http://www.w3.org/1999/02/22-rdf-syntax-ns#", "about"),  # written or left out, never shown
    }
)


class QuietInfoRule(DocInfoRule):
    """Allow /Info to change in date and producer only: a new title or author is a change of the document."""

    def apply(self, old: Any, new: Any) -> Iterable[ReferenceUpdate]:  # noqa: D102
        before, after = _info(old), _info(new)
        for key in before.keys() | after.keys():
            if key in INFO_MAY_CHANGE or (key == "/CreationDate" and key not in before):
                continue
            if key not in after and not after:
                continue  # no /Info at all in the new trailer: readers keep the old one
            if key not in after or key not in before or str(before[key]) != str(after[key]):
                raise SuspiciousModification(f"document information entry {key} changed")
        yield from super().apply(old, new)


class QuietMetadataRule(MetadataUpdateRule):
    """Allow XMP to be rewritten when nothing but dates and producer differ."""

    def apply(self, old: Any, new: Any) -> Iterable[ReferenceUpdate]:  # noqa: D102
        before, after = _xmp(old), _xmp(new)
        if before is not None and after is not None and before != after:
            raise SuspiciousModification("XMP metadata changed in more than date and producer")
        if before is None and after is not None:
            info = _info(old)
            for name, value in after.items():
                key = _XMP_REPEATS_INFO.get(name)
                if name not in _XMP_MAY_BE_ADDED and (key not in info or str(info[key]) not in value):
                    raise SuspiciousModification("XMP metadata was added")
        yield from super().apply(old, new)


_XMP_MAY_BE_ADDED = frozenset(
    {
        ("http://ns.adobe.com/xap/1.0/", "CreateDate"),
        ("http://purl.org/dc/elements/1.1/", "format"),
    }
)
# a signing program may write the first XMP from what /Info already says
_XMP_REPEATS_INFO = {
    ("http://purl.org/dc/elements/1.1/", "title"): "/Title",
    ("http://purl.org/dc/elements/1.1/", "creator"): "/Author",
    ("http://purl.org/dc/elements/1.1/", "description"): "/Subject",
    ("http://ns.adobe.com/pdf/1.3/", "Keywords"): "/Keywords",
    ("http://ns.adobe.com/xap/1.0/", "CreatorTool"): "/Creator",
}


def _info(handler: Any) -> dict[str, Any]:
    """Return /Info as of this revision: the trailer's own reference resolves to the newest state, so ask by number."""
    reference = handler.trailer_view.get_value_as_reference("/Info", optional=True)
    if reference is None:
        return {}
    info = handler.get_object(generic.Reference(reference.idnum, reference.generation, handler))
    return {key: info[key] for key in info} if isinstance(info, generic.DictionaryObject) else {}


def _xmp(handler: Any) -> dict[tuple[str, str], str] | None:
    """Return XMP as ``{(namespace, name): text}`` without what may change; None where there is none."""
    if "/Metadata" not in handler.root:
        return None
    try:
        # by reference: plain item access makes a metadata object that cannot be moved between revisions
        stream = handler.root.get_value_as_reference("/Metadata").get_object()
        structures = parse_xmp(io.BytesIO(stream.read_data(DecodePurpose.XMP_METADATA)))
    except (PdfError, ValueError, AttributeError) as error:
        raise SuspiciousModification("XMP metadata cannot be read") from error
    names: dict[tuple[str, str], str] = {}
    for structure in structures:
        for name, value in structure:
            key = (name.ns, name.local_name)
            if key not in _XMP_MAY_CHANGE:
                names[key] = _plain(value)
    return names


def _plain(value: Any) -> str:
    """Write an XMP value in one canonical form: RDF syntax may differ, meaning may not."""
    inner = getattr(value, "value", value)
    if isinstance(inner, XmpArray):
        return f"{inner.array_type.name}[{';'.join(_plain(e) for e in inner.entries)}]"
    if isinstance(inner, XmpStructure):
        items = sorted((str(name), _plain(v)) for name, v in inner)
        return "{" + ";".join(f"{k}={v}" for k, v in items) + "}"
    return str(getattr(inner, "value", inner))


def _policy(*, orphans: bool) -> StandardDiffPolicy:
    new: Any = lambda rule: rule()  # noqa: E731  pyHanko's rules have untyped constructors
    quiet = [QuietInfoRule, XrefStreamRule, ObjectStreamRule, DSSCompareRule, QuietMetadataRule]
    return StandardDiffPolicy(
        global_rules=[
            new(CatalogModificationRule),
            *(new(rule).as_qualified(ModificationLevel.LTA_UPDATES) for rule in quiet),
        ],
        form_rule=FormUpdatingRule(field_rules=[new(SigFieldCreationRule), new(SigFieldModificationRule)]),
        ignore_orphaned_objects=orphans,
    )


POLICY = _policy(orphans=True)
UNSIGNED_END = _policy(orphans=False)  # nothing signs what follows the last signature: no stowaways there


@dataclass(frozen=True)
class Change:
    """What one later revision did, judged against the state before it. ``detail`` is technical, in English."""

    revision: int
    allowed: bool
    evidence_only: bool
    detail: str = ""


def changes_after(reader: Any, revision: int) -> list[Change]:
    """Judge every revision after *revision* against it (each may only add what the policy allows)."""
    base = reader.get_historical_resolver(revision)
    result = []
    for number in range(revision + 1, reader.xrefs.total_revisions):
        result.append(_judge(reader, base, number))
    return result


def change_of(reader: Any, number: int, *, signed: bool = True) -> Change:
    """Judge revision *number* against the one right before it; more strictly when no signature covers it."""
    base = reader.get_historical_resolver(number - 1)
    return _judge(reader, base, number, POLICY if signed else UNSIGNED_END)


_judged: WeakKeyDictionary[Any, dict[tuple[int, int, bool], Change]] = WeakKeyDictionary()


def _judge(reader: Any, base: Any, number: int, policy: StandardDiffPolicy = POLICY) -> Change:
    """Compare two revisions of one reader; each pair is compared once, since several questions ask for it."""
    known = _judged.setdefault(reader, {})
    key = base.revision, number, policy is POLICY
    if key not in known:
        known[key] = _compared(reader, base, number, policy)
    return known[key]


def _compared(reader: Any, base: Any, number: int, policy: StandardDiffPolicy) -> Change:
    try:
        outcome = policy.apply(base, reader.get_historical_resolver(number))
    except SuspiciousModification as error:
        return Change(number, False, False, plain(str(error).split("\n")[0], 300) or "suspicious change")
    except Exception as error:  # a revision that cannot be compared is a revision that cannot be allowed
        return Change(number, False, False, f"comparison failed: {type(error).__name__}")
    assert isinstance(outcome, DiffResult)
    return Change(number, True, outcome.modification_level <= ModificationLevel.LTA_UPDATES)


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
        if _info(before) != _info(after):
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


@dataclass(frozen=True)
class Widget:
    """A signature field as it shows on a page."""

    field: str
    kind: str  # "/Sig", "/DocTimeStamp" or "" for an empty field
    visible: bool
    introduced: int


def signature_widgets(reader: Any, fields: Iterable[tuple[str, Any, Any]]) -> Iterator[Widget]:
    """Describe all signature *fields* (as pyHanko enumerates them), filled or not."""
    for name, value, field_ref in fields:
        field = field_ref.get_object()
        kind = ""
        if value is not None:
            kind = plain(value.get_object().get("/Type", "/Sig"))
        introduced = reader.xrefs.get_introducing_revision(field_ref.reference)
        yield Widget(plain(name), kind, _visible(field), introduced)


def _visible(field: Any) -> bool:
    widgets = [field, *(kid.get_object() for kid in field.get("/Kids", ()))]
    for widget in widgets:
        try:
            x1, y1, x2, y2 = (float(v) for v in widget["/Rect"])
            flags = int(widget.get("/F", 0))
        except (KeyError, TypeError, ValueError):
            continue
        if abs((x2 - x1) * (y2 - y1)) > 0 and not flags & 2:  # 2 = Hidden (ISO 32000-1, table 165)
            return True
    return False
