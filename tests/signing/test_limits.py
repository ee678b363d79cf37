from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from domain.errors import Unavailable
from signing.http import make_client
from signing.limits import Guard, guard_of


class Time:
    """A clock that sleeping moves."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def _guarded(
    time: Time, answers: list[httpx.Response | None], *, per_second: float = 10.0, burst: int = 100
) -> tuple[httpx.Client, list[str]]:
    sent: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        sent.append(request.url.path)
        answer = answers.pop(0) if answers else httpx.Response(200)
        if answer is None:
            raise httpx.ConnectError("down")
        return answer

    guard = Guard("http://p", per_second=per_second, burst=burst, clock=time, sleep=time.sleep)
    return make_client(1.0, transport=httpx.MockTransport(handler), guard=guard), sent


def test_more_than_the_rate_waits_its_turn() -> None:
    time = Time()
    client, sent = _guarded(time, [], per_second=2.0, burst=3)
    for _ in range(7):
        client.post("http://p/sign")
    assert len(sent) == 7
    assert time.slept == pytest.approx([0.5] * 4)
    time.now += 100.0
    time.slept.clear()
    for _ in range(4):
        client.post("http://p/sign")
    assert time.slept == pytest.approx([0.5])  # a long quiet time fills the bucket, no more


def test_a_wait_longer_than_patience_is_the_callers() -> None:
    time = Time()
    client, sent = _guarded(time, [httpx.Response(429, headers={"Retry-After": "120"})])
    assert client.post("http://p/sign").status_code == 429
    with pytest.raises(Unavailable, match="signer-busy"):
        client.post("http://p/sign")
    assert len(sent) == 1
    time.now += 110
    assert client.post("http://p/sign").status_code == 200
    assert time.slept == pytest.approx([10.0])


@pytest.mark.parametrize("header", ["", "soon", "nan", "-5", "Wed, 21 Oct 2026 07:28:00 GMT"])
def test_a_retry_after_that_is_no_number_of_seconds(header: str) -> None:
    time = Time()
    client, _ = _guarded(time, [httpx.Response(503, headers={"Retry-After": header})])
    client.post("http://p/sign")
    assert client.post("http://p/sign").status_code == 200
    assert sum(time.slept) <= 1.0


@pytest.mark.parametrize("failure", [None, 500, 502])
def test_five_failures_open_the_circuit_and_one_request_tries_again(failure: int | None) -> None:
    time = Time()

    def fail() -> httpx.Response | None:
        return None if failure is None else httpx.Response(failure)

    client, sent = _guarded(time, [fail() for _ in range(6)])

    def ask() -> int:
        try:
            return client.post("http://p/sign").status_code
        except httpx.ConnectError:
            return 0

    assert [ask() for _ in range(5)] == [failure or 0] * 5
    with pytest.raises(Unavailable, match="signer-paused"):
        ask()
    time.now += 31
    assert ask() == (failure or 0)  # the one that tries
    with pytest.raises(Unavailable, match="signer-paused"):
        ask()
    assert len(sent) == 6
    time.now += 31
    assert [ask(), ask()] == [200, 200]


def test_a_refusal_is_an_answer_and_a_success_forgets_failures() -> None:
    time = Time()
    answers: list[httpx.Response | None] = [httpx.Response(401) for _ in range(20)]
    for _ in range(5):
        answers += [*(httpx.Response(500) for _ in range(4)), httpx.Response(200)]
    client, sent = _guarded(time, answers)
    for _ in range(45):
        client.post("http://p/sign")
    assert len(sent) == 45


def test_one_guard_for_a_provider() -> None:
    assert guard_of("http://a", 5.0) is guard_of("http://a", 5.0)
    assert guard_of("http://a", 5.0) is not guard_of("http://b", 5.0)
    with pytest.raises(ValueError, match="bucket"):
        Guard("x", per_second=0)


def test_two_processes_share_one_bucket_and_one_circuit(tmp_path: Path) -> None:
    clock = Time()
    slept: list[float] = []
    shared = tmp_path / "state.json"

    def guard() -> Guard:  # as each process has its own object over the same file
        return Guard("p", per_second=1, burst=2, clock=clock, sleep=slept.append, shared=shared)

    first, second = guard(), guard()
    first.enter()
    second.enter()
    assert slept == []
    first.enter()
    assert slept == [1.0]
    for one in (first, second, first, second, first):
        one.leave(None)
    with pytest.raises(Unavailable) as caught:
        second.enter()
    assert caught.value.code == "signer-paused"
    clock.now += 40
    second.enter()  # the one that tries
    with pytest.raises(Unavailable):
        first.enter()
    clock.now += 200  # it died with its process: another may try
    first.enter()
    first.leave(200)
    guard().enter()
    assert shared.stat().st_mode & 0o777 == 0o600
    for rubbish in ("", "[]", '{"tokens": "NaN"}', "x" * 100):
        shared.write_text(rubbish)
        guard().enter()
