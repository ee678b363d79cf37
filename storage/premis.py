"""PREMIS 3 XML from manifests: objects with fixity, events with their agents."""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement, indent, register_namespace, tostring

from storage.keys import blob_key
from storage.manifest import Manifest

_PREMIS = "http://www.loc.gov/premis/v3"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"


def premis_xml(manifests: Iterable[Manifest]) -> bytes:
    """Return a PREMIS document (UTF-8) of all objects and events that *manifests* name. Formats by media type."""
    register_namespace("premis", _PREMIS)
    register_namespace("xsi", _XSI)
    root = Element(_name("premis"), {"version": "3.0"})
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
        _file(root, sha256, size, media_type)
    for manifest, position in events:
        _event(root, manifest, position)
    for agent in sorted(agents):
        _agent(root, agent)
    indent(root)
    return bytes(tostring(root, encoding="UTF-8", xml_declaration=True))


def _file(root: Element, sha256: str, size: int, media_type: str) -> None:
    file = SubElement(root, _name("object"), {f"{{{_XSI}}}type": "premis:file"})
    _pair(file, "objectIdentifier", "objectIdentifierType", "local", "objectIdentifierValue", blob_key(sha256))
    facts = SubElement(file, _name("objectCharacteristics"))
    _pair(facts, "fixity", "messageDigestAlgorithm", "SHA-256", "messageDigest", sha256)
    SubElement(facts, _name("size")).text = str(size)
    form = SubElement(SubElement(facts, _name("format")), _name("formatDesignation"))
    SubElement(form, _name("formatName")).text = media_type or "application/octet-stream"


def _event(root: Element, manifest: Manifest, position: int) -> None:
    event = manifest.events[position]
    made = SubElement(root, _name("event"))
    value = f"{manifest.document_id}/v{manifest.version:04}/{position}"
    _pair(made, "eventIdentifier", "eventIdentifierType", "local", "eventIdentifierValue", value)
    SubElement(made, _name("eventType")).text = event.type
    SubElement(made, _name("eventDateTime")).text = event.at
    outcome = SubElement(made, _name("eventOutcomeInformation"))
    SubElement(outcome, _name("eventOutcome")).text = event.outcome
    _pair(
        made,
        "linkingAgentIdentifier",
        "linkingAgentIdentifierType",
        "local",
        "linkingAgentIdentifierValue",
        event.agent,
    )
    for o in manifest.objects:
        _pair(
            made,
            "linkingObjectIdentifier",
            "linkingObjectIdentifierType",
            "local",
            "linkingObjectIdentifierValue",
            blob_key(o.sha256),
        )


def _agent(root: Element, agent: str) -> None:
    made = SubElement(root, _name("agent"))
    _pair(made, "agentIdentifier", "agentIdentifierType", "local", "agentIdentifierValue", agent)
    SubElement(made, _name("agentName")).text = agent
    SubElement(made, _name("agentType")).text = "software" if agent.startswith("sohoa ") else "person"


def _pair(parent: Element, element: str, kind: str, kind_text: str, value: str, value_text: str) -> None:
    made = SubElement(parent, _name(element))
    SubElement(made, _name(kind)).text = kind_text
    SubElement(made, _name(value)).text = value_text


def _name(tag: str) -> str:
    return f"{{{_PREMIS}}}{tag}"
