"""What leaves the warehouse for others and comes back from them: choosing it, recording it, knowing our own again."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from domain.agencies import parse_agency_code
from domain.owners import parse_owner
from pipeline.derivative import software
from pipeline.workplace import Workplace, owner_key, private_folder
from storage.catalogue import audit
from storage.catalogue.engine import utc_text
from storage.catalogue.search import SearchQuery
from storage.rebuild import RebuildReport
from storage.records import Document

_PAGE = 500
_HIDDEN = ".sohoa-part-"
Made = TypeVar("Made")


def choose(workplace: Workplace, query: SearchQuery) -> list[Document]:
    """Return all documents that *query* (filters, no text) finds. Raises ``Unavailable``."""
    found: list[Document] = []
    while True:
        page = workplace.warehouse.search(SearchQuery(**(query.__dict__ | {"limit": _PAGE, "offset": len(found)})))
        found += [hit.document for hit in page]
        if len(page) < _PAGE:
            return found


def select(
    workplace: Workplace,
    document_ids: Sequence[str] = (),
    *,
    agency: str | None = None,
    case: str | None = None,
    owner: str | None = None,
) -> list[Document]:
    """Return the named documents, then all others that the filters find (as on the command line), each once.

    Raises ``DocumentUnknown``, ``BadInput`` (agency, owner), ``Unavailable``.
    """
    chosen = [workplace.warehouse.show(i).document for i in dict.fromkeys(document_ids)]
    if agency or case or owner:
        query = SearchQuery(
            agency=str(parse_agency_code(agency)) if agency else None,
            owner_ref=workplace.warehouse.owner_ref(parse_owner(owner)) if owner else None,
            case_code=case,
        )
        chosen += [d for d in choose(workplace, query) if d.id not in document_ids]
    return chosen


def record_given(
    workplace: Workplace,
    documents: Sequence[Document],
    act: str,
    at: datetime,
    agent: str,
    *,
    outcome: str = "success",
    **detail: Any,
) -> None:
    """Record for each of *documents* that it was given out by *act*, at *at* (aware)."""
    with workplace.catalogue.begin() as connection:
        for document in documents:
            audit.append(
                connection,
                agency=document.agency,
                event_type="dissemination",
                agent=agent or software(),
                at=utc_text(at),
                document_id=document.id,
                outcome=outcome,
                detail={"act": act, "version": document.version, **detail},
            )


def give(
    workplace: Workplace,
    documents: Sequence[Document],
    target: Path,
    make: Callable[[Path], Made],
    act: str,
    at: datetime,
    agent: str,
    *,
    over: bool = False,
    **detail: Any,
) -> Made:
    """Give *documents* out as *target*, a folder or file: written by *make*, recorded as :func:`record_given`, shown.

    In this order, so that nothing stands under its name that is not in the audit log, whenever the process ends:
    *make* writes to the same name in a hidden folder beside, which is removed with what lies in it, by this call or,
    where it was killed, by the next one that gives something out there. What was recorded and then could not be put
    in place, or was cut off just there, is in the log without having been given; in the first case with a failure
    beside it.

    *over*: a file that stands there is replaced. Raises ``FileExistsError`` without; what *make* raises;
    ``Unavailable``.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with private_folder(target.parent, _HIDDEN) as folder:
        _require_free(target, over)
        hidden = folder / target.name
        made = make(hidden)
        record_given(workplace, documents, act, at, agent, **detail)
        try:
            _require_free(target, over)
            hidden.replace(target)
        except OSError:
            record_given(workplace, documents, act, at, agent, outcome="failure", **detail)
            raise
    return made


def _require_free(target: Path, over: bool) -> None:
    if not over and (target.exists() or target.is_symlink()):
        raise FileExistsError(target)


def record_taken_in(workplace: Workplace, report: RebuildReport, act: str, agent: str) -> None:
    """Record what came of taking in by *act*."""
    with workplace.catalogue.begin() as connection:
        audit.append(
            connection,
            agency=workplace.settings.agency,
            event_type="ingestion",
            agent=agent or software(),
            at=utc_text(workplace.clock()),
            outcome="failure" if report.problems else "success",
            detail={"act": act, "documents": report.documents, "versions": report.versions},
        )


def seal_for(workplace: Workplace, purpose: str) -> Callable[[bytes], str]:
    """Return the function by which this installation marks a listing, and knows again what it made for *purpose*."""
    key = owner_key(workplace.settings.data_dir)
    return lambda listing: hmac.new(key, purpose.encode() + b"\n" + listing, hashlib.sha256).hexdigest()
