"""What holds for every test: no setting of the developer's own machine counts."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

# The same examples on every machine, and no test fails because a machine is busy.
settings.register_profile("sohoa", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("sohoa")

KEPT = frozenset({"SOHOA_REQUIRE", "SOHOA_DATA"})


@pytest.fixture(scope="session", autouse=True)
def _own_settings_only(tmp_path_factory: pytest.TempPathFactory) -> None:
    for name in [n for n in os.environ if n.startswith("SOHOA_") and n not in KEPT]:
        del os.environ[name]
    empty = tmp_path_factory.mktemp("config") / "sohoa.toml"
    empty.touch()
    os.environ["SOHOA_CONFIG"] = str(empty)
