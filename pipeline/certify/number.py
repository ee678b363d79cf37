"""Taking and giving up a register number, with request, jobs and audit in one transaction."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime

from sqlalchemy import Connection

from domain.certification import VIETNAM, book_symbol, first_ordinal
from domain.errors import Advice, Refused
from domain.lookup_code import lookup_code
from pipeline.certify import procedure
from pipeline.certify.copy import Signers
from pipeline.workplace import Workplace
from storage.catalogue import audit, register, signing_jobs
from storage.catalogue.engine import utc_text
from storage.catalogue.locks import held
from storage.catalogue.requests import CertificationRequest
from storage.records import DocumentView, RegisterEntry


def reserve_number(
    connection: Connection,
    view: DocumentView,
    signers: Signers,
    request: CertificationRequest,
    doubts: Sequence[str],
    now: datetime,
) -> RegisterEntry:
    """Take the next number for *view* under *request*, which stands at ``compared``. Raises as ``register.reserve``."""
    document_id, certifier, at = view.document.id, signers.certifier, utc_text(now)
    today = now.astimezone(VIETNAM).date()
    entry = register.reserve(
        connection,
        agency=signers.agency.code,
        book=book_symbol(today),
        year=today.year,
        document_id=document_id,
        idempotency_key=f"certify:{document_id}:{len(view.register) + 1}",
        at=at,
        details={
            "certifier": certifier.id,
            "certifier_name": certifier.name,
            "certifier_position": certifier.position,
            "requester": request.requester,
            "title": view.document.title or view.document.original_name,
            "pages": view.document.pages,
            "copies": 1,
            "doubtful_marks": list(doubts),
            "ground_warnings": request.warnings,
            "fee_vnd": request.fee_vnd,
        },
        first_number=first_ordinal(today),
        code=lookup_code(secrets.token_bytes(10)),
    )
    procedure.numbered(connection, request, entry, certifier.id, at)
    audit.append(
        connection,
        agency=signers.agency.code,
        event_type="certificate number reservation",
        agent=certifier.id,
        at=at,
        document_id=document_id,
        outcome="success",
        detail={"book": entry.book, "year": entry.year, "number": entry.number},
    )
    return entry


def own_number(entry: RegisterEntry, signers: Signers) -> RegisterEntry:
    """Return *entry* when it is *signers*'. Raises ``Refused`` (``certify-other-certifier``)."""
    if (entry.agency, entry.details.get("certifier")) == (signers.agency.code, signers.certifier.id):
        return entry
    raise Refused(
        "certify-other-certifier",
        f"number {entry.number} is reserved for another certifier",
        Advice(
            "Văn bản này đang được một người hoặc cơ quan khác chứng thực.",
            "Số chứng thực đã cấp vẫn được giữ.",
            "Để người đó hoàn tất, hoặc hủy số đã giữ rồi chứng thực lại.",
        ),
    )


def void_number(
    connection: Connection, entry: RegisterEntry, *, reason: str, agent: str, at: str, detail: dict[str, str]
) -> None:
    """Void a reserved *entry*; its jobs end, its request goes back to ``compared``.

    All together: no number may outlive its jobs, no job its number. Raises ``Refused`` (``wrong-state``) once issued.
    """
    close_jobs(connection, entry.document_id, "FAILED", at)
    register.void(connection, entry.ref, reason=reason, at=at)
    procedure.progressed(connection, entry.document_id, "compared", agent=agent, at=at)
    audit.append(
        connection,
        agency=entry.agency,
        event_type="certificate number voiding",
        agent=agent,
        at=at,
        document_id=entry.document_id,
        outcome="failure",
        detail={"book": entry.book, "year": entry.year, "number": entry.number, **detail},
    )


def close_jobs(connection: Connection, document_id: str, state: str, at: str) -> None:
    """End the open jobs of a certified copy."""
    for role in ("person", "agency"):
        job = signing_jobs.current(connection, document_id, role)
        if job is not None:
            signing_jobs.move(connection, job.id, expected=job.state, state=state, at=at)


def day_of(entry: RegisterEntry) -> date:
    """Return the Vietnamese day on which the number was taken."""
    return datetime.fromisoformat(entry.reserved_at).astimezone(VIETNAM).date()


@contextmanager
def at_work_on(workplace: Workplace, document_ids: Sequence[str]) -> Iterator[frozenset[str]]:
    """Hold the documents for this process; yield those that nobody else is signing at this moment."""
    with held(workplace.catalogue, [f"sign:{document_id}" for document_id in document_ids]) as got:
        yield frozenset(name.removeprefix("sign:") for name in got)


@contextmanager
def alone_with(workplace: Workplace, document_id: str) -> Iterator[None]:
    """Hold one document for this process. Raises ``Refused`` (``certify-under-way``) where another one signs it."""
    with at_work_on(workplace, [document_id]) as ours:
        if not ours:
            raise under_way()
        yield


def under_way() -> Refused:
    """Return the error for a document that another process is signing."""
    return Refused(
        "certify-under-way",
        "another process is at work on this document",
        Advice(
            "Văn bản này đang được một tiến trình khác ký.",
            "Không có số nào bị cấp trùng.",
            "Chờ tiến trình đó xong rồi chạy lại.",
        ),
    )
