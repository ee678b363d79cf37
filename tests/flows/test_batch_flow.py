"""``sohoa batch run`` through Prefect's embedded server, in a process and a data folder of its own."""

from __future__ import annotations

import json
import sqlite3
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.ocr.engine_need import opened
from tests.pipeline.bench import CITIZEN, scan
from tests.pipeline.processes import Command
from tests.require import need

pytestmark = pytest.mark.slow

NAMES = ("Nguyen Van Mau.tif", "so-do 7316.tif")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    opened()
    need("prefect", find_spec("prefect") is not None, "Prefect is not installed")
    root = tmp_path_factory.mktemp("lo")
    for name in NAMES:
        scan(root / name, name)
    return root


def same(answer: str) -> dict[str, Any]:
    """Return what must be alike whichever way a batch is run."""
    told = json.loads(answer)
    drop = ("document_id", "stored_at", "seconds")  # the owner's pseudonym differs from folder to folder
    return {
        "counts": told["counts"],
        "documents": [{k: v for k, v in row.items() if k not in drop} for row in told["documents"]],
    }


def test_a_flow_gives_what_the_stages_alone_give_and_prefect_learns_no_name(folder: Path, tmp_path: Path) -> None:
    line = ("batch", "run", folder, "--owner", CITIZEN, "--json")
    local = Command(tmp_path / "local", *line, "--local", SOHOA_OCR__JOBS="1")
    code, expected, err = local.end()
    assert code == 0, err
    flow = Command(tmp_path / "flow", *line, SOHOA_OCR__JOBS="1")
    code, answer, err = flow.end()
    assert code == 0, err
    assert same(answer) == same(expected)
    assert json.loads(answer)["counts"]["digitised"] == 2
    assert flow.all_gone(), "the embedded server outlives the command"

    database = tmp_path / "flow" / "prefect" / "prefect.db"
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as prefect:
        (run,) = prefect.execute(
            "SELECT f.name, r.state_type, r.parameters FROM flow_run r JOIN flow f ON f.id = r.flow_id"
        ).fetchall()
        assert run[:2] == ("batch", "COMPLETED")
        assert json.loads(run[2]) == {"batch_id": json.loads(answer)["batch"]}
        dump = "\n".join(prefect.iterdump())
    for secret in ("001200000019", "Nguyen Van Mau", "so-do 7316", "QUYẾT ĐỊNH", str(folder)):
        assert secret not in dump
    for file in (tmp_path / "flow" / "prefect").rglob("*"):
        assert not file.is_file() or b"001200000019" not in file.read_bytes(), file


def test_prefect_is_told_to_talk_to_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    from flows.environment import prepare_prefect
    from tests.pipeline.bench import settings

    for name in list(os.environ):
        if name.startswith("PREFECT_") or name == "DO_NOT_TRACK":
            monkeypatch.delenv(name)
    monkeypatch.setenv("PREFECT_LOGGING_LEVEL", "DEBUG")
    before = dict(os.environ)
    try:
        prepare_prefect(settings(tmp_path))
        assert os.environ["DO_NOT_TRACK"] == "1"
        assert os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"
        assert os.environ["PREFECT_RESULTS_PERSIST_BY_DEFAULT"] == "false"
        assert os.environ["PREFECT_HOME"] == str(tmp_path / "prefect")
        assert os.environ["PREFECT_LOGGING_LEVEL"] == "DEBUG"  # what the operator has set stays
        assert "PREFECT_API_URL" not in os.environ
    finally:
        for name in set(os.environ) - set(before):
            del os.environ[name]


def test_the_deployments_name_flows_that_exist() -> None:
    import ast

    from flows.deployments import DEPLOYMENTS
    from tests.pipeline.processes import ROOT

    for deployment in DEPLOYMENTS:
        file = ROOT / (deployment.module.replace(".", "/") + ".py")
        defined = {n.name for n in ast.parse(file.read_text(encoding="utf-8")).body if isinstance(n, ast.FunctionDef)}
        assert deployment.flow in defined
