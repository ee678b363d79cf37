"""The worker of ``signing.verify.workers``: reads requests from standard input, answers on standard output.

Run as ``python -m signing.verify.worker``. Frames are a four-byte length and JSON: nothing that a compromised worker
could send is ever executed by the parent.
"""

from __future__ import annotations

import os
import resource
import sys
import threading
import time
from pathlib import Path
from types import ModuleType
from typing import Any, BinaryIO

import msgspec

from signing.verify.workers import HEADER, Collected, Drawn, Limits, Request, Setup, no_verdict

_FORBIDDEN = ("socket.connect", "socket.bind", "socket.getaddrinfo", "socket.sendto", "subprocess.Popen", "os.exec")


def _forbid(event: str, _: tuple[Any, ...]) -> None:
    """Audit hook: no network and no other program, whatever a library tries."""
    if event in _FORBIDDEN or event in ("os.system", "os.posix_spawn", "os.fork"):
        raise PermissionError(f"{event} is not allowed while verifying")


def _watch_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


def _allow_cpu(limits: Limits) -> None:
    """Give the next file its CPU seconds: the limit counts the whole process, so it moves with every file."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + 1 + limits.cpu_seconds
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


def _read(stream: BinaryIO) -> bytes:
    header = stream.read(HEADER.size)
    if len(header) < HEADER.size:
        raise EOFError
    return stream.read(HEADER.unpack(header)[0])


def _write(stream: BinaryIO, payload: bytes) -> None:
    stream.write(HEADER.pack(len(payload)) + payload)
    stream.flush()


def _collected(request: Request) -> bytes:
    from signing.verify.collecting import collect

    try:
        return msgspec.json.encode(Collected(collect(Path(request.path).read_bytes())))
    except (OSError, MemoryError):
        return msgspec.json.encode(Collected(()))


def _claimed(request: Request) -> bytes:
    from signing.verify.pdfa import examine

    try:
        return msgspec.json.encode(examine(Path(request.path)))
    except Exception:  # no answer that can be decoded: the claim was not examined
        return b"null"


def _shown(request: Request) -> bytes:
    from signing.verify.printed import printed

    try:
        return msgspec.json.encode(printed(Path(request.path)))
    except Exception:  # as above
        return b"null"


def _drawn(request: Request) -> bytes:
    from signing.verify.pictures import pictures

    try:
        return msgspec.json.encode(Drawn(pictures(Path(request.path).read_bytes(), request.draw)))
    except Exception:  # a renderer's fault costs the pictures, nothing else
        return msgspec.json.encode(Drawn(()))


class _NoClient(ModuleType):
    """Stands for the HTTP client that the PDF library imports and that nothing here may use.

    It takes a third of a worker's start. Our own fetcher, where there is one, has another client.
    """

    def __getattr__(self, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})


def main() -> int:
    """Judge what comes in frames on standard input, answer in frames, until the input ends; return the exit code."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # a library's print must not break the frames
    threading.Thread(target=_watch_parent, args=(os.getppid(),), daemon=True).start()
    try:
        setup = msgspec.json.decode(_read(sys.stdin.buffer), type=Setup)
    except EOFError:
        return 0
    sys.modules.setdefault("aiohttp", _NoClient("aiohttp"))
    from signing.verify.document import verify_pdf

    fetch = None
    if setup.online and setup.trust.evidence_hosts:
        from signing.verify.fetching import AllowListFetcher

        fetch = AllowListFetcher(setup.trust.evidence_hosts)
    limits = setup.limits
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if fetch is None:
        sys.addaudithook(_forbid)
    _write(answers, b"ready")
    while True:
        try:
            request = msgspec.json.decode(_read(sys.stdin.buffer), type=Request)
        except EOFError:
            return 0
        _allow_cpu(limits)
        if request.collect:
            _write(answers, _collected(request))
            continue
        if request.pdfa:
            _write(answers, _claimed(request))
            continue
        if request.printed:
            _write(answers, _shown(request))
            continue
        if request.draw:
            _write(answers, _drawn(request))
            continue
        try:
            verdict = verify_pdf(
                Path(request.path), setup.trust, now=request.now, fetch=fetch, expected=request.expected
            )
        except MemoryError:
            verdict = no_verdict(request, setup, "worker-memory")
        except OSError:
            verdict = no_verdict(request, setup, "file-missing")
        except Exception:
            verdict = no_verdict(request, setup, "worker-crashed")
        try:
            answer = msgspec.json.encode(verdict)
        except (TypeError, ValueError, MemoryError):
            answer = msgspec.json.encode(no_verdict(request, setup, "worker-crashed"))
        _write(answers, answer)


if __name__ == "__main__":
    sys.exit(main())
