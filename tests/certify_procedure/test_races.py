"""Two officers at one document at the same moment, and ends of the process between register and copy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from domain.errors import Refused
from pipeline.certify import procedure
from pipeline.certify.cancel import cancel_copy, standing_of
from pipeline.certify.judge import good
from pipeline.certify.refusal import refuse, seize
from pipeline.certify.site import SigningSite
from pipeline.workplace import Workplace
from signing.verify.model import DocumentVerdict
from storage.catalogue import register, requests
from storage.warehouse import Warehouse
from tests.certify_procedure.test_procedure import WHO, history, newest
from tests.pipeline.authority import GROUP, certify, digitised
from tests.pipeline.bench import AGENCY, Killed, crash

pytestmark = pytest.mark.xdist_group(GROUP)

ELSEWHERE = "H24.02"


def in_between(patch: pytest.MonkeyPatch, act: str, after: Callable[[], object]) -> list[Refused]:
    """Do *after* right after the warehouse's *act* was done for the first time; return what it was refused with."""
    refused: list[Refused] = []
    done = getattr(Warehouse, act)

    def then(*args: Any, **more: Any) -> Any:
        answer = done(*args, **more)
        if not refused:
            try:
                after()
            except Refused as error:
                refused.append(error)
        return answer

    patch.setattr(Warehouse, act, then)
    return refused


def test_a_copy_is_not_taken_back_while_it_is_issued(
    place: Workplace, site: SigningSite, paper: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Register and copy say issued, jobs and request do not yet: then the request would end as issued for ever."""
    with monkeypatch.context() as patch:
        refused = in_between(patch, "save_certified", lambda: cancel_copy(place, paper, reason="nhầm", **WHO))
        (one,) = certify(place, site, paper)
    assert [error.code for error in refused] == ["certify-under-way"]
    assert one.entry is not None and one.entry.state == "issued" and newest(place, paper).state == "issued"
    line, new = cancel_copy(place, paper, reason="nhầm", **WHO)
    assert (new, line.state, newest(place, paper).state) == (True, "cancelled", "cancelled")


@pytest.mark.parametrize("seized", [False, True])
def test_a_paper_is_not_certified_while_it_is_refused(
    place: Workplace, site: SigningSite, paper: str, monkeypatch: pytest.MonkeyPatch, seized: bool
) -> None:
    """Else a written refusal lies in the warehouse beside an issued copy."""
    results: list[str] = []

    def try_it() -> None:
        (one,) = certify(place, site, paper)
        results.append(one.problem.code if one.problem else "issued")
        raise Refused("stop", "once", one.problem.advice if one.problem else None)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        in_between(patch, "save_decision", try_it)
        if seized:
            done = seize(place, paper, cause="forged", reason="Con dấu vẽ", **WHO)
        else:
            done = refuse(place, paper, number=1, reason="Tẩy xóa", **WHO)
    assert results == ["certify-under-way"]
    assert done.request.state == ("seized" if seized else "refused")
    assert place.warehouse.show(paper).register == ()


def test_nor_refused_while_it_is_certified(
    place: Workplace, site: SigningSite, paper: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        refused = in_between(patch, "save_certified", lambda: refuse(place, paper, number=1, reason="Tẩy", **WHO))
        (one,) = certify(place, site, paper)
    assert [error.code for error in refused] == ["certify-under-way"] and one.problem is None
    assert [o.role for o in place.warehouse.show(paper).objects if o.role == "decision"] == []


def test_a_request_is_its_agencys_own(place: Workplace, site: SigningSite, paper: str) -> None:
    """What one agency has taken in, no officer of another numbers, refuses or seizes."""
    theirs = procedure.request_copy(
        place, procedure.asked(place, paper, agency=ELSEWHERE, requester="Lê Thị Yêu Cầu"), agent="can-bo-khac"
    )
    (one,) = certify(place, site, paper)
    assert one.problem is not None and one.problem.code == "certify-other-agency"
    with pytest.raises(Refused, match="other-agency"):
        refuse(place, paper, number=1, reason="Tẩy xóa", **WHO)
    with pytest.raises(Refused, match="other-agency"):
        seize(place, paper, cause="forged", reason="Con dấu vẽ", **WHO)
    assert newest(place, paper) == theirs and history(place, paper) == [["requested"]]
    view = place.warehouse.show(paper)
    assert view.register == () and "decision" not in [o.role for o in view.objects]


def test_a_copy_that_was_taken_back_is_not_handed_over(
    place: Workplace, site: SigningSite, paper: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run that cancelled ended before the request knew of it."""
    certify(place, site, paper)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        crash(patch, "storage.warehouse.Warehouse.cancel_certified", after=True)
        cancel_copy(place, paper, reason="Cấp nhầm", **WHO)
    assert newest(place, paper).state == "issued"
    with pytest.raises(Refused, match="cancelled"):
        procedure.deliver(place, paper, agent="can-bo", way="kho")
    assert newest(place, paper).state == "issued"
    cancel_copy(place, paper, reason="Cấp nhầm", **WHO)
    assert newest(place, paper).state == "cancelled"


def test_one_whose_number_cannot_be_voided_does_not_stop_the_others(
    place: Workplace, site: SigningSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between register (issued) and copy, and the next run's verdict is no: that one waits, the rest goes on."""
    first, second = digitised(place, tmp_path / "hai", "mot", "hai")
    with monkeypatch.context() as patch, pytest.raises(Killed):
        crash(patch, "pipeline.certify.run._save")
        certify(place, site, first)
    (entry,) = place.warehouse.show(first).register
    with place.catalogue.begin() as connection:  # as the act does before its manifest
        register.issue(connection, entry.ref, at="2026-11-22T01:00:00.000000Z")
    judged: list[str] = []

    def once_no(verdict: DocumentVerdict, signatures: int) -> bool:
        judged.append(verdict.sha256)
        return len(judged) > 1 and good(verdict, signatures)

    with monkeypatch.context() as patch:
        patch.setattr("pipeline.certify.run.good", once_no)
        patch.setattr("pipeline.certify.run.is_over", lambda verdict: verdict.sha256 == judged[0])
        one, other = certify(place, site, first, second)
    assert one.problem is not None and one.problem.code == "wrong-state"
    assert other.problem is None and other.entry is not None and other.entry.state == "issued"
    (again,) = certify(place, site, first)
    assert again.entry is not None and (again.entry.number, again.entry.state) == (entry.number, "issued")
    assert standing_of(place, place.warehouse.open_role(first, "certified")).state == "issued"
    with place.catalogue.read() as connection:
        assert register.gaps(connection, agency=AGENCY, book=entry.book, year=entry.year) == []
        assert requests.current(connection, first) is None
