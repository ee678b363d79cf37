"""Heads of the audit log, time-stamped by a TSA and kept in the object store under lock.

The chain alone shows an edit of a row; whoever rules the database can compute a whole chain anew. What was kept here
at the time contradicts them: number and hash of the last event, with an RFC 3161 token over both. A head is kept when
something happened since the last one (``sohoa audit-log keep``; hourly by the ``log-heads`` deployment).
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from asn1crypto import cms

from domain.agencies import parse_agency_code
from domain.retention import kept_until
from pipeline.derivative import software
from pipeline.workplace import Workplace
from signing.chain import ChainError
from signing.timestamp import check_token
from storage.catalogue import audit, fixity
from storage.catalogue.engine import utc_text
from storage.manifest import canonical
from storage.objects import LockingStore
from storage.small import HEADS, LOG_HEAD

FORMAT = LOG_HEAD
#: heads are kept hourly: one that is not there two hours after something happened was not kept, or was removed
EXPECTED_WITHIN = timedelta(hours=2)
_PREFIX = HEADS


class Timestamper(Protocol):
    """Who proves the time (``signing.timestamp.TsaPool``)."""

    def timestamp(self, digest: bytes) -> bytes:
        """Return a token over *digest* (SHA-256). Raises ``Unavailable``."""
        ...


@dataclass(frozen=True)
class KeptHead:
    """Number and hash of the newest event of an agency as they were at *at* (ISO 8601 UTC)."""

    agency: str
    seq: int
    hash: str
    at: str
    previous: int | None = None  # number of the head kept before; 0: none; None: kept without it

    @property
    def key(self) -> str:
        """Where it stands in the object store."""
        return f"{_PREFIX}{self.agency}/{self.seq:012}.json"

    def statement(self) -> bytes:
        """The bytes that the token is over."""
        said = {"type": FORMAT, "agency": self.agency, "seq": self.seq, "hash": self.hash, "at": self.at}
        return canonical(said if self.previous is None else said | {"previous": self.previous})


@dataclass(frozen=True)
class HeadFinding:
    """What a kept head says of the log as it is now. ``reason`` is "" when they agree.

    Else: ``missing`` (the event is gone), ``rewritten`` (it has another hash), ``time stamp`` (the token does not
    prove this head), ``unreadable``, ``removed`` (a later head, time-stamped, names this one and it is not there).
    """

    agency: str
    seq: int
    at: str
    reason: str


_NOT_THERE = ("removed", "unreadable")


@dataclass(frozen=True)
class HeadGap:
    """A time in which a head was to be kept and none is there: removed, or keeping them was not running.

    ``seq``: the first event that no head covered in time, written at ``since``; ``until``: when one did, "" = none yet.
    """

    agency: str
    seq: int
    since: str
    until: str


def keep_log_heads(workplace: Workplace, timestamper: Timestamper) -> list[KeptHead]:
    """Keep the head of every chain that grew since it was last kept; return those. Raises ``Unavailable``."""
    kept = []
    with workplace.catalogue.read() as connection:
        heads = {agency: audit.head(connection, agency) for agency in audit.agencies(connection)}
    for agency, (seq, hash_) in heads.items():
        head = KeptHead(agency, seq, hash_, utc_text(workplace.clock()))
        if seq == 0 or workplace.store.stat(head.key) is not None:
            continue
        head = replace(head, previous=max(_numbers(workplace, agency), default=0))
        token = timestamper.timestamp(hashlib.sha256(head.statement()).digest())
        record = json.loads(head.statement()) | {"token": base64.b64encode(token).decode()}
        data = canonical(record)
        if workplace.store.put(head.key, data, content_type="application/json"):
            kept.append(head)
            with workplace.catalogue.begin() as connection:
                fixity.enqueue_small(connection, [(head.key, hashlib.sha256(data).hexdigest())])
        if workplace.settings.store.worm != "off" and isinstance(workplace.store, LockingStore):
            workplace.store.retain(head.key, kept_until("case-papers", workplace.clock()))
    return kept


def check_log_heads(workplace: Workplace, anchors: Sequence[bytes], agency: str | None = None) -> list[HeadFinding]:
    """Compare every kept head (of *agency*) with the log; *anchors* are the DER roots of time-stamping services.

    Raises ``Unavailable``.
    """
    findings: list[HeadFinding] = []
    named: list[tuple[KeptHead, int]] = []
    trusted: set[bytes] = set()
    for key, data in _stored(workplace, agency):
        name, number = key.removeprefix(_PREFIX).removesuffix(".json").split("/")
        try:
            record = json.loads(data)
            previous = int(record["previous"]) if "previous" in record else None
            head = KeptHead(str(record["agency"]), int(record["seq"]), str(record["hash"]), str(record["at"]), previous)
            if head.key != key:
                raise ValueError("kept under another key")
            stamped = _token_problem(record, head, anchors, trusted)
            reason = stamped or _disagreement(workplace, head)
            findings.append(HeadFinding(head.agency, head.seq, head.at, reason))
            if previous and not stamped:
                named.append((head, previous))
        except (ValueError, KeyError, TypeError):
            findings.append(HeadFinding(name, int(number) if number.isdecimal() else 0, "", "unreadable"))
    there = {(finding.agency, finding.seq) for finding in findings}
    gone = [(head, seq) for head, seq in named if (head.agency, seq) not in there]
    return [*findings, *(HeadFinding(head.agency, seq, f"< {head.at}", "removed") for head, seq in gone)]


def head_gaps(workplace: Workplace, findings: Sequence[HeadFinding], agency: str | None = None) -> list[HeadGap]:
    """Return the times in which something was written into a log and no head of it was kept within two hours.

    *findings*: of :func:`check_log_heads` for the same agency.

    Where a store has no lock a head can be removed unnoticed, the newest and all together too: this shows it, though
    not who or why. An agency whose heads were never kept has one gap, from its first event on. Raises ``Unavailable``.
    """
    with workplace.catalogue.read() as connection:
        names = [agency] if agency else audit.agencies(connection)
    gaps = []
    for name in names:
        there = sorted((f.seq, f.at) for f in findings if f.agency == name and f.reason not in _NOT_THERE)
        kept = [(0, ""), *there]
        now = utc_text(workplace.clock())
        covers = [*kept[1:], (0, "")]
        for (seq, _), (_, at) in zip(kept, covers, strict=True):
            with workplace.catalogue.read() as connection:
                first = next(iter(audit.events(connection, name, after=seq, limit=1)), None)
            if first is not None and utc_text(datetime.fromisoformat(first.at) + EXPECTED_WITHIN) < (at or now):
                gaps.append(HeadGap(name, first.seq, first.at, at))
    return gaps


def record_check(workplace: Workplace, findings: Sequence[HeadFinding]) -> None:
    """Write into each agency's log that its kept heads were compared, and what came out."""
    with workplace.catalogue.begin() as connection:
        for agency in sorted({f.agency for f in findings}):
            wrong = [f.seq for f in findings if f.agency == agency and f.reason]
            audit.append(
                connection,
                agency=agency,
                event_type="fixity check",
                agent=software(),
                at=utc_text(workplace.clock()),
                outcome="failure" if wrong else "success",
                detail={"act": "log heads compared", "heads": len(findings), "wrong": wrong[:100]},
            )


