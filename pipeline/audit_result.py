"""What an audit of the warehouse found: plain values."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class AuditFinding:
    """Something that is not as it was recorded."""

    code: str
    agency: str
    document_id: str
    detail: str


@dataclass(frozen=True)
class AuditChange:
    """A document whose state is another than at its last audit (``at``, UTC). An empty state: nothing to remark."""

    agency: str
    document_id: str
    before: str
    after: str
    at: str


@dataclass(frozen=True)
class AuditRenewal:
    """A copy whose last timestamp needs another over it before ``until`` (UTC): then its TSA certificate ends."""

    agency: str
    document_id: str
    until: str


@dataclass
class AuditResult:
    """What was looked at, and what was found wrong.

    ``certified`` counts certified copies, ``signed`` the other signed files (sao y, signed digitised papers and
    decisions), ``printed`` the copies whose number and code were read back from their print. ``verdicts`` counts all
    signed files by ``<indication> <level>``; ``resumed`` says that an earlier, killed audit of
    the same scope was gone on with (its documents are counted too).
    """

    documents: int = 0
    objects: int = 0
    certified: int = 0
    signed: int = 0
    printed: int = 0
    events: int = 0
    findings: list[AuditFinding] = field(default_factory=list)
    scope: str = "all"
    seed: int = 0
    resumed: bool = False
    verdicts: dict[str, int] = field(default_factory=dict)
    changes: list[AuditChange] = field(default_factory=list)
    renewals: list[AuditRenewal] = field(default_factory=list)

    def shape(self) -> dict[str, Any]:
        """Return the JSON shape."""
        return asdict(self)
