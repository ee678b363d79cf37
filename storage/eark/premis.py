"""PREMIS 3 of a package: what it is, its representations and files, what happened to them, who may use them by law."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.etree.ElementTree import Element, SubElement, indent, register_namespace, tostring

from storage.eark.model import Plan, Representation
from storage.keys import blob_key
from storage.manifest import decode
from storage.premis import PREMIS, XSI, link_object, name, pair, put_agent, put_event, put_file


def package_premis(plan: Plan) -> bytes:
    """Return the PREMIS document of the package: its entities, representations, events, agents and rights."""
    root = _root()
    manifests = [decode(data) for key, data in sorted(plan.manifests.items()) if _is_version(key)]
    documents = list(dict.fromkeys(m.document_id for m in manifests))
    _entity(root, "intellectualEntity", plan.object_id)
    for document in documents:
        _part_of(_entity(root, "intellectualEntity", document), plan.object_id)
    for one in plan.representations:
        _part_of(_entity(root, "representation", _of(plan, one)), plan.object_id)
    parts = [part for one in plan.representations for part in one.parts]
    held = {part.sha256 for part in parts} | {part.source for part in parts if part.source}
    for manifest in manifests:
        named = [blob_key(o.sha256) for o in manifest.objects if o.sha256 in held]
        for position in range(len(manifest.events)):
            put_event(root, manifest, position, [manifest.document_id, *dict.fromkeys(named)])
    _made(root, plan)
    agents = {event.agent for manifest in manifests for event in manifest.events} | {" ".join(plan.software)}
    for agent in sorted(agents):
        put_agent(root, agent)
    _rights(root, plan)
    return _bytes(root)


def representation_premis(plan: Plan, one: Representation, paths: Mapping[str, Sequence[str]]) -> bytes:
    """Return the PREMIS document of the files of *one*; *paths*: digest -> where it lies in the representation."""
    root = _root()
    _part_of(_entity(root, "representation", _of(plan, one)), plan.object_id)
    for part in {part.sha256: part for part in one.parts}.values():
        file = put_file(root, part.sha256, part.size, part.media_type)
        for path in paths[part.sha256][:1]:
            SubElement(file, name("originalName")).text = path
        _part_of(file, _of(plan, one))
        if part.source:
            _related(file, "derivation", "has source", blob_key(part.source))
    return _bytes(root)


def _root() -> Element:
    register_namespace("premis", PREMIS)
    register_namespace("xsi", XSI)
    return Element(name("premis"), {"version": "3.0"})


def _bytes(root: Element) -> bytes:
    indent(root)
    return bytes(tostring(root, encoding="UTF-8", xml_declaration=True))


def _is_version(key: str) -> bool:
    return key.rpartition("/")[2].startswith("v")


def _of(plan: Plan, one: Representation) -> str:
    return f"{plan.object_id}/{one.name}"


def _entity(root: Element, kind: str, identifier: str) -> Element:
    made = SubElement(root, name("object"), {f"{{{XSI}}}type": f"premis:{kind}"})
    pair(made, "objectIdentifier", "objectIdentifierType", "local", "objectIdentifierValue", identifier)
    return made


def _part_of(made: Element, whole: str) -> None:
    _related(made, "structural", "is Part Of", whole)


def _related(made: Element, kind: str, sub_kind: str, other: str) -> None:
    relation = SubElement(made, name("relationship"))
    SubElement(relation, name("relationshipType")).text = kind
    SubElement(relation, name("relationshipSubType")).text = sub_kind
    identifier = "relatedObjectIdentifierType", "local", "relatedObjectIdentifierValue"
    pair(relation, "relatedObjectIdentifier", *identifier, other)


def _made(root: Element, plan: Plan) -> None:
    """The making of the package itself is an event too."""
    event = SubElement(root, name("event"))
    value = f"{plan.object_id}/package"
    pair(event, "eventIdentifier", "eventIdentifierType", "local", "eventIdentifierValue", value)
    SubElement(event, name("eventType")).text = "information package creation"
    SubElement(event, name("eventDateTime")).text = plan.created
    if plan.request:
        detail = SubElement(event, name("eventDetailInformation"))
        SubElement(detail, name("eventDetail")).text = f"request: {plan.request}"
    outcome = SubElement(event, name("eventOutcomeInformation"))
    SubElement(outcome, name("eventOutcome")).text = "success"
    agent = "linkingAgentIdentifierType", "local", "linkingAgentIdentifierValue"
    pair(event, "linkingAgentIdentifier", *agent, " ".join(plan.software))
    link_object(event, plan.object_id)


def _rights(root: Element, plan: Plan) -> None:
    statement = SubElement(SubElement(root, name("rights")), name("rightsStatement"))
    kind, value = "rightsStatementIdentifierType", "rightsStatementIdentifierValue"
    pair(statement, "rightsStatementIdentifier", kind, "local", value, f"{plan.object_id}/rights")
    SubElement(statement, name("rightsBasis")).text = "statute"
    statute = SubElement(statement, name("statuteInformation"))
    SubElement(statute, name("statuteJurisdiction")).text = "vn"
    SubElement(statute, name("statuteCitation")).text = plan.statute
    mode = plan.unit.terms.get("mode")
    if mode:
        SubElement(statute, name("statuteNote")).text = ": ".join(part for part in ("mode", *mode) if part)
    link_object(statement, plan.object_id)
