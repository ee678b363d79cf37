from __future__ import annotations

import pytest

from tests.pipeline.authority import authority

__all__ = ["authority"]


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ends are simulated here, not power cuts."""
    monkeypatch.setattr("os.fsync", lambda _handle: None)
