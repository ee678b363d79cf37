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
from dataclasses import dataclass
from typing import Any, Protocol

from asn1crypto import cms

from domain.agencies import parse_agency_code
from domain.retention import kept_until
from pipeline.derivative import software
from pipeline.workplace import Workplace
from signing.chain import ChainError
from signing.timestamp import check_token
from storage.catalogue import audit
from storage.catalogue.engine import utc_text
from storage.manifest import canonical
from storage.objects import LockingStore

FORMAT = "sohoa-log-head/1"
_PREFIX = "log-head/"


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

    @property
    def key(self) -> str:
        """Where it stands in the object store."""
        return f"{_PREFIX}{self.agency}/{self.seq:012}.json"

    def statement(self) -> bytes:
        """The bytes that the token is over."""
        return canonical({"type": FORMAT, "agency": self.agency, "seq": self.seq, "hash": self.hash, "at": self.at})


@dataclass(frozen=True)
class HeadFinding:
    """What a kept head says of the log as it is now. ``reason`` is "" when they agree.

    Else: ``missing`` (the event is gone), ``rewritten`` (it has another hash), ``time stamp`` (the token does not
    prove this head), ``unreadable``.
    """

    agency: str
    seq: int
    at: str
    reason: str


def keep_log_heads(workplace: Workplace, timestamper: Timestamper) -> list[KeptHead]:
    """Keep the head of every chain that grew since it was last kept; return those. Raises ``Unavailable``."""
    kept = []
    with workplace.catalogue.read() as connection:
        heads = {agency: audit.head(connection, agency) for agency in audit.agencies(connection)}
    for agency, (seq, hash_) in heads.items():
        head = KeptHead(agency, seq, hash_, utc_text(workplace.clock()))
        if seq == 0 or workplace.store.stat(head.key) is not None:
            continue
        token = timestamper.timestamp(hashlib.sha256(head.statement()).digest())
        record = json.loads(head.statement()) | {"token": base64.b64encode(token).decode()}
        if workplace.store.put(head.key, canonical(record), content_type="application/json"):
            kept.append(head)
        if workplace.settings.store.worm != "off" and isinstance(workplace.store, LockingStore):
            workplace.store.retain(head.key, kept_until("case-papers", workplace.clock()))
    return kept


def check_log_heads(workplace: Workplace, anchors: Sequence[bytes], agency: str | None = None) -> list[HeadFinding]:
    """Compare every kept head (of *agency*) with the log; *anchors* are the DER roots of time-stamping services.

    Raises ``Unavailable``.
    """
    findings = []
    trusted: set[bytes] = set()
    for key, data in _stored(workplace, agency):
        name, number = key.removeprefix(_PREFIX).removesuffix(".json").split("/")
        try:
            record = json.loads(data)
            head = KeptHead(str(record["agency"]), int(record["seq"]), str(record["hash"]), str(record["at"]))
            if head.key != key:
                raise ValueError("kept under another key")
            reason = _token_problem(record, head, anchors, trusted) or _disagreement(workplace, head)
            findings.append(HeadFinding(head.agency, head.seq, head.at, reason))
        except (ValueError, KeyError, TypeError):
            findings.append(HeadFinding(name, int(number) if number.isdecimal() else 0, "", "unreadable"))
    return findings


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
