"""METS 1.12 of a package and of its representations, after E-ARK CSIP 2.1 (the ids in ``check`` are its requirements).

The root METS names every file of ``metadata``, ``schemas`` and ``documentation`` and the METS of each representation;
that one names its data and metadata. So the digest of the root METS stands for the whole package.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from xml.etree.ElementTree import Element, SubElement, indent, register_namespace, tostring

from storage.eark.model import Plan, Written, shown

NS = "http://www.loc.gov/METS/"
CSIP = "https://DILCIS.eu/XML/METS/CSIPExtensionMETS"
XLINK = "http://www.w3.org/1999/xlink"
CONTENT = "sohoa/1"  # our own content information type: TT 05/2025/TT-BNV has none in the E-ARK list


@dataclass(frozen=True)
class Metadata:
    """A metadata file that a METS points to. ``type`` is a METS MDTYPE; ``other`` names it where that is OTHER."""

    file: Written
    type: str
    other: str = ""
    section: str = "digiprovMD"  # or "dmdSec", "rightsMD"


@dataclass(frozen=True)
class Group:
    """A file group: all files of one use."""

    use: str  # Documentation, Schemas, Representations/rep1
    files: Sequence[Written]


def root_mets(
    plan: Plan, metadata: Sequence[Metadata], groups: Sequence[Group], representations: Mapping[str, Written]
) -> bytes:
    """Return the METS of the package. *representations*: name -> its METS as written."""
    return _mets(plan, plan.object_id, metadata, groups, representations)


def representation_mets(plan: Plan, name: str, metadata: Sequence[Metadata], data: Sequence[Written]) -> bytes:
    """Return the METS of the representation *name*; paths of *metadata* and *data* are relative to its folder."""
    return _mets(plan, name, metadata, [Group(f"Representations/{name}", data)], {})


def _mets(
    plan: Plan,
    object_id: str,
    metadata: Sequence[Metadata],
    groups: Sequence[Group],
    representations: Mapping[str, Written],
) -> bytes:
    for prefix, uri in (("mets", NS), ("csip", CSIP), ("xlink", XLINK)):
        register_namespace(prefix, uri)
    root = Element(
        _name("mets"),
        {
            "OBJID": object_id,
            "TYPE": "Mixed",
            "LABEL": shown(plan.label),
            "PROFILE": plan.profile,
            f"{{{CSIP}}}CONTENTINFORMATIONTYPE": "MIXED",
        },
    )
    _header(root, plan)
    ids: dict[str, list[str]] = {}
    for entry in (m for m in metadata if m.section == "dmdSec"):
        section = SubElement(root, _name("dmdSec"), _section(entry, plan, ids))
        _reference(section, entry, plan)
    administrative = SubElement(root, _name("amdSec"), {"ID": f"amd-{_short(object_id)}"})
    order = {"rightsMD": 0, "digiprovMD": 1}  # the schema wants them so
    for entry in sorted((m for m in metadata if m.section != "dmdSec"), key=lambda m: order[m.section]):
        section = SubElement(administrative, _name(entry.section), _section(entry, plan, ids))
        _reference(section, entry, plan)
    listed = SubElement(root, _name("fileSec"), {"ID": f"files-{_short(object_id)}"})
    for group in groups:
        place = SubElement(listed, _name("fileGrp"), {"ID": _group_id(group.use), "USE": group.use} | _content())
        for file in group.files:
            _file(place, file, plan)
    _map(root, object_id, ids, groups, representations)
    indent(root)
    return bytes(tostring(root, encoding="UTF-8", xml_declaration=True))


def _header(root: Element, plan: Plan) -> None:
    times = {"CREATEDATE": plan.created, "LASTMODDATE": plan.created, f"{{{CSIP}}}OAISPACKAGETYPE": plan.kind}
    header = SubElement(root, _name("metsHdr"), times)
    maker = {"ROLE": "CREATOR", "TYPE": "OTHER", "OTHERTYPE": "SOFTWARE"}
    _agent(header, maker, plan.software[0], "SOFTWARE VERSION", plan.software[1])
    keeper = {"ROLE": "ARCHIVIST", "TYPE": "ORGANIZATION"}
    _agent(header, keeper, plan.archive[1] or plan.archive[0], "IDENTIFICATIONCODE", plan.archive[0])


def _agent(header: Element, who: dict[str, str], name: str, note_type: str, note: str) -> None:
    agent = SubElement(header, _name("agent"), who)
    SubElement(agent, _name("name")).text = name
    SubElement(agent, _name("note"), {f"{{{CSIP}}}NOTETYPE": note_type}).text = note


def _section(entry: Metadata, plan: Plan, ids: dict[str, list[str]]) -> dict[str, str]:
    made = f"{entry.section}-{_short(entry.file.path)}"
    ids.setdefault("DMDID" if entry.section == "dmdSec" else "ADMID", []).append(made)
    attributes = {"ID": made, "STATUS": "CURRENT"}
    return attributes | ({"CREATED": plan.created} if entry.section == "dmdSec" else {})


def _reference(section: Element, entry: Metadata, plan: Plan) -> None:
    kind = {"MDTYPE": entry.type} | ({"OTHERMDTYPE": entry.other} if entry.other else {})
    SubElement(section, _name("mdRef"), {**_link(entry.file.path), **kind, **_facts(entry.file, plan)})


def _file(group: Element, file: Written, plan: Plan) -> None:
    made = SubElement(group, _name("file"), {"ID": f"file-{_short(file.path)}"} | _facts(file, plan))
    SubElement(made, _name("FLocat"), _link(file.path))


def _map(
    root: Element,
    object_id: str,
    ids: Mapping[str, list[str]],
    groups: Sequence[Group],
    representations: Mapping[str, Written],
) -> None:
    structure = {"ID": f"map-{_short(object_id)}", "TYPE": "PHYSICAL", "LABEL": "CSIP"}
    whole = _div(SubElement(root, _name("structMap"), structure), object_id, object_id)
    _div(whole, "Metadata", object_id, {name: " ".join(values) for name, values in sorted(ids.items())})
    for use in (g.use for g in groups if g.use in ("Documentation", "Schemas")):
        _div(whole, use, object_id, pointers=[use])
    content = [g.use for g in groups if g.use.startswith("Representations")]
    place = _div(whole, "Representations", object_id, pointers=content)
    for name, mets in representations.items():
        of_one = _div(place, f"Representations/{name}", object_id)
        link = _link(mets.path) | {f"{{{XLINK}}}title": _group_id(f"Representations/{name}")}
        SubElement(of_one, _name("mptr"), link)


def _div(
    parent: Element, label: str, of: str, more: Mapping[str, str] | None = None, pointers: Iterable[str] = ()
) -> Element:
    made = SubElement(parent, _name("div"), {"ID": f"div-{_short(f'{of} {label}')}", "LABEL": label} | dict(more or {}))
    for use in pointers:
        SubElement(made, _name("fptr"), {"FILEID": _group_id(use)})
    return made


def _facts(file: Written, plan: Plan) -> dict[str, str]:
    return {
        "MIMETYPE": file.media_type.partition(";")[0],
        "SIZE": str(file.size),
        "CREATED": plan.created,
        "CHECKSUM": file.sha256,
        "CHECKSUMTYPE": "SHA-256",
    }


def _link(path: str) -> dict[str, str]:
    return {"LOCTYPE": "URL", f"{{{XLINK}}}type": "simple", f"{{{XLINK}}}href": path}


def _content() -> dict[str, str]:
    return {f"{{{CSIP}}}CONTENTINFORMATIONTYPE": "OTHER", f"{{{CSIP}}}OTHERCONTENTINFORMATIONTYPE": CONTENT}


def _group_id(use: str) -> str:
    return f"group-{_short(use)}"


def _short(text: str) -> str:
    """Return an id's tail: the same text gives the same id, in every METS of the package."""
    return sha256(text.encode()).hexdigest()[:16]


def _name(tag: str) -> str:
    return f"{{{NS}}}{tag}"
