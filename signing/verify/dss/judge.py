"""Asking EU DSS: one Java process beside ours, one file at a time, stopped when it takes too long."""

from __future__ import annotations

import base64
import json
import os
import resource
import selectors
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from domain.errors import Advice, NotReady
from signing.trust import TrustStore
from signing.verify.dss.install import COMMAND, POLICY, VERSION, Installation
from signing.verify.model import DocumentVerdict, Indication, Status, worst
from signing.verify.words import plain, reason

SECONDS, START_SECONDS = 60.0, 120.0
HEAP, CPU_SECONDS = "768m", 60
PASSED = "TOTAL_PASSED"


@dataclass(frozen=True)
class Opinion:
    """What EU DSS said of a file: per field its indication and why; ``error`` where it could not say anything."""

    signatures: tuple[tuple[str, str, str], ...] = ()  # field, indication, "sub-indication key key"
    error: str = ""


class Judge:
    """EU DSS with one trust store. Used by several threads: questions queue up."""

    def __init__(self, installation: Installation, store: TrustStore, *, seconds: float = SECONDS) -> None:
        self._installation = installation
        self._store = store
        self._seconds = seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def ask(self, path: Path, moment: datetime) -> Opinion:
        """Ask about one file as of *moment*; never raises for what the file does to the program."""
        with self._lock:
            try:
                process = self._process or self._start()
                question = f"judge {int(moment.timestamp() * 1000)} {_b64(str(path.absolute()).encode())}\n"
                return _opinion(self._exchange(process, question, self._seconds))
            except TimeoutError:
                self.close()
                return Opinion(error="quá thời gian")
            except (OSError, EOFError, ValueError, KeyError, TypeError):
                self.close()
                return Opinion(error="dừng đột ngột")

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        process.wait()

    def _start(self) -> subprocess.Popen[bytes]:
        java = shutil.which("java") or "java"
        classes, jars = self._installation.classes, self._installation.jars
        command = [
            *(java, f"-Xmx{HEAP}", "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"),
            *("-XX:-UsePerfData", "-Djava.awt.headless=true", "-Djava.io.tmpdir=/nonexistent"),
            *(
                "-DsocksProxyHost=127.0.0.1",
                "-DsocksProxyPort=9",
            ),  # nothing listens there: no way out, whatever it tries
            *("-cp", f"{classes}:{jars}/*", "Judge", str(POLICY)),
        ]
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"LC_ALL": "C.UTF-8", "PATH": os.defpath},
            start_new_session=True,
        )
        self._process = process
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (0, 0))
        store = self._store
        lines = [f"trust {_b64(der)}\n" for der in dict.fromkeys(anchor.der for anchor in store.anchors)]
        lines += [f"other {_b64(der)}\n" for der in store.intermediates]
        lines += [f"crl {_b64(der)}\n" for der in store.crls]
        self._exchange(process, "".join(lines) + f"judge 0 {_b64(b'/dev/null')}\n", START_SECONDS)  # loads its classes
        return process

    def _exchange(self, process: subprocess.Popen[bytes], question: str, seconds: float) -> bytes:
        if process.stdin is None or process.stdout is None:
            raise EOFError
        used = _cpu_seconds(process.pid)
        resource.prlimit(process.pid, resource.RLIMIT_CPU, (used + CPU_SECONDS, resource.RLIM_INFINITY))
        process.stdin.write(question.encode("ascii"))
        process.stdin.flush()
        deadline, answer = time.monotonic() + seconds, b""
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while not answer.endswith(b"\n"):
                left = deadline - time.monotonic()
                if left <= 0 or not selector.select(left):
                    raise TimeoutError
                piece = os.read(process.stdout.fileno(), 1 << 16)
                if not piece or len(answer) > 1 << 22:
                    raise EOFError
                answer += piece
        return answer


@contextmanager
def judging(folder: Path, store: TrustStore, *, seconds: float = SECONDS) -> Iterator[Judge]:
    """Yield a judge for *store*. Raises ``NotReady`` (``dss-missing``, ``dss-damaged``) where it is not whole."""
    installation = Installation(folder)
    lacking = installation.lacking()
    if lacking:
        raise _not_ready("dss-missing", f"not in {folder}", f"Không có ý kiến thứ hai của EU DSS: {lacking}.")
    if installation.damaged():
        raise _not_ready("dss-damaged", "jars differ from their pins", "Thư viện EU DSS không đúng bản đã kiểm tra.")
    judge = Judge(installation, store, seconds=seconds)
    try:
        yield judge
    finally:
        judge.close()


def combine(verdict: DocumentVerdict, opinion: Opinion) -> DocumentVerdict:
    """Return *verdict* with the opinion recorded; what only we call good becomes INDETERMINATE. Nothing gets better."""
    if verdict.status is Status.UNREADABLE:
        return verdict
    name = f"EU DSS {VERSION}"
    said = {field: (indication, why) for field, indication, why in opinion.signatures}
    told = opinion.error or "; ".join(f"{f}: {i} {why}".strip() for f, (i, why) in said.items()) or "không thấy chữ ký"
    told = f"{name}: {told}"
    verdict = replace(verdict, second_opinion="; ".join(part for part in (verdict.second_opinion, told) if part))
    if verdict.indication is not Indication.PASSED:
        return verdict
    against = [
        f"{s.field}: {' '.join(said[s.field]).strip() if s.field in said else opinion.error or 'không thấy'}"
        for s in verdict.signatures
        if said.get(s.field, ("",))[0] != PASSED
    ]
    against += [f"{field}: {indication}" for field, (indication, _) in said.items() if indication != PASSED]
    if not against:
        return verdict
    disagreement = reason("second-opinion", f"({name}: {', '.join(dict.fromkeys(against))})")
    indication, sub_indication = worst([disagreement])
    return replace(
        verdict,
        reasons=(*verdict.reasons, disagreement),
        indication=indication,
        sub_indication=sub_indication,
        code=disagreement.code,
    )


def _opinion(answer: bytes) -> Opinion:
    content: dict[str, Any] = json.loads(answer)
    if "error" in content:
        return Opinion(error=f"không đọc được ({plain(content['error'], 60)})")
    found = []
    for one in content["signatures"]:
        why = " ".join(plain(word, 60) for word in (one["sub_indication"], *one["errors"][:6]) if word)
        found.append((plain(one["field"]), plain(one["indication"], 40), why))
    return Opinion(tuple(found))


def _cpu_seconds(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) // os.sysconf("SC_CLK_TCK") + 1


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _not_ready(code: str, log_message: str, happened: str) -> NotReady:
    return NotReady(code, log_message, Advice(happened, "Chưa tệp nào được kiểm tra.", f"Chạy: {COMMAND}"))
