"""The manifest of one document version: immutable JSON, OCFL-shaped, enough to rebuild the catalogue.

Shape after OCFL 1.1 inventories: ``digestAlgorithm``, ``manifest`` (digest -> where the bytes stand) and ``state``
(digest -> what they are to this version). Events use PREMIS terms. The bytes are canonical, so the digest of a
manifest is well defined, and each names the digest of the one before it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from domain.owners import Owner
from storage.keys import blob_key, manifest_key
from storage.records import FACTS, DocumentFacts, FieldRecord, RegisterEntry, StoredObject

FORMAT = "sohoa-manifest/1"


@dataclass(frozen=True)
class Event:
    """A PREMIS event: type from the PREMIS vocabulary, UTC time, agent (software with version, or officer's id)."""

    type: str
    at: str
    agent: str
    outcome: str = "success"
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Manifest(DocumentFacts):
    """One version of a document, complete in itself."""

    document_id: str
    version: int
    created: str
    message: str  # the act: received, quarantined, digitised, corrected, certified
    previous_sha256: str  # of the manifest before; "" for the first
    stage_key: str  # digest of the act's inputs: the same again makes no new version
    owner: Owner
    owner_name: str
    fields: tuple[FieldRecord, ...] = ()
    objects: tuple[StoredObject, ...] = ()
    tools: Mapping[str, str] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    register: tuple[RegisterEntry, ...] = ()
    pixels: tuple[str, ...] = ()  # digest of each page image, in order; none before digitising or where all is blank

    @property
    def key(self) -> str:
        """Where this manifest stands in the object store."""
        return manifest_key(self.agency, self.owner_ref, self.document_id, self.version)


def encode(manifest: Manifest) -> bytes:
    """Return the canonical bytes of *manifest* (UTF-8 JSON, sorted keys, no spaces)."""
    state: dict[str, list[dict[str, Any]]] = {}
    for obj in manifest.objects:
        entry = {"role": obj.role, "size": obj.size, "media_type": obj.media_type, "ordinal": obj.ordinal}
        state.setdefault(obj.sha256, []).append(entry)
    record = {
        "type": FORMAT,
        "id": manifest.document_id,
        "head": f"v{manifest.version}",
        "version": manifest.version,
        "digestAlgorithm": "sha256",
        "created": manifest.created,
        "message": manifest.message,
        "previous": manifest.previous_sha256,
        "stage_key": manifest.stage_key,
        "manifest": {sha256: [blob_key(sha256)] for sha256 in state},
        "state": state,
        "tools": dict(manifest.tools),
        "events": [asdict(e) | {"detail": dict(e.detail)} for e in manifest.events],
        "document": {name: getattr(manifest, name) for name in (*FACTS, "owner_name")},
        "owner": asdict(manifest.owner),
        "fields": [f.__dict__ for f in manifest.fields],
        "register": [r.__dict__ for r in manifest.register],
    }
    if manifest.pixels:
        record["pixels"] = list(manifest.pixels)
    return canonical(record)


def decode(data: bytes) -> Manifest:
    """Return the manifest in *data*. Raises ``ValueError`` for anything that is not a whole manifest of ours."""
    try:
        record = json.loads(data)
        if record["type"] != FORMAT or record["digestAlgorithm"] != "sha256":
            raise ValueError("not a manifest of this format")
        objects = tuple(
            StoredObject(sha256=sha256, **entry) for sha256, entries in record["state"].items() for entry in entries
        )
        return Manifest(
            document_id=record["id"],
            version=record["version"],
            created=record["created"],
            message=record["message"],
            previous_sha256=record["previous"],
            stage_key=record["stage_key"],
            owner=Owner(**record["owner"]),
            fields=tuple(_field(f) for f in record["fields"]),
            objects=tuple(sorted(objects, key=lambda o: (o.role, o.ordinal))),
            tools=record["tools"],
            events=tuple(Event(**e) for e in record["events"]),
            register=tuple(RegisterEntry(**r) for r in record["register"]),
            pixels=tuple(record.get("pixels", ())),
            **record["document"],
        )
    except (KeyError, TypeError, UnicodeDecodeError, json.JSONDecodeError) as exc:
        raise ValueError(f"broken manifest: {type(exc).__name__}") from exc


def digest(manifest: Manifest) -> str:
    """Return the SHA-256 (hex) of the canonical bytes."""
    return hashlib.sha256(encode(manifest)).hexdigest()


def content_key(manifest: Manifest) -> str:
    """Return what makes two saves "the same": the act, and the key of its inputs."""
    return f"{manifest.message}:{manifest.stage_key}"


def canonical(record: Mapping[str, Any]) -> bytes:
    """Return *record* as canonical JSON bytes: UTF-8, keys sorted, no spaces, no NaN."""
    text = json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8")


def _field(record: dict[str, Any]) -> FieldRecord:
    left_top_right_bottom = record["box"]
    box = None if left_top_right_bottom is None else tuple(left_top_right_bottom)
    return FieldRecord(**(record | {"box": box, "candidates": tuple(record["candidates"])}))
