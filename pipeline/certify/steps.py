"""The officer's further steps, one by one: number, extension of the due day, giving a number up, one request's story.

The first steps (request, original seen, grounds, comparison, delivery) stand in ``pipeline.certify.procedure``; signing
is :func:`pipeline.certify.run.certify_documents` with ``attest=False``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from domain.certification import VIETNAM
from domain.errors import Advice, BadInput, Refused
from domain.rules import rule_in_force
from domain.working_days import add_working_days, is_working_day
from pipeline.certify import procedure
from pipeline.certify.checks import check_certifiable
from pipeline.certify.copy import Signers
from pipeline.certify.number import alone_with, own_number, reserve_number, void_number
from pipeline.certify.people import agency_of, certifier_named
from pipeline.workplace import Workplace
from storage.catalogue import audit, register, requests
from storage.catalogue.engine import utc_text
from storage.catalogue.requests import CertificationRequest
from storage.records import RegisterEntry


@dataclass(frozen=True)
class Story:
    """One request with its steps: (from, to, agent, at)."""

    request: CertificationRequest
    steps: tuple[tuple[str, str, str, str], ...]


def take_number(workplace: Workplace, document_id: str, *, certifier_id: str, agency: str) -> RegisterEntry:
    """Reserve the number of a request that stands at ``compared``; the number reserved before, when it has one.

    Raises ``Refused`` (``certify-no-request``, ``certify-step``, ``certify-secrecy``, ``certify-under-way``, unknown
    certifier).
    """
    certifier = certifier_named(workplace.settings, certifier_id, agency)
    signers = Signers(certifier, agency_of(workplace.settings, agency))
    with alone_with(workplace, document_id):
        view, now = workplace.warehouse.show(document_id), workplace.clock()
        reserved = [entry for entry in view.register if entry.state == "reserved"]
        if reserved:
            return own_number(reserved[-1], signers)
        read = any(stored.role == "text" for stored in view.objects)
        text = workplace.warehouse.open_role(document_id, "text").decode("utf-8") if read else ""
        doubts = check_certifiable(view, text, now.astimezone(VIETNAM).date())
        with workplace.catalogue.begin() as connection:
            request = procedure.compared(connection, document_id, agency)
            return reserve_number(connection, view, signers, request, doubts, now)


def extend_due_day(
    workplace: Workplace, document_id: str, *, to: date, reason: str, agent: str, agreed: bool = False
) -> CertificationRequest:
    """Put the due day off to the working day *to*; the same day again changes nothing.

    NĐ 23/2015 Art. 21: by at most two working days for many or complex papers; longer when the requester has *agreed*
    in writing. Raises ``BadInput`` (``reason-missing``, ``due-day``), ``Refused`` (``certify-no-request``).
    """
    if not reason.strip():
        raise BadInput(
            "reason-missing",
            "an extension needs a reason",
            Advice("Chưa nêu lý do gia hạn.", "Ngày trả không thay đổi.", "Nêu lý do cụ thể."),
        )
    with workplace.catalogue.begin() as connection:
        request = procedure.open_request(connection, document_id)
        first = date.fromisoformat(request.due_day)
        if to == first:
            return request
        now = workplace.clock()
        rule = rule_in_force("deadlines", now.astimezone(VIETNAM).date(), table="certified_copy")
        original = requests.first_due_day(connection, request)
        latest = add_working_days(date.fromisoformat(original), rule.integer("extension_working_days"))
        if to < first or not is_working_day(to) or (to > latest and not agreed):
            raise BadInput(
                "due-day",
                f"{to} is earlier, no working day, or beyond {latest} without agreement",
                Advice(
                    f"Chỉ được kéo dài đến {latest:%d/%m/%Y} (ngày làm việc); lâu hơn phải có thỏa thuận bằng văn bản.",
                    f"Ngày trả vẫn là {first:%d/%m/%Y}.",
                    "Chọn ngày khác, hoặc thêm --agreed khi người yêu cầu đã đồng ý bằng văn bản.",
                ),
            )
        at = utc_text(now)
        moved = requests.put_off(connection, request, to.isoformat(), agent=agent, at=at, detail=reason)
        audit.append(
            connection,
            agency=request.agency,
            event_type="certification extension",
            agent=agent,
            at=at,
            document_id=document_id,
            detail={"request": request.id, "from": request.due_day, "to": moved.due_day, "agreed": agreed},
        )
        return moved


def give_up_number(
    workplace: Workplace, document_id: str, *, reason: str, certifier_id: str, agency: str
) -> RegisterEntry:
    """Void the reserved number of a document with *reason*; signatures under way end. The request stays open.

    Raises ``BadInput`` (``reason-missing``), ``Refused`` (``certify-no-number``, ``certify-under-way``, unknown
    certifier; ``wrong-state`` once the copy is issued: then it is cancelled).
    """
    if not reason.strip():
        raise BadInput(
            "reason-missing",
            "a number is voided with a reason",
            Advice("Chưa nêu lý do hủy số.", "Số vẫn được giữ.", "Nêu lý do cụ thể để ghi vào sổ."),
        )
    certifier = certifier_named(workplace.settings, certifier_id, agency)
    with alone_with(workplace, document_id):
        entries = [e for e in workplace.warehouse.show(document_id).register if e.agency == agency]
        reserved = [entry for entry in entries if entry.state == "reserved"]
        if not reserved:
            before = [e for e in entries if e.state == "voided" and e.void_reason == reason.strip()]
            if before:
                return before[-1]
            raise Refused(
                "certify-no-number",
                "no reserved number of this agency",
                Advice(
                    "Văn bản này không có số chứng thực đang giữ chỗ.",
                    "Không có gì thay đổi.",
                    "Số đã cấp bản sao thì dùng certify-cancel.",
                ),
            )
        with workplace.catalogue.begin() as connection:
            at, detail = utc_text(workplace.clock()), {"code": "by-officer"}
            void_number(connection, reserved[-1], reason=reason.strip(), agent=certifier.id, at=at, detail=detail)
            voided = register.get(connection, reserved[-1].ref)
    return voided or reserved[-1]


def stories(workplace: Workplace, document_id: str) -> list[Story]:
    """Return every request of a document with its steps, oldest first."""
    with workplace.catalogue.read() as connection:
        return [
            Story(request, tuple(requests.history(connection, request.id)))
            for request in requests.of_document(connection, document_id)
        ]
