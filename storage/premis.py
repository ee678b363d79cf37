"""PREMIS 3 XML from manifests: objects with fixity, events with their agents."""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement, indent, register_namespace, tostring

from storage.keys import blob_key
from storage.manifest import Manifest

PREMIS = "http://www.loc.gov/premis/v3"
XSI = "http://www.w3.org/2001/XMLSchema-instance"


def premis_xml(manifests: Iterable[Manifest]) -> bytes:
    """Return a PREMIS document (UTF-8) of all objects and events that *manifests* name. Formats by media type."""
    register_namespace("premis", PREMIS)
    register_namespace("xsi", XSI)
    root = Element(name("premis"), {"version": "3.0"})
    files: dict[str, tuple[int, str]] = {}
    events: list[tuple[Manifest, int]] = []
    agents: dict[str, None] = {}
    for manifest in manifests:
        for o in manifest.objects:
            files[o.sha256] = (o.size, o.media_type)
        for position, event in enumerate(manifest.events):
            events.append((manifest, position))
            agents[event.agent] = None
    for sha256, (size, media_type) in sorted(files.items()):
        put_file(root, sha256, size, media_type)
    for manifest, position in events:
        put_event(root, manifest, position)
    for agent in sorted(agents):
        put_agent(root, agent)
    indent(root)
    return bytes(tostring(root, encoding="UTF-8", xml_declaration=True))


def put_file(root: Element, sha256: str, size: int, media_type: str) -> Element:
    """Append the object of a blob and return it, for what comes after its characteristics."""
    file = SubElement(root, name("object"), {f"{{{XSI}}}type": "premis:file"})
    pair(file, "objectIdentifier", "objectIdentifierType", "local", "objectIdentifierValue", blob_key(sha256))
    facts = SubElement(file, name("objectCharacteristics"))
    pair(facts, "fixity", "messageDigestAlgorithm", "SHA-256", "messageDigest", sha256)
    SubElement(facts, name("size")).text = str(size)
    form = SubElement(SubElement(facts, name("format")), name("formatDesignation"))
    SubElement(form, name("formatName")).text = media_type or "application/octet-stream"
    return file


def put_event(root: Element, manifest: Manifest, position: int, objects: Iterable[str] | None = None) -> None:
    """Append the event at *position* of *manifest*, linked to *objects* (identifiers; None: all of its blobs)."""
    event = manifest.events[position]
    made = SubElement(root, name("event"))
    value = f"{manifest.document_id}/v{manifest.version:04}/{position}"
    pair(made, "eventIdentifier", "eventIdentifierType", "local", "eventIdentifierValue", value)
    SubElement(made, name("eventType")).text = event.type
    SubElement(made, name("eventDateTime")).text = event.at
    outcome = SubElement(made, name("eventOutcomeInformation"))
    SubElement(outcome, name("eventOutcome")).text = event.outcome
    pair(
        made,
        "linkingAgentIdentifier",
        "linkingAgentIdentifierType",
        "local",
        "linkingAgentIdentifierValue",
        event.agent,
    )
    for value in (blob_key(o.sha256) for o in manifest.objects) if objects is None else objects:
        link_object(made, value)


def link_object(parent: Element, value: str) -> None:
    """Append a link to the object with the local identifier *value*."""
    kind, holder = "linkingObjectIdentifierType", "linkingObjectIdentifier"
    pair(parent, holder, kind, "local", "linkingObjectIdentifierValue", value)


def put_agent(root: Element, agent: str) -> None:
    """Append an agent: our software by its name, everyone else a person by the id of the officer."""
    made = SubElement(root, name("agent"))
    pair(made, "agentIdentifier", "agentIdentifierType", "local", "agentIdentifierValue", agent)
    SubElement(made, name("agentName")).text = agent
    SubElement(made, name("agentType")).text = "software" if agent.startswith("sohoa ") else "person"


def pair(parent: Element, element: str, kind: str, kind_text: str, value: str, value_text: str) -> None:
    """Append *element* holding two elements, as PREMIS writes identifiers."""
    made = SubElement(parent, name(element))
    SubElement(made, name(kind)).text = kind_text
    SubElement(made, name(value)).text = value_text


def name(tag: str) -> str:
    """Return *tag* in the namespace of PREMIS 3."""
    return f"{{{PREMIS}}}{tag}"
