"""Cases (hồ sơ) from the intake system: accepted once, originals safe before the answer, then digitised."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from domain.errors import Advice, NotReady, Refused, SohoaError, Unavailable
from domain.owners import Owner
from pipeline.derivative import software
from pipeline.digitise import digitise_documents
from pipeline.documents import document_json
from pipeline.intake import Arrival, receive_file
from pipeline.reading import Reader
from pipeline.single import sha256_of
from pipeline.workplace import Workplace
from storage.catalogue import case_closings, cases, documents, inbox, outbox
from storage.catalogue.cases import Case
from storage.catalogue.engine import utc_text

#: outbox topic that tells the case worker of work
CASE_TOPIC = "case.received"
_SOURCE = "api"


@dataclass(frozen=True)
class CaseOrder:
    """What the intake system hands in. Codes are canonical (``domain``)."""

    agency: str
    code: str
    owner: Owner
    kind: str = "component"
    procedure: str = ""


@dataclass(frozen=True)
class FileOfCase:
    """An uploaded file: where it lies now, and what the intake system calls it."""

    path: Path
    name: str


def accept_case(
    workplace: Workplace, order: CaseOrder, files: Sequence[FileOfCase], idempotency_key: str
) -> dict[str, Any]:
    """Store the files of a case and put it in line; return its state (:func:`case_json`).

    The same key and content again: the first answer's case, nothing is done twice. When this returns, the originals
    are in the warehouse and the case is in the outbox, in one transaction. Raises ``Refused``
    (``idempotency-conflict``, ``case-of-another-owner``), ``Unavailable``.
    """
    source = f"{_SOURCE}:{order.agency}"
    request = _request_sha256(order, files)
    with workplace.catalogue.begin() as connection:
        known = inbox.receive(
            connection,
            source=source,
            idempotency_key=idempotency_key,
            request_sha256=request,
            at=utc_text(workplace.clock()),
        )
        cases.ensure(
            connection,
            agency=order.agency,
            code=order.code,
            owner_ref=workplace.warehouse.owner_ref(order.owner),
            procedure=order.procedure,
            at=utc_text(workplace.clock()),
        )
    if known.response is None:
        taken = [_take_in(workplace, order, file, idempotency_key) for file in files]
        with workplace.catalogue.begin() as connection:
            now = workplace.clock()
            for document_id in taken:
                cases.add_document(
                    connection, agency=order.agency, code=order.code, document_id=document_id, at=utc_text(now)
                )
            outbox.add(
                connection,
                event_id=f"{CASE_TOPIC}:{order.agency}:{order.code}:{request[:32]}",
                topic=CASE_TOPIC,
                payload={"agency": order.agency, "code": order.code},
                now=now,
            )
            case = cases.get(connection, order.agency, order.code)
            if case is not None and case.state in ("done", "failed", "waiting"):
                _move(workplace, connection, case, "received")
            inbox.answer(
                connection,
                source=source,
                idempotency_key=idempotency_key,
                status_code=202,
                response={"documents": taken},
                at=utc_text(now),
            )
    return case_json(workplace, order.agency, order.code)


def run_case(
    workplace: Workplace,
    reader: Reader,
    agency: str,
    code: str,
    *,
    on_page: Callable[[], None] = lambda: None,
) -> str:
    """Digitise what of the case is not digitised yet; return the state reached.

    ``done``, or ``waiting`` when a file was quarantined and a person must look, or ``failed``. Running it again on a
    finished case changes nothing. Raises ``Unavailable`` when a service fails: the case stays ``running``.
    """
    while True:
        with workplace.catalogue.begin() as connection:
            case = known_case(cases.get(connection, agency, code), code)
            ids = cases.documents(connection, agency, code)
            # Papers handed in while an earlier turn was ending wait in a case that is called done.
            left = any(_status(connection, document_id) == "received" for document_id in ids)
            if case.state not in ("received", "running") and not left:
                return case.state
            _move(workplace, connection, case, "running")
        problems: dict[str, SohoaError] = {}
        for digitised in digitise_documents(workplace, reader, ids, on_page=on_page):
            if digitised.problem is not None and digitised.document.status != "quarantined":
                problems[digitised.document.id] = digitised.problem
        with workplace.catalogue.begin() as connection:
            if set(cases.documents(connection, agency, code)) - set(ids):
                continue  # more came meanwhile
            state, message = "done", ""
            if problems:
                state, message = "failed", str(next(iter(problems.values())).advice)
            elif any(_status(connection, document_id) == "quarantined" for document_id in ids):
                state, message = "waiting", "Có tệp bị cách ly, cần cán bộ xem lại."
            _move(workplace, connection, case, state, message)
            return state


def _status(connection: Connection, document_id: str) -> str:
    document = documents.get(connection, document_id)
    return document.status if document is not None else ""


def _move(workplace: Workplace, connection: Connection, case: Case, state: str, message: str = "") -> None:
    cases.change_state(
        connection,
        agency=case.agency,
        code=case.code,
        expected=cases.STATES,
        state=state,
        at=utc_text(workplace.clock()),
        message=message,
    )


def case_json(workplace: Workplace, agency: str, code: str, *, owner_ref: str | None = None) -> dict[str, Any]:
    """Return the state of a case and its documents; with *owner_ref* only a case of that owner.

    Raises ``Refused`` (``case-unknown``).
    """
    with workplace.catalogue.read() as connection:
        case = known_case(cases.get(connection, agency, code), code)
        if owner_ref is not None and case.owner_ref != owner_ref:
            case = known_case(None, code)  # the same answer as for a case that there is not
        ids = cases.documents(connection, agency, code)
        closing = case_closings.known(connection, agency, [code]).get(code)
    return {
        "agency": case.agency,
        "case": case.code,
        "state": case.state,
        "message": case.message,
        "procedure": case.procedure,
        "created_at": case.created_at,
        "updated_at": case.updated_at,
        "closed_on": closing.closed_on if closing is not None else None,
        "documents": [document_json(workplace.warehouse.show(i), workplace.settings.ocr.accept) for i in ids],
    }


def _take_in(workplace: Workplace, order: CaseOrder, file: FileOfCase, idempotency_key: str) -> str:
    key = hashlib.sha256(f"{order.agency}\n{order.code}\n{idempotency_key}".encode()).hexdigest()[:32]
    arrival = Arrival(
        owner=order.owner,
        agency=order.agency,
        case=order.code,
        kind=order.kind,
        procedure=order.procedure,
        name=Path(file.name).name,
        key=f"case:{key}",
    )
    return receive_file(workplace, file.path, arrival, agent=software()).document.id


def _request_sha256(order: CaseOrder, files: Sequence[FileOfCase]) -> str:
    parts = [order.agency, order.code, order.owner.full(), order.kind, order.procedure]
    parts += [f"{file.name}\t{sha256_of(file.path)}" for file in files]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def known_case(case: Case | None, code: str) -> Case:
    """Return *case*. Raises ``Refused`` (``case-unknown``) where there is none."""
    if case is None:
        raise Refused(
            "case-unknown",
            "no such case",
            Advice("Không có hồ sơ mang mã này.", "Không có gì thay đổi.", "Kiểm tra lại cơ quan và mã hồ sơ."),
        )
    return case


#: what ends a worker's turn without being the case's fault
SERVICE_FAULTS = (Unavailable, NotReady)
