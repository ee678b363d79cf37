"""One more version of a document: an act as data, and the one way in which every act is carried out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from storage.acts.depot import ROUNDS, Depot, Source, known
from storage.blobs import Blob, put_blobs
from storage.catalogue import documents
from storage.commit import broken_manifest, contended, load
from storage.manifest import Event, Manifest
from storage.records import Document, RegisterEntry

#: (connection, document, time) -> the entry as it stands after this act
Entry = Callable[[Connection, str, str], RegisterEntry]


@dataclass(frozen=True)
class Saved:
    """Outcome of an act. ``new`` is False when the same act with the same inputs was done before."""

    document: Document
    version: int
    new: bool


@dataclass(frozen=True)
class Act:
    """What is to be done to a document.

    Args:
        name: the act, as the manifest names it.
        key: digest of its inputs: the same act with the same key makes no second version.
        allowed: states in which it may be done.
        holds: states in which an earlier one with this key still counts; else it is done anew.
        build: from the newest manifest to the next one.
        events: (PREMIS type, detail) of the act itself.
        sources: the bytes that it brings.
        retained: those of them that are locked.
        entry: what it does to the register, before the manifest.
        more_events: further events, made by the caller.
    """

    name: str
    key: str
    allowed: tuple[str, ...]
    holds: tuple[str, ...]
    build: Callable[[Manifest], Manifest]
    events: Sequence[tuple[str, Mapping[str, Any]]]
    sources: Sequence[Source] = ()
    retained: Sequence[Blob] = ()
    entry: Entry | None = None
    more_events: Sequence[Event] = ()


def save(depot: Depot, document_id: str, act: Act, agent: str) -> Saved:
    """Carry out *act* on a document: blobs, register entry, manifest, rows; again as often as others come between.

    Raises ``DocumentUnknown``, ``Refused`` (``wrong-state``, ``contended``, ``manifest-broken``), ``Unavailable``.
    """
    kept = False
    put: list[Source] = []
    for _ in range(ROUNDS):
        with depot.catalogue.read() as connection:
            document = known(connection, document_id)
            done = documents.version_with_content(connection, document_id, f"{act.name}:{act.key}")
            indexed = documents.manifest_digest(connection, document_id, document.version)
        if done is not None and document.status in act.holds:  # else a later act undid it, and it is done anew
            return Saved(document, done, new=False)
        documents.expect_status(document, act.allowed)
        if not kept:
            stored = put_blobs(depot.store, [source for source, _ in act.sources])
            if stored != [blob for _, blob in act.sources]:
                raise RuntimeError("a file changed while it was being stored")
            put = [(source, blob) for (source, _), blob in zip(act.sources, stored, strict=True)]
            for blob in act.retained:
                depot.retain(blob)
            kept = True
        entry = None
        if act.entry is not None:
            with depot.catalogue.begin() as connection:
                entry = act.entry(connection, document_id, depot.now())
        current, current_sha256 = load(depot.store, document)
        if current_sha256 != indexed:  # nothing is laid on top of what is not what it was
            with depot.catalogue.read() as connection:
                now_indexed = documents.manifest_digest(connection, document_id, document.version)
            if now_indexed == indexed:
                raise broken_manifest(current.key)
            continue  # the paper was destroyed and taken in anew since we looked
        at = depot.now()
        own = [Event(kind, at, agent, detail=detail) for kind, detail in act.events]
        manifest = replace(
            act.build(current),
            version=current.version + 1,
            created=at,
            message=act.name,
            previous_sha256=current_sha256,
            stage_key=act.key,
            events=(*own, *act.more_events),
            register=current.register if entry is None else _with_entry(current.register, entry),
        )
        if depot.lay_down(manifest, put):
            return Saved(depot.document(document_id), manifest.version, new=True)
    raise contended(document_id)


def _with_entry(register: Sequence[RegisterEntry], entry: RegisterEntry) -> tuple[RegisterEntry, ...]:
    return (*(e for e in register if e.ref != entry.ref), entry)
