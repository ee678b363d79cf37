"""One test authority, a real child process over HTTP, for all tests of the folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from signing.authority.launch import AuthorityEndpoints, running_authority
from signing.authority.plan import DEFAULT_CREDENTIALS, CredentialPlan
from signing.csc import CscClient
from signing.evidence import EvidenceCollector
from signing.timestamp import TsaClient

ORGANISATION = "Ủy ban nhân dân xã Thử Nghiệm"
CREDENTIALS = (
    *DEFAULT_CREDENTIALS,
    CredentialPlan(
        "revoked", "person", "Người Bị Thu Hồi", "CCCD:000000000002", ORGANISATION, key="ec-p256", revoked=True
    ),
    CredentialPlan("expired", "person", "Người Hết Hạn", "CCCD:000000000003", ORGANISATION, key="ec-p256", days=-30),
    CredentialPlan("lockable", "person", "Người Hay Quên", "CCCD:000000000004", ORGANISATION, key="ec-p256", otp=True),
)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AuthorityEndpoints]:
    with running_authority(tmp_path_factory.mktemp("authority"), CREDENTIALS) as endpoints:
        yield endpoints


@pytest.fixture
def client(authority: AuthorityEndpoints) -> Iterator[CscClient]:
    made = CscClient(authority.csc_url, authority.token(), authority.secret)
    yield made
    made.close()


@pytest.fixture
def tsa(authority: AuthorityEndpoints) -> Iterator[TsaClient]:
    made = TsaClient(authority.tsa_url, authority.tsa_anchors)
    yield made
    made.close()


@pytest.fixture
def collector(authority: AuthorityEndpoints) -> Iterator[EvidenceCollector]:
    made = EvidenceCollector(authority.trust_anchors + authority.tsa_anchors, authority.evidence_hosts)
    yield made
    made.close()


@pytest.fixture
def clock(authority: AuthorityEndpoints) -> Iterator[Callable[[float], None]]:
    """Moves the authority's clock by so many seconds; back at the end."""

    def move(seconds: float) -> None:
        headers = {"Authorization": f"Bearer {authority.token()}"}
        url = f"{authority.base_url}/test/clock"
        httpx.post(url, json={"offset_s": seconds}, headers=headers, trust_env=False, timeout=120).raise_for_status()

    yield move
    move(0)


@pytest.fixture
def counts(authority: AuthorityEndpoints) -> Callable[[], dict[str, int]]:
    """How often each service of the authority was asked."""

    def read() -> dict[str, int]:
        headers = {"Authorization": f"Bearer {authority.token()}"}
        answer: dict[str, int] = httpx.get(
            f"{authority.base_url}/test/counts", headers=headers, trust_env=False, timeout=120
        ).json()
        return answer

    return read


@pytest.fixture(scope="session")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("signed")