def _stored(workplace: Workplace, agency: str | None) -> Iterator[tuple[str, bytes]]:
    prefix = f"{_PREFIX}{parse_agency_code(agency)}/" if agency else _PREFIX
    for stored in workplace.store.list(prefix):
        yield stored.key, workplace.store.get(stored.key)


def _numbers(workplace: Workplace, agency: str) -> Iterator[int]:
    for stored in workplace.store.list(f"{_PREFIX}{agency}/"):
        number = stored.key.rpartition("/")[2].removesuffix(".json")
        if number.isdecimal():
            yield int(number)


def _disagreement(workplace: Workplace, head: KeptHead) -> str:
    with workplace.catalogue.read() as connection:
        rows = audit.events(connection, head.agency, after=head.seq - 1, limit=1)
    if not rows or rows[0].seq != head.seq:
        return "missing"
    return "" if rows[0].hash == head.hash else "rewritten"


def _token_problem(record: dict[str, Any], head: KeptHead, anchors: Sequence[bytes], trusted: set[bytes]) -> str:
    try:
        token = cms.ContentInfo.load(base64.b64decode(record["token"], validate=True), strict=True)
        info = check_token(token, anchors, trusted)
        imprint = info["message_imprint"]
        proven = (
            imprint["hash_algorithm"]["algorithm"].native == "sha256"
            and imprint["hashed_message"].native == hashlib.sha256(head.statement()).digest()
        )
    except (ValueError, KeyError, TypeError, ChainError):
        return "time stamp"
    return "" if proven else "time stamp"
