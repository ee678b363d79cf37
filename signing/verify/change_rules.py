"""The rules by which revisions are compared: pyHanko's, narrowed.

Other form fields may be filled in only where signatures allow it (``filling``); document information and XMP may change
only in date and producer, which signing programs rewrite (ISO 32000-2, 12.8.2.2: what a signature allows); the
catalogue may gain what signing needs, no more.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any
from xml.etree import ElementTree

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.decode_limits import DecodePurpose
from pyhanko.pdf_utils.metadata.model import XmpArray, XmpStructure
from pyhanko.pdf_utils.metadata.xmp_xml import parse_xmp
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign.diff_analysis import (
    CatalogModificationRule,
    DocInfoRule,
    DSSCompareRule,
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

from signing.verify.filling import FilledFields, QuietFormRule

INFO_MAY_CHANGE = frozenset({"/ModDate", "/Producer"})
_XMP_MAY_CHANGE = frozenset(
    {
        ("http://ns.adobe.com/xap/1.0/", "ModifyDate"),
        ("http://ns.adobe.com/xap/1.0/", "MetadataDate"),
        ("http://ns.adobe.com/pdf/1.3/", "Producer"),
        ("http://www.w3.org/1999/02/22-rdf-syntax-ns#", "about"),  # written or left out, never shown
    }
)


class QuietCatalogRule(CatalogModificationRule):
    """Allow the catalogue to gain a version and well-formed developer extensions, as signing programs write them."""

    def apply_qualified(self, old: Any, new: Any) -> Iterable[tuple[ModificationLevel, ReferenceUpdate]]:  # noqa: D102
        before, after = old.root, new.root
        if _value(before, "/MarkInfo") != _value(after, "/MarkInfo"):
            raise SuspiciousModification("the catalogue's /MarkInfo changed")
        version = _value(after, "/Version")
        if version != _value(before, "/Version") and version not in VERSIONS:
            raise SuspiciousModification("the catalogue's /Version is none")
        had, has = (_value(root, "/Extensions") or {} for root in (before, after))
        if not isinstance(has, dict) or not isinstance(had, dict):
            raise SuspiciousModification("the catalogue's /Extensions are no dictionary")
        for key in (had.keys() | has.keys()) - {"/Type"}:
            if has.get(key) != had.get(key) and (key in had or not _developer_extension(has[key])):
                raise SuspiciousModification(f"the catalogue's extension {key} changed")
        yield from super().apply_qualified(old, new)


VERSIONS = frozenset({"/1.4", "/1.5", "/1.6", "/1.7", "/2.0"})


def _value(holder: Any, key: str) -> Any:
    """Return an entry with its references followed, in plain values that compare with their kind."""
    return _resolved(holder[key]) if key in holder else None


def _resolved(item: Any, depth: int = 0) -> Any:
    if depth > 8:
        raise SuspiciousModification("the catalogue is nested too deeply")
    if isinstance(item, generic.DictionaryObject):
        return {str(key): _resolved(item[key], depth + 1) for key in item}
    if isinstance(item, generic.ArrayObject):
        return [_resolved(item[i], depth + 1) for i in range(len(item))]
    return str(item) if isinstance(item, generic.NameObject) else (type(item).__name__, str(item))


def _developer_extension(value: Any) -> bool:
    """Say whether *value* is a developer extensions dictionary, or a list of them (ISO 32000-2, 7.12)."""
    if isinstance(value, list):
        return all(_developer_extension(one) for one in value)
    if not isinstance(value, dict) or value.get("/BaseVersion") not in VERSIONS:
        return False
    level, known = value.get("/ExtensionLevel"), {"/BaseVersion", "/ExtensionLevel", "/Type", "/URL"}
    return isinstance(level, tuple) and level[0] == "NumberObject" and value.keys() <= known | {"/ExtensionRevision"}


class QuietFieldCreation(SigFieldCreationRule):
    """Allow signature fields to be created that show themselves or not, and do nothing else."""

    def apply(self, context: Any) -> Iterable[tuple[ModificationLevel, Any]]:  # noqa: D102
        for name, spec in context.field_specs.items():
            if spec.old_field_ref is None and spec.new_field_ref is not None:
                field = spec.new_field
                held = [field["/Kids"][index] for index in range(len(field["/Kids"]))] if "/Kids" in field else []
                for one in (field, *held):
                    if _value(one, "/Subtype") not in (None, "/Widget") or not _ACTS.isdisjoint(one.keys()):
                        raise SuspiciousModification(f"the new field {name} does more than hold a signature")
        yield from super().apply(context)


_ACTS = frozenset({"/A", "/AA", "/PA", "/OC"})  # actions, and a layer that may be switched


class QuietInfoRule(DocInfoRule):
    """Allow /Info to change in date and producer only: a new title or author is a change of the document."""

    def apply(self, old: Any, new: Any) -> Iterable[ReferenceUpdate]:  # noqa: D102
        before, after = information(old), information(new)
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
        said = _metadata_entries(new)
        if after is not None and said not in ({"/Type": "/Metadata", "/Subtype": "/XML"}, _metadata_entries(old)):
            raise SuspiciousModification("the metadata stream is no XMP stream")
        foreign = _names(new) - _names(old) - _XMP_MAY_CHANGE - _XMP_MAY_BE_ADDED - _XMP_REPEATS_INFO.keys()
        if any((space, name) not in _XMP_SYNTAX for space, name in foreign):
            raise SuspiciousModification("XMP metadata says things under names that nothing explains")
        if before is not None and after is not None and before != after:
            raise SuspiciousModification("XMP metadata changed in more than date and producer")
        if before is None and after is not None:
            info = information(old)
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


def information(handler: Any) -> dict[str, Any]:
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


_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_XMP_SYNTAX = frozenset(
    {("adobe:ns:meta/", "xmpmeta"), ("adobe:ns:meta/", "xmptk"), ("http://www.w3.org/XML/1998/namespace", "lang")}
    | {(_RDF, name) for name in ("RDF", "Description", "about", "Alt", "Bag", "Seq", "li", "parseType", "resource")}
)


def _names(handler: Any) -> set[tuple[str, str]]:
    """Every name of an element or attribute in the XMP: what a parser skips as unknown may be shown by another one."""
    if "/Metadata" not in handler.root:
        return set()
    stream = handler.root.get_value_as_reference("/Metadata").get_object()
    data = stream.read_data(DecodePurpose.XMP_METADATA)
    try:
        if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
            raise ValueError("a document type")
        tree = ElementTree.fromstring(data)  # noqa: S314  no entities without a document type
    except (ElementTree.ParseError, ValueError) as error:
        raise SuspiciousModification("XMP metadata cannot be read") from error
    written = [name for element in tree.iter() for name in (element.tag, *element.attrib)]
    return {_qualified(name) for name in written}


def _qualified(name: str) -> tuple[str, str]:
    space, _, local = name.removeprefix("{").rpartition("}")
    return space, local


def _metadata_entries(handler: Any) -> dict[str, str]:
    """Return what the metadata stream says of itself, but for its length and filters."""
    if "/Metadata" not in handler.root:
        return {}
    stream = handler.root.get_value_as_reference("/Metadata").get_object()
    told = {str(key): str(stream.raw_get(key)) for key in stream}
    return {key: text for key, text in told.items() if key not in ("/Length", "/Filter", "/DecodeParms")}


def _plain(value: Any) -> str:
    """Write an XMP value in one canonical form: RDF syntax may differ, meaning may not."""
    inner = getattr(value, "value", value)
    if isinstance(inner, XmpArray):
        return f"{inner.array_type.name}[{';'.join(_plain(e) for e in inner.entries)}]"
    if isinstance(inner, XmpStructure):
        items = sorted((str(name), _plain(v)) for name, v in inner)
        return "{" + ";".join(f"{k}={v}" for k, v in items) + "}"
    return str(getattr(inner, "value", inner))


def policy(filling: FilledFields, *, orphans: bool) -> StandardDiffPolicy:
    """Return the rules for one comparison; without *orphans* every new object must be explained."""
    new: Any = lambda rule: rule()  # noqa: E731  pyHanko's rules have untyped constructors
    quiet = [QuietInfoRule, XrefStreamRule, ObjectStreamRule, DSSCompareRule, QuietMetadataRule]
    return StandardDiffPolicy(
        global_rules=[
            new(QuietCatalogRule),
            *(new(rule).as_qualified(ModificationLevel.LTA_UPDATES) for rule in quiet),
        ],
        form_rule=QuietFormRule(field_rules=[new(QuietFieldCreation), new(SigFieldModificationRule), filling]),
        ignore_orphaned_objects=orphans,
    )
