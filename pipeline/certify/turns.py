"""A document's turn in a round of signing, and the durable job behind it (``signing_jobs``)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection

from domain.errors import BadInput, Refused, SohoaError
from pipeline.workplace import Workplace
from signing.appearance.block import SignatureBlock
from signing.staged import PreparedSignature
from storage.blobs import get_blob
from storage.catalogue import signing_jobs
from storage.catalogue.engine import utc_text
from storage.catalogue.signing_jobs import SigningJob
from storage.errors import BlobMissing, FixityError

THREADS = 4  # while one document waits for a disk or a time stamp, another is worked on
#: what is wrong with one document and lets the others go on
ITS_OWN = (Refused, BadInput, FixityError, BlobMissing)


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
class Turn:
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


def signing_job(workplace: Workplace, document_id: str, role: str) -> SigningJob | None:
    """Return the open job of (document, role), or None."""
    with workplace.catalogue.read() as connection:
        return signing_jobs.current(connection, document_id, role)


def move(workplace: Workplace, job: SigningJob, state: str, detail: str = "", **changes: object) -> None:
    """Move *job* to *state* in a transaction of its own."""
    with workplace.catalogue.begin() as connection:
        at = utc_text(workplace.clock())
        signing_jobs.move(connection, job.id, expected=job.state, state=state, at=at, detail=detail, **changes)


def move_all(workplace: Workplace, turns: Sequence[Turn], state: str, detail: str = "", **changes: object) -> None:
    """Move the jobs of all *turns* to *state* in one transaction; none, where one is not as it was."""
    if not turns:
        return
    with workplace.catalogue.begin() as connection:
        at = utc_text(workplace.clock())
        for one in turns:
            step(connection, one, state, at, detail, **changes)


def step(connection: Connection, one: Turn, state: str, at: str, detail: str, **changes: Any) -> None:
    """Move the job of *one* to *state* within the caller's transaction."""
    signing_jobs.move(connection, one.job.id, expected=one.job.state, state=state, at=at, detail=detail, **changes)
    one.job = replace(one.job, state=state, updated_at=at, **changes)
