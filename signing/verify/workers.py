"""One worker process: what goes to it and comes back, its limits, its end."""

from __future__ import annotations

import os
import selectors
import signal
import struct
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from signing.trust import TrustStore
from signing.verify.model import DocumentVerdict, EvidenceItem, Expected, PagePictures, Status
from signing.verify.words import reason

ROOT = Path(__file__).resolve().parents[2]
HEADER = struct.Struct(">I")
MAX_ANSWER = 64 * 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """Limits for one file: CPU seconds, address space in bytes, wall-clock seconds; files before a worker is renewed.

    The defaults are far above an honest file (median 0.2 s, 150 MB for the libraries themselves).
    """

    cpu_seconds: int = 20
    memory_bytes: int = 2 * 1024**3
    wall_seconds: float = 40.0
    files_per_worker: int = 500


@dataclass(frozen=True)
class Setup:
    """First frame to a worker."""

    trust: TrustStore
    limits: Limits
    online: bool


@dataclass(frozen=True)
class Request:
    """One file to verify."""

    path: str
    now: datetime
    expected: Expected | None
    collect: bool = False
    pdfa: bool = False
    printed: bool = False
    draw: tuple[tuple[int, int, int], ...] = ()


@dataclass(frozen=True)
class Collected:
    """The answer to a request to ``collect``: the evidence inside the file."""

    items: tuple[EvidenceItem, ...]


@dataclass(frozen=True)
class Drawn:
    """The answer to a request to ``draw``."""

    pictures: tuple[PagePictures, ...]


class Worker:
    """One worker process, started when needed and again after it died; used by one thread at a time."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._process: subprocess.Popen[bytes] | None = None
        self._served = 0
        self._stopped = False

    def verify(self, request: Request) -> DocumentVerdict:
        """Verify one file; never raises for what the worker does."""
        answer = self.exchange(request)
        if isinstance(answer, str):
            return no_verdict(request, self._setup, answer)
        try:
            return msgspec.json.decode(answer, type=DocumentVerdict)
        except msgspec.MsgspecError:
            self._end()
            return no_verdict(request, self._setup, "worker-crashed")

    def exchange(self, request: Request) -> bytes | str:
        """Send one request; return the answer's bytes, or the code of what happened to the worker."""
        limits = self._setup.limits
        try:
            if self._process is None or self._served >= limits.files_per_worker:
                self._end()
                self._start()
            deadline = time.monotonic() + limits.wall_seconds
            self._send(msgspec.json.encode(request))
            answer = self._receive(deadline)
            self._served += 1
            return answer
        except TimeoutError:
            code = "worker-timeout"
        except (OSError, EOFError):
            code = "worker-crashed"
        return "worker-timeout" if self._end() == -signal.SIGXCPU else code

    def stop(self) -> None:
        """End the worker for good; safe to call from another thread."""
        self._stopped = True
        process = self._process
        if process is not None:
            process.kill()
            process.wait()

    def _start(self) -> None:
        if self._stopped:
            raise OSError("stopped")
        environment = {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "signing.verify.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
        )
        self._served = 0
        if self._stopped:  # stopped while the process was being made
            self._process.kill()
        self._send(msgspec.json.encode(self._setup))
        try:
            self._receive(time.monotonic() + 120)  # the libraries are loaded before the first file's clock starts
        except (TimeoutError, EOFError):
            self._end()
            raise OSError("the worker did not start") from None

    def _send(self, payload: bytes) -> None:
        process = self._process
        if process is None or process.stdin is None:
            raise EOFError
        process.stdin.write(HEADER.pack(len(payload)) + payload)
        process.stdin.flush()

    def _receive(self, deadline: float) -> bytes:
        (length,) = HEADER.unpack(self._read(HEADER.size, deadline))
        if length > MAX_ANSWER:
            raise EOFError
        return self._read(length, deadline)

    def _read(self, count: int, deadline: float) -> bytes:
        process = self._process
        if process is None or process.stdout is None:
            raise EOFError
        chunks: list[bytes] = []
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while count:
                left = deadline - time.monotonic()
                if left <= 0 or not selector.select(left):
                    raise TimeoutError
                chunk = os.read(process.stdout.fileno(), min(count, 1 << 20))
                if not chunk:
                    raise EOFError
                chunks.append(chunk)
                count -= len(chunk)
        return b"".join(chunks)

    def _end(self) -> int | None:
        process, self._process = self._process, None
        if process is None:
            return None
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    continue
        try:
            return process.wait(0.3)  # a worker that is already dead says how it died
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()


def no_verdict(request: Request, setup: Setup, code: str) -> DocumentVerdict:
    """Return the verdict on a file whose worker gave none."""
    why = reason(code)
    try:
        size = Path(request.path).stat().st_size
    except OSError:
        size = 0
    return DocumentVerdict(
        status=Status.UNREADABLE,
        indication=why.indication,
        sub_indication=why.sub_indication,
        code=why.code,
        reasons=(why,),
        sha256="",
        size=size,
        verified_at=request.now,
        trust_version=setup.trust.version,
        trust_name=setup.trust.name,
        online=setup.online,
    )
