"""One signature for many documents: prepare, authorise once, sign, check, embed; every state durable.

What was prepared is stored before the service hears of it. After a kill the next run goes on from the stored state:
nothing is prepared twice, a signature that came back is never asked for again. Where an answer was lost (``UNKNOWN``):

* a service with confirmation by phone is asked for the result by the stored reference, or by our own transaction id;
  where it knows neither, the request is left to expire before the phone rings again;
* CSC has no query: the same digest is asked for under a new authorisation, which the signer gives by PIN or code. Two
  signatures over one digest say nothing more than one; the first that verifies is used.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from domain.errors import Advice, BadInput, Refused, SohoaError
from pipeline.certify.site import SigningSite
from pipeline.workplace import Workplace
from signing.appearance.block import SignatureBlock
from signing.longterm import add_long_term
from signing.remote import TRANSACTION_UNKNOWN, Credential, PhoneSigner, RemotePending, RemoteSigner
from signing.staged import PreparedSignature, SignaturePlan, check_raw, embed, prepare
from storage.blobs import get_blob, put_blob
from storage.catalogue import signing_jobs
from storage.catalogue.engine import utc_text
from storage.catalogue.signing_jobs import SigningJob
from storage.errors import BlobMissing, FixityError

MOST_AT_ONCE = 50  # documents that one confirmation of the signer covers
_THREADS = 4  # while one document waits for a disk or a time stamp, another is worked on
_AT_A_TIME = 10

#: what is wrong with one document and lets the others go on
_ITS_OWN = (Refused, BadInput, FixityError, BlobMissing)


@dataclass
class Work:
    """One document on its way through a signature. ``problem`` ends its way in this run; the others go on."""

    document_id: str
    base: bytes | None = None  # what is signed; only needed while nothing is prepared
    block: SignatureBlock | None = None  # shown in place of the round's, where the page leaves less room
    occasion: str = ""  # what the job is made for, where a document may be signed more than once by a role
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


@dataclass
class _Turn:
    """A work with the open job of this round, as the database has it."""

    work: Work
    job: SigningJob
    prepared: PreparedSignature | None = field(default=None, repr=False)

    def ready(self, workplace: Workplace) -> PreparedSignature:
        """Return what was prepared, from this run or from the store."""
        if self.prepared is None:
            pdf = get_blob(workplace.store, self.job.prepared_sha256)
            self.prepared = PreparedSignature.from_state(self.job.extra["prepared"], pdf)
        return self.prepared


def sign_round(workplace: Workplace, site: SigningSite, works: Sequence[Work], turn: Round) -> None:
    """Bring every work's job of this role to SIGNED_BT.

    Raises ``Unavailable`` or ``Refused`` of the service as a whole (wrong PIN, no answer), ``RemotePending`` while a
    phone has not been touched: the jobs stay where they can be taken up again. What concerns one document only becomes
    that work's ``problem``.
    """
    credential = site.signer.credential(turn.credential_id)
    turns = _begin_all(workplace, works, turn, credential)
    signer = site.signer
    if isinstance(signer, PhoneSigner):
        _fetch_results(workplace, signer, turns, credential)
    else:
        _take_up(workplace, turns)
    size = max(1, min(MOST_AT_ONCE, credential.max_batch))
    pending = [t for t in turns if t.work.problem is None and t.job.state == "PREPARED"]
    if pending:  # revoked or of another authority: nobody is asked
        site.collector.collect([(credential.certificate, credential.chain)])
    for start in range(0, len(pending), size):
        chunk = pending[start : start + size]
        if isinstance(signer, PhoneSigner):
            _ask_by_phone(workplace, signer, chunk, turn, credential)
        else:
            _ask(workplace, signer, chunk, turn, credential)
    _embed_all(
        workplace, site, [t for t in turns if t.work.problem is None and t.job.state == "SIGNED_RAW"], credential
    )


def result_of(workplace: Workplace, document_id: str, role: str) -> bytes:
    """Return the PDF as this role's signature left it."""
    job = signing_job(workplace, document_id, role)
    if job is None or not job.result_sha256:
        raise RuntimeError(f"no result of role {role} yet")
    return get_blob(workplace.store, job.result_sha256)


