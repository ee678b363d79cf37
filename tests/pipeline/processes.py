"""``sohoa`` as a process of its own, that a test may kill, with everything it starts marked."""

from __future__ import annotations

import contextlib
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MARK = "TEST_MARK"


class Command:
    """A running ``sohoa`` command with a data folder of its own."""

    def __init__(self, data_dir: Path, *args: object, **settings: str) -> None:
        self.mark = secrets.token_hex(8)
        self.said = ("", "")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "pipeline.cli.main", *map(str, args)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            env=os.environ | {"SOHOA_DATA_DIR": str(data_dir), MARK: self.mark} | settings,
        )

    def end(self, timeout_s: float = 600) -> tuple[int, str, str]:
        """Wait for its end; return exit code, stdout, stderr."""
        out, err = self.process.communicate(timeout=timeout_s)
        return self.process.returncode, out, err

    def kill_after(self, seconds: float) -> bool:
        """Kill it (SIGKILL) *seconds* after now; return False when it had ended before."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.process.communicate()
        return self.process.returncode == -9

    def kill_when(self, ready: Callable[[], bool]) -> bool:
        """Kill it (SIGKILL) as soon as *ready*; return False when it ended before, having said ``said``."""
        while self.process.poll() is None:
            if ready():
                self.process.kill()
                break
            time.sleep(0.005)
        self.said = self.process.communicate()
        return self.process.returncode == -9

    def descendants(self) -> list[int]:
        """Return the living processes that it started, directly or not."""
        found = []
        for folder in Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                if folder.name.isdigit() and f"{MARK}={self.mark}".encode() in (folder / "environ").read_bytes():
                    found.append(int(folder.name))
        return found

    def all_gone(self, within_s: float = 120) -> bool:
        """Wait until none of its processes lives."""
        end = time.monotonic() + within_s
        while self.descendants():
            if time.monotonic() > end:
                return False
            time.sleep(0.05)
        return True
