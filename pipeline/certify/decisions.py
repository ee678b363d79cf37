"""Signing the paper of a refusal or a seizure: the certifier, then the agency (NĐ 30/2020 Art. 5).

The decision itself stands before (``pipeline.certify.refusal``); its paper is signed by the same machinery as copies,
and the signed paper takes its place. A call after a kill, or after a confirmation that had to be waited for, goes on.
"""

from __future__ import annotations

from domain.errors import Advice, Refused, SohoaError
from pipeline.certify.number import alone_with
from pipeline.certify.refusal import decision_block
from pipeline.certify.single import close_job, sign_and_judge, under_work
from pipeline.certify.site import SigningSite
from pipeline.certify.turns import Round, Work
from pipeline.verify import report_json
from pipeline.workplace import Workplace
from signing.appearance.certification import AGENCY_FIELD, PERSON_FIELD
from signing.longterm import protection
from signing.trust import AGENCY, PERSON
from storage.catalogue import signing_jobs
from storage.catalogue.engine import utc_text

ROLES = ("decision-person", "decision-agency")


def sign_decision(
    workplace: Workplace, site: SigningSite, document_id: str, *, certifier_id: str, agency: str
) -> tuple[bytes, bool]:
    """Sign the newest decision on a document; return the signed paper and whether this call signed it.

    Raises ``Refused`` (``decision-none``, ``certify-under-way``, another's certificate, ``copy-not-valid``),
    ``Unavailable`` (a service does not answer, ``copy-not-proven``, ``signature-pending``).
    """
    certifier, sealing = site.certifier(certifier_id, agency), site.agency(agency)
    with alone_with(workplace, document_id):
        papers = [o for o in workplace.warehouse.show(document_id).objects if o.role == "decision"]
        if not papers:
            raise Refused(
                "decision-none",
                "no decision on this document",
                Advice("Văn bản này chưa có văn bản từ chối hoặc biên bản.", "Chưa ký.", "Lập văn bản từ chối trước."),
            )
        newest = max(papers, key=lambda one: one.ordinal)
        paper = workplace.warehouse.open_role(document_id, "decision", ordinal=newest.ordinal)
        if protection(paper) is not None:  # signed before
            _close(workplace, document_id)
            return paper, False
        site.check_holder(certifier.credential_id, certifier.name)
        site.check_holder(sealing.credential_id, sealing.name)
        about, shown = "Quyết định về yêu cầu chứng thực", decision_block()
        turns = [
            (Round(ROLES[0], PERSON_FIELD, shown, certifier.credential_id, about, "1 văn bản từ chối"), PERSON),
            (Round(ROLES[1], AGENCY_FIELD, shown, sealing.credential_id, about, "1 văn bản từ chối"), AGENCY),
        ]
        going_on = under_work(workplace, document_id, ROLES, newest.sha256)
        work = Work(document_id, None if going_on else paper, occasion=newest.sha256)
        outcome = sign_and_judge(workplace, site, [work], turns)[document_id]
        if isinstance(outcome, SohoaError):
            if outcome.code == "copy-not-valid":
                _close(workplace, document_id)
            raise outcome
        workplace.warehouse.save_signed_decision(
            document_id,
            outcome.pdf,
            ordinal=newest.ordinal,
            base_sha256=newest.sha256,
            agent=certifier.id,
            report=report_json(outcome.verdict),
        )
        _close(workplace, document_id)
    return outcome.pdf, True


def _close(workplace: Workplace, document_id: str) -> None:
    """End the jobs: published where the signed paper was judged good, failed where not."""
    with workplace.catalogue.begin() as connection:
        at = utc_text(workplace.clock())
        for role in ROLES:
            job = signing_jobs.current(connection, document_id, role)
            if job is not None:
                close_job(connection, document_id, role, "PUBLISHED" if job.state == "VERIFIED" else "FAILED", at)
