"""The procedure of a certified copy, step by step: who attested what, and when.

NĐ 45/2020 Art. 10 with NĐ 23/2015 Art. 20, 22: request, original seen, grounds for refusal answered, copy compared,
number, signatures, issue, delivery. Every step is a row of the request's history and an event of the audit chain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from domain.certification import VIETNAM, due_day, fee
from domain.errors import Advice, BadInput, Refused
from domain.grounds import GroundWarning, ground_warnings, grounds
from domain.working_days import is_working_day
from pipeline.workplace import Workplace
from storage.blobs import get_blob
from storage.catalogue import audit, register, requests
from storage.catalogue.engine import utc_text
from storage.catalogue.requests import CertificationRequest
from storage.errors import DocumentUnknown
from storage.records import DocumentView, RegisterEntry, RegisterNumber


@dataclass(frozen=True)
class Asked:
    """What a request is made of. ``warnings`` is what the reading says towards the grounds for refusal."""

    view: DocumentView
    agency: str
    certifier: str
    requester: str
    warnings: tuple[GroundWarning, ...] = ()


def asked(workplace: Workplace, document_id: str, *, agency: str, certifier: str = "", requester: str = "") -> Asked:
    """Gather what a request for *document_id* needs; the owner is the requester when nobody else is named."""
    view = workplace.warehouse.show(document_id)
    today = workplace.clock().astimezone(VIETNAM).date()
    return asked_of(view, text_of(workplace, view), today, agency=agency, certifier=certifier, requester=requester)


def asked_of(
    view: DocumentView, text: str, today: date, *, agency: str, certifier: str = "", requester: str = ""
) -> Asked:
    """Return what a request for a paper needs that lies open with its *text*; *today* is the Vietnamese day."""
    return Asked(view, agency, certifier, requester or view.owner_name, ground_warnings(text, today))


def text_of(workplace: Workplace, view: DocumentView) -> str:
    """Return the text that was read of a paper; empty where none was."""
    read = any(stored.role == "text" for stored in view.objects)
    return stored_of(workplace, view, "text").decode("utf-8") if read else ""


def stored_of(workplace: Workplace, view: DocumentView, role: str) -> bytes:
    """Return the object in *role* of a document that lies open. Raises as ``Warehouse.open_role``."""
    for stored in view.objects:
        if (stored.role, stored.ordinal) == (role, 0):
            return get_blob(workplace.store, stored.sha256)
    raise DocumentUnknown(view.document.id, role)


def request_copy(workplace: Workplace, what: Asked, *, agent: str) -> CertificationRequest:
    """Open a request, or return the open one; due day by the 15:00 rule, fee by the rule in force.

    Raises ``Refused`` (``certify-seized``) for a paper that was kept, ``certify-other-agency`` for an open request that
    another agency has taken in.
    """
    with workplace.catalogue.begin() as connection:
        return _request(connection, what, workplace.clock(), agent)


def attest_original(workplace: Workplace, document_id: str, *, agent: str) -> CertificationRequest:
    """The officer says: the paper original was presented and seen. Raises ``Refused`` (``certify-step``)."""
    return _step(workplace, document_id, "original_seen", agent)


def answer_grounds(
    workplace: Workplace, document_id: str, answers: Mapping[int, bool], *, agent: str
) -> CertificationRequest:
    """The officer answers every ground: True where it is met. Raises ``BadInput`` unless all are answered with no.

    A ground that is met ends in a refusal (:func:`pipeline.certify.refusal.refuse`), not here.
    """
    today = workplace.clock().astimezone(VIETNAM).date()
    needed = [ground.number for ground in grounds(today)]
    met = [number for number in needed if answers.get(number)]
    missing = [number for number in needed if number not in answers]
    if missing or met or set(answers) - set(needed):
        shown = ", ".join(map(str, missing or met))
        happened = (
            f"Chưa trả lời các trường hợp: {shown}."
            if missing
            else f"Có trường hợp không được chứng thực: {shown or 'không rõ'}."
        )
        raise BadInput(
            "grounds-answers",
            "not every ground is answered with no",
            Advice(happened, "Yêu cầu chứng thực không thay đổi.", "Trả lời đủ, hoặc lập văn bản từ chối."),
        )
    shape = {str(number): "no" for number in needed}
    return _step(workplace, document_id, "grounds_answered", agent, answers=shape)


def attest_comparison(workplace: Workplace, document_id: str, *, agent: str) -> CertificationRequest:
    """The officer says: every page was compared with the original. Raises ``Refused`` (``certify-step``)."""
    return _step(workplace, document_id, "compared", agent)


def deliver(workplace: Workplace, document_id: str, *, agent: str, way: str) -> CertificationRequest:
    """Record that the copy was handed over (*way*: ``kho``, ``email``, ...).

    Raises ``Refused`` (``certify-no-request``; ``certify-cancelled``: the copy was taken back).
    """
    with workplace.catalogue.begin() as connection:
        found = [r for r in requests.of_document(connection, document_id) if r.state in ("issued", "delivered")]
        if not found:
            raise _nothing_open()
        last = found[-1]
        if last.state == "delivered":
            return last
        line = register.get(connection, RegisterNumber(last.agency, last.book, last.year, last.number))
        if line is not None and line.state == "cancelled":  # by a run that ended before the request knew of it
            raise Refused(
                "certify-cancelled",
                "the copy was taken back",
                Advice("Bản sao này đã bị hủy.", "Chưa ghi nhận giao bản sao.", "Chạy lại certify-cancel cho xong."),
            )
        return _walk(connection, last, ["delivered"], agent, utc_text(workplace.clock()), {"way": way})


def overdue(workplace: Workplace, agency: str) -> list[CertificationRequest]:
    """Return the open requests of *agency* whose due day has passed, first due first."""
    today = workplace.clock().astimezone(VIETNAM).date().isoformat()
    with workplace.catalogue.read() as connection:
        found = requests.of_agency(connection, agency)
    return [r for r in found if r.state not in requests.CLOSED and r.due_day < today]


def attested(connection: Connection, what: Asked, now: datetime, agent: str) -> CertificationRequest:
    """Bring the request of *what* to ``compared``, within the caller's transaction.

    For an officer who certifies in one act, and by it states that the original was seen and compared and that none of
    the grounds is met. Steps attested before are left as they stand.
    """
    request, at = _request(connection, what, now, agent), utc_text(now)
    if request.state in ("requested", "original_seen", "grounds_answered"):
        order = ["original_seen", "grounds_answered", "compared"]
        left = order[order.index(request.state) + 1 :] if request.state in order else order
        for state in left:
            changes = {}
            if state == "grounds_answered":
                today = now.astimezone(VIETNAM).date()
                changes["answers"] = {str(ground.number): "no" for ground in grounds(today)}
            request = _walk(connection, request, [state], agent, at, changes=changes)
    return request


def compared(connection: Connection, document_id: str, agency: str) -> CertificationRequest:
    """Return the open request of a document when it is *agency*'s and a number may be taken.

    Raises ``Refused`` (``certify-no-request``; ``certify-step``: a step before is missing, or another agency's).
    """
    no_seizure(connection, document_id)
    request = open_request(connection, document_id)
    if request.state != "compared" or request.agency != agency:
        raise Refused(
            "certify-step",
            f"request {request.id} stands at {request.state}",
            Advice(
                "Chưa đủ các bước trước khi cấp số: xem bản chính, trả lời các trường hợp từ chối, đối chiếu.",
                "Chưa có số nào được cấp.",
                "Làm bước đang chờ rồi cấp số.",
            ),
        )
    return request


def open_request(connection: Connection, document_id: str) -> CertificationRequest:
    """Return the open request of a document. Raises ``Refused`` (``certify-no-request``)."""
    request = requests.current(connection, document_id)
    if request is None:
        raise _nothing_open()
    return request


def numbered(connection: Connection, request: CertificationRequest, entry: RegisterEntry, agent: str, at: str) -> None:
    """Note the register number of a request that stands at ``compared``."""
    if request.state == "compared":
        changes = {"book": entry.book, "year": entry.year, "number": entry.number, "certifier": agent}
        requests.move(connection, request, "numbered", agent=agent, at=at, **changes)


def progressed(connection: Connection, document_id: str, state: str, *, agent: str, at: str) -> None:
    """Take the open request of a document on to ``signed`` or ``issued``, or back to ``compared`` (number voided).

    Does nothing where it stands there already or no request is open: a run that is taken up again comes by twice.
    """
    request = requests.current(connection, document_id)
    if request is None or request.state == state:
        return
    if state == "compared":
        if request.state in ("numbered", "signed"):
            requests.move(connection, request, state, agent=agent, at=at, book="", year=0, number=0)
        return
    for step in ("signed", "issued"):
        if step in requests.STEPS[request.state]:
            request = requests.move(connection, request, step, agent=agent, at=at)
        if step == state:
            return


def no_seizure(connection: Connection, document_id: str) -> None:
    """Raise ``Refused`` (``certify-seized``) for a paper that was kept and handed to the competent authority."""
    if any(request.state == "seized" for request in requests.of_document(connection, document_id)):
        raise Refused(
            "certify-seized",
            "the paper was seized",
            Advice(
                "Giấy tờ này đã bị lập biên bản tạm giữ.",
                "Không có số nào được cấp.",
                "Liên hệ cơ quan đã nhận bàn giao giấy tờ.",
            ),
        )


def _request(connection: Connection, what: Asked, now: datetime, agent: str) -> CertificationRequest:
    document_id = what.view.document.id
    no_seizure(connection, document_id)
    known = requests.current(connection, document_id)
    if known is not None and known.agency != what.agency:
        raise Refused(
            "certify-other-agency",
            "the open request of this document is another agency's",
            Advice(
                "Văn bản này đang có yêu cầu chứng thực do cơ quan khác tiếp nhận.",
                "Yêu cầu của cơ quan đó không thay đổi.",
                "Để cơ quan đã tiếp nhận xử lý xong yêu cầu.",
            ),
        )
    if known is not None:
        return known
    at, today = utc_text(now), now.astimezone(VIETNAM).date()
    due = due_day(now, is_working_day)
    amount = fee(max(1, what.view.document.pages), today)
    request = requests.create(
        connection,
        document_id=document_id,
        agency=what.agency,
        requester=what.requester,
        certifier=what.certifier,
        agent=agent,
        due_day=due.isoformat(),
        fee_vnd=amount,
        warnings=[asdict(warning) for warning in what.warnings],
        at=at,
    )
    codes = sorted({warning.code for warning in what.warnings})
    detail = {"due": due.isoformat(), "fee_vnd": amount, "warnings": codes}
    _note(connection, request, "certification request", agent, at, detail)
    return request


def _step(workplace: Workplace, document_id: str, state: str, agent: str, **changes: object) -> CertificationRequest:
    with workplace.catalogue.begin() as connection:
        request = open_request(connection, document_id)
        return _walk(connection, request, [state], agent, utc_text(workplace.clock()), changes=changes)


def _walk(
    connection: Connection,
    request: CertificationRequest,
    states: Sequence[str],
    agent: str,
    at: str,
    detail: Mapping[str, object] | None = None,
    changes: Mapping[str, object] | None = None,
) -> CertificationRequest:
    for state in states:
        request = requests.move(connection, request, state, agent=agent, at=at, **(changes or {}))
        _note(connection, request, f"certification step {state}", agent, at, detail or dict(changes or {}))
    return request


def _note(
    connection: Connection,
    request: CertificationRequest,
    event: str,
    agent: str,
    at: str,
    detail: Mapping[str, object],
) -> None:
    audit.append(
        connection,
        agency=request.agency,
        event_type=event,
        agent=agent,
        at=at,
        document_id=request.document_id,
        detail={"request": request.id, **detail},
    )


def _nothing_open() -> Refused:
    return Refused(
        "certify-no-request",
        "no open request for this document",
        Advice(
            "Văn bản này không có yêu cầu chứng thực đang xử lý.",
            "Không có gì thay đổi.",
            "Tiếp nhận yêu cầu chứng thực trước.",
        ),
    )
