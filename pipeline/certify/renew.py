"""Yearly renewal: another time stamp over every signed copy whose protection ends within a year.

Each copy by itself: read, renewed in memory, judged by our own verifier, then put into a new version in the place of
the one before, which stays in the versions before. A killed run leaves nothing but unreferenced bytes; the next one
finds what is left to do from the files themselves. The same copy is never renewed twice from the same base.
"""

from __future__ import annotations

import hashlib
import itertools
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from domain.errors import Advice, Refused, SohoaError, Unavailable
from pipeline.certify.expected import SIGNED_ROLES, signed_file_expected
from pipeline.certify.site import EvidenceSite
from pipeline.derivative import software
from pipeline.progress import Progress, Silent
from pipeline.verify import report_json
from pipeline.workplace import Workplace
from signing.longterm import Protection, protection, renew_long_term
from signing.timestamp import NO_GAIN, no_gain_from_renewal
from signing.verify.isolated import verify_isolated
from signing.verify.model import DocumentVerdict, Expected, Indication, Level
from storage.blobs import get_blob
from storage.catalogue import documents
from storage.catalogue.engine import utc_text
from storage.records import StoredObject

RENEW_WITHIN = timedelta(days=365)
_AT_A_TIME = 8


@dataclass(frozen=True)
class Renewal:
    """One signed copy. ``state``: ``renewed``, ``due`` (only looked), ``kept`` (not due yet) or ``failed``."""

    document_id: str
    role: str
    ordinal: int
    state: str
    until: str = ""  # UTC, as the copy stands now
    before: str = ""  # UTC, before this run
    problem: SohoaError | None = None

    def shape(self) -> dict[str, Any]:
        """Return the JSON shape."""
        shape = {k: v for k, v in self.__dict__.items() if k != "problem"}
        if self.problem is not None:
            shape |= {"code": self.problem.code, "message": str(self.problem.advice)}
        return shape


@dataclass
class RenewalResult:
    """What a run did. ``looked`` counts signed copies; those that are not due are not listed."""

    looked: int = 0
    renewals: list[Renewal] = field(default_factory=list)

    def shape(self) -> dict[str, Any]:
        """Return the JSON shape."""
        return {"looked": self.looked, "renewals": [one.shape() for one in self.renewals]}

    @property
    def failed(self) -> list[Renewal]:
        """Those that could not be renewed."""
        return [one for one in self.renewals if one.state == "failed"]


@dataclass(frozen=True)
class _Due:
    document_id: str
    stored: StoredObject
    pdf: bytes = field(repr=False)
    protection: Protection


@dataclass(frozen=True)
class _Made:
    due: _Due
    until: datetime
    path: Path


def renew_copies(
    workplace: Workplace,
    site: EvidenceSite | None,
    *,
    document_ids: Sequence[str] = (),
    agency: str | None = None,
    within: timedelta = RENEW_WITHIN,
    everything: bool = False,
    jobs: int = 0,
    progress: Progress | None = None,
) -> RenewalResult:
    """Renew the signed copies (of *document_ids*, of *agency*, or all) whose protection ends *within* that time.

    Args:
        site: services; None only looks and lists what is due.
        everything: also those that are not due (after an incident at a time-stamping service, say).
        jobs: processes that verify; 0: as many as cores.

    Raises ``Unavailable`` when store or catalogue do not answer. What concerns one copy is in its line.
    """
    bar, result = progress or Silent(), RenewalResult()
    chosen = document_ids or _walk(workplace, agency)
    with workplace.scratch() as folder, ThreadPoolExecutor(4, thread_name_prefix="renew") as pool:
        due = _due(workplace, chosen, result, None if everything else workplace.clock() + within, bar)
        if site is None:
            result.renewals += [_line(one, "due", one.protection.until) for one in due]
            return result
        made: dict[Path, _Made] = {}
        expected: dict[Path, Expected] = {}
        no_gain: list[datetime] = []

        def paths() -> Iterator[Path]:
            for some in _batched(due):
                for outcome in pool.map(lambda one: _renew(one, site, folder, no_gain, everything), some):
                    if isinstance(outcome, Renewal):
                        result.renewals.append(outcome)
                        bar.step()
                        continue
                    made[outcome.path] = outcome
                    sha256 = hashlib.sha256(outcome.path.read_bytes()).hexdigest()
                    stored = outcome.due.stored
                    expected[outcome.path] = signed_file_expected(stored.role, stored.ordinal, sha256)
                    yield outcome.path

        workers = jobs or len(os.sched_getaffinity(0))
        judged = verify_isolated(paths(), site.trust, now=workplace.clock(), expected=expected, jobs=workers)
        for path, verdict in judged:
            result.renewals.append(_save(workplace, made.pop(path), verdict))
            path.unlink(missing_ok=True)
            bar.step()
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


