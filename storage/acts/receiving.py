"""A paper comes in, or comes again: the first version of a document, and the cases that it serves."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storage import keys
from storage.acts.depot import ROUNDS, Depot
from storage.blobs import put_blob
from storage.building import check_intake, first_manifest
from storage.catalogue import audit, cases, documents, fixity
from storage.commit import contended, load
from storage.indexing import case_link, join_case, read_case_link
from storage.records import Document, Intake


@dataclass(frozen=True)
class Received:
    """Outcome of an intake. ``duplicate``: these bytes were there already, brought by another intake."""

    document: Document
    duplicate: bool


def receive(
    depot: Depot,
    source: Path | bytes,
    intake: Intake,
    *,
    agent: str,
    quarantine: tuple[str, str] | None,
    tools: Mapping[str, str],
) -> Received:
    """Store the original and make its first version, or answer with the record there is. Raises as the door says."""
    check_intake(intake)
    blob = put_blob(depot.store, source)
    depot.retain(blob)
    owner_ref = depot.owner_ref(intake.owner)
    _claim_case(depot, intake, owner_ref)
    for _ in range(ROUNDS):
        with depot.catalogue.read() as connection:
            known = documents.find_original(connection, intake.agency, owner_ref, blob.sha256, intake.part)
        if known is not None:
            return _received_before(depot, known, intake, agent)
        manifest = first_manifest(intake, owner_ref, blob, depot.now(), agent, quarantine, tools)
        if depot.lay_down(manifest, [(source, blob)]):
            return Received(depot.document(manifest.document_id), duplicate=False)
    raise contended(owner_ref)


def reuse(
    depot: Depot, document_id: str, case_code: str, *, agent: str, procedure: str, detail: Mapping[str, Any]
) -> bool:
    """Let a stored paper serve another case of its agency and owner; False if it did already."""
    known = depot.document(document_id)
    documents.expect_status(known, ("digitised", "certified"))
    now = depot.now()
    with depot.catalogue.begin() as connection:  # before the link: one to another owner's case could not be indexed
        cases.ensure(
            connection, agency=known.agency, code=case_code, owner_ref=known.owner_ref, procedure=procedure, at=now
        )
    at, link = _link_case(depot, known, case_code, now)
    manifest, _ = load(depot.store, known)
    with depot.catalogue.begin() as connection:
        new = join_case(connection, manifest, case_code, at)
        fixity.enqueue_small(connection, link)
        if new:
            audit.append(
                connection,
                agency=known.agency,
                event_type="reuse",
                agent=agent,
                at=now,
                document_id=known.id,
                detail={"case": case_code, **detail},
            )
    return new


def _claim_case(depot: Depot, intake: Intake, owner_ref: str) -> None:
    # Before the manifest: one that names another owner's case could never be indexed.
    if not intake.case_code:
        return
    with depot.catalogue.read() as connection:
        known = cases.get(connection, intake.agency, intake.case_code)
    if known is None or known.owner_ref != owner_ref:
        with depot.catalogue.begin() as connection:
            cases.ensure(
                connection,
                agency=intake.agency,
                code=intake.case_code,
                owner_ref=owner_ref,
                procedure=intake.procedure,
                at=depot.now(),
            )


def _received_before(depot: Depot, known: Document, intake: Intake, agent: str) -> Received:
    resumed = bool(intake.intake_key) and intake.intake_key == known.intake_key
    now = depot.now()
    at, link = _link_case(depot, known, intake.case_code, now)
    manifest, _ = load(depot.store, known)
    with depot.catalogue.begin() as connection:
        if intake.case_code:
            join_case(connection, manifest, intake.case_code, at)
            fixity.enqueue_small(connection, link)
        if not resumed:
            audit.append(
                connection,
                agency=known.agency,
                event_type="ingestion",
                agent=agent,
                at=now,
                document_id=known.id,
                outcome="duplicate",
                detail={"sha256": known.original_sha256},
            )
    return Received(known, duplicate=not resumed)


def _link_case(depot: Depot, known: Document, code: str, at: str) -> tuple[str, list[tuple[str, str]]]:
    """Keep in the store that *known* serves case *code* too; return since when it does, and what scrubbing is to know.

    That is (key, digest) of the record; nothing where none is needed.
    """
    if not code or code == known.case_code:
        return at, []
    key, data = case_link(keys.manifest_prefix(known.agency, known.owner_ref, known.id), code, at)
    if depot.store.put(key, data, content_type="application/json"):
        return at, [(key, hashlib.sha256(data).hexdigest())]
    standing = depot.store.get(key)  # perhaps of an act that was killed before it was noted
    return read_case_link(standing)[1], [(key, hashlib.sha256(standing).hexdigest())]