def augment(workplace: Workplace, site: SigningSite, document_id: str, role: str) -> None:
    """Bring the role's job from SIGNED_BT to AUGMENTED: evidence and document time stamp. Raises as add_long_term."""
    job = signing_job(workplace, document_id, role)
    if job is not None and job.state == "SIGNED_BT":
        final = add_long_term(get_blob(workplace.store, job.result_sha256), site.collector, site.timestamper)
        blob = put_blob(workplace.store, final)
        extra = job.extra | {"signed_sha256": job.result_sha256}
        move(workplace, job, "AUGMENTED", result_sha256=blob.sha256, extra=extra)


def back_to_signed(workplace: Workplace, document_id: str, role: str, why: str) -> None:
    """Take the role's job back to SIGNED_BT: its evidence did not suffice and is collected anew by the next run."""
    job = signing_job(workplace, document_id, role)
    if job is not None and job.state in ("AUGMENTED", "VERIFIED") and "signed_sha256" in job.extra:
        move(workplace, job, "SIGNED_BT", f"not proven: {why}", result_sha256=str(job.extra["signed_sha256"]))


def signing_job(workplace: Workplace, document_id: str, role: str) -> SigningJob | None:
    """Return the open job of (document, role), or None."""
    with workplace.catalogue.read() as connection:
        return signing_jobs.current(connection, document_id, role)


def move(workplace: Workplace, job: SigningJob, state: str, detail: str = "", **changes: object) -> None:
    """Move *job* to *state* in a transaction of its own."""
    with workplace.catalogue.begin() as connection:
        at = utc_text(workplace.clock())
        signing_jobs.move(connection, job.id, expected=job.state, state=state, at=at, detail=detail, **changes)


# -- preparing -------------------------------------------------------------------------------------------------------


def _begin_all(workplace: Workplace, works: Sequence[Work], turn: Round, credential: Credential) -> list[_Turn]:
    """Return every work that can go on with its job; jobs that are not there yet are made in one transaction."""
    turns: dict[str, _Turn] = {}
    fresh: list[Work] = []
    with workplace.catalogue.read() as connection:
        known = {w.document_id: signing_jobs.current(connection, w.document_id, turn.role) for w in works}
    for work in works:
        job = known[work.document_id]
        if work.problem is not None:
            continue
        if job is None:
            fresh.append(work)
        elif _same_certificate(workplace, work, job, credential):
            turns[work.document_id] = _Turn(work, job)
    now = workplace.clock()
    with ThreadPoolExecutor(_THREADS) as pool:
        prepared = [_prepare(work, turn, credential, now) for work in fresh]
        list(pool.map(lambda made: put_blob(workplace.store, made.pdf), filter(None, prepared)))
    with workplace.catalogue.begin() as connection:
        for work, made in zip(fresh, prepared, strict=True):
            if made is not None:
                turns[work.document_id] = _create(connection, work, turn, made, utc_text(now))
    return [turns[work.document_id] for work in works if work.document_id in turns]


def _prepare(work: Work, turn: Round, credential: Credential, now: datetime) -> PreparedSignature | None:
    """Prepare one document; None with ``work.problem`` set."""
    if work.base is None:
        raise RuntimeError("nothing to sign")
    try:
        prepared = prepare(
            work.base, SignaturePlan(turn.field, work.block or turn.block, reason=turn.reason), credential, now
        )
    except BadInput as problem:
        work.problem = problem
        return None
    work.base = None
    return prepared


def _create(connection: Connection, work: Work, turn: Round, prepared: PreparedSignature, at: str) -> _Turn:
    state = prepared.state()
    job = signing_jobs.create(
        connection,
        document_id=work.document_id,
        role=turn.role,
        prepared_sha256=str(state["pdf_sha256"]),
        document_digest=prepared.document_digest,
        reserved=(prepared.reserved_start, prepared.reserved_end),
        at=at,
        field_name=turn.field,
        credential_id=turn.credential_id,
        certificate_sha256=prepared.certificate_sha256.hex(),
        signed_attrs=prepared.signed_attributes,
        tbs_hash=prepared.tbs_digest,
        extra={"prepared": state, "occasion": work.occasion},
    )
    return _Turn(work, job, prepared if job.prepared_sha256 == state["pdf_sha256"] else None)