def _batched(due: Iterable[_Due]) -> Iterator[tuple[_Due, ...]]:
    taken = iter(due)
    while some := tuple(itertools.islice(taken, _AT_A_TIME)):
        yield some


def _due(
    workplace: Workplace, chosen: Iterable[str], result: RenewalResult, limit: datetime | None, bar: Progress
) -> Iterator[_Due]:
    """Yield what ends before *limit* (None: all)."""
    for document_id in chosen:
        for stored in workplace.warehouse.show(document_id).objects:
            if stored.role not in SIGNED_ROLES:
                continue
            result.looked += 1
            try:
                pdf = get_blob(workplace.store, stored.sha256)
                found = protection(pdf)
            except SohoaError as problem:
                if isinstance(problem, Unavailable):
                    raise
                result.renewals.append(Renewal(document_id, stored.role, stored.ordinal, "failed", problem=problem))
                continue
            if found is None and stored.role == "decision":  # a paper that nobody signed
                result.looked -= 1
            elif found is None:
                result.renewals.append(Renewal(document_id, stored.role, stored.ordinal, "failed", problem=_no_stamp()))
            elif limit is None or found.until < limit:
                bar.more(1)
                yield _Due(document_id, stored, pdf, found)


def _renew(due: _Due, site: EvidenceSite, folder: Path, no_gain: list[datetime], everything: bool) -> _Made | Renewal:
    before = due.protection.until
    timestamper = site.timestamper if everything else site.timestamper.lasting(before)
    try:
        if not everything and any(before >= known for known in no_gain):
            raise no_gain_from_renewal()  # known from a copy before: no need to ask the services again
        renewed = renew_long_term(due.pdf, site.collector, timestamper)
        after = protection(renewed)
    except SohoaError as problem:
        if problem.code == NO_GAIN:
            no_gain.append(before)
        return _line(due, "failed", before, problem)
    assert after is not None
    path = folder / f"{due.document_id}-{due.stored.role}-{due.stored.ordinal}.pdf"
    path.write_bytes(renewed)
    return _Made(due, after.until, path)


def _save(workplace: Workplace, made: _Made, verdict: DocumentVerdict) -> Renewal:
    due = made.due
    if verdict.indication is not Indication.PASSED or verdict.level < Level.B_LTA:
        return _line(due, "failed", due.protection.until, _not_valid(verdict.code))
    try:
        workplace.warehouse.save_renewed(
            due.document_id,
            due.stored.role,
            made.path,
            base_sha256=due.stored.sha256,
            ordinal=due.stored.ordinal,
            agent=software(),
            report=report_json(verdict),
            detail={"verdict": verdict.indication, "level": str(verdict.level), "until": utc_text(made.until)},
        )
    except Refused as problem:
        return _line(due, "failed", due.protection.until, problem)
    return _line(due, "renewed", made.until)


def _line(due: _Due, state: str, until: datetime, problem: SohoaError | None = None) -> Renewal:
    stored, before = due.stored, utc_text(due.protection.until)
    return Renewal(due.document_id, stored.role, stored.ordinal, state, utc_text(until), before, problem)


def _no_stamp() -> Refused:
    return Refused(
        "nothing-to-renew",
        "signed copy without document time stamp",
        Advice(
            "Bản đã ký không có dấu thời gian lưu trữ.", "Bản đã ký được giữ nguyên.", "Kiểm tra bằng sohoa verify."
        ),
    )


def _not_valid(code: str) -> Refused:
    return Refused(
        "renewal-not-valid",
        f"own verifier does not call the renewed copy valid: {code}",
        Advice(
            "Bản gia hạn không qua kiểm tra nên không được lưu.",
            "Bản đã ký trước đó được giữ nguyên.",
            "Chạy sohoa verify trên bản đang lưu để biết nguyên nhân.",
        ),
    )
