"""The case worker, its reader a table: what it does with a case, with a fault, and with what a dead worker held."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.errors import Advice, Refused, Unavailable
from domain.owners import parse_owner
from flows.site import Site
from flows.worker import _next, process_name, take_back
from pipeline.cases import CASE_TOPIC, CaseOrder, FileOfCase, accept_case, case_json
from pipeline.settings import FlowSettings
from pipeline.workplace import system_clock
from storage.catalogue import outbox
from tests.pipeline.bench import CITIZEN, TablePool, reader, scan, workplace

CASE = "H24.01-260102-0001"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with workplace(tmp_path / "data", flows=FlowSettings(case_runner="local")) as place:
        order = CaseOrder("H24.01", CASE, parse_owner(CITIZEN))
        accept_case(place, order, [FileOfCase(scan(tmp_path / "don.tif", "don"), "don.tif")], "khoa-0001")
        yield Site(place, reader(TablePool()))


def state(site: Site) -> str:
    return str(case_json(site.workplace, "H24.01", CASE)["state"])


def hold(site: Site, worker: str) -> None:
    with site.workplace.catalogue.begin() as connection:
        held = outbox.claim(
            connection, worker=worker, now=system_clock(), lease=timedelta(minutes=30), topics=[CASE_TOPIC]
        )
        assert len(held) == 1


def test_a_case_is_run_once(site: Site) -> None:
    assert _next(site, "a:1:1")
    assert state(site) == "done"
    assert not _next(site, "a:1:1")


@pytest.mark.parametrize(
    ("fault", "left"),
    [
        (Unavailable("store-unavailable", "no answer", Advice("Kho không trả lời.")), 1),
        (RuntimeError("001200000019"), 1),
        (Refused("case-unknown", "no case", Advice("Không có hồ sơ.")), 0),
    ],
)
def test_a_fault_is_tried_again_and_a_refusal_is_not(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, fault: Exception, left: int
) -> None:
    def fails(*_args: Any) -> str:
        raise fault

    with monkeypatch.context() as patch:
        patch.setattr("flows.worker.run_case", fails)
        assert _next(site, "a:1:1")
    assert "001200000019" not in caplog.text
    with site.workplace.catalogue.read() as connection:
        assert outbox.pending(connection, topics=[CASE_TOPIC]) == left
        assert outbox.holders(connection) == []
    assert not _next(site, "a:1:1")  # not at once


def test_what_a_killed_worker_held_is_taken_over(site: Site) -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    name = process_name(child.pid)
    assert name is not None
    hold(site, name)
    take_back(site)
    assert not _next(site, "b:2:2"), "its worker lives"
    child.kill()
    child.communicate()
    take_back(site)
    assert _next(site, "b:2:2")
    assert state(site) == "done"


@pytest.mark.parametrize("holder", ["another-machine:1:1", "odd", f"{socket.gethostname()}:x"])
def test_what_others_hold_is_left_to_them(site: Site, holder: str) -> None:
    hold(site, holder)
    take_back(site)
    assert not _next(site, "b:2:2")


def test_a_process_number_used_again_is_another_process(site: Site) -> None:
    hold(site, f"{socket.gethostname()}:{os.getpid()}:1")
    take_back(site)
    assert _next(site, "b:2:2")
