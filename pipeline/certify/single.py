"""Signatures on each of some files, from the prepared file to our verifier's word.

What sao y, the digitisation signature and signed decisions have in common. Chứng thực has its register beside:
``pipeline.certify.run``.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from sqlalchemy import Connection

from domain.errors import Advice, BadInput, Refused, SohoaError
from pipeline.certify.judge import finished, good, is_over, judge, not_proven_yet
from pipeline.certify.rounds import augment, back_to_signed, result_of, sign_round
from pipeline.certify.site import SigningSite
from pipeline.certify.turns import Round, Work, move, signing_job
from pipeline.workplace import Workplace
from signing.verify.model import DocumentVerdict, Expected, ExpectedSignature, Level
from storage.catalogue import signing_jobs
from storage.catalogue.engine import utc_text
from storage.errors import BlobMissing, FixityError

_THREADS = 4
_ITS_OWN = (Refused, BadInput, FixityError, BlobMissing)


@dataclass(frozen=True)
class Judged:
    """A signed file that our verifier calls valid."""

    pdf: bytes = field(repr=False)
    verdict: DocumentVerdict


def sign_and_judge(
    workplace: Workplace, site: SigningSite, works: Sequence[Work], turns: Sequence[tuple[Round, str]]
) -> dict[str, Judged | SohoaError]:
    """Bring every work through its signatures; return the judged file or the problem, by document.

    *turns* are the rounds, in order, each with the role that trust must give its signer. Work that is taken up again
    after a kill needs no base. The jobs are left at ``VERIFIED``: the caller stores the file and closes them with
    :func:`close_job`. A file that can never become valid is told as ``copy-not-valid`` (the caller ends its jobs); one
    that cannot be proven valid now keeps its signatures (``copy-not-proven``). Raises as
    :func:`pipeline.certify.rounds.sign_round`.
    """
    before = ""
    for turn, _ in turns:
        if before:
            for work in works:
                work.block = None
                if work.problem is None and signing_job(workplace, work.document_id, turn.role) is None:
                    work.base = result_of(workplace, work.document_id, before)
        sign_round(workplace, site, works, turn)
        before = turn.role
    last = turns[-1][0].role
    found: dict[str, Judged | SohoaError] = {}

    def lengthen(work: Work) -> SohoaError | None:
        if work.problem is not None:
            return work.problem
        try:
            augment(workplace, site, work.document_id, last)
        except _ITS_OWN as problem:
            return problem
        return None

    with ThreadPoolExecutor(_THREADS) as pool:
        problems = list(pool.map(lengthen, works))
    ready: list[Work] = []
    for work, problem in zip(works, problems, strict=True):
        if problem is not None:
            found[work.document_id] = problem
        else:
            ready.append(work)
    wanted = tuple(ExpectedSignature(turn.field, role) for turn, role in turns)
    files = [finished(result_of(workplace, w.document_id, last), Expected(wanted, Level.B_LTA)) for w in ready]
    roles = [turn.role for turn, _ in turns]
    for work, file, verdict in zip(ready, files, judge(workplace, site.trust, files), strict=True):
        found[work.document_id] = _outcome(workplace, work.document_id, roles, file.pdf, verdict)
    return found


def under_work(workplace: Workplace, document_id: str, roles: Sequence[str], occasion: str) -> bool:
    """Tell whether jobs of *roles* are open that were made for *occasion*; those made for another one are ended.

    An occasion is what is signed (digest of the paper, key of the act): a job that waits since before the paper was
    replaced must not sign the old one in the new one's name.
    """
    jobs = [job for role in roles if (job := signing_job(workplace, document_id, role)) is not None]
    if jobs and all(job.extra.get("occasion", "") == occasion for job in jobs):
        return True
    if jobs:
        with workplace.catalogue.begin() as connection:
            for role in roles:
                close_job(connection, document_id, role, "FAILED", utc_text(workplace.clock()))
    return False


def close_job(connection: Connection, document_id: str, role: str, state: str, at: str) -> None:
    """End the open job of (document, role), if there is one, within the caller's transaction."""
    job = signing_jobs.current(connection, document_id, role)
    if job is not None:
        signing_jobs.move(connection, job.id, expected=job.state, state=state, at=at)


def _outcome(
    workplace: Workplace, document_id: str, roles: Sequence[str], pdf: bytes, verdict: DocumentVerdict
) -> Judged | SohoaError:
    if good(verdict, len(roles)):
        for role in reversed(roles):
            job = signing_job(workplace, document_id, role)
            if job is not None and job.state in ("AUGMENTED", "SIGNED_BT"):
                move(workplace, job, "VERIFIED")
        return Judged(pdf, verdict)
    if not is_over(verdict):
        back_to_signed(workplace, document_id, roles[-1], verdict.code)
        return not_proven_yet(verdict.code)
    return Refused(
        "copy-not-valid",
        f"own verifier does not call the file valid: {verdict.code}",
        Advice(
            "Bản vừa ký không qua kiểm tra nên không được dùng.",
            "Văn bản gốc được giữ nguyên; số đã lấy (nếu có) được giữ trong sổ với trạng thái hủy.",
            "Báo quản trị hệ thống, sau đó làm lại.",
        ),
    )
