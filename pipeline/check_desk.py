"""Files of strangers, checked as ``sohoa verify`` checks them, by a few workers that stay warm.

A file is read in its worker only, never kept and never logged; what comes back is the verdict and what the register
says. More files than the desk can take are turned away at once, so that a crowd costs the office's own work nothing.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import msgspec

from domain.errors import Advice, Unavailable
from pipeline.certify.people import agency_named
from pipeline.settings import Settings
from pipeline.trust import TEST_SOURCE, trust_in_force
from pipeline.verify import dss_folder
from pipeline.verify_register import RegisterCheck, check_register, without_reason
from pipeline.verify_seal import stamping
from pipeline.workplace import Workplace
from signing.trust import TrustStore
from signing.verify import second_opinion
from signing.verify.dss import judge as dss
from signing.verify.model import DocumentVerdict, PagePictures
from signing.verify.pdfa import PdfaCheck
from signing.verify.printed import Printed
from signing.verify.workers import Drawn, Limits, Request, Setup, Worker

CHECK_BUSY = "check-busy"
#: for one file of a stranger; an honest copy takes a quarter of a second and 200 MB
LIMITS = Limits(cpu_seconds=15, memory_bytes=2 * 1024**3, wall_seconds=30.0, files_per_worker=200)
_Answer = TypeVar("_Answer")
_LARGE = 256 * 1024  # bytes of a verdict; that on a copy that was renewed for decades has some 50,000
_QUEUE = 4  # files that may wait for each worker
_PATIENCE_S = 20.0  # that a file waits for its turn


@dataclass(frozen=True)
class Checked:
    """What was found of a file.

    Attributes:
        verdict: of the signatures and the document.
        register: what the register says, without what officers wrote.
        pdfa: what became of its claim to be PDF/A; None where it could not be examined.
        test: a signature leads to the test authority, which binds nobody.
        large: the findings are out of all proportion (a file made to be so): neither kept nor shown in full.
        agency: name of the agency whose copy the file is; empty where the register does not know it.
        pictures: of pages that a forbidden change made look different.
    """

    verdict: DocumentVerdict
    register: RegisterCheck
    pdfa: PdfaCheck | None
    test: bool
    large: bool = False
    agency: str = ""
    pictures: tuple[PagePictures, ...] = ()


class CheckDesk:
    """The workers. Safe to use from many threads; end it with :meth:`close`.

    Args:
        workplace: its register, trust store and clock.
        places: files checked at the same time, each in a process of its own that starts with its first file.
        patience_s: how long a file waits for its turn.
    """

    def __init__(
        self, workplace: Workplace, places: int, *, limits: Limits = LIMITS, patience_s: float = _PATIENCE_S
    ) -> None:
        self._workplace, self._limits, self._patience_s = workplace, limits, patience_s
        self._idle: queue.SimpleQueue[_Place] = queue.SimpleQueue()
        self._places = [_Place(limits) for _ in range(places)]
        for place in self._places:
            self._idle.put(place)
        self._room = threading.BoundedSemaphore(places * (1 + _QUEUE))
        self._judges = _Judges(workplace.settings)

    def check(self, path: Path) -> Checked:
        """Check the file at *path* as of now; never raises for what the file does.

        Raises ``Unavailable`` (``check-busy``) when too many files wait, ``NotReady`` for a bad trust folder.
        """
        if not self._room.acquire(blocking=False):
            raise _busy()
        try:
            with self._place() as place:
                return self._check(place, path)
        finally:
            self._room.release()

    def report(self, checked: Checked, name: str) -> tuple[bytes, bool]:
        """Return the report as PDF/A-2u and whether it bears the system's seal; *name* is the file's.

        Raises ``NotReady`` without fonts or for a seal that cannot be used.
        """
        from pipeline.verify_paper import to_pdf

        pdf = to_pdf(checked.verdict, file_name=name, register=checked.register, pdfa=checked.pdfa)
        with stamping(self._workplace.settings, self._workplace.clock()) as stamp:
            return (pdf, False) if stamp is None else (stamp.on({".pdf": pdf})[".pdf"], True)

    def close(self) -> None:
        """End the workers; a check under way then finds its file unreadable."""
        for place in self._places:
            place.stop()
        self._judges.close()

    @contextmanager
    def _place(self) -> Iterator[_Place]:
        try:
            place = self._idle.get(timeout=self._patience_s)
        except queue.Empty:
            raise _busy() from None
        try:
            yield place
        finally:
            self._idle.put(place)

    def _check(self, place: _Place, path: Path) -> Checked:
        settings, now = self._workplace.settings, self._workplace.clock()
        trust = trust_in_force(settings)
        verdict = second_opinion.combine(place.verify(trust, path, now), second_opinion.ask(path))
        verdict = self._judges.combine(verdict, trust, path, now)
        register = check_register(self._workplace.catalogue, verdict, lambda: place.printed(path, now))
        roots = {anchor.sha256 for anchor in trust.anchors if anchor.source == TEST_SOURCE}
        test = any(signature.trust_anchor in roots for signature in verdict.signatures)
        return Checked(
            verdict,
            without_reason(register),
            place.pdfa(path, now),
            test,
            len(msgspec.json.encode(verdict)) > _LARGE,
            agency_named(settings, register.agency) if register.agency else "",
            place.pictures(path, verdict),
        )


class _Place:
    """One worker, renewed when the trust list changes."""

    def __init__(self, limits: Limits) -> None:
        self._limits, self._version, self._stopped = limits, "", False
        self._worker = Worker(Setup(TrustStore(), limits, False))

    def verify(self, trust: TrustStore, path: Path, now: datetime) -> DocumentVerdict:
        """Return the verdict under *trust*."""
        if trust.version != self._version:
            self._worker.stop()
            self._worker, self._version = Worker(Setup(trust, self._limits, False)), trust.version
            if self._stopped:
                self._worker.stop()
        return self._worker.verify(Request(str(path.absolute()), now, None))

    def printed(self, path: Path, now: datetime) -> Printed | None:
        """Return what the copy shows to the eye; None if it cannot be read."""
        answer = self._worker.exchange(Request(str(path.absolute()), now, None, printed=True))
        return _decoded(answer, Printed)

    def pdfa(self, path: Path, now: datetime) -> PdfaCheck | None:
        """Return what became of the claim to be PDF/A; None if it cannot be examined."""
        answer = self._worker.exchange(Request(str(path.absolute()), now, None, pdfa=True))
        return _decoded(answer, PdfaCheck)

    def pictures(self, path: Path, verdict: DocumentVerdict) -> tuple[PagePictures, ...]:
        """Return pictures of the pages that forbidden changes made look different; empty if they cannot be drawn."""
        changes = tuple((r.number, r.start, r.end) for r in verdict.revisions if r.kind == "forbidden")
        if not changes:
            return ()
        answer = self._worker.exchange(Request(str(path.absolute()), verdict.verified_at, None, draw=changes))
        drawn = _decoded(answer, Drawn)
        return drawn.pictures if drawn is not None else ()

    def stop(self) -> None:
        """End the worker for good."""
        self._stopped = True
        self._worker.stop()


def _decoded(answer: bytes | str, kind: type[_Answer]) -> _Answer | None:
    try:
        return None if isinstance(answer, str) else msgspec.json.decode(answer, type=kind)
    except msgspec.MsgspecError:
        return None


class _Judges:
    """EU DSS where the settings ask for it, opened anew when the trust list changes."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock, self._stack, self._version = threading.Lock(), ExitStack(), ""
        self._judge: dss.Judge | None = None

    def combine(self, verdict: DocumentVerdict, trust: TrustStore, path: Path, now: datetime) -> DocumentVerdict:
        """Return *verdict* lowered where EU DSS does not agree; as it is where it is not to be asked."""
        if not self._settings.verify.second_opinion:
            return verdict
        with self._lock:
            if self._judge is None or self._version != trust.version:
                self._stack.close()
                self._judge = self._stack.enter_context(dss.judging(dss_folder(self._settings), trust))
                self._version = trust.version
            judge = self._judge
        return dss.combine(verdict, judge.ask(path, now))

    def close(self) -> None:
        """End its process."""
        with self._lock:
            self._judge = None
            self._stack.close()


def _busy() -> Unavailable:
    return Unavailable(
        CHECK_BUSY,
        "too many files wait to be checked",
        Advice(
            "Hiện có nhiều người đang kiểm tra tệp.",
            "Tệp chưa được kiểm tra và không được lưu lại.",
            "Chờ khoảng một phút rồi gửi lại.",
        ),
    )
