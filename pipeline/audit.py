"""Auditing the warehouse: digests, signatures of what was issued, the log's chain, the register's numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from domain.errors import SohoaError
from domain.rules import rule_in_force
from pipeline.derivative import software
from pipeline.progress import Progress, Silent
from pipeline.verify import issued_copy_expected, verify_files
from pipeline.workplace import Workplace
from signing.verify.model import Expected, Indication
from storage.catalogue import audit, documents, register
from storage.catalogue.engine import utc_text
from storage.records import StoredObject


@dataclass(frozen=True)
class AuditFinding:
    """Something that is not as it was recorded."""

    code: str
    agency: str
    document_id: str
    detail: str


@dataclass
class AuditResult:
    """What was looked at, and what was found wrong."""

    documents: int = 0
    objects: int = 0
    certified: int = 0
    events: int = 0
    findings: list[AuditFinding] = field(default_factory=list)

    def shape(self) -> dict[str, Any]:
        """Return the JSON shape."""
        return asdict(self)


def audit_warehouse(
    workplace: Workplace, *, agency: str | None = None, progress: Progress | None = None
) -> AuditResult:
    """Check every document (of *agency*), the audit chains and the register books; record that it was done.

    Raises ``Unavailable`` when store or catalogue do not answer.
    """
    result, bar = AuditResult(), progress or Silent()
    with workplace.scratch() as folder:
        copies: dict[Path, tuple[str, str]] = {}
        expected: dict[Path, Expected] = {}
        for document_id in _walk(workplace, agency):
            bar.more(1)
            copy = _check_objects(workplace, document_id, folder, result)
            if copy is not None:
                path, stored, owner_agency = copy
                copies[path] = (document_id, owner_agency)
                expected[path] = issued_copy_expected(stored.sha256)
            bar.step()
        verdicts = verify_files(workplace.settings, copies, now=workplace.clock(), expected=expected)
        for path, verdict in verdicts:
            document_id, owner_agency = copies[path]
            result.certified += 1
            if verdict.indication is not Indication.PASSED:
                code = "copy-invalid" if verdict.indication is Indication.FAILED else "copy-indeterminate"
                detail = f"{verdict.vietnamese} {verdict.code}".strip()
                result.findings.append(AuditFinding(code, owner_agency, document_id, detail))
    _check_chains(workplace, agency, result)
    _check_registers(workplace, agency, result)
    _record(workplace, agency, result)
    return result


def _walk(workplace: Workplace, agency: str | None) -> Iterator[str]:
    after = ""
    while True:
        with workplace.catalogue.read() as connection:
            page = documents.ids(connection, agency=agency, after=after)
        if not page:
            return
        yield from page
        after = page[-1]


def _check_objects(
    workplace: Workplace, document_id: str, folder: Path, result: AuditResult
) -> tuple[Path, StoredObject, str] | None:
    """Hash every object of the newest version again; return the certified copy, taken out, if there is one."""
    view = workplace.warehouse.show(document_id)
    result.documents += 1
    copy: tuple[Path, StoredObject, str] | None = None
    for stored in view.objects:
        path = folder / f"{document_id}-{stored.role}-{stored.ordinal}"
        try:
            workplace.warehouse.export_role(document_id, stored.role, path, ordinal=stored.ordinal)
            result.objects += 1
        except SohoaError as error:
            if error.code not in ("fixity", "blob-missing"):
                raise
            detail = f"{stored.role}: {error.advice.happened}"
            result.findings.append(AuditFinding(error.code, view.document.agency, document_id, detail))
            path.unlink(missing_ok=True)
            continue
        if stored.role == "certified":
            copy = (path, stored, view.document.agency)
        else:
            path.unlink()
    if view.document.status == "certified" and copy is None:
        result.findings.append(
            AuditFinding("copy-missing", view.document.agency, document_id, "không có bản sao chứng thực trong kho")
        )
    return copy


def _check_chains(workplace: Workplace, agency: str | None, result: AuditResult) -> None:
    with workplace.catalogue.read() as connection:
        for name in [agency] if agency else audit.agencies(connection):
            report = audit.verify_chain(connection, name)
            result.events += report.checked
            if report.broken_seq is not None:
                detail = f"nhật ký sai lệch tại dòng {report.broken_seq} ({report.reason})"
                result.findings.append(AuditFinding("audit-log-broken", name, "", detail))


def _check_registers(workplace: Workplace, agency: str | None, result: AuditResult) -> None:
    with workplace.catalogue.read() as connection:
        for name, book, year in register.books(connection, agency):
            first = rule_in_force("certification", workplace.clock().date(), table="book").integer("first_ordinal")
            missing = register.gaps(connection, agency=name, book=book, year=year, first_number=first)
            if missing:
                detail = f"sổ {book}/{year} thiếu số {', '.join(map(str, missing[:10]))}"
                result.findings.append(AuditFinding("register-gap", name, "", detail))


def _record(workplace: Workplace, agency: str | None, result: AuditResult) -> None:
    with workplace.catalogue.begin() as connection:
        audit.append(
            connection,
            agency=agency or workplace.settings.agency,
            event_type="fixity check",
            agent=software(),
            at=utc_text(workplace.clock()),
            outcome="failure" if result.findings else "success",
            detail={
                "documents": result.documents,
                "objects": result.objects,
                "certified": result.certified,
                "findings": [{"code": f.code, "document_id": f.document_id} for f in result.findings[:100]],
            },
        )
