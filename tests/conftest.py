"""What holds for every test: no setting of the developer's own machine counts."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, settings

from domain.certification import VIETNAM
from tests.ports import share

# The same examples on every machine, and no test fails because a machine is busy.
settings.register_profile("sohoa", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("sohoa")

#: no test begins so near the end of a Vietnamese year: the certificate numbers that it takes would be of two years
_BEFORE_THE_YEARS_END = timedelta(minutes=10)

KEPT = frozenset({"SOHOA_REQUIRE", "SOHOA_DATA"})


@pytest.fixture(scope="session", autouse=True)
def _own_settings_only(tmp_path_factory: pytest.TempPathFactory) -> None:
    for name in [n for n in os.environ if n.startswith("SOHOA_") and n not in KEPT]:
        del os.environ[name]
    empty = tmp_path_factory.mktemp("config") / "sohoa.toml"
    empty.touch()
    os.environ["SOHOA_CONFIG"] = str(empty)


@pytest.fixture(scope="session", autouse=True)
def _own_ports_only() -> Iterator[None]:
    """Test authorities of two processes that start at one moment do not choose one port."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("signing.authority.folder._PORTS", share(range(20_100, 31_900)))
        yield


def over_the_years_end(now: datetime) -> float:
    """Return how many seconds a test has to wait so that it lies in one Vietnamese year."""
    here = now.astimezone(VIETNAM)
    left = datetime(here.year + 1, 1, 1, tzinfo=VIETNAM) - here
    return left.total_seconds() + 1 if left < _BEFORE_THE_YEARS_END else 0.0


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol() -> Iterator[None]:
    """Wait before the clock of the test's own time limit runs."""
    time.sleep(over_the_years_end(datetime.now(VIETNAM)))
    return (yield)
