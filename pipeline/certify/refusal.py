"""Refusing to certify, with the written reason, and keeping a paper, with the record (NĐ 23/2015 Art. 9, 22).

Both papers are PDF/A-2u, laid out after NĐ 30/2020, kept with the document and ready for signature
(``pipeline.certify.decisions``).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from domain.certification import VIETNAM
from domain.errors import Advice, BadInput, Refused
from domain.grounds import ground, seizure_cause
from domain.people import Certifier
from pipeline.certify import procedure
from pipeline.certify.number import alone_with
from pipeline.certify.paper import A4, LEADING, MM, Paper, plain, wrapped
from pipeline.certify.people import agency_named, certifier_named, place_named
from pipeline.workplace import Workplace
from signing.appearance.block import Line, SignatureBlock
from signing.appearance.certification import AGENCY_FIELD, PERSON_FIELD
from signing.appearance.fonts import Style
from signing.fields import FieldPlan, add_signature_fields
from storage.catalogue import requests
from storage.catalogue.engine import utc_text
from storage.catalogue.requests import CertificationRequest

_LEFT, _RIGHT, _TOP, _BOTTOM = 30 * MM, 15 * MM, 20 * MM, 20 * MM  # NĐ 30/2020 annex I
_BODY = 13.0
_INDENT = 1.27 / 2.54 * 72


@dataclass(frozen=True)
class Decision:
    """A decision and its paper. ``new`` is False when it had been made before."""

    request: CertificationRequest
    paper: bytes
    new: bool


def refuse(
    workplace: Workplace, document_id: str, *, number: int, reason: str, certifier_id: str, agency: str
) -> Decision:
    """Refuse the document on ground *number* (1 to 6) with *reason* in words; return the written refusal.

    A request is opened for it when there is none. Raises ``BadInput`` (``ground-unknown``, ``reason-missing``),
    ``Refused`` (``certify-step``: a number is already taken; ``certify-issued``; ``certify-under-way``;
    ``certify-other-agency``; ``certifier-unknown``).
    """
    now = workplace.clock()
    chosen = ground(number, now.astimezone(VIETNAM).date())
    certifier = certifier_named(workplace.settings, certifier_id, agency)
    title = "VĂN BẢN TỪ CHỐI CHỨNG THỰC"
    after = [
        f"Sau khi kiểm tra, cơ quan từ chối chứng thực bản sao từ bản chính theo khoản {chosen.number} {chosen.law}: "
        f"{chosen.text}",
        f"Lý do cụ thể: {_sentence(reason)}",
        "Bản chính được trả lại cho người yêu cầu chứng thực. Số chứng thực chưa được cấp và phí chưa được thu.",
    ]
    detail = {"ground": chosen.number, "code": chosen.code}
    return _decide(workplace, document_id, "refused", title, after, reason, certifier, agency, detail, now)


def seize(
    workplace: Workplace, document_id: str, *, cause: str, reason: str, certifier_id: str, agency: str
) -> Decision:
    """Record that the paper is kept for hand-over to the competent authority; return the record.

    *cause* is a code of ``law/refusal_grounds.toml`` (``without-competence``, ``forged``, ``unlawful-content``).
    Raises as :func:`refuse`, and ``BadInput`` (``seizure-unknown``).
    """
    now = workplace.clock()
    words = seizure_cause(cause, now.astimezone(VIETNAM).date())
    certifier = certifier_named(workplace.settings, certifier_id, agency)
    after = [
        f"Qua kiểm tra, cơ quan xác định đây là {words} và lập biên bản tạm giữ để chuyển cho cơ quan có thẩm quyền xử "
        "lý theo quy định tại Điều 9 Nghị định số 23/2015/NĐ-CP.",
        f"Căn cứ cụ thể: {_sentence(reason)}",
        "Biên bản được lập thành các bản có giá trị như nhau, giao cho người yêu cầu chứng thực một bản.",
    ]
    title = "BIÊN BẢN TẠM GIỮ GIẤY TỜ, VĂN BẢN"
    return _decide(workplace, document_id, "seized", title, after, reason, certifier, agency, {"cause": cause}, now)


def _decide(
    workplace: Workplace,
    document_id: str,
    act: str,
    title: str,
    after: list[str],
    reason: str,
    certifier: Certifier,
    agency: str,
    detail: dict[str, object],
    now: datetime,
) -> Decision:
    if not reason.strip():
        raise BadInput(
            "reason-missing",
            "a decision needs a reason",
            Advice("Chưa nêu lý do.", "Chưa ghi nhận gì.", "Nêu lý do cụ thể để người yêu cầu biết."),
        )
    with alone_with(workplace, document_id):  # else a copy is issued beside the written refusal
        what = procedure.asked(workplace, document_id, agency=agency, certifier=certifier.id)
        before = _decided(workplace, document_id, act, reason)
        if before is not None:
            return Decision(before, _paper_of(workplace, document_id), new=False)
        if any(entry.state == "issued" for entry in what.view.register):
            raise Refused(
                "certify-issued",
                "a copy is issued",
                Advice(
                    "Văn bản này đã được cấp bản sao chứng thực.",
                    "Sổ và bản sao không thay đổi.",
                    "Nếu cấp sai, dùng lệnh certify-cancel kèm lý do.",
                ),
            )
        request = procedure.request_copy(workplace, what, agent=certifier.id)
        if act not in requests.STEPS[request.state]:
            raise Refused(
                "certify-step",
                f"request stands at {request.state}",
                Advice(
                    "Yêu cầu này đã được cấp số và đang ký.",
                    "Số chứng thực được giữ.",
                    "Hoàn tất việc chứng thực; nếu sai thì hủy bản sao.",
                ),
            )
        local = now.astimezone(VIETNAM)
        name = what.view.document.title or what.view.document.original_name
        opening = (
            f"Ngày {local.day:02d} tháng {local.month:02d} năm {local.year}, "
            f"{agency_named(workplace.settings, agency)} tiếp nhận yêu cầu chứng thực bản sao từ bản chính của "
            f"{request.requester or 'người yêu cầu'} đối với: {name} ({max(1, what.view.document.pages)} trang)."
        )
        paper = _paper(workplace, title, [opening, *after], certifier, agency, request, now)
        key = hashlib.sha256(f"{request.id}\n{act}\n{reason}".encode()).hexdigest()
        workplace.warehouse.save_decision(
            document_id, paper, act=act, key=key, agent=certifier.id, detail={"request": request.id, **detail}
        )
        with workplace.catalogue.begin() as connection:
            at = utc_text(now)
            done = requests.move(connection, request, act, agent=certifier.id, at=at, reason=reason)
        return Decision(done, _paper_of(workplace, document_id), new=True)


def _decided(workplace: Workplace, document_id: str, act: str, reason: str) -> CertificationRequest | None:
    with workplace.catalogue.read() as connection:
        found = requests.of_document(connection, document_id)
    return found[-1] if found and (found[-1].state, found[-1].reason) == (act, reason) else None


def _paper_of(workplace: Workplace, document_id: str) -> bytes:
    papers = [o.ordinal for o in workplace.warehouse.show(document_id).objects if o.role == "decision"]
    return workplace.warehouse.open_role(document_id, "decision", ordinal=max(papers))


def _sentence(reason: str) -> str:
    text = plain(reason)
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _paper(
    workplace: Workplace,
    title: str,
    paragraphs: list[str],
    certifier: Certifier,
    agency: str,
    request: CertificationRequest,
    now: datetime,
) -> bytes:
    name = agency_named(workplace.settings, agency)
    sheet = _Sheet()
    y = sheet.heading(name, place_named(workplace.settings, agency), now)
    for line in wrapped(title, "bold", 14, sheet.wide):
        sheet.paper.write(line, A4[0] / 2, y, 14, "bold", align="centre")
        y -= 14 * LEADING
    y -= 6
    to = f"Kính gửi: {request.requester or 'Người yêu cầu chứng thực'}"
    for line in wrapped(plain(to), "regular", _BODY, sheet.wide):
        sheet.paper.write(line, A4[0] / 2, y, _BODY, align="centre")
        y -= _BODY * LEADING
    y -= 8
    for paragraph in paragraphs:
        y = sheet.paragraph(plain(paragraph), y)
    if y < _BOTTOM + 120:
        y = sheet.next_page()
    right = A4[0] - _RIGHT - 115
    y -= 12
    for text in wrapped(plain(certifier.position.upper()), "bold", _BODY, 230):
        sheet.paper.write(text, right, y, _BODY, "bold", align="centre")
        y -= _BODY * LEADING
    sheet.paper.write(certifier.name, right, y - 60, _BODY, "bold", align="centre")
    paper = sheet.paper.save(title=f"{title.capitalize()}: {request.id}", author=name, created=now)
    # both signatures find their places between position and name, the agency's at the left (NĐ 30/2020 annex I)
    places = (
        (PERSON_FIELD, (right - 20, y - 44, right + 115, y + 4)),
        (AGENCY_FIELD, (_LEFT + 60, y - 44, right - 30, y + 4)),
    )
    return add_signature_fields(paper, [FieldPlan(name, -1, box, decision_block()) for name, box in places])


def decision_block() -> SignatureBlock:
    """Return what a signature on a decision shows: that it was signed, and when; no image is drawn."""
    return SignatureBlock((Line("Đã ký số", 10), Line("{time}", 10)))


class _Sheet:
    """A4 upright with the heading of an administrative paper."""

    def __init__(self) -> None:
        self.paper = Paper()
        self.paper.add_page()
        self.wide = A4[0] - _LEFT - _RIGHT

    def heading(self, agency: str, place: str, now: datetime) -> float:
        """Write agency, national title, place and date; return where the text goes on."""
        left, right = _LEFT + 85, A4[0] - _RIGHT - 145
        y = A4[1] - _TOP - 12
        for line in wrapped(plain(agency.upper()), "bold", 12, 175):
            self.paper.write(line, left, y, 12, "bold", align="centre")
            y -= 12 * LEADING
        self.paper.line(left - 30, y + 8, left + 30, y + 8)
        lowest = y
        y = A4[1] - _TOP - 12
        self.paper.write("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", right, y, 12, "bold", align="centre")
        y -= 13 * LEADING
        wide = self.paper.write("Độc lập - Tự do - Hạnh phúc", right, y, 13, "bold", align="centre")
        self.paper.line(right - wide / 2, y - 4, right + wide / 2, y - 4)
        y = min(y - 24, lowest - 4)
        day = now.astimezone(VIETNAM)
        where = f"{place}, ngày" if place else "Ngày"
        # months 1 and 2 with a nought, the others as they are (NĐ 30/2020 annex I)
        month = f"{day.month:02d}" if day.month < 3 else str(day.month)
        text = f"{where} {day.day:02d} tháng {month} năm {day.year}"
        self.paper.write(text, right, y, 13, "italic", align="centre")
        return y - 36

    def paragraph(self, text: str, y: float) -> float:
        """Write a paragraph with its first line indented; return where the next one starts."""
        style: Style = "regular"
        words = text.split(" ")
        first: list[str] = []
        while words and (not first or _fits([*first, words[0]], self.wide - _INDENT)):
            first.append(words.pop(0))
        lines = [" ".join(first), *(wrapped(" ".join(words), style, _BODY, self.wide) if words else [])]
        for number, line in enumerate(lines):
            if y < _BOTTOM + _BODY:
                y = self.next_page()
            self.paper.write(line, _LEFT + (_INDENT if number == 0 else 0), y, _BODY, style)
            y -= _BODY * 1.25
        return y - 6

    def next_page(self) -> float:
        """Start another page, its number on top (NĐ 30/2020 annex I); return where the text goes on."""
        page = self.paper.add_page()
        self.paper.write(str(page + 1), A4[0] / 2, A4[1] - 14 * MM, 13, align="centre")
        return A4[1] - _TOP - _BODY


def _fits(words: list[str], width: float) -> bool:
    return len(wrapped(" ".join(words), "regular", _BODY, width)) == 1
