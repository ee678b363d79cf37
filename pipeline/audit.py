"""Auditing the warehouse: digests, signatures of what was issued, the log's chain, the register's numbers.

Documents are looked at one after the other by several threads and worker processes; what was found of each is written
to the book of audits at once, so that a killed audit goes on and the next one can tell what changed.
"""

from __future__ import annotations

import hashlib
import heapq
import os
import secrets
import shutil
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from domain.certification import VIETNAM
from domain.errors import SohoaError
from domain.rules import rule_in_force
from pipeline.audit_book import AuditBook, AuditRow, AuditRun, open_audit_book
from pipeline.derivative import software
from pipeline.progress import Progress, Silent
from pipeline.trust import trust_in_force
from pipeline.verify import issued_copy_expected, verify_files
from pipeline.verify_register import check_register
from pipeline.workplace import Workplace
from signing.verify.model import DocumentVerdict, Expected, Indication, TimestampVerdict
from storage.catalogue import audit, documents, register
from storage.catalogue.engine import utc_text

RENEW_WITHIN = timedelta(days=365)


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

    ``verdicts`` counts certified copies by ``<indication> <level>``; ``resumed`` says that an earlier, killed audit of
    the same scope was gone on with (its documents are counted too).
    """

    documents: int = 0
    objects: int = 0
    certified: int = 0
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


@dataclass(frozen=True)
class _Looked:
    """One document's objects, hashed again; ``copy`` is its certified copy, taken out, if it has a sound one."""

    row: AuditRow
    copy: Path | None = None
    sha256: str = ""


def audit_warehouse(
    workplace: Workplace,
    *,
    agency: str | None = None,
    since: date | None = None,
    sample: int = 0,
    seed: int | None = None,
    jobs: int = 0,
    progress: Progress | None = None,
) -> AuditResult:
    """Check documents (of *agency*), the audit chains and the register books; record that it was done.

    Killed, the same call goes on where it stopped.

    Args:
        since: only documents changed on this Vietnamese day or later.
        sample: only so many, drawn by *seed*: the same seed draws the same ones. Without a seed one is drawn and told.
        jobs: threads that hash and processes that verify; 0: as many as cores.

    Raises ``Unavailable`` when store or catalogue do not answer, ``Refused`` (``audit-running``).
    """
    bar, workers = progress or Silent(), jobs or len(os.sched_getaffinity(0))
    moment = datetime.combine(since, time.min, VIETNAM).astimezone(UTC) if since else None
    scope = " ".join(
        part
        for part in (f"agency={agency}" if agency else "", f"since={since}" if since else "", f"sample={sample}")
        if part and part != "sample=0"
    )
    trust = trust_in_force(workplace.settings).version
    home = workplace.settings.data_dir / "audit"
    with open_audit_book(home) as book, _work_folder(home / "work") as folder:
        now, fresh = utc_text(workplace.clock()), secrets.randbelow(10**9) if sample else 0
        run = book.begin(scope or "all", trust, seed if sample else None, now, fresh_seed=fresh)
        chosen = _walk(workplace, agency, utc_text(moment) if moment else "")
        if sample:
            chosen = iter(sorted(heapq.nsmallest(sample, chosen, key=lambda one: _draw(run.seed, one))))
        left = (one for one in chosen if not book.done(run, one))
        _look(workplace, book, run, left, folder, workers, bar)
        result = _summary(book, run, workplace.clock())
        _check_chains(workplace, agency, result)
        _check_registers(workplace, agency, result)
        _record(workplace, agency, result)
        book.finish(run, utc_text(workplace.clock()))
    return result


