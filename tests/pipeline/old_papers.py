"""Papers past their term, for the tests of what may be done with them: an installation with terms, papers, clocks."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.owners import Owner
from pipeline.disposal import approve, carry_out, propose
from pipeline.settings import RetentionSettings, Settings, StoreSettings
from pipeline.workplace import Workplace, open_workplace
from storage.catalogue.disposals import Disposal
from storage.catalogue.engine import Catalogue
from storage.rebuild import rebuild
from tests.pipeline.bench import Killed
from tests.storage.acts import digitise, intake
from tests.storage.conftest import Clock, hurry
from tests.storage.fresh import fresh_catalogue, lay_catalogue

TERMS = """
effective_from = 2020-01-01
source = "Danh mục của cơ quan"
mark = "SRC"

[[term]]
name = "Thành phần hồ sơ"
kind = "component"
years = 5
maintenance = "07"

[[term]]
name = "Kết quả"
kind = "result"
permanent = true
maintenance = "01"
"""


@pytest.fixture
def clock() -> Clock:
    return Clock()


def with_terms(tmp_path: Path, **more: Any) -> Settings:
    """Settings of an installation with a table of terms and a second store."""
    terms = tmp_path / "terms.toml"
    terms.write_text(TERMS, "utf-8")
    return Settings(
        data_dir=tmp_path / "data",
        retention=RetentionSettings(terms_file=terms),
        replica=StoreSettings(kind="local", path=tmp_path / "replica"),
        **more,
    )


@pytest.fixture
def workplace(tmp_path: Path, clock: Clock) -> Iterator[Workplace]:
    settings = with_terms(tmp_path)
    lay_catalogue(tmp_path / "data" / "catalogue.sqlite")
    with open_workplace(settings, clock) as opened:
        hurry(opened.catalogue)
        yield opened


def paper(workplace: Workplace, name: str, *, kind: str = "component", case: str = "", owner: int = 19) -> str:
    given = intake(
        owner=Owner("citizen", f"0012000000{owner}"), kind=kind, case_code=case, intake_key=name, owner_name="Tên"
    )
    made = workplace.warehouse.receive(name.encode(), given, agent="a").document
    digitise(workplace.warehouse, made.id, pdfa=f"%PDF {name}".encode(), text=f"trang của {name}")
    return made.id


def years_later(clock: Clock, years: int = 7) -> None:
    clock.turn(timedelta(days=366 * years))


def approved(workplace: Workplace, **more: Any) -> Disposal:
    listed = propose(workplace, "H24.01", by="cb01", basis="Kế hoạch 12/KH-UBND", **more)
    return approve(workplace, listed.id, by="ld02")


def keys(workplace: Workplace, prefix: str = "") -> set[str]:
    return {o.key for o in workplace.store.list(prefix)}


class rebuilt:  # noqa: N801 - reads as a function
    """A catalogue made anew from the store of a workplace."""

    def __init__(self, workplace: Workplace) -> None:
        self._store = workplace.store
        self._folder = tempfile.TemporaryDirectory()
        self.catalogue = fresh_catalogue(Path(self._folder.name) / "c.sqlite")

    def __enter__(self) -> Catalogue:
        self.report = rebuild(self.catalogue, self._store)
        return self.catalogue

    def __exit__(self, *_: object) -> None:
        self.catalogue.close()
        self._folder.cleanup()


def text_of(pdf: bytes) -> str:
    import pypdfium2

    with pypdfium2.PdfDocument(pdf) as document:
        return "\n".join(page.get_textpage().get_text_range().replace("\r", "") for page in document)


def killed_at(workplace: Workplace, disposal: Disposal, step: str) -> None:
    """Carry *disposal* out, and be killed at the first *step* of that name."""

    def die(what: str) -> None:
        if what == step:
            raise Killed

    with pytest.raises(Killed):
        carry_out(workplace, disposal.id, by="cb01", step=die)
