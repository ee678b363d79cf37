"""One signature for many documents: prepare, authorise once, sign, check, embed; every state durable.

What was prepared is stored before the service hears of it. After a kill the next run goes on from the stored state:
nothing is prepared twice, a signature that came back is never asked for again. Where an answer was lost (``UNKNOWN``):

* a service with confirmation by phone is asked for the result by the stored reference, or by our own transaction id;
  where it knows neither, the request is left to expire before the phone rings again;
* CSC has no query: the same digest is asked for under a new authorisation, which the signer gives by PIN or code. Two
  signatures over one digest say nothing more than one; the first that verifies is used.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait

from pipeline.certify.asking import ask, ask_by_phone, fetch_results, take_up
from pipeline.certify.preparing import begin_all
from pipeline.certify.site import SigningSite
from pipeline.certify.turns import ITS_OWN, THREADS, Round, Turn, Work, move, signing_job, step
from pipeline.workplace import Workplace
from signing.longterm import add_long_term
from signing.remote import Credential, PhoneSigner
from signing.staged import embed
from storage.blobs import get_blob, put_blob
from storage.catalogue.engine import utc_text

MOST_AT_ONCE = 50  # documents that one confirmation of the signer covers
_AT_A_TIME = 10


def sign_round(workplace: Workplace, site: SigningSite, works: Sequence[Work], turn: Round) -> None:
    """Bring every work's job of this role to SIGNED_BT.

    Raises ``Unavailable`` or ``Refused`` of the service as a whole (wrong PIN, no answer), ``RemotePending`` while a
    phone has not been touched: the jobs stay where they can be taken up again. What concerns one document only becomes
    that work's ``problem``.
    """
    credential = site.signer.credential(turn.credential_id)
    turns = begin_all(workplace, works, turn, credential)
    signer = site.signer
    if isinstance(signer, PhoneSigner):
        fetch_results(workplace, signer, turns, credential)
    else:
        take_up(workplace, turns)
    size = max(1, min(MOST_AT_ONCE, credential.max_batch))
    pending = [t for t in turns if t.work.problem is None and t.job.state == "PREPARED"]
    if pending:  # revoked or of another authority: nobody is asked
        site.collector.collect([(credential.certificate, credential.chain)])
    for start in range(0, len(pending), size):
        chunk = pending[start : start + size]
        if isinstance(signer, PhoneSigner):
            ask_by_phone(workplace, signer, chunk, turn, credential)
        else:
            ask(workplace, signer, chunk, turn, credential)
    _embed_all(
        workplace, site, [t for t in turns if t.work.problem is None and t.job.state == "SIGNED_RAW"], credential
    )


def _embed_all(workplace: Workplace, site: SigningSite, turns: Sequence[Turn], credential: Credential) -> None:
    """Time-stamp and embed; what is done is written down for a few documents at a time (a time stamp is cheap)."""
    with ThreadPoolExecutor(THREADS) as pool:
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
                        step(connection, one, "SIGNED_BT", at, "", result_sha256=sha256)
            for one_done in waiting:
                one_done.result()


def _embed(workplace: Workplace, site: SigningSite, one: Turn, credential: Credential) -> str:
    """Return the SHA-256 of the stored result; empty with the work's problem set."""
    try:
        signed = embed(one.ready(workplace), one.job.raw_signature or b"", credential, site.timestamper)
    except ITS_OWN as problem:
        one.work.problem = problem
        return ""
    one.prepared = None
    return put_blob(workplace.store, signed).sha256


def result_of(workplace: Workplace, document_id: str, role: str) -> bytes:
    """Return the PDF as this role's signature left it."""
    job = signing_job(workplace, document_id, role)
    if job is None or not job.result_sha256:
        raise RuntimeError(f"no result of role {role} yet")
    return get_blob(workplace.store, job.result_sha256)


def augment(workplace: Workplace, site: SigningSite, document_id: str, role: str) -> str:
    """Bring the role's job from SIGNED_BT to AUGMENTED: evidence and document time stamp. Raises as add_long_term.

    Returns the digest of the stored file with both; empty where the job has not come that far.
    """
    job = signing_job(workplace, document_id, role)
    if job is None or job.state in ("AUGMENTED", "VERIFIED"):
        return job.result_sha256 if job is not None else ""
    if job.state != "SIGNED_BT":
        return ""
    final = add_long_term(get_blob(workplace.store, job.result_sha256), site.collector, site.timestamper)
    blob = put_blob(workplace.store, final)
    extra = job.extra | {"signed_sha256": job.result_sha256}
    move(workplace, job, "AUGMENTED", result_sha256=blob.sha256, extra=extra)
    return blob.sha256


def back_to_signed(workplace: Workplace, document_id: str, role: str, why: str) -> None:
    """Take the role's job back to SIGNED_BT: its evidence did not suffice and is collected anew by the next run."""
    job = signing_job(workplace, document_id, role)
    if job is not None and job.state in ("AUGMENTED", "VERIFIED") and "signed_sha256" in job.extra:
        move(workplace, job, "SIGNED_BT", f"not proven: {why}", result_sha256=str(job.extra["signed_sha256"]))
