"""Certifying documents from number to issue, resumable at every step.

Order: checks, attestation (original seen, no ground for refusal, compared), number reserved, lời chứng, person signs,
agency signs, long-term evidence, own verifier, issued.
A number whose copy can never become valid is voided with the reason and stays in the register; one whose copy cannot be
proven valid at this moment (a responder does not answer) is kept, and the same call goes on from there.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from domain.certification import VIETNAM
from domain.errors import Advice, BadInput, Refused, SohoaError, Unavailable
from pipeline.certify import procedure
from pipeline.certify.checks import check_certifiable
from pipeline.certify.copy import Signers, statement, unsigned_copy
from pipeline.certify.judge import NOT_PROVEN, finished, good, is_over, judge, not_proven_yet
from pipeline.certify.number import at_work_on, close_jobs, day_of, own_number, reserve_number, under_way, void_number
from pipeline.certify.rounds import augment, back_to_signed, result_of, sign_round
from pipeline.certify.site import SigningSite
from pipeline.certify.turns import Round, Work, signing_job
from pipeline.derivative import software
from pipeline.verify import issued_copy_expected, report_json
from pipeline.workplace import Workplace
from signing.appearance.certification import AGENCY_FIELD, PERSON_FIELD
from signing.verify.model import DocumentVerdict
from storage.catalogue import register, signing_jobs
from storage.catalogue.engine import utc_text
from storage.catalogue.signing_jobs import SigningJob
from storage.errors import BlobMissing, FixityError
from storage.manifest import Event
from storage.records import DocumentView, RegisterEntry

log = logging.getLogger(__name__)

_THREADS = 4

#: what is wrong with one document and lets the others go on
ITS_OWN = (Refused, BadInput, FixityError, BlobMissing)


@dataclass(frozen=True)
class Certified:
    """Outcome for one document: the register entry when issued, else the problem. ``new``: issued by this run."""

    document_id: str
    entry: RegisterEntry | None
    new: bool
    seconds: float
    problem: SohoaError | None = None


@dataclass
class _Case:
    view: DocumentView
    entry: RegisterEntry
    work: Work
    started: float = field(default_factory=time.monotonic)


def certify_documents(
    workplace: Workplace,
    site: SigningSite,
    document_ids: Sequence[str],
    *,
    certifier_id: str,
    agency: str,
    requester: str = "",
    attest: bool = True,
) -> list[Certified]:
    """Issue a certified copy of each document; one that has its copy already is returned as it is.

    *requester* is who asked, as the register names them; the owner of the document when empty. With *attest* the call
    is the officer's word that the original was seen and compared and no ground for refusal is met; without it these
    steps must have been taken before. A document that another process is at work on is left to it
    (``certify-under-way``).

    Raises ``Refused`` (unknown certifier or agency, another's certificate, wrong PIN) and ``Unavailable`` (a service
    does not answer); what is done stays done and the same call goes on from there. What concerns one document only is
    in its result.
    """
    signers = Signers(site.certifier(certifier_id, agency), site.agency(agency))
    ids = list(dict.fromkeys(document_ids))
    with at_work_on(workplace, ids) as ours:
        views = {document_id: workplace.warehouse.show(document_id) for document_id in ids}
        results = {one: Certified(one, None, False, 0.0, under_way()) for one in ids if one not in ours}
        if any(one in ours and _issued_before(workplace, views[one]) is None for one in ids):
            # before any number is taken: a certificate that is somebody else's must not cost one
            site.check_holder(signers.certifier.credential_id, signers.certifier.name)
            site.check_holder(signers.agency.credential_id, signers.agency.name)
        cases: list[_Case] = []
        for document_id in (one for one in ids if one in ours):
            started = time.monotonic()
            try:
                case = _open_case(workplace, views[document_id], signers, requester, attest)
            except ITS_OWN as problem:
                results[document_id] = Certified(document_id, None, False, time.monotonic() - started, problem)
                continue
            if isinstance(case, RegisterEntry):
                results[document_id] = Certified(document_id, case, False, time.monotonic() - started)
            else:
                cases.append(case)
        if cases:
            _sign(workplace, site, cases, signers)
            for case, outcome in zip(cases, _finish_all(workplace, site, cases), strict=True):
                results[case.view.document.id] = outcome
    return [results[document_id] for document_id in ids]


def _open_job(workplace: Workplace, document_id: str) -> SigningJob | None:
    return signing_job(workplace, document_id, "agency") or signing_job(workplace, document_id, "person")


def _issued_before(workplace: Workplace, view: DocumentView) -> RegisterEntry | None:
    """Return the entry of the copy that was issued before, unless its jobs are still open (a kill at the very end)."""
    issued = [entry for entry in view.register if entry.state == "issued"]
    return issued[-1] if issued and _open_job(workplace, view.document.id) is None else None


def _open_case(
    workplace: Workplace, view: DocumentView, signers: Signers, requester: str, attest: bool
) -> _Case | RegisterEntry:
    """Return the case with its number reserved, or the entry of the copy that was issued before."""
    document_id = view.document.id
    before = _issued_before(workplace, view)
    if before is not None:
        return before
    open_job = _open_job(workplace, document_id)
    now = workplace.clock()
    today = now.astimezone(VIETNAM).date()
    doubts: list[str] = []
    if open_job is None:
        read = any(stored.role == "text" for stored in view.objects)
        text = workplace.warehouse.open_role(document_id, "text").decode("utf-8") if read else ""
        doubts = check_certifiable(view, text, today)
    reserved = [entry for entry in view.register if entry.state in ("reserved", "issued")]
    if reserved:
        return _Case(view, own_number(reserved[-1], signers), Work(document_id))
    code, certifier = signers.agency.code, signers.certifier.id
    what = procedure.asked(workplace, document_id, agency=code, certifier=certifier, requester=requester)
    with workplace.catalogue.begin() as connection:
        if attest:
            request = procedure.attested(connection, what, now, certifier)
        else:
            request = procedure.compared(connection, document_id, code)
        entry = reserve_number(connection, view, signers, request, doubts, now)
    return _Case(view, entry, Work(document_id))


def _sign(workplace: Workplace, site: SigningSite, cases: Sequence[_Case], signers: Signers) -> None:
    titles = f"{len(cases)} bản sao chứng thực"
    for case in cases:
        document_id, on = case.view.document.id, day_of(case.entry)
        if signing_job(workplace, document_id, "person") is None:
            try:
                pdfa = workplace.warehouse.open_role(document_id, "pdfa")
                case.work.base = unsigned_copy(pdfa, case.entry, signers, on, workplace.settings.signing.verify_url)
            except ITS_OWN as problem:
                case.work.problem = problem
    first = statement(cases[0].entry, signers, day_of(cases[0].entry))
    works = [case.work for case in cases]
    sign_round(
        workplace,
        site,
        works,
        Round("person", PERSON_FIELD, first.person, signers.certifier.credential_id, "Chứng thực bản sao", titles),
    )
    for case in cases:
        case.work.base = None
        if case.work.problem is None and signing_job(workplace, case.view.document.id, "agency") is None:
            case.work.base = result_of(workplace, case.view.document.id, "person")
    sign_round(
        workplace,
        site,
        works,
        Round("agency", AGENCY_FIELD, first.agency, signers.agency.credential_id, "Chứng thực bản sao", titles),
    )


def _finish_all(workplace: Workplace, site: SigningSite, cases: Sequence[_Case]) -> list[Certified]:
    """Add evidence, judge and issue; what concerns one document only is in its result."""

    def lengthen(case: _Case) -> None:
        if case.work.problem is None:
            try:
                augment(workplace, site, case.view.document.id, "agency")
            except ITS_OWN as problem:
                case.work.problem = problem

    with ThreadPoolExecutor(_THREADS) as pool:
        list(pool.map(lengthen, cases))
    ready = [case for case in cases if case.work.problem is None and _augmented(workplace, case)]
    expected = issued_copy_expected("")
    finals = [finished(result_of(workplace, case.view.document.id, "agency"), expected) for case in ready]
    issued: dict[str, RegisterEntry] = {}
    for case, final, verdict in zip(ready, finals, judge(workplace, site.trust, finals), strict=True):
        try:
            issued[case.view.document.id] = _decide(workplace, case, final.pdf, verdict)
        except (*ITS_OWN, Unavailable) as problem:
            if isinstance(problem, Unavailable) and problem.code != NOT_PROVEN:
                raise
            case.work.problem = problem
    return [_outcome(case, issued.get(case.view.document.id)) for case in cases]


def _outcome(case: _Case, entry: RegisterEntry | None) -> Certified:
    seconds = time.monotonic() - case.started
    return Certified(case.view.document.id, entry, entry is not None, seconds, case.work.problem)


def _augmented(workplace: Workplace, case: _Case) -> bool:
    job = signing_job(workplace, case.view.document.id, "agency")
    if job is None or job.state not in ("AUGMENTED", "VERIFIED"):
        case.work.problem = not_proven_yet("unfinished")
        return False
    return True


def _decide(workplace: Workplace, case: _Case, pdf: bytes, verdict: DocumentVerdict) -> RegisterEntry:
    """Our own verifier alone decides whether the copy is issued.

    Raises ``Refused`` (``copy-not-valid``) with the number voided, ``Unavailable`` (``copy-not-proven``) with the
    number kept.
    """
    document_id = case.view.document.id
    if not good(verdict, 2):
        if not is_over(verdict):
            back_to_signed(workplace, document_id, "agency", verdict.code)
            raise not_proven_yet(verdict.code)
        raise _void(workplace, case, verdict)
    with workplace.catalogue.begin() as connection:
        at = utc_text(workplace.clock())
        for role, before in (("agency", "AUGMENTED"), ("person", "SIGNED_BT")):
            job = signing_jobs.current(connection, document_id, role)
            if job is not None and job.state == before:
                signing_jobs.move(connection, job.id, expected=before, state="VERIFIED", at=at)
        procedure.progressed(connection, document_id, "signed", agent=software(), at=at)
    return _issue(workplace, case, pdf, verdict)


def _issue(workplace: Workplace, case: _Case, pdf: bytes, verdict: DocumentVerdict) -> RegisterEntry:
    document_id = case.view.document.id
    at = utc_text(workplace.clock())
    workplace.warehouse.save_certified(
        document_id,
        pdf,
        agent=str(case.entry.details.get("certifier", "")) or software(),
        number=case.entry.ref,
        number_details={"signatures": len(verdict.signatures), "level": str(verdict.level), "test": _is_test(verdict)},
        report=report_json(verdict),
        tools={"sohoa": software()},
        stage_key=f"{case.entry.book}:{case.entry.year}:{case.entry.number}",
        events=[
            Event("validation", at, software(), detail={"verdict": verdict.indication, "level": str(verdict.level)})
        ],
    )
    with workplace.catalogue.begin() as connection:
        close_jobs(connection, document_id, "PUBLISHED", at)
        procedure.progressed(connection, document_id, "issued", agent=software(), at=at)
        entry = register.get(connection, case.entry.ref)
    return entry or case.entry


def _is_test(verdict: DocumentVerdict) -> bool:
    return any("TEST" in s.signer.issuer for s in verdict.signatures if s.signer is not None)


def _void(workplace: Workplace, case: _Case, verdict: DocumentVerdict) -> SohoaError:
    code, at = verdict.code, utc_text(workplace.clock())
    with workplace.catalogue.begin() as connection:
        reason = f"bản sao không qua kiểm tra ({code})"
        void_number(connection, case.entry, reason=reason, agent=software(), at=at, detail={"code": code})
    return Refused(
        "copy-not-valid",
        f"own verifier does not call the copy valid: {code}",
        Advice(
            "Bản sao vừa ký không qua kiểm tra nên không được cấp.",
            "Số chứng thực được giữ trong sổ với trạng thái hủy và lý do.",
            "Báo quản trị hệ thống, sau đó chứng thực lại.",
        ),
    )
