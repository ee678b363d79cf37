"""The command line, run in this process where that is enough, and in a process of its own where it is not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli.main import main
from tests.pipeline.authority import authority
from tests.pipeline.bench import CITIZEN, TablePool, run, scan, workplace
from tests.servers import minio_server, postgres_server

__all__ = ["authority", "minio_server", "postgres_server"]

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder of the commands of this test; one worker process reads."""
    monkeypatch.setenv("SOHOA_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("SOHOA_OCR__JOBS", "1")
    return tmp_path / "data"


@pytest.fixture
def sohoa(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Run a command in this process."""

    def call(*args: object) -> Said:
        capsys.readouterr()
        code = main([str(arg) for arg in args])
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return call


@pytest.fixture
def process(data_dir: Path) -> Callable[..., Said]:
    """Run Python code in a fresh process, the repository first on its path."""

    def call(code: str, *args: object) -> Said:
        done = subprocess.run(
            [sys.executable, "-c", code, *map(str, args)],
            capture_output=True,
            text=True,
            cwd=ROOT,
            env=dict(os.environ),
            timeout=600,
            check=False,
        )
        return Said(done.returncode, done.stdout, done.stderr)

    return call


@pytest.fixture
def stored(data_dir: Path, tmp_path: Path) -> str:
    """The id of a document of two pages in the warehouse, with words of our choice."""
    scan(tmp_path / "quet" / "quyet-dinh.tif", "q", 2)
    with workplace(data_dir) as place:
        return run(place, TablePool(), tmp_path / "quet", owner=CITIZEN)[0].document_id
