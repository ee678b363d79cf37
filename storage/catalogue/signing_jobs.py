"""Remote signing as durable steps: what was prepared, what was asked, what came back.

Side effects (a remote call, a stored blob) happen only between two persisted states, so a process that dies finds
here what it must not do twice. ``UNKNOWN``: the request went out and no answer came; ask the service before asking
for another signature.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, Update, bindparam, func, insert, select, update

from domain.errors import Advice, Refused
from storage.catalogue import schema as t

#: state -> states that may follow
TRANSITIONS: dict[str, frozenset[str]] = {
    "PREPARED": frozenset({"AUTH_PENDING", "REJECTED", "FAILED"}),
    "AUTH_PENDING": frozenset({"SUBMITTED", "PREPARED", "REJECTED", "FAILED"}),
    "SUBMITTED": frozenset({"SIGNED_RAW", "UNKNOWN", "REJECTED", "FAILED"}),
    "UNKNOWN": frozenset({"SIGNED_RAW", "PREPARED", "REJECTED", "FAILED"}),
    "SIGNED_RAW": frozenset({"SIGNED_BT", "FAILED"}),
    "SIGNED_BT": frozenset({"AUGMENTED", "VERIFIED", "FAILED"}),
    # back to SIGNED_BT: proof was missing, or became too old meanwhile; evidence is collected anew
    "AUGMENTED": frozenset({"VERIFIED", "FAILED", "SIGNED_BT"}),
    "VERIFIED": frozenset({"PUBLISHED", "FAILED", "SIGNED_BT"}),
    "PUBLISHED": frozenset(),
    "REJECTED": frozenset(),
    "FAILED": frozenset(),
}
OVER = ("PUBLISHED", "REJECTED", "FAILED")
_MUTABLE = frozenset(
    {"signed_attrs", "tbs_hash", "raw_signature", "remote_ref", "result_sha256", "error_code", "extra"}
)


@dataclass(frozen=True)
class SigningJob:
    """One signature of one document by one role (``person``, ``agency``), in one attempt."""

    id: str
    document_id: str
    role: str
    attempt: int
    state: str
    prepared_sha256: str  # blob of the PDF with the empty signature
    document_digest: bytes  # SHA-256 over the byte range
    reserved_start: int  # byte offsets of the reserved /Contents region
    reserved_end: int
    field_name: str = ""
    credential_id: str = ""
    certificate_sha256: str = ""
    signed_attrs: bytes | None = None  # DER
    tbs_hash: bytes | None = None  # what goes to the service
    raw_signature: bytes | None = None  # what came back, already checked
    remote_ref: str = ""  # the service's transaction id
    result_sha256: str = ""  # blob of the signed PDF
    error_code: str = ""
    extra: dict[str, Any] = field(default_factory=dict)
    created_at: str = ""
    updated_at: str = ""


# made once: making a statement costs more than running it, and every signature takes a dozen
_J, _S = t.signing_jobs.c, t.signing_transitions.c
_CURRENT = select(t.signing_jobs).where(
    _J.document_id == bindparam("of"), _J.role == bindparam("in_role"), _J.state.not_in(OVER)
)
_CURRENT_LOCKED = _CURRENT.with_for_update()
_NEW = insert(t.signing_jobs)
_LAST_ATTEMPT = select(func.max(_J.attempt)).where(_J.document_id == bindparam("of"), _J.role == bindparam("in_role"))
_STEP = insert(t.signing_transitions).values(
    job_id=bindparam("of"),
    seq=select(func.coalesce(func.max(_S.seq), 0) + 1).where(_S.job_id == bindparam("of")).scalar_subquery(),
    from_state=bindparam("before"),
    to_state=bindparam("after"),
    detail=bindparam("said"),
    at=bindparam("moment"),
)


def create(
    connection: Connection,
    *,
    document_id: str,
    role: str,
    prepared_sha256: str,
    document_digest: bytes,
    reserved: tuple[int, int],
    at: str,
    field_name: str = "",
    credential_id: str = "",
    certificate_sha256: str = "",
    signed_attrs: bytes | None = None,
    tbs_hash: bytes | None = None,
    extra: dict[str, Any] | None = None,
) -> SigningJob:
    """Start a job in state PREPARED, or return the open one of this (document, role): there is never a second.

    The prepared blob must be stored before. Compare ``prepared_sha256`` to see whether it is the one just prepared.
    """
    open_job = current(connection, document_id, role, lock=True)
    if open_job is not None:
        return open_job
    attempt = (connection.execute(_LAST_ATTEMPT, {"of": document_id, "in_role": role}).scalar() or 0) + 1
    job = SigningJob(
        id=hashlib.sha256(f"{document_id}\n{role}\n{attempt}".encode()).hexdigest()[:32],
        document_id=document_id,
        role=role,
        attempt=attempt,
        state="PREPARED",
        prepared_sha256=prepared_sha256,
        document_digest=document_digest,
        reserved_start=reserved[0],
        reserved_end=reserved[1],
        field_name=field_name,
        credential_id=credential_id,
        certificate_sha256=certificate_sha256,
        signed_attrs=signed_attrs,
        tbs_hash=tbs_hash,
        extra=extra or {},
        created_at=at,
        updated_at=at,
    )
    connection.execute(_NEW, job.__dict__)
    _log(connection, job.id, "", "PREPARED", "", at)
    return job


def current(connection: Connection, document_id: str, role: str, *, lock: bool = False) -> SigningJob | None:
    """Return the open job of this (document, role), or None."""
    row = connection.execute(_CURRENT_LOCKED if lock else _CURRENT, {"of": document_id, "in_role": role}).first()
    return None if row is None else _job(row)


def get(connection: Connection, job_id: str) -> SigningJob | None:
    """Return the job, or None."""
    row = connection.execute(select(t.signing_jobs).where(t.signing_jobs.c.id == job_id)).first()
    return None if row is None else _job(row)


def in_state(connection: Connection, *states: str, limit: int = 1000) -> list[SigningJob]:
    """Return the jobs that stand in one of *states*, longest waiting first: what a restart has to look after."""
    j = t.signing_jobs.c
    query = select(t.signing_jobs).where(j.state.in_(states)).order_by(j.updated_at, j.id).limit(limit)
    return [_job(r) for r in connection.execute(query)]


def of_document(connection: Connection, document_id: str) -> list[SigningJob]:
    """Return all jobs of a document, oldest attempt first."""
    j = t.signing_jobs.c
    query = select(t.signing_jobs).where(j.document_id == document_id).order_by(j.role, j.attempt)
    return [_job(r) for r in connection.execute(query)]


def move(
    connection: Connection, job_id: str, *, expected: str, state: str, at: str, detail: str = "", **changes: Any
) -> None:
    """Move a job from *expected* to *state* and write *changes* with it.

    *changes* may name ``signed_attrs``, ``tbs_hash``, ``raw_signature``, ``remote_ref``, ``result_sha256``,
    ``error_code``, ``extra``. *detail* stays in the history: no secrets. Raises ``Refused`` (``wrong-state``) if the
    job is not in *expected* (someone else moved it), ``ValueError`` for a step that does not exist.
    """
    if state not in TRANSITIONS[expected]:
        raise ValueError(f"no step from {expected} to {state}")
    if not changes.keys() <= _MUTABLE:
        raise ValueError(f"not to be changed: {sorted(changes.keys() - _MUTABLE)}")
    values = {f"new_{name}": value for name, value in (("state", state), ("updated_at", at), *changes.items())}
    if not connection.execute(_move(tuple(values)), {"which": job_id, "was": expected, **values}).rowcount:
        raise Refused(
            "wrong-state",
            f"signing job {job_id} is not {expected}",
            Advice(
                "Yêu cầu ký số đã được một tiến trình khác xử lý.",
                "Không có gì bị thay đổi.",
                "Mở lại tài liệu để xem trạng thái ký hiện tại.",
            ),
        )
    _log(connection, job_id, expected, state, detail, at)


@cache
def _move(names: tuple[str, ...]) -> Update:
    """Return the statement that changes the columns in *names* (``new_<column>``), made once for each set of them."""
    statement = update(t.signing_jobs).where(_J.id == bindparam("which"), _J.state == bindparam("was"))
    return statement.values({name.removeprefix("new_"): bindparam(name) for name in names})


def history(connection: Connection, job_id: str) -> list[tuple[str, str, str, str]]:
    """Return the steps of a job, oldest first: (from, to, detail, at)."""
    s = t.signing_transitions.c
    query = select(s.from_state, s.to_state, s.detail, s.at).where(s.job_id == job_id).order_by(s.seq)
    return [(r.from_state, r.to_state, r.detail, r.at) for r in connection.execute(query)]


def _log(connection: Connection, job_id: str, before: str, after: str, detail: str, at: str) -> None:
    values = {"of": job_id, "before": before, "after": after, "said": detail, "moment": at}
    connection.execute(_STEP, values)


def _job(row: Row[Any]) -> SigningJob:
    return SigningJob(**row._mapping)
