"""One signature for many documents: prepare, authorise once, sign, check, embed; every state durable.

What was prepared is stored before the service hears of it. After a kill the next run goes on from the stored state:
nothing is prepared twice, a signature that came back is never asked for again. Where the answer was lost (``UNKNOWN``)
the same digest is asked for again under a new authorisation: CSC v1 has no query, and two signatures over one digest
say nothing more than one; the first that verifies is used.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from domain.errors import BadInput, Refused, SohoaError
from pipeline.certify.site import SigningSite
from pipeline.workplace import Workplace
from signing.appearance.block import SignatureBlock
from signing.remote import Credential
from signing.staged import PreparedSignature, SignaturePlan, check_raw, embed, prepare
from storage.blobs import get_blob, put_blob
from storage.catalogue import signing_jobs
from storage.catalogue.engine import utc_text
from storage.catalogue.signing_jobs import SigningJob

log = logging.getLogger(__name__)

MOST_AT_ONCE = 50  # documents that one confirmation of the signer covers


@dataclass
class Work:
    """One document on its way through a signature. ``problem`` ends its way in this run; the others go on."""

    document_id: str
    base: bytes | None = None  # what is signed; only needed while nothing is prepared
    problem: SohoaError | None = None


@dataclass(frozen=True)
class Round:
    """One role's signature."""

    role: str
    field: str
    block: SignatureBlock
    credential_id: str
    reason: str
    description: str  # what the signer sees when asked


def sign_round(workplace: Workplace, site: SigningSite, works: Sequence[Work], turn: Round) -> None:
    """Bring every work's job of this role to SIGNED_BT.

    Raises ``Unavailable`` or ``Refused`` of the service as a whole (wrong PIN, no answer): the jobs stay where they
    can be taken up again. What concerns one document only becomes that work's ``problem``.
    """
    credential = site.signer.credential(turn.credential_id)
    waiting = []
    for work in works:
        if work.problem is None:
            _prepare(workplace, work, turn, credential)
        if work.problem is None:
            waiting.append(work)
    size = max(1, min(MOST_AT_ONCE, credential.max_batch))
    pending = [w for w in waiting if _job(workplace, w, turn.role).state == "PREPARED"]
    for start in range(0, len(pending), size):
        _ask(workplace, site, pending[start : start + size], turn, credential)
    for work in waiting:
        if work.problem is None and _job(workplace, work, turn.role).state == "SIGNED_RAW":
            _embed(workplace, site, work, turn, credential)


def result_of(workplace: Workplace, document_id: str, role: str) -> bytes:
    """Return the PDF as this role's signature left it."""
    job = signing_job(workplace, document_id, role)
    if job is None or not job.result_sha256:
        raise RuntimeError(f"no result of role {role} yet")
    return get_blob(workplace.store, job.result_sha256)


def signing_job(workplace: Workplace, document_id: str, role: str) -> SigningJob | None:
    """Return the open job of (document, role), or None."""
    with workplace.catalogue.read() as connection:
        return signing_jobs.current(connection, document_id, role)


def move(workplace: Workplace, job: SigningJob, state: str, detail: str = "", **changes: object) -> None:
    """Move *job* to *state* in a transaction of its own."""
    with workplace.catalogue.begin() as connection:
        at = utc_text(workplace.clock())
        signing_jobs.move(connection, job.id, expected=job.state, state=state, at=at, detail=detail, **changes)


def _job(workplace: Workplace, work: Work, role: str) -> SigningJob:
    job = signing_job(workplace, work.document_id, role)
    if job is None:
        raise RuntimeError("signing job vanished")
    return job


def _prepare(workplace: Workplace, work: Work, turn: Round, credential: Credential) -> None:
    job = signing_job(workplace, work.document_id, turn.role)
    if job is not None:
        _take_up(workplace, job)
        return
    if work.base is None:
        raise RuntimeError("nothing to sign")
    now = workplace.clock()
    try:
        prepared = prepare(work.base, SignaturePlan(turn.field, turn.block, reason=turn.reason), credential, now)
    except BadInput as problem:
        work.problem = problem
        return
    blob = put_blob(workplace.store, prepared.pdf)
    with workplace.catalogue.begin() as connection:
        signing_jobs.create(
            connection,
            document_id=work.document_id,
            role=turn.role,
            prepared_sha256=blob.sha256,
            document_digest=prepared.document_digest,
            reserved=(prepared.reserved_start, prepared.reserved_end),
            at=utc_text(now),
            field_name=turn.field,
            credential_id=turn.credential_id,
            certificate_sha256=prepared.certificate_sha256.hex(),
            signed_attrs=prepared.signed_attributes,
            tbs_hash=prepared.tbs_digest,
            extra={"prepared": prepared.state()},
        )


def _take_up(workplace: Workplace, job: SigningJob) -> None:
    """Bring a job that a killed run left in the middle of asking back to where it can be asked for."""
    if job.state == "SUBMITTED":
        move(workplace, job, "UNKNOWN", "the run that had asked ended before the answer")
        job = _reread(workplace, job)
    if job.state in ("AUTH_PENDING", "UNKNOWN"):
        move(workplace, job, "PREPARED", "to be asked for again, same digest")


def _reread(workplace: Workplace, job: SigningJob) -> SigningJob:
    with workplace.catalogue.read() as connection:
        found = signing_jobs.get(connection, job.id)
    if found is None:
        raise RuntimeError("signing job vanished")
    return found


def _ask(workplace: Workplace, site: SigningSite, works: Sequence[Work], turn: Round, credential: Credential) -> None:
    jobs = [_job(workplace, work, turn.role) for work in works]
    digests = [job.tbs_hash or b"" for job in jobs]
    _move_all(workplace, jobs, "PREPARED", "AUTH_PENDING")
    try:
        authorisation = site.signer.authorise(credential, digests, turn.description)
    except SohoaError:
        _move_all(workplace, jobs, "AUTH_PENDING", "PREPARED", "not authorised")
        raise
    _move_all(workplace, jobs, "AUTH_PENDING", "SUBMITTED")
    try:
        signatures = site.signer.sign(authorisation, digests)
    except SohoaError as error:
        _move_all(workplace, jobs, "SUBMITTED", "UNKNOWN", error.code)
        raise
    for work, job, raw in zip(works, jobs, signatures, strict=True):
        asked = _reread(workplace, job)
        try:
            checked = check_raw(_prepared(workplace, asked), raw, credential.certificate)
        except (Refused, BadInput) as problem:
            move(workplace, asked, "UNKNOWN", problem.code)
            work.problem = problem
        else:
            move(workplace, asked, "SIGNED_RAW", raw_signature=checked)


def _move_all(workplace: Workplace, jobs: Sequence[SigningJob], before: str, after: str, detail: str = "") -> None:
    with workplace.catalogue.begin() as connection:
        at = utc_text(workplace.clock())
        for job in jobs:
            signing_jobs.move(connection, job.id, expected=before, state=after, at=at, detail=detail)


def _prepared(workplace: Workplace, job: SigningJob) -> PreparedSignature:
    return PreparedSignature.from_state(job.extra["prepared"], get_blob(workplace.store, job.prepared_sha256))


def _embed(workplace: Workplace, site: SigningSite, work: Work, turn: Round, credential: Credential) -> None:
    job = _job(workplace, work, turn.role)
    try:
        signed = embed(_prepared(workplace, job), job.raw_signature or b"", credential, site.timestamper)
    except (Refused, BadInput) as problem:
        work.problem = problem
        return
    blob = put_blob(workplace.store, signed)
    move(workplace, job, "SIGNED_BT", result_sha256=blob.sha256)
