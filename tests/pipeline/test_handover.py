"""What leaves the warehouse is recorded; what could not be recorded is not left behind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from domain.errors import Advice, Unavailable
from pipeline.bags import export_bag
from pipeline.dissemination import disseminate
from pipeline.handover import select
from pipeline.packages import FileFacts, export_package
from pipeline.workplace import Workplace
from storage.records import Document
from tests.pipeline.authority import digitised
from tests.pipeline.bench import workplace

FACTS = FileFacts(code="H24.01.2026.07", title="Hồ sơ giao đất")
Given = Callable[[Workplace, Sequence[Document], Path], object]


def _dip(place: Workplace, chosen: Sequence[Document], to: Path) -> object:
    return disseminate(place, chosen, to, FACTS, request="Phiếu 12")


def _zipped(place: Workplace, chosen: Sequence[Document], to: Path) -> object:
    return export_package(place, chosen, "aip", to, FACTS, zipped=True)


def _sip(place: Workplace, chosen: Sequence[Document], to: Path) -> object:
    return export_package(place, chosen, "sip", to, FACTS)


def _bag(place: Workplace, chosen: Sequence[Document], to: Path) -> object:
    return export_bag(place, chosen, to / "bag")


def test_what_cannot_be_recorded_is_not_given_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.fsync", lambda _handle: None)

    def gone(*_: Any, **__: Any) -> None:
        raise Unavailable("database", "gone", Advice("Mất kết nối.", "Chưa ghi gì.", "Thử lại."))

    ways: tuple[Given, ...] = (_dip, _sip, _zipped, _bag)
    with workplace(tmp_path / "data") as place:
        chosen = select(place, digitised(place, tmp_path / "lo", "mot"))
        for way in ways:
            to = tmp_path / way.__name__
            to.mkdir()
            with monkeypatch.context() as broken:
                broken.setattr("pipeline.handover.audit.append", gone)
                with pytest.raises(Unavailable):
                    way(place, chosen, to)
            assert list(to.iterdir()) == []
            way(place, chosen, to)
            assert len(list(to.iterdir())) == 1
