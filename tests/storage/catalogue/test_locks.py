"""Locks of documents, over both databases: nobody waits, nobody shares, and who dies gives them back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from storage.catalogue.engine import Catalogue, open_catalogue
from storage.catalogue.locks import held

_HOLD = """
import sys
from storage.catalogue.engine import open_catalogue
from storage.catalogue.locks import held
with held(open_catalogue(sys.stdin.readline().strip()), ["a", "b"]) as got:
    print(",".join(sorted(got)), flush=True)
    sys.stdin.read()
"""
ROOT = Path(__file__).resolve().parents[3]


def test_one_holder_at_a_time(catalogue: Catalogue) -> None:
    url = catalogue.engine.url.render_as_string(hide_password=False)
    other = open_catalogue(url)  # as another process has it
    with held(catalogue, ["a", "b", "b"]) as first:
        assert first == {"a", "b"}
        with held(other, ["b", "c"]) as second:
            assert second == {"c"}
        with held(other, ["c"]) as third:
            assert third == {"c"}
    with held(other, ["a", "b"]) as after:
        assert after == {"a", "b"}
    other.close()


def test_who_dies_gives_back(catalogue: Catalogue) -> None:
    url = catalogue.engine.url.render_as_string(hide_password=False)
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLD],
        cwd=ROOT,
        env=os.environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(f"{url}\n")
    process.stdin.flush()
    assert process.stdout.readline().strip() == "a,b"
    with held(catalogue, ["a", "c"]) as got:
        assert got == {"c"}
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdin.close()
    process.stdout.close()
    for _ in range(2400):  # PostgreSQL notices the end of a session in its own time
        with held(catalogue, ["a", "b"]) as got:
            if got == {"a", "b"}:
                return
        time.sleep(0.05)
    raise AssertionError("the locks of a dead process stand")
