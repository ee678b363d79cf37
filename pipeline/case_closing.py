"""The day on which the work on a case ended, as an officer or the intake system records it.

Luật Lưu trữ 33/2024/QH15 has terms of retention count from the end of the work. Where no day is recorded they count
from the day on which a paper was stored or joined the case, which is later: nothing is disposed of too early.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection

from domain.cases import parse_case_code
from domain.errors import Advice, BadInput, Refused
from domain.retention import InCase, term_begins
from pipeline.disposal_common import event, today
from pipeline.workplace import Workplace
from storage.catalogue import case_closings, cases
from storage.catalogue import disposal_checks as checks
from storage.catalogue.case_closings import CaseClosing
from storage.catalogue.engine import utc_text
from storage.records import Document


def close_case(workplace: Workplace, agency: str, code: str, *, on: date | None, by: str) -> CaseClosing:
    """Record that the work on a case ended on the Vietnamese day *on*; None takes back what was recorded.

    The newest record counts, and only for papers that were in the case by then. Raises ``Refused`` (``case-unknown``,
    ``disposal-under-way``: its papers are being destroyed), ``BadInput`` (``case-closing``: no officer, a day to
    come, a day before the one in the case's code), ``Unavailable``.
    """
    from pipeline.cases import known_case  # heavy: brings the reading room

    if not by.strip() or not by.isprintable() or len(by) > 100:
        raise _bad("no officer named", "Chưa nêu mã cán bộ ghi nhận.")
    if on is not None and on > today(workplace):
        raise _bad("a day to come", "Ngày kết thúc hồ sơ còn ở tương lai.")
    received = parse_case_code(code).received
    if on is not None and received is not None and on < received:
        raise _bad(
            "a day before the case was received", f"Ngày kết thúc trước ngày tiếp nhận hồ sơ ({received:%d/%m/%Y})."
        )
    now = utc_text(workplace.clock())
    with workplace.catalogue.begin() as connection:
        known_case(cases.get(connection, agency, code), code)
        checks.one_after_the_other(connection, agency)  # not while a disposal is being begun
        if checks.being_destroyed(connection, agency) & checks.covered(connection, agency, "case", code):
            raise Refused(
                "disposal-under-way",
                "papers of this case are being destroyed",
                Advice("Hồ sơ đang được hủy theo quyết định đã duyệt.", "Chưa ghi gì.", "Xem danh mục hủy."),
            )
        closed_on = on.isoformat() if on is not None else ""
        made = case_closings.record(connection, agency, code, closed_on=closed_on, by=by.strip(), at=now)
        act = "case closed" if on is not None else "case closing taken back"
        event(connection, agency, by.strip(), now, {"act": act, "case": code, "on": closed_on})
    return made


def begins(connection: Connection, document: Document) -> tuple[date, bool]:
    """Return from which day the term of a paper counts, and whether that is the end of the work on its cases."""
    joined = checks.joined_cases(connection, document.id)
    closings = case_closings.known(connection, document.agency, [code for code, _ in joined])
    in_cases = []
    for code, at in joined:
        closing = closings.get(code)
        counts = closing is not None and at <= closing.recorded_at  # what joins a closed case later opens it again
        in_cases.append(InCase(at, date.fromisoformat(closing.closed_on) if closing is not None and counts else None))
    return term_begins(document.created_at, in_cases)


def _bad(why: str, said: str) -> BadInput:
    return BadInput("case-closing", why, Advice(said, "Chưa ghi gì.", "Kiểm tra lại rồi ghi lại."))