def _same_certificate(workplace: Workplace, work: Work, job: SigningJob, credential: Credential) -> bool:
    """Tell whether *job* can still be signed and embedded with the credential; end it when it cannot.

    The signed attributes name the certificate: with another one (renewed meanwhile, or a service that showed a wrong
    one) the document has to be prepared anew, which the next run does under the same number.
    """
    if job.state not in ("PREPARED", "AUTH_PENDING", "SUBMITTED", "UNKNOWN", "SIGNED_RAW"):
        return True
    if job.certificate_sha256 == hashlib.sha256(credential.certificate).hexdigest():
        return True
    move(workplace, job, "FAILED", "certificate-changed", error_code="certificate-changed")
    work.problem = _certificate_changed()
    return False


def _take_up(workplace: Workplace, turns: Sequence[_Turn]) -> None:
    """Bring jobs that a killed run left in the middle of asking back to where they can be asked for."""
    asked = [t for t in turns if t.job.state == "SUBMITTED"]
    _move_all(workplace, asked, "UNKNOWN", "the run that had asked ended before the answer")
    again = [t for t in turns if t.job.state in ("AUTH_PENDING", "UNKNOWN")]
    _move_all(workplace, again, "PREPARED", "to be asked for again, same digest")


# -- a service that answers at once ----------------------------------------------------------------------------------


def _ask(
    workplace: Workplace, signer: RemoteSigner, turns: Sequence[_Turn], turn: Round, credential: Credential
) -> None:
    digests = [one.job.tbs_hash or b"" for one in turns]
    _move_all(workplace, turns, "AUTH_PENDING")
    try:
        authorisation = signer.authorise(credential, digests, turn.description)
    except SohoaError:
        _move_all(workplace, turns, "PREPARED", "not authorised")
        raise
    _move_all(workplace, turns, "SUBMITTED")
    try:
        signatures = signer.sign(authorisation, digests)
    except SohoaError as error:
        _move_all(workplace, turns, "UNKNOWN", error.code)
        raise
    _keep(workplace, turns, dict(enumerate(signatures)), credential)


# -- a service whose signer confirms on a phone ----------------------------------------------------------------------


def _ask_by_phone(
    workplace: Workplace, phone: PhoneSigner, turns: Sequence[_Turn], turn: Round, credential: Credential
) -> None:
    """Send the request and ask for its result once; who must wait for the signer calls again."""
    transaction = secrets.token_hex(16)
    with workplace.catalogue.begin() as connection:
        at = utc_text(workplace.clock())
        for position, one in enumerate(turns):
            extra = one.job.extra | {"position": position}
            _step(connection, one, "AUTH_PENDING", at, "", remote_ref=transaction, extra=extra)
    try:
        reference = phone.submit(credential, [one.job.tbs_hash or b"" for one in turns], turn.description, transaction)
    except Refused:
        _move_all(workplace, turns, "PREPARED", "refused before the signer was asked", remote_ref="")
        raise
    _move_all(workplace, turns, "SUBMITTED", remote_ref=reference)
    _result(workplace, phone, turns, credential)


def _fetch_results(workplace: Workplace, phone: PhoneSigner, turns: Sequence[_Turn], credential: Credential) -> None:
    """Ask for the results of requests that went out in earlier runs."""
    requests: dict[tuple[str, str], list[_Turn]] = {}
    for one in turns:
        if one.job.state in ("AUTH_PENDING", "SUBMITTED", "UNKNOWN"):
            requests.setdefault((one.job.state, one.job.remote_ref), []).append(one)
    for (state, reference), group in requests.items():
        if state == "UNKNOWN" or not reference:  # over, or what came back did not verify
            _move_all(workplace, group, "PREPARED", "to be asked for again, same digest", remote_ref="")
        elif state == "SUBMITTED" or phone.finds_by_transaction:
            _result(workplace, phone, group, credential)
        else:
            begun = datetime.fromisoformat(group[0].job.updated_at)
            if workplace.clock() < begun + timedelta(seconds=phone.confirm_s):
                raise RemotePending("the answer to the request was lost; it has not expired yet")
            _move_all(workplace, group, "PREPARED", "answer lost, request expired", remote_ref="")


