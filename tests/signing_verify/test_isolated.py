"""Workers: one bad file costs one answer, the rest go on; nothing is left running."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.errors import NotReady
from signing.trust import TrustStore
from signing.verify import workers
from signing.verify.isolated import verify_isolated
from signing.verify.model import Expected, ExpectedSignature, Indication, Status
from signing.verify.workers import Limits, Request, Setup, Worker
from tests.signing_verify.attacks import signed, signed_two, trust
from tests.signing_verify.making import base
from tests.signing_verify.pki import now


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    contents = {"a.pdf": signed(), "b.pdf": b"khong phai pdf", "c.pdf": signed_two(), "d.pdf": base()}
    for name, data in contents.items():
        (tmp_path / name).write_bytes(data)
    return [*(tmp_path / name for name in contents), tmp_path / "missing.pdf"]


def test_a_folder_in_order(files: list[Path]) -> None:
    said = list(verify_isolated(files, trust(), now=now(), jobs=2))
    assert [p for p, _ in said] == files
    assert [v.vietnamese for _, v in said] == [
        "ĐẠT",
        "KHÔNG ĐỌC ĐƯỢC",
        "ĐẠT",
        "CHƯA ĐỦ CĂN CỨ",
        "KHÔNG ĐỌC ĐƯỢC",
    ]
    assert said[-1][1].code == "file-missing"
    assert {v.trust_version for _, v in said} == {trust().version}


def _worker_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, on_bad: str) -> None:
    """Let workers run our own program: the true worker, except that a file called bad.pdf does *on_bad*."""
    program = tmp_path / "program.py"
    program.write_text(
        "import signing.verify.document as d, os, sys, time, signal\n"
        "true = d.verify_pdf\n"
        "def fake(path, *a, **k):\n"
        f"    if path.name == 'bad.pdf': {on_bad}\n"
        "    return true(path, *a, **k)\n"
        "d.verify_pdf = fake\n"
        "from signing.verify.worker import main\n"
        "sys.exit(main())\n"
    )
    real = subprocess.Popen
    monkeypatch.setattr(workers.subprocess, "Popen", lambda _, **kwargs: real([sys.executable, str(program)], **kwargs))


@pytest.mark.parametrize(
    ("on_bad", "code"),
    [
        ("os.kill(os.getpid(), signal.SIGSEGV)", "worker-crashed"),
        ("any(iter(int, 1))", "worker-timeout"),
        ("x = [bytearray(50_000_000) for _ in range(1000)]", "worker-memory"),
        ("__import__('socket').create_connection(('127.0.0.1', 9))", "file-missing"),
    ],
)
def test_one_bad_file_costs_one_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, on_bad: str, code: str) -> None:
    (tmp_path / "good.pdf").write_bytes(signed())
    (tmp_path / "bad.pdf").write_bytes(signed())
    _worker_program(tmp_path, monkeypatch, on_bad)
    paths = [tmp_path / "bad.pdf", tmp_path / "good.pdf"]
    limits = Limits(cpu_seconds=5 if code == "worker-timeout" else 120, wall_seconds=600)
    (_, bad), (_, good) = verify_isolated(paths, trust(), now=now(), limits=limits)
    assert (bad.status, bad.indication, bad.code) == (Status.UNREADABLE, Indication.INDETERMINATE, code)
    assert good.indication is Indication.PASSED


def test_wall_clock_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bad.pdf").write_bytes(signed())
    _worker_program(tmp_path, monkeypatch, "time.sleep(3600)")  # longer than a test may take
    ((_, verdict),) = verify_isolated([tmp_path / "bad.pdf"], trust(), now=now(), limits=Limits(wall_seconds=0.5))
    assert verdict.code == "worker-timeout"


def test_worker_ends_with_its_parent(tmp_path: Path) -> None:
    """The parent is killed hard; its worker must not outlive it."""
    target = tmp_path / "a.pdf"
    target.write_bytes(signed())
    program = (
        "from pathlib import Path; from signing.trust import TrustStore; from signing.verify.workers import *\n"
        "from datetime import datetime, UTC; import time\n"
        "w = Worker(Setup(TrustStore(), Limits(), False))\n"
        f"w.verify(Request({str(target)!r}, datetime.now(UTC), None))\n"
        "print(w._process.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(workers.ROOT)}
    )
    assert parent.stdout is not None
    worker = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    until = time.monotonic() + 120
    while time.monotonic() < until and Path(f"/proc/{worker}/stat").exists():
        if Path(f"/proc/{worker}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
            break
        time.sleep(0.05)
    else:
        assert not Path(f"/proc/{worker}/stat").exists()


def test_stopping_early_leaves_nothing_running(files: list[Path]) -> None:
    run = verify_isolated(files, trust(), now=now(), jobs=2)
    next(run)
    run.close()
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    assert not children.exists() or not any(
        b"signing.verify.worker" in Path(f"/proc/{pid}/cmdline").read_bytes() for pid in children.read_text().split()
    )


def test_bad_trust_folder_is_told_first(tmp_path: Path) -> None:
    with pytest.raises(NotReady):
        verify_isolated([tmp_path / "a.pdf"], tmp_path / "none", now=now())


def test_worker_is_renewed(tmp_path: Path) -> None:
    target = tmp_path / "a.pdf"
    target.write_bytes(base())
    worker = Worker(Setup(TrustStore(), Limits(files_per_worker=1), False))
    seen = set()
    for _ in range(2):
        worker.verify(Request(str(target), now(), None))
        assert worker._process is not None
        seen.add(worker._process.pid)
    worker.stop()
    assert len(seen) == 2


def test_what_is_expected_may_be_told_while_files_are_taken(tmp_path: Path) -> None:
    """As the audit and the renewal do: the mapping is empty when the work begins."""
    (tmp_path / "a.pdf").write_bytes(signed())
    expected: dict[Path, Expected] = {}

    def paths() -> Iterator[Path]:
        expected[tmp_path / "a.pdf"] = Expected((ExpectedSignature("KhongCo"),))
        yield tmp_path / "a.pdf"

    ((_, verdict),) = verify_isolated(paths(), trust(), now=now(), expected=expected)
    assert {"missing-signature", "unexpected-signature"} <= {r.code for r in verdict.reasons}
