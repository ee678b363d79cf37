"""One signature on each of some files, from the prepared file to our verifier's word: what sao y, the digitisation
signature and signed decisions have in common. Chứng thực has two signatures and a register: ``pipeline.certify.run``.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from sqlalchemy import Connection

from domain.errors import Advice, BadInput, Refused, SohoaError
from pipeline.certify.judge import finished, good, is_over, judge, not_proven_yet
from pipeline.certify.rounds import Round, Work, augment, back_to_signed, move, result_of, sign_round, signing_job
from pipeline.certify.site import SigningSite
from pipeline.workplace import Workplace
from signing.verify.model import DocumentVerdict, Expected, ExpectedSignature, Level
from storage.catalogue import signing_jobs
from storage.errors import BlobMissing, FixityError

_THREADS = 4
_ITS_OWN = (Refused, BadInput, FixityError, BlobMissing)


@dataclass(frozen=True)
class Judged:
    """A signed file that our verifier calls valid."""

    pdf: bytes = field(repr=False)
    verdict: DocumentVerdict


def sign_and_judge(
    workplace: Workplace, site: SigningSite, works: Sequence[Work], turn: Round, trust_role: str
) -> dict[str, Judged | SohoaError]:
    """Bring every work through its one signature; return the judged file or the problem, by document.

    Work that is taken up again after a kill needs no base. The job is left at ``VERIFIED``: the caller stores the file
    and closes it with :func:`close_job`. A file that can never become valid ends its job (``copy-not-valid``); one that
    cannot be proven valid now keeps its signature (``copy-not-proven``). Raises as
    :func:`pipeline.certify.rounds.sign_round`.
    """
    sign_round(workplace, site, works, turn)
    found: dict[str, Judged | SohoaError] = {}

    def lengthen(work: Work) -> SohoaError | None:
        if work.problem is not None:
            return work.problem
        try:
            augment(workplace, site, work.document_id, turn.role)
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
    expected = Expected(signatures=(ExpectedSignature(turn.field, trust_role),), level=Level.B_LTA)
    files = [finished(result_of(workplace, work.document_id, turn.role), expected) for work in ready]
    for work, file, verdict in zip(ready, files, judge(workplace, site.trust, files), strict=True):
        found[work.document_id] = _outcome(workplace, work.document_id, turn.role, file.pdf, verdict)
    return found


def close_job(connection: Connection, document_id: str, role: str, state: str, at: str) -> None:
    """End the open job of (document, role), if there is one, within the caller's transaction."""
    job = signing_jobs.current(connection, document_id, role)
    if job is not None:
        signing_jobs.move(connection, job.id, expected=job.state, state=state, at=at)


def _outcome(
    workplace: Workplace, document_id: str, role: str, pdf: bytes, verdict: DocumentVerdict
) -> Judged | SohoaError:
    job = signing_job(workplace, document_id, role)
    if good(verdict, 1):
        if job is not None and job.state == "AUGMENTED":
            move(workplace, job, "VERIFIED")
        return Judged(pdf, verdict)
    if not is_over(verdict):
        back_to_signed(workplace, document_id, role, verdict.code)
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