def _result(workplace: Workplace, phone: PhoneSigner, turns: Sequence[_Turn], credential: Credential) -> None:
    reference = turns[0].job.remote_ref
    try:
        signatures = phone.result(reference)
    except RemotePending:
        _submitted(workplace, turns)  # found by our own id: the service has it
        raise
    except Refused as over:
        if turns[0].job.state == "AUTH_PENDING":
            _move_all(workplace, turns, "PREPARED", over.code, remote_ref="")
        else:
            _move_all(workplace, turns, "UNKNOWN", over.code)
            _move_all(workplace, turns, "PREPARED", "to be asked for again, same digest", remote_ref="")
        if over.code != TRANSACTION_UNKNOWN:
            raise
        return
    _submitted(workplace, turns)
    own = {number: signatures.get(int(one.job.extra["position"]), b"") for number, one in enumerate(turns)}
    _keep(workplace, turns, own, credential)


def _submitted(workplace: Workplace, turns: Sequence[_Turn]) -> None:
    _move_all(workplace, [one for one in turns if one.job.state == "AUTH_PENDING"], "SUBMITTED")


# -- what came back --------------------------------------------------------------------------------------------------


def _keep(workplace: Workplace, turns: Sequence[_Turn], signatures: dict[int, bytes], credential: Credential) -> None:
    """Store every signature that verifies, all in one transaction; the others are their documents' problem.

    A signature that stands in another's place is put where it belongs: what it verifies for decides.
    """
    found: list[bytes | SohoaError] = []
    for number, one in enumerate(turns):
        outcome: bytes | SohoaError | None = None
        candidates = [signatures.get(number, b""), *(raw for n, raw in signatures.items() if n != number)]
        for raw in candidates:
            try:
                outcome = check_raw(one.ready(workplace), raw, credential.certificate)
                break
            except _ITS_OWN as problem:
                outcome = outcome or problem
        assert outcome is not None
        found.append(outcome)
    with workplace.catalogue.begin() as connection:
        at = utc_text(workplace.clock())
        for one, outcome in zip(turns, found, strict=True):
            if isinstance(outcome, bytes):
                _step(connection, one, "SIGNED_RAW", at, "", raw_signature=outcome)
            else:
                _step(connection, one, "UNKNOWN", at, outcome.code)
                one.work.problem = outcome


def _embed_all(workplace: Workplace, site: SigningSite, turns: Sequence[_Turn], credential: Credential) -> None:
    """Time-stamp and embed; what is done is written down for a few documents at a time (a time stamp is cheap)."""
    with ThreadPoolExecutor(_THREADS) as pool:
        for start in range(0, len(turns), _AT_A_TIME):
            some = turns[start : start + _AT_A_TIME]
            waiting = [pool.submit(_embed, workplace, site, one, credential) for one in some]
            wait(waiting)
            done = [
                (one, one_done.result())
                for one, one_done in zip(some, waiting, strict=True)
                if not one_done.exception()
            ]
            with workplace.catalogue.begin() as connection:
                at = utc_text(workplace.clock())
                for one, sha256 in done:
                    if sha256:
                        _step(connection, one, "SIGNED_BT", at, "", result_sha256=sha256)
            for one_done in waiting:
                one_done.result()


def _embed(workplace: Workplace, site: SigningSite, one: _Turn, credential: Credential) -> str:
    """Return the SHA-256 of the stored result; empty with the work's problem set."""
    try:
        signed = embed(one.ready(workplace), one.job.raw_signature or b"", credential, site.timestamper)
    except _ITS_OWN as problem:
        one.work.problem = problem
        return ""
    one.prepared = None
    return put_blob(workplace.store, signed).sha256


def _move_all(workplace: Workplace, turns: Sequence[_Turn], state: str, detail: str = "", **changes: object) -> None:
    if not turns:
        return
    with workplace.catalogue.begin() as connection:
        at = utc_text(workplace.clock())
        for one in turns:
            _step(connection, one, state, at, detail, **changes)


def _step(connection: Connection, one: _Turn, state: str, at: str, detail: str, **changes: Any) -> None:
    signing_jobs.move(connection, one.job.id, expected=one.job.state, state=state, at=at, detail=detail, **changes)
    one.job = replace(one.job, state=state, updated_at=at, **changes)


def _certificate_changed() -> Refused:
    return Refused(
        "certificate-changed",
        "certificate differs from the one that the signature was prepared for",
        Advice(
            "Chứng thư của người ký đã đổi sau khi chuẩn bị ký.",
            "Số chứng thực được giữ; chưa có chữ ký nào được chèn.",
            "Chạy lại: văn bản được chuẩn bị và ký lại với chứng thư hiện tại, cùng số chứng thực.",
        ),
    )
