from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from domain.errors import Refused, SohoaError, Unavailable
from signing.authority.launch import AuthorityEndpoints
from signing.csc import CscClient
from signing.faults.plan import ALL, AUTHORISE, INFO, SIGN, TRANSPORT, Fault, Schedule, parse_fault
from signing.faults.server import Limit, Proxy, running_proxy
from tests.signing.test_csc import _digests

AGENCY = "test-agency"


@pytest.fixture(scope="module")
def proxy(authority: AuthorityEndpoints) -> Iterator[tuple[Proxy, str]]:
    # a lost answer is a connection that closes after a while: no client is so impatient that a busy machine is late
    made = Proxy(authority.base_url, Schedule(), late_s=0.01, hold_s=0.2)
    with running_proxy(made) as url:
        yield made, url


@pytest.fixture
def through(authority: AuthorityEndpoints, proxy: tuple[Proxy, str]) -> Iterator[CscClient]:
    proxy[0].schedule.expect()
    made = CscClient(
        f"{proxy[1]}/csc/v1", authority.token(), authority.secret, timeout_s=60.0, sleep=lambda seconds: None
    )
    yield made
    made.close()


def _sign(client: CscClient, number: int = 2) -> list[bytes]:
    digests = _digests(number, "faults")
    return client.sign(client.authorise(client.credential(AGENCY), digests, "Ký"), digests)


def test_without_faults_everything_passes(proxy: tuple[Proxy, str], through: CscClient) -> None:
    before = len(proxy[0].asked)
    assert len(_sign(through)) == 2
    assert proxy[0].asked[before:] == _digests(2, "faults")


@pytest.mark.parametrize(("method", "kind"), [pair for pair in ALL if pair[0] != "tsa"])
def test_every_fault_is_a_typed_error_or_harmless(
    proxy: tuple[Proxy, str], through: CscClient, method: str, kind: str
) -> None:
    proxy[0].schedule.expect(Fault(method, kind, times=1))
    marks = len(proxy[0].calls)
    try:
        raws = _sign(through)
    except SohoaError as error:
        assert isinstance(error, Unavailable | Refused)
        assert "SAD" not in str(error) or error.code == "authorisation-expired"
        assert "nginx" not in str(error)
    else:
        harmless = ("slow", "too-many", "out-of-service", "wrong-certificate")
        spoiled = ("garbage-signature", "swapped", "duplicated", "changed")  # found when verified, not by the client
        retried = TRANSPORT if method == INFO else ()
        assert kind in (*harmless, *spoiled, *retried)
        assert len(raws) == 2
    assert (method, kind) in proxy[0].calls[marks:]


def test_what_the_service_did_before_the_connection_broke(
    proxy: tuple[Proxy, str], through: CscClient, counts: Callable[[], dict[str, int]]
) -> None:
    for kind, done in (("drop-before", 0), ("drop-after", 2), ("lost", 2)):
        proxy[0].schedule.expect(Fault(SIGN, kind))
        before = counts().get("signatures", 0)
        with pytest.raises(Unavailable):
            _sign(through)
        assert counts().get("signatures", 0) - before == done


def test_a_client_waits_only_so_long(authority: AuthorityEndpoints) -> None:
    silent = Proxy(authority.base_url, Schedule(), hold_s=60.0)
    silent.schedule.expect(Fault(INFO, "lost", times=9))
    with running_proxy(silent) as url:
        client = CscClient(
            f"{url}/csc/v1", authority.token(), authority.secret, timeout_s=0.2, sleep=lambda seconds: None
        )
        with pytest.raises(Unavailable, match="Timeout"):
            client.credential(AGENCY)
        client.close()


def test_the_rate_limit_says_how_long_to_wait(authority: AuthorityEndpoints) -> None:
    waits: list[float] = []
    limited = Proxy(authority.base_url, Schedule(), limit=Limit(2, 3600.0))
    with running_proxy(limited) as url:
        client = CscClient(f"{url}/csc/v1", authority.token(), authority.secret, sleep=waits.append)
        client.credential_ids()
        client.credential_ids()
        with pytest.raises(Unavailable):
            client.credential_ids()
        client.close()
    assert waits == []  # an hour is too long to sit through; the caller decides
    assert limited.calls[2] == ("credentials/list", "rate-limit")


def test_a_seed_gives_the_same_faults_again() -> None:
    methods = [AUTHORISE, SIGN, INFO, "tsa"] * 50
    first, second, other = (Schedule(seed, 0.3) for seed in (7, 7, 8))
    drawn = [first.next(method) for method in methods]
    assert drawn == [second.next(method) for method in methods] != [other.next(method) for method in methods]
    assert 30 < len([fault for fault in drawn if fault]) < 90
    assert parse_fault("tsa:lost:3:2") == Fault("tsa", "lost", 3, 2)
    with pytest.raises(ValueError, match="no fault"):
        Fault("tsa", "swapped")


def test_it_runs_as_a_program(authority: AuthorityEndpoints) -> None:
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-m", "signing.faults", "--upstream", authority.base_url, "--fault", f"{INFO}:forbidden"]
    with subprocess.Popen(command, cwd=root, stderr=subprocess.PIPE, text=True) as child:
        assert child.stderr is not None
        assert "KHÔNG DÙNG THẬT" in child.stderr.readline()
        url = child.stderr.readline().strip()
        headers = {"Authorization": f"Bearer {authority.token()}"}
        body = {"credentialID": AGENCY}
        answers = [
            httpx.post(f"{url}/{INFO}", json=body, headers=headers, trust_env=False, timeout=120).status_code
            for _ in range(2)
        ]
        child.terminate()
    assert answers == [403, 200]
