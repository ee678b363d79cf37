"""Rescans and conflicts: found by what papers say of themselves, proposed to an officer, never acted upon."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from domain.identity import compare
from pipeline.derivative import software
from pipeline.workplace import Workplace
from storage.catalogue import audit, relations
from storage.catalogue.engine import utc_text
from storage.catalogue.relations import Candidate, Relation


@dataclass
class Found:
    """What a run proposed anew, and how many pairs it compared."""

    compared: int = 0
    rescans: int = 0
    conflicts: int = 0


def find_duplicates(workplace: Workplace, agency: str) -> Found:
    """Compare the papers of each owner within *agency* and keep what is new as proposals. Raises ``Unavailable``.

    Safe to repeat: what was proposed or decided before stays as it is.
    """
    found = Found()
    with workplace.catalogue.read() as connection:
        batches = [candidates for _, candidates in relations.groups(connection, agency)]
    for candidates in batches:
        for relation in _related(workplace, agency, candidates, found):
            _propose(workplace, relation, found)
    return found


def decide(
    workplace: Workplace, agency: str, kind: str, first_id: str, second_id: str, *, accept: bool, officer: str
) -> None:
    """Keep what an officer decided; both documents stay as they are. Raises ``Refused`` (``wrong-state``)."""
    at = utc_text(workplace.clock())
    with workplace.catalogue.begin() as connection:
        relations.decide(connection, agency, kind, first_id, second_id, accept=accept, officer=officer, at=at)
        audit.append(
            connection,
            agency=agency,
            event_type="metadata modification",
            agent=officer,
            at=at,
            document_id=second_id,
            detail={"relation": kind, "to": first_id, "decision": "accepted" if accept else "rejected"},
        )


def _related(workplace: Workplace, agency: str, candidates: Sequence[Candidate], found: Found) -> list[Relation]:
    related = []
    for first, second in combinations(candidates, 2):
        if first.original_sha256 == second.original_sha256:  # parts of one file
            continue
        found.compared += 1
        outcome = compare(first.identity, second.identity)
        if outcome is not None:
            basis = {"agree": list(outcome.agree), "differ": list(outcome.differ)}
            at = utc_text(workplace.clock())
            related.append(
                Relation(outcome.verdict, first.document_id, second.document_id, agency, "proposed", basis, at)
            )
    return related


def _propose(workplace: Workplace, relation: Relation, found: Found) -> None:
    with workplace.catalogue.begin() as connection:
        if not relations.propose(connection, relation):
            return
        audit.append(
            connection,
            agency=relation.agency,
            event_type="duplicate proposal",
            agent=software(),
            at=relation.created_at,
            document_id=relation.second_id,
            detail={"relation": relation.kind, "to": relation.first_id, **relation.basis},
        )
    if relation.kind == "rescan":
        found.rescans += 1
    else:
        found.conflicts += 1
