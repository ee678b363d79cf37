"""Many copies at once: judged by worker processes, issued together, and one that fails costs the others nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from domain.errors import Refused
from pipeline.certify import procedure, run
from pipeline.certify.site import SigningSite
from pipeline.workplace import Workplace
from storage.catalogue import register, signing_jobs
from storage.errors import DocumentUnknown
from tests.pipeline.authority import GROUP, certify, digitised

pytestmark = pytest.mark.xdist_group(GROUP)

NAMES = ("mot", "hai", "ba", "bon", "nam", "sau", "bay")


def lines(place: Workplace, document_id: str) -> list[str]:
    with place.catalogue.read() as connection:
        return [entry.state for entry in register.of_document(connection, document_id)]


def open_roles(place: Workplace, document_id: str) -> list[str]:
    with place.catalogue.read() as connection:
        return [role for role in ("person", "agency") if signing_jobs.current(connection, document_id, role)]


def test_one_copy_that_is_not_valid_and_one_that_somebody_else_moved(
    place: Workplace, site: SigningSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = digitised(place, tmp_path / "lo", *NAMES)
    unsigned, moved = ids[2], ids[4]
    augment, progressed = run.augment, procedure.progressed

    def without_agency(workplace: Workplace, site: SigningSite, document_id: str, role: str) -> str:
        made = augment(workplace, site, document_id, role)
        if document_id != unsigned:
            return made
        with place.catalogue.read() as connection:  # a file that bears the person's signature only
            job = signing_jobs.current(connection, document_id, "person")
        assert job is not None
        return job.result_sha256

    def taken_away(connection: Any, document_id: str, state: str, **rest: str) -> None:
        if (document_id, state) == (moved, "issued"):
            raise Refused("certify-step", "moved by another process", procedure._nothing_open().advice)
        progressed(connection, document_id, state, **rest)

    with monkeypatch.context() as patch:
        patch.setattr("pipeline.certify.run.augment", without_agency)
        patch.setattr("pipeline.certify.procedure.progressed", taken_away)
        found = {one.document_id: one for one in certify(place, site, *ids)}
    good = [document_id for document_id in ids if document_id not in (unsigned, moved)]
    assert all(found[one].problem is None and found[one].new for one in good)
    assert [found[one].entry.number for one in ids if found[one].entry is not None] == [1, 2, 4, 6, 7]  # type: ignore[union-attr]
    assert all(lines(place, one) == ["issued"] and open_roles(place, one) == [] for one in good)
    # never issued: whether its number is burnt or kept is the verdict's to say
    assert found[unsigned].problem is not None and lines(place, unsigned) in (["voided"], ["reserved"])
    with pytest.raises(DocumentUnknown):
        place.warehouse.open_role(unsigned, "certified")
    # issued, but not written down as such: the next run does that, under the same number, without another signature
    assert found[moved].problem is not None and lines(place, moved) == ["issued"]
    assert open_roles(place, moved) == ["person", "agency"]
    (again,) = certify(place, site, moved)
    assert again.problem is None and again.entry is not None and again.entry.number == 5
    assert open_roles(place, moved) == [] and lines(place, moved) == ["issued"]


def test_groups_keep_order_and_wait_for_nothing_more() -> None:
    taken: list[int] = []

    def numbers() -> Any:
        for number in range(5):
            taken.append(number)
            yield number

    groups = run._groups(numbers(), 2)
    assert next(groups) == [0, 1] and taken == [0, 1]
    assert list(groups) == [[2, 3], [4]]
