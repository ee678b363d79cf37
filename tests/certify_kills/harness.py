"""Certifying under kills and faults: one disturbed run, calm runs after it, and what must hold all the time.

A *boundary* is the moment before or after something that lasts: a committed transaction, a stored object, an answer of
a service, the verifier's word. They are counted through one undisturbed run; a disturbed run ends at one of them.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from domain.errors import SohoaError
from domain.owners import UNASSIGNED
from pipeline.certify import judge as certify_judge
from pipeline.certify.run import certify_documents
from pipeline.certify.site import TEST_CERTIFIER, SigningSite, open_signing
from pipeline.settings import Settings
from pipeline.trust import trust_in_force
from pipeline.workplace import Workplace, open_workplace, system_clock
from signing.authority.launch import AuthorityEndpoints
from signing.csc import CscClient
from signing.evidence import EvidenceCollector
from signing.faults.plan import ALL, SIGN, TIMESTAMP, TRANSPORT, Fault, Schedule
from signing.faults.server import Proxy, running_proxy
from signing.timestamp import TsaClient, TsaPool
from signing.verify.document import verify_pdf
from signing.verify.model import Indication, Level
from storage.catalogue import register, signing_jobs
from storage.catalogue.engine import Catalogue
from storage.local import LocalStore
from storage.records import Intake
from tests.signing.base import make_base

AGENCY = "H24.01"
ROOT = Path(__file__).resolve().parents[2]
HOLD_S = 0.3  # a lost answer: so long nothing comes, then the connection closes
CALM_RUNS = 2  # most that may be needed after a disturbance; the second only where a certificate was wrong


class Killed(BaseException):
    """Stands for the end of the process: nothing may catch it."""


class Boundaries:
    """Counts boundaries and ends the process at one of them."""

    def __init__(self, end: Callable[[], None] | None = None) -> None:
        self.names: list[str] = []
        self.stop_at = 0  # 1 = the first boundary; 0 = never
        self._end = end

    def reached(self, name: str) -> None:
        """Note the boundary; end here if it is the one."""
        self.names.append(name)
        if len(self.names) == self.stop_at:
            if self._end is not None:
                self._end()
            raise Killed

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """Watch everything that lasts, for the block."""
        undo: list[tuple[Any, str, Any]] = []

        def watch(holder: Any, name: str, label: str) -> None:
            original = getattr(holder, name)

            @functools.wraps(original)
            def watching(*args: Any, **kwargs: Any) -> Any:
                self.reached(f"before {label}")
                answer = original(*args, **kwargs)
                self.reached(f"after {label}")
                return answer

            undo.append((holder, name, original))
            setattr(holder, name, watching)

        begin = Catalogue.begin

        @contextlib.contextmanager
        def beginning(catalogue: Catalogue) -> Iterator[Any]:
            with begin(catalogue) as connection:
                yield connection
                self.reached("before commit")
            self.reached("after commit")

        undo.append((Catalogue, "begin", begin))
        Catalogue.begin = beginning  # type: ignore[method-assign, assignment]
        watch(LocalStore, "_place", "store")
        watch(CscClient, "_call", "service")
        watch(TsaClient, "timestamp", "time stamp")
        watch(EvidenceCollector, "collect", "evidence")
        watch(certify_judge, "verify_pdf", "verifier")
        try:
            yield
        finally:
            for holder, name, original in undo:
                setattr(holder, name, original)


@dataclass(frozen=True)
class Disturbance:
    """What one run suffers."""

    documents: int = 1
    kill: int = 0  # boundary at which the process ends; 0 = none
    real: bool = False  # SIGKILL to a process of its own
    faults: tuple[Fault, ...] = ()
    rate: float = 0.0  # share of requests with a drawn fault
    seed: int = 0

    @property
    def label(self) -> str:
        """What it is, for a table."""
        kinds = ["SIGKILL" if self.real else "kill"] if self.kill else []
        kinds += ["fault"] if self.faults else []
        kinds += ["storm"] if self.rate else []
        return " + ".join(kinds) or "none"


@dataclass
class Outcome:
    """What a disturbance left, and what the calm runs made of it."""

    disturbance: Disturbance
    struck: bool  # the kill or fault really happened
    left: str  # states of the first document's jobs after the disturbed run
    calm_runs: int = 0
    asked_again: int = 0  # digests asked for more than once (their signatures had not arrived)
    confirmations: int = 0  # authorisations given, in all runs
    voided: int = 0
    wrong: list[str] = field(default_factory=list)


class Office:
    """A workplace and a signing service behind a proxy that can misbehave."""

    def __init__(self, data_dir: Path, authority: AuthorityEndpoints, proxy: Proxy, url: str) -> None:
        self.data_dir, self.authority, self.proxy, self.url = data_dir, authority, proxy, url
        self.settings = Settings(data_dir=data_dir)
        self.documents = self.published = 0

    @contextlib.contextmanager
    def site(self, timeout_s: float = 120.0) -> Iterator[SigningSite]:
        """The signing services as a fresh process would open them, through the proxy."""
        with open_signing(self.settings, system_clock) as direct:
            token, secret = self.authority.token(), self.authority.secret
            csc = CscClient(f"{self.url}/csc/v1", token, secret, timeout_s=timeout_s, sleep=lambda _s: None)
            stampers = [
                TsaClient(
                    tsa.replace(self.authority.base_url, self.url),
                    self.authority.tsa_anchors,
                    timeout_s=timeout_s,
                    sleep=lambda _s: None,
                )
                for tsa in self.authority.tsa_urls
            ]
            pool = TsaPool(stampers)
            try:
                yield replace(direct, signer=csc, timestamper=pool)
            finally:
                csc.close()
                pool.close()

    def take_in(self, place: Workplace, number: int) -> list[str]:
        """Put *number* digitised papers into the warehouse; return their ids."""
        ids = []
        for _ in range(number):
            self.documents += 1
            n = self.documents
            intake = Intake(AGENCY, UNASSIGNED, original_name=f"{n}.pdf", media_type="application/pdf", pages=1)
            received = place.warehouse.receive(f"paper {n}".encode(), intake, agent="test")
            place.warehouse.save_digitised(
                received.document.id,
                pdfa=_paper().replace(b"so 000000", f"so {n:06d}".encode()) + f"% {n}\n".encode(),
                reading_json=b"{}",
                text="QUYẾT ĐỊNH",
                fields=[],
                agent="test",
                pages=1,
            )
            ids.append(received.document.id)
        return ids


@functools.cache
def _paper() -> bytes:
    return make_base(lines=2)


@contextlib.contextmanager
def office(data_dir: Path, authority: AuthorityEndpoints) -> Iterator[Office]:
    """Open an office in *data_dir* that uses the running *authority* through a proxy."""
    data_dir.mkdir(parents=True, exist_ok=True)
    (data_dir / "authority").symlink_to(authority.pin_file.parent)
    proxy = Proxy(authority.base_url, Schedule(), late_s=0.05, hold_s=HOLD_S)
    with running_proxy(proxy) as url:
        yield Office(data_dir, authority, proxy, url)


def count_boundaries(at: Office, documents: int) -> list[str]:
    """Certify *documents* papers undisturbed; return the boundaries passed, in order."""
    watch = Boundaries()
    with open_workplace(at.settings) as place, at.site() as site:
        ids = at.take_in(place, documents)
        with watch.watched():
            certify_documents(place, site, ids, certifier_id=TEST_CERTIFIER, agency=AGENCY)
    return watch.names


def suffer(at: Office, disturbance: Disturbance) -> Outcome:
    """Run one disturbance and the calm runs after it; return what happened, with everything that was wrong."""
    with open_workplace(at.settings) as place:
        ids = at.take_in(place, disturbance.documents)
    calls, asked = len(at.proxy.calls), len(at.proxy.asked)
    at.proxy.schedule = Schedule(disturbance.seed, disturbance.rate)
    at.proxy.schedule.expect(*disturbance.faults)
    struck = _disturbed(at, disturbance, ids)
    struck = struck or any(fault for _, fault in at.proxy.calls[calls:])
    at.proxy.schedule = Schedule()
    with open_workplace(at.settings) as place:
        outcome = Outcome(disturbance, struck, _states(place, ids[0]))
        outcome.wrong += _wrong(place, at, ids, over=False)
        stored = _stored(place, ids)
    before = len(at.proxy.asked)
    while outcome.calm_runs < CALM_RUNS:
        outcome.calm_runs += 1
        with open_workplace(at.settings) as place, at.site() as site:
            results = certify_documents(place, site, ids, certifier_id=TEST_CERTIFIER, agency=AGENCY)
        if all(result.problem is None for result in results):
            break
    twice = set(at.proxy.asked[before:]) & stored
    if twice:
        outcome.wrong.append(f"{len(twice)} stored signatures asked for again")
    with open_workplace(at.settings) as place:
        outcome.wrong += _wrong(place, at, ids, over=True)
        outcome.voided = sum(e.state == "voided" for i in ids for e in place.warehouse.show(i).register)
    outcome.asked_again = len(at.proxy.asked[asked:]) - len(set(at.proxy.asked[asked:]))
    outcome.confirmations = sum(name == "credentials/authorize" for name, _ in at.proxy.calls[calls:])
    return outcome


def _disturbed(at: Office, disturbance: Disturbance, ids: Sequence[str]) -> bool:
    """Return whether the process ended at its boundary."""
    if disturbance.real:
        command = [sys.executable, "-m", "tests.certify_kills.victim", str(at.data_dir), at.url, str(disturbance.kill)]
        done = subprocess.run([*command, *ids], cwd=ROOT, capture_output=True, timeout=600, check=False)
        return done.returncode == -signal.SIGKILL
    watch = Boundaries()
    watch.stop_at = disturbance.kill
    try:
        with open_workplace(at.settings) as place, at.site() as site, watch.watched():
            certify_documents(place, site, ids, certifier_id=TEST_CERTIFIER, agency=AGENCY)
    except Killed:
        return True
    except SohoaError:
        return False
    return False


def victim(data_dir: Path, url: str, stop_at: int, ids: Sequence[str]) -> None:
    """Certify in this process and kill it with SIGKILL at a boundary."""
    from signing.authority.folder import open_folder
    from signing.authority.launch import endpoints

    def end() -> None:
        os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(10)

    at = Office(data_dir, endpoints(open_folder((data_dir / "authority").resolve(), ())), None, url)  # type: ignore[arg-type]
    watch = Boundaries(end)
    watch.stop_at = stop_at
    with open_workplace(at.settings) as place, at.site() as site, watch.watched():
        certify_documents(place, site, ids, certifier_id=TEST_CERTIFIER, agency=AGENCY)


def disturbances(boundaries: tuple[int, int], runs: int, seed: int) -> list[Disturbance]:
    """Return *runs* disturbances: every boundary killed, every fault met, then both, storms and real kills.

    *boundaries*: how many an undisturbed run passes with one and with two documents.
    """
    dice = random.Random(seed)
    one, two = boundaries
    kills = [Disturbance(1, kill) for kill in range(1, one + 1)]
    faults = []
    for method, kind in ALL:
        several = method == SIGN and kind not in TRANSPORT  # two signatures: swapped, one too few
        for nth in (1, 2):
            faults.append(Disturbance(1 + several, faults=(Fault(method, kind, nth, 9 if method == TIMESTAMP else 1),)))
    mixed: list[Disturbance] = []
    while len(mixed) < runs:
        method, kind = dice.choice(ALL)
        mixed += [
            Disturbance(2, dice.randint(1, two)),
            Disturbance(1, dice.randint(1, one), real=True),
            Disturbance(1, dice.randint(1, one), faults=(Fault(method, kind, dice.choice((1, 2))),)),
            Disturbance(2, rate=0.2, seed=dice.randrange(10**6)),
        ]
    dice.shuffle(kills)
    dice.shuffle(faults)
    planned = len(kills) + len(faults)
    rest = mixed[: max(runs // 6, runs - planned)]
    share = (runs - len(rest)) * len(kills) // planned
    return [*kills[:share], *faults[: runs - len(rest) - share], *rest]


def _states(place: Workplace, document_id: str) -> str:
    with place.catalogue.read() as connection:
        jobs = {job.role: job.state for job in signing_jobs.of_document(connection, document_id)}
    if not jobs:
        return "number reserved" if place.warehouse.show(document_id).register else "nothing yet"
    return f"{jobs.get('person', '-')} / {jobs.get('agency', '-')}"


def _stored(place: Workplace, ids: Sequence[str]) -> set[bytes]:
    """Return the digests whose signature is stored."""
    with place.catalogue.read() as connection:
        jobs = [job for i in ids for job in signing_jobs.of_document(connection, i)]
    return {job.tbs_hash for job in jobs if job.raw_signature and job.tbs_hash}


def _wrong(place: Workplace, at: Office, ids: Sequence[str], *, over: bool) -> list[str]:
    """Return what does not hold. *over*: all runs are done, every document must have its end."""
    found: list[str] = []
    with place.catalogue.read() as connection:
        for agency, book, year in register.books(connection):
            if gaps := register.gaps(connection, agency=agency, book=book, year=year):
                found.append(f"gap in the register: {gaps}")
    for document_id in ids:
        view = place.warehouse.show(document_id)
        alive = [entry for entry in view.register if entry.state != "voided"]
        if len(alive) > 1:
            found.append("second number for a document")
        if any(entry.state == "voided" and not entry.void_reason for entry in view.register):
            found.append("number voided without a reason")
        copies = [stored for stored in view.objects if stored.role == "certified"]
        if view.document.status == "certified" or copies:
            found += _unverified(place, at, document_id, copies[0].sha256)
            if not any(entry.state == "issued" for entry in alive):
                found.append("copy without an issued number")
        if over and len(copies) != 1 and not view.register:
            found.append("document without copy and without number")
        if over and len(copies) != 1 and alive:
            found.append(f"document without copy: {_states(place, document_id)}")
        if over and sum(version.message == "certified" for version in view.versions) > 1:
            found.append("copy published twice")
    return found


def _unverified(place: Workplace, at: Office, document_id: str, sha256: str) -> list[str]:
    """Return what speaks against a published copy: the report stored with it, and every tenth is verified again."""
    report = json.loads(place.warehouse.open_role(document_id, "report", ordinal=1))
    found = []
    if report["file"]["sha256"] != sha256 or report["verdict"]["indication"] != "TOTAL-PASSED":
        found.append("published without a passing report on these bytes")
    at.published += 1
    if at.published % 10 == 1:
        data = place.warehouse.open_role(document_id, "certified")
        verdict = verify_pdf(data, trust_in_force(at.settings), now=place.clock())
        if verdict.indication is not Indication.PASSED or verdict.level < Level.B_LTA or len(verdict.signatures) != 2:
            found.append(f"published copy not valid: {verdict.code}")
    return found
