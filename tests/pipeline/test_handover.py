"""What leaves the warehouse is recorded first: nothing stands under its name that is not in the audit log."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from domain.errors import Advice, BadInput, Unavailable
from pipeline.access_copy import access_copy, labelled
from pipeline.bags import export_bag
from pipeline.dissemination import disseminate
from pipeline.handover import select
from pipeline.packages import FileFacts, export_package
from pipeline.workplace import Workplace, private_folder
from storage.bag import check_bag
from storage.catalogue import audit
from storage.eark.check import check_package, opened
from storage.records import Document
from tests.pipeline.authority import digitised
from tests.pipeline.bench import AGENCY, Killed, crash, workplace
from tests.pipeline.kills import ending_at

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


def _copy(place: Workplace, chosen: Sequence[Document], to: Path) -> object:
    access_copy(place, chosen[0].id, to / "ban-sao.pdf")
    return None


WAYS: tuple[Given, ...] = (_dip, _sip, _zipped, _bag, _copy)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workplace]:
    monkeypatch.setattr("os.fsync", lambda _handle: None)
    with workplace(tmp_path / "data") as opened_:
        yield opened_


@pytest.fixture
def chosen(place: Workplace, tmp_path: Path) -> list[Document]:
    return select(place, digitised(place, tmp_path / "lo", "mot"))


def recorded(place: Workplace) -> list[str]:
    """Outcomes of what the audit log says was given out."""
    with place.catalogue.read() as connection:
        return [e.outcome for e in audit.events(connection, AGENCY) if e.event_type == "dissemination"]


def whole(path: Path, scratch: Path) -> bool:
    """Whether *path* is complete."""
    if path.suffix == ".pdf":
        return path.read_bytes().rstrip().endswith(b"%%EOF")
    if (path / "bagit.txt").exists():
        return check_bag(path) == []
    with opened(path, scratch) as folder:
        return check_package(folder).findings == []


@pytest.mark.parametrize("way", WAYS)
def test_what_cannot_be_recorded_is_not_given_out(
    place: Workplace, chosen: list[Document], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: Given
) -> None:
    def gone(*_: Any, **__: Any) -> None:
        raise Unavailable("database", "gone", Advice("Mất kết nối.", "Chưa ghi gì.", "Thử lại."))

    to = tmp_path / "den"
    to.mkdir()
    with monkeypatch.context() as broken:
        broken.setattr("pipeline.handover.audit.append", gone)
        with pytest.raises(Unavailable):
            way(place, chosen, to)
    assert list(to.iterdir()) == [] and recorded(place) == []
    way(place, chosen, to)
    assert len(list(to.iterdir())) == 1 and recorded(place) == ["success"]


@pytest.mark.parametrize("way", WAYS)
def test_killed_at_any_moment_nothing_stands_there_unrecorded(
    place: Workplace, chosen: list[Document], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: Given
) -> None:
    """Every change on the disk is a moment at which the process may end; the next one finds nothing in its way."""
    monkeypatch.setattr("pipeline.dissemination.labelled", functools.cache(labelled))  # drawn once for all moments
    to, scratch = tmp_path / "den", tmp_path / "xem"
    to.mkdir()
    scratch.mkdir()
    last, shown = 0, []
    while True:
        last, before = last + 1, len(recorded(place))
        with ending_at(to, last) as moments, suppress(Killed):
            way(place, chosen, to)
        there = [path for path in to.iterdir() if not path.name.startswith(".sohoa-part-")]
        if there:
            assert len(recorded(place)) == before + 1 and whole(there[0], scratch)
            there[0].rename(scratch / f"{last}{there[0].suffix}")
        if not moments.ended:
            break
        shown.append(bool(there))
        with private_folder(to, ".sohoa-part-") as mine:  # as the next call begins
            assert list(to.iterdir()) == [mine]
    assert there and list(to.iterdir()) == []
    # killed while it wrote: nothing there; killed while it cleaned up: there, and recorded
    assert last > 3 and shown == sorted(shown) and set(shown) == {False, True}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("after", [False, True])
def test_killed_just_before_or_after_it_is_recorded_nothing_stands_there(
    place: Workplace, chosen: list[Document], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: Given, after: bool
) -> None:
    """The transaction changes no file that the moments above know of."""
    to = tmp_path / "den"
    with monkeypatch.context() as patch, pytest.raises(Killed):
        crash(patch, "pipeline.handover.record_given", after=after)
        way(place, chosen, to)
    assert list(to.iterdir()) == [] and recorded(place) == ["success"] * after


def test_what_could_not_be_put_in_place_is_recorded_so(
    place: Workplace, chosen: list[Document], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else's folder of that name comes up in the very moment in which it was recorded."""
    from pipeline import handover

    record = handover.record_given

    def then_taken(*args: Any, **more: Any) -> None:
        record(*args, **more)
        if more.get("outcome") is None:
            (tmp_path / "den" / "bag").mkdir()

    monkeypatch.setattr(handover, "record_given", then_taken)
    with pytest.raises(BadInput, match="folder"):
        _bag(place, chosen, tmp_path / "den")
    assert recorded(place) == ["success", "failure"]
    assert [p.name for p in (tmp_path / "den").iterdir()] == ["bag"]
    assert list((tmp_path / "den" / "bag").iterdir()) == []


def test_what_another_process_is_making_stays(place: Workplace, chosen: list[Document], tmp_path: Path) -> None:
    """Beside each other, into one folder; and what others keep there is nobody's to remove."""
    to = tmp_path / "den"
    to.mkdir()
    (to / ".sohoa-part-tep").write_text("không phải thư mục")
    with private_folder(to, ".sohoa-part-") as others:
        (others / "METS.xml").write_text("đang ghi")
        _bag(place, chosen, to)
        assert (others / "METS.xml").exists()
    assert sorted(p.name for p in to.iterdir()) == [".sohoa-part-tep", "bag"]


def test_the_event_says_what_was_given(place: Workplace, chosen: list[Document], tmp_path: Path) -> None:
    _dip(place, chosen, tmp_path / "den")
    with place.catalogue.read() as connection:
        (event,) = [e for e in audit.events(connection, AGENCY) if e.event_type == "dissemination"]
    detail = json.loads(event.detail)
    assert (detail["act"], detail["request"], detail["version"]) == ("DIP handed out", "Phiếu 12", chosen[0].version)
    assert detail["package"].startswith("urn:") or detail["package"].startswith("uuid-")