@contextmanager
def _work_folder(folder: Path) -> Iterator[Path]:
    """Yield an empty folder of a fixed name: what a killed audit left there goes away with the next one."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _draw(seed: int, document_id: str) -> str:
    return hashlib.sha256(f"{seed} {document_id}".encode()).hexdigest()


def _walk(workplace: Workplace, agency: str | None, since: str) -> Iterator[str]:
    after = ""
    while True:
        with workplace.catalogue.read() as connection:
            page = documents.ids(connection, agency=agency, after=after, since=since)
        if not page:
            return
        yield from page
        after = page[-1]


def _look(
    workplace: Workplace,
    book: AuditBook,
    run: AuditRun,
    ids: Iterator[str],
    folder: Path,
    workers: int,
    bar: Progress,
) -> None:
    """Look at every document of *ids* and write each down as soon as it is known."""
    waiting: dict[Path, _Looked] = {}
    expected: dict[Path, Expected] = {}

    def copies() -> Iterator[Path]:
        for looked in _ahead(lambda one: _check_objects(workplace, one, folder), ids, workers):
            bar.more(1)
            if looked.copy is None:
                book.put(run, looked.row)
                bar.step()
                continue
            waiting[looked.copy] = looked
            expected[looked.copy] = issued_copy_expected(looked.sha256)
            yield looked.copy

    judged = verify_files(workplace.settings, copies(), now=workplace.clock(), expected=expected, jobs=workers)
    for path, verdict in judged:
        book.put(run, _judged(workplace, waiting.pop(path).row, verdict))
        expected.pop(path)
        path.unlink(missing_ok=True)
        bar.step()


def _ahead(look: Callable[[str], _Looked], ids: Iterator[str], workers: int) -> Iterator[_Looked]:
    """Yield ``look(id)`` in order, a few of them at work ahead of what was taken."""
    pool = ThreadPoolExecutor(workers, thread_name_prefix="audit")
    futures: deque[Future[_Looked]] = deque()
    try:
        while True:
            while len(futures) < workers * 2 and (one := next(ids, None)) is not None:
                futures.append(pool.submit(look, one))
            if not futures:
                return
            yield futures.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _check_objects(workplace: Workplace, document_id: str, folder: Path) -> _Looked:
    """Hash every object of the newest version again."""
    view = workplace.warehouse.show(document_id)
    findings: list[tuple[str, str]] = []
    copy, sha256, objects, copies = None, "", 0, 0
    for stored in view.objects:
        path = folder / f"{document_id}-{stored.role}-{stored.ordinal}"
        copies += stored.role == "certified"
        try:
            workplace.warehouse.export_role(document_id, stored.role, path, ordinal=stored.ordinal)
            objects += 1
        except SohoaError as error:
            if error.code not in ("fixity", "blob-missing"):
                raise
            findings.append((error.code, f"{stored.role}: {error.advice.happened}"))
            path.unlink(missing_ok=True)
            continue
        if stored.role == "certified":
            copy, sha256 = path, stored.sha256
        else:
            path.unlink()
    if view.document.status == "certified" and copy is None:
        findings.append(("copy-missing", "không có bản sao chứng thực trong kho"))
    row = AuditRow(document_id, view.document.agency, objects, findings=tuple(findings))
    return _Looked(row, copy, sha256)


def _judged(workplace: Workplace, row: AuditRow, verdict: DocumentVerdict) -> AuditRow:
    findings = list(row.findings)
    if verdict.indication is not Indication.PASSED:
        code = "copy-invalid" if verdict.indication is Indication.FAILED else "copy-indeterminate"
        findings.append((code, f"{verdict.vietnamese} {verdict.code}".strip()))
    else:
        said = check_register(workplace.catalogue, verdict)
        if said.code == "copy-not-issued":
            findings.append((said.code, said.message))
    until = _renew_until(verdict)
    return AuditRow(
        row.document_id,
        row.agency,
        row.objects,
        verdict.indication.value,
        str(verdict.level),
        verdict.code,
        utc_text(until) if until else "",
        tuple(findings),
    )


def _renew_until(verdict: DocumentVerdict) -> datetime | None:
    """Return when the certificate of the newest timestamp ends: the document's last one, else the signatures' own."""
    stamps: list[TimestampVerdict] = list(verdict.timestamps)[-1:]
    stamps = stamps or [stamp for signature in verdict.signatures for stamp in signature.timestamps]
    ends = [s.authority.valid_until for s in stamps if s.authority is not None and s.authority.valid_until is not None]
    return min(ends, default=None)


def _summary(book: AuditBook, run: AuditRun, now: datetime) -> AuditResult:
    result = AuditResult(scope=run.scope, seed=run.seed, resumed=run.resumed)
    verdicts: Counter[str] = Counter()
    soon = utc_text(now + RENEW_WITHIN)
    for row in book.rows(run):
        result.documents += 1
        result.objects += row.objects
        if row.verdict:
            result.certified += 1
            verdicts[f"{row.verdict} {row.level}"] += 1
        result.findings += [AuditFinding(code, row.agency, row.document_id, detail) for code, detail in row.findings]
        if row.renew_until and row.renew_until < soon:
            result.renewals.append(AuditRenewal(row.agency, row.document_id, row.renew_until))
        before = book.before(run, row.document_id)
        if before is not None and before[0].state != row.state:
            change = AuditChange(row.agency, row.document_id, before[0].state, row.state, before[1])
            result.changes.append(change)
    result.verdicts = dict(sorted(verdicts.items()))
    result.renewals.sort(key=lambda renewal: (renewal.until, renewal.document_id))
    return result


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
                "scope": result.scope,
                "documents": result.documents,
                "objects": result.objects,
                "certified": result.certified,
                "verdicts": result.verdicts,
                "findings": [{"code": f.code, "document_id": f.document_id} for f in result.findings[:100]],
            },
        )
