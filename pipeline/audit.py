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
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TypeVar

from domain.certification import VIETNAM
from domain.errors import SohoaError
from domain.rules import rule_in_force
from pipeline.audit_book import AuditBook, AuditRow, AuditRun, JudgedFile, open_audit_book
from pipeline.audit_result import AuditChange, AuditFinding, AuditRenewal, AuditResult
from pipeline.audit_signed import SOME, SignedFile, judged_file, printed_readers, read_back, signed_file, with_files
from pipeline.derivative import software
from pipeline.disposal_check import check_certificates
from pipeline.progress import Progress, Silent
from pipeline.trust import trust_in_force
from pipeline.verify import verify_files
from pipeline.workplace import Workplace
from signing.verify.model import DocumentVerdict, Expected
from storage.catalogue import audit, disposals, documents, register
from storage.catalogue.engine import utc_text

_CERTIFICATE = {
    "missing": "không còn trong kho",
    "altered": "không khớp mã băm đã ghi",
    "seal": "dấu của hệ thống không còn nguyên vẹn",
}
RENEW_WITHIN = timedelta(days=365)
_In = TypeVar("_In")
_Out = TypeVar("_Out")


@dataclass(frozen=True)
class _Looked:
    """One document's objects, hashed again; ``files`` are its signed files, taken out, as far as they are sound."""

    row: AuditRow
    files: tuple[SignedFile, ...] = ()
    judged: list[JudgedFile] = field(default_factory=list)


def audit_warehouse(
    workplace: Workplace,
    *,
    agency: str | None = None,
    since: date | None = None,
    sample: int = 0,
    seed: int | None = None,
    jobs: int = 0,
    printed: str = SOME,
    progress: Progress | None = None,
) -> AuditResult:
    """Check documents (of *agency*), the audit chains and the register books; record that it was done.

    Killed, the same call goes on where it stopped.

    Args:
        since: only documents changed on this Vietnamese day or later.
        sample: only so many, drawn by *seed*: the same seed draws the same ones. Without a seed one is drawn and told.
        jobs: threads that hash and processes that verify; 0: as many as cores.
        printed: of which certified copies number and code are read back from their print: ``all``, ``none``, or
            ``some``: one in ten, another tenth each time.

    Raises ``Unavailable`` when store or catalogue do not answer, ``Refused`` (``audit-running``).
    """
    bar, workers = progress or Silent(), jobs or len(os.sched_getaffinity(0))
    moment = datetime.combine(since, time.min, VIETNAM).astimezone(UTC) if since else None
    scope = " ".join(
        part
        for part in (
            f"agency={agency}" if agency else "",
            f"since={since}" if since else "",
            f"sample={sample}" if sample else "",
            f"printed={printed}" if printed != SOME else "",
        )
        if part
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
        _look(workplace, book, run, left, folder, workers, printed, bar)
        result = _summary(book, run, workplace.clock())
        _check_chains(workplace, agency, result)
        _check_registers(workplace, agency, result)
        _check_disposals(workplace, agency, result)
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
    printed: str,
    bar: Progress,
) -> None:
    """Look at every document of *ids* and write each down as soon as it is known."""
    waiting: dict[Path, _Looked] = {}
    expected: dict[Path, Expected] = {}

    def files() -> Iterator[Path]:
        for looked in _ahead(lambda one: _check_objects(workplace, one, folder), ids, workers):
            bar.more(1)
            if not looked.files:
                book.put(run, looked.row)
                bar.step()
                continue
            for file in looked.files:
                waiting[file.path] = looked
                expected[file.path] = file.expected
                yield file.path

    with printed_readers(workers) as read:

        def judge(pair: tuple[Path, DocumentVerdict]) -> tuple[Path, JudgedFile]:
            path, verdict = pair
            looked = waiting[path]
            file = next(f for f in looked.files if f.path == path)
            due = read_back(printed, run.id, looked.row.document_id)
            return path, judged_file(workplace, file, verdict, read if due else None)

        verdicts = verify_files(workplace.settings, files(), now=workplace.clock(), expected=expected, jobs=workers)
        for path, judged in _ahead(judge, verdicts, workers):
            looked = waiting.pop(path)
            expected.pop(path)
            path.unlink(missing_ok=True)
            looked.judged.append(judged)
            if len(looked.judged) == len(looked.files):
                book.put(run, with_files(looked.row, looked.judged))
                bar.step()


def _ahead(look: Callable[[_In], _Out], items: Iterator[_In], workers: int) -> Iterator[_Out]:
    """Yield ``look(item)`` in order, a few of them at work ahead of what was taken."""
    pool = ThreadPoolExecutor(workers, thread_name_prefix="audit")
    futures: deque[Future[_Out]] = deque()
    try:
        while True:
            while len(futures) < workers * 2 and (item := next(items, None)) is not None:
                futures.append(pool.submit(look, item))
            if not futures:
                return
            yield futures.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _check_objects(workplace: Workplace, document_id: str, folder: Path) -> _Looked:
    """Hash every object of the newest version again; those that are signed stay in *folder* to be judged."""
    view = workplace.warehouse.show(document_id)
    findings: list[tuple[str, str]] = []
    files: list[SignedFile] = []
    objects = 0
    for stored in view.objects:
        path = folder / f"{document_id}-{stored.role}-{stored.ordinal}"
        try:
            workplace.warehouse.export_role(document_id, stored.role, path, ordinal=stored.ordinal)
            objects += 1
        except SohoaError as error:
            if error.code not in ("fixity", "blob-missing"):
                raise
            findings.append((error.code, f"{stored.role}: {error.advice.happened}"))
            path.unlink(missing_ok=True)
            continue
        file = signed_file(stored, path)
        if file is None:
            path.unlink()
        else:
            files.append(file)
    if view.document.status == "certified" and not any(f.role == "certified" for f in files):
        findings.append(("copy-missing", "không có bản sao chứng thực trong kho"))
    row = AuditRow(document_id, view.document.agency, objects, findings=tuple(findings))
    return _Looked(row, tuple(files))


def _summary(book: AuditBook, run: AuditRun, now: datetime) -> AuditResult:
    result = AuditResult(scope=run.scope, seed=run.seed, resumed=run.resumed)
    verdicts: Counter[str] = Counter()
    soon = utc_text(now + RENEW_WITHIN)
    for row in book.rows(run):
        result.documents += 1
        result.objects += row.objects
        for file in row.files:
            result.certified += file.role == "certified"
            result.signed += file.role != "certified"
            result.printed += file.printed
            verdicts[f"{file.verdict} {file.level}"] += 1
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


def _check_disposals(workplace: Workplace, agency: str | None, result: AuditResult) -> None:
    with workplace.catalogue.read() as connection:
        agencies = [agency] if agency else disposals.agencies(connection)
    for name in agencies:
        for found in check_certificates(workplace, name):
            if found.problem:
                detail = f"biên bản hủy {found.disposal.id}: {_CERTIFICATE[found.problem]}"
                result.findings.append(AuditFinding(f"disposal-certificate-{found.problem}", name, "", detail))


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
                "signed": result.signed,
                "printed": result.printed,
                "verdicts": result.verdicts,
                "findings": [{"code": f.code, "document_id": f.document_id} for f in result.findings[:100]],
            },
        )
