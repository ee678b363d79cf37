"""Requests for certified copies: one open request a document, every step dated and signed for.

The steps are those of NĐ 45/2020 Art. 10 and NĐ 23/2015 Art. 20: nothing can be numbered before an officer has said
that the original was seen, the grounds for refusal answered and copy and original compared.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update

from domain.errors import Advice, Refused
from storage import ledger
from storage.catalogue import schema as t
from storage.catalogue.sql import upsert

#: state -> states that may follow
STEPS: dict[str, tuple[str, ...]] = {
    "requested": ("original_seen", "refused", "seized"),
    "original_seen": ("grounds_answered", "refused", "seized"),
    "grounds_answered": ("compared", "refused", "seized"),
    "compared": ("numbered", "refused", "seized"),
    "numbered": ("signed", "compared"),  # back when the number had to be voided
    "signed": ("issued", "compared"),
    "issued": ("delivered", "cancelled"),
    "delivered": ("cancelled",),
    "refused": (),
    "seized": (),
    "cancelled": (),
}
#: nothing more is done in the request itself; a new one may be made
CLOSED = ("issued", "delivered", "refused", "seized", "cancelled")
_DUE = "due "  # how a change of the due day stands among the steps
_MUTABLE = frozenset({"certifier", "requester", "answers", "warnings", "book", "year", "number", "reason"})


@dataclass(frozen=True)
class CertificationRequest:
    """One request. Times are ISO 8601 UTC; ``answers`` is ground number -> ``yes`` or ``no``."""

    id: str
    document_id: str
    attempt: int
    agency: str
    certifier: str
    requester: str
    state: str
    received_at: str
    due_day: str  # ISO date, Vietnamese
    fee_vnd: int
    answers: dict[str, str] = field(default_factory=dict)
    warnings: list[dict[str, Any]] = field(default_factory=list)
    book: str = ""
    year: int = 0
    number: int = 0
    reason: str = ""
    updated_at: str = ""


# made once: making a statement costs more than running it
_R, _S = t.certification_requests.c, t.certification_steps.c
_ONE = select(t.certification_requests).where(_R.id == bindparam("which"))
_OF_DOCUMENT = select(t.certification_requests).where(_R.document_id == bindparam("of")).order_by(_R.attempt)
_LAST_STEP = (
    select(_S.seq, _S.from_state, _S.to_state, _S.agent, _S.at)
    .where(_S.request_id == bindparam("of"))
    .order_by(_S.seq.desc())
    .limit(1)
)
_STEP = insert(t.certification_steps).values(
    request_id=bindparam("of"),
    seq=select(func.coalesce(func.max(_S.seq), 0) + 1).where(_S.request_id == bindparam("of")).scalar_subquery(),
    from_state=bindparam("before"),
    to_state=bindparam("after"),
    agent=bindparam("who"),
    at=bindparam("moment"),
)


def create(
    connection: Connection,
    *,
    document_id: str,
    agency: str,
    requester: str,
    certifier: str,
    agent: str,
    due_day: str,
    fee_vnd: int,
    at: str,
    warnings: Sequence[Mapping[str, Any]] = (),
) -> CertificationRequest:
    """Return a new request in state ``requested``, or the open one of this document: there is never a second."""
    open_request = current(connection, document_id)
    if open_request is not None:
        return open_request
    r = t.certification_requests.c
    attempt = (connection.execute(select(func.max(r.attempt)).where(r.document_id == document_id)).scalar() or 0) + 1
    made = CertificationRequest(
        id=hashlib.sha256(f"certification\n{document_id}\n{attempt}".encode()).hexdigest()[:32],
        document_id=document_id,
        attempt=attempt,
        agency=agency,
        certifier=certifier,
        requester=requester,
        state="requested",
        received_at=at,
        due_day=due_day,
        fee_vnd=fee_vnd,
        warnings=[dict(warning) for warning in warnings],
        updated_at=at,
    )
    connection.execute(insert(t.certification_requests).values(**made.__dict__))
    _log(connection, made.id, "", "requested", agent, at)
    return _kept(connection, made.id)


def current(connection: Connection, document_id: str) -> CertificationRequest | None:
    """Return the open request of a document, or None."""
    found = [request for request in of_document(connection, document_id) if request.state not in CLOSED]
    return found[-1] if found else None


def of_document(connection: Connection, document_id: str) -> list[CertificationRequest]:
    """Return all requests of a document, oldest first."""
    return [CertificationRequest(**row._mapping) for row in connection.execute(_OF_DOCUMENT, {"of": document_id})]


def of_agency(connection: Connection, agency: str, *states: str) -> list[CertificationRequest]:
    """Return the requests of an agency in one of *states* (all when none is given), first due first."""
    r = t.certification_requests
    query = select(r).where(r.c.agency == agency)
    if states:
        query = query.where(r.c.state.in_(states))
    rows = connection.execute(query.order_by(r.c.due_day, r.c.received_at, r.c.id))
    return [CertificationRequest(**row._mapping) for row in rows]


def move(
    connection: Connection, request: CertificationRequest, state: str, *, agent: str, at: str, **changes: Any
) -> CertificationRequest:
    """Move *request* on to *state*, write *changes* with it, and return it as it is then.

    Raises ``Refused`` (``certify-step``) when that step does not follow, or when another process moved the request.
    """
    if not changes.keys() <= _MUTABLE:
        raise ValueError(f"not to be changed: {sorted(changes.keys() - _MUTABLE)}")
    r = t.certification_requests
    statement = update(r).where(r.c.id == request.id, r.c.state == request.state)
    follows = state in STEPS[request.state]
    values = {"state": state, "updated_at": at, **changes}
    if not follows or not connection.execute(statement.values(**values)).rowcount:
        raise _not_that_step(request, state)
    _log(connection, request.id, request.state, state, agent, at)
    return _kept(connection, request.id)


def put_off(
    connection: Connection, request: CertificationRequest, due_day: str, *, agent: str, at: str, detail: str
) -> CertificationRequest:
    """Set another due day (ISO); the request stays where it stands. The step is noted as ``due DAY: detail``.

    Raises ``Refused`` (``certify-step``) when another process moved the request meanwhile.
    """
    r = t.certification_requests
    statement = update(r).where(r.c.id == request.id, r.c.state == request.state, r.c.due_day == request.due_day)
    if not connection.execute(statement.values(due_day=due_day, updated_at=at)).rowcount:
        raise _not_that_step(request, request.state)
    _log(connection, request.id, f"{_DUE}{request.due_day}", f"{_DUE}{due_day}: {detail}", agent, at)
    return _kept(connection, request.id)


def first_due_day(connection: Connection, request: CertificationRequest) -> str:
    """Return the due day that the request had at first (ISO), before it was put off."""
    for before, _, _, _ in history(connection, request.id):
        if before.startswith(_DUE):
            return before.removeprefix(_DUE)
    return request.due_day


def history(connection: Connection, request_id: str) -> list[tuple[str, str, str, str]]:
    """Return the steps of a request, oldest first: (from, to, agent, at)."""
    s = t.certification_steps.c
    query = select(s.from_state, s.to_state, s.agent, s.at).where(s.request_id == request_id).order_by(s.seq)
    return [(r.from_state, r.to_state, r.agent, r.at) for r in connection.execute(query)]


def _log(connection: Connection, request_id: str, before: str, after: str, agent: str, at: str) -> None:
    values = {"of": request_id, "before": before, "after": after, "who": agent, "moment": at}
    connection.execute(_STEP, values)


def _kept(connection: Connection, request_id: str) -> CertificationRequest:
    """Return the request as it is now, noted with its last step for the object store (``storage.ledger``)."""
    request = CertificationRequest(**connection.execute(_ONE, {"which": request_id}).one()._mapping)
    step = dict(connection.execute(_LAST_STEP, {"of": request_id}).one()._mapping)
    body = {"request": request.__dict__, "step": step}
    ledger.note(connection, request.agency, "request", request.id, step["seq"], body)
    return request


def restore(connection: Connection, records: Sequence[Mapping[str, Any]]) -> None:
    """Put back a request from its records, in order (rebuilding); what stands already stays."""
    newest = dict(records[-1]["request"])
    connection.execute(upsert(connection, t.certification_requests).values(**newest).on_conflict_do_nothing())
    for record in records:
        step = {"request_id": newest["id"], **record["step"]}
        connection.execute(upsert(connection, t.certification_steps).values(**step).on_conflict_do_nothing())


def _not_that_step(request: CertificationRequest, state: str) -> Refused:
    return Refused(
        "certify-step",
        f"request {request.id} cannot go from {request.state} to {state}",
        Advice(
            "Bước này không đúng thứ tự của thủ tục chứng thực, hoặc hồ sơ vừa được người khác xử lý.",
            "Yêu cầu chứng thực không thay đổi.",
            "Mở lại hồ sơ và làm theo bước đang chờ.",
        ),
    )
