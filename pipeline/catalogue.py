"""The catalogue as a whole: made again from the object store, and its audit log verified."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.derivative import software
from pipeline.workplace import Workplace
from storage.catalogue import audit
from storage.catalogue.audit import AuditEvent, ChainReport
from storage.catalogue.engine import utc_text
from storage.rebuild import RebuildReport, rebuild


@dataclass(frozen=True)
class ChainFinding:
    """One agency's chain, and the row that is not as it was written, as it stands now (None when it is gone)."""

    report: ChainReport
    row: AuditEvent | None = None


def rebuild_catalogue(workplace: Workplace) -> RebuildReport:
    """Index what the catalogue lacks and record that it was done. Raises ``Unavailable``."""
    report = rebuild(workplace.catalogue, workplace.store)
    with workplace.catalogue.begin() as connection:
        audit.append(
            connection,
            agency=workplace.settings.agency,
            event_type="metadata modification",
            agent=software(),
            at=utc_text(workplace.clock()),
            outcome="failure" if report.problems else "success",
            detail={
                "act": "catalogue rebuild",
                "documents": report.documents,
                "versions": report.versions,
                "problems": [key for key, _ in report.problems[:100]],
            },
        )
    return report


def verify_audit_log(workplace: Workplace, agency: str | None = None) -> list[ChainFinding]:
    """Recompute the chain of *agency* (or of all) and return one finding for each. Raises ``Unavailable``."""
    findings = []
    with workplace.catalogue.read() as connection:
        for name in [agency] if agency else audit.agencies(connection):
            report, row = audit.verify_chain(connection, name), None
            if report.broken_seq is not None:
                rows = audit.events(connection, name, after=report.broken_seq - 1, limit=1)
                row = next((e for e in rows if e.seq == report.broken_seq), None)
            findings.append(ChainFinding(report, row))
    return findings
