"""Certifying documents from number to issue, resumable at every step.

Order: checks, attestation (original seen, no ground for refusal, compared), number reserved, lời chứng, person signs,
agency signs, long-term evidence, own verifier, issued.
A number whose copy can never become valid is voided with the reason and stays in the register; one whose copy cannot be
proven valid at this moment (a responder does not answer) is kept, and the same call goes on from there.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from sqlalchemy import Connection

from domain.certification import VIETNAM
from domain.errors import Advice, BadInput, Refused, SohoaError
from pipeline.certify import procedure
from pipeline.certify.checks import check_certifiable
from pipeline.certify.copy import Signers, statement, unsigned_copy
from pipeline.certify.judge import Finished, Judge, finished, good, is_over, judging, not_proven_yet
from pipeline.certify.number import at_work_on, close_jobs, day_of, own_number, reserve_number, under_way, void_number
from pipeline.certify.rounds import augment, back_to_signed, result_of, sign_round
from pipeline.certify.site import SigningSite
from pipeline.certify.turns import Round, Work
from pipeline.derivative import software
from pipeline.verify import issued_copy_expected, report_json
from pipeline.workplace import Workplace
from signing.appearance.certification import AGENCY_FIELD, PERSON_FIELD
from signing.remote import PhoneSigner
from signing.verify.model import DocumentVerdict
from storage.blobs import get_blob
from storage.catalogue import register, signing_jobs
from storage.catalogue.engine import utc_text
from storage.catalogue.signing_jobs import SigningJob
from storage.errors import BlobMissing, FixityError
from storage.manifest import Event
from storage.records import DocumentView, RegisterEntry

log = logging.getLogger(__name__)

_THREADS = 4
_AT_A_TIME = 10  # copies that are issued before it is written down that they are (a run that is cut off does it again)
_Item = TypeVar("_Item")

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
        jobs = _open_jobs(workplace, [one for one in ids if one in ours])
        if any(_issued_before(views[one], jobs[one]) is None for one in jobs):
            # before any number is taken: a certificate that is somebody else's must not cost one
            site.check_holder(signers.certifier.credential_id, signers.certifier.name)
            site.check_holder(signers.agency.credential_id, signers.agency.name)
        cases: list[_Case] = []
        for document_id, job in jobs.items():
            started = time.monotonic()
            try:
                case = _open_case(workplace, views[document_id], job, signers, requester, attest)
            except ITS_OWN as problem:
                results[document_id] = Certified(document_id, None, False, time.monotonic() - started, problem)
                continue
            if isinstance(case, RegisterEntry):
                results[document_id] = Certified(document_id, case, False, time.monotonic() - started)
            else:
                cases.append(case)
        if cases:
            with judging(workplace, site.trust, len(cases), ready=not isinstance(site.signer, PhoneSigner)) as judge:
                _sign(workplace, site, cases, signers)
                for case, outcome in zip(cases, _finish_all(workplace, site, cases, judge), strict=True):
                    results[case.view.document.id] = outcome
    return [results[document_id] for document_id in ids]


def _open_jobs(workplace: Workplace, document_ids: Sequence[str]) -> dict[str, SigningJob | None]:
    """Return the open job of each document, the agency's before the person's."""
    with workplace.catalogue.read() as connection:
        return {
            one: signing_jobs.current(connection, one, "agency") or signing_jobs.current(connection, one, "person")
            for one in document_ids
        }


def _issued_before(view: DocumentView, open_job: SigningJob | None) -> RegisterEntry | None:
    """Return the entry of the copy that was issued before, unless its jobs are still open (a kill at the very end)."""
    issued = [entry for entry in view.register if entry.state == "issued"]
    return issued[-1] if issued and open_job is None else None


def _open_case(
    workplace: Workplace,
    view: DocumentView,
    open_job: SigningJob | None,
    signers: Signers,
    requester: str,
    attest: bool,
) -> _Case | RegisterEntry:
    """Return the case with its number reserved, or the entry of the copy that was issued before."""
    document_id = view.document.id
    before = _issued_before(view, open_job)
    if before is not None:
        return before
    now = workplace.clock()
    today = now.astimezone(VIETNAM).date()
    reserved = [entry for entry in view.register if entry.state in ("reserved", "issued")]
    # a copy under way was checked when its number was taken: its text is not fetched again
    text = procedure.text_of(workplace, view) if open_job is None or not reserved else ""
    doubts = check_certifiable(view, text, today) if open_job is None else []
    if reserved:
        return _Case(view, own_number(reserved[-1], signers), Work(document_id))
    code, certifier = signers.agency.code, signers.certifier.id
    what = procedure.asked_of(view, text, today, agency=code, certifier=certifier, requester=requester)
    with workplace.catalogue.begin() as connection:
        if attest:
            request = procedure.attested(connection, what, now, certifier)
        else:
            request = procedure.compared(connection, document_id, code)
        entry = reserve_number(connection, view, signers, request, doubts, now)
    return _Case(view, entry, Work(document_id))


def _sign(workplace: Workplace, site: SigningSite, cases: Sequence[_Case], signers: Signers) -> None:
    titles = f"{len(cases)} bản sao chứng thực"
    for case in _without_job(workplace, cases, "person"):
        try:
            pdfa = procedure.stored_of(workplace, case.view, "pdfa")
            on = day_of(case.entry)
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
    for case in _without_job(workplace, cases, "agency"):
        case.work.base = result_of(workplace, case.view.document.id, "person")
    sign_round(
        workplace,
        site,
        works,
        Round("agency", AGENCY_FIELD, first.agency, signers.agency.credential_id, "Chứng thực bản sao", titles),
    )


def _without_job(workplace: Workplace, cases: Sequence[_Case], role: str) -> list[_Case]:
    """Return the cases that go on and for which *role* has prepared nothing yet."""
    with workplace.catalogue.read() as connection:
        return [
            case
            for case in cases
            if case.work.problem is None and signing_jobs.current(connection, case.view.document.id, role) is None
        ]


def _finish_all(workplace: Workplace, site: SigningSite, cases: Sequence[_Case], judge: Judge) -> list[Certified]:
    """Add evidence, judge and issue; what concerns one document only is in its result.

    Files are judged while others still get their evidence, and issued while others are judged.
    """
    expected = issued_copy_expected("")

    def lengthened(case: _Case) -> Finished | None:
        if case.work.problem is None:
            try:
                sha256 = augment(workplace, site, case.view.document.id, "agency")
                if sha256:
                    return finished(get_blob(workplace.store, sha256), expected)
                case.work.problem = not_proven_yet("unfinished")
            except ITS_OWN as problem:
                case.work.problem = problem
        return None

    def ready(pool: ThreadPoolExecutor) -> Iterator[tuple[_Case, Finished]]:
        for case, final in zip(cases, pool.map(lengthened, cases), strict=True):
            if final is not None:
                yield case, final

    issued: dict[str, RegisterEntry] = {}
    with ThreadPoolExecutor(_THREADS) as pool:
        for some in _groups(judge.each(ready(pool)), _AT_A_TIME):
            issued |= _decide_all(workplace, some)
    return [_outcome(case, issued.get(case.view.document.id)) for case in cases]


def _outcome(case: _Case, entry: RegisterEntry | None) -> Certified:
    seconds = time.monotonic() - case.started
    return Certified(case.view.document.id, entry, entry is not None, seconds, case.work.problem)


def _decide_all(
    workplace: Workplace, some: Sequence[tuple[_Case, Finished, DocumentVerdict]]
) -> dict[str, RegisterEntry]:
    """Issue what our own verifier calls valid, it alone decides; return the entries by document.

    The others get their problem: ``Refused`` (``copy-not-valid``) with the number voided, ``Unavailable``
    (``copy-not-proven``) with the number kept.
    """
    valid: list[tuple[_Case, Finished, DocumentVerdict]] = []
    for case, final, verdict in some:
        if good(verdict, 2):
            valid.append((case, final, verdict))
        elif is_over(verdict):
            try:
                case.work.problem = _void(workplace, case, verdict)
            except ITS_OWN as problem:  # issued by a run that was killed at its end: the number is not for us to void
                case.work.problem = problem
        else:
            back_to_signed(workplace, case.view.document.id, "agency", verdict.code)
            case.work.problem = not_proven_yet(verdict.code)
    _together(workplace, [case for case, _, _ in valid], _verified)
    saved = []
    for case, final, verdict in valid:
        if case.work.problem is None:
            try:
                _save(workplace, case, final.pdf, verdict)
                saved.append(case)
            except ITS_OWN as problem:
                case.work.problem = problem
    return _together(workplace, saved, _published)


def _together(
    workplace: Workplace, cases: Sequence[_Case], act: Callable[[Connection, _Case, str], RegisterEntry]
) -> dict[str, RegisterEntry]:
    """Do *act* for all *cases* in one transaction; each in its own where one of them does not let it.

    What it returns is by document; a case that did not let it has its problem.
    """
    at = utc_text(workplace.clock())
    if not cases:
        return {}
    try:
        with workplace.catalogue.begin() as connection:
            return {case.view.document.id: act(connection, case, at) for case in cases}
    except ITS_OWN as problem:
        if len(cases) == 1:
            cases[0].work.problem = problem
            return {}
    found: dict[str, RegisterEntry] = {}
    for case in cases:
        found |= _together(workplace, [case], act)
    return found


def _verified(connection: Connection, case: _Case, at: str) -> RegisterEntry:
    document_id = case.view.document.id
    for role, before in (("agency", "AUGMENTED"), ("person", "SIGNED_BT")):
        job = signing_jobs.current(connection, document_id, role)
        if job is not None and job.state == before:
            signing_jobs.move(connection, job.id, expected=before, state="VERIFIED", at=at)
    procedure.progressed(connection, document_id, "signed", agent=software(), at=at)
    return case.entry


def _published(connection: Connection, case: _Case, at: str) -> RegisterEntry:
    close_jobs(connection, case.view.document.id, "PUBLISHED", at)
    procedure.progressed(connection, case.view.document.id, "issued", agent=software(), at=at)
    return register.get(connection, case.entry.ref) or case.entry


def _save(workplace: Workplace, case: _Case, pdf: bytes, verdict: DocumentVerdict) -> None:
    at = utc_text(workplace.clock())
    workplace.warehouse.save_certified(
        case.view.document.id,
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


def _groups(items: Iterable[_Item], size: int) -> Iterator[list[_Item]]:
    """Yield *items* by *size*, the last group with what is left."""
    rest = iter(items)
    while some := list(islice(rest, size)):
        yield some


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
