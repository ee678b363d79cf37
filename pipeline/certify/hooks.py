"""What a signing service calls out: "ask me now". It is a hint and nothing more.

A call names transactions; nothing else of it is looked at. The result is always fetched from the service over our own
connection, and every signature verified before it is used: a forged call costs one question.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pipeline.certify.run import Certified, certify_documents
from pipeline.certify.site import open_signing
from pipeline.workplace import Workplace
from storage.catalogue import outbox, register, signing_jobs
from storage.records import RegisterEntry

SIGN_TOPIC = "signing.result"
_WAITING = ("AUTH_PENDING", "SUBMITTED")
_MOST_VALUES = 2000
_LONGEST = 200
_SAME_S = 10  # calls about one transaction within so many seconds are one


def references_in(body: object) -> frozenset[str]:
    """Return what may be a transaction's id in a call's *body* (JSON): every short string, wherever it stands."""
    found: set[str] = set()
    left: list[Any] = [body]
    while left and len(found) < _MOST_VALUES:
        one = left.pop()
        if isinstance(one, Mapping):
            left += one.values()
        elif isinstance(one, list):
            left += one
        elif isinstance(one, str) and 0 < len(one) <= _LONGEST:
            found.add(one)
    return frozenset(found)


def result_told(workplace: Workplace, references: frozenset[str]) -> int:
    """Note that the results of *references* can be fetched; return how many waiting documents that concerns.

    The work is left to the case worker (``flows.worker``), by one message for each certifier and transaction.
    """
    now = workplace.clock()
    with workplace.catalogue.begin() as connection:
        jobs = [
            job
            for job in signing_jobs.in_state(connection, *_WAITING)
            if job.remote_ref in references and job.role in ("person", "agency")
        ]
        groups: dict[tuple[str, str, str], list[str]] = {}
        for job in jobs:
            entries = [e for e in register.of_document(connection, job.document_id) if e.state == "reserved"]
            for entry in entries[-1:]:
                key = (job.remote_ref, str(entry.details.get("certifier", "")), entry.agency)
                groups.setdefault(key, []).append(job.document_id)
        for (reference, certifier, agency), ids in groups.items():
            moment = int(now.timestamp()) // _SAME_S
            name = hashlib.sha256(f"{reference}\n{certifier}\n{moment}".encode()).hexdigest()[:32]
            payload = {"documents": sorted(ids), "certifier": certifier, "agency": agency}
            outbox.add(connection, event_id=f"{SIGN_TOPIC}:{name}", topic=SIGN_TOPIC, payload=payload, now=now)
    return sum(map(len, groups.values()))


def go_on(workplace: Workplace, payload: Mapping[str, Any]) -> list[Certified]:
    """Fetch what was told of and go on with the certification of its documents.

    Raises ``RemotePending`` while the service has no result, ``Refused`` when the request is over.
    """
    ids = list(_still_reserved(workplace, [str(one) for one in payload["documents"]]))
    if not ids:
        return []
    with open_signing(workplace.settings, workplace.clock) as site:
        who = {"certifier_id": str(payload["certifier"]), "agency": str(payload["agency"])}
        return certify_documents(workplace, site, ids, attest=False, **who)


def _still_reserved(workplace: Workplace, ids: Sequence[str]) -> Iterator[str]:
    """Yield the documents whose number waits still: what was given up meanwhile is not begun anew."""
    for document_id in ids:
        entries: tuple[RegisterEntry, ...] = workplace.warehouse.show(document_id).register
        if any(entry.state == "reserved" for entry in entries):
            yield document_id
