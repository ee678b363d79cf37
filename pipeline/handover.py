"""What leaves the warehouse for others and comes back from them: choosing it, recording it, knowing our own again."""

from __future__ import annotations

import hashlib
import hmac
import shutil
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from domain.agencies import parse_agency_code
from domain.owners import parse_owner
from pipeline.derivative import software
from pipeline.workplace import Workplace, owner_key
from storage.catalogue import audit
from storage.catalogue.engine import utc_text
from storage.catalogue.search import SearchQuery
from storage.rebuild import RebuildReport
from storage.records import Document

_PAGE = 500


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
    workplace: Workplace, documents: Sequence[Document], act: str, at: datetime, agent: str, **detail: Any
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
                detail={"act": act, "version": document.version, **detail},
            )


def give(
    workplace: Workplace,
    documents: Sequence[Document],
    path: Path,
    act: str,
    at: datetime,
    agent: str,
    **detail: Any,
) -> None:
    """Record as :func:`record_given` that *path*, a folder or file just made of them, is given out.

    What cannot be recorded is not given out: *path* is removed then, and the error raised.
    """
    try:
        record_given(workplace, documents, act, at, agent, **detail)
    except BaseException:
        remove_made(path)
        raise


def remove_made(path: Path) -> None:
    """Remove a folder or file that was made for others and is not to be given to them."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


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
