"""Before the signer is asked: what is to be signed is prepared and stored, once."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from sqlalchemy import Connection

from domain.errors import Advice, BadInput, Refused
from pipeline.certify.turns import THREADS, Round, Turn, Work, move
from pipeline.workplace import Workplace
from signing.remote import Credential
from signing.staged import PreparedSignature, SignaturePlan, prepare
from storage.blobs import put_blob
from storage.catalogue import signing_jobs
from storage.catalogue.engine import utc_text
from storage.catalogue.signing_jobs import SigningJob


def begin_all(workplace: Workplace, works: Sequence[Work], turn: Round, credential: Credential) -> list[Turn]:
    """Return every work that can go on with its job; jobs that are not there yet are made in one transaction."""
    turns: dict[str, Turn] = {}
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
            turns[work.document_id] = Turn(work, job)
    now = workplace.clock()
    with ThreadPoolExecutor(THREADS) as pool:
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


def _create(connection: Connection, work: Work, turn: Round, prepared: PreparedSignature, at: str) -> Turn:
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
    return Turn(work, job, prepared if job.prepared_sha256 == state["pdf_sha256"] else None)


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
