"""Sao y, sao lục, trích sao from paper to electronic form: the agency signs alone, text at the top right of page 1.

NĐ 30/2020 Art. 25.1 c, annex I; a procedure of its own, with its own numbers, never mixed with chứng thực. Steps, each
durable: number reserved, mark placed, agency signs, long-term evidence, own verifier, kept.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from domain.certification import VIETNAM
from domain.errors import Advice, BadInput, Refused, SohoaError
from domain.official_copies import CopyForm, copy_form, copy_number, page_numbers
from domain.rules import rule_in_force
from pipeline.certify.checks import check_certifiable
from pipeline.certify.number import alone_with
from pipeline.certify.single import close_job, sign_and_judge
from pipeline.certify.site import SigningSite
from pipeline.certify.turns import Round, Work, signing_job
from pipeline.derivative import software
from pipeline.settings import AgencySettings
from pipeline.verify import report_json
from pipeline.workplace import Workplace
from signing.appearance.block import Line, SignatureBlock
from signing.appearance.copy_mark import COPY_FIELD, mark_copy
from signing.trust import AGENCY
from storage.blobs import get_blob
from storage.catalogue import audit, register
from storage.catalogue.engine import utc_text
from storage.catalogue.register import COPY_BOOK
from storage.manifest import Event
from storage.records import RegisterEntry

ROLE = "sao-y"
_LOOK_DPI = 150


@dataclass(frozen=True)
class OfficialCopy:
    """A copy that was made. ``number`` is as written (``05/SY-UBND``); ``new``: made by this call."""

    entry: RegisterEntry
    number: str
    form: CopyForm
    pdf: bytes
    new: bool


def make_copy(
    workplace: Workplace,
    site: SigningSite,
    document_id: str,
    *,
    agency: str,
    form: str = "SAO Y",
    pages: str = "",
    by: str = "",
) -> OfficialCopy:
    """Make an official copy of a digitised document, or return the one made before in this form and of these pages.

    *pages* (``1,3-4``) is for an extract (trích sao) and only for it; *by* is the officer. A call after a kill goes on
    where the last one stopped. Raises ``BadInput`` (``copy-form``, ``copy-pages``, ``copy-no-room``), ``Refused`` (a
    mark that forbids copying, no seal credential, another copy of the document under way, ``copy-not-valid``),
    ``Unavailable``.
    """
    with alone_with(workplace, document_id):
        return _make(workplace, site, document_id, agency, form, pages, by)


def give_up_copy(workplace: Workplace, document_id: str, *, reason: str, agency: str, by: str = "") -> RegisterEntry:
    """Void the number that a copy under way has taken, with *reason*; its signature ends. Copies made stay as they are.

    Raises ``BadInput`` (``reason-missing``), ``Refused`` (``certify-under-way``; ``copy-no-number``: none is waiting).
    """
    if not reason.strip():
        advice = Advice("Chưa nêu lý do hủy số.", "Số vẫn được giữ.", "Nêu lý do cụ thể để ghi vào sổ.")
        raise BadInput("reason-missing", "a number is voided with a reason", advice)
    with alone_with(workplace, document_id), workplace.catalogue.begin() as connection:
        entries = [e for e in register.copies_of_document(connection, document_id) if e.agency == agency]
        waiting = [entry for entry in entries if entry.state == "reserved"]
        if not waiting:
            advice = Advice("Không có số sao văn bản nào đang giữ chỗ.", "Không có gì thay đổi.", "Xem lại sổ sao.")
            raise Refused("copy-no-number", "no reserved number of this agency", advice)
        at = utc_text(workplace.clock())
        _void(connection, waiting[0], at, reason=reason.strip(), agent=by or software(), outcome="success")
        return register.get(connection, waiting[0].ref) or waiting[0]


def _make(
    workplace: Workplace, site: SigningSite, document_id: str, agency: str, form: str, pages: str, by: str
) -> OfficialCopy:
    now = workplace.clock()
    today = now.astimezone(VIETNAM).date()
    kind, sealing = copy_form(form, today), site.agency(agency)
    site.check_holder(sealing.credential_id, sealing.name)
    view = workplace.warehouse.show(document_id)
    if kind.is_extract != bool(pages):
        advice = Advice(
            "Trích sao cần nêu trang cần trích; sao y và sao lục thì sao toàn bộ.",
            "Chưa có gì thay đổi.",
            "Dùng --pages với hình thức TRÍCH SAO.",
        )
        raise BadInput("copy-pages", "pages go with an extract and only with it", advice)
    wanted = page_numbers(pages, view.document.pages) if pages else ()
    occasion = ":".join([kind.sign, ",".join(map(str, wanted))])
    with workplace.catalogue.read() as connection:
        before = [e for e in register.copies_of_document(connection, document_id) if e.agency == agency]
    open_job = signing_job(workplace, document_id, ROLE)
    for entry in before:
        if entry.state == "issued" and entry.occasion == occasion and open_job is None:
            pdf = get_blob(workplace.store, str(entry.details["copy_sha256"]))
            return OfficialCopy(entry, copy_number(entry.number, kind, sealing.name), kind, pdf, new=False)
    text = workplace.warehouse.open_role(document_id, "text").decode("utf-8") if view.objects else ""
    check_certifiable(view, text, today)
    waiting = [e for e in before if e.state == "reserved"]
    if waiting and waiting[0].occasion != occasion:
        raise _under_way(waiting[0])
    # the mark finds its place before a number is taken: a page without room must not burn one
    base, block = None, SignatureBlock(copy_lines(kind, sealing.name, today))
    if open_job is None:
        base, block = _marked(workplace, document_id, wanted, block.lines)
    if waiting:
        entry = waiting[0]
    else:
        officer = by or software()
        entry = _number(workplace, document_id, agency, occasion, kind, sealing, len(before), officer, now)
    turn = Round(ROLE, COPY_FIELD, block, sealing.credential_id, kind.name, f"1 bản {kind.name.lower()}")
    outcome = sign_and_judge(workplace, site, [Work(document_id, base)], [(turn, AGENCY)])[document_id]
    at = utc_text(workplace.clock())
    if isinstance(outcome, SohoaError):
        if outcome.code == "copy-not-valid":
            with workplace.catalogue.begin() as connection:
                _void(connection, entry, at, reason="bản sao không qua kiểm tra", agent=software(), outcome="failure")
        raise outcome
    pdf, verdict = outcome.pdf, outcome.verdict
    workplace.warehouse.save_copy(
        document_id,
        pdf,
        agent=by or software(),
        number=entry.ref,
        number_details={"level": str(verdict.level), "signatures": 1, "copy_sha256": hashlib.sha256(pdf).hexdigest()},
        report=report_json(verdict),
        events=[
            Event("validation", at, software(), detail={"verdict": verdict.indication, "level": str(verdict.level)})
        ],
    )
    with workplace.catalogue.begin() as connection:
        close_job(connection, document_id, ROLE, "PUBLISHED", at)
        issued = register.get(connection, entry.ref)
    return OfficialCopy(issued or entry, copy_number(entry.number, kind, sealing.name), kind, pdf, new=True)


def copy_lines(form: CopyForm, agency_name: str, on: date) -> tuple[Line, ...]:
    """Return the lines of the mark in the form in force on day *on*; the time is filled in when it is signed."""
    rule = rule_in_force("signature_appearance", on, table="paper_copy")
    facts = {"hinh_thuc": form.name, "co_quan": agency_name, "thoi_gian": "{time}"}
    size, colour = rule.number("size_pt"), rule.text("colour")
    return tuple(Line(line.format_map(facts), size, colour=colour) for line in rule.texts("lines"))


def _number(
    workplace: Workplace,
    document_id: str,
    agency: str,
    occasion: str,
    form: CopyForm,
    sealing: AgencySettings,
    burnt: int,
    by: str,
    now: datetime,
) -> RegisterEntry:
    view, at = workplace.warehouse.show(document_id), utc_text(now)
    with workplace.catalogue.begin() as connection:
        entry = register.reserve(
            connection,
            agency=agency,
            book=COPY_BOOK,
            year=now.astimezone(VIETNAM).year,
            document_id=document_id,
            occasion=occasion,
            idempotency_key=f"sao-y:{document_id}:{occasion}:{burnt + 1}",
            at=at,
            details={
                "form": form.name,
                "sign": form.sign,
                "agency_name": sealing.name,
                "title": view.document.title or view.document.original_name,
                "pages": view.document.pages,
            },
        )
        if entry.reserved_at == at:
            audit.append(
                connection,
                agency=agency,
                event_type="copy number reservation",
                agent=by,
                at=at,
                document_id=document_id,
                detail={"book": entry.book, "year": entry.year, "number": entry.number, "form": form.sign},
            )
    return entry


def _marked(
    workplace: Workplace, document_id: str, wanted: tuple[int, ...], lines: tuple[Line, ...]
) -> tuple[bytes, SignatureBlock]:
    pdfa = workplace.warehouse.open_role(document_id, "pdfa")
    if wanted:
        pdfa = _extract(pdfa, wanted)
    return mark_copy(pdfa, lines, first_page(pdfa))


def _void(connection: Connection, entry: RegisterEntry, at: str, *, reason: str, agent: str, outcome: str) -> None:
    close_job(connection, entry.document_id, ROLE, "FAILED", at)
    register.void(connection, entry.ref, reason=reason, at=at)
    audit.append(
        connection,
        agency=entry.agency,
        event_type="copy number voiding",
        agent=agent,
        at=at,
        document_id=entry.document_id,
        outcome=outcome,
        detail={"book": entry.book, "year": entry.year, "number": entry.number},
    )


def first_page(pdf: bytes) -> bytes:
    """Return page 1 rendered (BMP, which costs no packing): where a mark looks for its place."""
    import pypdfium2

    document = pypdfium2.PdfDocument(pdf)
    try:
        image = io.BytesIO()
        document[0].render(scale=_LOOK_DPI / 72).to_pil().save(image, "BMP")
        return image.getvalue()
    finally:
        document.close()


def _extract(pdf: bytes, wanted: tuple[int, ...]) -> bytes:
    import pikepdf

    from signing.fields import saved

    with pikepdf.open(io.BytesIO(pdf)) as document:
        for number in range(len(document.pages), 0, -1):
            if number not in wanted:
                del document.pages[number - 1]
        return saved(document)


def _under_way(entry: RegisterEntry) -> Refused:
    return Refused(
        "copy-under-way",
        f"copy number {entry.number} of this document is not finished",
        Advice(
            "Văn bản này đang có một bản sao khác chưa ký xong.",
            "Số đã lấy cho bản đó được giữ.",
            "Hoàn tất bản sao đó trước (chạy lại đúng lệnh cũ).",
        ),
    )
