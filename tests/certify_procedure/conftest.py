"""One running authority for the tests that sign; the disk is not waited for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.certify.site import SigningSite, open_signing
from pipeline.workplace import Workplace, system_clock
from signing.authority.launch import AuthorityEndpoints
from tests.pipeline.authority import authority, digitised, join
from tests.pipeline.bench import workplace

__all__ = ["authority"]


@pytest.fixture(autouse=True)
def _quick_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.fsync", lambda _file: None)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Workplace]:
    """An installation without running services."""
    with workplace(tmp_path / "data") as opened:
        yield opened


@pytest.fixture
def place(tmp_path: Path, authority: AuthorityEndpoints) -> Iterator[Workplace]:
    """An installation that uses the session's authority."""
    join(tmp_path / "data", authority)
    with workplace(tmp_path / "data") as opened:
        yield opened


@pytest.fixture
def site(place: Workplace) -> Iterator[SigningSite]:
    with open_signing(place.settings, system_clock) as opened:
        yield opened


@pytest.fixture
def paper(place: Workplace, tmp_path: Path) -> str:
    """A digitised paper."""
    return digitised(place, tmp_path / "lo", "mot")[0]


@pytest.fixture
def papers(place: Workplace, tmp_path: Path) -> list[str]:
    """Two digitised papers."""
    return digitised(place, tmp_path / "lo", "mot", "hai")
