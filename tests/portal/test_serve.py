"""``sohoa serve`` as the intake system meets it: a process on a port, a case handed in, its end awaited."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.ocr.engine_need import opened
from tests.pipeline.processes import Command
from tests.portal.conftest import TOKEN, URL, post
from tests.servers import free_port

pytestmark = pytest.mark.slow


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def serve(data_dir: Path) -> Iterator[Callable[[], httpx.Client]]:
    """Start a server; return a client of it."""
    opened()
    commands: list[Command] = []
    clients: list[httpx.Client] = []

    def start() -> httpx.Client:
        port = free_port()
        settings = {"SOHOA_SERVE__TOKEN": TOKEN, "SOHOA_FLOWS__CASE_RUNNER": "local", "SOHOA_OCR__JOBS": "1"}
        command = Command(data_dir, "serve", "--port", port, **settings)
        commands.append(command)
        client = httpx.Client(
            base_url=f"http://127.0.0.1:{port}",
            headers={"Authorization": f"Bearer {TOKEN}"},
            trust_env=False,
            timeout=120,
        )
        clients.append(client)
        until(lambda: answers(client), f"no answer; exit {command.process.poll()}")
        return client

    def stop() -> bool:
        commands[-1].process.terminate()
        commands[-1].process.communicate(timeout=300)
        return commands[-1].all_gone()

    start.stop = stop  # type: ignore[attr-defined]
    start.kill = lambda: commands[-1].kill_after(0) and commands[-1].all_gone()  # type: ignore[attr-defined]
    yield start
    for client in clients:
        client.close()
    for command in commands:
        if command.process.poll() is None:
            command.process.kill()
            command.process.communicate()


def answers(client: httpx.Client) -> bool:
    try:
        return client.get("/healthz").status_code == 200
    except httpx.TransportError:
        return False


def until(ready: Callable[[], bool], what: str, within_s: float = 600) -> None:
    end = time.monotonic() + within_s
    while not ready():
        assert time.monotonic() < end, what
        time.sleep(0.1)


def test_a_case_from_request_to_done_and_the_server_ends_with_all_it_started(
    serve: Callable[[], httpx.Client], papers: dict[str, bytes], data_dir: Path
) -> None:
    client = serve()
    assert httpx.get(f"{client.base_url}{URL}", trust_env=False, timeout=120).status_code == 401
    answer = post(client, papers)
    assert answer.status_code == 202
    until(lambda: client.get(URL).json()["state"] not in ("received", "running"), "the case does not end")
    case = client.get(URL).json()
    assert case["state"] == "done"
    assert {document["status"] for document in case["documents"]} == {"digitised"}
    assert post(client, papers).json() == case
    assert serve.stop(), "something outlives the server"  # type: ignore[attr-defined]
    assert list((data_dir / "scratch").iterdir()) == []


def test_a_case_that_a_killed_server_had_taken_on_is_done_after_a_restart(
    serve: Callable[[], httpx.Client], papers: dict[str, bytes]
) -> None:
    client = serve()
    post(client, papers)
    assert serve.kill(), "the worker outlives a killed server"  # type: ignore[attr-defined]
    again = serve()
    until(lambda: again.get(URL).json()["state"] == "done", "the case is not taken up again")
