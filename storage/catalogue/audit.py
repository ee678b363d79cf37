"""The audit chain: append-only events, each holding the hash of the one before, one chain for each agency.

Event types are PREMIS terms (``ingestion``, ``message digest calculation``, ``normalization``, ``digital signature
generation``, ``fixity check``, ...). Details hold no personal data; runs of 9 or 12 digits are masked all the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Any, ParamSpec, TypeVar

from sqlalchemy import Connection, bindparam, func, select, update

from domain.personal import mask_within
from storage.catalogue import schema as t
from storage.catalogue.sql import insert_many, upsert
from storage.manifest import canonical

GENESIS = "0" * 64
_P = ParamSpec("_P")
_R = TypeVar("_R")
_ACTING: ContextVar[Mapping[str, str] | None] = ContextVar("acting", default=None)


@contextmanager
def acting(who: Mapping[str, str]) -> Iterator[None]:
    """Add *who* (the officer who proved themselves, and how) to the detail of every event written in the block."""
    before = _ACTING.set(who)
    try:
        yield
    finally:
        _ACTING.reset(before)


def as_now(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Return *function* so that in a thread of a pool too it is done by who acts now: threads do not inherit that."""
    who = _ACTING.get()

    def done(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        if who is None:
            return function(*args, **kwargs)
        with acting(who):
            return function(*args, **kwargs)

    return done


@dataclass(frozen=True)
class AuditEvent:
    """One event as stored. ``detail`` is canonical JSON text; hashes are lower-case hex."""

    agency: str
    seq: int
    at: str
    event_type: str
    agent: str
    document_id: str
    outcome: str
    detail: str
    prev_hash: str
    hash: str


@dataclass(frozen=True)
class Happened:
    """What is to become an event: the words of :func:`append`."""

    event_type: str
    agent: str
    at: str
    document_id: str = ""
    outcome: str = "success"
    detail: Mapping[str, Any] = field(default_factory=dict)


# made once: making a statement costs more than running it, and every act of an office writes here
_HEADS = t.audit_heads.c
_HEAD = select(_HEADS.seq, _HEADS.hash).where(_HEADS.agency == bindparam("of")).with_for_update()
_NEW_HEAD = (
    update(t.audit_heads)
    .where(_HEADS.agency == bindparam("of"))
    .values(seq=bindparam("new_seq"), hash=bindparam("new_hash"))
)


@dataclass(frozen=True)
class ChainReport:
    """Outcome of checking a chain: ``broken_seq`` is the first row that was changed, or that is missing."""

    agency: str
    checked: int
    head_hash: str
    broken_seq: int | None = None
    reason: str = ""

    @property
    def intact(self) -> bool:
        """Whether every row stands as it was written."""
        return self.broken_seq is None


def append(
    connection: Connection,
    *,
    agency: str,
    event_type: str,
    agent: str,
    at: str,
    document_id: str = "",
    outcome: str = "success",
    detail: Mapping[str, Any] | None = None,
) -> AuditEvent:
    """Append an event to the chain of *agency* within the caller's transaction, and return it.

    The head's row is locked until the transaction ends, so events of one agency are numbered without gaps.
    """
    happened = Happened(event_type, agent, at, document_id, outcome, detail or {})
    return append_all(connection, agency, [happened])[0]


def append_all(connection: Connection, agency: str, happened: Sequence[Happened]) -> list[AuditEvent]:
    """As :func:`append`, for all that one act does: the head is read and moved on once."""
    if not happened:
        return []
    head = connection.execute(_HEAD, {"of": agency}).first()
    if head is None:
        first = upsert(connection, t.audit_heads).values(agency=agency, seq=0, hash=GENESIS)
        connection.execute(first.on_conflict_do_nothing())
        head = connection.execute(_HEAD, {"of": agency}).one()
    events, previous = list[AuditEvent](), str(head.hash)
    for seq, one in enumerate(happened, head.seq + 1):
        event = AuditEvent(
            agency=agency,
            seq=seq,
            at=one.at,
            event_type=one.event_type,
            agent=one.agent,
            document_id=one.document_id,
            outcome=one.outcome,
            detail=canonical(mask_within({**one.detail, **(_ACTING.get() or {})})).decode(),
            prev_hash=previous,
            hash="",
        )
        previous = event_hash(event)
        events.append(replace(event, hash=previous))
    insert_many(connection, t.audit_events, [event.__dict__ for event in events])
    connection.execute(_NEW_HEAD, {"of": agency, "new_seq": events[-1].seq, "new_hash": previous})
    return events


def event_hash(event: AuditEvent) -> str:
    """Return SHA-256 over the previous hash and the canonical JSON of the event with its number."""
    content = {k: v for k, v in event.__dict__.items() if k not in ("hash", "prev_hash")}
    return hashlib.sha256(event.prev_hash.encode() + canonical(content)).hexdigest()


def verify_chain(connection: Connection, agency: str, *, batch: int = 10_000) -> ChainReport:
    """Recompute the chain of *agency* from its first row and name the first row that is not as it was written.

    A whole chain rewritten by someone with full rights over the database is consistent in itself; against that the
    head must be kept elsewhere (``head``) and compared.
    """
    previous, expected, checked = GENESIS, 1, 0
    last: AuditEvent | None = None
    while True:
        e = t.audit_events
        query = select(e).where(e.c.agency == agency, e.c.seq >= expected).order_by(e.c.seq).limit(batch)
        rows = [AuditEvent(**r._mapping) for r in connection.execute(query)]
        for event in rows:
            if event.seq != expected:
                return ChainReport(agency, checked, previous, expected, "missing")
            if event.prev_hash != previous and last is not None and _stands(connection, event):
                # this row is whole and remembers another predecessor: the one before was rewritten with a new hash
                return ChainReport(agency, checked - 1, last.prev_hash, last.seq, "rewritten")
            if event.prev_hash != previous or event_hash(event) != event.hash:
                return ChainReport(agency, checked, previous, event.seq, "altered")
            previous, expected, checked, last = event.hash, expected + 1, checked + 1, event
        if len(rows) < batch:
            break
    heads = t.audit_heads.c
    head = connection.execute(select(heads.seq, heads.hash).where(heads.agency == agency)).first()
    head_seq, head_hash = (0, GENESIS) if head is None else (head.seq, head.hash)
    if head_seq != checked:
        why = "missing" if head_seq > checked else "added"
        return ChainReport(agency, checked, previous, min(head_seq, checked) + 1, why)
    if head_hash != previous:
        return ChainReport(agency, checked, previous, checked, "rewritten")
    return ChainReport(agency, checked, previous)


def _stands(connection: Connection, event: AuditEvent) -> bool:
    """Whether *event* is whole in itself and its successor (or the head) remembers it as it is."""
    if event_hash(event) != event.hash:
        return False
    e, heads = t.audit_events.c, t.audit_heads.c
    after = connection.execute(select(e.prev_hash).where(e.agency == event.agency, e.seq == event.seq + 1)).scalar()
    if after is None:
        after = connection.execute(select(heads.hash).where(heads.agency == event.agency)).scalar()
    return bool(after == event.hash)


def head(connection: Connection, agency: str) -> tuple[int, str]:
    """Return number and hash of the newest event of *agency*: what is to be timestamped and kept elsewhere."""
    heads = t.audit_heads.c
    row = connection.execute(select(heads.seq, heads.hash).where(heads.agency == agency)).first()
    return (0, GENESIS) if row is None else (row.seq, row.hash)


def events(
    connection: Connection, agency: str, *, document_id: str | None = None, after: int = 0, limit: int = 1000
) -> list[AuditEvent]:
    """Return events of *agency* with a number above *after*, oldest first (of one document when given)."""
    e = t.audit_events
    query = select(e).where(e.c.agency == agency, e.c.seq > after)
    if document_id is not None:
        query = query.where(e.c.document_id == document_id)
    return [AuditEvent(**r._mapping) for r in connection.execute(query.order_by(e.c.seq).limit(limit))]


def count(connection: Connection, agency: str, event_type: str, document_id: str | None = None) -> int:
    """Return how many events of this type *agency* has (about one document when given)."""
    e = t.audit_events.c
    query = select(func.count()).where(e.agency == agency, e.event_type == event_type)
    if document_id is not None:
        query = query.where(e.document_id == document_id)
    return connection.execute(query).scalar_one()


def agencies(connection: Connection) -> list[str]:
    """Return the agencies that have a chain."""
    return list(connection.execute(select(t.audit_heads.c.agency).order_by(t.audit_heads.c.agency)).scalars())
