"""Killed at every step of the write: the repeat gives exactly the state of an undisturbed run."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from storage.catalogue.engine import Catalogue, open_catalogue
from storage.local import LocalStore
from storage.warehouse import Warehouse
from tests.servers import empty_tables
from tests.storage.acts import whole_way
from tests.storage.conftest import OWNER_KEY, hurry
from tests.storage.dump import dump


class Crash(BaseException):
    """The process dies: nothing may catch it."""


class Faults:
    """Counts the steps and dies at one of them."""

    def __init__(self, at: int | None = None) -> None:
        self.at = at
        self.steps = 0

    def step(self) -> None:
        self.steps += 1
        if self.steps == self.at:
            raise Crash


class FaultyStore(LocalStore):
    """Dies before or after a write."""

    def __init__(self, root: Path, faults: Faults) -> None:
        super().__init__(root)
        self.faults = faults

    def _place(self, *args: Any, **kwargs: Any) -> bool:
        self.faults.step()
        written = super()._place(*args, **kwargs)
        self.faults.step()
        return written


class FaultyCatalogue(Catalogue):
    """Dies before or after a commit."""

    def __init__(self, whole: Catalogue, faults: Faults) -> None:
        super().__init__(whole.engine)
        self.faults = faults

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        with super().begin() as connection:
            yield connection
            self.faults.step()
        self.faults.step()


def at_noon() -> datetime:
    return datetime(2026, 11, 22, 5, 0, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgres"])
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """Return a function that gives an empty catalogue."""
    if request.param == "sqlite":
        template = tmp_path / "template.db"
        open_catalogue(f"sqlite:///{template}").close()
        count = iter(range(1000))

        def make() -> Catalogue:
            copy = tmp_path / f"{next(count)}.db"
            shutil.copy(template, copy)
            return hurry(open_catalogue(f"sqlite:///{copy}"))

        yield make
    else:
        url = request.getfixturevalue("postgres_catalogue_url")
        catalogue = open_catalogue(url)

        def make() -> Catalogue:
            empty_tables(url)
            return catalogue

        yield make
        catalogue.close()


def state(catalogue: Catalogue, store: LocalStore) -> dict[str, Any]:
    found: dict[str, Any] = dict(dump(catalogue))
    found["manifests"] = {o.key: store.get(o.key) for o in store.list("owner/")}
    return found


def test_crash_at_every_step(fresh: Any, tmp_path: Path) -> None:
    undisturbed = fresh()
    faults = Faults()
    store = FaultyStore(tmp_path / "whole", faults)
    whole_way(Warehouse(store, FaultyCatalogue(undisturbed, faults), OWNER_KEY, at_noon))
    expected = state(undisturbed, store)
    blobs = {o.key for o in store.list("blob/")}
    assert faults.steps > 30

    for at in range(1, faults.steps + 1):
        catalogue = fresh()
        store = FaultyStore(tmp_path / f"store{at}", Faults(at))
        with pytest.raises(Crash):
            whole_way(Warehouse(store, FaultyCatalogue(catalogue, store.faults), OWNER_KEY, at_noon))
        store.faults.at = None
        whole_way(Warehouse(store, catalogue, OWNER_KEY, at_noon))
        assert state(catalogue, store) == expected, f"killed at step {at}"
        assert {o.key for o in store.list("blob/")} == blobs
        catalogue.close()


def test_a_manifest_without_rows_is_caught_up_by_another_act(fresh: Any, tmp_path: Path) -> None:
    """Digitised, killed before the commit, and then other work comes: the finished work is not lost."""
    from tests.storage.acts import digitise, intake

    catalogue = fresh()
    faults = Faults()
    store = LocalStore(tmp_path / "s")
    warehouse = Warehouse(store, FaultyCatalogue(catalogue, faults), OWNER_KEY, at_noon)
    document = warehouse.receive(b"a scan", intake(), agent="a").document
    faults.at = faults.steps + 1
    with pytest.raises(Crash):
        digitise(warehouse, document.id)
    assert warehouse.show(document.id).document.version == 1
    assert digitise(warehouse, document.id, text="another reading").version == 3
    assert [v.message for v in warehouse.show(document.id).versions] == ["received", "digitised", "digitised"]
